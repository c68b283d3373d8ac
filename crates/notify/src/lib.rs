//! Notices to people: SMTP, and files for development.
