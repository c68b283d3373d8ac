//! Tokens for a code (RFC 6749 section 4.1.3, OpenID Connect Core 3.1.3).
//!
//! Owns what a code is held against: it is good once, for its minute, for the application that asked, with the redirect URI
//! and the challenge that it asked with, while all that it rests on is still so.
//!
//! **Invariant:** a code that is shown twice, by another application, or with another verifier is in wrong hands: what
//! came of it ends, and what did not come yet never will (RFC 9700 sections 2.1.1 and 4.5, attack rows OO-03 to OO-05).

use std::net::IpAddr;

use serde_json::Value;
use vestibule_core::{id::Reference, token::TokenPurpose};
use vestibule_oidc::provider::{
    endpoint::GrantRejection,
    redemption::{CODE_OVERTAKEN, Kept, judge_code},
    token_endpoint::CodeRequest,
};

use super::{
    Denied, TokenService,
    caller::Caller,
    redeem::{Shown, Wanted},
};
use crate::oidc::issued::IssuedCode;

impl TokenService {
    /// The answer, and the login that it is about.
    pub(super) async fn exchange(
        &self,
        caller: &Caller<'_>,
        request: &CodeRequest,
        address: Option<IpAddr>,
    ) -> Result<(Value, Reference), Denied> {
        let found = self.find(TokenPurpose::AuthorizationCode, request.code.secret());
        let found = found.await.map_err(|error| Denied::of(error, caller.id))?;
        let (key, record) = found.ok_or_else(|| Denied::of(GrantRejection::Unknown, caller.id))?;
        let code: IssuedCode = record
            .body
            .read()
            .map_err(|error| Denied::fault("memo_unreadable", error, caller.id))?;
        let shown = Shown {
            key,
            record: &record,
            issued: &code.issued,
            by: caller.id,
            address,
        };
        let kept = Kept {
            used_at: record.used_at,
            ends_at: record.expires_at,
        };
        let is_theirs = record.app == *caller.id;
        let checked = request.check(&caller.client, &code.terms());
        let checked = checked.and(is_theirs.then_some(()).ok_or(GrantRejection::AnotherClient));
        if let Err(refused) = judge_code(kept, checked, self.clock.now()) {
            return Err(self.refuse(&shown, refused).await);
        }
        let wanted = Wanted {
            scopes: &code.issued.scopes,
            nonce: code.nonce.as_deref(),
            overtaken: CODE_OVERTAKEN,
        };
        self.redeem(caller, &shown, wanted).await
    }
}
