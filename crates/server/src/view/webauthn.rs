//! "Use your security key", and "Set up a security key": what the browser is asked for travels in the page, and what it
//! answers in a form.

use askama::Template;

use super::Layout;

/// Posts `credential`.
#[derive(Debug, Template)]
#[template(path = "webauthn.html")]
pub struct WebAuthn<'a> {
    /// The frame.
    pub layout: Layout<'a>,
    /// Where the form goes.
    pub action: &'a str,
    /// For `navigator.credentials.get()`, as JSON.
    pub options: &'a str,
    /// The names of the keys that can answer.
    pub names: &'a [String],
    /// What is wrong with the last answer.
    pub error: Option<&'a str>,
    /// Where the other factors are offered, if there are any.
    pub other_way: Option<&'a str>,
}

/// Posts `credential` and `name`.
#[derive(Debug, Template)]
#[template(path = "enrol_webauthn.html")]
pub struct EnrolWebAuthn<'a> {
    /// The frame.
    pub layout: Layout<'a>,
    /// Where the form goes.
    pub action: &'a str,
    /// For `navigator.credentials.create()`, as JSON.
    pub options: &'a str,
    /// The name that is suggested.
    pub name: &'a str,
    /// The longest name, in characters.
    pub longest: usize,
    /// What is wrong with the last answer.
    pub error: Option<&'a str>,
    /// Where to go without setting this up: to what else may be set up.
    pub other: &'a str,
}
