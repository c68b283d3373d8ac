//! Authorization requests that an application hands over before it sends the browser (RFC 9126).
//!
//! Owns how long one is kept. It is used up by the answer that it gets, at [`super::super::OidcProvider`].
//!
//! **Invariant:** only who proves to be an application may have something kept. RFC 9126 lets public clients push as well;
//! here they may not: anybody could be one and fill the store, and no browser is there whose network the opening of logins
//! is counted for. What a public client would gain, PKCE gives it. The configuration refuses `require_pushed` of one
//! ([`OidcFault::NothingToPush`](crate::oidc::OidcFault)), so that no application is left without a way to ask.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};
use vestibule_core::{
    id::FamilyId,
    port::Commit,
    request::Memo,
    token::{TokenChange, TokenPurpose, TokenRecord},
};
use vestibule_oidc::provider::{
    endpoint::EndpointRejection,
    pushed::{self, PushedAnswer, RequestUri},
};

use super::{Call, Denied, TokenService};
use crate::oidc::opaque;

/// How long the browser may take to arrive, in seconds (RFC 9126 section 2.2: 5 to 600).
const LIFETIME: u32 = 90;

impl TokenService {
    /// Keeps a request, and says under which name, as JSON; to be sent with status 201.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn push(&self, call: Call<'_>) -> Result<Value, Denied> {
        let (_, caller) = self.caller(call).await?;
        if !caller.client.is_confidential() {
            return Err(Denied::of(
                EndpointRejection::ConfidentialClientsOnly,
                caller.id,
            ));
        }
        // It was read as UTF-8 before.
        let body = std::str::from_utf8(call.message.body).unwrap_or_default();
        let accepted = pushed::judge(body, &caller.app.client)
            .map_err(|refusal| Denied::of(refusal, caller.id))?;
        let purpose = TokenPurpose::PushedRequest;
        let (secret, key) = opaque::draw(purpose, &*self.entropy);
        let name = RequestUri::from_secret(&secret).ok_or_else(|| {
            Denied::fault("request_uri_unwritable", "its name has none", caller.id)
        })?;
        let now = self.clock.now();
        let ends = now + TimeDelta::seconds(LIFETIME.into());
        let record = TokenRecord {
            key,
            purpose,
            app: caller.id.clone(),
            person: None,
            session: None,
            family: FamilyId::from_bytes(self.entropy.bytes()),
            body: Memo::of(&accepted)
                .map_err(|error| Denied::fault("memo_unwritable", error, caller.id))?,
            issued_at: now,
            expires_at: ends,
            // A login that it began may use it up at its very end.
            keep_until: ends + vestibule_core::flow::LIFETIME,
            used_at: None,
        };
        let kept = self.shelf.commit(Commit {
            tokens: vec![TokenChange::Add(record)],
            ..Commit::default()
        });
        kept.await.map_err(|error| Denied::of(error, caller.id))?;
        Ok(json!(PushedAnswer::new(
            &name,
            Duration::from_secs(LIFETIME.into())
        )))
    }
}
