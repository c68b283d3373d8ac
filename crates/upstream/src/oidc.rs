//! The `oidc` upstream: an OpenID provider, asked with the authorization code flow.
//!
//! Owns the way of one login to a provider and back: what is kept with the login, the calls to the token and userinfo
//! endpoints, and the making of a verified identity. Does not own the checks (the room `oidc` does), nor the binding of
//! the login to the browser (the engine's).
//!
//! **Invariant:** `state`, `nonce` and the PKCE verifier are those of one login and one upstream; they are drawn at its
//! beginning and kept in its memo (attack rows OI-154, OI-156, OI-157).

mod attributes;
mod captured;
mod judge;
mod logout;
mod provider;
mod refusal;
mod settings;
mod sign_off;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use vestibule_core::{
    id::UpstreamId,
    identity::{Subject, VerifiedIdentity},
    port::{
        Answer, Begin, Callback, Entropy, Prompt, ReplayMark, ReplayPurpose, Upstream,
        UpstreamError, UpstreamSignOff,
    },
    request::Memo,
};
use vestibule_oidc::{
    AuthorizationCode, ClientSecret, Rejection,
    authorize::{AuthorizationRequest, Prompt as OidcPrompt},
    callback::{Callback as OidcCallback, Outcome, ProviderError},
    discovery::Provider,
    id_token::Expectation,
    pkce::Verifier,
    token::{self, ClientAuth, TokenRejection, Tokens},
    userinfo,
};

pub use self::{
    captured::{Jwks, MAX_TOKEN_BYTES, TokenTerms, VerifiedIdToken, claims, read_keys},
    logout::{LogoutTarget, LogoutTerms, VerifiedLogoutToken, logout_token},
    settings::{
        Algorithm, ClientAuthentication, EmailTrust, OidcSettings, OidcSettingsError, ResponseMode,
    },
};
use self::{judge::Rules, provider::ProviderCache};
use crate::http::{Http, Request, Words};

/// The longest time for the token or userinfo endpoint.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How long an ID token's mark is remembered from `iat` on: longer than such a token is accepted (ten minutes and twice
/// the largest skew).
const REMEMBERED: TimeDelta = TimeDelta::minutes(15);

/// What is kept with a login.
#[derive(Serialize, Deserialize)]
struct Pending {
    state: String,
    nonce: String,
    verifier: String,
    /// The person was to authenticate anew, and not before this time.
    anew_since: Option<DateTime<Utc>>,
}

/// An OpenID provider.
pub struct OidcUpstream {
    settings: OidcSettings,
    cache: ProviderCache,
    http: Arc<dyn Http>,
    entropy: Arc<dyn Entropy>,
}

impl OidcUpstream {
    /// An upstream. Nothing is fetched yet: a provider that is down does not keep the broker from starting.
    ///
    /// # Errors
    /// [`OidcSettingsError`].
    pub fn new(
        settings: OidcSettings,
        http: Arc<dyn Http>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, OidcSettingsError> {
        settings.check()?;
        let cache = ProviderCache::new(&settings, Arc::clone(&http))?;
        Ok(Self {
            settings,
            cache,
            http,
            entropy,
        })
    }

    /// Fetches metadata and keys now, so that `vestibule check` can tell and the first login need not wait.
    ///
    /// # Errors
    /// [`UpstreamError`].
    pub async fn refresh(&self, now: DateTime<Utc>) -> Result<(), UpstreamError> {
        self.cache.known(now).await.map(|_| ())
    }

    fn pending(&self, begin: &Begin<'_>) -> Pending {
        let nonce = u128::from_be_bytes(self.entropy.bytes());
        Pending {
            state: begin.handle.to_owned(),
            nonce: format!("{nonce:032x}"),
            verifier: Verifier::from_entropy(self.entropy.bytes())
                .secret()
                .to_owned(),
            anew_since: begin.request.force_authn.then_some(begin.now),
        }
    }

    async fn redeem(
        &self,
        provider: &Provider,
        code: &AuthorizationCode,
        verifier: &Verifier,
    ) -> Result<Tokens, UpstreamError> {
        let auth = self.client_auth(provider);
        let exchange = token::exchange(
            &self.settings.client_id,
            &auth,
            code,
            &self.settings.redirect_uri,
            verifier,
        );
        let mut request = Request::get(
            provider.token_endpoint().clone(),
            "application/json",
            token::MAX_RESPONSE_BYTES,
            TIMEOUT,
            Words::Visitors,
        );
        request.form = Some(exchange.body);
        request.authorization = exchange.authorization.map(SecretString::from);
        let response = self.send(request).await?;
        token::parse_response(response.status, &response.body).map_err(
            |rejection| match rejection {
                TokenRejection::Refused { ref error, .. } => UpstreamError::Refused {
                    code: "token_refused",
                    detail: self.detail(&format!(
                        "{rejection}; {}",
                        refusal::token_remedy(error, &self.settings.redirect_uri)
                    )),
                },
                // What answers with a server error is not a provider that breaks the protocol.
                TokenRejection::Malformed { status: 500.., .. } => UpstreamError::Unreachable {
                    detail: self.detail(&rejection.to_string()),
                },
                rejection => self.misbehaved(rejection),
            },
        )
    }

    /// Discovery section 3: a provider that names no method takes `client_secret_basic`.
    fn client_auth(&self, provider: &Provider) -> ClientAuth {
        let secret = |secret: &SecretString| ClientSecret::new(secret.expose_secret().to_owned());
        let methods = provider.token_auth_methods();
        let takes = |method: &str| methods.iter().any(|taken| taken == method);
        match &self.settings.auth {
            ClientAuthentication::Auto(value)
                if !takes("client_secret_basic") && takes("client_secret_post") =>
            {
                ClientAuth::SecretPost(secret(value))
            }
            ClientAuthentication::Auto(value) | ClientAuthentication::Basic(value) => {
                ClientAuth::SecretBasic(secret(value))
            }
            ClientAuthentication::Post(value) => ClientAuth::SecretPost(secret(value)),
            ClientAuthentication::Public => ClientAuth::None,
        }
    }

    /// Verifies with the keys that are there, and once more with newer ones if none of them is the token's.
    async fn verify(
        &self,
        known: &Arc<provider::Known>,
        tokens: &Tokens,
        code: &AuthorizationCode,
        pending: &Pending,
        now: DateTime<Utc>,
    ) -> Result<VerifiedIdToken, UpstreamError> {
        let mut expected = Expectation::new(
            &self.settings.issuer,
            &self.settings.client_id,
            &pending.nonce,
            tokens.access_token.secret(),
            code.secret(),
            now,
        );
        // A clock that was set back must not turn "anew" into "ever".
        expected.max_age = pending
            .anew_since
            .map(|since| (now - since).to_std().unwrap_or_default());
        let rules = Rules {
            algorithms: &self.settings.algorithms,
            trusted_audiences: &self.settings.trusted_audiences,
            skew: self.settings.skew,
        };
        let rejection = match rules.judge(&tokens.id_token, &expected, &known.keys) {
            Err(rejection) if rejection.is_unknown_key() => rejection,
            verdict => return verdict.map_err(|rejection| self.misbehaved(rejection)),
        };
        match self.cache.newer_keys(known, now).await? {
            Some(newer) => rules
                .judge(&tokens.id_token, &expected, &newer.keys)
                .map_err(|rejection| self.misbehaved(rejection)),
            None => Err(self.misbehaved(rejection)),
        }
    }

    /// The claims of the ID token, and what only userinfo knows.
    async fn claims(
        &self,
        provider: &Provider,
        tokens: &Tokens,
        token: &VerifiedIdToken,
    ) -> Result<vestibule_oidc::claims::Claims, UpstreamError> {
        let claims = token.claims().clone();
        let Some(endpoint) = provider
            .userinfo_endpoint()
            .filter(|_| self.settings.userinfo)
        else {
            return Ok(claims);
        };
        let mut request = Request::get(
            endpoint.clone(),
            "application/json",
            userinfo::MAX_USERINFO_BYTES,
            TIMEOUT,
            Words::Visitors,
        );
        request.authorization = Some(format!("Bearer {}", tokens.access_token.secret()).into());
        let response = self.send(request).await?;
        if response.status != 200 {
            // Groups may be missing then, and a rule about groups would not apply: this is a no, not a shrug.
            return Err(UpstreamError::Misbehaved {
                code: "userinfo_status",
                detail: self.detail(&format!(
                    "{endpoint}: HTTP status {}; allow userinfo for this client, or set `userinfo: false`",
                    response.status
                )),
            });
        }
        let info = userinfo::parse(&response.body, token)
            .map_err(|rejection| self.misbehaved(rejection))?;
        Ok(claims.with_userinfo(&info))
    }

    async fn send(&self, request: Request) -> Result<crate::http::Response, UpstreamError> {
        let address = request.url.clone();
        self.http
            .send(request)
            .await
            .map_err(|error| UpstreamError::Unreachable {
                detail: self.detail(&format!("{address}: {error}")),
            })
    }

    fn refused(&self, error: &ProviderError) -> UpstreamError {
        let (code, meaning) = refusal::explain(error);
        let said = match &error.description {
            Some(description) => format!("{} ({description})", error.error),
            None => error.error.clone(),
        };
        UpstreamError::Refused {
            code,
            detail: self.detail(&format!("it answered {said}: {meaning}")),
        }
    }

    fn misbehaved(&self, rejection: impl Into<Rejection>) -> UpstreamError {
        let rejection = rejection.into();
        UpstreamError::Misbehaved {
            code: rejection.code(),
            detail: self.detail(&rejection.to_string()),
        }
    }

    fn broken(&self, code: &'static str, cause: &str) -> UpstreamError {
        UpstreamError::Misbehaved {
            code,
            detail: self.detail(cause),
        }
    }

    fn detail(&self, cause: &str) -> String {
        format!(
            "upstream `{}` ({}): {cause}",
            self.settings.id, self.settings.issuer
        )
    }
}

/// The answer as raw parameters: the form of `form_post`, else the query.
fn raw(callback: &Callback) -> &str {
    callback.form.as_deref().unwrap_or(&callback.query)
}

#[async_trait]
impl Upstream for OidcUpstream {
    fn id(&self) -> &UpstreamId {
        &self.settings.id
    }

    fn sign_off(&self) -> Option<&dyn UpstreamSignOff> {
        Some(self)
    }

    async fn begin(&self, begin: Begin<'_>) -> Result<(Prompt, Memo), UpstreamError> {
        let known = self.cache.known(begin.now).await?;
        let pending = self.pending(&begin);
        let verifier = Verifier::parse(&pending.verifier)
            .map_err(|fault| self.broken("pkce_verifier", &fault.to_string()))?;
        let settings = &self.settings;
        let scopes: Vec<&str> = settings.scopes.iter().map(String::as_str).collect();
        let acr_values: Vec<&str> = settings.acr_values.iter().map(String::as_str).collect();
        let mut request = AuthorizationRequest::new(
            &settings.client_id,
            &settings.redirect_uri,
            &pending.state,
            &pending.nonce,
            &verifier,
        );
        request.scopes = &scopes;
        request.acr_values = &acr_values;
        request.login_hint = begin.login_hint;
        request.resource = settings.resource.as_deref();
        request.response_mode = settings.response_mode;
        (request.prompt, request.max_age) = match begin.request {
            asked if asked.passive => (Some(OidcPrompt::None), None),
            asked if asked.force_authn || begin.wishes_anew => {
                (Some(OidcPrompt::Login), Some(Duration::ZERO))
            }
            _ => (None, settings.max_age),
        };
        let mut url = request.url(&known.provider);
        if !settings.extra_params.is_empty() {
            url.query_pairs_mut().extend_pairs(&settings.extra_params);
        }
        let memo = Memo::of(&pending)
            .map_err(|error| self.broken("memo_unwritable", &error.to_string()))?;
        Ok((Prompt::Redirect(url), memo))
    }

    fn handle_in(&self, callback: &Callback) -> Option<String> {
        OidcCallback::parse(raw(callback))
            .ok()
            .map(|callback| callback.state().to_owned())
    }

    async fn finish(
        &self,
        memo: &Memo,
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<VerifiedIdentity, UpstreamError> {
        let Answer::Callback(callback) = answer else {
            return Err(self.broken("answer_unexpected", "a callback was expected"));
        };
        let pending: Pending = memo
            .read()
            .map_err(|error| self.broken("memo_unreadable", &error.to_string()))?;
        let verifier = Verifier::parse(&pending.verifier)
            .map_err(|fault| self.broken("memo_unreadable", &fault.to_string()))?;
        let known = self.cache.known(now).await?;
        let outcome = OidcCallback::parse(raw(callback))
            .and_then(|callback| {
                let iss_required = known.provider.iss_in_callback();
                callback.verify(&pending.state, &self.settings.issuer, iss_required)
            })
            .map_err(|rejection| self.misbehaved(rejection))?;
        let code = match outcome {
            Outcome::Code(code) => code,
            Outcome::Refused(error) => return Err(self.refused(&error)),
        };
        let tokens = self.redeem(&known.provider, &code, &verifier).await?;
        let token = self.verify(&known, &tokens, &code, &pending, now).await?;
        let claims = self.claims(&known.provider, &tokens, &token).await?;
        let attributes =
            attributes::attributes(&claims, &self.settings.claim_paths, self.settings.email)
                .map_err(|fault| self.broken(fault.code(), &fault.to_string()))?;
        let for_logout = self
            .settings
            .post_logout_redirect_uri
            .as_ref()
            .map(|_| Memo::of(&sign_off::KnownBy::of(&tokens.id_token, &token)))
            .transpose()
            .map_err(|error| self.broken("memo_unwritable", &error.to_string()))?;
        Ok(VerifiedIdentity {
            upstream: self.settings.id.clone(),
            subject: Subject::plain(token.subject()),
            attributes,
            authn_context: token.acr().map(str::to_owned),
            methods: token.amr().to_vec(),
            authenticated_at: token.auth_time(),
            session: claims.text("sid").map(str::to_owned),
            // An ID token's lifetime is that of the token, not of the session (Core section 2).
            session_ends: None,
            for_logout,
            once: Some(ReplayMark {
                purpose: ReplayPurpose::IdToken,
                owner: token.issuer().to_owned(),
                // The nonce is inside the signature and of this login alone. A hash of the token would not do: an ECDSA
                // signature can be written in two ways.
                value: pending.nonce,
                keep_until: token.issued_at() + REMEMBERED,
            }),
        })
    }
}

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod tests;
