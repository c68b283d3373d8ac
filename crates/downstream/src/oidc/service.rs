//! What the servers of applications ask of us directly, with no browser between: tokens for codes, and what tokens are
//! good for.
//!
//! Owns the order in which such a request is looked at, what it changes in the store, and what is written down of it. Does
//! not own the form of messages, nor whether a code or token is good (the room `oidc` does), nor how codes come about:
//! [`super::OidcProvider`] makes them of grants.
//!
//! The way of every request: the form, then the application (`caller`), then what it asks. What it shows is looked up
//! (`footing`) with everything that it rests on, as that is at this moment: the application, the person, their
//! upstream, the session.
//!
//! What goes right is logged, with the login's reference, and not audited: the grant that it comes of was. What shows
//! that a code or token is in wrong hands, or is used after its end, is audited, and cannot fill the audit log: all that
//! came of the login ends with it, so that it is written down once.
//!
//! **Invariant:** what can be used once is used up in the transaction that issues what it is used for (attack rows
//! OO-04 and OO-07), and nothing is sent before that is done.

mod caller;
mod denied;
mod exchange;
mod footing;
mod introspect;
mod issue;
mod push;
mod redeem;
mod refresh;
mod revoke;
mod userinfo;

use std::{collections::BTreeSet, fmt, net::IpAddr, sync::Arc};

use serde_json::Value;
use vestibule_core::{
    id::UpstreamId,
    port::{Clock, Commits, Entropy, People, Sessions, Throttle, Tokens},
    session::Limits,
};
pub use vestibule_oidc::provider::endpoint::{
    Incoming as Message, MAX_REQUEST_BYTES, NOT_TO_BE_STORED,
};
use vestibule_oidc::provider::token_endpoint::{GrantType, TokenRequest};

pub use self::denied::{Cause, Denied};
use super::Registry;

/// What the service needs of a store.
pub trait Shelf: Commits + People + Sessions + Throttle + Tokens {}

impl<T: Commits + People + Sessions + Throttle + Tokens> Shelf for T {}

/// A request as it came, and from where. Its `Debug` shows nothing of what was sent.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// What HTTP brought.
    pub message: Message<'a>,
    /// There are several headers `Authorization`: which one was meant is not ours to say.
    pub authorization_repeated: bool,
    /// The address that it came from; `None` if unclear.
    pub address: Option<IpAddr>,
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Us as an OpenID provider, as far as applications come to it themselves.
pub struct TokenService {
    registry: Arc<Registry>,
    upstreams: BTreeSet<UpstreamId>,
    limits: Limits,
    shelf: Arc<dyn Shelf>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl TokenService {
    /// A service for these applications. Who came through an upstream that is not among `upstreams`, those that are
    /// configured and not disabled, is not known any more; and what rests on a session ends with it, by these limits.
    #[must_use]
    pub fn new(
        registry: Arc<Registry>,
        upstreams: BTreeSet<UpstreamId>,
        limits: Limits,
        shelf: Arc<dyn Shelf>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            registry,
            upstreams,
            limits,
            shelf,
            clock,
            entropy,
        }
    }

    /// May a script of this origin read what it is told? It proves nothing: whoever may have what, its request says.
    #[must_use]
    pub fn is_for_scripts_of(&self, origin: &str) -> bool {
        self.registry.is_script_origin(origin)
    }

    /// Tokens for a code or a refresh token (RFC 6749 section 3.2): the JSON of the answer.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn token(&self, call: Call<'_>) -> Result<Value, Denied> {
        let (mut form, caller) = self.caller(call).await?;
        let request = TokenRequest::read(&mut form).map_err(|no| Denied::of(no, caller.id))?;
        let (grant_type, done) = match &request {
            TokenRequest::Code(code) => (
                GrantType::AuthorizationCode,
                self.exchange(&caller, code, call.address).await,
            ),
            TokenRequest::Refresh(refresh) => (
                GrantType::RefreshToken,
                self.renew(&caller, refresh, call.address).await,
            ),
        };
        let (answer, reference) = done?;
        tracing::info!(
            app = %caller.id,
            grant_type = grant_type.name(),
            reference = reference.as_str(),
            "tokens were issued"
        );
        Ok(answer)
    }
}
