//! The end of a way that leads nowhere else: signed out, or nothing more to do.

use askama::Template;

use super::Layout;

/// A last word.
#[derive(Debug, Template)]
#[template(path = "done.html")]
pub struct Done<'a> {
    /// The frame.
    pub layout: Layout<'a>,
    /// Such as `You are signed out`.
    pub heading: &'a str,
    /// A sentence or two.
    pub text: &'a str,
    /// Where the person's own account is, and what the link to it says.
    pub account: Option<(&'a str, &'a str)>,
}
