//! What a token is worth (RFC 7662).
//!
//! Owns which tokens can be asked about: access and refresh tokens, by the application that they were given to. A code
//! is none.

use serde_json::Value;
use vestibule_core::token::TokenPurpose;
use vestibule_oidc::provider::introspection::{self, ActiveToken};

use super::{Call, Denied, TokenService};

/// What can be asked about. What it was drawn for is spelled in front, so the hint is of no use.
const PURPOSES: [TokenPurpose; 2] = [TokenPurpose::AccessToken, TokenPurpose::RefreshToken];

impl TokenService {
    /// What it is worth at this moment, as JSON.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn introspect(&self, call: Call<'_>) -> Result<Value, Denied> {
        let (mut form, caller) = self.caller(call).await?;
        let shown = introspection::read(&mut form, &caller.client)
            .map_err(|no| Denied::of(no, caller.id))?;
        for purpose in PURPOSES {
            if let Some(good) = self.good(purpose, &shown.token).await? {
                let issued = &good.issued;
                let scopes = good.app.still(&issued.scopes);
                let token = ActiveToken {
                    client_id: &issued.client_id,
                    audiences: &[],
                    issuer: self.registry.issuer(),
                    subject: &issued.subject,
                    scopes: &scopes,
                    issued_at: good.record.issued_at,
                    expires_at: good.record.expires_at,
                    auth_time: issued.auth_time,
                    acr: Some(&issued.acr),
                    is_access_token: purpose == TokenPurpose::AccessToken,
                };
                return Ok(introspection::answer(&caller.client, Some(&token)));
            }
        }
        Ok(introspection::answer(&caller.client, None))
    }
}
