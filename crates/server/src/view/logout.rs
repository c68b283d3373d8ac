//! "You are signed out": the pages of a logout.

use askama::Template;

use super::Layout;

/// Asks whether somebody wants to be signed out. Posts nothing but the step.
#[derive(Debug, Template)]
#[template(path = "logout_sign_out.html")]
pub struct LogoutSignOut<'a> {
    /// The frame.
    pub layout: Layout<'a>,
    /// Where the form goes.
    pub action: &'a str,
    /// The application that sent the person here, if it says who it is.
    pub app: Option<&'a str>,
}

/// Tells applications in frames, then goes on.
#[derive(Debug, Template)]
#[template(path = "logout_frames.html")]
pub struct LogoutFrames<'a> {
    /// The frame.
    pub layout: Layout<'a>,
    /// Where it goes on.
    pub action: &'a str,
    /// The addresses of the frames: those that are registered, never ones that were asked for.
    pub frames: &'a [&'a str],
}

/// An application has not answered. Posts nothing but the step.
#[derive(Debug, Template)]
#[template(path = "logout_wait.html")]
pub struct LogoutWait<'a> {
    /// The frame.
    pub layout: Layout<'a>,
    /// Where the form goes.
    pub action: &'a str,
    /// Which application.
    pub app: &'a str,
}

/// All is told.
#[derive(Debug, Template)]
#[template(path = "logout_over.html")]
pub struct LogoutOver<'a> {
    /// The frame.
    pub layout: Layout<'a>,
    /// Of how much the person is signed out.
    pub heading: &'a str,
    /// Where the person is signed out.
    pub done: &'a [PartingLine<'a>],
    /// Where they may not be.
    pub left: &'a [PartingLine<'a>],
    /// Where they will be, as soon as it can be told.
    pub pending: &'a [PartingLine<'a>],
    /// The upstream, if it has a session of its own. Posts nothing but the step.
    pub there: Option<&'a There<'a>>,
    /// Where the person's own account is.
    pub account: &'a str,
}

/// The upstream in words.
#[derive(Debug)]
pub struct There<'a> {
    /// What people call it.
    pub upstream: &'a str,
    /// What became of its session: a sentence or two.
    pub state: &'a str,
    /// Where the form goes that ends it, if that is offered.
    pub onward: Option<&'a str>,
}

/// One application in words.
#[derive(Debug)]
pub struct PartingLine<'a> {
    /// What people call it.
    pub app: &'a str,
    /// What became of it: a sentence.
    pub state: &'a str,
}
