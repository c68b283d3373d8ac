//! "Confirm that it is you": which of the factors that the person has.

use askama::Template;

use super::{Choice, Layout};

/// The name of the buttons.
const CHOICE: &str = "factor";

/// Posts `factor`.
#[derive(Debug, Template)]
#[template(path = "choose_factor.html")]
pub struct ChooseFactor<'a> {
    /// The frame.
    pub layout: Layout<'a>,
    /// Where the form goes.
    pub action: &'a str,
    /// The factors, best first, ways of recovery last.
    pub choices: &'a [Choice<'a>],
}
