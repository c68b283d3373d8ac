//! A token that a client shows in order to ask about it or to end it (RFC 7662 section 2.1, RFC 7009 section 2.1).
//!
//! Owns the two parameters. What the token is, the store knows; the hint is only where to look first.

use std::fmt;

use super::endpoint::{ClientForm, FormRejection};

/// What the client believes that the token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenHint {
    /// An access token.
    AccessToken,
    /// A refresh token.
    RefreshToken,
}

/// A token, of any kind or of none. Its `Debug` shows the hint only.
#[derive(Clone, PartialEq, Eq)]
pub struct ShownToken {
    /// As it was sent.
    pub token: String,
    /// `token_type_hint`; one that is not known counts as none (RFC 7009 section 2.1).
    pub hint: Option<TokenHint>,
}

impl ShownToken {
    pub(super) fn read(form: &mut ClientForm) -> Result<Self, FormRejection> {
        let token = form.required("token")?;
        let hint = match form.parameters.take("token_type_hint").as_deref() {
            Some("access_token") => Some(TokenHint::AccessToken),
            Some("refresh_token") => Some(TokenHint::RefreshToken),
            _ => None,
        };
        Ok(Self { token, hint })
    }
}

impl fmt::Debug for ShownToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShownToken")
            .field("hint", &self.hint)
            .finish_non_exhaustive()
    }
}
