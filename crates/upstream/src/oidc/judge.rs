//! The verdict on an ID token.
//!
//! Owns all that decides whether an ID token counts, with everything that it depends on as arguments: `vestibule
//! inspect` asks the same function as a login. Does not own the fetching of keys, or the replay mark.

use std::time::Duration;

use vestibule_oidc::{
    algorithm::Algorithm,
    id_token::{self, Expectation, IdTokenRejection, VerifiedIdToken},
    jwks::Jwks,
};

/// What holds for every token of one provider.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    /// Signature algorithms that are accepted.
    pub(super) algorithms: &'a [Algorithm],
    /// Audiences that may stand beside us.
    pub(super) trusted_audiences: &'a [String],
    /// How far the provider's clock may differ; more than 120 s counts as 120 s.
    pub(super) skew: Duration,
}

impl Rules<'_> {
    /// Judges a token against what its login expects.
    ///
    /// # Errors
    /// [`IdTokenRejection`].
    pub(super) fn judge(
        &self,
        token: &str,
        expected: &Expectation<'_>,
        keys: &Jwks,
    ) -> Result<VerifiedIdToken, IdTokenRejection> {
        let trusted: Vec<&str> = self.trusted_audiences.iter().map(String::as_str).collect();
        let mut expected = expected.clone();
        expected.algorithms = self.algorithms;
        expected.trusted_audiences = &trusted;
        expected.skew = self.skew;
        id_token::verify(token, &expected, keys)
    }
}
