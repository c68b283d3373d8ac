//! Single Logout between parties in good order: what one sends the other understands, on both bindings and in both
//! roles.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod keys;
mod parties;

use chrono::TimeDelta;
use vestibule_saml::{
    binding::{Binding, Delivery, MessageKind},
    crypto::{
        generate::{CertificateProfile, RsaSize},
        sign::SigningKey,
    },
    issue::{NameId, Reason, Refusal},
    logout::{
        AcceptedLogout, LogoutKind, LogoutOutcome, LogoutPeer, LogoutReason, LogoutReceiver,
        LogoutRequest, LogoutResponse, LogoutStatus, Namespaces, ParsedLogout,
    },
    response::NameId as ReadNameId,
};

use self::{
    keys::{EC, RSA, now, verifying},
    parties::{
        ALICE, EMAIL, PEER, US, accepted_request, accepted_response, received, receiver,
        redirected, request, response,
    },
};

const BINDINGS: [Binding; 2] = [Binding::Post, Binding::Redirect];
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";

#[test]
fn sr_b1_so_03_a_signed_request_says_all_that_was_meant() {
    for (binding, key) in BINDINGS
        .into_iter()
        .flat_map(|it| [(it, &*RSA), (it, &*EC)])
    {
        let asked = LogoutRequest {
            name_id: NameId {
                value: " p-1 & <x> ",
                format: Some(PERSISTENT),
                name_qualifier: Some(US),
                sp_name_qualifier: Some(PEER),
            },
            session_indexes: &["_s1", "_s2"],
            reason: Some(LogoutReason::Admin),
            ..request()
        };
        let sent = asked.send(binding, Some("run-1"), key).unwrap();
        assert_eq!(sent.binding(), binding);
        let arrived = received(&sent);
        assert_eq!(
            (arrived.binding(), arrived.kind()),
            (binding, MessageKind::Request)
        );
        let parsed = ParsedLogout::parse(arrived.clone()).unwrap();
        assert_eq!(
            (parsed.kind(), parsed.claimed_issuer()),
            (LogoutKind::Request, PEER)
        );
        let read = accepted_request(arrived);
        assert_eq!((read.id.as_str(), read.issuer.as_str()), ("_l1", PEER));
        assert_eq!(read.issue_instant, now());
        assert_eq!(read.name_id.value, " p-1 & <x> ");
        assert_eq!(read.name_id.format, PERSISTENT);
        assert_eq!(read.name_id.name_qualifier.as_deref(), Some(US));
        assert_eq!(read.name_id.sp_name_qualifier.as_deref(), Some(PEER));
        assert_eq!(read.session_indexes, ["_s1", "_s2"]);
        assert_eq!(read.reason.as_deref(), Some(LogoutReason::Admin.uri()));
        assert_eq!(read.relay_state.as_deref(), Some("run-1"));
        assert!(read.signed && !read.asynchronous);
        assert!(!format!("{read:?}").contains("p-1"), "{read:?}");
    }
}

#[test]
fn sr_b1_so_03_an_answer_says_how_it_went_to_whoever_asked() {
    let denied = Refusal::because(Reason::RequestDenied).with_message("not today");
    let unknown = Refusal::because(Reason::UnknownPrincipal);
    for (status, expected) in [
        (LogoutStatus::Done, "done"),
        (LogoutStatus::Partial, "partial"),
        (
            LogoutStatus::Refused(denied),
            "urn:oasis:names:tc:SAML:2.0:status:Responder, urn:oasis:names:tc:SAML:2.0:status:RequestDenied, \"not today\"",
        ),
        (
            LogoutStatus::Refused(unknown),
            "urn:oasis:names:tc:SAML:2.0:status:Requester, urn:oasis:names:tc:SAML:2.0:status:UnknownPrincipal",
        ),
    ] {
        for (binding, key) in BINDINGS
            .into_iter()
            .flat_map(|it| [(it, &*RSA), (it, &*EC)])
        {
            // What comes back with an answer was ours.
            let sent = LogoutResponse {
                status,
                ..response()
            }
            .send(binding, Some("run-1"), key);
            let read = accepted_response(received(&sent.unwrap()));
            assert_eq!((read.id.as_str(), read.issuer.as_str()), ("_l2", PEER));
            assert_eq!(read.in_response_to, "_q1");
            assert_eq!(read.relay_state.as_deref(), Some("run-1"));
            assert!(read.signed);
            let told = match read.outcome_of("_q1").unwrap() {
                LogoutOutcome::Done => "done".to_owned(),
                LogoutOutcome::Partial => "partial".to_owned(),
                LogoutOutcome::Refused(status) => status.to_string(),
            };
            assert_eq!(told, expected);
        }
    }
}

#[test]
fn partial_logout_is_understood_under_any_top_level_code() {
    let code = |uri: &str| format!("urn:oasis:names:tc:SAML:2.0:status:{uri}");
    let sent = response().send(Binding::Redirect, None, &EC).unwrap();
    let xml = String::from_utf8(received(&sent).xml().to_vec()).unwrap();
    let (plain, nested) = ("Success\"/>", "PartialLogout\"/></samlp:StatusCode>");
    assert!(xml.contains(plain), "{xml}");
    for top in ["Success", "Responder", "Requester"] {
        let inner = format!("{top}\"><samlp:StatusCode Value=\"{}", code(nested));
        let partial = xml.replace(plain, &inner);
        let read = accepted_response(redirected(MessageKind::Response, &partial, Some(&EC)));
        assert_eq!(read.outcome_of("_q1"), Ok(&LogoutOutcome::Partial), "{top}");
    }
}

#[test]
fn the_same_messages_serve_both_roles() {
    const THEIRS: &str = "https://idp.example/slo/redirect?realm=a";
    const OURS: &str = "https://sso.example/upstream/a/saml/slo";
    // As an identity provider we ask an application; as a service provider we answer an identity provider.
    for (from, to, address) in [(US, PEER, THEIRS), (PEER, US, OURS)] {
        let keys = [verifying(&EC)];
        let peer = LogoutPeer {
            entity_id: from,
            ..parties::peer(&keys)
        };
        let there = LogoutReceiver {
            entity_id: to,
            slo_url: address,
            ..receiver()
        };
        for binding in BINDINGS {
            let request = LogoutRequest {
                issuer: from,
                destination: address,
                ..request()
            };
            let response = LogoutResponse {
                issuer: from,
                destination: address,
                ..response()
            };
            let sent = [
                request.send(binding, None, &EC).unwrap(),
                response.send(binding, None, &EC).unwrap(),
            ];
            for sent in sent {
                let arrived = match &sent {
                    // The address has a query of its own.
                    Delivery::Redirect(url) if from == US => {
                        let own = format!("{THEIRS}&");
                        parties::by_query(url.strip_prefix(&own).unwrap())
                    }
                    sent => received(sent),
                };
                let parsed = ParsedLogout::parse(arrived).unwrap();
                parsed.accept(&peer, &there).unwrap();
            }
        }
    }
}

#[test]
fn relay_states_are_bounded_by_whose_they_are() {
    let (ours, theirs) = ("r".repeat(80), "r".repeat(1024));
    for binding in BINDINGS {
        assert!(request().send(binding, Some(&ours), &EC).is_ok());
        let error = request().send(binding, Some(&theirs), &EC).unwrap_err();
        assert_eq!(error.code(), "binding_relay_state_too_long");
        assert!(response().send(binding, Some(&theirs), &EC).is_ok());
    }
}

#[test]
fn a_replay_mark_is_kept_as_long_as_the_request_would_be_taken() {
    let minutes = TimeDelta::minutes;
    // Five minutes of age, or the end that it names, and one minute for the clocks.
    for (end, expected) in [
        (None, minutes(6)),
        (Some(minutes(2)), minutes(3)),
        (Some(minutes(60)), minutes(6)),
    ] {
        let asked = LogoutRequest {
            not_on_or_after: end.map(|end| now() + end),
            ..request()
        };
        let sent = asked.send(Binding::Redirect, None, &EC).unwrap();
        let read = accepted_request(received(&sent));
        assert_eq!(read.acceptable_until, now() + expected, "{end:?}");
        let keys = parties::keys();
        let verdict_at = |now| {
            let parsed = ParsedLogout::parse(received(&sent)).unwrap();
            let receiver = LogoutReceiver { now, ..receiver() };
            parsed.accept(&parties::peer(&keys), &receiver).is_ok()
        };
        assert!(
            verdict_at(read.acceptable_until - TimeDelta::seconds(1)),
            "{end:?}"
        );
        assert!(!verdict_at(read.acceptable_until), "{end:?}");
    }
}

#[test]
fn sessions_are_those_that_are_named_or_all() {
    for (named, session, expected) in [
        (&["_s1"][..], "_s1", true),
        (&["_s1"], "_s2", false),
        (&["_s1"], "", false),
        (&["_s1", "_s2"], "_s2", true),
        (&[], "_s2", true),
    ] {
        let asked = LogoutRequest {
            session_indexes: named,
            ..request()
        };
        let sent = asked.send(Binding::Post, None, &EC).unwrap();
        let read = accepted_request(received(&sent));
        assert_eq!(
            read.covers_session(session),
            expected,
            "{named:?} {session}"
        );
    }
}

#[test]
fn a_name_is_the_one_that_was_told() {
    let told = NameId {
        value: "p-1",
        format: Some(PERSISTENT),
        name_qualifier: Some(US),
        sp_name_qualifier: None,
    };
    let bare = NameId {
        format: None,
        name_qualifier: None,
        ..told
    };
    let unspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
    for (what, asked, expected) in [
        ("the same", told, true),
        ("value only", bare, true),
        (
            "unspecified",
            NameId {
                format: Some(unspecified),
                ..told
            },
            true,
        ),
        (
            "usual qualifiers",
            NameId {
                sp_name_qualifier: Some(PEER),
                ..told
            },
            true,
        ),
        (
            "another value",
            NameId {
                value: "p-2",
                ..told
            },
            false,
        ),
        (
            "another case",
            NameId {
                value: "P-1",
                ..told
            },
            false,
        ),
        (
            "white space",
            NameId {
                value: "p-1 ",
                ..told
            },
            false,
        ),
        (
            "another format",
            NameId {
                format: Some(EMAIL),
                ..told
            },
            false,
        ),
        (
            "another provider",
            NameId {
                name_qualifier: Some("urn:x"),
                ..told
            },
            false,
        ),
        (
            "another application",
            NameId {
                sp_name_qualifier: Some("urn:x"),
                ..told
            },
            false,
        ),
    ] {
        let asked = LogoutRequest {
            name_id: asked,
            ..request()
        };
        let sent = asked.send(Binding::Post, None, &EC).unwrap();
        let read = accepted_request(received(&sent));
        let within = Namespaces { idp: US, sp: PEER };
        assert_eq!(read.is_about(told, within), expected, "{what}");
    }
    // What an identity provider told us is what it is told back.
    let given = read_of(told);
    let asked = LogoutRequest {
        name_id: NameId::from(&given),
        ..request()
    };
    let sent = asked.send(Binding::Post, None, &EC).unwrap();
    assert_eq!(accepted_request(received(&sent)).name_id, given);
    // Who was told no format was told the unspecified one.
    let sent = request().send(Binding::Post, None, &EC).unwrap();
    let read = accepted_request(received(&sent));
    let told = NameId {
        format: None,
        ..ALICE
    };
    assert!(!read.is_about(told, Namespaces { idp: US, sp: PEER }));
}

/// The name as a reader has it.
fn read_of(name_id: NameId<'_>) -> ReadNameId {
    let asked = LogoutRequest {
        name_id,
        ..request()
    };
    accepted_request(received(&asked.send(Binding::Post, None, &EC).unwrap())).name_id
}

#[test]
fn who_wants_no_answer_says_so() {
    let sent = request().send(Binding::Redirect, None, &EC).unwrap();
    let xml = String::from_utf8(received(&sent).xml().to_vec()).unwrap();
    let extension = |inner: &str| {
        let extensions = format!("</saml:Issuer><samlp:Extensions>{inner}</samlp:Extensions>");
        xml.replacen("</saml:Issuer>", &extensions, 1)
    };
    for (inner, expected) in [
        (
            "<a:Asynchronous xmlns:a=\"urn:oasis:names:tc:SAML:2.0:protocol:ext:async-slo\"/>",
            true,
        ),
        ("<a:Asynchronous xmlns:a=\"urn:other\"/>", false),
        ("<a:Other xmlns:a=\"urn:other\"/>", false),
    ] {
        let arrived = redirected(MessageKind::Request, &extension(inner), Some(&EC));
        assert_eq!(accepted_request(arrived).asynchronous, expected, "{inner}");
    }
}

#[test]
fn so_16_every_kind_of_key_signs_and_the_old_one_counts_until_it_is_taken_away() {
    let profile = CertificateProfile::starting(now(), "rollover");
    let rsa = |size| SigningKey::generate_rsa(size, &profile).unwrap();
    let keys = [
        rsa(RsaSize::Bits2048),
        rsa(RsaSize::Bits3072),
        rsa(RsaSize::Bits4096),
        SigningKey::generate_ec_p256(&profile).unwrap(),
    ];
    let all: Vec<_> = keys.iter().map(verifying).collect();
    for (at, key) in keys.iter().enumerate() {
        for binding in BINDINGS {
            let sent = request().send(binding, None, key).unwrap();
            let judge = |keys: &[_]| {
                let parsed = ParsedLogout::parse(received(&sent)).unwrap();
                parsed.accept(&parties::peer(keys), &receiver())
            };
            assert!(
                matches!(judge(&all), Ok(AcceptedLogout::Request(_))),
                "{at} {binding:?}"
            );
            let mut others = all.clone();
            others.remove(at);
            let code = judge(&others).unwrap_err().code();
            assert!(
                ["key_mismatch", "signature_mismatch"].contains(&code),
                "{at}: {code}"
            );
        }
    }
}

#[test]
fn so_06_so_15_what_cannot_be_expressed_is_not_sent() {
    for (what, request, expected) in [
        (
            "id",
            LogoutRequest {
                id: "1",
                ..request()
            },
            "issue_id_invalid",
        ),
        (
            "issuer",
            LogoutRequest {
                issuer: "",
                ..request()
            },
            "issue_value_empty",
        ),
        (
            "name",
            LogoutRequest {
                name_id: NameId { value: "", ..ALICE },
                ..request()
            },
            "issue_value_empty",
        ),
        (
            "character",
            LogoutRequest {
                name_id: NameId {
                    value: "a\u{0}",
                    ..ALICE
                },
                ..request()
            },
            "xml_illegal_character",
        ),
        (
            "session",
            LogoutRequest {
                session_indexes: &["\u{fffe}"],
                ..request()
            },
            "xml_illegal_character",
        ),
        (
            "address",
            LogoutRequest {
                destination: "javascript:alert(1)",
                ..request()
            },
            "binding_address",
        ),
        (
            "no address",
            LogoutRequest {
                destination: "",
                ..request()
            },
            "issue_value_empty",
        ),
    ] {
        for binding in BINDINGS {
            let error = request.send(binding, None, &EC).unwrap_err();
            assert_eq!(error.code(), expected, "{what}");
        }
    }
    let nothing = LogoutResponse {
        in_response_to: "",
        ..response()
    };
    let error = nothing.send(Binding::Post, None, &EC).unwrap_err();
    assert_eq!(error.code(), "issue_value_empty");
}

#[test]
fn so_06_markup_in_names_and_sessions_stays_text() {
    let evil = "]]></saml:NameID><saml:NameID>admin<!---->&amp;\"'";
    for binding in BINDINGS {
        let asked = LogoutRequest {
            name_id: NameId {
                value: evil,
                format: Some(evil),
                ..ALICE
            },
            session_indexes: &["</samlp:SessionIndex>", "a\r\n\tb"],
            ..request()
        };
        let read = accepted_request(received(&asked.send(binding, None, &EC).unwrap()));
        assert_eq!(
            (read.name_id.value.as_str(), read.name_id.format.as_str()),
            (evil, evil)
        );
        assert_eq!(read.session_indexes, ["</samlp:SessionIndex>", "a\r\n\tb"]);
    }
}
