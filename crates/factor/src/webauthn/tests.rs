//! Both ceremonies with a security key in software: what is right counts once, and what is bent in one place does not.

mod bytes;
mod owner;
mod page;
mod signatures;
mod vectors;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;
use url::Url;
use vestibule_testkit::security_key::{Algorithm, Draft, SecurityKey};

use super::*;
use crate::fixture::{Foretold, at, person};

const NOW: i64 = 1_800_000_015;
const ORIGIN: &str = "https://sso.example.org";

fn settings(user_verification: UserVerification) -> Settings {
    let url = Url::parse("https://sso.example.org/").unwrap();
    Settings::new(&url, None, "Acme".into(), user_verification).unwrap()
}

fn preferred() -> WebAuthn {
    with(settings(UserVerification::Preferred))
}

fn with(settings: Settings) -> WebAuthn {
    WebAuthn::new(settings, Foretold::entropy(1)).unwrap()
}

fn key(algorithm: Algorithm) -> SecurityKey {
    SecurityKey::new(ORIGIN, algorithm)
}

fn says(json: String, name: Option<&str>) -> Answer {
    Answer::WebAuthn {
        credential: CredentialJson::new(json).unwrap(),
        name: name.map(str::to_owned),
    }
}

fn options_of(prompt: &Prompt) -> String {
    match prompt {
        Prompt::RegisterWebAuthn { options, .. } | Prompt::WebAuthn { options, .. } => {
            options.clone()
        }
        other => panic!("{other:?}"),
    }
}

/// The reason why a registration is refused, or the enrolment.
async fn register(
    factor: &WebAuthn,
    who: &Person,
    enrolled: &[Enrolment],
    answer: impl FnOnce(&str) -> String,
) -> Result<Enrolment, &'static str> {
    let enrol = factor.enrol().unwrap();
    let (prompt, memo) = enrol.begin(who, enrolled, at(NOW)).await.unwrap();
    let json = answer(&options_of(&prompt));
    match enrol.finish(&memo, who, &says(json, None), at(NOW)).await {
        Ok(EnrolVerdict::Enrolled(new)) => {
            Ok(new.of(who.id.clone(), FactorKind::webauthn(), at(NOW)))
        }
        Ok(EnrolVerdict::Spent(code)) => Err(code),
        other => panic!("{other:?}"),
    }
}

/// The reason why a use is refused, or the enrolment as it is stored then.
async fn sign(
    factor: &WebAuthn,
    who: &Person,
    enrolled: &[Enrolment],
    answer: impl FnOnce(&str) -> String,
) -> Result<Enrolment, &'static str> {
    let (prompt, memo) = factor.challenge(who, enrolled, at(NOW)).await.unwrap();
    let json = answer(&options_of(&prompt));
    verdict(factor, &memo, who, enrolled, json, NOW).await
}

async fn verdict(
    factor: &WebAuthn,
    memo: &Memo,
    who: &Person,
    enrolled: &[Enrolment],
    json: String,
    now: i64,
) -> Result<Enrolment, &'static str> {
    match factor
        .verify(memo, who, enrolled, &says(json, None), at(now))
        .await
    {
        Ok(Verdict::Passed(next)) => Ok(*next),
        Ok(Verdict::Spent(code)) => Err(code),
        other => panic!("{other:?}"),
    }
}

type Bend = fn(&mut Draft);

/// A use that was bent, and what came of it. The key is a fresh one each time.
async fn used(flags: u8, bend: impl FnOnce(&mut Draft)) -> Result<Enrolment, &'static str> {
    let factor = preferred();
    let (who, key, stored) = holder(&factor, "alice").await;
    let mut key = key.with_flags(flags);
    sign(&factor, &who, &[stored], |options| {
        key.sign_bent(options, bend).unwrap()
    })
    .await
}

/// A registration that was bent, and what came of it.
async fn registered(
    algorithm: Algorithm,
    bend: impl FnOnce(&mut Draft),
) -> Result<Enrolment, &'static str> {
    let mut key = key(algorithm);
    register(&preferred(), &person("alice", None), &[], |options| {
        key.register_bent(options, bend).unwrap()
    })
    .await
}

fn put(draft: &mut Draft, member: &str, value: impl Into<Value>) {
    draft.client_data.insert(member.to_owned(), value.into());
}

/// Takes one place of an answer, decoded, and puts it back.
fn tampered(answer: &str, pointer: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut answer: Value = serde_json::from_str(answer).unwrap();
    let place = answer.pointer_mut(pointer).unwrap();
    let mut bytes = BASE64_URL_SAFE_NO_PAD
        .decode(place.as_str().unwrap())
        .unwrap();
    change(&mut bytes);
    *place = BASE64_URL_SAFE_NO_PAD.encode(bytes).into();
    answer.to_string()
}

/// A person with one registered key.
async fn holder(factor: &WebAuthn, name: &str) -> (Person, SecurityKey, Enrolment) {
    let who = person(name, None);
    let mut key = key(Algorithm::Es256);
    let enrolment = register(factor, &who, &[], |options| key.register(options).unwrap())
        .await
        .unwrap();
    (who, key, enrolment)
}

#[tokio::test]
async fn a_key_is_registered_and_used_and_each_use_moves_its_counter() {
    for algorithm in [Algorithm::Es256, Algorithm::Es384, Algorithm::Rs256] {
        let factor = preferred();
        let who = person("alice", Some("alice@acme.example"));
        let mut key = key(algorithm);
        let mut stored = register(&factor, &who, &[], |options| key.register(options).unwrap())
            .await
            .unwrap();
        assert_eq!(stored.label, "Security key");
        assert_eq!(stored.last_used_at, Some(at(NOW)));
        for counter in 1..=3 {
            stored = sign(&factor, &who, &[stored], |options| {
                key.sign(options).unwrap()
            })
            .await
            .unwrap();
            assert_eq!(
                Key::of(&stored).unwrap().counter(),
                counter,
                "{algorithm:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_page_is_told_what_to_ask() {
    let factor = with(settings(UserVerification::Required));
    let who = person("alice", Some("alice@acme.example"));
    let mut first = key(Algorithm::Es256);
    let stored = register(&factor, &who, &[], |options| {
        let asked: Value = serde_json::from_str(options).unwrap();
        assert_eq!(
            asked["rp"],
            serde_json::json!({ "id": "sso.example.org", "name": "Acme" })
        );
        assert_eq!(asked["user"]["name"], "alice@acme.example");
        assert_eq!(asked["attestation"], "none");
        assert_eq!(
            asked["authenticatorSelection"]["userVerification"],
            "required"
        );
        assert_eq!(asked["excludeCredentials"], serde_json::json!([]));
        let algorithms: Vec<_> = asked["pubKeyCredParams"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["alg"].as_i64().unwrap())
            .collect();
        assert_eq!(algorithms, [-7, -35, -257]);
        assert!(asked.get("extensions").is_none() && asked.get("hints").is_none());
        first.register(options).unwrap()
    })
    .await
    .unwrap();

    let id = answer::text(&first.credential_ids()[0]);
    let named =
        serde_json::json!([{ "type": "public-key", "id": id, "transports": ["nfc", "usb"] }]);
    let known = [stored];
    let again = factor.enrol().unwrap().begin(&who, &known, at(NOW)).await;
    let (prompt, _) = again.unwrap();
    let asked: Value = serde_json::from_str(&options_of(&prompt)).unwrap();
    assert_eq!(asked["excludeCredentials"], named);
    assert!(first.register(&options_of(&prompt)).is_none());

    let (prompt, _) = factor.challenge(&who, &known, at(NOW)).await.unwrap();
    let asked: Value = serde_json::from_str(&options_of(&prompt)).unwrap();
    assert_eq!(asked["allowCredentials"], named);
    assert_eq!(asked["rpId"], "sso.example.org");
    assert_eq!(asked["userVerification"], "required");
    assert!(asked.get("extensions").is_none() && asked.get("hints").is_none());
}

#[tokio::test]
async fn whichever_of_a_persons_keys_is_plugged_in_answers() {
    let factor = preferred();
    let (who, mut first, one) = holder(&factor, "alice").await;
    let mut second = key(Algorithm::Es256);
    let two = register(&factor, &who, std::slice::from_ref(&one), |options| {
        second.register(options).unwrap()
    })
    .await
    .unwrap();
    assert_eq!(two.label, "Security key 2");
    assert_eq!(Key::of(&one).unwrap().handle, Key::of(&two).unwrap().handle);
    let both = [two.clone(), one.clone()];
    let (prompt, _) = factor.challenge(&who, &both, at(NOW)).await.unwrap();
    let Prompt::WebAuthn { names, .. } = &prompt else {
        panic!("{prompt:?}")
    };
    assert_eq!(names, &["Security key 2", "Security key"]);
    for (key, expected) in [(&mut first, &one), (&mut second, &two)] {
        let used = sign(&factor, &who, &both, |options| key.sign(options).unwrap()).await;
        assert_eq!(used.unwrap().id, expected.id);
    }
}

#[tokio::test]
async fn mf_69_the_name_is_the_persons_and_safe_to_show() {
    let factor = preferred();
    let who = person("alice", None);
    for (typed, expected) in [
        (Some("Office <b>key</b>"), Ok("Office <b>key</b>")),
        (None, Ok("Security key")),
        (Some("a\r\nevent=login"), Err("webauthn_name")),
    ] {
        let mut key = key(Algorithm::Es256);
        let enrol = factor.enrol().unwrap();
        let (prompt, memo) = enrol.begin(&who, &[], at(NOW)).await.unwrap();
        let json = key.register(&options_of(&prompt)).unwrap();
        let named = match enrol.finish(&memo, &who, &says(json, typed), at(NOW)).await {
            Ok(EnrolVerdict::Enrolled(new)) => Ok(new.label),
            Ok(EnrolVerdict::Spent(code)) => Err(code),
            other => panic!("{other:?}"),
        };
        assert_eq!(named, expected.map(str::to_owned));
    }
}

#[tokio::test]
async fn an_answer_of_another_form_is_no_verdict() {
    let factor = preferred();
    let (who, _, stored) = holder(&factor, "alice").await;
    let (_, memo) = factor
        .challenge(&who, std::slice::from_ref(&stored), at(NOW))
        .await
        .unwrap();
    for answer in [Answer::Code("123456".to_owned().into()), Answer::Confirmed] {
        let verdict = factor
            .verify(&memo, &who, std::slice::from_ref(&stored), &answer, at(NOW))
            .await;
        assert_eq!(verdict.unwrap_err(), FactorError::WrongForm);
    }
    // A memo that is none of ours, and a key that cannot be read.
    let json = CredentialJson::new("{}".into()).unwrap();
    let answer = Answer::WebAuthn {
        credential: json,
        name: None,
    };
    let verdict = factor
        .verify(&Memo::default(), &who, &[stored], &answer, at(NOW))
        .await;
    assert_eq!(verdict.unwrap_err().code(), "factor_corrupt");
    let damaged = crate::fixture::enrolment(&who, FactorKind::webauthn(), Memo::default());
    let challenged = factor.challenge(&who, &[damaged], at(NOW)).await;
    assert_eq!(challenged.unwrap_err().code(), "factor_corrupt");
}
