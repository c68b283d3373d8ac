//! Any body at the token endpoint: who gets in proved to be who it says, and gets no more than was granted.

use std::{borrow::Cow, collections::BTreeSet, sync::LazyLock};

use chrono::TimeDelta;
use serde_json::{Map, Value};
use url::form_urlencoded;
use vestibule_oidc::{
    algorithm::Algorithm,
    jwks::Jwks,
    pkce::Verifier,
    provider::{
        client_auth::{ASSERTION_TYPE, PresentedClient, RegisteredAuth, SecretHash},
        endpoint::{ClientForm, EndpointRejection, Incoming},
        token_endpoint::{CodeTerms, TokenRequest},
    },
    signing::{KeyKind, SigningKey, jwk_set},
};

use crate::{genuine, splice::splice};

/// How many genuine bodies there are.
pub const STARTS: usize = 3;

const ISSUER: &str = "https://op.test";
const REDIRECT_URI: &str = "https://rp.test/cb";
const SECRET: &str = "the secret of it";

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let der = SigningKey::generate_pkcs8(KeyKind::P256).expect("a key can be made");
    SigningKey::from_pkcs8(&der).expect("and read")
});

static JWKS: LazyLock<Jwks> = LazyLock::new(|| {
    let set = serde_json::to_vec(&jwk_set([&*KEY])).expect("it is JSON");
    Jwks::parse(&set).expect("our own keys can be read")
});

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| Verifier::from_entropy([7; 32]));

static ASSERTION: LazyLock<String> = LazyLock::new(|| {
    let now = genuine::now();
    let claims = [
        ("aud", Value::from(ISSUER)),
        ("exp", (now + TimeDelta::minutes(1)).timestamp().into()),
        ("iss", "signs".into()),
        ("jti", "j-1".into()),
        ("sub", "signs".into()),
    ];
    let claims = claims.map(|(name, value)| (name.to_owned(), value));
    let assertion = KEY.sign(&Map::from_iter(claims));
    assertion.expect("an assertion can be made")
});

static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let verifier = VERIFIER.secret();
    let code = [
        ("grant_type", "authorization_code"),
        ("code", "c"),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", verifier),
    ];
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "r"),
        ("scope", "openid"),
    ];
    let by_secret = [("client_id", "knows"), ("client_secret", SECRET)];
    let by_key = [
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", &*ASSERTION),
    ];
    let body = |one: &[(&str, &str)], other: &[(&str, &str)]| {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(one).extend_pairs(other);
        body.finish().into_bytes()
    };
    vec![
        body(&code, &by_secret),
        body(&refresh, &by_key),
        body(&code, &[("client_id", "public")]),
    ]
});

/// Reads the request, asks who sent it, and compares.
///
/// # Panics
/// If somebody got in without proof, or gets more than was granted.
pub fn run(script: &[u8]) -> bool {
    let body = splice(&GENUINE, script);
    let Ok(client) = judge(&body) else {
        return false;
    };
    let said = String::from_utf8_lossy(&body);
    // The opinion of another decoder.
    let pairs: Vec<_> = form_urlencoded::parse(&body).collect();
    let names: BTreeSet<_> = pairs.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), pairs.len(), "a parameter twice: {said}");
    let shown = |name: &str, value: &str| pairs.contains(&(Cow::from(name), Cow::from(value)));
    match client.as_str() {
        "knows" => assert!(shown("client_secret", SECRET), "without secret: {said}"),
        "signs" => assert!(shown("client_assertion", &ASSERTION), "unsigned: {said}"),
        _ => assert_eq!(client, "public", "a client that nobody knows: {said}"),
    }
    true
}

/// The client, if all is as it must be.
fn judge(body: &[u8]) -> Result<String, EndpointRejection> {
    let secrets = [SecretHash::of(SECRET)];
    let (by_secret, by_key) = (
        RegisteredAuth::SecretPost(&secrets),
        RegisteredAuth::PrivateKeyJwt {
            algorithms: &[Algorithm::Es256],
            keys: &JWKS,
            danger_other_audiences: &[],
        },
    );
    let incoming = Incoming {
        method: "POST",
        query: None,
        content_type: Some("application/x-www-form-urlencoded"),
        authorization: None,
        body,
    };
    let mut form = ClientForm::read(&incoming)?;
    let presented = PresentedClient::read(&mut form)?;
    let registered = match presented.client_id() {
        "knows" => Some(&by_secret),
        "public" => Some(&RegisteredAuth::None),
        "signs" => Some(&by_key),
        _ => None,
    };
    let client = presented.verify(registered, ISSUER, genuine::now())?;
    match TokenRequest::read(&mut form)? {
        TokenRequest::Code(request) => {
            let challenge = VERIFIER.challenge();
            let terms = CodeTerms {
                client_id: client.client_id(),
                redirect_uri: REDIRECT_URI,
                challenge: Some(&challenge),
            };
            request.check(&client, &terms)?;
        }
        TokenRequest::Refresh(request) => {
            let granted = BTreeSet::from(["email".to_owned(), "openid".to_owned()]);
            let scopes = request.scopes(&granted)?;
            assert!(scopes.is_subset(&granted), "{scopes:?} were not granted");
        }
    }
    Ok(client.client_id().to_owned())
}
