use std::sync::{
    LazyLock, Mutex,
    atomic::{AtomicU8, Ordering},
};

use serde_json::{Value, json};
use url::Url;
use vestibule_core::{
    id::AppId,
    request::{AuthnRequest, Protocol},
};
use vestibule_oidc::signing::{KeyKind, SigningKey, jwk_set};

use super::*;
use crate::http::{HttpError, Response, fake::FakeHttp};

pub(super) const ISSUER: &str = "https://idp.test/realms/acme";
const DOCUMENT: &str = "https://idp.test/realms/acme/.well-known/openid-configuration";
const JWKS: &str = "https://idp.test/jwks";
const TOKEN: &str = "https://idp.test/token";
const USERINFO: &str = "https://idp.test/userinfo";

pub(super) static KEY: LazyLock<SigningKey> = LazyLock::new(key);
static NEXT_KEY: LazyLock<SigningKey> = LazyLock::new(key);

fn key() -> SigningKey {
    SigningKey::from_pkcs8(&SigningKey::generate_pkcs8(KeyKind::P256).unwrap()).unwrap()
}

/// Differs from call to call, and is the same in each run.
#[derive(Default)]
struct Counter(AtomicU8);

impl Entropy for Counter {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(self.0.fetch_add(1, Ordering::SeqCst));
    }
}

pub(super) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn document() -> Value {
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

fn settings() -> OidcSettings {
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
pub(super) struct Fixture {
    http: Arc<FakeHttp>,
    pub(super) upstream: OidcUpstream,
    /// The body of the last token request.
    redeemed: Arc<Mutex<String>>,
}

impl Fixture {
    pub(super) fn new() -> Self {
        Self::with(settings())
    }

    fn with(settings: OidcSettings) -> Self {
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

    async fn begin(&self) -> Begun {
        self.begin_with(&request(), "handle-1").await.unwrap()
    }

    async fn begin_with(
        &self,
        request: &AuthnRequest,
        handle: &str,
    ) -> Result<Begun, UpstreamError> {
        let begin = Begin {
            handle,
            request,
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
    pub(super) fn token(&self, begun: &Begun, key: &'static SigningKey, claims: Value) {
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

    async fn finish(&self, begun: &Begun, query: &str) -> Result<VerifiedIdentity, UpstreamError> {
        self.upstream
            .finish(&begun.memo, &callback(query), now())
            .await
    }

    async fn good(&self, claims: Value) -> Result<VerifiedIdentity, UpstreamError> {
        let begun = self.begin().await;
        self.token(&begun, &KEY, claims);
        self.finish(&begun, &good_query()).await
    }
}

pub(super) struct Begun {
    url: Url,
    memo: Memo,
}

impl Begun {
    pub(super) fn at(prompt: &Prompt) -> Self {
        let Prompt::Redirect(url) = prompt.clone() else {
            panic!("{prompt:?}");
        };
        Self {
            url,
            memo: Memo::default(),
        }
    }

    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let found = self.url.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    }
}

pub(super) fn callback(query: &str) -> Answer {
    Answer::Callback(Callback {
        query: query.into(),
        form: None,
    })
}

fn request() -> AuthnRequest {
    AuthnRequest {
        app: AppId::new("jira").unwrap(),
        protocol: Protocol::Saml,
        reply: Memo::default(),
        login_hint: None,
        force_authn: false,
        passive: false,
    }
}

fn good_query() -> String {
    format!("state=handle-1&code=c1&iss={ISSUER}")
}

fn code<T>(outcome: Result<T, UpstreamError>) -> Option<&'static str> {
    outcome.err().map(|error| {
        assert!(error.to_string().contains("`kc`"), "{error}");
        error.code()
    })
}

#[tokio::test]
async fn a_login_goes_there_and_back() {
    let fixture = Fixture::new();
    let begun = fixture.begin().await;
    assert!(begun.url.as_str().starts_with("https://idp.test/auth?"));
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "vestibule"),
        ("state", "handle-1"),
        ("scope", "openid profile email"),
        ("login_hint", "alice@acme.test"),
        ("code_challenge_method", "S256"),
        ("redirect_uri", "https://sso.test/upstream/kc/oidc/callback"),
    ] {
        assert_eq!(begun.parameter(name).as_deref(), Some(value), "{name}");
    }
    for absent in [
        "prompt",
        "max_age",
        "acr_values",
        "resource",
        "response_mode",
    ] {
        assert_eq!(begun.parameter(absent), None, "{absent}");
    }
    fixture.token(&begun, &KEY, json!({}));
    let identity = fixture.finish(&begun, &good_query()).await.unwrap();
    assert_eq!(identity.upstream.as_str(), "kc");
    assert_eq!(identity.subject, Subject::plain("alice-1"));
    assert_eq!(identity.attributes["groups"], ["/staff"]);
    assert_eq!(identity.attributes["realm_access.roles"], ["admin"]);
    assert_eq!(identity.attributes["email"], ["alice@acme.test"]);
    assert!(!identity.attributes.contains_key("nonce"));
    assert_eq!(identity.authn_context.as_deref(), Some("1"));
    assert_eq!(identity.methods, ["pwd"]);
    assert_eq!(
        identity.authenticated_at,
        Some(now() - TimeDelta::seconds(5))
    );
    assert_eq!(identity.session.as_deref(), Some("session-7"));
    let once = identity.once.unwrap();
    assert_eq!(
        (once.purpose, once.owner.as_str()),
        (ReplayPurpose::IdToken, ISSUER)
    );
    assert_eq!(Some(once.value), begun.parameter("nonce"));
    assert_eq!(fixture.http.count(DOCUMENT), 1);
    assert_eq!(fixture.http.count(USERINFO), 1);
}

#[tokio::test]
async fn oi_154_an_answer_of_another_issuer_is_refused() {
    let fixture = Fixture::new();
    let begun = fixture.begin().await;
    fixture.token(&begun, &KEY, json!({}));
    for (query, expected) in [
        (good_query(), None),
        (
            "state=handle-1&code=c1&iss=https://evil.test".into(),
            Some("callback_issuer_mismatch"),
        ),
        (
            format!("state=handle-1&code=c1&iss={ISSUER}/"),
            Some("callback_issuer_mismatch"),
        ),
        (
            "state=handle-1&code=c1".into(),
            Some("callback_issuer_missing"),
        ),
        (
            format!("state=handle-1&code=c1&iss={ISSUER}&iss={ISSUER}"),
            Some("callback_malformed"),
        ),
    ] {
        assert_eq!(
            code(fixture.finish(&begun, &query).await),
            expected,
            "{query}"
        );
    }
}

#[tokio::test]
async fn oi_154_a_token_of_another_issuer_is_refused() {
    let fixture = Fixture::new();
    for (claims, expected) in [
        (json!({}), None),
        (
            json!({"iss": "https://evil.test"}),
            Some("id_token_wrong_issuer"),
        ),
        (json!({"aud": "other"}), Some("id_token_wrong_audience")),
        (
            json!({"exp": now().timestamp() - 61}),
            Some("id_token_expired"),
        ),
    ] {
        assert_eq!(
            code(fixture.good(claims.clone()).await),
            expected,
            "{claims}"
        );
    }
}

#[tokio::test]
async fn oi_156_state_must_be_that_of_the_login() {
    let fixture = Fixture::new();
    let begun = fixture.begin().await;
    fixture.token(&begun, &KEY, json!({}));
    let iss = format!("iss={ISSUER}");
    for (query, expected) in [
        (format!("state=handle-1&code=c1&{iss}"), None),
        (format!("code=c1&{iss}"), Some("callback_state_missing")),
        (
            format!("state=handle-2&code=c1&{iss}"),
            Some("callback_state_mismatch"),
        ),
        (
            format!("state=handle-1&state=handle-1&code=c1&{iss}"),
            Some("callback_malformed"),
        ),
        (
            format!("state=handle-1&code=c1&error=x&{iss}"),
            Some("callback_code_and_error"),
        ),
        (
            format!("state=handle-1&code=c1&id_token=x&{iss}"),
            Some("callback_token_in_browser"),
        ),
        (
            format!("state=handle-1&{iss}"),
            Some("callback_neither_code_nor_error"),
        ),
        (
            format!("state=handle-1&error=access_denied&{iss}"),
            Some("upstream_denied"),
        ),
        (
            format!("state=handle-2&error=access_denied&{iss}"),
            Some("callback_state_mismatch"),
        ),
        (
            format!("state=handle-1&error=login_required&{iss}"),
            Some("upstream_interaction_required"),
        ),
        (
            format!("state=handle-1&error=brand_new&{iss}"),
            Some("upstream_refused"),
        ),
    ] {
        assert_eq!(
            code(fixture.finish(&begun, &query).await),
            expected,
            "{query}"
        );
    }
}

#[tokio::test]
async fn oi_156_the_handle_is_found_in_query_and_form() {
    let upstream = Fixture::new().upstream;
    let query = Callback {
        query: "state=h&code=c".into(),
        form: None,
    };
    let form = Callback {
        query: String::new(),
        form: Some("state=h&code=c".into()),
    };
    assert_eq!(upstream.handle_in(&query).as_deref(), Some("h"));
    assert_eq!(upstream.handle_in(&form).as_deref(), Some("h"));
    assert_eq!(upstream.handle_in(&Callback::default()), None);
}

/// The attacker's code is good, and of the attacker's login: its token has another nonce, and our verifier does not fit.
#[tokio::test]
async fn oi_157_a_code_of_another_login_is_refused() {
    let fixture = Fixture::new();
    let (attackers, victims) = (fixture.begin().await, fixture.begin().await);
    assert_ne!(attackers.parameter("nonce"), victims.parameter("nonce"));
    assert_ne!(
        attackers.parameter("code_challenge"),
        victims.parameter("code_challenge")
    );
    fixture.token(&attackers, &KEY, json!({}));
    assert_eq!(
        code(fixture.finish(&victims, &good_query()).await),
        Some("id_token_wrong_nonce")
    );
    let sent = fixture.redeemed.lock().unwrap().clone();
    let verifier = url::form_urlencoded::parse(sent.as_bytes())
        .find(|(name, _)| name == "code_verifier")
        .map(|(_, value)| Verifier::parse(&value).unwrap())
        .unwrap();
    let challenge = verifier.challenge();
    assert_eq!(
        victims.parameter("code_challenge").as_deref(),
        Some(challenge.as_str())
    );
    // The control: the attacker's own login passes.
    assert_eq!(code(fixture.finish(&attackers, &good_query()).await), None);
}

#[tokio::test]
async fn oi_158_userinfo_must_be_about_the_same_person() {
    let fixture = Fixture::new();
    for (info, expected) in [
        (json!({"sub": "alice-1", "department": "IT"}), None),
        (json!({"sub": "mallory"}), Some("userinfo_subject_mismatch")),
        (
            json!({"department": "IT"}),
            Some("userinfo_subject_mismatch"),
        ),
    ] {
        fixture.http.serve(USERINFO, info.to_string());
        let outcome = fixture.good(json!({})).await;
        if let Ok(identity) = &outcome {
            assert_eq!(identity.attributes["department"], ["IT"]);
        }
        assert_eq!(code(outcome), expected, "{info}");
    }
    fixture.http.on(USERINFO, |_| {
        Ok(Response {
            status: 403,
            body: Vec::new(),
        })
    });
    assert_eq!(code(fixture.good(json!({})).await), Some("userinfo_status"));
}

#[tokio::test]
async fn oi_158_an_address_is_verified_by_its_own_source() {
    let unset = json!({"email": null, "email_verified": null});
    for (token, info, believed) in [
        (json!({}), json!({}), true),
        (json!({"email_verified": false}), json!({}), false),
        (json!({"email_verified": "true"}), json!({}), false),
        (json!({"email_verified": null}), json!({}), false),
        (
            json!({"email": null}),
            json!({"email": "evil@acme.test"}),
            false,
        ),
        (
            json!({"email_verified": null}),
            json!({"email_verified": true}),
            false,
        ),
        (
            unset.clone(),
            json!({"email": "a@acme.test", "email_verified": true}),
            true,
        ),
    ] {
        let fixture = Fixture::new();
        let mut answer = json!({"sub": "alice-1"});
        answer
            .as_object_mut()
            .unwrap()
            .extend(info.as_object().unwrap().clone());
        fixture.http.serve(USERINFO, answer.to_string());
        let attributes = fixture.good(token.clone()).await.unwrap().attributes;
        assert_eq!(attributes.contains_key("email"), believed, "{token} {info}");
        assert_ne!(
            attributes.contains_key("unverified_email"),
            believed,
            "{token} {info}"
        );
    }
    let mut lenient = settings();
    lenient.email = EmailTrust::UnlessDenied;
    for (verified, believed) in [
        (json!(null), true),
        (json!(true), true),
        (json!(false), false),
    ] {
        let fixture = Fixture::with(lenient.clone());
        let attributes = fixture
            .good(json!({"email_verified": verified}))
            .await
            .unwrap()
            .attributes;
        assert_eq!(attributes.contains_key("email"), believed, "{verified}");
    }
}

#[tokio::test]
async fn groups_elsewhere_are_not_no_groups() {
    let fixture = Fixture::new();
    for (claims, expected) in [
        (json!({"groups": null}), None),
        (
            json!({"groups": null, "hasgroups": true}),
            Some("claim_elsewhere"),
        ),
        (
            json!({"groups": null, "_claim_names": {"groups": "src1"}}),
            Some("claim_elsewhere"),
        ),
        (json!({"groups": {"a": 1}}), Some("claim_unreadable")),
    ] {
        assert_eq!(
            code(fixture.good(claims.clone()).await),
            expected,
            "{claims}"
        );
    }
}

#[tokio::test]
async fn oi_05_new_keys_are_fetched_once_a_minute_at_most() {
    let fixture = Fixture::new();
    let begun = fixture.begin().await;
    // Not yet published: asked for, once.
    fixture.token(&begun, &NEXT_KEY, json!({}));
    for _ in 0..3 {
        assert_eq!(
            code(fixture.finish(&begun, &good_query()).await),
            Some("jws_unknown_key")
        );
    }
    assert_eq!(fixture.http.count(JWKS), 2);
    fixture
        .http
        .serve(JWKS, jwk_set([&*NEXT_KEY, &*KEY]).to_string());
    let answer = callback(&good_query());
    let later = now() + TimeDelta::seconds(60);
    assert!(
        fixture
            .upstream
            .finish(&begun.memo, &answer, later)
            .await
            .is_ok()
    );
    assert_eq!(fixture.http.count(JWKS), 3);
}

#[tokio::test]
async fn oi_152_many_logins_are_one_fetch() {
    let fixture = Arc::new(Fixture::new());
    let logins: Vec<_> = (0..20)
        .map(|_| {
            tokio::spawn({
                let fixture = Arc::clone(&fixture);
                async move { fixture.begin().await }
            })
        })
        .collect();
    for login in logins {
        login.await.unwrap();
    }
    assert_eq!(
        (fixture.http.count(DOCUMENT), fixture.http.count(JWKS)),
        (1, 1)
    );
}

#[tokio::test]
async fn the_last_good_metadata_is_kept() {
    let fixture = Fixture::new();
    fixture.upstream.refresh(now()).await.unwrap();
    fixture.http.on(DOCUMENT, |_| {
        Err(HttpError::Failed("connection refused".into()))
    });
    let later = now() + TimeDelta::minutes(11);
    fixture.upstream.refresh(later).await.unwrap();
    fixture
        .upstream
        .refresh(later + TimeDelta::seconds(59))
        .await
        .unwrap();
    assert_eq!(fixture.http.count(DOCUMENT), 2);
    fixture
        .upstream
        .refresh(later + TimeDelta::seconds(60))
        .await
        .unwrap();
    assert_eq!(fixture.http.count(DOCUMENT), 3);
}

#[tokio::test]
async fn a_provider_that_was_never_there_is_unreachable() {
    let fixture = Fixture::new();
    for (status, cause) in [
        (302, "redirects are not followed"),
        (404, "HTTP status 404"),
        (503, "HTTP status 503"),
    ] {
        let fixture = Fixture::new();
        fixture.http.on(DOCUMENT, move |_| {
            Ok(Response {
                status,
                body: Vec::new(),
            })
        });
        let error = fixture.upstream.refresh(now()).await.unwrap_err();
        assert_eq!(error.code(), "upstream_unreachable");
        assert!(
            error.to_string().contains(DOCUMENT) && error.to_string().contains(cause),
            "{error}"
        );
    }
    fixture.http.on(DOCUMENT, |_| {
        Err(HttpError::TimedOut(Duration::from_secs(3)))
    });
    let error = fixture.upstream.refresh(now()).await.unwrap_err();
    assert!(
        error.to_string().contains("no answer within 3 s"),
        "{error}"
    );
    // Remembered for a moment, then asked again.
    fixture
        .upstream
        .refresh(now() + TimeDelta::seconds(4))
        .await
        .unwrap_err();
    assert_eq!(fixture.http.count(DOCUMENT), 1);
    fixture.http.serve(DOCUMENT, document().to_string());
    fixture
        .upstream
        .refresh(now() + TimeDelta::seconds(5))
        .await
        .unwrap();
}

#[tokio::test]
async fn metadata_of_another_issuer_is_not_believed() {
    let fixture = Fixture::new();
    let mut other = document();
    other["issuer"] = json!("https://evil.test");
    fixture.http.serve(DOCUMENT, other.to_string());
    let outcome = fixture.upstream.refresh(now()).await;
    assert_eq!(code(outcome), Some("discovery_issuer_mismatch"));
}

#[tokio::test]
async fn the_token_endpoint_says_no_in_words() {
    let fixture = Fixture::new();
    let begun = fixture.begin().await;
    for (status, body, expected, remedy) in [
        (
            401,
            r#"{"error":"invalid_client"}"#,
            "token_refused",
            "client_secret",
        ),
        (
            400,
            r#"{"error":"invalid_grant"}"#,
            "token_refused",
            "https://sso.test/upstream/kc/oidc/callback",
        ),
        (
            200,
            r#"{"access_token":"a","token_type":"Bearer"}"#,
            "token_no_id_token",
            "openid",
        ),
        (200, "<html>", "token_malformed", "cannot be read"),
        (502, "<html>", "upstream_unreachable", "502"),
    ] {
        fixture.http.on(TOKEN, move |_| {
            Ok(Response {
                status,
                body: body.into(),
            })
        });
        let error = fixture.finish(&begun, &good_query()).await.unwrap_err();
        assert_eq!(error.code(), expected, "{body}");
        assert!(error.to_string().contains(remedy), "{error}");
    }
}

#[tokio::test]
async fn anew_means_after_the_login_began() {
    let fixture = Fixture::new();
    let anew = AuthnRequest {
        force_authn: true,
        ..request()
    };
    let begun = fixture.begin_with(&anew, "handle-1").await.unwrap();
    assert_eq!(begun.parameter("prompt").as_deref(), Some("login"));
    assert_eq!(begun.parameter("max_age").as_deref(), Some("0"));
    for (at, expected) in [
        (json!(now().timestamp()), None),
        (
            json!(now().timestamp() - 61),
            Some("id_token_authentication_too_old"),
        ),
        (json!(null), Some("id_token_missing_claim")),
    ] {
        fixture.token(&begun, &KEY, json!({"auth_time": at}));
        assert_eq!(
            code(fixture.finish(&begun, &good_query()).await),
            expected,
            "{at}"
        );
    }
    let passive = AuthnRequest {
        passive: true,
        ..request()
    };
    let begun = fixture.begin_with(&passive, "handle-1").await.unwrap();
    assert_eq!(begun.parameter("prompt").as_deref(), Some("none"));
}

#[tokio::test]
async fn client_authentication_follows_the_provider() {
    for (methods, basic) in [
        (json!(["client_secret_basic", "client_secret_post"]), true),
        (json!(["client_secret_post"]), false),
        (json!(null), true),
    ] {
        let fixture = Fixture::new();
        let mut document = document();
        document["token_endpoint_auth_methods_supported"] = methods.clone();
        if methods.is_null() {
            document
                .as_object_mut()
                .unwrap()
                .remove("token_endpoint_auth_methods_supported");
        }
        fixture.http.serve(DOCUMENT, document.to_string());
        fixture.good(json!({})).await.unwrap();
        let sent = fixture.redeemed.lock().unwrap().clone();
        assert_ne!(
            sent.contains("client_secret=top+secret"),
            basic,
            "{methods}"
        );
    }
}

#[test]
fn settings_are_checked() {
    let build = |change: fn(&mut OidcSettings)| {
        let mut settings = settings();
        change(&mut settings);
        let http = Arc::new(FakeHttp::default());
        OidcUpstream::new(settings, http, Arc::new(Counter::default())).err()
    };
    assert_eq!(build(|_| {}), None);
    assert_eq!(
        build(|settings| settings.issuer = "http://idp.test".into()),
        Some(OidcSettingsError::Issuer("http://idp.test".into()))
    );
    assert_eq!(
        build(|settings| settings.extra_params = vec![("nonce".into(), "1".into())]),
        Some(OidcSettingsError::ExtraParameter("nonce".into()))
    );
    assert_eq!(
        build(|settings| settings.client_id.clear()),
        Some(OidcSettingsError::ClientId)
    );
    assert_eq!(
        build(|settings| settings.algorithms.clear()),
        Some(OidcSettingsError::Algorithms)
    );
}
