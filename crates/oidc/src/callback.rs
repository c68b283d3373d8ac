//! The provider's answer to an authorization request.
//!
//! Owns the reading of the raw query or form and the checks of RFC 6749 section 4.1.2 and RFC 9207.
//! It does not find the login that `state` names, nor bind it to the browser: that is the caller's.
//!
//! [`Callback`] is what somebody sent us. The code comes out only through [`Callback::verify`].

use std::fmt;

use aws_lc_rs::constant_time;
use openidconnect::AuthorizationCode;

use crate::form::Parameters;

/// The largest query or form, in bytes.
pub const MAX_CALLBACK_BYTES: usize = 32 * 1024;

/// Parameters that would hold tokens; the code flow puts none into the browser.
const TOKENS: [&str; 3] = ["access_token", "id_token", "token"];

/// Why an answer is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackRejection {
    /// Both a code and an error.
    #[error("the provider's answer has a code and an error at once")]
    CodeAndError,
    /// `iss` names another issuer: an answer of one provider was brought to the address of another.
    #[error("the answer comes from the issuer {found:?}, expected {expected:?}")]
    IssuerMismatch {
        /// `iss`.
        found: String,
        /// The issuer that was asked.
        expected: String,
    },
    /// The provider promises `iss` in its metadata, and there is none.
    #[error("the provider's answer has no \"iss\", although its metadata promises one")]
    IssuerMissing,
    /// The query or form cannot be read, or has a parameter twice.
    #[error("the provider's answer cannot be read: {fault}")]
    Malformed {
        /// What is wrong with it.
        fault: String,
    },
    /// Neither a code nor an error.
    #[error("the provider's answer has neither a code nor an error")]
    NeitherCodeNorError,
    /// `state` is not that of the login.
    #[error("the answer does not belong to this login (\"state\" differs)")]
    StateMismatch,
    /// There is no `state`.
    #[error("the answer has no \"state\"")]
    StateMissing,
    /// A token in the browser, which was not asked for.
    #[error(
        "the provider's answer carries a token ({name:?}); only the code flow is used: set the client to it"
    )]
    TokenInBrowser {
        /// The parameter.
        name: &'static str,
    },
}

impl CallbackRejection {
    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::CodeAndError => "callback_code_and_error",
            Self::IssuerMismatch { .. } => "callback_issuer_mismatch",
            Self::IssuerMissing => "callback_issuer_missing",
            Self::Malformed { .. } => "callback_malformed",
            Self::NeitherCodeNorError => "callback_neither_code_nor_error",
            Self::StateMismatch => "callback_state_mismatch",
            Self::StateMissing => "callback_state_missing",
            Self::TokenInBrowser { .. } => "callback_token_in_browser",
        }
    }
}

/// An error that the provider answered with (RFC 6749 section 4.1.2.1, Core section 3.1.2.6). Both
/// texts are the provider's, cleaned of control characters; they are for logs, not for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderError {
    /// The code, such as `access_denied`.
    pub error: String,
    /// The description.
    pub description: Option<String>,
}

impl ProviderError {
    pub(crate) fn new(error: &str, description: Option<&str>) -> Self {
        let clean = |text: &str, most: usize| -> String {
            text.chars()
                .filter(|c| !c.is_control())
                .take(most)
                .collect()
        };
        Self {
            error: clean(error, 64),
            description: description.map(|text| clean(text, 512)),
        }
    }
}

/// What a checked answer says.
#[derive(Debug)]
pub enum Outcome {
    /// A code to redeem.
    Code(AuthorizationCode),
    /// The provider says no.
    Refused(ProviderError),
}

/// An answer that was read, but not yet checked.
pub struct Callback {
    state: String,
    issuer: Option<String>,
    outcome: Outcome,
}

impl Callback {
    /// Reads the raw query (without `?`) or form body.
    ///
    /// # Errors
    /// [`CallbackRejection`]; nothing may be redirected then, for it is not known whose answer it is.
    pub fn parse(raw: &str) -> Result<Self, CallbackRejection> {
        let mut form = Parameters::parse(raw, MAX_CALLBACK_BYTES).map_err(|fault| {
            CallbackRejection::Malformed {
                fault: fault.to_string(),
            }
        })?;
        if let Some(name) = TOKENS.into_iter().find(|name| form.has(name)) {
            return Err(CallbackRejection::TokenInBrowser { name });
        }
        let state = form.take("state").ok_or(CallbackRejection::StateMissing)?;
        let description = form.take("error_description");
        let outcome = match (form.take("code"), form.take("error")) {
            (Some(code), None) => Outcome::Code(AuthorizationCode::new(code)),
            (None, Some(error)) => {
                Outcome::Refused(ProviderError::new(&error, description.as_deref()))
            }
            (Some(_), Some(_)) => return Err(CallbackRejection::CodeAndError),
            (None, None) => return Err(CallbackRejection::NeitherCodeNorError),
        };
        Ok(Self {
            state,
            issuer: form.take("iss"),
            outcome,
        })
    }

    /// `state`, to find the login with. It is somebody's word until [`Callback::verify`].
    #[must_use]
    pub fn state(&self) -> &str {
        &self.state
    }

    /// Checks the answer against the login: `state`, and the issuer (RFC 9207 section 2.4). An
    /// `iss` that is there must be right even where `iss_required` is false; errors are checked too.
    ///
    /// # Errors
    /// [`CallbackRejection`].
    pub fn verify(
        self,
        state: &str,
        issuer: &str,
        iss_required: bool,
    ) -> Result<Outcome, CallbackRejection> {
        constant_time::verify_slices_are_equal(self.state.as_bytes(), state.as_bytes())
            .map_err(|_| CallbackRejection::StateMismatch)?;
        match self.issuer {
            Some(found) if found != issuer => {
                return Err(CallbackRejection::IssuerMismatch {
                    found: found.chars().take(256).collect(),
                    expected: issuer.to_owned(),
                });
            }
            None if iss_required => return Err(CallbackRejection::IssuerMissing),
            Some(_) | None => {}
        }
        Ok(self.outcome)
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback")
            .field("issuer", &self.issuer)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
