//! A logout message as it came in.
//!
//! Owns: telling which message it is and who claims to be speaking.
//! Does not own: any check. Nothing here may be believed, and so nothing else of the message can be read here.

use super::LogoutError;
use crate::{
    binding::{MessageKind, Received},
    xml::{Document, Element, Limits, names, read::excerpt},
};

/// Which of the two messages it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutKind {
    /// A LogoutRequest (SAML core 3.7.1).
    Request,
    /// A LogoutResponse (SAML core 3.7.2).
    Response,
}

impl LogoutKind {
    /// The name of the message's element.
    #[must_use]
    pub const fn element(self) -> &'static str {
        match self {
            Self::Request => "LogoutRequest",
            Self::Response => "LogoutResponse",
        }
    }

    /// The kind of message that it is on a binding.
    #[must_use]
    pub const fn message(self) -> MessageKind {
        match self {
            Self::Request => MessageKind::Request,
            Self::Response => MessageKind::Response,
        }
    }

    /// What may stand in the parameter of this kind.
    const fn of(message: MessageKind) -> Self {
        match message {
            MessageKind::Request => Self::Request,
            MessageKind::Response => Self::Response,
        }
    }

    /// Refuses any other element than that of this kind.
    pub(super) fn check(self, element: Element<'_>) -> Result<(), LogoutError> {
        if element.is(names::SAMLP, self.element()) {
            return Ok(());
        }
        Err(LogoutError::NotALogout {
            expected: self.element(),
            found: excerpt(element.local_name()),
            parameter: self.message().parameter(),
        })
    }
}

/// A logout message of which nothing is checked.
#[derive(Clone, Debug)]
pub struct ParsedLogout {
    pub(super) received: Received,
    kind: LogoutKind,
    claimed_issuer: String,
}

impl ParsedLogout {
    /// Looks which message it is, and who claims to be speaking.
    ///
    /// # Errors
    /// If it is no LogoutRequest in `SAMLRequest` or LogoutResponse in `SAMLResponse`, or has not one plain issuer.
    pub fn parse(received: Received) -> Result<Self, LogoutError> {
        let kind = LogoutKind::of(received.kind());
        let claimed_issuer = {
            let document = Document::parse(received.xml(), &Limits::MESSAGE)?;
            kind.check(document.root())?;
            let issuer = document.root().required_child(names::SAML, "Issuer")?;
            issuer.text()?.into_owned()
        };
        Ok(Self {
            received,
            kind,
            claimed_issuer,
        })
    }

    /// Which message it is.
    #[must_use]
    pub const fn kind(&self) -> LogoutKind {
        self.kind
    }

    /// The entity ID of the partner that claims to be speaking: good for looking it up, and for nothing else.
    #[must_use]
    pub fn claimed_issuer(&self) -> &str {
        &self.claimed_issuer
    }
}
