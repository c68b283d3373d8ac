//! What a person sees when a login cannot go on: what happened, what to do, and the number to ask with.

use askama::Template;

use super::Layout;

/// An error that ends or holds up a login. Sentences for people; what an administrator needs is in the log.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage<'a> {
    /// The frame; its `cancel` goes back to the application.
    pub layout: Layout<'a>,
    /// In a few words, such as `This sign-in has expired`.
    pub heading: &'a str,
    /// What happened, in a sentence.
    pub happened: &'a str,
    /// What to do next, in a sentence.
    pub next: &'a str,
    /// Where the button leads: to another try, if that may help, or back.
    pub retry: Option<Retry<'a>>,
}

/// Where the button leads.
#[derive(Debug, Clone, Copy)]
pub enum Retry<'a> {
    /// Back to the application, with what it is told.
    Answer {
        /// An address of the application.
        action: &'a str,
        /// The hidden fields.
        fields: &'a [(String, String)],
        /// Its label.
        app: &'a str,
    },
    /// A link to where the person chooses where to sign in.
    Choose(&'a str),
    /// A link.
    Get(&'a str),
    /// Back to the application, with what it is told in the address.
    Link {
        /// An address of the application.
        address: &'a str,
        /// Its label.
        app: &'a str,
    },
    /// A form.
    Post(&'a str),
}
