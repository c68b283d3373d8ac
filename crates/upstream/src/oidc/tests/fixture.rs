//! An OpenID provider without a network, and our adapter towards it.

use std::sync::{
    LazyLock, Mutex,
    atomic::{AtomicU8, Ordering},
};

use serde_json::{Value, json};
use url::Url;
use vestibule_core::{
    assurance::Demand,
    id::AppId,
    request::{AuthnRequest, Protocol},
};
use vestibule_oidc::signing::{KeyKind, SigningKey, jwk_set};

use super::super::*;
use crate::http::{Response, fake::FakeHttp};

pub(in crate::oidc) const ISSUER: &str = "https://idp.test/realms/acme";
pub(in crate::oidc) const DOCUMENT: &str =
    "https://idp.test/realms/acme/.well-known/openid-configuration";
pub(in crate::oidc) const JWKS: &str = "https://idp.test/jwks";
pub(in crate::oidc) const TOKEN: &str = "https://idp.test/token";
pub(in crate::oidc) const USERINFO: &str = "https://idp.test/userinfo";

pub(in crate::oidc) static KEY: LazyLock<SigningKey> = LazyLock::new(key);
pub(in crate::oidc) static NEXT_KEY: LazyLock<SigningKey> = LazyLock::new(key);

pub(in crate::oidc) fn key() -> SigningKey {
    SigningKey::from_pkcs8(&SigningKey::generate_pkcs8(KeyKind::P256).unwrap()).unwrap()
}

/// Differs from call to call, and is the same in each run.
#[derive(Default)]
pub(in crate::oidc) struct Counter(AtomicU8);

impl Entropy for Counter {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(self.0.fetch_add(1, Ordering::SeqCst));
    }
}

pub(in crate::oidc) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

pub(in crate::oidc) fn document() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://idp.test/auth",
        "token_endpoint": TOKEN,
        "userinfo_endpoint": USERINFO,
        "jwks_uri": JWKS,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": true,
    })
}

pub(in crate::oidc) fn settings() -> OidcSettings {
    let mut settings = OidcSettings::new(
        UpstreamId::new("kc").unwrap(),
        ISSUER,
        "vestibule",
        ClientAuthentication::Auto("top secret".into()),
        Url::parse("https://sso.test/upstream/kc/oidc/callback").unwrap(),
    );
    settings.algorithms = vec![Algorithm::Es256];
    settings.claim_paths = vec!["realm_access.roles".into(), "groups".into()];
    settings
}

/// A provider without a network, and our adapter towards it.
pub(in crate::oidc) struct Fixture {
    pub(in crate::oidc) http: Arc<FakeHttp>,
    pub(in crate::oidc) upstream: OidcUpstream,
    /// The body of the last token request.
    pub(in crate::oidc) redeemed: Arc<Mutex<String>>,
}

impl Fixture {
    pub(in crate::oidc) fn new() -> Self {
        Self::with(settings())
    }

    pub(in crate::oidc) fn with(settings: OidcSettings) -> Self {
        let http = Arc::new(FakeHttp::default());
        http.serve(DOCUMENT, document().to_string());
        http.serve(JWKS, jwk_set([&*KEY]).to_string());
        http.serve(USERINFO, json!({"sub": "alice-1"}).to_string());
        let upstream =
            OidcUpstream::new(settings, http.clone(), Arc::new(Counter::default())).unwrap();
        Self {
            http,
            upstream,
            redeemed: Arc::default(),
        }
    }

    pub(in crate::oidc) async fn begin(&self) -> Begun {
        self.begin_with(&request(), "handle-1").await.unwrap()
    }

    pub(in crate::oidc) async fn begin_with(
        &self,
        request: &AuthnRequest,
        handle: &str,
    ) -> Result<Begun, UpstreamError> {
        self.begin_by(request, handle, false).await
    }

    pub(in crate::oidc) async fn begin_by(
        &self,
        request: &AuthnRequest,
        handle: &str,
        wishes_anew: bool,
    ) -> Result<Begun, UpstreamError> {
        let begin = Begin {
            handle,
            request,
            wishes_anew,
            login_hint: Some("alice@acme.test"),
            now: now(),
        };
        let (prompt, memo) = self.upstream.begin(begin).await?;
        Ok(Begun {
            memo,
            ..Begun::at(&prompt)
        })
    }

    /// From now on the token endpoint gives a token with these claims over the usual ones.
    pub(in crate::oidc) fn token(&self, begun: &Begun, key: &'static SigningKey, claims: Value) {
        let mut token = json!({
            "iss": ISSUER,
            "aud": "vestibule",
            "sub": "alice-1",
            "nonce": begun.parameter("nonce"),
            "iat": now().timestamp(),
            "exp": now().timestamp() + 300,
            "auth_time": now().timestamp() - 5,
            "acr": "1",
            "amr": ["pwd"],
            "sid": "session-7",
            "email": "alice@acme.test",
            "email_verified": true,
            "groups": ["/staff"],
            "realm_access": {"roles": ["admin"]},
        });
        let members = token.as_object_mut().unwrap();
        for (name, value) in claims.as_object().unwrap() {
            members.insert(name.clone(), value.clone());
            if value.is_null() {
                members.remove(name);
            }
        }
        let body = json!({
            "access_token": "access-1",
            "token_type": "Bearer",
            "id_token": key.sign(members).unwrap(),
        });
        let redeemed = Arc::clone(&self.redeemed);
        self.http.on(TOKEN, move |request| {
            *redeemed.lock().unwrap() = request.form.clone().unwrap();
            Ok(Response {
                status: 200,
                body: body.to_string().into_bytes(),
            })
        });
    }

    pub(in crate::oidc) async fn finish(
        &self,
        begun: &Begun,
        query: &str,
    ) -> Result<VerifiedIdentity, UpstreamError> {
        self.upstream
            .finish(&begun.memo, &callback(query), now())
            .await
    }

    pub(in crate::oidc) async fn good(
        &self,
        claims: Value,
    ) -> Result<VerifiedIdentity, UpstreamError> {
        let begun = self.begin().await;
        self.token(&begun, &KEY, claims);
        self.finish(&begun, &good_query()).await
    }
}

pub(in crate::oidc) struct Begun {
    pub(in crate::oidc) url: Url,
    pub(in crate::oidc) memo: Memo,
}

impl Begun {
    pub(in crate::oidc) fn at(prompt: &Prompt) -> Self {
        let Prompt::Redirect(url) = prompt.clone() else {
            panic!("{prompt:?}");
        };
        Self {
            url,
            memo: Memo::default(),
        }
    }

    pub(in crate::oidc) fn parameter(&self, name: &str) -> Option<String> {
        let found = self.url.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    }
}

pub(in crate::oidc) fn callback(query: &str) -> Answer {
    Answer::Callback(Callback {
        query: query.into(),
        form: None,
    })
}

pub(in crate::oidc) fn request() -> AuthnRequest {
    AuthnRequest {
        app: AppId::new("jira").unwrap(),
        protocol: Protocol::Saml,
        reply: Memo::default(),
        login_hint: None,
        force_authn: false,
        max_age: None,
        passive: false,
        demand: Demand::default(),
    }
}

pub(in crate::oidc) fn good_query() -> String {
    format!("state=handle-1&code=c1&iss={ISSUER}")
}

pub(in crate::oidc) fn code<T>(outcome: Result<T, UpstreamError>) -> Option<&'static str> {
    outcome.err().map(|error| {
        assert!(error.to_string().contains("`kc`"), "{error}");
        error.code()
    })
}
