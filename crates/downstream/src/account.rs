//! Our own account page, as an application: a login for it takes the same way as for every other one.
//!
//! Owns which page of the account a login was begun for, and the way back to it. Does not own the session that the
//! grant begins (the engine commits it with the grant), nor what the page shows. Nothing is signed: the answer is an
//! address of ours, and says nothing about anybody.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use url::Url;
use vestibule_core::{
    account::{Place, place::WAY_OUT},
    assurance::Demand,
    grant::Grant,
    id::AppId,
    port::{Downstream, DownstreamError, Incoming, Rejection, Tell},
    request::{Answered, AuthnRequest, Memo, Protocol, Refusal, Reply},
};

/// The account page.
#[derive(Debug, Clone)]
pub struct AccountPage {
    public_url: Url,
}

impl AccountPage {
    /// `public_url` is the address that people know us by.
    #[must_use]
    pub fn new(public_url: Url) -> Self {
        Self { public_url }
    }

    /// The same address with another path: whatever was asked, the answer stays with us.
    fn at(&self, path: &str) -> Reply {
        let mut address = self.public_url.clone();
        address.set_path(path);
        address.set_query(None);
        address.set_fragment(None);
        Reply::Redirect(address)
    }
}

#[async_trait]
impl Downstream for AccountPage {
    fn protocol(&self) -> Protocol {
        Protocol::Account
    }

    /// The query is the path of the page that somebody wants to see.
    async fn receive(
        &self,
        incoming: &Incoming,
        _: DateTime<Utc>,
    ) -> Result<AuthnRequest, Rejection> {
        let rejected = |detail: &str| Rejection {
            code: "account_page_unknown",
            detail: detail.to_owned(),
            app: Some(AppId::account()),
            tell: Tell::Nobody,
        };
        let place = Place::parse(&incoming.query);
        let place = place.ok_or_else(|| rejected("the account has no page of this address"))?;
        let reply = Memo::of(&place).map_err(|error| rejected(&error.to_string()))?;
        Ok(AuthnRequest {
            app: AppId::account(),
            protocol: Protocol::Account,
            reply,
            login_hint: None,
            force_authn: false,
            max_age: None,
            passive: false,
            demand: Demand::default(),
        })
    }

    async fn answer(&self, grant: Grant) -> Result<Answered, DownstreamError> {
        let place: Place = grant
            .request()
            .reply
            .read()
            .map_err(|error| DownstreamError {
                code: "reply_unreadable",
                detail: format!("account page: {error}"),
                tell: None,
            })?;
        Ok(Answered::only(self.at(&place.path())))
    }

    async fn refuse(
        &self,
        _: &AuthnRequest,
        _: Refusal,
        _: DateTime<Utc>,
    ) -> Result<Reply, DownstreamError> {
        Ok(self.at(WAY_OUT))
    }
}

#[cfg(test)]
mod tests;
