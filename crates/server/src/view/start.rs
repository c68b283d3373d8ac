//! "Sign in to …": a login that begins here, once a person says so.

use askama::Template;

use super::Layout;

/// Posts `relay_state`, if there is one.
#[derive(Debug, Template)]
#[template(path = "start.html")]
pub struct Start<'a> {
    /// The frame.
    pub layout: Layout<'a>,
    /// Where the form goes.
    pub action: &'a str,
    /// Where the application leads then: one of its registered values.
    pub relay_state: Option<&'a str>,
    /// The application.
    pub destination: &'a str,
}
