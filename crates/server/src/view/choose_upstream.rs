//! "Where do you sign in?": several upstreams, and nothing that says which.

use askama::Template;

use super::{Choice, Layout};

/// The name of the buttons.
const CHOICE: &str = "upstream";

/// Posts `upstream`.
#[derive(Debug, Template)]
#[template(path = "choose_upstream.html")]
pub struct ChooseUpstream<'a> {
    /// The frame.
    pub layout: Layout<'a>,
    /// Where the form goes.
    pub action: &'a str,
    /// The upstreams.
    pub choices: &'a [Choice<'a>],
}
