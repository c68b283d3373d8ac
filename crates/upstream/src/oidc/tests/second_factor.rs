//! What a provider says of a second factor leaves the signed token as it was said, byte for byte, so that it is weighed
//! as such (attack rows AC-02 to AC-05). What is believed of it is not decided here.

use super::*;

const REFEDS: &str = "https://refeds.org/profile/mfa";

/// When the fixture's tokens say that the person authenticated.
fn then() -> DateTime<Utc> {
    now() - TimeDelta::seconds(5)
}

/// The context (`acr`) and the methods (`amr`) that are handed on.
fn heard(identity: &VerifiedIdentity) -> (Option<&str>, Vec<&str>) {
    let methods = identity.methods.iter().map(String::as_str);
    (identity.authn_context.as_deref(), methods.collect())
}

/// What the fixture's tokens say.
fn ordinary() -> (Option<&'static str>, Vec<&'static str>) {
    (Some("1"), vec!["pwd"])
}

fn ten_minutes() -> OidcSettings {
    OidcSettings {
        max_age: Some(Duration::from_secs(600)),
        ..settings()
    }
}

#[tokio::test]
async fn a_login_no_older_than_is_believed_is_asked_for() {
    let ordinary = request();
    let anew = AuthnRequest {
        force_authn: true,
        ..request()
    };
    // Nothing may be shown, so nobody could be asked.
    let passive = AuthnRequest {
        passive: true,
        ..request()
    };
    for (settings, request, expected) in [
        (ten_minutes(), &ordinary, Some("600")),
        (ten_minutes(), &anew, Some("0")),
        (ten_minutes(), &passive, None),
        (settings(), &ordinary, None),
        (settings(), &anew, Some("0")),
    ] {
        let fixture = Fixture::with(settings);
        let begun = fixture.begin_with(request, "handle-1").await.unwrap();
        assert_eq!(
            begun.parameter("max_age").as_deref(),
            expected,
            "{request:?}"
        );
    }
}

/// A person can take `max_age` out of the address, and some providers know neither it nor `auth_time`. They are let in,
/// and the age, or that there is none, goes with what was said.
#[tokio::test]
async fn ac_03_when_the_person_authenticated_is_handed_on() {
    let fixture = Fixture::with(ten_minutes());
    let ago = |seconds| now().timestamp() - seconds;
    for at in [Some(ago(5)), Some(ago(601)), Some(0), None] {
        let said = fixture.good(json!({"acr": REFEDS, "auth_time": at})).await;
        let expected = at.and_then(|at| DateTime::from_timestamp(at, 0));
        assert_eq!(said.unwrap().authenticated_at, expected, "{at:?}");
    }
    // What is no date is no token, and not a login of unknown age.
    for (at, expected) in [
        (json!(ago(5).to_string()), "id_token_wrong_type"),
        (json!(ago(-61)), "id_token_auth_time_in_future"),
    ] {
        let said = fixture.good(json!({"acr": REFEDS, "auth_time": at})).await;
        assert_eq!(code(said), Some(expected), "{at}");
    }
}

#[tokio::test]
async fn ac_03_ac_04_ac_05_what_the_token_says_is_handed_on_byte_for_byte() {
    let fixture = Fixture::new();
    let (spaced, commented) = (format!(" {REFEDS}\n"), format!("{REFEDS}<!---->"));
    let (null_byte, in_list) = (format!("{REFEDS}\u{0}"), format!("1 {REFEDS}"));
    for (context, methods) in [
        (Some(REFEDS), vec![]),
        (None, vec!["mfa"]),
        (Some("1"), vec!["pwd", "mfa"]),
        (Some("1"), vec!["mfa", "pwd"]),
        (Some(&*in_list), vec!["pwd,mfa"]),
        // White space, a comment, what is not seen, and the other's place.
        (Some(&*spaced), vec!["pwd", "mfa "]),
        (Some(&*commented), vec!["mfa<!-- -->"]),
        (Some(&*null_byte), vec!["m\u{200b}fa", ""]),
        (Some("MFA/"), vec![REFEDS]),
    ] {
        let claims = json!({"acr": context, "amr": methods});
        let said = fixture.good(claims).await.unwrap();
        assert_eq!(heard(&said), (context, methods));
        assert_eq!(said.authenticated_at, Some(then()));
    }
    // AD FS writes a list of one as a text; what stands in a text is one method.
    for method in ["mfa", "pwd mfa"] {
        let said = fixture.good(json!({"amr": method})).await.unwrap();
        assert_eq!(heard(&said), (Some("1"), vec![method]));
    }
    for claims in [
        json!({"acr": [REFEDS]}),
        json!({"amr": ["mfa", 1]}),
        json!({"amr": {"mfa": true}}),
    ] {
        let said = fixture.good(claims.clone()).await;
        assert_eq!(code(said), Some("id_token_wrong_type"), "{claims}");
    }
}

/// What a person, or another administrator, may be able to write is not the provider's word.
#[tokio::test]
async fn ac_02_no_other_claim_and_no_other_place_says_it() {
    let fixture = Fixture::new();
    for claims in [
        json!({"groups": ["mfa", REFEDS], "realm_access": {"roles": ["mfa", REFEDS]}}),
        json!({"authnmethodsreferences": ["mfa"], "authn_context": REFEDS}),
        json!({"AMR": ["mfa"], "Acr": REFEDS, "amr ": ["mfa"]}),
        json!({"amr.0": "mfa", "claims": {"amr": ["mfa"], "acr": REFEDS}}),
        json!({"sid": "mfa", "name": REFEDS}),
    ] {
        let said = fixture.good(claims.clone()).await.unwrap();
        assert_eq!(heard(&said), ordinary(), "{claims}");
    }
    // The userinfo endpoint, which tells of the account and not of this login.
    let info =
        json!({"sub": "alice-1", "acr": REFEDS, "amr": ["mfa"], "auth_time": now().timestamp()});
    fixture.http.serve(USERINFO, info.to_string());
    for (claims, expected) in [
        (json!({}), ordinary()),
        (json!({"acr": null, "amr": null}), (None, vec![])),
    ] {
        let said = fixture.good(claims.clone()).await.unwrap();
        assert_eq!(fixture.http.count(USERINFO), fixture.http.count(TOKEN));
        assert_eq!(heard(&said), expected, "{claims}");
    }
    let undated = fixture.good(json!({"acr": REFEDS, "auth_time": null}));
    assert_eq!(undated.await.unwrap().authenticated_at, None);
    // The address that the browser brings.
    let begun = fixture.begin().await;
    fixture.token(&begun, &KEY, json!({}));
    let longer = format!("{}&acr={REFEDS}&amr=mfa", good_query());
    let said = fixture.finish(&begun, &longer).await.unwrap();
    assert_eq!(heard(&said), ordinary());
    // Control: the token itself says it; and somebody else's token does not.
    fixture.token(&begun, &KEY, json!({"acr": REFEDS}));
    let said = fixture.finish(&begun, &longer).await.unwrap();
    assert_eq!(heard(&said), (Some(REFEDS), vec!["pwd"]));
    fixture.token(&begun, &NEXT_KEY, json!({"acr": REFEDS}));
    let forged = fixture.finish(&begun, &longer).await;
    assert_eq!(code(forged), Some("jws_unknown_key"));
}

/// It is asked to authenticate the person anew, and may have done so before all the same: what that is worth is weighed
/// later, and nobody is shut out.
#[tokio::test]
async fn ac_03_who_is_sent_again_comes_in_with_an_old_answer() {
    let fixture = Fixture::with(ten_minutes());
    let demands = AuthnRequest {
        force_authn: true,
        ..request()
    };
    let old = Some("id_token_authentication_too_old");
    for (request, expected) in [(request(), None), (demands, old)] {
        let begun = fixture.begin_by(&request, "handle-1", true).await.unwrap();
        assert_eq!(begun.parameter("prompt").as_deref(), Some("login"));
        assert_eq!(begun.parameter("max_age").as_deref(), Some("0"));
        let moment = now().timestamp() - 3600;
        fixture.token(&begun, &KEY, json!({"auth_time": moment}));
        let outcome = fixture.finish(&begun, &good_query()).await;
        assert_eq!(code(outcome), expected, "{request:?}");
    }
}
