//! Any text as a logout token: what is accepted ends the session that the provider named, and no other.

use std::sync::LazyLock;

use vestibule_oidc::{
    jwks::Jwks,
    logout_token::{self, Expectation, LogoutTarget, VerifiedLogoutToken},
    provider::logout_token::LogoutTokenClaims,
    signing::{KeyKind, SigningKey, jwk_set},
};

use crate::{genuine, splice::splice};

/// How many genuine tokens there are.
pub const STARTS: usize = 2;

const ISSUER: &str = "https://op.test";
const CLIENT: &str = "vestibule";

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let der = SigningKey::generate_pkcs8(KeyKind::Rsa2048).expect("a key can be made");
    SigningKey::from_pkcs8(&der).expect("and read")
});

static JWKS: LazyLock<Jwks> = LazyLock::new(|| {
    let set = serde_json::to_vec(&jwk_set([&*KEY])).expect("it is JSON");
    Jwks::parse(&set).expect("our own keys can be read")
});

/// One session of a person, and all of another's.
fn targets() -> [LogoutTarget; STARTS] {
    let session = LogoutTarget::PersonsSession {
        subject: "alice".to_owned(),
        session: "s-1".to_owned(),
    };
    let person = LogoutTarget::Person {
        subject: "bob".to_owned(),
    };
    [session, person]
}

static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mint = |target: &LogoutTarget| {
        let claims = LogoutTokenClaims {
            issuer: ISSUER,
            client_id: CLIENT,
            target,
            id: "j-1",
            issued_at: genuine::now(),
        };
        let token = claims.mint(&KEY).expect("a token can be made");
        token.request_body().into_bytes()
    };
    targets().iter().map(mint).collect()
});

/// Reads the request, verifies, and compares.
///
/// # Panics
/// If somebody else would be logged out.
pub fn run(script: &[u8]) -> bool {
    let request = splice(&GENUINE, script);
    let Some(token) = verify(&request) else {
        return false;
    };
    let said = String::from_utf8_lossy(&request);
    assert!(targets().contains(token.target()), "another target: {said}");
    assert_eq!((token.issuer(), token.id()), (ISSUER, "j-1"), "{said}");
    assert_eq!(token.issued_at(), genuine::now(), "{said}");
    true
}

fn verify(request: &[u8]) -> Option<VerifiedLogoutToken> {
    let token = logout_token::from_request(request).ok()?;
    let expected = Expectation::new(ISSUER, CLIENT, genuine::now());
    logout_token::verify(&token, &expected, &JWKS).ok()
}
