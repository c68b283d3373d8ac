//! Logout requests of relying parties, and what they are told (attack rows OI-220, OO-01).

use serde_json::Value;
use vestibule_core::{
    logout::{LogoutRequest, Standing, Way},
    port::{LogoutAnswer, LogoutMessage, Notification, Receipt, SignOff, Telling},
    request::Memo,
};
use vestibule_oidc::{
    jwks::Jwks,
    logout_token::{self, Expectation},
    provider::id_token::{HandedOut, IdTokenClaims},
    signing::{KeyKind, SigningKey},
};

use super::*;

const BACK: &str = "https://jira.test/out?done=1";
const CALL: &str = "https://jira.test/back-channel";

/// Jira is called; its browser may go back.
fn with_logout() -> House {
    house(|settings| {
        let jira = settings.apps.get_mut(&app_id(JIRA)).unwrap();
        jira.client.register_post_logout_redirect_uri(BACK).unwrap();
        jira.back_channel_logout = Some(CALL.parse().unwrap());
    })
}

async fn told(house: &House) -> (Memo, Value) {
    let request = house.request(JIRA, "one", "").await.unwrap();
    let memo = house.answer(request).await.unwrap().told.unwrap();
    let text: Value = memo.read().unwrap();
    (memo, text)
}

/// An ID token for this client, an hour past its time.
fn hint(client_id: &str, told: &Value) -> String {
    hint_by(&our_key(), client_id, told)
}

fn hint_by(key: &SigningKey, client_id: &str, told: &Value) -> String {
    let claims = IdTokenClaims {
        issuer: ISSUER,
        subject: told["sub"].as_str().unwrap(),
        client_id,
        other_audiences: &[],
        issued_at: now() - TimeDelta::hours(2),
        expires_at: now() - TimeDelta::hours(1),
        auth_time: now() - TimeDelta::hours(2),
        nonce: None,
        acr: None,
        amr: &[],
        session: told["sid"].as_str(),
        extra: Default::default(),
    };
    let nothing = HandedOut {
        access_token: None,
        code: None,
    };
    claims.mint(key, nothing).unwrap()
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

async fn heard(house: &House, pairs: &[(&str, &str)]) -> Result<LogoutRequest, &'static str> {
    let (get, post) = (
        by_get(encoded(pairs)),
        Incoming {
            query: String::new(),
            form: Some(encoded(pairs)),
        },
    );
    let mut all = Vec::new();
    for incoming in [get, post] {
        all.push(match house.provider.hear(&incoming, now()).await {
            Ok(LogoutMessage::Request { request, .. }) => Ok(request),
            Ok(other) => panic!("{other:?}"),
            Err(rejection) => Err(rejection.code),
        });
    }
    let (second, first) = (all.pop().unwrap(), all.pop().unwrap());
    assert_eq!(first, second, "by GET and by POST");
    first
}

async fn leads_to(house: &House, request: &LogoutRequest) -> Option<String> {
    let answer = LogoutAnswer {
        app: request.app.as_ref(),
        reply: &request.reply,
        is_complete: false,
        now: now(),
    };
    let reply = SignOff::answer(&house.provider, answer).await.unwrap();
    reply.map(|reply| match reply {
        Reply::Redirect(url) => url.to_string(),
        other => panic!("{other:?}"),
    })
}

#[tokio::test]
async fn oi_220_a_hint_speaks_for_its_own_session_and_an_old_one_is_a_hint_too() {
    let house = with_logout();
    let (memo, told) = told(&house).await;
    let token = hint(JIRA, &told);
    let asked = [
        ("id_token_hint", token.as_str()),
        ("post_logout_redirect_uri", BACK),
        ("state", "s 1"),
    ];
    let request = heard(&house, &asked).await.unwrap();
    assert_eq!(request.standing, Standing::Hinted);
    assert!(house.provider.is_about(&request, &memo));
    assert_eq!(
        leads_to(&house, &request).await.unwrap(),
        "https://jira.test/out?done=1&state=s+1"
    );
    for change in ["sub", "sid"] {
        let mut other = told.clone();
        other[change] = "somebody".into();
        let token = hint(JIRA, &other);
        let request = heard(&house, &[("id_token_hint", &token)]).await.unwrap();
        assert!(!house.provider.is_about(&request, &memo), "{change}");
    }
}

#[tokio::test]
async fn oi_220_without_a_hint_nothing_is_meant_and_the_person_is_asked() {
    let house = with_logout();
    let (memo, _) = told(&house).await;
    for asked in [
        vec![],
        vec![("client_id", JIRA)],
        vec![("client_id", JIRA), ("post_logout_redirect_uri", BACK)],
    ] {
        let request = heard(&house, &asked).await.unwrap();
        assert_eq!(request.standing, Standing::Unproven, "{asked:?}");
        assert!(!house.provider.is_about(&request, &memo));
    }
}

#[tokio::test]
async fn oi_220_a_hint_of_a_key_that_is_gone_proves_nothing_and_the_person_is_asked() {
    let house = with_logout();
    let (memo, told) = told(&house).await;
    let retired = SigningKey::from_pkcs8(&SigningKey::generate_pkcs8(KeyKind::P256).unwrap());
    let token = hint_by(&retired.unwrap(), JIRA, &told);
    for (more, client) in [(None, JIRA), (Some(("client_id", JIRA)), JIRA)] {
        let mut asked = vec![
            ("id_token_hint", token.as_str()),
            ("post_logout_redirect_uri", BACK),
        ];
        asked.extend(more);
        let request = heard(&house, &asked).await.unwrap();
        assert_eq!(request.standing, Standing::Unproven);
        assert_eq!(request.app, Some(app_id(client)));
        assert!(!house.provider.is_about(&request, &memo));
        assert!(request.sessions.is_empty());
    }
    // It leads nowhere else either.
    let elsewhere = [
        ("id_token_hint", token.as_str()),
        ("post_logout_redirect_uri", "https://evil.test/out"),
    ];
    assert_eq!(
        heard(&house, &elsewhere).await,
        Err("logout_request_unknown_redirect_uri")
    );
    // What one of our keys signed, and is changed, is refused as before.
    let good = hint(JIRA, &told);
    let (head, signature) = good.rsplit_once('.').unwrap();
    let changed = format!("{head}.{}", signature.chars().rev().collect::<String>());
    let refused = heard(&house, &[("id_token_hint", &changed)]).await;
    assert_eq!(refused, Err("logout_request_hint_invalid"));
}

#[tokio::test]
async fn oi_220_a_way_back_that_is_not_registered_leads_nowhere() {
    let house = with_logout();
    let (_, told) = told(&house).await;
    let token = hint(JIRA, &told);
    for uri in [
        "https://evil.test/out",
        "https://jira.test/out",
        "https://jira.test/out?done=1&x=1",
        "https://jira.test/out?done=1#x",
        "https://JIRA.test/out?done=1",
        "https://jira.test.evil.test/out?done=1",
        "https://jira.test/../out?done=1",
        "javascript:alert(1)",
        "//jira.test/out?done=1",
    ] {
        let asked = [
            ("id_token_hint", &*token),
            ("post_logout_redirect_uri", uri),
        ];
        let refused = heard(&house, &asked).await;
        assert_eq!(refused, Err("logout_request_unknown_redirect_uri"), "{uri}");
    }
    for (asked, code) in [
        (
            vec![("id_token_hint", "x.y.z")],
            "logout_request_hint_invalid",
        ),
        (
            vec![("id_token_hint", &*token), ("client_id", "another")],
            "logout_request_client_mismatch",
        ),
        (
            vec![("client_id", "nobody")],
            "logout_request_unknown_client",
        ),
        (
            vec![("post_logout_redirect_uri", BACK)],
            "logout_request_whose_redirect_uri",
        ),
    ] {
        assert_eq!(heard(&house, &asked).await, Err(code), "{asked:?}");
    }
}

#[tokio::test]
async fn an_application_is_called_with_a_token_that_another_reader_takes() {
    let house = with_logout();
    let (memo, told) = told(&house).await;
    let jira = app_id(JIRA);
    assert_eq!(house.provider.way(&jira, &memo), Way::Call);
    assert_eq!(
        house.provider.known_as(&memo).as_deref(),
        told["sid"].as_str()
    );
    let telling = Telling {
        app: &jira,
        told: &memo,
        handle: "",
        now: now(),
    };
    let Ok(Notification::Call { url, body }) = house.provider.tell(telling).await else {
        panic!("it is called")
    };
    assert_eq!(url.as_str(), CALL);
    let token = body.strip_prefix("logout_token=").unwrap();
    let keys = Jwks::parse(house.provider.jwks().as_bytes()).unwrap();
    let expectation = Expectation::new(ISSUER, JIRA, now());
    let verified = logout_token::verify(token, &expectation, &keys).unwrap();
    assert_eq!(verified.target().subject(), told["sub"].as_str());
    assert_eq!(verified.target().session(), told["sid"].as_str());
    for (status, expect) in [
        (200, Receipt::Done),
        (204, Receipt::Done),
        (400, Receipt::Refused),
        (429, Receipt::TryAgain),
        (503, Receipt::TryAgain),
    ] {
        assert_eq!(house.provider.receipt(status), expect, "{status}");
    }
}

#[tokio::test]
async fn one_that_is_told_in_a_frame_reads_issuer_and_session() {
    let house = house(|settings| {
        let jira = settings.apps.get_mut(&app_id(JIRA)).unwrap();
        jira.client
            .register_front_channel_logout_uri("https://jira.test/frame?a=1")
            .unwrap();
    });
    let (memo, told) = told(&house).await;
    let jira = app_id(JIRA);
    assert_eq!(house.provider.way(&jira, &memo), Way::Frame);
    assert_eq!(house.provider.way(&app_id("unknown"), &memo), Way::Nothing);
    let telling = Telling {
        app: &jira,
        told: &memo,
        handle: "",
        now: now(),
    };
    let Ok(Notification::Frame(url)) = house.provider.tell(telling).await else {
        panic!("it is told in a frame")
    };
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    assert_eq!(pairs[1], ("iss".to_owned(), ISSUER.to_owned()));
    assert_eq!(
        pairs[2],
        ("sid".to_owned(), told["sid"].as_str().unwrap().to_owned())
    );
}
