//! Logout messages as a strict application sends and reads them (attack rows SR).

use vestibule_core::{
    logout::{Heard, LogoutRequest, Standing, Way},
    port::{LogoutAnswer, LogoutMessage, Notification, SignOff, Telling},
};
use vestibule_saml::{
    authn_request::AuthnRequest,
    binding::{Binding, Delivery},
    encryption::Decryption,
    issue::NameId,
    logout::{
        AcceptedLogout, LogoutOutcome, LogoutPeer, LogoutReason, LogoutReceiver,
        LogoutRequest as Wanted, LogoutResponse, LogoutStatus, ParsedLogout,
    },
    metadata::SingleLogoutService,
};

use super::{house::*, *};
use crate::conformance::{grant, identity, now};

const WIKI_SLO: &str = "https://wiki.test/slo";
const HANDLE: &str = "0123456789012345678901234567890123456789012";

/// The wiki takes logout messages, Atlassian does not.
fn with_logout() -> SamlIdp {
    idp(|settings| {
        let wiki = settings.apps.get_mut(&app_id("wiki")).unwrap();
        wiki.sp.single_logout = SingleLogoutService::everywhere(WIKI_SLO);
    })
}

/// What the wiki was told of somebody, and the name and the session that it knows.
async fn told(idp: &SamlIdp) -> (Memo, String, String) {
    let asked = AuthnRequest {
        issuer: WIKI,
        acs_url: WIKI_ACS,
        ..wanted()
    };
    let incoming = by_redirect(&asked, Some(&APP_KEY));
    let request = idp.receive(&incoming, now()).await.unwrap();
    let answered = Downstream::answer(idp, grant(request, identity(), true)).await;
    let memo = answered.unwrap().told.unwrap();
    let told: KnownAs = memo.read().unwrap();
    (memo, told.name_id, told.session_index)
}

/// A request of the wiki.
fn asks(name: &str, sessions: &[&str], key: &SigningKey) -> Incoming {
    let request = Wanted {
        id: "_logout-1",
        issue_instant: now(),
        destination: SLO,
        issuer: WIKI,
        name_id: NameId {
            value: name,
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        session_indexes: sessions,
        reason: Some(LogoutReason::User),
        not_on_or_after: None,
    };
    incoming(&request.send(Binding::Redirect, Some("there"), key).unwrap())
}

fn incoming(delivery: &Delivery) -> Incoming {
    let Delivery::Redirect(address) = delivery else {
        panic!("{delivery:?}")
    };
    Incoming {
        query: address.split_once('?').unwrap().1.to_owned(),
        form: None,
    }
}

fn without(incoming: &Incoming, names: &[&str]) -> Incoming {
    let kept = incoming.query.split('&').filter(|pair| {
        let name = pair.split('=').next().unwrap();
        !names.contains(&name)
    });
    Incoming {
        query: kept.collect::<Vec<_>>().join("&"),
        form: None,
    }
}

async fn request_of(idp: &SamlIdp, incoming: &Incoming) -> Result<LogoutRequest, &'static str> {
    match idp.hear(incoming, now()).await {
        Ok(LogoutMessage::Request { request, once }) => {
            assert!(once.is_some(), "it counts once");
            Ok(request)
        }
        Ok(other) => panic!("{other:?}"),
        Err(rejection) => Err(rejection.code),
    }
}

/// What we send, read as the wiki reads it.
fn read_by_wiki(reply: &Reply) -> AcceptedLogout {
    let Reply::Redirect(url) = reply else {
        panic!("{reply:?}")
    };
    assert!(url.as_str().starts_with(WIKI_SLO), "{url}");
    let message = redirect::decode(url.query().unwrap()).unwrap();
    let keys = [OUR_KEY.verifying_key().unwrap()];
    let peer = LogoutPeer {
        entity_id: IDP,
        signing_keys: &keys,
        danger_accept_unsigned: false,
        danger_accept_sha1: false,
    };
    let receiver = LogoutReceiver {
        entity_id: WIKI,
        slo_url: WIKI_SLO,
        decryption: Decryption::default(),
        now: now(),
        skew: Skew::default(),
    };
    let parsed = ParsedLogout::parse(Received::Redirect(message)).unwrap();
    parsed.accept(&peer, &receiver).unwrap()
}

#[tokio::test]
async fn sr_01_sr_13_a_logout_request_counts_with_the_applications_signature_only() {
    let idp = with_logout();
    let good = asks("alice@acme.example", &[], &APP_KEY);
    assert!(request_of(&idp, &good).await.is_ok(), "benign control");
    let bad = [
        (
            without(&good, &["Signature", "SigAlg"]),
            "signature_missing",
        ),
        (
            without(&good, &["Signature"]),
            "binding_signature_incomplete",
        ),
        (without(&good, &["RelayState"]), "signature_mismatch"),
        (
            asks("alice@acme.example", &[], &OTHER_KEY),
            "signature_mismatch",
        ),
    ];
    for (incoming, code) in bad {
        assert_eq!(request_of(&idp, &incoming).await, Err(code), "{code}");
    }
}

#[tokio::test]
async fn sr_another_session_and_another_name_are_not_meant() {
    let idp = with_logout();
    let (memo, name, session) = told(&idp).await;
    assert_eq!(idp.known_as(&memo), Some(session.clone()));
    for (name, sessions, expect) in [
        (name.as_str(), vec![session.as_str()], true),
        (&name, vec![], true),
        (&name, vec!["_other", &session], true),
        (&name, vec!["_other"], false),
        ("mallory@acme.example", vec![&session], false),
        ("mallory@acme.example", vec![], false),
    ] {
        let request = request_of(&idp, &asks(name, &sessions, &APP_KEY)).await;
        let request = request.unwrap();
        assert_eq!(request.standing, Standing::Proven);
        assert_eq!(idp.is_about(&request, &memo), expect, "{name} {sessions:?}");
    }
}

#[tokio::test]
async fn an_application_is_told_by_the_name_that_it_knows_and_its_answer_is_taken() {
    let idp = with_logout();
    let (memo, name, session) = told(&idp).await;
    let wiki = app_id("wiki");
    assert_eq!(idp.way(&wiki, &memo), Way::Visit);
    assert_eq!(idp.way(&app_id("atlassian"), &memo), Way::Nothing);
    let telling = Telling {
        app: &wiki,
        told: &memo,
        handle: HANDLE,
        now: now(),
    };
    let Ok(Notification::Visit(reply)) = idp.tell(telling).await else {
        panic!("the browser goes there")
    };
    let AcceptedLogout::Request(request) = read_by_wiki(&reply) else {
        panic!("a request")
    };
    assert_eq!(request.id, format!("_{HANDLE}"));
    assert_eq!(request.name_id.value, name);
    assert_eq!(request.session_indexes, [session]);
    for (status, expect) in [
        (LogoutStatus::Done, Heard::Done),
        (LogoutStatus::Partial, Heard::Partly),
        (
            LogoutStatus::Refused(issue::Refusal::because(Reason::RequestDenied)),
            Heard::Refused,
        ),
    ] {
        let response = LogoutResponse {
            id: "_answer",
            issue_instant: now(),
            destination: SLO,
            issuer: WIKI,
            in_response_to: &request.id,
            status,
        };
        let sent = response.send(Binding::Redirect, None, &APP_KEY).unwrap();
        let heard = idp.hear(&incoming(&sent), now()).await.unwrap();
        let expected = LogoutMessage::Answer {
            app: wiki.clone(),
            handle: HANDLE.to_owned(),
            heard: expect,
        };
        assert_eq!(heard, expected);
    }
}

#[tokio::test]
async fn whoever_asked_hears_whether_everybody_was_told() {
    let idp = with_logout();
    let asked = asks("alice@acme.example", &[], &APP_KEY);
    let request = request_of(&idp, &asked).await.unwrap();
    for (is_complete, expect) in [(true, LogoutOutcome::Done), (false, LogoutOutcome::Partial)] {
        let answer = LogoutAnswer {
            app: request.app.as_ref(),
            reply: &request.reply,
            is_complete,
            now: now(),
        };
        let reply = idp.answer_logout(answer).await;
        let AcceptedLogout::Response(response) = read_by_wiki(&reply) else {
            panic!("an answer")
        };
        assert_eq!(response.relay_state.as_deref(), Some("there"));
        assert_eq!(response.outcome_of("_logout-1"), Ok(&expect));
    }
}

impl SamlIdp {
    async fn answer_logout(&self, answer: LogoutAnswer<'_>) -> Reply {
        SignOff::answer(self, answer).await.unwrap().unwrap()
    }
}
