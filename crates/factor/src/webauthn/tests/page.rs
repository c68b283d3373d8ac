//! Rows MF-60 to MF-63: the page, the flags, the holder. One thing is wrong each time, and the reason names it; beside
//! each table an answer that nobody bent passes.

use vestibule_testkit::security_key::{AT, BE, BS, ED, UP, UV};

use super::*;

/// Origins that are not ours, however near they come.
const FOREIGN: [(&str, &str); 9] = [
    ("http", "http://sso.example.org"),
    ("a port", "https://sso.example.org:444"),
    ("the port that is implied", "https://sso.example.org:443"),
    ("a domain below", "https://x.sso.example.org"),
    ("the domain above", "https://example.org"),
    ("a name that ends like ours", "https://badsso.example.org"),
    ("a dot behind", "https://sso.example.org."),
    ("an app", "android:apk-key-hash:AAAA"),
    ("a sandbox", "null"),
];

#[tokio::test]
async fn mf_60_mf_61_what_the_browser_says_of_the_page() {
    let table: &[(&str, Bend, &str)] = &[
        (
            "registered instead of used",
            |d| put(d, "type", "webauthn.create"),
            "webauthn_type",
        ),
        (
            "another challenge",
            |d| put(d, "challenge", "AAAA"),
            "webauthn_challenge",
        ),
        (
            "a padded challenge",
            |d| {
                let padded = format!("{}=", d.client_data["challenge"].as_str().unwrap());
                put(d, "challenge", padded);
            },
            "webauthn_challenge",
        ),
        (
            "no challenge",
            |d| put(d, "challenge", ""),
            "webauthn_challenge",
        ),
        (
            "in a frame",
            |d| put(d, "crossOrigin", true),
            "webauthn_cross_origin",
        ),
        (
            "under a page",
            |d| put(d, "topOrigin", "https://sso.example.org"),
            "webauthn_cross_origin",
        ),
    ];
    for (what, bend, code) in table {
        assert_eq!(
            used(UP | UV, bend).await.unwrap_err(),
            *code,
            "used: {what}"
        );
        if *what != "registered instead of used" {
            let outcome = registered(Algorithm::Es256, bend).await;
            assert_eq!(outcome.unwrap_err(), *code, "registered: {what}");
        }
    }
    for (what, origin) in FOREIGN {
        let bend = |d: &mut Draft| put(d, "origin", origin);
        let outcome = used(UP | UV, bend).await;
        assert_eq!(outcome.unwrap_err(), "webauthn_origin", "used: {what}");
        let outcome = registered(Algorithm::Es256, bend).await;
        assert_eq!(
            outcome.unwrap_err(),
            "webauthn_origin",
            "registered: {what}"
        );
    }
    let used_instead = registered(Algorithm::Es256, |d| put(d, "type", "webauthn.get")).await;
    assert_eq!(used_instead.unwrap_err(), "webauthn_type");
    // Controls.
    let named: Bend = |d| put(d, "of_the_future", "member");
    assert!(used(UP | UV, named).await.is_ok());
    assert!(registered(Algorithm::Es256, named).await.is_ok());
}

#[tokio::test]
async fn mf_60_a_challenge_is_of_one_login_one_person_one_purpose_and_five_minutes() {
    let factor = preferred();
    let (alice, mut key, stored) = holder(&factor, "alice").await;
    let mine = [stored];
    let (prompt, memo) = factor.challenge(&alice, &mine, at(NOW)).await.unwrap();
    let (_, other_login) = factor.challenge(&alice, &mine, at(NOW)).await.unwrap();
    let json = key.sign(&options_of(&prompt)).unwrap();

    let there = verdict(&factor, &other_login, &alice, &mine, json.clone(), NOW).await;
    assert_eq!(there.unwrap_err(), "webauthn_challenge");
    let bob = person("bob", None);
    let as_bob = verdict(&factor, &memo, &bob, &mine, json.clone(), NOW).await;
    assert_eq!(as_bob.unwrap_err(), "webauthn_challenge");
    let late = verdict(&factor, &memo, &alice, &mine, json.clone(), NOW + 300).await;
    assert_eq!(late.unwrap_err(), "webauthn_expired");
    // A ceremony of registration is no ceremony of use, and the other way round: their memos do not read as each other.
    let enrol = factor.enrol().unwrap();
    let (_, registering) = enrol.begin(&alice, &[], at(NOW)).await.unwrap();
    let answer = says(json.clone(), None);
    let crossed = factor
        .verify(&registering, &alice, &mine, &answer, at(NOW))
        .await;
    assert_eq!(crossed.unwrap_err().code(), "factor_corrupt");
    let crossed = enrol.finish(&memo, &alice, &answer, at(NOW)).await;
    assert_eq!(crossed.unwrap_err().code(), "factor_corrupt");
    // Control, one second before the end. A second time, on what is stored then, the counter gives it away.
    let used = verdict(&factor, &memo, &alice, &mine, json.clone(), NOW + 299)
        .await
        .unwrap();
    let again = verdict(&factor, &memo, &alice, &[used], json, NOW + 299).await;
    assert_eq!(again.unwrap_err(), "webauthn_clone_suspected");
}

#[tokio::test]
async fn mf_62_flags_relying_party_and_length() {
    let extensions = || vec![0xa1, 0x61, b'x', 0xf5];
    let table: &[(&str, Bend, &str)] = &[
        (
            "another relying party",
            |d| d.rp_id = "example.org".into(),
            "webauthn_relying_party",
        ),
        (
            "nobody there",
            |d| d.flags &= !UP,
            "webauthn_user_not_present",
        ),
        (
            "one byte behind",
            |d| d.tail = vec![0],
            "webauthn_malformed",
        ),
        (
            "a map behind, unannounced",
            |d| d.tail = vec![0xa0],
            "webauthn_malformed",
        ),
        (
            "extensions announced, none there",
            |d| d.flags |= ED,
            "webauthn_malformed",
        ),
        (
            "extensions that are no map",
            |d| {
                d.flags |= ED;
                d.tail = vec![0x01];
            },
            "webauthn_malformed",
        ),
        (
            "something behind the extensions",
            |d| {
                d.flags |= ED;
                d.tail = vec![0xa0, 0x00];
            },
            "webauthn_malformed",
        ),
    ];
    for (what, bend, code) in table {
        assert_eq!(
            used(UP | UV, bend).await.unwrap_err(),
            *code,
            "used: {what}"
        );
        let outcome = registered(Algorithm::Es256, bend).await;
        assert_eq!(outcome.unwrap_err(), *code, "registered: {what}");
    }
    let attested = used(UP | UV, |d| d.flags |= AT).await;
    assert_eq!(attested.unwrap_err(), "webauthn_malformed");
    let unattested = registered(Algorithm::Es256, |d| d.flags &= !AT).await;
    assert_eq!(unattested.unwrap_err(), "webauthn_malformed");
    // Control: extensions that nobody asked for are passed over (WebAuthn L3 section 9).
    let with_extensions = |d: &mut Draft| {
        d.flags |= ED;
        d.tail = extensions();
    };
    assert!(used(UP | UV, with_extensions).await.is_ok());
    assert!(registered(Algorithm::Es256, with_extensions).await.is_ok());
}

#[tokio::test]
async fn mf_62_who_must_be_verified_is() {
    let who = person("alice", None);
    for (setting, at_registration, at_use, expected) in [
        (UserVerification::Preferred, UP, UP, Ok(())),
        (UserVerification::Preferred, UP, UP | UV, Ok(())),
        // A PIN that was there must not be got round by leaving it out.
        (
            UserVerification::Preferred,
            UP | UV,
            UP,
            Err("webauthn_user_not_verified"),
        ),
        (
            UserVerification::Required,
            UP,
            UP,
            Err("webauthn_user_not_verified"),
        ),
        (
            UserVerification::Required,
            UP | UV,
            UP,
            Err("webauthn_user_not_verified"),
        ),
        (UserVerification::Required, UP | UV, UP | UV, Ok(())),
    ] {
        let factor = with(settings(setting));
        let mut key = key(Algorithm::Es256).with_flags(at_registration);
        let stored = register(&factor, &who, &[], |options| key.register(options).unwrap()).await;
        let outcome = match stored {
            Ok(stored) => {
                let mut key = key.with_flags(at_use);
                sign(&factor, &who, &[stored], |options| {
                    key.sign(options).unwrap()
                })
                .await
            }
            Err(code) => Err(code),
        };
        let told = outcome.map(|_| ());
        assert_eq!(told, expected, "{setting:?} {at_registration} {at_use}");
    }
    // Switched to `required`, keys without a PIN count no more.
    let mut key = key(Algorithm::Es256).with_flags(UP);
    let stored = register(&preferred(), &who, &[], |options| {
        key.register(options).unwrap()
    })
    .await;
    let required = with(settings(UserVerification::Required));
    let outcome = sign(&required, &who, &[stored.unwrap()], |options| {
        key.sign(options).unwrap()
    })
    .await;
    assert_eq!(outcome.unwrap_err(), "webauthn_user_not_verified");
}

#[tokio::test]
async fn mf_63_backup_flags_agree_with_each_other_and_with_the_past() {
    let who = person("alice", None);
    let factor = preferred();
    for (at_registration, at_use, expected) in [
        (UP | UV, UP | UV, Ok(())),
        (UP | UV | BE, UP | UV | BE, Ok(())),
        (UP | UV | BE, UP | UV | BE | BS, Ok(())),
        (UP | UV | BE | BS, UP | UV | BE, Ok(())),
        (UP | UV | BS, UP | UV, Err("webauthn_backup_flags")),
        (UP | UV, UP | UV | BS, Err("webauthn_backup_flags")),
        (UP | UV, UP | UV | BE, Err("webauthn_backup_flags")),
        (UP | UV | BE, UP | UV, Err("webauthn_backup_flags")),
    ] {
        let mut key = key(Algorithm::Es256).with_flags(at_registration);
        let outcome =
            match register(&factor, &who, &[], |options| key.register(options).unwrap()).await {
                Ok(stored) => {
                    let mut key = key.with_flags(at_use);
                    sign(&factor, &who, &[stored], |options| {
                        key.sign(options).unwrap()
                    })
                    .await
                }
                Err(code) => Err(code),
            };
        assert_eq!(
            outcome.map(|_| ()),
            expected,
            "{at_registration:#x} {at_use:#x}"
        );
    }
}
