//! Any body as an application's request by HTTP-POST: what is accepted is answered at a registered address only, and
//! what a key signed says what was signed.

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_STANDARD};
use vestibule_saml::{
    authn_request::{AcceptedAuthnRequest, ParsedAuthnRequest, Received, Receiver, RegisteredSp},
    binding::post,
    crypto::VerifyingKey,
    instant::Skew,
    metadata::AssertionConsumerService,
};

use crate::{genuine, splice::splice};

/// How many genuine requests there are: a signed one, and one without a signature.
pub const STARTS: usize = 2;

static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    vec![
        genuine::signed_authn_request().into_bytes(),
        genuine::authn_request().into_bytes(),
    ]
});

static KEYS: LazyLock<[VerifyingKey; 1]> = LazyLock::new(|| [genuine::verifying_key()]);

static SIGNED: LazyLock<AcceptedAuthnRequest> =
    LazyLock::new(|| accept(&GENUINE[0], &*KEYS).expect("the genuine request is accepted"));

/// Takes the request as an application that signs would be taken, and as one that does not.
///
/// # Panics
/// If the answer would go to an address that is not registered, or if another request counts as signed.
pub fn run(script: &[u8]) -> bool {
    let xml = splice(&GENUINE, script);
    let with_keys = accept(&xml, &*KEYS);
    if let Some(request) = &with_keys {
        let said = String::from_utf8_lossy(&xml);
        assert!(
            *request == *SIGNED,
            "another request counts as signed: {said}"
        );
    }
    let without = accept(&xml, &[]);
    for request in with_keys.iter().chain(&without) {
        assert_eq!(request.acs_url, genuine::ACS, "a foreign address");
        assert_eq!(request.issuer, genuine::SP, "a foreign application");
    }
    with_keys.is_some() || without.is_some()
}

/// Accepts it as from an application with these keys; with keys, only what is signed.
fn accept(xml: &[u8], keys: &[VerifyingKey]) -> Option<AcceptedAuthnRequest> {
    let value = BASE64_STANDARD
        .encode(xml)
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    let message = post::decode(format!("SAMLRequest={value}").as_bytes()).ok()?;
    let parsed = ParsedAuthnRequest::parse(Received::Post(message)).ok()?;
    let services = [AssertionConsumerService::only(genuine::ACS)];
    let application = RegisteredSp {
        entity_id: genuine::SP,
        assertion_consumer_services: &services,
        signing_keys: keys,
        require_signature: !keys.is_empty(),
        danger_accept_sha1: false,
    };
    let receiver = Receiver {
        sso_url: genuine::SSO,
        now: genuine::now(),
        skew: Skew::capped(60),
    };
    parsed.accept(&application, &receiver).ok()
}
