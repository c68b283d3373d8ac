//! Client authentication (RFC 6749 section 2.3, Core section 9).
//!
//! Owns the four methods: `client_secret_basic`, `client_secret_post`, `private_key_jwt` and `none`. It does not know
//! clients: who asks says who it is, the caller looks that up, and [`PresentedClient::verify`] compares.
//!
//! A client uses the method that it is registered with. What it could do as well proves nothing: a public client
//! with a secret, or a client with a key that sends a secret, is refused.
//!
//! **Invariant:** an [`AuthenticatedClient`] has no other constructor than [`PresentedClient::verify`].
//!
//! **Invariant:** secrets are compared by their SHA-256, in constant time, all of a client's and none early; a client
//! that is unknown costs the same (OO-06). Who signs an assertion is no secret, so the check of a signature need not
//! be hidden: client ids and key ids are public.

mod assertion;
mod rejection;
mod secret;

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};

pub use self::{
    assertion::{ASSERTION_TYPE, MAX_ASSERTION_LIFETIME},
    rejection::ClientAuthRejection,
    secret::SecretHash,
};
use super::endpoint::ClientForm;
use crate::{ClientSecret, algorithm::Algorithm, form, jwks::Jwks};

/// The longest `client_id`, in bytes: it is looked up and written into logs before anything is proved.
pub const MAX_CLIENT_ID_BYTES: usize = 256;

/// The longest header `Authorization`, in bytes.
const MAX_HEADER_BYTES: usize = 4096;

/// How a client proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuthMethod {
    /// Not at all: a public client, which PKCE alone protects.
    None,
    /// With an assertion that it signed.
    PrivateKeyJwt,
    /// With a secret in the header `Authorization`.
    SecretBasic,
    /// With a secret in the body.
    SecretPost,
}

impl ClientAuthMethod {
    /// Every method.
    pub const ALL: [Self; 4] = [
        Self::None,
        Self::PrivateKeyJwt,
        Self::SecretBasic,
        Self::SecretPost,
    ];

    /// The name on the wire, as in `token_endpoint_auth_methods_supported`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::SecretBasic => "client_secret_basic",
            Self::SecretPost => "client_secret_post",
        }
    }

    /// The method of that exact name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// What a client is registered with.
#[derive(Clone, Copy, Debug)]
pub enum RegisteredAuth<'a> {
    /// `none`.
    None,
    /// `private_key_jwt`.
    PrivateKeyJwt {
        /// The algorithms that it registered.
        algorithms: &'a [Algorithm],
        /// Its public keys.
        keys: &'a Jwks,
        /// Audiences that are taken in place of our issuer: the address of the token endpoint, which RFC 7523 allowed.
        /// Whoever can make a client believe that its own endpoint is ours can then use what the client signs
        /// (OI-155); empty unless a client cannot do otherwise.
        danger_other_audiences: &'a [&'a str],
    },
    /// `client_secret_basic`, with every secret that is good at present: two while one is being replaced.
    SecretBasic(&'a [SecretHash]),
    /// `client_secret_basic` or `client_secret_post`, for a client of which nobody knows which it uses. One secret is
    /// behind both, so neither is weaker than the other; both at once are refused as ever.
    SecretEither(&'a [SecretHash]),
    /// `client_secret_post`, likewise.
    SecretPost(&'a [SecretHash]),
}

impl RegisteredAuth<'_> {
    /// The methods that are taken; one, as a rule.
    #[must_use]
    pub fn methods(&self) -> &'static [ClientAuthMethod] {
        match self {
            Self::None => &[ClientAuthMethod::None],
            Self::PrivateKeyJwt { .. } => &[ClientAuthMethod::PrivateKeyJwt],
            Self::SecretBasic(_) => &[ClientAuthMethod::SecretBasic],
            Self::SecretEither(_) => &[ClientAuthMethod::SecretBasic, ClientAuthMethod::SecretPost],
            Self::SecretPost(_) => &[ClientAuthMethod::SecretPost],
        }
    }
}

/// Who a client says to be, and what it shows for it. Nothing is proved yet; its `Debug` shows the id only.
pub struct PresentedClient {
    client_id: String,
    shown: Shown,
}

/// What was shown.
enum Shown {
    Assertion(String),
    Basic(ClientSecret),
    Nothing,
    Post(ClientSecret),
}

impl Shown {
    fn method(&self) -> ClientAuthMethod {
        match self {
            Self::Assertion(_) => ClientAuthMethod::PrivateKeyJwt,
            Self::Basic(_) => ClientAuthMethod::SecretBasic,
            Self::Nothing => ClientAuthMethod::None,
            Self::Post(_) => ClientAuthMethod::SecretPost,
        }
    }
}

/// An assertion that was used. It must not be taken a second time (RFC 7523 section 3, OO-06).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedAssertion {
    /// `jti`: unique among the assertions of one client.
    pub id: String,
    /// Until when the mark against replay must be kept.
    pub remember_until: DateTime<Utc>,
}

/// A client that proved to be who it says, or that is registered to need no proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatedClient {
    client_id: String,
    method: ClientAuthMethod,
    assertion: Option<UsedAssertion>,
}

impl AuthenticatedClient {
    /// `client_id`.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// How it proved it.
    #[must_use]
    pub fn method(&self) -> ClientAuthMethod {
        self.method
    }

    /// Whether it proved anything (RFC 6749 section 2.1).
    #[must_use]
    pub fn is_confidential(&self) -> bool {
        self.method != ClientAuthMethod::None
    }

    /// The assertion that it used, which the caller must mark as used before the request has any effect.
    #[must_use]
    pub fn assertion(&self) -> Option<&UsedAssertion> {
        self.assertion.as_ref()
    }
}

impl PresentedClient {
    /// Takes the client's words out of the form and the header.
    ///
    /// # Errors
    /// [`ClientAuthRejection`].
    pub fn read(form: &mut ClientForm) -> Result<Self, ClientAuthRejection> {
        let id = form.parameters.take("client_id");
        let secret = form.parameters.take("client_secret");
        let assertion = form.parameters.take("client_assertion");
        let assertion_type = form.parameters.take("client_assertion_type");
        let has_assertion = assertion.is_some() || assertion_type.is_some();
        let header = form.authorization.take();
        // RFC 6749 section 2.3: one method per request.
        if [header.is_some(), secret.is_some(), has_assertion]
            .into_iter()
            .filter(|shown| *shown)
            .count()
            > 1
        {
            return Err(ClientAuthRejection::SeveralMethods);
        }
        let (own_id, shown) = if let Some(header) = header {
            let (id, secret) = basic(&header)?;
            (Some(id), Shown::Basic(ClientSecret::new(secret)))
        } else if let Some(secret) = secret {
            (None, Shown::Post(ClientSecret::new(secret)))
        } else if has_assertion {
            let assertion = assertion::of_known_type(assertion, assertion_type.as_deref())?;
            (
                assertion::claimed_client(&assertion),
                Shown::Assertion(assertion),
            )
        } else {
            (None, Shown::Nothing)
        };
        let client_id = match (id, own_id) {
            (Some(id), Some(own)) if id != own => return Err(ClientAuthRejection::IdsDiffer),
            (Some(id), _) | (None, Some(id)) => id,
            (None, None) => return Err(ClientAuthRejection::Missing),
        };
        // No client is called so.
        if client_id.len() > MAX_CLIENT_ID_BYTES || client_id.chars().any(char::is_control) {
            return Err(ClientAuthRejection::UnknownClient);
        }
        Ok(Self { client_id, shown })
    }

    /// Who it says to be: to look the client up with, and for nothing else.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Whether it shows a secret, which somebody may be guessing.
    #[must_use]
    pub fn shows_secret(&self) -> bool {
        matches!(self.shown, Shown::Basic(_) | Shown::Post(_))
    }

    /// Compares what was shown with what the client is registered with; `None` for a client that is unknown or
    /// disabled. `issuer` is ours, which an assertion must be for (RFC 7523 section 3).
    ///
    /// # Errors
    /// [`ClientAuthRejection`].
    pub fn verify(
        self,
        registered: Option<&RegisteredAuth<'_>>,
        issuer: &str,
        now: DateTime<Utc>,
    ) -> Result<AuthenticatedClient, ClientAuthRejection> {
        // Before anything is known of the client, so that everybody waits for it.
        let is_secret = self.compare_secret(registered);
        let registered = registered.ok_or(ClientAuthRejection::UnknownClient)?;
        let (shown, expected) = (self.shown.method(), registered.methods());
        if !expected.contains(&shown) {
            return Err(ClientAuthRejection::WrongMethod {
                registered: expected.first().map_or("", |method| method.name()),
                shown: shown.name(),
            });
        }
        let assertion = match (self.shown, registered) {
            (
                Shown::Assertion(token),
                RegisteredAuth::PrivateKeyJwt {
                    algorithms,
                    keys,
                    danger_other_audiences,
                },
            ) => {
                let terms = assertion::Terms {
                    client_id: &self.client_id,
                    issuer,
                    other_audiences: danger_other_audiences,
                    algorithms,
                    now,
                };
                Some(assertion::verify(&token, &terms, keys)?)
            }
            (Shown::Basic(_) | Shown::Post(_), _) if !is_secret => {
                return Err(ClientAuthRejection::WrongSecret);
            }
            _ => None,
        };
        Ok(AuthenticatedClient {
            client_id: self.client_id,
            method: shown,
            assertion,
        })
    }

    /// Whether the secret that was shown is one of the client's. The work is the same for a client that has none.
    fn compare_secret(&self, registered: Option<&RegisteredAuth<'_>>) -> bool {
        let (Shown::Basic(shown) | Shown::Post(shown)) = &self.shown else {
            return false;
        };
        let known = match registered {
            Some(
                RegisteredAuth::SecretBasic(known)
                | RegisteredAuth::SecretEither(known)
                | RegisteredAuth::SecretPost(known),
            ) => *known,
            _ => &[],
        };
        SecretHash::of(shown.secret()).is_among(known)
    }
}

impl fmt::Debug for PresentedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresentedClient")
            .field("client_id", &self.client_id)
            .field("method", &self.shown.method().name())
            .finish_non_exhaustive()
    }
}

/// RFC 7617, with both halves form-encoded (RFC 6749 section 2.3.1).
fn basic(header: &str) -> Result<(String, String), ClientAuthRejection> {
    let malformed = || ClientAuthRejection::MalformedHeader;
    if header.len() > MAX_HEADER_BYTES {
        return Err(malformed());
    }
    let (scheme, pair) = header.split_once(' ').ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(ClientAuthRejection::UnknownScheme);
    }
    let pair = BASE64_STANDARD
        .decode(pair.trim())
        .map_err(|_| malformed())?;
    let pair = String::from_utf8(pair).map_err(|_| malformed())?;
    let (id, secret) = pair.split_once(':').ok_or_else(malformed)?;
    let decode = |half: &str| form::decode(half).map_err(|_| malformed());
    let (id, secret) = (decode(id)?, decode(secret)?);
    match (id.is_empty(), secret.is_empty()) {
        (true, _) => Err(ClientAuthRejection::Missing),
        (false, true) => Err(ClientAuthRejection::EmptySecret),
        (false, false) => Ok((id, secret)),
    }
}

#[cfg(test)]
mod tests;
