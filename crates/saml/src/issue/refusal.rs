//! Refusals: what a partner is told when there is no assertion, or no logout (SAML core 3.2.2).
//!
//! Owns: status codes and the `samlp:Status` element.
//! Does not own: when a refusal is due, or what the person sees.

use crate::xml::write::{Element, Namespace};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const PARTIAL_LOGOUT: &str = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout";

/// Why there is no assertion, or no logout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal<'a> {
    /// Whose fault it is, the top-level code.
    pub blame: Blame,
    /// What went wrong, the second-level code.
    pub reason: Reason,
    /// A sentence for the partner's administrators. It must not tell anything about the person.
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
    /// The identity provider that we would have to ask cannot be reached.
    NoAvailableIdp,
    /// The person would have to be asked, and the request forbids it.
    NoPassive,
    /// We would have to ask another identity provider, and the request forbids it.
    ProxyCountExceeded,
    /// We do not want to answer.
    RequestDenied,
    /// We cannot do what is asked for.
    RequestUnsupported,
    /// We do not know whom the request is about.
    UnknownPrincipal,
}

impl Reason {
    /// The URI.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::AuthnFailed => "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed",
            Self::InvalidNameIdPolicy => "urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy",
            Self::NoAuthnContext => "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext",
            Self::NoAvailableIdp => "urn:oasis:names:tc:SAML:2.0:status:NoAvailableIDP",
            Self::NoPassive => "urn:oasis:names:tc:SAML:2.0:status:NoPassive",
            Self::ProxyCountExceeded => "urn:oasis:names:tc:SAML:2.0:status:ProxyCountExceeded",
            Self::RequestDenied => "urn:oasis:names:tc:SAML:2.0:status:RequestDenied",
            Self::RequestUnsupported => "urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported",
            Self::UnknownPrincipal => "urn:oasis:names:tc:SAML:2.0:status:UnknownPrincipal",
        }
    }
}

impl<'a> Refusal<'a> {
    /// A refusal with the top-level code that usually goes with `reason`.
    #[must_use]
    pub const fn because(reason: Reason) -> Self {
        let blame = match reason {
            Reason::InvalidNameIdPolicy | Reason::RequestUnsupported | Reason::UnknownPrincipal => {
                Blame::Requester
            }
            Reason::AuthnFailed
            | Reason::NoAuthnContext
            | Reason::NoAvailableIdp
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

    pub(crate) fn status(&self) -> Element {
        let message = self.message;
        samlp("Status")
            .child(code(self.blame.uri()).child(code(self.reason.uri())))
            .optional_child(message.map(|message| samlp("StatusMessage").text(message)))
    }
}

/// The status of a Response that carries an assertion, and of a logout that is done.
pub(crate) fn success() -> Element {
    samlp("Status").child(code(SUCCESS))
}

/// The status of a logout that is done here, but not everywhere (SAML core 3.7.3.2).
pub(crate) fn partial_logout() -> Element {
    samlp("Status").child(code(SUCCESS).child(code(PARTIAL_LOGOUT)))
}

fn code(uri: &str) -> Element {
    samlp("StatusCode").attribute("Value", uri)
}

const fn samlp(name: &'static str) -> Element {
    Element::new(Namespace::Protocol, name)
}
