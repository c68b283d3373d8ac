//! What a provider publishes, the relying party of this crate believes.

use super::*;
use crate::{
    discovery::{Provider, Rules},
    fixture::{ISSUER, rules},
};

fn publish(issuer: &str) -> Option<Value> {
    let at = |name: &str| Url::parse(&format!("{ISSUER}/{name}")).unwrap();
    let endpoints = Endpoints {
        issuer,
        authorization: at("authorize"),
        token: at("token"),
        userinfo: at("userinfo"),
        jwks: at("jwks"),
    };
    document(
        endpoints,
        &[Algorithm::Rs256, Algorithm::EdDsa],
        &["openid", "email"],
    )
}

#[test]
fn the_relying_party_reads_what_is_published() {
    let document = publish(ISSUER).unwrap();
    let provider = Provider::parse(document.to_string().as_bytes(), rules()).unwrap();
    assert!(provider.iss_in_callback());
    assert_eq!(
        provider.id_token_algorithms(),
        [Algorithm::Rs256, Algorithm::EdDsa]
    );
    assert_eq!(
        provider.token_auth_methods(),
        ["client_secret_basic", "client_secret_post", "none"]
    );
    let expected = [
        ("issuer", Value::from(ISSUER)),
        ("response_types_supported", serde_json::json!(["code"])),
        (
            "code_challenge_methods_supported",
            serde_json::json!(["S256"]),
        ),
        ("scopes_supported", serde_json::json!(["openid", "email"])),
        ("request_uri_parameter_supported", Value::Bool(false)),
    ];
    for (name, value) in expected {
        assert_eq!(document.get(name), Some(&value), "{name}");
    }
    assert_eq!(publish("no url"), None);
}

#[test]
fn every_algorithm_keeps_its_name() {
    for algorithm in Algorithm::ALL {
        let name = serde_json::to_value(library_algorithm(algorithm)).unwrap();
        assert_eq!(name, algorithm.name());
    }
    let slash = format!("{ISSUER}/");
    let document = publish(&slash).unwrap().to_string();
    let rules = Rules {
        issuer: &slash,
        ..rules()
    };
    assert_eq!(
        Provider::parse(document.as_bytes(), rules)
            .unwrap()
            .issuer(),
        slash
    );
}
