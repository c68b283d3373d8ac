//! Which application asks, and whether it proved that.
//!
//! Owns what lasts of a proof: wrong secrets are counted, assertions are used up. Does not own the proofs themselves.
//!
//! **Invariant:** an assertion is used up before the request that it came with has any effect (RFC 7523 section 3,
//! attack row OO-06).

use chrono::{DateTime, Utc};
use vestibule_core::{
    id::AppId,
    port::{Commit, Conflict, ReplayMark, ReplayPurpose, StoreError},
    throttle::{Charge, ThrottleKey},
};
use vestibule_oidc::provider::{
    client_auth::{AuthenticatedClient, ClientAuthRejection, PresentedClient},
    endpoint::ClientForm,
};

use super::{Call, Cause, Denied, TokenService};
use crate::oidc::{OidcApp, registry::path};

/// The application that asks.
pub(super) struct Caller<'r> {
    pub(super) id: &'r AppId,
    pub(super) app: &'r OidcApp,
    pub(super) client: AuthenticatedClient,
}

impl TokenService {
    /// Reads the form, and who sent it.
    pub(super) async fn caller(&self, call: Call<'_>) -> Result<(ClientForm, Caller<'_>), Denied> {
        let mut form = ClientForm::read(&call.message)?;
        if call.authorization_repeated {
            return Err(ClientAuthRejection::SeveralMethods.into());
        }
        let presented = PresentedClient::read(&mut form)?;
        let now = self.clock.now();
        let found = self.registry.of_client(presented.client_id());
        let found = found.filter(|(_, app)| !app.disabled);
        // Who is unknown is counted, and waits, like everybody else.
        let counted = presented.shows_secret().then(|| {
            let app = found.map(|(id, _)| id.clone());
            ThrottleKey::ClientSecret(app, call.address)
        });
        let denied = |cause: Cause| Denied {
            cause,
            app: found.map(|(id, _)| id.clone()),
        };
        let endpoint = self.registry.endpoint(path::TOKEN);
        let endpoint = [endpoint.as_str()];
        let registered = found.map(|(_, app)| app.auth.registered(&endpoint));
        let client = match presented.verify(registered.as_ref(), self.registry.issuer(), now) {
            Ok(client) => client,
            Err(rejection) => {
                if let Some(key) = counted {
                    self.may_be_told(&key, now).await.map_err(denied)?;
                    let charged = self.shelf.charge(&[key], now).await;
                    charged.map_err(|error| denied(error.into()))?;
                }
                return Err(denied(rejection.into()));
            }
        };
        // Nobody proves to be who is not known.
        let (id, app) = found.ok_or(ClientAuthRejection::UnknownClient)?;
        self.use_up(&client, id).await?;
        Ok((form, Caller { id, app, client }))
    }

    /// Is a wrong secret of this application told so now, from there? Only wrong ones wait: otherwise whoever shares an
    /// address with an application could keep it from its tokens (attack row MF-25). That a right one shows at once
    /// helps nobody against a secret that was drawn at random.
    async fn may_be_told(&self, key: &ThrottleKey, now: DateTime<Utc>) -> Result<(), Cause> {
        match self.shelf.verdict(key, now).await? {
            Charge::Wait(until) => Err(Cause::Wait(until - now)),
            Charge::Go | Charge::GoAndTell(_) | Charge::Locked => Ok(()),
        }
    }

    async fn use_up(&self, client: &AuthenticatedClient, id: &AppId) -> Result<(), Denied> {
        let Some(assertion) = client.assertion() else {
            return Ok(());
        };
        let mark = ReplayMark {
            purpose: ReplayPurpose::ClientAssertion,
            owner: client.client_id().to_owned(),
            value: assertion.id.clone(),
            keep_until: assertion.remember_until,
        };
        let used = self.shelf.commit(Commit {
            once: vec![mark],
            ..Commit::default()
        });
        used.await.map_err(|error| match error {
            StoreError::Conflict(Conflict::AlreadyUsed) => {
                Denied::of(ClientAuthRejection::AssertionReplayed, id)
            }
            error => Denied::of(error, id),
        })
    }
}
