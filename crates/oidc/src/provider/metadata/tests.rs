//! What a provider publishes, the relying party of this crate believes.

use serde_json::{Value, json};

use super::*;
use crate::{
    discovery::{Provider, Rules},
    fixture::{ISSUER, rules},
};

fn at(name: &str) -> Url {
    Url::parse(&format!("{ISSUER}/{name}")).unwrap()
}

/// A provider that can do everything.
fn everything() -> Facts<'static> {
    Facts {
        issuer: ISSUER,
        endpoints: Endpoints {
            authorization: at("authorize"),
            token: at("token"),
            jwks: at("jwks"),
            userinfo: Some(at("userinfo")),
            end_session: Some(at("logout")),
            introspection: Some(at("introspect")),
            pushed: Some(at("par")),
            revocation: Some(at("revoke")),
        },
        id_token_algorithms: &[Algorithm::Rs256, Algorithm::EdDsa],
        client_auth_methods: &[
            ClientAuthMethod::SecretBasic,
            ClientAuthMethod::PrivateKeyJwt,
            ClientAuthMethod::None,
        ],
        client_assertion_algorithms: &[Algorithm::Es256],
        grant_types: &GrantType::ALL,
        response_modes: &ResponseMode::ALL,
        scopes: &["openid", "email"],
        claims: &["sub", "email"],
        acr_values: &["https://refeds.org/profile/mfa"],
        subject_types: &["public", "pairwise"],
        ui_locales: &["en", "de"],
        claims_parameter: true,
        require_pushed: false,
        logout: LogoutFacts {
            back_channel: true,
            front_channel: true,
        },
    }
}

/// A provider that can do as little as possible.
fn little() -> Facts<'static> {
    Facts {
        endpoints: Endpoints {
            userinfo: None,
            end_session: None,
            introspection: None,
            pushed: None,
            revocation: None,
            ..everything().endpoints
        },
        client_auth_methods: &[ClientAuthMethod::SecretBasic],
        client_assertion_algorithms: &[],
        scopes: &[],
        claims: &[],
        acr_values: &[],
        ui_locales: &[],
        claims_parameter: false,
        logout: LogoutFacts::default(),
        ..everything()
    }
}

#[test]
fn the_relying_party_reads_what_is_published() {
    for issuer in [ISSUER, "https://idp.example/realms/acme/"] {
        let facts = Facts {
            issuer,
            ..everything()
        };
        let document = serde_json::to_vec(&Document::of(facts)).unwrap();
        let rules = Rules { issuer, ..rules() };
        let provider = Provider::parse(&document, rules).unwrap();
        assert_eq!(provider.issuer(), issuer);
        assert!(provider.iss_in_callback());
        assert_eq!(
            provider.id_token_algorithms(),
            [Algorithm::Rs256, Algorithm::EdDsa]
        );
        assert_eq!(
            provider.token_auth_methods(),
            ["client_secret_basic", "private_key_jwt", "none"]
        );
        assert_eq!(provider.end_session_endpoint(), Some(&at("logout")));
    }
}

#[test]
fn oo_17_the_document_says_what_is_enforced() {
    let document = serde_json::to_value(Document::of(everything())).unwrap();
    let expected = json!({
        "issuer": ISSUER,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "jwks_uri": at("jwks"),
        "userinfo_endpoint": at("userinfo"),
        "end_session_endpoint": at("logout"),
        "introspection_endpoint": at("introspect"),
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
        "introspection_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "pushed_authorization_request_endpoint": at("par"),
        "require_pushed_authorization_requests": false,
        "revocation_endpoint": at("revoke"),
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt", "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["form_post", "query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256", "EdDSA"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "scopes_supported": ["openid", "email"],
        "claims_supported": ["sub", "email"],
        "acr_values_supported": ["https://refeds.org/profile/mfa"],
        "ui_locales_supported": ["en", "de"],
        "prompt_values_supported": ["consent", "login", "none", "select_account"],
        "code_challenge_methods_supported": ["S256"],
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
    });
    assert_eq!(document, expected);
}

#[test]
fn oo_17_what_there_is_not_is_not_announced() {
    let document = serde_json::to_value(Document::of(little())).unwrap();
    let members = document.as_object().unwrap();
    for (name, value) in members {
        assert_ne!(value, &json!([]), "{name}: RFC 8414 section 3.2");
        assert_ne!(value, &Value::Null, "{name}");
    }
    for absent in [
        "userinfo_endpoint",
        "end_session_endpoint",
        "introspection_endpoint",
        "introspection_endpoint_auth_methods_supported",
        "pushed_authorization_request_endpoint",
        "require_pushed_authorization_requests",
        "revocation_endpoint",
        "token_endpoint_auth_signing_alg_values_supported",
        "scopes_supported",
        "acr_values_supported",
    ] {
        assert!(!members.contains_key(absent), "{absent}");
    }
    assert_eq!(document["backchannel_logout_supported"], json!(false));
}
