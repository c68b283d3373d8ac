//! What is checked, one line each, so that people can see it.
//!
//! Owns the list, its words, and which refusal belongs to which line. The checks themselves are made elsewhere, all of
//! them or the message is refused; nothing here decides.

use serde::Serialize;
use vestibule_saml::response::ResponseError;

/// What a check looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Form,
    Signature,
    Issuer,
    Destination,
    InResponseTo,
    Status,
    Recipient,
    Audience,
    Times,
    Confirmation,
    Replay,
}

impl Subject {
    /// All, in the order in which they are shown.
    pub(super) const ALL: [Self; 11] = [
        Self::Form,
        Self::Signature,
        Self::Issuer,
        Self::Destination,
        Self::InResponseTo,
        Self::Status,
        Self::Recipient,
        Self::Audience,
        Self::Times,
        Self::Confirmation,
        Self::Replay,
    ];

    /// What holds once every check has passed on a refusal: what is signed around the status.
    pub(super) const AROUND_STATUS: [Self; 5] = [
        Self::Form,
        Self::Signature,
        Self::Issuer,
        Self::Destination,
        Self::InResponseTo,
    ];

    /// What the page calls it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Form => "Form",
            Self::Signature => "Signature",
            Self::Issuer => "Issuer",
            Self::Destination => "Destination",
            Self::InResponseTo => "InResponseTo",
            Self::Status => "Status",
            Self::Recipient => "Recipient",
            Self::Audience => "Audience",
            Self::Times => "Times",
            Self::Confirmation => "Confirmation",
            Self::Replay => "Replay",
        }
    }

    /// The line that a refusal belongs to.
    pub(super) const fn of(error: &ResponseError) -> Self {
        match error {
            ResponseError::Signature(_) | ResponseError::SignatureMissing => Self::Signature,
            ResponseError::IssuerMismatch { .. } => Self::Issuer,
            ResponseError::DestinationMismatch { .. } => Self::Destination,
            ResponseError::InResponseToMismatch { .. } | ResponseError::Unsolicited => {
                Self::InResponseTo
            }
            ResponseError::Status(_) => Self::Status,
            ResponseError::RecipientMismatch { .. } => Self::Recipient,
            ResponseError::AudienceMismatch { .. } => Self::Audience,
            ResponseError::AuthnInstantInFuture(_)
            | ResponseError::ConditionsExpired(_)
            | ResponseError::ConditionsNotYetValid(_)
            | ResponseError::InstantInvalid { .. }
            | ResponseError::IssuedInFuture(_)
            | ResponseError::SessionExpired(_) => Self::Times,
            ResponseError::ConfirmationCount(_)
            | ResponseError::ConfirmationExpired(_)
            | ResponseError::ConfirmationLifetime(_)
            | ResponseError::ConfirmationMissing
            | ResponseError::ConfirmationNotBefore
            | ResponseError::ConfirmationUnlimited => Self::Confirmation,
            // Structure, version, statements, encryption, XML.
            _ => Self::Form,
        }
    }
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Failed,
    /// Not told: checking stops at the first failure.
    Open,
    Passed,
}

impl Outcome {
    /// The class of its line.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Open => "open",
            Self::Passed => "passed",
        }
    }

    /// Read by people and by screen readers.
    pub(super) const fn mark(self) -> &'static str {
        match self {
            Self::Failed => "✗",
            Self::Open => "–",
            Self::Passed => "✓",
        }
    }
}

/// One line.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) outcome: Outcome,
    pub(super) detail: String,
}
