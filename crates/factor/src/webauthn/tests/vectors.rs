//! The test vectors of WebAuthn Level 3 (section "Test Vectors"), both ceremonies of each. They are read from the
//! folder that `VESTIBULE_SAMPLES` names; without it there is nothing to try.

use serde_json::{Value, json};

use super::*;

/// What becomes of a vector with us, and why where it is not simply taken.
const EXPECTED: &[(&str, Result<(), &str>)] = &[
    ("none-es256", Ok(())),
    ("packed-self-es256", Ok(())),
    // Our pages cannot be framed, so an answer from a frame is not from them.
    ("none-es256-crossOrigin", Err("webauthn_cross_origin")),
    ("none-es256-topOrigin", Err("webauthn_cross_origin")),
    ("none-es256-long-credential-id", Ok(())),
    // Attestations are not looked at; the credential is registered without.
    ("packed-es256", Ok(())),
    ("packed-es384", Ok(())),
    // webauthn-rs cannot check signatures on P-521, nor of Ed25519 and Ed448; none of them is offered.
    ("packed-es512", Err("webauthn_algorithm")),
    // A modulus of 3488 bits: webauthn-rs takes the 2048 bits that TPMs make, and no other length.
    ("packed-rs256", Err("webauthn_public_key")),
    ("packed-eddsa", Err("webauthn_algorithm")),
    ("packed-ed448", Err("webauthn_algorithm")),
    ("tpm-es256", Ok(())),
    ("android-key-es256", Ok(())),
    ("apple-es256", Ok(())),
    ("fido-u2f-es256", Ok(())),
];

/// Puts something else in the place of a member, wherever it stands.
fn with(memo: &Memo, name: &str, instead: &Value) -> Memo {
    fn replace(value: &mut Value, name: &str, instead: &Value) {
        match value {
            Value::Object(members) => {
                for (member, value) in members {
                    if member == name {
                        *value = instead.clone();
                    } else {
                        replace(value, name, instead);
                    }
                }
            }
            Value::Array(items) => items
                .iter_mut()
                .for_each(|item| replace(item, name, instead)),
            _ => {}
        }
    }
    let mut value: Value = memo.read().unwrap();
    replace(&mut value, name, instead);
    Memo::of(&value).unwrap()
}

fn with_challenge(memo: &Memo, ceremony: &Value) -> Memo {
    let challenge = answer::text(&bytes(ceremony, "challenge"));
    with(memo, "challenge", &challenge.into())
}

fn bytes(ceremony: &Value, member: &str) -> Vec<u8> {
    let hex = ceremony[member].as_str().unwrap();
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

fn said(id: &[u8], response: Value) -> Answer {
    let id = answer::text(id);
    let credential = json!({ "id": id, "rawId": id, "type": "public-key", "response": response });
    says(credential.to_string(), None)
}

async fn ceremonies(factor: &WebAuthn, vector: &Value) -> Result<(), &'static str> {
    let who = person("alice", None);
    let registration = &vector["registration"];
    let id = bytes(registration, "credential_id");
    let enrol = factor.enrol().unwrap();
    let (_, memo) = enrol.begin(&who, &[], at(NOW)).await.unwrap();
    let memo = with_challenge(&memo, registration);
    let created = said(
        &id,
        json!({
            "clientDataJSON": answer::text(&bytes(registration, "clientDataJSON")),
            "attestationObject": answer::text(&bytes(registration, "attestationObject")),
        }),
    );
    let enrolled = match enrol.finish(&memo, &who, &created, at(NOW)).await {
        Ok(EnrolVerdict::Enrolled(new)) => new.of(who.id.clone(), FactorKind::webauthn(), at(NOW)),
        Ok(EnrolVerdict::Spent(code)) => return Err(code),
        other => panic!("{other:?}"),
    };

    let authentication = &vector["authentication"];
    // Some of the set verify their holder when they are registered and not when they are used. We insist on the second
    // where there was the first, which is tried elsewhere; here the key is stored as one that never did.
    let secret = with(&enrolled.secret, "user_verified", &false.into());
    let enrolled = [Enrolment { secret, ..enrolled }];
    let (_, memo) = factor.challenge(&who, &enrolled, at(NOW)).await.unwrap();
    let memo = with_challenge(&memo, authentication);
    let signature = bytes(authentication, "signature");
    let signed = |signature: &[u8]| {
        said(
            &id,
            json!({
                "clientDataJSON": answer::text(&bytes(authentication, "clientDataJSON")),
                "authenticatorData": answer::text(&bytes(authentication, "authenticatorData")),
                "signature": answer::text(signature),
            }),
        )
    };
    let mut damaged = signature.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let wrong = factor
        .verify(&memo, &who, &enrolled, &signed(&damaged), at(NOW))
        .await;
    assert!(
        matches!(wrong, Ok(Verdict::Spent("webauthn_signature"))),
        "{wrong:?}"
    );
    match factor
        .verify(&memo, &who, &enrolled, &signed(&signature), at(NOW))
        .await
    {
        Ok(Verdict::Passed(_)) => Ok(()),
        Ok(Verdict::Spent(code)) => Err(code),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_vectors_of_webauthn_level_3_are_judged_as_they_should_be() {
    let Ok(folder) = std::env::var("VESTIBULE_SAMPLES") else {
        return;
    };
    let file = std::path::Path::new(&folder).join("webauthn-l3-vectors.json");
    let set: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let url = Url::parse("https://example.org/").unwrap();
    let factor =
        super::with(Settings::new(&url, None, "W3C".into(), UserVerification::Preferred).unwrap());
    let mut tried = 0;
    for vector in set["vectors"].as_array().unwrap() {
        let name = vector["anchor"].as_str().unwrap();
        let name = name.trim_start_matches("sctn-test-vectors-");
        if vector["registration"].is_null() {
            continue;
        }
        let expected = EXPECTED.iter().find(|(known, _)| *known == name);
        let (_, expected) = expected.unwrap_or_else(|| panic!("{name} is not expected"));
        assert_eq!(ceremonies(&factor, vector).await, *expected, "{name}");
        tried += 1;
    }
    assert_eq!(tried, EXPECTED.len());
}
