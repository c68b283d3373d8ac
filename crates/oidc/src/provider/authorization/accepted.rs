//! A request that was judged: everything that a login for it needs.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use super::{claims_request::ClaimsRequest, prompt::Prompts, refusal::PageReason};
use crate::{
    authorize::Prompt,
    pkce::Challenge,
    provider::{answer::ReplyAddress, client::Client},
};

/// A request that is well-formed, within the client's rights, and goes back to where the client may be answered.
///
/// It can be stored and read back, which is for what the caller seals. Its `Debug` shows nothing that a
/// person or a client would keep secret.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct AcceptedAuthorization {
    /// `client_id`.
    pub client_id: String,
    /// Where the answer goes, with `state`.
    pub reply: ReplyAddress,
    /// The scopes that the client gets; `openid` is among them.
    pub scopes: BTreeSet<String>,
    /// `nonce`, to be copied into the ID token.
    pub nonce: Option<String>,
    /// The PKCE challenge, to be kept with the code. `None` only for a client that may leave it out; then the token
    /// request must not bring a verifier (RFC 9700 section 2.1.1).
    pub challenge: Option<Challenge>,
    /// `prompt`.
    pub prompts: Prompts,
    /// `max_age`: how many seconds ago the person may have logged in.
    pub max_age: Option<u32>,
    /// `acr_values`, and the values of a voluntary `acr` claim behind them: wishes, the preferred one first.
    pub acr_values: Vec<String>,
    /// The contexts of which one must be reached; any will do if there is none. Each is one that the client's logins
    /// can reach.
    pub essential_acr: Vec<String>,
    /// `claims`.
    pub claims: ClaimsRequest,
    /// `login_hint`: a hint to show, never an identity.
    pub login_hint: Option<String>,
    /// `ui_locales`, the preferred one first.
    pub ui_locales: Vec<String>,
    /// `id_token_hint` as it came: to be verified before it means anything.
    pub id_token_hint: Option<String>,
}

impl AcceptedAuthorization {
    /// A request that asks for nothing yet.
    pub(super) fn new(client_id: &str, reply: ReplyAddress) -> Self {
        Self {
            client_id: client_id.to_owned(),
            reply,
            scopes: BTreeSet::new(),
            nonce: None,
            challenge: None,
            prompts: Prompts::default(),
            max_age: None,
            acr_values: Vec::new(),
            essential_acr: Vec::new(),
            claims: ClaimsRequest::default(),
            login_hint: None,
            ui_locales: Vec::new(),
            id_token_hint: None,
        }
    }

    /// Whether nothing may be shown (`prompt=none`).
    #[must_use]
    pub fn is_passive(&self) -> bool {
        self.prompts.contains(Prompt::None)
    }

    /// Whether the person must log in anew, whatever session there is: `prompt=login`, or `max_age=0`, which means the
    /// same (Core section 3.1.2.1).
    #[must_use]
    pub fn forces_login(&self) -> bool {
        self.prompts.contains(Prompt::Login) || self.max_age == Some(0)
    }

    /// Takes up a request that was pushed some time ago: it must be brought by the client that pushed it (RFC 9126
    /// section 2.2), and what was registered then must be registered still. Scopes that were taken from the client
    /// since are left out.
    ///
    /// # Errors
    /// [`PageReason`].
    pub fn resume(mut self, client_id: &str, client: &Client) -> Result<Self, PageReason> {
        if self.client_id != client_id || client.id() != client_id {
            return Err(PageReason::PushedByAnother);
        }
        client
            .judge_redirect_uri(self.reply.redirect_uri())
            .map_err(PageReason::UnknownRedirectUri)?;
        self.scopes.retain(|scope| client.may_have(scope));
        Ok(self)
    }
}

impl fmt::Debug for AcceptedAuthorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptedAuthorization")
            .field("client_id", &self.client_id)
            .field("reply", &self.reply)
            .field("scopes", &self.scopes)
            .field("prompts", &self.prompts)
            .field("max_age", &self.max_age)
            .field("acr_values", &self.acr_values)
            .field("essential_acr", &self.essential_acr)
            .finish_non_exhaustive()
    }
}
