//! The conductor of a login: load, let the core decide, commit, speak.
