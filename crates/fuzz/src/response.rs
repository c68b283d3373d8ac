//! Any bytes as a SAML Response at the ACS: what is accepted says what the identity provider said.

use std::sync::LazyLock;

use vestibule_saml::{
    crypto::VerifyingKey,
    issue::Sign,
    response::{self, VerifiedAssertion},
};

use crate::{genuine, splice::splice};

/// How many genuine messages there are.
pub const STARTS: usize = 3;

static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    [Sign::Assertion, Sign::Response, Sign::Both]
        .map(|signed| genuine::response(signed).into_bytes())
        .into()
});

static KEYS: LazyLock<[VerifyingKey; 1]> = LazyLock::new(|| [genuine::verifying_key()]);

static BENIGN: LazyLock<VerifiedAssertion> =
    LazyLock::new(|| verify(&GENUINE[0]).expect("the genuine message is accepted"));

/// Verifies, and compares with what the genuine message said.
///
/// # Panics
/// If another identity, other attributes or times are read from it.
pub fn run(script: &[u8]) -> bool {
    let message = splice(&GENUINE, script);
    let Some(read) = verify(&message) else {
        return false;
    };
    assert!(
        read == *BENIGN,
        "another identity was read from {}",
        String::from_utf8_lossy(&message)
    );
    true
}

fn verify(message: &[u8]) -> Option<VerifiedAssertion> {
    response::verify(message, &genuine::expectation(&*KEYS)).ok()
}
