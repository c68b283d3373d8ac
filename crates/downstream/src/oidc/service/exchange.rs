//! Tokens for a code (RFC 6749 section 4.1.3, OpenID Connect Core 3.1.3).
//!
//! Owns when a code is good: once, for its minute, for the application that asked, with the redirect URI and the
//! challenge that it asked with, while all that it rests on is still so.
//!
//! **Invariant:** a code that is shown twice, by another application, or with another verifier is in wrong hands: what
//! came of it ends, and what did not come yet never will (RFC 9700 sections 2.1.1 and 4.5, attack rows OO-03 to OO-05).
//! No time is allowed for two requests that cross: nobody has a reason to send a code twice.

use std::net::IpAddr;

use serde_json::Value;
use vestibule_core::{
    id::Reference,
    port::{Commit, Conflict, StoreError},
    token::{TokenChange, TokenPurpose},
};
use vestibule_oidc::provider::{endpoint::GrantRejection, token_endpoint::CodeRequest};

use super::{Denied, TokenService, Wrong, caller::Caller, issue::Order};
use crate::oidc::issued::IssuedCode;

const CODE: TokenPurpose = TokenPurpose::AuthorizationCode;

impl TokenService {
    /// The answer, and the login that it is about.
    pub(super) async fn exchange(
        &self,
        caller: &Caller<'_>,
        request: &CodeRequest,
        address: Option<IpAddr>,
    ) -> Result<(Value, Reference), Denied> {
        let told = |error: StoreError| Denied::of(error, caller.id);
        let unknown = || Denied::of(GrantRejection::Unknown, caller.id);
        let found = self.find(CODE, request.code.secret()).await.map_err(told)?;
        let (key, record) = found.ok_or_else(unknown)?;
        let code: IssuedCode = record
            .body
            .read()
            .map_err(|error| Denied::fault("memo_unreadable", error, caller.id))?;
        let issued = &code.issued;
        let wrong = |why| Wrong {
            record: &record,
            reference: &issued.reference,
            by: caller.id,
            why,
            address,
        };
        if record.used_at.is_some() {
            return Err(self.end_all(wrong(GrantRejection::Used)).await);
        }
        let now = self.clock.now();
        if now >= record.expires_at {
            return Err(unknown());
        }
        let is_theirs = record.app == *caller.id;
        let checked = request.check(&caller.client, &code.terms());
        if let Err(why) = checked.and(is_theirs.then_some(()).ok_or(GrantRejection::AnotherClient))
        {
            return Err(self.end_all(wrong(why)).await);
        }
        let standing = self.standing(&record, issued).await.map_err(told)?;
        let Some(standing) = standing else {
            return Err(self.end_all(wrong(GrantRejection::Ended)).await);
        };
        let made = self.make(
            caller,
            &Order {
                issued,
                scopes: &issued.scopes,
                nonce: code.nonce.as_deref(),
                person: &standing.person,
                family: record.family,
                session: record.session,
            },
        )?;
        let used = TokenChange::Use {
            purpose: CODE,
            key,
            at: now,
        };
        let done = self.shelf.commit(Commit {
            session: standing.hold(),
            guard: Some(standing.guard),
            tokens: std::iter::once(used).chain(made.tokens).collect(),
            ..Commit::default()
        });
        match done.await {
            Ok(()) => Ok((made.answer, issued.reference.clone())),
            // Of several at once, one gets tokens, and they end with the next.
            Err(StoreError::Conflict(Conflict::Token)) => {
                Err(self.end_all(wrong(GrantRejection::Used)).await)
            }
            Err(StoreError::Conflict(Conflict::Person | Conflict::Session)) => {
                Err(self.end_all(wrong(GrantRejection::Ended)).await)
            }
            Err(error) => Err(told(error)),
        }
    }
}
