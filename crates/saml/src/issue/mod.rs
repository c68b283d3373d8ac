//! Responses that we issue as an identity provider (SAML core 3.3.3, profiles 4.1.4.2).
//!
//! Owns: the shape of a Response and its assertion, what of it is signed, and refusals.
//! Does not own: who may be vouched for. Whoever calls this holds the proof; nothing here decides.
//!
//! **Invariant:** an assertion always has one audience, a recipient and an end, and leaves only with a signature that
//! covers it or its ciphertext. No value given by anybody can become markup: what is written is parsed again and
//! compared before it is signed (attack SO-06).

mod assertion;
mod encryption;
pub(crate) mod refusal;

use chrono::{DateTime, Utc};

pub use self::{
    assertion::{Assertion, Attribute, MAX_LIFETIME, NOT_BEFORE_TOLERANCE, NameId},
    encryption::{Cipher, Encryption},
    refusal::{Blame, Reason, Refusal},
};
use crate::{
    binding::BindingError,
    crypto::{
        CryptoError,
        sign::{self, SignError, SigningKey},
    },
    instant,
    xml::{
        read::excerpt,
        write::{Element, Namespace},
    },
};

/// What all responses have in common.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// A fresh ID for the Response, an `NCName` of at least 128 bit of randomness and nothing else.
    pub id: &'a str,
    /// Now.
    pub issue_instant: DateTime<Utc>,
    /// Our entity ID.
    pub issuer: &'a str,
    /// The registered address of the application to which this goes, with its query if it has one.
    pub acs_url: &'a str,
    /// `ID` of the request that is answered; `None` only where an application takes unsolicited responses.
    pub in_response_to: Option<&'a str>,
}

/// What is signed. The assertion is covered in each case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The assertion: what applications need at least.
    Assertion,
    /// Both.
    Both,
    /// The Response around it, which covers the assertion too.
    Response,
}

/// A Response that may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedResponse(String);

impl IssuedResponse {
    /// The XML, byte for byte as it must go out.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Hands the XML over.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Why a message of ours cannot be issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The same attribute is given twice; its values belong into one element, because many readers take only the first.
    #[error("the attribute {0:?} is given twice; put its values together")]
    AttributeRepeated(String),
    /// The message cannot be put onto its way.
    #[error(transparent)]
    Binding(#[from] BindingError),
    /// The assertion cannot be encrypted.
    #[error(transparent)]
    Encrypt(#[from] CryptoError),
    /// An ID is not an XML name.
    #[error("the ID {0:?} is not an XML name of at most 256 ASCII characters")]
    Id(String),
    /// The assertion would live too long, or not at all.
    #[error("an assertion lives between one second and {} s, not {seconds} s", MAX_LIFETIME.num_seconds())]
    Lifetime {
        /// The lifetime that was asked for.
        seconds: i64,
    },
    /// The message cannot be written or signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A value that must not be empty is empty.
    #[error("{0} is empty")]
    ValueEmpty(&'static str),
}

impl IssueError {
    /// The stable reason code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AttributeRepeated(_) => "issue_attribute_repeated",
            Self::Binding(error) => error.code(),
            Self::Encrypt(error) => error.code(),
            Self::Id(_) => "issue_id_invalid",
            Self::Lifetime { .. } => "issue_lifetime",
            Self::Sign(error) => error.code(),
            Self::ValueEmpty(_) => "issue_value_empty",
        }
    }
}

/// Where the signature stands: behind the `Issuer` (SAML core 2.3.3 and 3.2.2).
const BEHIND_ISSUER: usize = 1;

impl Reply<'_> {
    /// Vouches for a person.
    ///
    /// # Errors
    /// If a value cannot be expressed, or signing fails. Nothing is sent then.
    pub fn vouch(
        &self,
        assertion: &Assertion<'_>,
        sign: Sign,
        key: &SigningKey,
    ) -> Result<IssuedResponse, IssueError> {
        check_id(assertion.id)?;
        let element = assertion.element(self)?;
        let response = self.response(refusal::success())?;
        Ok(IssuedResponse(match sign {
            Sign::Assertion => {
                let signed = key.sign_element(element, BEHIND_ISSUER)?;
                sign::checked_xml(&response.signed_child(signed))?
            }
            Sign::Response => key
                .sign_element(response.child(element), BEHIND_ISSUER)?
                .into_string(),
            Sign::Both => {
                let signed = key.sign_element(element, BEHIND_ISSUER)?;
                key.sign_element(response.signed_child(signed), BEHIND_ISSUER)?
                    .into_string()
            }
        }))
    }

    /// Vouches for a person towards an application alone: the assertion is encrypted after it was signed.
    ///
    /// # Errors
    /// As [`Reply::vouch`], and if encryption fails.
    pub fn vouch_encrypted(
        &self,
        assertion: &Assertion<'_>,
        sign: Sign,
        key: &SigningKey,
        encryption: &Encryption,
    ) -> Result<IssuedResponse, IssueError> {
        check_id(assertion.id)?;
        let element = assertion.element(self)?;
        let plaintext = match sign {
            Sign::Assertion | Sign::Both => key.sign_element(element, BEHIND_ISSUER)?.into_string(),
            Sign::Response => sign::checked_xml(&element)?,
        };
        let sealed = encryption.seal(&plaintext, assertion.audience)?;
        let response = self.response(refusal::success())?.child(sealed);
        Ok(IssuedResponse(match sign {
            Sign::Assertion => sign::checked_xml(&response)?,
            Sign::Both | Sign::Response => key.sign_element(response, BEHIND_ISSUER)?.into_string(),
        }))
    }

    /// Tells the application that there will be no assertion. Always signed, so that nobody else can end a login.
    ///
    /// # Errors
    /// As [`Reply::vouch`].
    pub fn refuse(
        &self,
        refusal: &Refusal<'_>,
        key: &SigningKey,
    ) -> Result<IssuedResponse, IssueError> {
        let response = self.response(refusal.status())?;
        let signed = key.sign_element(response, BEHIND_ISSUER)?;
        Ok(IssuedResponse(signed.into_string()))
    }

    fn response(&self, status: Element) -> Result<Element, IssueError> {
        check_id(self.id)?;
        let response = Element::new(Namespace::Protocol, "Response")
            .attribute("ID", self.id)
            .attribute("Version", "2.0")
            .attribute("IssueInstant", instant::format(self.issue_instant))
            .attribute("Destination", not_empty(self.acs_url, "acs_url")?)
            .optional_attribute("InResponseTo", self.in_response_to);
        Ok(response.child(self.issuer_element()?).child(status))
    }

    fn issuer_element(&self) -> Result<Element, IssueError> {
        Ok(saml("Issuer").text(not_empty(self.issuer, "issuer")?))
    }
}

const fn saml(name: &'static str) -> Element {
    Element::new(Namespace::Assertion, name)
}

pub(crate) fn not_empty<'a>(value: &'a str, name: &'static str) -> Result<&'a str, IssueError> {
    if value.is_empty() {
        Err(IssueError::ValueEmpty(name))
    } else {
        Ok(value)
    }
}

pub(crate) fn check_id(id: &str) -> Result<(), IssueError> {
    if crate::xml::write::is_id(id) {
        Ok(())
    } else {
        Err(IssueError::Id(excerpt(id)))
    }
}
