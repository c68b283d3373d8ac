//! What an access token opens: the claims about the person (OpenID Connect Core 5.3).
//!
//! Owns which access tokens do. What they open was fixed when the person logged in, and may be less by now: what was taken
//! from the application since is not told.
//!
//! No login is too old or too weak for it, so nobody is sent back to prove more (RFC 9470). Whoever asks
//! [`introspection`](super::introspect) learns `acr` and `auth_time`, and can ask for more itself.

use serde_json::Value;
use vestibule_core::token::TokenPurpose;
use vestibule_oidc::provider::{
    bearer::{self, BearerRejection},
    userinfo,
};

use super::{Call, Denied, TokenService};
use crate::oidc::issued::Place;

impl TokenService {
    /// The claims, as JSON.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn userinfo(&self, call: Call<'_>) -> Result<Value, Denied> {
        if call.authorization_repeated {
            return Err(BearerRejection::Several.into());
        }
        let token = bearer::read(&call.message)?;
        let good = self.good(TokenPurpose::AccessToken, token.secret()).await?;
        let good = good.ok_or(BearerRejection::Unknown)?;
        let issued = &good.issued;
        if !issued.scopes.contains("openid") {
            let scope = "openid";
            return Err(Denied::of(
                BearerRejection::Scope { scope },
                &good.record.app,
            ));
        }
        let claims = issued.claims(Place::Userinfo, &issued.scopes, good.app);
        Ok(userinfo::answer(&issued.subject, claims))
    }
}
