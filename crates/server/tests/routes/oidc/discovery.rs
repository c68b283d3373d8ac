//! The conformance suite of the OpenID Foundation, config OP: what is published, and that it is what is enforced.

use serde_json::Value;

use crate::support::{Authorization, Heard, House, PUBLIC};

async fn document(house: &House) -> Value {
    let page = house
        .browser()
        .get("/.well-known/openid-configuration")
        .await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("application/json"));
    serde_json::from_str(&page.body).unwrap()
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap())
        .collect()
}

#[actix_web::test]
async fn oidcc_discovery_endpoint_verification() {
    let house = House::with_parties().await;
    let document = document(&house).await;
    assert_eq!(document["issuer"], PUBLIC);
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
    ] {
        let address = document[name].as_str().unwrap();
        assert!(
            address.starts_with(&format!("{PUBLIC}/oauth2/")),
            "{name}: {address}"
        );
        // What is named is there: nothing answers 404.
        let path = address.trim_start_matches(PUBLIC);
        assert_ne!(house.browser().get(path).await.status, 404, "{name}");
    }
    assert_eq!(texts(&document["response_types_supported"]), ["code"]);
    assert!(texts(&document["id_token_signing_alg_values_supported"]).contains(&"RS256"));
    assert_eq!(
        texts(&document["code_challenge_methods_supported"]),
        ["S256"]
    );
    assert!(texts(&document["scopes_supported"]).contains(&"openid"));
    for claim in [
        "sub",
        "iss",
        "auth_time",
        "acr",
        "amr",
        "email",
        "preferred_username",
    ] {
        assert!(
            texts(&document["claims_supported"]).contains(&claim),
            "{claim}"
        );
    }
}

/// No algorithm is none: not offered, so that the module is left out, and not to be had.
#[actix_web::test]
async fn oidcc_idtoken_unsigned() {
    let house = House::with_parties().await;
    let document = document(&house).await;
    for list in [
        "id_token_signing_alg_values_supported",
        "token_endpoint_auth_signing_alg_values_supported",
    ] {
        let offered = texts(&document[list]);
        assert!(
            offered.contains(&"RS256") && !offered.contains(&"none"),
            "{offered:?}"
        );
    }
}

#[actix_web::test]
async fn oidcc_rp_initiated_logout_discovery_endpoint_verification() {
    let house = House::with_parties().await;
    let document = document(&house).await;
    let address = document["end_session_endpoint"].as_str().unwrap();
    assert_eq!(address, format!("{PUBLIC}/oauth2/logout"));
    assert_eq!(house.browser().get(address).await.status, 200);
}

#[actix_web::test]
async fn oidcc_frontchannel_logout_discovery_endpoint_verification() {
    let house = House::with_parties().await;
    let document = document(&house).await;
    assert_eq!(document["frontchannel_logout_supported"], true);
    assert_eq!(document["frontchannel_logout_session_supported"], true);
}

#[actix_web::test]
async fn oidcc_backchannel_logout_discovery_endpoint_verification() {
    let house = House::with_parties().await;
    let document = document(&house).await;
    assert_eq!(document["backchannel_logout_supported"], true);
    assert_eq!(document["backchannel_logout_session_supported"], true);
}

#[actix_web::test]
async fn oo_17_the_key_set_is_public_and_what_is_published_is_enforced() {
    let house = House::with_parties().await;
    let page = house.browser().get("/oauth2/jwks").await;
    assert_eq!(
        page.header("content-type"),
        Some("application/jwk-set+json")
    );
    let set: Value = serde_json::from_str(&page.body).unwrap();
    let keys = set["keys"].as_array().unwrap();
    assert!(!keys.is_empty());
    for key in keys {
        assert!(key["kid"].is_string() && key["alg"].is_string() && key["use"] == "sig");
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert_eq!(key.get(private), None);
        }
    }
    // The same keys at the next look.
    assert_eq!(house.browser().get("/oauth2/jwks").await.body, page.body);
    let document = document(&house).await;
    for mode in ["query", "form_post", "fragment", "web_message", "query.jwt"] {
        let request = Authorization::of_portal().with("response_mode", mode);
        let page = house.browser().get(&request.address()).await;
        let offered = texts(&document["response_modes_supported"]).contains(&mode);
        assert_eq!(Heard::in_page(&page).is_none(), offered, "{mode}");
    }
}

#[actix_web::test]
async fn oo_13_no_header_changes_who_we_are() {
    let house = House::with_parties().await;
    let good = document(&house).await;
    for header in ["Host", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded"] {
        let value = if header == "Forwarded" {
            "host=evil.example;proto=http"
        } else {
            "evil.example"
        };
        let request = actix_web::test::TestRequest::with_uri("/.well-known/openid-configuration")
            .insert_header((header, value));
        let page = house.browser().call(request).await;
        let found: Value = serde_json::from_str(&page.body).unwrap();
        assert_eq!(found, good, "{header}");
    }
}
