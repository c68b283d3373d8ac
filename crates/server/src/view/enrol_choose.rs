//! "Set up a second step": which kind of factor.

use askama::Template;

use super::{Choice, Layout};

/// The name of the buttons.
const CHOICE: &str = "factor";

/// Posts `factor`.
#[derive(Debug, Template)]
#[template(path = "enrol_choose.html")]
pub struct EnrolChoose<'a> {
    /// The frame.
    pub layout: Layout<'a>,
    /// Where the form goes.
    pub action: &'a str,
    /// The kinds, best first.
    pub choices: &'a [Choice<'a>],
    /// Where "Not now" posts to, if it may be put off.
    pub later: Option<&'a str>,
}
