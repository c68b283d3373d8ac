//! Refusals: what an application is told when there is no assertion (SAML core 3.2.2).
//!
//! Owns: status codes and the `samlp:Status` element.
//! Does not own: when a refusal is due, or what the person sees.

use crate::xml::write::{Element, Namespace};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// Why there is no assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal<'a> {
    /// Whose fault it is, the top-level code.
    pub blame: Blame,
    /// What went wrong, the second-level code.
    pub reason: Reason,
    /// A sentence for the application's administrators. It must not tell anything about the person.
    pub message: Option<&'a str>,
}

/// Top-level status codes (SAML core 3.2.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The request cannot be fulfilled as it is.
    Requester,
    /// We, or the person, could not fulfil it.
    Responder,
}

impl Blame {
    /// The URI.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Requester => "urn:oasis:names:tc:SAML:2.0:status:Requester",
            Self::Responder => "urn:oasis:names:tc:SAML:2.0:status:Responder",
        }
    }
}

/// Second-level status codes (SAML core 3.2.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The person was not authenticated.
    AuthnFailed,
    /// The wanted kind of name cannot be given.
    InvalidNameIdPolicy,
    /// The wanted authentication cannot be had.
    NoAuthnContext,
    /// The person would have to be asked, and the request forbids it.
    NoPassive,
    /// We would have to ask another identity provider, and the request forbids it.
    ProxyCountExceeded,
    /// We do not want to answer.
    RequestDenied,
    /// We cannot do what is asked for.
    RequestUnsupported,
}

impl Reason {
    /// The URI.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::AuthnFailed => "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed",
            Self::InvalidNameIdPolicy => "urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy",
            Self::NoAuthnContext => "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext",
            Self::NoPassive => "urn:oasis:names:tc:SAML:2.0:status:NoPassive",
            Self::ProxyCountExceeded => "urn:oasis:names:tc:SAML:2.0:status:ProxyCountExceeded",
            Self::RequestDenied => "urn:oasis:names:tc:SAML:2.0:status:RequestDenied",
            Self::RequestUnsupported => "urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported",
        }
    }
}

impl<'a> Refusal<'a> {
    /// A refusal with the top-level code that usually goes with `reason`.
    #[must_use]
    pub const fn because(reason: Reason) -> Self {
        let blame = match reason {
            Reason::InvalidNameIdPolicy | Reason::RequestUnsupported => Blame::Requester,
            Reason::AuthnFailed
            | Reason::NoAuthnContext
            | Reason::NoPassive
            | Reason::ProxyCountExceeded
            | Reason::RequestDenied => Blame::Responder,
        };
        Self {
            blame,
            reason,
            message: None,
        }
    }

    /// The same with a sentence.
    #[must_use]
    pub const fn with_message(self, message: &'a str) -> Self {
        Self {
            message: Some(message),
            ..self
        }
    }

    pub(super) fn status(&self) -> Element {
        let reason = samlp("StatusCode").attribute("Value", self.reason.uri());
        samlp("Status")
            .child(
                samlp("StatusCode")
                    .attribute("Value", self.blame.uri())
                    .child(reason),
            )
            .optional_child(
                self.message
                    .map(|message| samlp("StatusMessage").text(message)),
            )
    }
}

/// The status of a Response that carries an assertion.
pub(super) fn success() -> Element {
    samlp("Status").child(samlp("StatusCode").attribute("Value", SUCCESS))
}

const fn samlp(name: &'static str) -> Element {
    Element::new(Namespace::Protocol, name)
}
