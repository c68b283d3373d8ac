//! What is published is what is so.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{super::*, house::*};

fn document(house: &House) -> Value {
    serde_json::from_str(&house.provider.metadata().unwrap()).unwrap()
}

#[test]
fn oo_13_oo_17_the_document_says_what_is_enforced() {
    let document = document(&house(|_| {}));
    assert_eq!(document["issuer"], ISSUER);
    for (name, path) in [
        ("authorization_endpoint", "/oauth2/authorize"),
        ("token_endpoint", "/oauth2/token"),
        ("userinfo_endpoint", "/oauth2/userinfo"),
        ("jwks_uri", "/oauth2/jwks"),
    ] {
        assert_eq!(document[name], format!("{ISSUER}{path}"));
    }
    for (name, expected) in [
        ("response_types_supported", json!(["code"])),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("id_token_signing_alg_values_supported", json!(["RS256"])),
        (
            "scopes_supported",
            json!(["email", "groups", "openid", "profile"]),
        ),
        ("request_parameter_supported", json!(false)),
        (
            "authorization_response_iss_parameter_supported",
            json!(true),
        ),
    ] {
        assert_eq!(document[name], expected, "{name}");
    }
}

#[test]
fn the_document_is_written_once_and_anew_when_the_keys_change() {
    let house = house(|_| {});
    let first = house.provider.metadata().unwrap();
    assert!(Arc::ptr_eq(&first, &house.provider.metadata().unwrap()));
    let key = |kind| SigningKey::from_pkcs8(&SigningKey::generate_pkcs8(kind).unwrap()).unwrap();
    let active = |key| OidcKey {
        key,
        active: true,
        clients: Default::default(),
    };
    let keys = OidcKeys::new(vec![active(our_key()), active(key(KeyKind::P256))]);
    house.registry.keys.store(Arc::new(keys));
    let algorithms = &document(&house)["id_token_signing_alg_values_supported"];
    assert_eq!(*algorithms, json!(["ES256", "RS256"]));
    let set: Value = serde_json::from_str(&house.provider.jwks()).unwrap();
    assert_eq!(set["keys"].as_array().unwrap().len(), 2);
}
