//! A message as it came in, whichever way.
//!
//! Owns: what both bindings have in common for whoever reads a message.
//! Does not own: the decoding ([`super::post`], [`super::redirect`]), or any check: nothing here is verified.

use super::{Binding, MessageKind, post::PostMessage, redirect::RedirectMessage};

/// A message with the binding that it came over.
#[derive(Clone, Debug)]
pub enum Received {
    /// HTTP-POST.
    Post(PostMessage),
    /// HTTP-Redirect.
    Redirect(RedirectMessage),
}

impl Received {
    /// The binding that it came over.
    #[must_use]
    pub const fn binding(&self) -> Binding {
        match self {
            Self::Post(_) => Binding::Post,
            Self::Redirect(_) => Binding::Redirect,
        }
    }

    /// Whether it asks or answers.
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        match self {
            Self::Post(message) => message.kind(),
            Self::Redirect(message) => message.kind(),
        }
    }

    /// The XML, as it came in.
    #[must_use]
    pub fn xml(&self) -> &[u8] {
        match self {
            Self::Post(message) => message.xml(),
            Self::Redirect(message) => message.xml(),
        }
    }

    /// The RelayState.
    #[must_use]
    pub fn relay_state(&self) -> Option<&str> {
        match self {
            Self::Post(message) => message.relay_state(),
            Self::Redirect(message) => message.relay_state(),
        }
    }
}
