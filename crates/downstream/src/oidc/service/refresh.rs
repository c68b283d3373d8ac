//! New tokens for a refresh token (RFC 6749 section 6, OpenID Connect Core 12).
//!
//! Owns rotation: each refresh token is good once, and the next one comes with what it is used for. So at any moment one
//! of a login is good, and two who have the same one are noticed (RFC 9700 section 4.14.2, attack row OO-07). Does not own
//! what is thought of one that was used: [`redemption`](vestibule_oidc::provider::redemption) does.

use std::net::IpAddr;

use serde_json::Value;
use vestibule_core::{id::Reference, token::TokenPurpose};
use vestibule_oidc::provider::{
    endpoint::{EndpointRejection, GrantRejection},
    redemption::{Kept, REFRESH_OVERTAKEN, judge_refresh},
    token_endpoint::{GrantType, RefreshRequest},
};

use super::{
    Denied, TokenService,
    caller::Caller,
    footing::read,
    issue::refresh_ends,
    redeem::{Shown, Wanted},
};

impl TokenService {
    /// The answer, and the login that it is about.
    pub(super) async fn renew(
        &self,
        caller: &Caller<'_>,
        request: &RefreshRequest,
        address: Option<IpAddr>,
    ) -> Result<(Value, Reference), Denied> {
        let found = self.find(TokenPurpose::RefreshToken, request.token.secret());
        let found = found.await.map_err(|error| Denied::of(error, caller.id))?;
        let (key, record) = found.ok_or_else(|| Denied::of(GrantRejection::Unknown, caller.id))?;
        let issued = read(&record)?;
        let shown = Shown {
            key,
            record: &record,
            issued: &issued,
            by: caller.id,
            address,
        };
        // Asked of the configuration as it is now, too: a shorter life holds for what was issued before.
        let ends_at = refresh_ends(&issued, caller, record.issued_at).min(record.expires_at);
        let kept = Kept {
            used_at: record.used_at,
            ends_at,
        };
        let is_theirs = record.app == *caller.id && issued.client_id == caller.client.client_id();
        if let Err(refused) = judge_refresh(kept, is_theirs, self.clock.now()) {
            return Err(self.refuse(&shown, refused).await);
        }
        if !caller.app.may_refresh() {
            let grant_type = GrantType::RefreshToken.name();
            return Err(Denied::of(
                EndpointRejection::GrantTypeNotAllowed { grant_type },
                caller.id,
            ));
        }
        let scopes = request
            .scopes(&caller.app.still(&issued.scopes))
            .map_err(|fault| Denied::of(fault, caller.id))?;
        let wanted = Wanted {
            scopes: &scopes,
            nonce: None,
            overtaken: REFRESH_OVERTAKEN,
        };
        self.redeem(caller, &shown, wanted).await
    }
}
