//! OI-153: what a provider may say about itself.

use serde_json::{Value, json};

use super::*;
use crate::fixture::{ISSUER, metadata, rules};

fn metadata_with(changes: &Value) -> Value {
    let mut document = metadata();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            document.as_object_mut().unwrap().remove(name);
        } else {
            document[name] = value.clone();
        }
    }
    document
}

fn check(changes: &Value, rules: Rules<'_>) -> &'static str {
    let document = metadata_with(changes).to_string();
    Provider::parse(document.as_bytes(), rules).map_or_else(|rejection| rejection.code(), |_| "ok")
}

#[test]
fn oi_b1_a_correct_document_is_read() {
    let provider = Provider::parse(metadata().to_string().as_bytes(), rules()).unwrap();
    assert_eq!(provider.issuer(), ISSUER);
    assert_eq!(
        provider.token_endpoint().as_str(),
        format!("{ISSUER}/token")
    );
    assert_eq!(provider.jwks_uri().as_str(), format!("{ISSUER}/keys"));
    assert!(provider.userinfo_endpoint().is_some() && provider.end_session_endpoint().is_none());
    assert!(provider.iss_in_callback());
    assert_eq!(
        provider.id_token_algorithms(),
        [Algorithm::Rs256, Algorithm::Es256]
    );
    assert_eq!(
        provider.token_auth_methods(),
        ["client_secret_basic", "private_key_jwt"]
    );
    let silent = metadata_with(&json!({
        "authorization_response_iss_parameter_supported": null,
        "token_endpoint_auth_methods_supported": null,
        "userinfo_endpoint": null,
    }));
    let provider = Provider::parse(silent.to_string().as_bytes(), rules()).unwrap();
    assert!(!provider.iss_in_callback() && provider.token_auth_methods().is_empty());
}

#[test]
fn oi_153_issuer_and_endpoints() {
    let cases = [
        (
            json!({"issuer": "https://evil.example"}),
            "discovery_issuer_mismatch",
        ),
        (
            json!({"issuer": format!("{ISSUER}/")}),
            "discovery_issuer_mismatch",
        ),
        (
            json!({"issuer": "https://IDP.example/realms/acme"}),
            "discovery_issuer_mismatch",
        ),
        (
            json!({"issuer": "https://idp.example:443/realms/acme"}),
            "discovery_issuer_mismatch",
        ),
        (json!({"issuer": null}), "discovery_malformed"),
        (
            json!({"token_endpoint": "http://idp.example/token"}),
            "discovery_insecure_endpoint",
        ),
        (
            json!({"token_endpoint": "http://localhost/token"}),
            "discovery_insecure_endpoint",
        ),
        (
            json!({"token_endpoint": "ftp://idp.example/token"}),
            "discovery_insecure_endpoint",
        ),
        (
            json!({"token_endpoint": "https://a:b@idp.example/t"}),
            "discovery_insecure_endpoint",
        ),
        (
            json!({"token_endpoint": "https://idp.example/t#x"}),
            "discovery_insecure_endpoint",
        ),
        (
            json!({"token_endpoint": "https://evil.example/token"}),
            "discovery_foreign_host",
        ),
        (
            json!({"token_endpoint": "https://idp.example.evil.example/"}),
            "discovery_foreign_host",
        ),
        (
            json!({"token_endpoint": "https://169.254.169.254/"}),
            "discovery_foreign_host",
        ),
        (json!({"token_endpoint": "token"}), "discovery_malformed"),
        (
            json!({"token_endpoint": null}),
            "discovery_no_token_endpoint",
        ),
        (
            json!({"jwks_uri": "https://evil.example/keys"}),
            "discovery_foreign_host",
        ),
        (
            json!({"jwks_uri": "file:///etc/passwd"}),
            "discovery_insecure_endpoint",
        ),
        (json!({"jwks_uri": null}), "discovery_malformed"),
        (
            json!({"userinfo_endpoint": "http://idp.example/u"}),
            "discovery_insecure_endpoint",
        ),
        (
            json!({"authorization_endpoint": "javascript:alert(1)"}),
            "discovery_insecure_endpoint",
        ),
        (
            json!({"authorization_endpoint": "https://evil.example/"}),
            "discovery_foreign_host",
        ),
        (
            json!({"end_session_endpoint": "https://evil.example/"}),
            "discovery_foreign_host",
        ),
        (
            json!({"token_endpoint": "https://idp.example:8443/token"}),
            "ok",
        ),
    ];
    for (changes, code) in cases {
        assert_eq!(check(&changes, rules()), code, "{changes}");
    }
}

#[test]
fn oi_153_other_hosts_are_named_one_by_one() {
    let named = Rules {
        other_hosts: &["Tokens.example"],
        ..rules()
    };
    let cases = [
        (json!({"token_endpoint": "https://tokens.example/t"}), "ok"),
        (
            json!({"token_endpoint": "http://tokens.example/t"}),
            "discovery_insecure_endpoint",
        ),
        (
            json!({"token_endpoint": "https://x.tokens.example/t"}),
            "discovery_foreign_host",
        ),
    ];
    for (changes, code) in cases {
        assert_eq!(check(&changes, named), code, "{changes}");
    }
}

/// A provider of bad faith names the token endpoint of an honest one, so that we bring the honest one's code and our
/// secret there to it, or its answers to us. Clients prove themselves by a secret; there is no assertion whose audience
/// it could choose.
#[test]
fn oi_155_no_provider_speaks_for_the_addresses_of_another() {
    for endpoint in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
    ] {
        for (address, code) in [
            ("https://honest.example/endpoint", "discovery_foreign_host"),
            (
                "https://idp.example.evil.example/endpoint",
                "discovery_foreign_host",
            ),
            (
                "https://idp.example@evil.example/endpoint",
                "discovery_insecure_endpoint",
            ),
        ] {
            let changes = json!({ endpoint: address });
            assert_eq!(check(&changes, rules()), code, "{changes}");
        }
    }
    assert_eq!(check(&json!({}), rules()), "ok");
}

#[test]
fn oi_153_http_only_on_loopback_and_only_where_allowed() {
    for (issuer, allowed) in [
        ("http://localhost:8081", "ok"),
        ("http://127.0.0.1:8081", "ok"),
        ("http://[::1]:8081", "ok"),
        ("http://idp.example", "discovery_insecure_endpoint"),
        (
            "http://localhost.evil.example",
            "discovery_insecure_endpoint",
        ),
        (
            "http://127.0.0.1.evil.example",
            "discovery_insecure_endpoint",
        ),
        ("http://10.0.0.1", "discovery_insecure_endpoint"),
    ] {
        let endpoint = |name: &str| format!("{issuer}/{name}");
        let changes = json!({
            "issuer": issuer,
            "authorization_endpoint": endpoint("authorize"),
            "token_endpoint": endpoint("token"),
            "userinfo_endpoint": endpoint("userinfo"),
            "jwks_uri": endpoint("keys"),
        });
        let rules = Rules {
            issuer,
            other_hosts: &[],
            danger_allow_loopback_http: true,
        };
        assert_eq!(check(&changes, rules), allowed, "{issuer}");
        let strict = Rules {
            danger_allow_loopback_http: false,
            ..rules
        };
        assert_eq!(
            check(&changes, strict),
            "discovery_insecure_endpoint",
            "{issuer}"
        );
        assert_eq!(rules.document_url().is_some(), allowed == "ok");
        assert_eq!(strict.document_url(), None);
    }
}

#[test]
fn oi_152_bounds_and_shape_of_a_document() {
    let twice = metadata()
        .to_string()
        .replacen('{', r#"{"issuer":"https://evil.example","#, 1);
    let cases = [
        (vec![b' '; MAX_METADATA_BYTES + 1], "discovery_too_large"),
        (b"<html>".to_vec(), "discovery_malformed"),
        (b"[]".to_vec(), "discovery_malformed"),
        (twice.into_bytes(), "discovery_malformed"),
    ];
    for (bytes, code) in cases {
        assert_eq!(Provider::parse(&bytes, rules()).unwrap_err().code(), code);
    }
}

#[test]
fn the_document_is_below_the_issuer() {
    let cases = [
        (
            ISSUER,
            "https://idp.example/realms/acme/.well-known/openid-configuration",
        ),
        (
            "https://idp.example/",
            "https://idp.example/.well-known/openid-configuration",
        ),
    ];
    for (issuer, expected) in cases {
        let url = Rules { issuer, ..rules() }.document_url().unwrap();
        assert_eq!(url.as_str(), expected);
    }
    assert_eq!(
        Rules {
            issuer: "not a url",
            ..rules()
        }
        .document_url(),
        None
    );
}

#[test]
fn a_document_of_ad_fs_is_read() {
    let issuer = "https://adfs.acme.example/adfs";
    let document = json!({
        "issuer": issuer,
        "access_token_issuer": "http://adfs.acme.example/adfs/services/trust",
        "authorization_endpoint": format!("{issuer}/oauth2/authorize/"),
        "token_endpoint": format!("{issuer}/oauth2/token/"),
        "jwks_uri": format!("{issuer}/discovery/keys"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "end_session_endpoint": format!("{issuer}/oauth2/logout"),
        "token_endpoint_auth_methods_supported":
            ["client_secret_post", "client_secret_basic", "windows_client_authentication"],
        "response_types_supported": ["code", "id_token", "code id_token", "token id_token"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
        "subject_types_supported": ["pairwise"],
        "scopes_supported": ["allatclaims", "openid", "profile"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["aud", "iss", "upn", "unique_name", "sid"],
        "microsoft_multi_refresh_token": true,
        "capabilities": ["kdf_ver2"],
        "frontchannel_logout_supported": true,
    });
    let rules = Rules { issuer, ..rules() };
    let provider = Provider::parse(document.to_string().as_bytes(), rules).unwrap();
    assert_eq!(provider.id_token_algorithms(), [Algorithm::Rs256]);
    assert!(!provider.iss_in_callback() && provider.end_session_endpoint().is_some());
    assert!(
        provider
            .token_auth_methods()
            .iter()
            .any(|method| method == "client_secret_post")
    );
}
