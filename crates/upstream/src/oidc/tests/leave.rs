//! A person leaves: where the browser goes, what is kept for that, and what it brings back.

use serde_json::{Value, json};
use url::Url;
use vestibule_core::{
    logout::Heard,
    port::Leaving,
    request::Reply,
    upstream_logout::{Carrier, UpstreamMessage},
};
use vestibule_oidc::end_session::MAX_HINT_BYTES;

use super::*;
use crate::http::HttpError;

const BACK: &str = "https://sso.test/upstream/kc/oidc/signed-out";
const THERE: &str = "https://idp.test/logout";

fn leaving_settings() -> OidcSettings {
    OidcSettings {
        post_logout_redirect_uri: Some(Url::parse(BACK).unwrap()),
        ..settings()
    }
}

fn fixture() -> Fixture {
    let fixture = Fixture::with(leaving_settings());
    let mut document = document();
    document["end_session_endpoint"] = THERE.into();
    fixture.http.serve(DOCUMENT, document.to_string());
    fixture
}

async fn known_by(fixture: &Fixture, claims: Value) -> Option<Memo> {
    fixture.good(claims).await.unwrap().for_logout
}

async fn leaves(fixture: &Fixture, known_by: &Memo) -> Result<Url, UpstreamError> {
    let leaving = Leaving {
        handle: "h-1",
        known_by,
        now: now(),
    };
    match fixture.upstream.sign_off().unwrap().leave(leaving).await? {
        Reply::Redirect(url) => Ok(url),
        Reply::PostForm { .. } => panic!("a redirect was expected"),
    }
}

fn value(url: &Url, name: &str) -> Option<String> {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn the_browser_goes_there_with_the_id_token_and_a_way_back() {
    let fixture = fixture();
    let known_by = known_by(&fixture, json!({})).await.unwrap();
    let url = leaves(&fixture, &known_by).await.unwrap();
    assert!(url.as_str().starts_with(THERE), "{url}");
    assert_eq!(value(&url, "state").as_deref(), Some("h-1"));
    assert_eq!(value(&url, "client_id").as_deref(), Some("vestibule"));
    assert_eq!(
        value(&url, "post_logout_redirect_uri").as_deref(),
        Some(BACK)
    );
    let token = value(&url, "id_token_hint").unwrap();
    assert_eq!(token.split('.').count(), 3);
    assert_eq!(value(&url, "logout_hint"), None);
}

#[tokio::test]
async fn an_id_token_that_is_too_long_for_an_address_is_not_kept() {
    let fixture = fixture();
    let long = "x".repeat(MAX_HINT_BYTES);
    for (claims, hint) in [
        (json!({"more": long}), "alice-1"),
        (json!({"more": long, "login_hint": "o-1"}), "o-1"),
    ] {
        let known_by = known_by(&fixture, claims).await.unwrap();
        let url = leaves(&fixture, &known_by).await.unwrap();
        assert_eq!(value(&url, "id_token_hint"), None);
        assert_eq!(value(&url, "logout_hint").as_deref(), Some(hint));
        assert!(url.as_str().len() < 8192, "{}", url.as_str().len());
    }
}

#[tokio::test]
async fn where_nobody_is_signed_out_there_nothing_is_kept() {
    let without = Fixture::with(settings());
    assert_eq!(known_by(&without, json!({})).await, None);
    // It was switched off since; or the provider has no such address.
    let known = known_by(&fixture(), json!({})).await.unwrap();
    assert_eq!(
        code(leaves(&without, &known).await),
        Some("logout_unregistered")
    );
    let nowhere = Fixture::with(leaving_settings());
    assert_eq!(
        code(leaves(&nowhere, &known).await),
        Some("logout_unregistered")
    );
    let other = Memo::of(&7).unwrap();
    assert_eq!(
        code(leaves(&fixture(), &other).await),
        Some("memo_unreadable")
    );
}

/// What is kept names the person, and with the ID token says much of them.
#[tokio::test]
async fn a_provider_that_took_the_place_of_another_is_told_nothing_of_who_came_by_that_one() {
    let fixture = fixture();
    let known = known_by(&fixture, json!({})).await.unwrap();
    assert!(leaves(&fixture, &known).await.is_ok());
    let kept: Value = known.read().unwrap();
    for issuer in [json!("https://old.test"), Value::Null] {
        let mut other = kept.clone();
        other["issuer"] = issuer;
        let other = Memo::of(&other).unwrap();
        assert_eq!(code(leaves(&fixture, &other).await), Some("idp_changed"));
    }
    let mut nameless = kept;
    nameless.as_object_mut().unwrap().remove("issuer");
    let nameless = Memo::of(&nameless).unwrap();
    assert_eq!(code(leaves(&fixture, &nameless).await), Some("idp_changed"));
}

#[tokio::test]
async fn whether_it_can_be_left_is_known_without_asking_it() {
    let asked = |fixture: &Fixture| fixture.http.count(DOCUMENT) + fixture.http.count(JWKS);
    for (fixture, expect) in [
        (fixture(), true),
        (Fixture::with(settings()), false),
        (Fixture::with(leaving_settings()), false),
    ] {
        let can_be_left = || fixture.upstream.sign_off().unwrap().can_be_left();
        assert!(!can_be_left(), "nothing is known yet");
        assert_eq!(asked(&fixture), 0);
        fixture.upstream.refresh(now()).await.unwrap();
        assert_eq!((can_be_left(), asked(&fixture)), (expect, 2));
        // It does not answer any more, and what is known is old.
        fixture.http.on(DOCUMENT, |_| {
            Err(HttpError::Unreached("connection refused".into()))
        });
        let later = now() + TimeDelta::minutes(11);
        fixture.upstream.refresh(later).await.unwrap();
        assert_eq!((can_be_left(), asked(&fixture)), (expect, 3));
    }
}

#[tokio::test]
async fn what_the_browser_brings_back_names_the_logout_and_is_not_signed() {
    let fixture = fixture();
    let sign_off = fixture.upstream.sign_off().unwrap();
    let hear = async |query: &str| {
        let message = Callback {
            query: query.to_owned(),
            form: None,
        };
        sign_off.hear(Carrier::Browser, &message, now()).await
    };
    let expect = UpstreamMessage::Answer {
        handle: "h-1".to_owned(),
        heard: Heard::Done,
        is_signed: false,
    };
    assert_eq!(hear("state=h-1").await, Ok(expect));
    for (query, expect) in [
        ("", "callback_state_missing"),
        ("state=a&state=b", "callback_malformed"),
    ] {
        assert_eq!(code(hear(query).await), Some(expect), "{query}");
    }
}
