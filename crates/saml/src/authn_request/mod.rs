//! AuthnRequest, in and out (SAML core 3.4.1, profiles 4.1.4.1).
//!
//! Owns: building the request that we send as a service provider, and every check of a request that we receive as an
//! identity provider and that needs no memory.
//! Does not own: which applications exist, or what is done with a request that was accepted.
//!
//! What came in is a [`ParsedAuthnRequest`]; it tells who claims to be asking, so that the caller can look that
//! application up, and nothing else. Checked against the application it becomes an [`AcceptedAuthnRequest`].
//!
//! **Invariant:** a request that is refused is answered by our own page, never by a message to an address out of it
//! (attacks SO-01 and SO-02).

mod accept;
mod build;
mod parse;

pub use self::{
    accept::{AcceptedAuthnRequest, Receiver, RegisteredSp, RequestedSubject},
    build::AuthnRequest,
    parse::ParsedAuthnRequest,
};
pub use crate::binding::Received;
use crate::{
    binding::BindingError,
    header::HeaderFault,
    signature::SignatureError,
    xml::{
        XmlError,
        read::{excerpt, or_nothing},
    },
};

/// What the subject of the answer shall be called (SAML core 3.4.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameIdPolicy {
    /// The wanted format; `None` leaves it to the identity provider.
    pub format: Option<String>,
    /// The namespace of the wanted name, if it is not the requester's own.
    pub sp_name_qualifier: Option<String>,
    /// Whether a new name may be made up for somebody who has none yet.
    pub allow_create: bool,
}

/// How the person shall be authenticated (SAML core 3.3.2.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedAuthnContext {
    /// How what happened is compared with `class_refs`.
    pub comparison: Comparison,
    /// The wanted classes, the preferred one first. References to declarations stand here too; nobody satisfies them.
    pub class_refs: Vec<String>,
}

/// How authentication contexts are compared (SAML core 3.3.2.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comparison {
    /// Stronger than one of them.
    Better,
    /// Exactly one of them.
    #[default]
    Exact,
    /// As strong as possible, but no stronger than one of them.
    Maximum,
    /// At least as strong as one of them.
    Minimum,
}

impl Comparison {
    /// The value of the attribute `Comparison`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Exact => "exact",
            Self::Maximum => "maximum",
            Self::Minimum => "minimum",
        }
    }
}

/// Why a request is refused. The sentences may hold values from the message, cut to a bounded length; they are for
/// logs and administrators.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Both an address and the number of one are given (SAML core 3.4.1 excludes it).
    #[error("the request has both AssertionConsumerServiceURL and AssertionConsumerServiceIndex")]
    AcsAmbiguous,
    /// The number of the address is not registered.
    #[error("AssertionConsumerServiceIndex {0:?} is not registered for this application")]
    AcsIndex(String),
    /// The application has no address at all.
    #[error("no AssertionConsumerServiceURL is registered for this application")]
    AcsMissing,
    /// The address is not registered.
    #[error(
        "AssertionConsumerServiceURL {found:?} is not registered for this application; registered: {registered:?}"
    )]
    AcsUrl {
        /// The address in the request.
        found: String,
        /// The first of the addresses that are registered.
        registered: Vec<String>,
    },
    /// The binding refused.
    #[error(transparent)]
    Binding(#[from] BindingError),
    /// More authentication contexts are named than are read.
    #[error("RequestedAuthnContext names more than {0} classes")]
    ClassesTooMany(usize),
    /// The request was meant for another address, or a signed one for none.
    #[error("the request is destined for {}, but arrived at {expected:?}", or_nothing(.found.as_deref()))]
    DestinationMismatch {
        /// Our address.
        expected: String,
        /// The address in the request, if any.
        found: Option<String>,
    },
    /// What the request says of itself.
    #[error(transparent)]
    Header(#[from] HeaderFault),
    /// It is some other message.
    #[error("the message is {0}, not an AuthnRequest")]
    NotAnAuthnRequest(String),
    /// The answer is wanted over a binding that we do not speak.
    #[error("the request wants its answer by {0:?}; only HTTP-POST is supported")]
    ProtocolBinding(String),
    /// The signature inside the XML is refused.
    #[error("the signature of the request is refused: {0}")]
    Signature(#[from] SignatureError),
    /// The application must sign, and this request is not signed.
    #[error("the request is not signed, and this application must sign its requests")]
    SignatureMissing,
    /// A value is not what its type asks for.
    #[error("the value {received:?} of {name} is not valid")]
    Value {
        /// Attribute or element.
        name: &'static str,
        /// What was received, shortened.
        received: String,
    },
    /// A text is longer than such a text is, and it would have to be kept until the answer.
    #[error("the value of {name} has {received} bytes, more than {longest}")]
    ValueTooLong {
        /// Attribute or element.
        name: &'static str,
        /// Its bytes.
        received: usize,
        /// The most bytes that are taken.
        longest: usize,
    },
    /// The XML is refused.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

impl RequestError {
    /// The stable reason code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AcsAmbiguous => "acs_ambiguous",
            Self::AcsIndex(_) => "acs_index_unregistered",
            Self::AcsMissing => "acs_missing",
            Self::AcsUrl { .. } => "acs_url_unregistered",
            Self::Binding(error) => error.code(),
            Self::ClassesTooMany(_) => "request_classes_too_many",
            Self::DestinationMismatch { .. } => "destination_mismatch",
            // It has a code of its own, which stays: administrators know it.
            Self::Header(HeaderFault::Id(_)) => "request_id_invalid",
            Self::Header(fault) => fault.code(),
            Self::NotAnAuthnRequest(_) => "not_an_authn_request",
            Self::ProtocolBinding(_) => "protocol_binding_unsupported",
            Self::Signature(error) => error.code(),
            Self::SignatureMissing => "signature_missing",
            Self::Value { .. } => "request_value_invalid",
            Self::ValueTooLong { .. } => "request_value_too_long",
            Self::Xml(error) => error.code(),
        }
    }

    fn value(name: &'static str, received: &str) -> Self {
        Self::Value {
            name,
            received: excerpt(received),
        }
    }
}
