//! Rows OO-01 to OO-11, as far as the adapter decides.

use serde_json::{Map, Value, json};
use vestibule_core::{assurance::Demand, port::Tell};
use vestibule_oidc::signing::SigningKey as Key;

use super::{super::*, house::*};
use crate::conformance::now;

/// The code of a rejection, and the error that the application hears, if it does.
fn told(rejection: &Rejection) -> (&str, Option<String>) {
    let error = match &rejection.tell {
        Tell::AtOnce(reply) => Some(sent(reply).1["error"].clone()),
        Tell::Later(_) => panic!("an application hears at once"),
        Tell::Nobody => None,
    };
    (rejection.code, error)
}

#[tokio::test]
async fn oo_01_an_address_that_is_not_registered_gets_nothing() {
    let house = house(|_| {});
    let good = query(JIRA, "one", "");
    assert!(
        house
            .provider
            .receive(&by_get(good.clone()), now())
            .await
            .is_ok()
    );
    for (from, to, code) in [
        (
            "callback",
            "callback%2F",
            "authorization_unknown_redirect_uri",
        ),
        ("https%3A", "http%3A", "authorization_unknown_redirect_uri"),
        (
            "jira.test",
            "evil.test",
            "authorization_unknown_redirect_uri",
        ),
        (
            "redirect_uri=",
            "redirect=",
            "authorization_missing_parameter",
        ),
        (
            "client_id=jira",
            "client_id=wiki",
            "authorization_unknown_redirect_uri",
        ),
        ("client_id=jira", "client_id=Jira", "app_unknown"),
        (
            "client_id=jira",
            "client_id=",
            "authorization_missing_parameter",
        ),
    ] {
        let incoming = by_get(good.replacen(from, to, 1));
        let rejection = house.provider.receive(&incoming, now()).await.unwrap_err();
        assert_eq!(told(&rejection), (code, None), "{to}");
        // Whoever wrote the client id down another way reads so, and it is nobody's all the same.
        let is_slip = to == "client_id=Jira";
        let hint = "\"jira\" differs from it only in upper and lower case";
        assert_eq!(
            rejection.detail.contains(hint),
            is_slip,
            "{}",
            rejection.detail
        );
    }
}

#[tokio::test]
async fn oo_01_what_is_unregistered_or_disabled_while_a_login_is_under_way_gets_nothing() {
    let request = house(|_| {}).request(JIRA, "one", "").await.unwrap();
    type Change = fn(&mut OidcApp);
    let changes: [(Change, Result<(), &str>); 3] = [
        (|_| {}, Ok(())),
        (|app| app.disabled = true, Err("app_disabled")),
        (
            |app| {
                app.client = Client::new(JIRA, ClientKind::Confidential);
                app.client
                    .register_redirect_uri("https://jira.test/other")
                    .unwrap();
            },
            Err("authorization_unknown_redirect_uri"),
        ),
    ];
    for (change, expected) in changes {
        let later = house(|settings| change(settings.apps.get_mut(&app_id(JIRA)).unwrap()));
        let answered = later.answer(request.clone()).await;
        assert_eq!(answered.map(|_| ()).map_err(|error| error.code), expected);
        let refused = later
            .provider
            .refuse(&request, Refusal::Denied, now())
            .await;
        assert_eq!(refused.map(|_| ()).map_err(|error| error.code), expected);
    }
}

#[tokio::test]
async fn a_disabled_application_and_a_stranger_are_turned_away() {
    let house = house(|settings| settings.apps.get_mut(&app_id(JIRA)).unwrap().disabled = true);
    let rejection = house.request(JIRA, "one", "").await.unwrap_err();
    assert_eq!(told(&rejection), ("app_disabled", None));
    assert!(house.request(WIKI, "one", "").await.is_ok());
}

#[tokio::test]
async fn oo_03_oo_10_oo_11_faults_of_a_known_application_are_told_there() {
    let house = house(|_| {});
    for (from, to, code, error) in [
        (
            "code_challenge=",
            "x=",
            "authorization_pkce_missing",
            "invalid_request",
        ),
        (
            "=S256",
            "=plain",
            "authorization_pkce_method",
            "invalid_request",
        ),
        (
            "response_type=code",
            "response_type=token",
            "authorization_response_type",
            "unsupported_response_type",
        ),
        (
            "&state=",
            "&request=e30.e30.&state=",
            "authorization_request_object",
            "request_not_supported",
        ),
        (
            "&state=",
            "&request_uri=https%3A%2F%2F127.0.0.1&state=",
            "authorization_request_uri",
            "request_uri_not_supported",
        ),
        (
            "&state=",
            "&response_mode=fragment&state=",
            "authorization_response_mode",
            "invalid_request",
        ),
        (
            "&state=",
            "&prompt=none+login&state=",
            "authorization_prompt_none_combined",
            "invalid_request",
        ),
        (
            "&state=",
            "&claims={%22id_token%22:{%22acr%22:{%22essential%22:true,%22value%22:%22urn:x%22}}}&state=",
            "authorization_acr_unreachable",
            "unmet_authentication_requirements",
        ),
    ] {
        let incoming = by_get(query(WIKI, "one", "").replacen(from, to, 1));
        let rejection = house.provider.receive(&incoming, now()).await.unwrap_err();
        assert_eq!(told(&rejection), (code, Some(error.to_owned())));
        assert_eq!(rejection.app, Some(app_id(WIKI)));
    }
    // Control: Data Center may come without.
    let incoming = query(JIRA, "one", "");
    let without = incoming.split("&code_challenge").next().unwrap().to_owned();
    assert!(
        house
            .provider
            .receive(&by_get(without), now())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn oo_09_a_demand_is_a_demand_and_a_wish_is_a_wish() {
    let essential = "claims={%22id_token%22:{%22acr%22:{%22essential%22:true,%22value%22:%22https://refeds.org/profile/mfa%22}}}";
    for (more, demand) in [
        ("", Demand::Anything),
        (
            "acr_values=https%3A%2F%2Frefeds.org%2Fprofile%2Fmfa",
            Demand::SecondFactorIfPossible,
        ),
        ("acr_values=urn%3Ax", Demand::Anything),
        (essential, Demand::SecondFactor),
    ] {
        let house = house(|_| {});
        let request = house.request(JIRA, "one", more).await.unwrap();
        assert_eq!(request.demand, demand, "{more}");
    }
}

#[tokio::test]
async fn oo_09_what_was_not_proved_is_not_said() {
    let house = house(|_| {});
    let wish = "acr_values=urn%3Ax";
    let request = house.request(JIRA, "one", wish).await.unwrap();
    let answered = house
        .provider
        .answer(grant(request, identity(), false))
        .await
        .unwrap();
    let (_, code) = issued(&answered);
    assert_eq!(
        code.issued.acr,
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
    );
    assert_eq!(code.issued.amr, ["pwd"]);
}

fn hint(key: &Key, claims: Value) -> String {
    let claims: Map<String, Value> = serde_json::from_value(claims).unwrap();
    format!("id_token_hint={}", key.sign(&claims).unwrap())
}

#[tokio::test]
async fn oo_08_a_hint_names_a_person_and_authenticates_nobody() {
    let house = house(|_| {});
    let request = house.request(JIRA, "one", "").await.unwrap();
    let alice = issued(&house.answer(request).await.unwrap())
        .1
        .issued
        .subject;
    let ours = our_key();
    let foreign = Key::from_pkcs8(&Key::generate_pkcs8(KeyKind::Rsa2048).unwrap()).unwrap();
    let claims = |iss: &str, aud: &str, sub: &str| {
        // Long past its time, as hints are.
        json!({ "iss": iss, "aud": aud, "sub": sub, "exp": 1, "iat": 0 })
    };
    // Control.
    let more = hint(&ours, claims(ISSUER, JIRA, &alice));
    let request = house.request(JIRA, "one", &more).await.unwrap();
    assert!(house.answer(request).await.is_ok());
    // Somebody else: the application hears that its person is not here.
    let more = hint(&ours, claims(ISSUER, JIRA, "bob"));
    let request = house.request(JIRA, "one", &more).await.unwrap();
    let error = house.answer(request).await.unwrap_err();
    assert_eq!(error.code, "subject_mismatch");
    assert_eq!(
        sent(error.tell.as_deref().unwrap()).1["error"],
        "login_required"
    );
    for no_hint in [
        hint(&foreign, claims(ISSUER, JIRA, &alice)),
        hint(&ours, claims("https://evil.test", JIRA, &alice)),
        hint(&ours, claims(ISSUER, WIKI, &alice)),
        hint(&ours, json!({ "iss": ISSUER, "aud": JIRA })),
        "id_token_hint=e30.e30.".to_owned(),
        "id_token_hint=alice".to_owned(),
    ] {
        let rejection = house.request(JIRA, "one", &no_hint).await.unwrap_err();
        let expected = ("id_token_hint_invalid", Some("invalid_request".to_owned()));
        assert_eq!(told(&rejection), expected, "{no_hint}");
    }
}

#[tokio::test]
async fn oo_08_a_claim_for_one_person_is_no_answer_about_another() {
    let house = house(|settings| {
        for app in settings.apps.values_mut() {
            app.subject = crate::told::Source::Mail;
        }
    });
    for (sub, expected) in [
        ("alice@acme.test", Ok(())),
        ("bob@acme.test", Err("subject_mismatch")),
    ] {
        let more = format!("claims={{%22id_token%22:{{%22sub%22:{{%22value%22:%22{sub}%22}}}}}}");
        let request = house.request(JIRA, "one", &more).await.unwrap();
        let answered = house.answer(request).await;
        assert_eq!(answered.map(|_| ()).map_err(|error| error.code), expected);
    }
}

#[tokio::test]
async fn oo_12_what_is_there_twice_or_in_two_places_is_refused() {
    let house = house(|_| {});
    let good = query(JIRA, "one", "");
    let post = |query: &str, form: String| Incoming {
        query: query.into(),
        form: Some(form),
    };
    assert!(
        house
            .provider
            .receive(&post("", good.clone()), now())
            .await
            .is_ok()
    );
    for (incoming, code) in [
        (
            by_get(format!("{good}&client_id=jira")),
            "authorization_repeated_parameter",
        ),
        (
            by_get(format!("{good}&state=two")),
            "authorization_repeated_parameter",
        ),
        (
            post("state=two", good.clone()),
            "authorization_query_and_body",
        ),
        (
            by_get(format!("{good}&x={}", "x".repeat(64 * 1024))),
            "authorization_too_large",
        ),
    ] {
        let rejection = house.provider.receive(&incoming, now()).await.unwrap_err();
        assert_eq!(told(&rejection), (code, None));
    }
}
