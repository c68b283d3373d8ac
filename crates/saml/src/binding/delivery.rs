//! A message on its way out, whichever way.
//!
//! Owns: what a browser is given to carry a message.
//! Does not own: making it ([`super::post::encode`], [`super::redirect::encode`]).

use super::{Binding, post::PostForm};

/// What the browser is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Send this form.
    Form(PostForm),
    /// Go to this address.
    Redirect(String),
}

impl Delivery {
    /// The binding that it uses.
    #[must_use]
    pub const fn binding(&self) -> Binding {
        match self {
            Self::Form(_) => Binding::Post,
            Self::Redirect(_) => Binding::Redirect,
        }
    }
}
