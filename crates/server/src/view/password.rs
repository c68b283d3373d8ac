//! The first door of upstreams that have no page of their own.

use askama::Template;

use super::Layout;

/// Posts `username` and `password`.
#[derive(Debug, Template)]
#[template(path = "password.html")]
pub struct Password<'a> {
    /// The frame.
    pub layout: Layout<'a>,
    /// Where the form goes.
    pub action: &'a str,
    /// Whose account it is.
    pub upstream: &'a str,
    /// What was typed or hinted before; the field for the password gets the focus then.
    pub username: &'a str,
    /// What is wrong. It must not tell which of the two it was.
    pub error: Option<&'a str>,
}
