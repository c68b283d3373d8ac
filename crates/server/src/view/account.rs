//! "Your account": the ways that a person has to prove that it is them, and what they can add.

use askama::Template;

use super::{Choice, Layout};

/// The name of the buttons.
const CHOICE: &str = "factor";

/// Posts `factor` to add one, or nothing to sign out.
#[derive(Debug, Template)]
#[template(path = "account.html")]
pub struct Account<'a> {
    /// The frame; its `step` is the token of the session.
    pub layout: Layout<'a>,
    /// Who is signed in.
    pub person: &'a str,
    /// What they have, oldest first.
    pub factors: &'a [FactorLine],
    /// They could have backup codes, and have none that can be used.
    pub lacks_codes: bool,
    /// Where a new one is asked for.
    pub add: &'a str,
    /// The kinds that can be added.
    pub choices: &'a [Choice<'a>],
    /// Where they are signed in, this browser first.
    pub sessions: &'a [SessionLine],
    /// Where "End all others" posts to, if there are others.
    pub end_others: Option<&'a str>,
    /// Where "Sign out" posts to.
    pub sign_out: &'a str,
    /// Why the last change was not made.
    pub error: Option<&'a str>,
}

/// One factor in words.
#[derive(Debug)]
pub struct FactorLine {
    /// The person's name for it.
    pub name: String,
    /// What kind it is, such as `Authenticator app`.
    pub kind: String,
    /// Sentences without their full stop, such as `Added on 2 November 2026`.
    pub facts: Vec<String>,
    /// Its page.
    pub page: String,
}

/// One session in words.
#[derive(Debug)]
pub struct SessionLine {
    /// `This browser`, or another.
    pub name: &'static str,
    /// Sentences without their full stop.
    pub facts: Vec<String>,
    /// Where its end posts to, but for that of this browser.
    pub end: Option<String>,
    /// Since when, to tell it from others for who does not see the page.
    pub since: String,
}

impl FactorLine {
    /// What stands below its name: the kind, unless the name says it already, and the facts.
    pub(super) fn told(&self) -> impl Iterator<Item = &str> {
        let kind = (!self.name.starts_with(&self.kind)).then_some(self.kind.as_str());
        kind.into_iter()
            .chain(self.facts.iter().map(String::as_str))
    }
}
