//! Why a logout message is refused.

use crate::{
    binding::BindingError,
    encryption::EncryptionError,
    header::HeaderFault,
    signature::SignatureError,
    xml::{XmlError, read::or_nothing},
};

/// Why a logout message is refused. The sentences may hold values from the message, cut to a bounded length; they are
/// for logs and administrators.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogoutError {
    /// The binding refused.
    #[error(transparent)]
    Binding(#[from] BindingError),
    /// What was encrypted is no name.
    #[error("what was encrypted is a {0:?}, not a NameID")]
    DecryptedElement(String),
    /// The message was meant for another address, or a signed one for none.
    #[error("the message is destined for {}, but arrived at {expected:?}", or_nothing(.found.as_deref()))]
    DestinationMismatch {
        /// Our address.
        expected: String,
        /// The address in the message, if any.
        found: Option<String>,
    },
    /// The person's name is encrypted, and there is no key to decrypt it with.
    #[error("the name in the logout request is encrypted, but no decryption key is configured")]
    EncryptedNotConfigured,
    /// The encrypted name is refused.
    #[error("the encrypted name is refused: {0}")]
    Encryption(#[from] EncryptionError),
    /// `NotOnOrAfter` is not written as SAML core 1.3.3 wants it.
    #[error("NotOnOrAfter is {0:?}, which is no moment in UTC")]
    EndInvalid(String),
    /// The request was meant until an earlier moment.
    #[error("the logout request was meant until {0} only")]
    Expired(String),
    /// What the message says of itself.
    #[error(transparent)]
    Header(#[from] HeaderFault),
    /// The answer is one to another request, or to none.
    #[error("the message answers the request {}, but {expected:?} is pending", or_nothing(.found.as_deref()))]
    InResponseToMismatch {
        /// The request that is pending.
        expected: String,
        /// The request that is answered, if any.
        found: Option<String>,
    },
    /// The name is empty.
    #[error("the NameID of the logout request is empty")]
    NameIdMissing,
    /// It is some other message, or one in the parameter of the other kind.
    #[error("{parameter} holds a {found:?}, not a {expected}")]
    NotALogout {
        /// What may stand there.
        expected: &'static str,
        /// The name of its element.
        found: String,
        /// The parameter that it came in.
        parameter: &'static str,
    },
    /// More sessions are named than are read.
    #[error("the logout request names more than {0} sessions")]
    SessionsTooMany(usize),
    /// The signature inside the XML is refused.
    #[error("the signature of the message is refused: {0}")]
    Signature(#[from] SignatureError),
    /// Nobody signed what must be signed.
    #[error("the message is not signed, or no key of the partner is known")]
    SignatureMissing,
    /// Not exactly one name.
    #[error("the logout request has {0} names instead of one")]
    SubjectCount(usize),
    /// The person is named in a way that we do not read.
    #[error("the logout request names the person by a {0:?}; only NameID and EncryptedID are read")]
    SubjectUnsupported(&'static str),
    /// A text is longer than such a text is, and it would have to be kept.
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

impl LogoutError {
    /// The stable reason code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Binding(error) => error.code(),
            Self::DecryptedElement(_) => "decrypted_element",
            Self::DestinationMismatch { .. } => "destination_mismatch",
            Self::EncryptedNotConfigured => "encrypted_not_configured",
            Self::Encryption(error) => error.code(),
            Self::EndInvalid(_) => "instant_invalid",
            Self::Expired(_) => "message_expired",
            Self::Header(fault) => fault.code(),
            Self::InResponseToMismatch { .. } => "in_response_to_mismatch",
            Self::NameIdMissing => "name_id_missing",
            Self::NotALogout { .. } => "not_a_logout_message",
            Self::SessionsTooMany(_) => "logout_sessions_too_many",
            Self::Signature(error) => error.code(),
            Self::SignatureMissing => "signature_missing",
            Self::SubjectCount(_) => "logout_subject_count",
            Self::SubjectUnsupported(_) => "logout_subject_unsupported",
            Self::ValueTooLong { .. } => "logout_value_too_long",
            Self::Xml(error) => error.code(),
        }
    }
}
