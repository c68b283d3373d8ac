//! Logins at a SAML identity provider: the way there and back, and what goes wrong on it.

pub(super) mod fixture;
mod keys;
mod leave;
mod logout;
mod metadata;
mod second_factor;

use chrono::TimeDelta;
use vestibule_core::port::{ReplayMark, ReplayPurpose};
use vestibule_saml::issue::{Reason, Refusal, Sign};

use self::fixture::*;
use super::*;
use crate::http::fake::FakeHttp;

#[tokio::test]
async fn a_login_goes_there_and_back() {
    let fixture = Fixture::new();
    let begun = fixture.begun().await;
    let request = begun.request(&[]);
    assert_eq!((request.force_authn, request.is_passive), (false, false));
    assert_eq!(
        (request.name_id_policy, request.requested_authn_context),
        (None, None)
    );
    assert_eq!(request.relay_state.as_deref(), Some("handle-1"));
    let callback = Said::to(&begun).callback();
    assert_eq!(
        fixture.upstream.handle_in(&callback).as_deref(),
        Some("handle-1")
    );
    let identity = fixture.finish(&begun, callback).await.unwrap();
    assert_eq!(identity.subject.value, "alice");
    assert_eq!(identity.subject.qualifier, Some(format!("{IDP}!{SP}")));
    assert_eq!(identity.attributes["groups"], ["staff", "admins"]);
    assert_eq!(
        identity.authn_context.as_deref(),
        Some("urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport")
    );
    assert_eq!(identity.authenticated_at, Some(now()));
    assert_eq!(identity.session.as_deref(), Some("_session-1"));
    assert_eq!(identity.session_ends, Some(now() + TimeDelta::hours(8)));
}

#[tokio::test]
async fn requests_are_signed_where_either_side_wants_it() {
    let keys = [OUR_KEY.verifying_key().unwrap()];
    for binding in [RequestBinding::Redirect, RequestBinding::Post] {
        for (theirs, ours) in [(true, false), (false, true)] {
            let mut settings = settings(MetadataPlace::Inline(metadata(IDP, &[&IDP_KEY], theirs)));
            settings.keys = Some(SpKeys::only(OUR_KEY.clone()).ring());
            settings.sign_requests = ours;
            settings.binding = binding;
            assert!(Fixture::with(settings).begun().await.request(&keys).signed);
        }
    }
    let wants = settings(MetadataPlace::Inline(metadata(IDP, &[&IDP_KEY], true)));
    let outcome = Fixture::with(wants).begin(|_| {}).await;
    assert_eq!(
        code(outcome.map(|_| ())),
        Some("request_signing_key_missing")
    );
    let mut nothing = settings(by_address());
    nothing.sign_requests = true;
    let made = SamlUpstream::new(
        nothing,
        Arc::new(FakeHttp::default()),
        Arc::new(Counter::default()),
    );
    assert_eq!(made.err(), Some(SamlSettingsError::SigningKey));
}

#[tokio::test]
async fn wishes_are_passed_on() {
    let mut settings = settings(MetadataPlace::Inline(metadata(IDP, &[&IDP_KEY], false)));
    settings.name_id_format = Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".into());
    settings.requested_authn_context = Some(RequestedAuthnContext {
        comparison: Comparison::Exact,
        class_refs: vec!["https://refeds.org/profile/mfa".into()],
    });
    let fixture = Fixture::with(settings.clone());
    let begun = fixture.begin(|request| {
        request.force_authn = true;
        request.passive = true;
    });
    let request = begun.await.unwrap().request(&[]);
    assert!(request.force_authn && request.is_passive);
    assert_eq!(
        request.name_id_policy.unwrap().format,
        settings.name_id_format
    );
    assert_eq!(
        request.requested_authn_context,
        settings.requested_authn_context
    );
}

#[tokio::test]
async fn si_56_58_an_answer_belongs_to_its_request() {
    let fixture = Fixture::new();
    for (in_response_to, expected) in [
        (None, Some("unsolicited_refused")),
        (Some("_other"), Some("in_response_to_mismatch")),
        (Some(""), Some("in_response_to_mismatch")),
    ] {
        let outcome = fixture
            .login(|said| said.in_response_to = in_response_to.map(str::to_owned))
            .await;
        assert_eq!(code(outcome), expected, "{in_response_to:?}");
    }
    assert_eq!(code(fixture.login(|_| {}).await), None);
}

#[tokio::test]
async fn si_58_an_answer_to_an_earlier_login_is_refused() {
    let fixture = Fixture::new();
    let (earlier, later) = (fixture.begun().await, fixture.begun().await);
    let callback = Said::to(&earlier).callback();
    let outcome = fixture.finish(&later, callback.clone()).await;
    assert_eq!(code(outcome), Some("in_response_to_mismatch"));
    assert_eq!(code(fixture.finish(&earlier, callback).await), None);
}

/// The engine consumes the mark; two answers with the same assertion have the same mark, also when they differ
/// elsewhere.
#[tokio::test]
async fn si_62_a_posted_again_assertion_has_the_same_mark() {
    let fixture = Fixture::new();
    let begun = fixture.begun().await;
    let mut marks = Vec::new();
    for sign in [Sign::Assertion, Sign::Both] {
        let mut said = Said::to(&begun);
        said.sign = sign;
        let callback = said.callback();
        for _ in 0..2 {
            marks.push(
                fixture
                    .finish(&begun, callback.clone())
                    .await
                    .unwrap()
                    .once
                    .unwrap(),
            );
        }
    }
    let expected = ReplayMark {
        purpose: ReplayPurpose::SamlAssertion,
        owner: IDP.into(),
        value: "_assertion-1".into(),
        keep_until: now() + TimeDelta::seconds(360),
    };
    assert!(marks.iter().all(|mark| *mark == expected), "{marks:?}");
    let other = fixture
        .login(|said| said.assertion_id = "_assertion-2".into())
        .await
        .unwrap();
    assert_ne!(other.once, Some(expected));
}

#[tokio::test]
async fn si_66_67_another_providers_word_is_not_taken() {
    let fixture = Fixture::new();
    type Case = (&'static str, fn(&mut Said), Option<&'static str>);
    let cases: [Case; 6] = [
        ("control", |_| {}, None),
        (
            "B's assertion, B's key",
            |said| {
                said.issuer = "https://b.test".into();
                said.key = &OTHER_KEY;
            },
            Some("issuer_mismatch"),
        ),
        (
            "B's key, issuer A",
            |said| said.key = &OTHER_KEY,
            Some("signature_mismatch"),
        ),
        (
            "issuer with white space",
            |said| said.issuer = format!(" {IDP}"),
            Some("issuer_mismatch"),
        ),
        (
            "for B's audience",
            |said| said.audience = "https://sso.test/upstream/b/saml/metadata".into(),
            Some("audience_mismatch"),
        ),
        (
            "to B's address",
            |said| said.acs_url = "https://sso.test/upstream/b/saml/acs".into(),
            Some("destination_mismatch"),
        ),
    ];
    for (name, change, expected) in cases {
        assert_eq!(code(fixture.login(change).await), expected, "{name}");
    }
}

/// A memo of a login that asked A, brought to an adapter whose metadata now describes B.
#[tokio::test]
async fn si_67_the_provider_that_was_asked_must_answer() {
    let begun = Fixture::new().begun().await;
    let other = Fixture::with(settings(MetadataPlace::Inline(metadata(
        "https://b.test",
        &[&OTHER_KEY],
        false,
    ))));
    let mut said = Said::to(&begun);
    said.issuer = "https://b.test".into();
    said.key = &OTHER_KEY;
    assert_eq!(
        code(other.finish(&begun, said.callback()).await),
        Some("idp_changed")
    );
}

#[tokio::test]
async fn an_answer_to_another_login_or_by_another_way_is_refused() {
    let fixture = Fixture::new();
    let outcome = fixture
        .login(|said| said.relay_state = "handle-2".into())
        .await;
    assert_eq!(code(outcome), Some("relay_state_mismatch"));
    let begun = fixture.begun().await;
    let by_get = Callback {
        query: "SAMLResponse=abc".into(),
        form: None,
    };
    assert_eq!(
        code(fixture.finish(&begun, by_get.clone()).await),
        Some("binding_post_required")
    );
    assert_eq!(fixture.upstream.handle_in(&by_get), None);
    let request = Callback {
        query: String::new(),
        form: Some("SAMLRequest=YQ%3D%3D&RelayState=handle-1".into()),
    };
    assert_eq!(
        code(fixture.finish(&begun, request).await),
        Some("not_a_response")
    );
}

/// What was asked for `exact` is what must have happened; nothing is read into the word of a provider that was not
/// asked.
#[tokio::test]
async fn ac_01_a_weaker_context_than_was_asked_for_is_refused() {
    let password = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
    let refeds = "https://refeds.org/profile/mfa";
    let asking = |comparison, class_refs: &[&str]| {
        let mut settings = settings(MetadataPlace::Inline(metadata(IDP, &[&IDP_KEY], false)));
        settings.requested_authn_context = Some(RequestedAuthnContext {
            comparison,
            class_refs: class_refs.iter().map(|uri| (*uri).to_owned()).collect(),
        });
        Fixture::with(settings)
    };
    // The provider says that it was a password.
    for (comparison, class_refs, expected) in [
        (Comparison::Exact, vec![refeds], Some("authn_context_unmet")),
        (Comparison::Exact, vec![refeds, password], None),
        (Comparison::Exact, vec![password], None),
        (
            Comparison::Exact,
            vec!["urn:oasis:names:tc:SAML:2.0:ac:classes:passwordprotectedtransport"],
            Some("authn_context_unmet"),
        ),
        (Comparison::Minimum, vec![refeds], None),
    ] {
        let outcome = asking(comparison, &class_refs).login(|_| {}).await;
        assert_eq!(code(outcome), expected, "{comparison:?} {class_refs:?}");
    }
}

#[tokio::test]
async fn so_06_names_stay_names() {
    let hostile = r#"</saml:NameID><saml:NameID>admin<!-- --> & "'<]]>"#;
    let outcome = Fixture::new()
        .login(|said| {
            said.name_id = hostile.into();
            said.attributes = vec![attribute("groups", &[hostile])];
        })
        .await
        .unwrap();
    assert_eq!(outcome.subject.value, hostile);
    assert_eq!(outcome.attributes["groups"], [hostile]);
}

#[tokio::test]
async fn a_refusal_is_told_in_words() {
    let fixture = Fixture::new();
    for (reason, message, expected) in [
        (Reason::NoAuthnContext, None, "upstream_no_authn_context"),
        (Reason::AuthnFailed, None, "upstream_authn_failed"),
        (
            Reason::RequestDenied,
            Some("MSIS7070: no"),
            "upstream_name_id_policy",
        ),
    ] {
        let begun = fixture.begun().await;
        let said = Said::to(&begun);
        let mut refusal = Refusal::because(reason);
        refusal.message = message;
        let response = said.reply().refuse(&refusal, &IDP_KEY).unwrap();
        let error = fixture
            .finish(&begun, said.posted(response.as_str()))
            .await
            .unwrap_err();
        assert!(matches!(error, UpstreamError::Refused { .. }), "{error}");
        assert_eq!(error.code(), expected);
    }
}

#[tokio::test]
async fn what_our_logins_ask_beyond_the_protocol() {
    let fixture = Fixture::new();
    let link = "http://schemas.microsoft.com/claims/groups.link";
    let outcome = fixture
        .login(|said| said.attributes = vec![attribute(link, &["https://graph"])])
        .await;
    assert_eq!(code(outcome), Some("groups_elsewhere"));
}

#[tokio::test]
async fn so_08_anew_means_after_the_login_began() {
    let fixture = Fixture::new();
    for (age, expected) in [(60, None), (61, Some("authn_not_anew"))] {
        let begun = fixture
            .begin(|request| request.force_authn = true)
            .await
            .unwrap();
        let mut said = Said::to(&begun);
        said.authn_instant = now() - TimeDelta::seconds(age);
        assert_eq!(
            code(fixture.finish(&begun, said.callback()).await),
            expected,
            "{age}"
        );
    }
}

/// With our current key, and the one before it.
fn decrypting() -> SamlSettings {
    SamlSettings {
        decryption_keys: DECRYPTION_KEYS[..2].to_vec(),
        offer_encryption: true,
        ..settings(MetadataPlace::Inline(metadata(IDP, &[&IDP_KEY], false)))
    }
}

#[tokio::test]
async fn si_73_encrypted_assertions_count_for_a_signature() {
    let fixture = Fixture::with(decrypting());
    let keys = &*DECRYPTION_KEYS;
    for sign in [Sign::Assertion, Sign::Response, Sign::Both] {
        for (key, expected) in [
            (&keys[0], None),
            (&keys[1], None),
            (&keys[2], Some("decryption_failed")),
        ] {
            let outcome = fixture
                .login(|said| {
                    said.sign = sign;
                    said.encrypt_for = Some(key);
                })
                .await;
            assert_eq!(code(outcome), expected, "{sign:?}");
        }
    }
    let outcome = fixture
        .login(|said| {
            said.encrypt_for = Some(&keys[0]);
            said.key = &OTHER_KEY;
        })
        .await;
    assert_eq!(code(outcome), Some("signature_mismatch"));
    let without = Fixture::new();
    let outcome = without
        .login(|said| said.encrypt_for = Some(&keys[0]))
        .await;
    assert_eq!(code(outcome), Some("encrypted_not_configured"));
}

#[tokio::test]
async fn si_62b_encrypted_anew_it_has_the_same_mark() {
    let fixture = Fixture::with(decrypting());
    let begun = fixture.begun().await;
    let mut marks = Vec::new();
    for key in [None, Some(&DECRYPTION_KEYS[0]), Some(&DECRYPTION_KEYS[1])] {
        let mut said = Said::to(&begun);
        said.encrypt_for = key;
        let identity = fixture.finish(&begun, said.callback()).await.unwrap();
        marks.push(identity.once.unwrap());
    }
    assert!(marks.iter().all(|mark| *mark == marks[0]), "{marks:?}");
}

#[tokio::test]
async fn a_response_that_must_be_signed_as_a_whole() {
    let fixture = Fixture::with(SamlSettings {
        require_signed_response: true,
        ..decrypting()
    });
    for (sign, expected) in [
        (Sign::Assertion, Some("response_signature_missing")),
        (Sign::Both, None),
    ] {
        let outcome = fixture.login(|said| said.sign = sign).await;
        assert_eq!(code(outcome), expected);
    }
}

#[test]
fn decryption_keys_are_published_where_encryption_is_offered() {
    let published = |change: fn(&mut SamlSettings)| {
        let mut settings = decrypting();
        change(&mut settings);
        let metadata = Fixture::with(settings).upstream.sp_metadata().unwrap();
        let source = vestibule_saml::metadata::Source::trusted(metadata.as_bytes());
        let read = vestibule_saml::metadata::SpMetadata::parse(&source).unwrap();
        let keys = read.encryption_keys.iter();
        let names = keys.map(|key| {
            let own = DECRYPTION_KEYS
                .iter()
                .position(|own| own.certificate_der() == key.certificate_der());
            own.unwrap()
        });
        (
            names.collect::<Vec<_>>(),
            metadata.contains("aes128-cbc"),
            metadata.contains("aes256-gcm"),
        )
    };
    // The current one first: many providers take the first.
    assert_eq!(published(|_| {}), (vec![0, 1], false, true));
    assert_eq!(
        published(|it| it.danger_accept_cbc = true),
        (vec![0, 1], true, true)
    );
    assert_eq!(
        published(|it| it.offer_encryption = false),
        (vec![], false, false)
    );
    let nothing = SamlSettings {
        decryption_keys: Vec::new(),
        ..decrypting()
    };
    let made = SamlUpstream::new(
        nothing,
        Arc::new(FakeHttp::default()),
        Arc::new(Counter::default()),
    );
    assert_eq!(made.err(), Some(SamlSettingsError::DecryptionKey));
}

#[tokio::test]
async fn remedies_stand_beside_the_cause() {
    let fixture = Fixture::new();
    let error = fixture
        .login(|said| said.at -= TimeDelta::minutes(20))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("clocks"), "{error}");
    let error = fixture
        .login(|said| said.audience = "x".into())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("entity ID"), "{error}");
    let error = Fixture::with(decrypting())
        .login(|said| said.encrypt_for = Some(&DECRYPTION_KEYS[2]))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("read our metadata again"),
        "{error}"
    );
}
