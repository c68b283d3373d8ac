//! Why a Response is refused: a stable code for machines, a sentence for the administrator who looks at night.

use crate::{
    crypto::CryptoError,
    encryption::EncryptionError,
    signature::SignatureError,
    xml::{
        Element, XmlError, names,
        read::{excerpt, or_nothing},
    },
};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// Why a Response is refused. The sentences may hold values from the message, cut to a bounded length; they are for
/// logs, never for the person who logs in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResponseError {
    /// Not exactly one assertion.
    #[error("the Response holds {0} assertions instead of one")]
    AssertionCount(usize),
    /// An assertion stands somewhere else than directly inside the Response.
    #[error("an assertion stands inside {0}, where none is accepted")]
    AssertionMisplaced(String),
    /// An audience restriction leaves us out, or there is none.
    #[error("the assertion is for the audience {found:?}, not for {expected:?}")]
    AudienceMismatch {
        /// Our entity ID.
        expected: String,
        /// The audiences of the restriction that leaves us out; empty if there is no restriction.
        found: Vec<String>,
    },
    /// The person would have been authenticated in the future.
    #[error("AuthnInstant {0} lies in the future")]
    AuthnInstantInFuture(String),
    /// Not exactly one statement about an authentication.
    #[error("the assertion holds {0} authentication statements instead of one")]
    AuthnStatementCount(usize),
    /// A condition that we do not know, and so cannot say to be met (SAML core 2.5.1.1).
    #[error("the assertion has the condition {0}, which we do not know")]
    ConditionUnknown(String),
    /// The conditions no longer hold.
    #[error("the conditions ended at {0}")]
    ConditionsExpired(String),
    /// The conditions do not hold yet.
    #[error("the conditions begin only at {0}")]
    ConditionsNotYetValid(String),
    /// More confirmations than we look at.
    #[error("the subject has {0} confirmations")]
    ConfirmationCount(usize),
    /// The bearer confirmation ended.
    #[error("the bearer confirmation ended at {0}")]
    ConfirmationExpired(String),
    /// The bearer confirmation lasts longer than anything short-lived would.
    #[error("the bearer confirmation lasts until {0}, more than a day")]
    ConfirmationLifetime(String),
    /// No confirmation of the subject by bearer.
    #[error("the subject is not confirmed by bearer")]
    ConfirmationMissing,
    /// The bearer confirmation has a `NotBefore` (SAML profiles 4.1.4.2 forbids it).
    #[error("the bearer confirmation has a NotBefore")]
    ConfirmationNotBefore,
    /// The bearer confirmation never ends.
    #[error("the bearer confirmation has no NotOnOrAfter")]
    ConfirmationUnlimited,
    /// What was encrypted is no assertion.
    #[error("what was encrypted is a {0:?}, not an assertion")]
    DecryptedElement(String),
    /// The Response was meant for another address.
    #[error("the Response is destined for {}, but arrived at {expected:?}", or_nothing(.found.as_deref()))]
    DestinationMismatch {
        /// Our address.
        expected: String,
        /// The address in the Response, if any.
        found: Option<String>,
    },
    /// Something else than the assertion is encrypted.
    #[error("the Response holds an {0}; only whole assertions are decrypted")]
    EncryptedElement(String),
    /// The assertion is encrypted, and there is no key to decrypt it with.
    #[error("the assertion is encrypted, but no decryption key is configured")]
    EncryptedNotConfigured,
    /// The encrypted assertion is refused.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// The Response answers another request.
    #[error("the Response answers the request {}, but {expected:?} is pending", or_nothing(.found.as_deref()))]
    InResponseToMismatch {
        /// The request that is pending.
        expected: String,
        /// The request that is answered, if any.
        found: Option<String>,
    },
    /// A moment is not written as SAML core 1.3.3 wants it.
    #[error("{attribute} is {value:?}, which is no moment in UTC")]
    InstantInvalid {
        /// Name of the attribute.
        attribute: &'static str,
        /// Its value.
        value: String,
    },
    /// The message was issued in the future.
    #[error("the IssueInstant {0} lies in the future")]
    IssuedInFuture(String),
    /// Somebody else issued the Response or the assertion.
    #[error("the issuer is {} instead of {expected:?}", or_nothing(.found.as_deref()))]
    IssuerMismatch {
        /// The identity provider that was asked.
        expected: String,
        /// The issuer, if any.
        found: Option<String>,
    },
    /// The subject has no name.
    #[error("the subject has no NameID")]
    NameIdMissing,
    /// Not a Response at all.
    #[error("the message is a {0:?}, not a SAML 2.0 Response")]
    NotAResponse(String),
    /// The assertion was meant for another address.
    #[error("the assertion is to be delivered to {}, but arrived at {expected:?}", or_nothing(.found.as_deref()))]
    RecipientMismatch {
        /// Our address.
        expected: String,
        /// The address in the assertion, if any.
        found: Option<String>,
    },
    /// The Response must be signed itself, and is not.
    #[error("the Response itself is not signed")]
    ResponseSignatureMissing,
    /// The identity provider's session is over.
    #[error("the session at the identity provider ended at {0}")]
    SessionExpired(String),
    /// A signature is wrong.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Neither the Response nor the assertion is signed.
    #[error("neither the Response nor the assertion is signed")]
    SignatureMissing,
    /// The identity provider says no.
    #[error("the identity provider refused: {0}")]
    Status(Status),
    /// What is encrypted with AES-CBC cannot be decrypted, or is no assertion with a good signature. Which of these it
    /// is would help an attacker who tries out ciphertext (attack row SI-76), so the sentence and the code are those of
    /// [`CryptoError::Decryption`].
    #[error("what is encrypted cannot be decrypted")]
    Undecryptable(Concealed),
    /// The Response answers no request.
    #[error("the Response answers no request, and unsolicited ones are not accepted")]
    Unsolicited,
    /// Not SAML 2.0.
    #[error("the SAML version is {0:?} instead of 2.0")]
    Version(String),
    /// The XML is refused.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

impl ResponseError {
    /// Stable reason code for logs, audit and tests.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AssertionCount(_) => "assertion_count",
            Self::AssertionMisplaced(_) => "assertion_misplaced",
            Self::AudienceMismatch { .. } => "audience_mismatch",
            Self::AuthnInstantInFuture(_) => "authn_instant_in_future",
            Self::AuthnStatementCount(_) => "authn_statement_count",
            Self::ConditionUnknown(_) => "condition_unknown",
            Self::ConditionsExpired(_) => "conditions_expired",
            Self::ConditionsNotYetValid(_) => "conditions_not_yet_valid",
            Self::ConfirmationCount(_) => "confirmation_count",
            Self::ConfirmationExpired(_) => "confirmation_expired",
            Self::ConfirmationLifetime(_) => "confirmation_lifetime",
            Self::ConfirmationMissing => "confirmation_missing",
            Self::ConfirmationNotBefore => "confirmation_not_before",
            Self::ConfirmationUnlimited => "confirmation_unlimited",
            Self::DecryptedElement(_) => "decrypted_element",
            Self::DestinationMismatch { .. } => "destination_mismatch",
            Self::EncryptedElement(_) => "encrypted_element_refused",
            Self::EncryptedNotConfigured => "encrypted_not_configured",
            Self::Encryption(error) => error.code(),
            Self::InResponseToMismatch { .. } => "in_response_to_mismatch",
            Self::InstantInvalid { .. } => "instant_invalid",
            Self::IssuedInFuture(_) => "issued_in_future",
            Self::IssuerMismatch { .. } => "issuer_mismatch",
            Self::NameIdMissing => "name_id_missing",
            Self::NotAResponse(_) => "not_a_response",
            Self::RecipientMismatch { .. } => "recipient_mismatch",
            Self::ResponseSignatureMissing => "response_signature_missing",
            Self::SessionExpired(_) => "session_expired",
            Self::Signature(error) => error.code(),
            Self::SignatureMissing => "signature_missing",
            Self::Status(_) => "status_not_success",
            Self::Undecryptable(_) => CryptoError::Decryption.code(),
            Self::Unsolicited => "unsolicited_refused",
            Self::Version(_) => "version_unsupported",
            Self::Xml(error) => error.code(),
        }
    }

    /// What lies behind [`Self::Undecryptable`]. For debug logs on this machine only, never for anything that whoever
    /// sent the Response gets to see.
    #[must_use]
    pub fn concealed(&self) -> Option<&Self> {
        match self {
            Self::Undecryptable(Concealed(cause)) => Some(cause),
            _ => None,
        }
    }
}

/// A cause that is not told with its error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concealed(Box<ResponseError>);

impl Concealed {
    pub(super) fn behind(cause: ResponseError) -> Self {
        Self(Box::new(cause))
    }
}

/// How an answer says that it went (SAML core 3.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The top-level code, a URI of SAML core 3.2.2.2.
    pub code: String,
    /// `StatusMessage`, cut to a bounded length.
    pub message: Option<String>,
    /// The second-level code, which says more.
    pub second_level: Option<String>,
    /// Whether the answer was signed. If not, anybody may have written this.
    pub signed: bool,
}

impl Status {
    /// Reads the status of any answer. What only explains it is taken as far as it is plain text.
    pub(crate) fn read(answer: Element<'_>, signed: bool) -> Result<Self, XmlError> {
        let status = answer.required_child(names::SAMLP, "Status")?;
        let code = status.required_child(names::SAMLP, "StatusCode")?;
        let second_level = code.children_named(names::SAMLP, "StatusCode").next();
        let message = status.children_named(names::SAMLP, "StatusMessage").next();
        Ok(Self {
            code: excerpt(code.required_attribute("Value")?),
            message: message
                .and_then(|it| it.text().ok())
                .as_deref()
                .map(excerpt),
            second_level: second_level
                .and_then(|it| it.attribute("Value"))
                .map(excerpt),
            signed,
        })
    }

    /// SAML core 3.2.2.1: only the top-level code decides.
    pub(crate) fn is_success(&self) -> bool {
        self.code == SUCCESS
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(second_level) = &self.second_level {
            write!(f, ", {second_level}")?;
        }
        if let Some(message) = &self.message {
            write!(f, ", {message:?}")?;
        }
        if !self.signed {
            write!(f, " (unsigned)")?;
        }
        Ok(())
    }
}
