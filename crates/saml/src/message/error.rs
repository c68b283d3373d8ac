//! Why a message that came by redirect is refused.

use crate::{
    binding::BindingError,
    header::HeaderFault,
    signature::SignatureError,
    xml::{XmlError, read::or_nothing},
};

/// Why a message that came by redirect is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// The query, or its signature.
    #[error(transparent)]
    Binding(#[from] BindingError),
    /// The message was meant for another address.
    #[error("the message is destined for {}, but arrived at {expected:?}", or_nothing(.found.as_deref()))]
    DestinationMismatch {
        /// Our address.
        expected: String,
        /// The address in the message, if any.
        found: Option<String>,
    },
    /// When the logout ends is not written as SAML core 1.3.3 wants it.
    #[error("NotOnOrAfter is {0:?}, which is no moment in UTC")]
    EndInvalid(String),
    /// The logout was meant until an earlier moment.
    #[error("the message was meant until {0} only")]
    Expired(String),
    /// What the message says of itself.
    #[error(transparent)]
    Header(#[from] HeaderFault),
    /// A message that may not travel by redirect, or in the parameter of the other kind (SAML profiles 4.1.2).
    #[error("{parameter} holds a {found:?}, which is not accepted there by redirect")]
    Kind {
        /// Name of its element.
        found: String,
        /// The parameter that it came in.
        parameter: &'static str,
    },
    /// A signature inside the XML.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The XML is refused.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

impl MessageError {
    /// Stable reason code for logs, audit and tests.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Binding(error) => error.code(),
            Self::DestinationMismatch { .. } => "destination_mismatch",
            Self::EndInvalid(_) => "instant_invalid",
            Self::Expired(_) => "message_expired",
            Self::Header(fault) => fault.code(),
            Self::Kind { .. } => "message_kind_refused",
            Self::Signature(error) => error.code(),
            Self::Xml(error) => error.code(),
        }
    }
}
