//! Logins at an OpenID provider: the way there and back, and what goes wrong on it.

mod breaker;
mod discovery;
pub(super) mod fixture;
mod leave;
mod logout;
mod second_factor;
mod userinfo;

use serde_json::json;
use vestibule_core::request::AuthnRequest;

use self::fixture::*;
use super::*;
use crate::http::{Response, fake::FakeHttp};

#[tokio::test]
async fn a_login_goes_there_and_back() {
    let fixture = Fixture::new();
    let begun = fixture.begin().await;
    assert!(begun.url.as_str().starts_with("https://idp.test/auth?"));
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "vestibule"),
        ("state", "handle-1"),
        ("scope", "openid profile email"),
        ("login_hint", "alice@acme.test"),
        ("code_challenge_method", "S256"),
        ("redirect_uri", "https://sso.test/upstream/kc/oidc/callback"),
    ] {
        assert_eq!(begun.parameter(name).as_deref(), Some(value), "{name}");
    }
    for absent in [
        "prompt",
        "max_age",
        "acr_values",
        "resource",
        "response_mode",
    ] {
        assert_eq!(begun.parameter(absent), None, "{absent}");
    }
    fixture.token(&begun, &KEY, json!({}));
    let identity = fixture.finish(&begun, &good_query()).await.unwrap();
    assert_eq!(identity.upstream.as_str(), "kc");
    assert_eq!(identity.subject, Subject::plain("alice-1"));
    assert_eq!(identity.attributes["groups"], ["/staff"]);
    assert_eq!(identity.attributes["realm_access.roles"], ["admin"]);
    assert_eq!(identity.attributes["email"], ["alice@acme.test"]);
    assert!(!identity.attributes.contains_key("nonce"));
    assert_eq!(identity.authn_context.as_deref(), Some("1"));
    assert_eq!(identity.methods, ["pwd"]);
    assert_eq!(
        identity.authenticated_at,
        Some(now() - TimeDelta::seconds(5))
    );
    assert_eq!(identity.session.as_deref(), Some("session-7"));
    let once = identity.once.unwrap();
    assert_eq!(
        (once.purpose, once.owner.as_str()),
        (ReplayPurpose::IdToken, ISSUER)
    );
    assert_eq!(Some(once.value), begun.parameter("nonce"));
    assert_eq!(fixture.http.count(DOCUMENT), 1);
    assert_eq!(fixture.http.count(USERINFO), 1);
}

#[tokio::test]
async fn oi_154_an_answer_of_another_issuer_is_refused() {
    let fixture = Fixture::new();
    let begun = fixture.begin().await;
    fixture.token(&begun, &KEY, json!({}));
    for (query, expected) in [
        (good_query(), None),
        (
            "state=handle-1&code=c1&iss=https://evil.test".into(),
            Some("callback_issuer_mismatch"),
        ),
        (
            format!("state=handle-1&code=c1&iss={ISSUER}/"),
            Some("callback_issuer_mismatch"),
        ),
        (
            "state=handle-1&code=c1".into(),
            Some("callback_issuer_missing"),
        ),
        (
            format!("state=handle-1&code=c1&iss={ISSUER}&iss={ISSUER}"),
            Some("callback_malformed"),
        ),
    ] {
        assert_eq!(
            code(fixture.finish(&begun, &query).await),
            expected,
            "{query}"
        );
    }
}

#[tokio::test]
async fn oi_154_a_token_of_another_issuer_is_refused() {
    let fixture = Fixture::new();
    for (claims, expected) in [
        (json!({}), None),
        (
            json!({"iss": "https://evil.test"}),
            Some("id_token_wrong_issuer"),
        ),
        (json!({"aud": "other"}), Some("id_token_wrong_audience")),
        (
            json!({"exp": now().timestamp() - 61}),
            Some("id_token_expired"),
        ),
    ] {
        assert_eq!(
            code(fixture.good(claims.clone()).await),
            expected,
            "{claims}"
        );
    }
}

#[tokio::test]
async fn oi_156_state_must_be_that_of_the_login() {
    let fixture = Fixture::new();
    let begun = fixture.begin().await;
    fixture.token(&begun, &KEY, json!({}));
    let iss = format!("iss={ISSUER}");
    for (query, expected) in [
        (format!("state=handle-1&code=c1&{iss}"), None),
        (format!("code=c1&{iss}"), Some("callback_state_missing")),
        (
            format!("state=handle-2&code=c1&{iss}"),
            Some("callback_state_mismatch"),
        ),
        (
            format!("state=handle-1&state=handle-1&code=c1&{iss}"),
            Some("callback_malformed"),
        ),
        (
            format!("state=handle-1&code=c1&error=x&{iss}"),
            Some("callback_code_and_error"),
        ),
        (
            format!("state=handle-1&code=c1&id_token=x&{iss}"),
            Some("callback_token_in_browser"),
        ),
        (
            format!("state=handle-1&{iss}"),
            Some("callback_neither_code_nor_error"),
        ),
        (
            format!("state=handle-1&error=access_denied&{iss}"),
            Some("upstream_denied"),
        ),
        (
            format!("state=handle-2&error=access_denied&{iss}"),
            Some("callback_state_mismatch"),
        ),
        (
            format!("state=handle-1&error=login_required&{iss}"),
            Some("upstream_interaction_required"),
        ),
        (
            format!("state=handle-1&error=brand_new&{iss}"),
            Some("upstream_refused"),
        ),
    ] {
        assert_eq!(
            code(fixture.finish(&begun, &query).await),
            expected,
            "{query}"
        );
    }
}

#[tokio::test]
async fn oi_156_the_handle_is_found_in_query_and_form() {
    let upstream = Fixture::new().upstream;
    let query = Callback {
        query: "state=h&code=c".into(),
        form: None,
    };
    let form = Callback {
        query: String::new(),
        form: Some("state=h&code=c".into()),
    };
    assert_eq!(upstream.handle_in(&query).as_deref(), Some("h"));
    assert_eq!(upstream.handle_in(&form).as_deref(), Some("h"));
    assert_eq!(upstream.handle_in(&Callback::default()), None);
}

/// The attacker's code is good, and of the attacker's login: its token has another nonce, and our verifier does not
/// fit.
#[tokio::test]
async fn oi_157_a_code_of_another_login_is_refused() {
    let fixture = Fixture::new();
    let (attackers, victims) = (fixture.begin().await, fixture.begin().await);
    assert_ne!(attackers.parameter("nonce"), victims.parameter("nonce"));
    assert_ne!(
        attackers.parameter("code_challenge"),
        victims.parameter("code_challenge")
    );
    fixture.token(&attackers, &KEY, json!({}));
    assert_eq!(
        code(fixture.finish(&victims, &good_query()).await),
        Some("id_token_wrong_nonce")
    );
    let sent = fixture.redeemed.lock().unwrap().clone();
    let verifier = url::form_urlencoded::parse(sent.as_bytes())
        .find(|(name, _)| name == "code_verifier")
        .map(|(_, value)| Verifier::parse(&value).unwrap())
        .unwrap();
    let challenge = verifier.challenge();
    assert_eq!(
        victims.parameter("code_challenge").as_deref(),
        Some(challenge.as_str())
    );
    // The control: the attacker's own login passes.
    assert_eq!(code(fixture.finish(&attackers, &good_query()).await), None);
}

#[tokio::test]
async fn oi_158_userinfo_must_be_about_the_same_person() {
    let fixture = Fixture::new();
    for (info, expected) in [
        (json!({"sub": "alice-1", "department": "IT"}), None),
        (json!({"sub": "mallory"}), Some("userinfo_subject_mismatch")),
        (
            json!({"department": "IT"}),
            Some("userinfo_subject_mismatch"),
        ),
    ] {
        fixture.http.serve(USERINFO, info.to_string());
        let outcome = fixture.good(json!({})).await;
        if let Ok(identity) = &outcome {
            assert_eq!(identity.attributes["department"], ["IT"]);
        }
        assert_eq!(code(outcome), expected, "{info}");
    }
    fixture.http.on(USERINFO, |_| {
        Ok(Response {
            status: 403,
            body: Vec::new(),
        })
    });
    assert_eq!(code(fixture.good(json!({})).await), Some("userinfo_status"));
}

#[tokio::test]
async fn oi_158_an_address_is_verified_by_its_own_source() {
    let unset = json!({"email": null, "email_verified": null});
    for (token, info, believed) in [
        (json!({}), json!({}), true),
        (json!({"email_verified": false}), json!({}), false),
        (json!({"email_verified": "true"}), json!({}), false),
        (json!({"email_verified": null}), json!({}), false),
        (
            json!({"email": null}),
            json!({"email": "evil@acme.test"}),
            false,
        ),
        (
            json!({"email_verified": null}),
            json!({"email_verified": true}),
            false,
        ),
        (
            unset.clone(),
            json!({"email": "a@acme.test", "email_verified": true}),
            true,
        ),
    ] {
        let fixture = Fixture::new();
        let mut answer = json!({"sub": "alice-1"});
        answer
            .as_object_mut()
            .unwrap()
            .extend(info.as_object().unwrap().clone());
        fixture.http.serve(USERINFO, answer.to_string());
        let attributes = fixture.good(token.clone()).await.unwrap().attributes;
        assert_eq!(attributes.contains_key("email"), believed, "{token} {info}");
        assert_ne!(
            attributes.contains_key("unverified_email"),
            believed,
            "{token} {info}"
        );
    }
}

/// An address is a way into an account, so what denies it counts in every spelling.
#[tokio::test]
async fn oi_159_an_address_that_is_denied_is_not_believed() {
    let mut lenient = settings();
    lenient.email = EmailTrust::UnlessDenied;
    for (claims, believed) in [
        (json!({"email_verified": null}), true),
        (json!({"email_verified": true}), true),
        (json!({"email_verified": null, "xms_edov": 1}), true),
        (json!({"email_verified": false}), false),
        (json!({"email_verified": "false"}), false),
        (json!({"email_verified": null, "xms_edov": 0}), false),
        (json!({"email_verified": null, "xms_edov": false}), false),
        (json!({"email_verified": true, "xms_edov": "0"}), false),
    ] {
        let fixture = Fixture::with(lenient.clone());
        let attributes = fixture.good(claims.clone()).await.unwrap().attributes;
        assert_eq!(attributes.contains_key("email"), believed, "{claims}");
    }
}

#[tokio::test]
async fn groups_elsewhere_are_not_no_groups() {
    let fixture = Fixture::new();
    for (claims, expected) in [
        (json!({"groups": null}), None),
        (
            json!({"groups": null, "hasgroups": true}),
            Some("claim_elsewhere"),
        ),
        (
            json!({"groups": null, "_claim_names": {"groups": "src1"}}),
            Some("claim_elsewhere"),
        ),
        (json!({"groups": {"a": 1}}), Some("claim_unreadable")),
    ] {
        assert_eq!(
            code(fixture.good(claims.clone()).await),
            expected,
            "{claims}"
        );
    }
}

#[tokio::test]
async fn the_token_endpoint_says_no_in_words() {
    let fixture = Fixture::new();
    let begun = fixture.begin().await;
    for (status, body, expected, remedy) in [
        (
            401,
            r#"{"error":"invalid_client"}"#,
            "token_refused",
            "client_secret",
        ),
        (
            400,
            r#"{"error":"invalid_grant"}"#,
            "token_refused",
            "https://sso.test/upstream/kc/oidc/callback",
        ),
        (
            200,
            r#"{"access_token":"a","token_type":"Bearer"}"#,
            "token_no_id_token",
            "openid",
        ),
        (200, "<html>", "token_malformed", "cannot be read"),
        (502, "<html>", "upstream_unreachable", "502"),
    ] {
        fixture.http.on(TOKEN, move |_| {
            Ok(Response {
                status,
                body: body.into(),
            })
        });
        let error = fixture.finish(&begun, &good_query()).await.unwrap_err();
        assert_eq!(error.code(), expected, "{body}");
        assert!(error.to_string().contains(remedy), "{error}");
    }
}

#[tokio::test]
async fn so_08_anew_means_after_the_login_began() {
    let fixture = Fixture::new();
    let anew = AuthnRequest {
        force_authn: true,
        ..request()
    };
    let begun = fixture.begin_with(&anew, "handle-1").await.unwrap();
    assert_eq!(begun.parameter("prompt").as_deref(), Some("login"));
    assert_eq!(begun.parameter("max_age").as_deref(), Some("0"));
    for (at, expected) in [
        (json!(now().timestamp()), None),
        (
            json!(now().timestamp() - 61),
            Some("id_token_authentication_too_old"),
        ),
        (json!(null), Some("id_token_missing_claim")),
    ] {
        fixture.token(&begun, &KEY, json!({"auth_time": at}));
        assert_eq!(
            code(fixture.finish(&begun, &good_query()).await),
            expected,
            "{at}"
        );
    }
    let passive = AuthnRequest {
        passive: true,
        ..request()
    };
    let begun = fixture.begin_with(&passive, "handle-1").await.unwrap();
    assert_eq!(begun.parameter("prompt").as_deref(), Some("none"));
}

#[tokio::test]
async fn client_authentication_follows_the_provider() {
    for (methods, basic) in [
        (json!(["client_secret_basic", "client_secret_post"]), true),
        (json!(["client_secret_post"]), false),
        (json!(null), true),
    ] {
        let fixture = Fixture::new();
        let mut document = document();
        document["token_endpoint_auth_methods_supported"] = methods.clone();
        if methods.is_null() {
            document
                .as_object_mut()
                .unwrap()
                .remove("token_endpoint_auth_methods_supported");
        }
        fixture.http.serve(DOCUMENT, document.to_string());
        fixture.good(json!({})).await.unwrap();
        let sent = fixture.redeemed.lock().unwrap().clone();
        assert_ne!(
            sent.contains("client_secret=top+secret"),
            basic,
            "{methods}"
        );
    }
}

#[test]
fn settings_are_checked() {
    let build = |change: fn(&mut OidcSettings)| {
        let mut settings = settings();
        change(&mut settings);
        let http = Arc::new(FakeHttp::default());
        OidcUpstream::new(settings, http, Arc::new(Counter::default())).err()
    };
    assert_eq!(build(|_| {}), None);
    assert_eq!(
        build(|settings| settings.issuer = "http://idp.test".into()),
        Some(OidcSettingsError::Issuer("http://idp.test".into()))
    );
    assert_eq!(
        build(|settings| settings.extra_params = vec![("nonce".into(), "1".into())]),
        Some(OidcSettingsError::ExtraParameter("nonce".into()))
    );
    assert_eq!(
        build(|settings| settings.client_id.clear()),
        Some(OidcSettingsError::ClientId)
    );
    assert_eq!(
        build(|settings| settings.algorithms.clear()),
        Some(OidcSettingsError::Algorithms)
    );
}
