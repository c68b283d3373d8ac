//! One of a person's factors: to give it a name, and to remove it.

use askama::Template;

use super::{FactorLine, Layout};

/// Posts `label` to rename it, or nothing to remove it.
#[derive(Debug, Template)]
#[template(path = "account_factor.html")]
pub struct AccountFactor<'a> {
    /// The frame; its `step` is the token of the session.
    pub layout: Layout<'a>,
    /// It.
    pub factor: &'a FactorLine,
    /// The longest name, in characters.
    pub longest: usize,
    /// Where a new name goes; `None`: it cannot be changed.
    pub rename: Option<&'a str>,
    /// Where "Remove" posts to; `None`: it cannot be removed.
    pub remove: Option<&'a str>,
    /// Why it cannot be changed or removed.
    pub kept: Option<&'a str>,
    /// Back to all of them.
    pub back: &'a str,
    /// What is wrong with the name that was typed.
    pub error: Option<&'a str>,
}
