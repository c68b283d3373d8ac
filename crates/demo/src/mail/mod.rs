//! The mail catcher: an SMTP server that delivers to nobody, and a page that shows what came.
//!
//! Owns taking mail on loopback and keeping the last of it in memory. Does not own sending, and never passes anything
//! on.

pub(crate) mod caught;
mod session;
pub(crate) mod smtp;
pub(crate) mod web;

pub(crate) use smtp::SmtpHandle;
