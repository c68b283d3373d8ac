//! Why a message that came by redirect is refused.

use crate::binding::BindingError;
use crate::header::HeaderFault;
use crate::signature::SignatureError;
use crate::xml::XmlError;
use crate::xml::read::or_nothing;

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
    /// The logout was meant until an earlier moment.
    #[error("the message was meant until {0} only")]
    Expired(String),
    /// The `ID` is no name.
    #[error("the ID {0:?} of the message is not an XML name of at most 256 ASCII characters")]
    Id(String),
    /// A moment is not written as SAML core 1.3.3 wants it.
    #[error("{attribute} is {value:?}, which is no moment in UTC")]
    InstantInvalid {
        /// Name of the attribute.
        attribute: &'static str,
        /// Its value.
        value: String,
    },
    /// It is from the future.
    #[error("the IssueInstant {0} lies in the future; compare the clocks")]
    IssuedInFuture(String),
    /// It is too old.
    #[error("the message was issued at {0}, more than five minutes ago")]
    IssuedTooLongAgo(String),
    /// Somebody else issued it.
    #[error("the issuer is {found:?} instead of {expected:?}, or it has a format or qualifiers")]
    IssuerMismatch {
        /// The provider.
        expected: String,
        /// The issuer in the message.
        found: String,
    },
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
    /// Not SAML 2.0.
    #[error("the SAML version is {0:?} instead of 2.0")]
    Version(String),
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
            Self::Expired(_) => "message_expired",
            Self::Id(_) => "message_id_invalid",
            Self::InstantInvalid { .. } => "instant_invalid",
            Self::IssuedInFuture(_) => "issued_in_future",
            Self::IssuedTooLongAgo(_) => "issued_too_long_ago",
            Self::IssuerMismatch { .. } => "issuer_mismatch",
            Self::Kind { .. } => "message_kind_refused",
            Self::Signature(error) => error.code(),
            Self::Version(_) => "version_unsupported",
            Self::Xml(error) => error.code(),
        }
    }
}

impl From<HeaderFault> for MessageError {
    fn from(fault: HeaderFault) -> Self {
        match fault {
            HeaderFault::Id(id) => Self::Id(id),
            HeaderFault::InstantInvalid(value) => Self::InstantInvalid {
                attribute: "IssueInstant",
                value,
            },
            HeaderFault::IssuedInFuture(text) => Self::IssuedInFuture(text),
            HeaderFault::IssuedTooLongAgo(text) => Self::IssuedTooLongAgo(text),
            HeaderFault::IssuerMismatch { expected, found } => {
                Self::IssuerMismatch { expected, found }
            }
            HeaderFault::Version(version) => Self::Version(version),
            HeaderFault::Xml(error) => Self::Xml(error),
        }
    }
}
