//! The answer of the userinfo endpoint.
//!
//! Owns its reading, the comparison of its `sub`, and its joining with the ID token's claims. Does not fetch it. Only
//! the plain JSON form exists here: a signed or encrypted answer is refused, not taken for empty.

use serde_json::Value;

use crate::{claims::Claims, id_token::VerifiedIdToken, json};

/// The largest answer, in bytes.
pub const MAX_USERINFO_BYTES: usize = 256 * 1024;

/// Why a userinfo answer is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserInfoRejection {
    /// Not a strict JSON object.
    #[error("the userinfo answer cannot be read: {fault}")]
    Malformed {
        /// What is wrong with it.
        fault: String,
    },
    /// A signed or encrypted answer (Core section 5.3.2).
    #[error(
        "the userinfo answer is a token; set the client to plain JSON userinfo at the provider"
    )]
    NotPlainJson,
    /// `sub` is missing or is not that of the ID token. Such an answer must not be used.
    #[error(
        "the userinfo answer is about another person than the ID token (\"sub\" differs or is missing)"
    )]
    SubjectMismatch,
    /// More bytes than an answer may have.
    #[error("the userinfo answer is larger than {MAX_USERINFO_BYTES} bytes")]
    TooLarge,
}

impl UserInfoRejection {
    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "userinfo_malformed",
            Self::NotPlainJson => "userinfo_not_plain_json",
            Self::SubjectMismatch => "userinfo_subject_mismatch",
            Self::TooLarge => "userinfo_too_large",
        }
    }
}

/// A userinfo answer about the person of the ID token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserInfo(Claims);

impl UserInfo {
    /// What it says.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.0
    }
}

impl Claims {
    /// Adds what only userinfo knows. Where both speak, the ID token is right: it is signed.
    #[must_use]
    pub fn with_userinfo(self, info: &UserInfo) -> Self {
        self.join(info.claims())
    }
}

/// Reads a userinfo answer; its `sub` must be exactly that of the ID token (Core section 5.3.2).
///
/// # Errors
/// [`UserInfoRejection`].
pub fn parse(body: &[u8], token: &VerifiedIdToken) -> Result<UserInfo, UserInfoRejection> {
    if body.len() > MAX_USERINFO_BYTES {
        return Err(UserInfoRejection::TooLarge);
    }
    // Every JOSE object in compact form starts with the base64url of `{"`.
    if body.starts_with(b"eyJ") {
        return Err(UserInfoRejection::NotPlainJson);
    }
    let members = json::parse_object(body).map_err(|fault| UserInfoRejection::Malformed {
        fault: fault.to_string(),
    })?;
    if members.get("sub").and_then(Value::as_str) != Some(token.subject()) {
        return Err(UserInfoRejection::SubjectMismatch);
    }
    Ok(UserInfo(Claims::new(members)))
}

#[cfg(test)]
mod tests;
