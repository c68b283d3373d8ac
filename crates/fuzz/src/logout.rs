//! Any form or query as a logout message: what is accepted says what was signed, and only whoever asked learns how a
//! logout ended.

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_STANDARD};
use vestibule_saml::{
    binding::{Binding, Delivery, MessageKind, Received, post, redirect},
    crypto::VerifyingKey,
    encryption::Decryption,
    instant::Skew,
    logout::{AcceptedLogout, LogoutPeer, LogoutReceiver, ParsedLogout},
};

use crate::{genuine, splice::splice};

/// How many genuine messages there are: a request and an answer, each in a query and in a form.
pub const STARTS: usize = 4;

/// Queries begin with the name of their parameter; what else there is, is the XML of a form.
static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let start = |delivery| match delivery {
        Delivery::Form(form) => decoded(&form.fields[0].1),
        Delivery::Redirect(url) => {
            let (_, query) = url.split_once('?').expect("it has a query");
            query.as_bytes().to_vec()
        }
    };
    [Binding::Redirect, Binding::Post]
        .into_iter()
        .flat_map(|binding| {
            [
                genuine::logout_request(binding),
                genuine::logout_response(binding),
            ]
        })
        .map(start)
        .collect()
});

static KEYS: LazyLock<[VerifyingKey; 1]> = LazyLock::new(|| [genuine::verifying_key()]);

/// What the genuine messages say.
static SAID: LazyLock<Vec<AcceptedLogout>> = LazyLock::new(|| {
    let accepted = GENUINE.iter().filter_map(|start| accept(start, &*KEYS));
    accepted.collect()
});

/// Takes the message from a partner that signs, and from one that does not.
///
/// # Panics
/// If another message counts as signed, or an answer tells somebody else how it went.
pub fn run(script: &[u8]) -> bool {
    let bytes = splice(&GENUINE, script);
    let signed = accept(&bytes, &*KEYS);
    if let Some(message) = &signed {
        let arrived = String::from_utf8_lossy(&bytes);
        assert!(
            SAID.contains(message),
            "another message counts as signed: {arrived}"
        );
    }
    let unsigned = accept(&bytes, &[]);
    for message in signed.iter().chain(&unsigned) {
        match message {
            AcceptedLogout::Request(request) => {
                assert_eq!(request.issuer, genuine::SP, "a foreign partner");
                assert!(!request.name_id.value.is_empty(), "nobody's sessions");
            }
            AcceptedLogout::Response(response) => {
                assert_eq!(response.issuer, genuine::SP, "a foreign partner");
                assert!(response.outcome_of("_other").is_err(), "another's logout");
            }
        }
    }
    signed.is_some() || unsigned.is_some()
}

/// Accepts it as from a partner with these keys; without keys, as from one that does not sign.
fn accept(bytes: &[u8], keys: &[VerifyingKey]) -> Option<AcceptedLogout> {
    let peer = LogoutPeer {
        entity_id: genuine::SP,
        signing_keys: keys,
        danger_accept_unsigned: keys.is_empty(),
        danger_accept_sha1: false,
    };
    let receiver = LogoutReceiver {
        entity_id: genuine::IDP,
        slo_url: genuine::SLO,
        decryption: Decryption::default(),
        now: genuine::now(),
        skew: Skew::capped(60),
    };
    let parsed = ParsedLogout::parse(received(bytes)?).ok()?;
    parsed.accept(&peer, &receiver).ok()
}

fn received(bytes: &[u8]) -> Option<Received> {
    if bytes.starts_with(b"SAML") {
        let query = std::str::from_utf8(bytes).ok()?;
        return redirect::decode(query).ok().map(Received::Redirect);
    }
    let answers = bytes
        .windows(b"LogoutResponse".len())
        .any(|it| it == b"LogoutResponse");
    let kind = if answers {
        MessageKind::Response
    } else {
        MessageKind::Request
    };
    let value = BASE64_STANDARD
        .encode(bytes)
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    let body = format!("{}={value}", kind.parameter());
    post::decode(body.as_bytes()).ok().map(Received::Post)
}

fn decoded(value: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(value).expect("our own base64")
}
