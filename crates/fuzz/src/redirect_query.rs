//! Any query as a signed message by HTTP-Redirect: what is accepted is what was signed, RelayState included.

use std::sync::LazyLock;

use vestibule_saml::{
    binding::{MessageKind, redirect},
    crypto::VerifyingKey,
};

use crate::{genuine, splice::splice};

/// How many genuine queries there are.
pub const STARTS: usize = 2;

/// With and without RelayState.
const RELAY_STATES: [Option<&str>; STARTS] = [Some("relay-1"), None];

static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let query = |relay_state| {
        let address = redirect::encode(
            "https://idp.test/sso",
            MessageKind::Request,
            &genuine::authn_request(),
            relay_state,
            Some(genuine::signing_key()),
        );
        let address = address.expect("the genuine query can be made");
        let (_, query) = address.split_once('?').expect("it has a query");
        query.as_bytes().to_vec()
    };
    RELAY_STATES.map(query).into()
});

static KEYS: LazyLock<[VerifyingKey; 1]> = LazyLock::new(|| [genuine::verifying_key()]);

/// Decodes, verifies, and compares.
///
/// # Panics
/// If another message or RelayState counts as signed.
pub fn run(script: &[u8]) -> bool {
    let query = splice(&GENUINE, script);
    let Ok(query) = std::str::from_utf8(&query) else {
        return false;
    };
    let Ok(message) = redirect::decode(query) else {
        return false;
    };
    let Ok(verified) = message.verify(&*KEYS, false) else {
        return false;
    };
    assert_eq!(
        verified.xml(),
        genuine::authn_request().as_bytes(),
        "another message counts as signed: {query}"
    );
    assert!(
        RELAY_STATES.contains(&verified.relay_state()),
        "another RelayState counts as signed: {query}"
    );
    true
}
