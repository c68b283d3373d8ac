//! What a provider says of a second factor, from the signed token to the scales (attack rows AC-02 to AC-05).

use vestibule_core::{
    identity::{Mapping, normalise},
    policy::{Belief, Doubt},
};

use super::*;

const REFEDS: &str = "https://refeds.org/profile/mfa";

/// When the fixture's tokens say that the person authenticated.
fn then() -> DateTime<Utc> {
    now() - TimeDelta::seconds(5)
}

/// Believes `acr` [`REFEDS`] and `amr` `mfa`, ten minutes long.
fn weighed(identity: &VerifiedIdentity) -> Result<DateTime<Utc>, Doubt> {
    let belief = Belief {
        contexts: [REFEDS.to_owned()].into(),
        methods: ["mfa".to_owned()].into(),
        max_age: TimeDelta::minutes(10),
    };
    let person = normalise(identity, &Mapping::default()).unwrap();
    belief.weigh(&person.upstream_proof, now())
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

/// A person can take `max_age` out of the address, and some providers know neither it nor `auth_time`. Then their word
/// does not count; the password does.
#[tokio::test]
async fn ac_03_who_authenticated_too_long_ago_is_let_in_and_not_believed() {
    let fixture = Fixture::with(ten_minutes());
    let ago = |seconds| now().timestamp() - seconds;
    for (at, expected) in [
        (json!(ago(5)), Ok(then())),
        (json!(ago(600)), Ok(now() - TimeDelta::minutes(10))),
        (json!(ago(601)), Err(Doubt::TooOld)),
        (json!(0), Err(Doubt::TooOld)),
        (json!(null), Err(Doubt::Undated)),
    ] {
        let said = fixture.good(json!({"acr": REFEDS, "auth_time": at})).await;
        assert_eq!(weighed(&said.unwrap()), expected, "{at}");
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
async fn ac_03_ac_04_ac_05_exact_values_of_the_token_are_believed() {
    let fixture = Fixture::new();
    let believed = [
        json!({"acr": REFEDS}),
        json!({"acr": REFEDS, "amr": null}),
        json!({"acr": null, "amr": ["mfa"]}),
        json!({"amr": ["pwd", "mfa"]}),
        json!({"amr": ["mfa", "pwd"]}),
        // AD FS writes a list of one as a text.
        json!({"amr": "mfa"}),
    ];
    let doubted = [
        // The fixture's own: `acr` 1 and `amr` pwd.
        json!({}),
        json!({"acr": null, "amr": null}),
        json!({"acr": "", "amr": []}),
        // Another spelling, a part, and more than a part.
        json!({"acr": "https://refeds.org/profile/MFA"}),
        json!({"acr": "https://refeds.org/profile/mfa/"}),
        json!({"acr": "https://refeds.org/profile/mf"}),
        json!({"acr": format!("1 {REFEDS}")}),
        json!({"amr": ["MFA"]}),
        json!({"amr": "pwd mfa"}),
        json!({"amr": ["pwd,mfa"]}),
        // White space, a comment, and what is not seen.
        json!({"acr": format!(" {REFEDS}")}),
        json!({"acr": format!("{REFEDS}\n")}),
        json!({"acr": format!("{REFEDS}<!---->")}),
        json!({"acr": format!("{REFEDS}\u{0}")}),
        json!({"amr": ["pwd", "mfa "]}),
        json!({"amr": ["m\u{200b}fa"]}),
        json!({"amr": ["mfa<!-- -->"]}),
        // The right value in the place of the other.
        json!({"acr": "mfa"}),
        json!({"amr": [REFEDS]}),
    ];
    for claims in believed {
        let said = fixture.good(claims.clone()).await.unwrap();
        assert_eq!(weighed(&said), Ok(then()), "{claims}");
    }
    for claims in doubted {
        let said = fixture.good(claims.clone()).await.unwrap();
        assert_eq!(weighed(&said), Err(Doubt::Unsaid), "{claims}");
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
        assert_eq!(weighed(&said), Err(Doubt::Unsaid), "{claims}");
    }
    // The userinfo endpoint, which tells of the account and not of this login.
    let info =
        json!({"sub": "alice-1", "acr": REFEDS, "amr": ["mfa"], "auth_time": now().timestamp()});
    fixture.http.serve(USERINFO, info.to_string());
    for claims in [json!({}), json!({"acr": null, "amr": null})] {
        let said = fixture.good(claims.clone()).await.unwrap();
        assert_eq!(fixture.http.count(USERINFO), fixture.http.count(TOKEN));
        assert_eq!(weighed(&said), Err(Doubt::Unsaid), "{claims}");
    }
    let undated = fixture.good(json!({"acr": REFEDS, "auth_time": null}));
    assert_eq!(weighed(&undated.await.unwrap()), Err(Doubt::Undated));
    // The address that the browser brings.
    let begun = fixture.begin().await;
    fixture.token(&begun, &KEY, json!({}));
    let longer = format!("{}&acr={REFEDS}&amr=mfa", good_query());
    let said = fixture.finish(&begun, &longer).await.unwrap();
    assert_eq!(weighed(&said), Err(Doubt::Unsaid));
    // Control: the token itself says it; and somebody else's token does not.
    fixture.token(&begun, &KEY, json!({"acr": REFEDS}));
    let said = fixture.finish(&begun, &longer).await.unwrap();
    assert_eq!(weighed(&said), Ok(then()));
    fixture.token(&begun, &NEXT_KEY, json!({"acr": REFEDS}));
    let forged = fixture.finish(&begun, &longer).await;
    assert_eq!(code(forged), Some("jws_unknown_key"));
}
