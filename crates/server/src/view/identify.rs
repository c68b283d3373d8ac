//! "Sign in": which mail address, so that the right upstream can be asked.

use askama::Template;

use super::Layout;

/// Posts `mail`.
#[derive(Debug, Template)]
#[template(path = "identify.html")]
pub struct Identify<'a> {
    /// The frame.
    pub layout: Layout<'a>,
    /// Where the form goes.
    pub action: &'a str,
    /// What was typed before.
    pub value: &'a str,
    /// What is wrong with it.
    pub error: Option<&'a str>,
}
