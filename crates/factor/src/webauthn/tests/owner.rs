//! Rows MF-64, MF-65 and MF-70: copies of keys, other people's keys, and what changed during a ceremony.

use super::*;

#[tokio::test]
async fn mf_64_a_counter_that_does_not_go_on_is_a_copy() {
    let factor = preferred();
    let clone = Err("webauthn_clone_suspected");
    for (before, after, expected) in [
        (0, 0, Ok(0)),
        (0, 1, Ok(1)),
        (5, 6, Ok(6)),
        (5, u32::MAX, Ok(u32::MAX)),
        (5, 5, clone),
        (5, 4, clone),
        (5, 0, clone),
        (u32::MAX, u32::MAX, clone),
        (u32::MAX, 0, clone),
    ] {
        let who = person("alice", None);
        let mut key = key(Algorithm::Es256);
        let stored = register(&factor, &who, &[], |options| {
            key.register_bent(options, |draft| draft.counter = before)
                .unwrap()
        })
        .await
        .unwrap();
        let outcome = sign(&factor, &who, std::slice::from_ref(&stored), |options| {
            key.sign_bent(options, |draft| draft.counter = after)
                .unwrap()
        })
        .await;
        let counter = outcome.map(|next| Key::of(&next).unwrap().counter());
        assert_eq!(counter, expected, "{before} {after}");
        // What is refused changes nothing: there is no next state of the enrolment to store.
        assert_eq!(Key::of(&stored).unwrap().counter(), before);
    }
}

#[tokio::test]
async fn mf_64_the_counter_is_held_against_what_is_stored_now() {
    let factor = preferred();
    let (who, mut key, stored) = holder(&factor, "alice").await;
    let old = [stored];
    let (prompt, memo) = factor.challenge(&who, &old, at(NOW)).await.unwrap();
    let json = key
        .sign_bent(&options_of(&prompt), |draft| draft.counter = 3)
        .unwrap();
    // Meanwhile the key was used in another login.
    let newer = sign(&factor, &who, &old, |options| {
        key.sign_bent(options, |draft| draft.counter = 7).unwrap()
    })
    .await
    .unwrap();
    let outcome = verdict(&factor, &memo, &who, &[newer], json.clone(), NOW).await;
    assert_eq!(outcome.unwrap_err(), "webauthn_clone_suspected");
    assert!(verdict(&factor, &memo, &who, &old, json, NOW).await.is_ok());
}

#[tokio::test]
async fn mf_65_a_key_is_its_owners() {
    let factor = preferred();
    let (alice, mut alices, of_alice) = holder(&factor, "alice").await;
    let (_, mut bobs, of_bob) = holder(&factor, "bob").await;
    let mine = [of_alice.clone()];

    // Bob's key does not even answer what names alice's; told to, it is refused.
    let (prompt, memo) = factor.challenge(&alice, &mine, at(NOW)).await.unwrap();
    assert!(bobs.sign(&options_of(&prompt)).is_none());
    let all = [of_alice.clone(), of_bob.clone()];
    let (both, _) = factor.challenge(&alice, &all, at(NOW)).await.unwrap();
    let mut asked: Value = serde_json::from_str(&options_of(&prompt)).unwrap();
    let named: Value = serde_json::from_str(&options_of(&both)).unwrap();
    asked["allowCredentials"] = named["allowCredentials"].clone();
    let theirs = bobs.sign(&asked.to_string()).unwrap();
    let outcome = verdict(&factor, &memo, &alice, &mine, theirs, NOW).await;
    assert_eq!(outcome.unwrap_err(), "webauthn_credential_unknown");
    // An enrolment of bob's among alice's, should the store ever mix them up.
    let (prompt, memo) = factor.challenge(&alice, &all, at(NOW)).await.unwrap();
    let json = {
        let mut options: Value = serde_json::from_str(&options_of(&prompt)).unwrap();
        let list = options["allowCredentials"].as_array_mut().unwrap();
        list.remove(0);
        bobs.sign(&options.to_string()).unwrap()
    };
    let outcome = verdict(&factor, &memo, &alice, &all, json, NOW).await;
    assert_eq!(outcome.unwrap_err(), "webauthn_credential_unknown");

    type Case<'a> = (&'a str, Option<Vec<u8>>, Result<(), &'a str>);
    let handles: [Case<'_>; 4] = [
        (
            "bob's",
            Some(Key::of(&of_bob).unwrap().handle.as_bytes().to_vec()),
            Err("webauthn_user_handle"),
        ),
        ("an empty one", Some(vec![]), Err("webauthn_user_handle")),
        ("none, as keys without one give", None, Ok(())),
        (
            "her own",
            Some(Key::of(&of_alice).unwrap().handle.as_bytes().to_vec()),
            Ok(()),
        ),
    ];
    let mut stored = of_alice;
    for (what, handle, expected) in handles {
        let outcome = sign(&factor, &alice, std::slice::from_ref(&stored), |options| {
            alices
                .sign_bent(options, |draft| draft.user_handle = handle)
                .unwrap()
        })
        .await;
        assert_eq!(
            outcome.as_ref().map(|_| ()).map_err(|code| *code),
            expected,
            "{what}"
        );
        stored = outcome.unwrap_or(stored);
    }
}

#[tokio::test]
async fn mf_65_a_credential_id_is_bounded_and_registered_once() {
    for (length, expected) in [
        (1, Ok(())),
        (1023, Ok(())),
        (1024, Err("webauthn_malformed")),
        (2000, Err("webauthn_malformed")),
        (0, Err("webauthn_malformed")),
    ] {
        let outcome = registered(Algorithm::Es256, |d| d.credential_id = vec![7; length]).await;
        assert_eq!(outcome.map(|_| ()), expected, "{length}");
    }
    // The same credential gives the same enrolment, whoever registers it: the store's primary key holds it.
    let id = vec![9; 32];
    let first = registered(Algorithm::Es256, |d| d.credential_id = id.clone())
        .await
        .unwrap();
    let factor = preferred();
    let mut copy = key(Algorithm::Es256);
    let second = register(&factor, &person("mallory", None), &[], |options| {
        copy.register_bent(options, |d| d.credential_id = id.clone())
            .unwrap()
    })
    .await
    .unwrap();
    assert_eq!(first.id, second.id);
    // What the person has already is refused, also if the browser does not look at the list.
    let mut again = key(Algorithm::Es256);
    let outcome = register(&factor, &person("alice", None), &[first], |options| {
        again
            .register_bent(options, |d| d.credential_id = id.clone())
            .unwrap()
    })
    .await;
    assert_eq!(outcome.unwrap_err(), "webauthn_already_registered");
}

#[tokio::test]
async fn mf_70_what_changed_during_the_ceremony() {
    let factor = preferred();
    let (who, mut key, stored) = holder(&factor, "alice").await;
    let mine = [stored.clone()];
    let (prompt, memo) = factor.challenge(&who, &mine, at(NOW)).await.unwrap();
    let json = key.sign(&options_of(&prompt)).unwrap();
    // Removed or disabled: the engine hands over what is still usable.
    let (_, _, other) = holder(&factor, "alice").await;
    let outcome = verdict(&factor, &memo, &who, &[other], json.clone(), NOW).await;
    assert_eq!(outcome.unwrap_err(), "webauthn_credential_unknown");
    // The public address moved.
    let url = Url::parse("https://login.example.org/").unwrap();
    let moved =
        with(Settings::new(&url, None, "Acme".into(), UserVerification::Preferred).unwrap());
    let outcome = verdict(&moved, &memo, &who, &mine, json.clone(), NOW).await;
    assert_eq!(outcome.unwrap_err(), "webauthn_origin");
    let orphaned = moved.challenge(&who, &mine, at(NOW)).await;
    assert_eq!(orphaned.unwrap_err().code(), "factor_orphaned");
    // Renamed: it still counts, under the new name.
    let renamed = [Enrolment {
        label: "YubiKey".into(),
        ..stored
    }];
    let used = verdict(&factor, &memo, &who, &renamed, json, NOW)
        .await
        .unwrap();
    assert_eq!(used.label, "YubiKey");
}
