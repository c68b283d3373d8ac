//! A person leaves: our request to the provider, and its answer (attack rows SR).

use vestibule_core::{
    logout::Heard,
    port::Leaving,
    request::Reply as CoreReply,
    upstream_logout::{Carrier, UpstreamMessage},
};
use vestibule_saml::{
    binding::{Binding, Delivery, Received},
    issue::{Blame, Reason, Refusal},
    logout::{
        AcceptedLogout, AcceptedLogoutRequest, LogoutPeer, LogoutReceiver, LogoutResponse,
        LogoutStatus, ParsedLogout,
    },
};

use super::{
    logout::{SLO, THEIR_SLO, brought, logout_settings, their_metadata, told},
    *,
};

const HANDLE: &str = "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh";

fn service(binding: Binding) -> SingleLogoutService {
    SingleLogoutService {
        binding,
        location: THEIR_SLO.to_owned(),
        response_location: None,
    }
}

fn fixture() -> Fixture {
    Fixture::with(logout_settings(vec![service(Binding::Redirect)]))
}

/// As with `logout: none`.
fn unwanted() -> SamlSettings {
    SamlSettings {
        sign_out_there: false,
        ..logout_settings(vec![service(Binding::Redirect)])
    }
}

/// What is kept of a login.
async fn known_by(fixture: &Fixture) -> Memo {
    let identity = fixture.login(|_| {}).await.unwrap();
    identity.for_logout.unwrap()
}

async fn leaves(fixture: &Fixture, known_by: &Memo) -> Result<CoreReply, UpstreamError> {
    let leaving = Leaving {
        handle: HANDLE,
        known_by,
        now: now(),
    };
    fixture.upstream.sign_off().unwrap().leave(leaving).await
}

fn can_be_left(fixture: &Fixture) -> bool {
    fixture.upstream.sign_off().unwrap().can_be_left()
}

/// The provider reads what the browser brought.
fn read_there(reply: CoreReply) -> (Binding, AcceptedLogoutRequest) {
    let received = match reply {
        CoreReply::Redirect(url) => {
            Received::Redirect(redirect::decode(url.query().unwrap()).unwrap())
        }
        CoreReply::PostForm { action, fields } => {
            assert_eq!(action.as_str(), THEIR_SLO);
            Received::Post(post::decode(form(&fields).as_bytes()).unwrap())
        }
    };
    let binding = received.binding();
    let peer = LogoutPeer {
        entity_id: SP,
        signing_keys: &[OUR_KEY.verifying_key().unwrap()],
        danger_accept_unsigned: false,
        danger_accept_sha1: false,
    };
    let receiver = LogoutReceiver {
        entity_id: IDP,
        slo_url: THEIR_SLO,
        decryption: Decryption::default(),
        now: now(),
        skew: Skew::default(),
    };
    let parsed = ParsedLogout::parse(received).unwrap();
    match parsed.accept(&peer, &receiver).unwrap() {
        AcceptedLogout::Request(request) => (binding, request),
        AcceptedLogout::Response(_) => panic!("a request was expected"),
    }
}

#[tokio::test]
async fn the_request_is_signed_and_names_the_person_and_the_session_as_the_provider_did() {
    for bindings in [
        &[Binding::Redirect][..],
        &[Binding::Post],
        &[Binding::Post, Binding::Redirect],
    ] {
        let services = bindings.iter().copied().map(service).collect();
        let fixture = Fixture::with(logout_settings(services));
        let known_by = known_by(&fixture).await;
        let (binding, request) = read_there(leaves(&fixture, &known_by).await.unwrap());
        // By redirect if there is a choice: the provider's own cookie comes along.
        let expect = match bindings {
            [only] => *only,
            _ => Binding::Redirect,
        };
        assert_eq!(binding, expect);
        assert!(request.signed);
        assert_eq!(request.id, format!("_{HANDLE}"));
        let name = &request.name_id;
        assert_eq!(name.value, "alice");
        assert_eq!(
            name.format,
            "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
        );
        assert_eq!(name.name_qualifier.as_deref(), Some(IDP));
        assert_eq!(name.sp_name_qualifier.as_deref(), Some(SP));
        assert_eq!(request.session_indexes, ["_session-1"]);
        assert_eq!(
            request.reason.as_deref(),
            Some("urn:oasis:names:tc:SAML:2.0:logout:user")
        );
    }
}

/// The session's own name is known all the same: by that the provider ends it here.
#[tokio::test]
async fn of_a_login_nothing_is_kept_for_what_is_not_wanted() {
    for (settings, is_kept) in [
        (unwanted(), false),
        (logout_settings(vec![service(Binding::Redirect)]), true),
    ] {
        let identity = Fixture::with(settings).login(|_| {}).await.unwrap();
        assert_eq!(identity.for_logout.is_some(), is_kept);
        assert_eq!(identity.session.as_deref(), Some("_session-1"));
    }
}

#[tokio::test]
async fn where_it_cannot_be_told_that_is_said_with_the_remedy() {
    let known = known_by(&fixture()).await;
    let nowhere = Fixture::with(logout_settings(Vec::new()));
    let keyless = Fixture::with(SamlSettings {
        keys: None,
        ..logout_settings(vec![service(Binding::Redirect)])
    });
    let another = metadata("https://new.test", &[&IDP_KEY], false);
    let unwanted = Fixture::with(unwanted());
    let exchanged = Fixture::with(SamlSettings {
        sign_out_there: true,
        keys: Some(SpKeys::only(OUR_KEY.clone()).ring()),
        ..settings(MetadataPlace::Inline(another))
    });
    let other_memo = Memo::of(&"another adapter's").unwrap();
    let good = fixture();
    for (name, fixture, memo, expect, said) in [
        ("control", &good, &known, None, ""),
        (
            "no address",
            &nowhere,
            &known,
            Some("logout_unregistered"),
            "SingleLogoutService",
        ),
        (
            "no key",
            &keyless,
            &known,
            Some("logout_unregistered"),
            "no key",
        ),
        (
            "not wanted",
            &unwanted,
            &known,
            Some("logout_unregistered"),
            "`logout: none`",
        ),
        (
            "another provider",
            &exchanged,
            &known,
            Some("idp_changed"),
            "exchanged",
        ),
        (
            "another memo",
            &good,
            &other_memo,
            Some("memo_unreadable"),
            "",
        ),
    ] {
        let outcome = leaves(fixture, memo).await;
        let told = outcome.as_ref().err().map(ToString::to_string);
        assert!(told.unwrap_or_default().contains(said), "{name}");
        assert_eq!(code(outcome), expect, "{name}");
    }
    for (fixture, expect) in [
        (&good, true),
        (&nowhere, false),
        (&keyless, false),
        (&unwanted, false),
    ] {
        fixture.upstream.refresh(now()).await.unwrap();
        assert_eq!(can_be_left(fixture), expect);
    }
}

#[tokio::test]
async fn whether_it_can_be_left_is_known_without_asking_it() {
    let metadata = their_metadata(vec![service(Binding::Redirect)]);
    let fixture = Fixture::with(SamlSettings {
        sign_out_there: true,
        keys: Some(SpKeys::only(OUR_KEY.clone()).ring()),
        ..settings(by_address())
    });
    fixture.http.serve(METADATA, metadata);
    assert!(!can_be_left(&fixture), "nothing is known yet");
    assert_eq!(fixture.http.count(METADATA), 0);
    fixture.upstream.refresh(now()).await.unwrap();
    assert!(can_be_left(&fixture));
    assert_eq!(fixture.http.count(METADATA), 1);
}

fn answers() -> LogoutResponse<'static> {
    LogoutResponse {
        id: "_answer-1",
        issue_instant: now(),
        destination: SLO,
        issuer: IDP,
        in_response_to: "_hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh",
        status: LogoutStatus::Done,
    }
}

fn sent(answer: &LogoutResponse<'_>, binding: Binding, key: &SigningKey) -> Callback {
    let sent: Delivery = answer.send(binding, None, key).unwrap();
    brought(sent)
}

#[tokio::test]
async fn sr_b1_its_answer_says_which_request_it_answers_and_how_it_ended() {
    let fixture = fixture();
    let refusal = Refusal {
        blame: Blame::Responder,
        reason: Reason::RequestDenied,
        message: None,
    };
    for binding in [Binding::Redirect, Binding::Post] {
        for (status, expect) in [
            (LogoutStatus::Done, Heard::Done),
            (LogoutStatus::Partial, Heard::Partly),
            (LogoutStatus::Refused(refusal), Heard::Refused),
        ] {
            let answer = LogoutResponse {
                status,
                ..answers()
            };
            let said = told(&fixture, &sent(&answer, binding, &IDP_KEY)).await;
            let expect = UpstreamMessage::Answer {
                handle: HANDLE.to_owned(),
                heard: expect,
                is_signed: true,
            };
            assert_eq!(said, Ok(expect));
        }
    }
    let sign_off = fixture.upstream.sign_off().unwrap();
    assert!(!sign_off.comes_by(Carrier::Upstream));
}

#[tokio::test]
async fn sr_02_sr_03_sr_13_an_answer_that_the_provider_did_not_sign_and_send_here_is_none() {
    let fixture = fixture();
    let redirected =
        |answer: LogoutResponse<'_>, key: &SigningKey| sent(&answer, Binding::Redirect, key);
    let mut unsigned = redirected(answers(), &IDP_KEY);
    unsigned.query = unsigned.query.split("&SigAlg=").next().unwrap().to_owned();
    let mut changed = redirected(answers(), &IDP_KEY);
    changed.query = changed
        .query
        .replacen("&SigAlg=", "&RelayState=x&SigAlg=", 1);
    let elsewhere = LogoutResponse {
        destination: "https://sso.test/upstream/other/saml/slo",
        ..answers()
    };
    let another = LogoutResponse {
        issuer: "https://evil.test",
        ..answers()
    };
    let old = LogoutResponse {
        issue_instant: now() - TimeDelta::hours(1),
        ..answers()
    };
    for (name, message, expect) in [
        ("control", redirected(answers(), &IDP_KEY), None),
        ("SR-02: no signature", unsigned, Some("signature_missing")),
        ("SR-03: a RelayState", changed, Some("signature_mismatch")),
        (
            "SR-13: another key",
            redirected(answers(), &OTHER_KEY),
            Some("signature_mismatch"),
        ),
        (
            "another address",
            redirected(elsewhere, &IDP_KEY),
            Some("destination_mismatch"),
        ),
        (
            "another issuer",
            redirected(another, &IDP_KEY),
            Some("issuer_mismatch"),
        ),
        (
            "an old one",
            redirected(old, &IDP_KEY),
            Some("issued_too_long_ago"),
        ),
    ] {
        assert_eq!(code(told(&fixture, &message).await), expect, "{name}");
    }
    // One to a request that is none of ours has no handle of ours.
    let foreign = LogoutResponse {
        in_response_to: "id-1",
        ..answers()
    };
    let said = told(&fixture, &redirected(foreign, &IDP_KEY)).await;
    assert!(
        matches!(&said, Ok(UpstreamMessage::Answer { handle, .. }) if handle.is_empty()),
        "{said:?}"
    );
}
