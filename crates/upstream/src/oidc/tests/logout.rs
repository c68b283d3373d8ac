//! Logout tokens, as the provider posts them: with the keys of the moment, and one change per case beside the benign
//! control (attack row OI-2xx).

use serde_json::{Value, json};
use vestibule_core::upstream_logout::{Carrier, UpstreamLogout, UpstreamMessage};
use vestibule_oidc::{
    logout_token::{EVENT, TYPE},
    signing::{SigningKey, jwk_set},
};

use super::*;

/// A good token with these claims over the usual ones; `null` takes one away.
fn token(key: &SigningKey, changes: Value) -> String {
    let mut claims = json!({
        "iss": ISSUER,
        "aud": "vestibule",
        "iat": now().timestamp() - 1,
        "exp": now().timestamp() + 119,
        "jti": "j-1",
        "sub": "alice-1",
        "sid": "session-7",
        "events": { EVENT: {} },
    });
    let members = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        members.insert(name.clone(), value.clone());
        if value.is_null() {
            members.remove(name);
        }
    }
    key.sign_as(TYPE, members).unwrap()
}

async fn heard(fixture: &Fixture, token: &str) -> Result<UpstreamLogout, UpstreamError> {
    let message = Callback {
        query: String::new(),
        form: Some(format!("logout_token={token}")),
    };
    let sign_off = fixture.upstream.sign_off().unwrap();
    match sign_off.hear(Carrier::Upstream, &message, now()).await? {
        UpstreamMessage::Logout(logout) => Ok(logout),
        UpstreamMessage::Answer { .. } => panic!("a logout was expected"),
    }
}

#[tokio::test]
async fn a_good_token_says_whose_session_is_over_and_what_uses_it_up() {
    let fixture = Fixture::new();
    let sign_off = fixture.upstream.sign_off().unwrap();
    assert!(sign_off.comes_by(Carrier::Upstream) && sign_off.comes_by(Carrier::Browser));
    let logout = heard(&fixture, &token(&KEY, json!({}))).await.unwrap();
    assert_eq!(logout.upstream.as_str(), "kc");
    assert_eq!(logout.subject.as_deref(), Some("alice-1"));
    assert_eq!(logout.sessions, ["session-7"]);
    assert_eq!(
        (
            logout.once.purpose,
            logout.once.owner.as_str(),
            logout.once.value.as_str()
        ),
        (ReplayPurpose::LogoutToken, ISSUER, "j-1")
    );
    assert!(logout.once.keep_until > now() + TimeDelta::minutes(5));
    assert_eq!(sign_off.answer(&logout.reply, true, now()).await, Ok(None));
    // Either alone.
    let person = heard(&fixture, &token(&KEY, json!({"sid": null})))
        .await
        .unwrap();
    assert_eq!(
        (person.subject.as_deref(), person.sessions.len()),
        (Some("alice-1"), 0)
    );
    let session = heard(&fixture, &token(&KEY, json!({"sub": null})))
        .await
        .unwrap();
    assert_eq!(
        (session.subject, session.sessions),
        (None, vec!["session-7".to_owned()])
    );
}

#[tokio::test]
async fn oi_2xx_what_is_not_the_providers_word_to_us_ends_nothing() {
    let fixture = Fixture::new();
    let stranger = key();
    let ahead = now().timestamp() + 600;
    for (name, token, expect) in [
        ("control", token(&KEY, json!({})), None),
        (
            "another key",
            token(&stranger, json!({})),
            Some("jws_unknown_key"),
        ),
        (
            "an ID token's nonce",
            token(&KEY, json!({"nonce": "n"})),
            Some("logout_token_has_nonce"),
        ),
        (
            "no event",
            token(&KEY, json!({"events": {}})),
            Some("logout_token_no_event"),
        ),
        (
            "nobody",
            token(&KEY, json!({"sub": null, "sid": null})),
            Some("logout_token_no_target"),
        ),
        (
            "another issuer",
            token(&KEY, json!({"iss": "https://evil.test"})),
            Some("jwt_wrong_issuer"),
        ),
        (
            "another client",
            token(&KEY, json!({"aud": "other"})),
            Some("jwt_wrong_audience"),
        ),
        (
            "an old one",
            token(&KEY, json!({"iat": now().timestamp() - 3600})),
            Some("jwt_issued_too_long_ago"),
        ),
        (
            "one of tomorrow",
            token(&KEY, json!({"iat": ahead})),
            Some("jwt_issued_in_future"),
        ),
        (
            "no expiry",
            token(&KEY, json!({"exp": null})),
            Some("jwt_missing_claim"),
        ),
        (
            "no jti",
            token(&KEY, json!({"jti": null})),
            Some("jwt_missing_claim"),
        ),
        ("no token", "x".to_owned(), Some("jws_not_three_parts")),
    ] {
        assert_eq!(code(heard(&fixture, &token).await), expect, "{name}");
    }
    let empty = Callback::default();
    let outcome = fixture
        .upstream
        .sign_off()
        .unwrap()
        .hear(Carrier::Upstream, &empty, now())
        .await;
    assert_eq!(code(outcome), Some("logout_token_malformed_request"));
}

#[tokio::test]
async fn oi_2xx_a_provider_of_the_first_edition_may_leave_the_expiry_out_where_that_is_configured()
{
    let mut settings = settings();
    settings.danger_accept_logout_without_expiry = true;
    let fixture = Fixture::with(settings);
    assert!(
        heard(&fixture, &token(&KEY, json!({"exp": null})))
            .await
            .is_ok()
    );
    let over = json!({"exp": now().timestamp() - 61});
    assert_eq!(
        code(heard(&fixture, &token(&KEY, over)).await),
        Some("jwt_expired")
    );
}

#[tokio::test]
async fn oi_152_a_key_that_is_new_is_fetched_once() {
    let fixture = Fixture::new();
    assert!(heard(&fixture, &token(&KEY, json!({}))).await.is_ok());
    fixture.http.serve(JWKS, jwk_set([&*NEXT_KEY]).to_string());
    assert!(heard(&fixture, &token(&NEXT_KEY, json!({}))).await.is_ok());
    assert_eq!(fixture.http.count(JWKS), 2);
    let stranger = key();
    for _ in 0..3 {
        let outcome = heard(&fixture, &token(&stranger, json!({}))).await;
        assert_eq!(code(outcome), Some("jws_unknown_key"));
    }
    assert_eq!(fixture.http.count(JWKS), 2);
}
