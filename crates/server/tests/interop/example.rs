//! The files of `examples/keycloak`, with the ports of this run in place of those that the example names.

use std::{fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

/// What stands in the example where a run has something of its own.
const VESTIBULE: &str = ":8080";
const KEYCLOAK: &str = ":8180";
const STORE: &str = "store: sqlite:vestibule.db\n";
const APPS: &str = "\napps:\n";

/// One of the example's files.
pub(crate) fn file(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/keycloak");
    let path = folder.join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// One of its realms, told where Vestibule is.
pub(crate) fn realm(name: &str, vestibule: u16) -> String {
    let text = file(&format!("{name}-realm.json"));
    assert!(text.contains(VESTIBULE), "{name} does not name Vestibule");
    assert!(!text.contains(KEYCLOAK), "{name} names its own port");
    text.replace(VESTIBULE, &format!(":{vestibule}"))
}

/// The realm `acme` by another name, in which Keycloak encrypts assertions for the key of this certificate.
pub(crate) fn encrypting_realm(name: &str, vestibule: u16, certificate: &[u8]) -> String {
    let mut realm: Value = serde_json::from_str(&realm("acme", vestibule)).unwrap();
    realm["realm"] = name.into();
    let clients = realm["clients"].as_array_mut().unwrap();
    let client = clients
        .iter_mut()
        .find(|client| client["protocol"] == "saml");
    let attributes = &mut client.unwrap()["attributes"];
    attributes["saml.encrypt"] = "true".into();
    attributes["saml.encryption.certificate"] = STANDARD.encode(certificate).into();
    realm.to_string()
}

/// The upstream over SAML asks that realm, with this key to decrypt.
pub(crate) fn with_encryption(yaml: &str, realm: &str, key_file: &str) -> String {
    let before = "/realms/acme/protocol/saml/descriptor\n";
    assert_eq!(yaml.matches(before).count(), 1);
    let after = format!(
        "/realms/{realm}/protocol/saml/descriptor\n      decryption_key_files: {key_file}\n"
    );
    yaml.replace(before, &after)
}

/// Its `broker.yaml`, told where everybody is. With `store` in place of its own, and `app` besides its own.
pub(crate) fn broker_yaml(vestibule: u16, keycloak: u16, store: Option<&str>, app: &str) -> String {
    let text = file("broker.yaml");
    for (words, count) in [(STORE, 1), (APPS, 1), (VESTIBULE, 2), (KEYCLOAK, 5)] {
        assert_eq!(
            text.matches(words).count(),
            count,
            "{words:?} in broker.yaml"
        );
    }
    let text = text
        .replace(VESTIBULE, &format!(":{vestibule}"))
        .replace(KEYCLOAK, &format!(":{keycloak}"))
        .replace(APPS, &format!("{APPS}{app}"));
    match store {
        Some(store) => text.replace(STORE, store),
        None => text,
    }
}

/// Each logout goes on to Keycloak, without a question.
pub(crate) fn with_logout_there(yaml: &str) -> String {
    let before = "    preset: keycloak\n";
    assert_eq!(yaml.matches(before).count(), 2);
    yaml.replace(before, &format!("{before}    logout: always\n"))
}

/// What Keycloak says over OpenID Connect is believed about a second factor, if it is this `acr`; the stand-in is told of one.
pub(crate) fn believing(yaml: &str, acr: &str) -> String {
    let mut yaml = yaml.to_owned();
    for (before, after) in [
        (
            "    preset: keycloak\n    oidc:\n",
            format!(
                "    second_factor: {{ contexts: \"{acr}\", max_age: 10m }}\n    preset: keycloak\n    oidc:\n"
            ),
        ),
        (
            "factors: [totp, backup_code] }",
            "factors: [totp, backup_code], accept_upstream: true }".to_owned(),
        ),
        (
            "preset: atlassian-cloud\n    saml: {",
            format!("preset: atlassian-cloud\n    saml: {{ authn_context: \"{acr}\","),
        ),
    ] {
        assert_eq!(yaml.matches(before).count(), 1, "{before:?}");
        yaml = yaml.replace(before, &after);
    }
    yaml
}

/// The wiki's metadata in place of what the example says about it by hand.
pub(crate) fn with_metadata_of_the_wiki(yaml: &str, file: &str) -> String {
    let by_hand = ["      entity_id: ", "      acs_url: "];
    let is_by_hand = |line: &&str| by_hand.iter().any(|key| line.starts_with(key));
    assert_eq!(yaml.lines().filter(is_by_hand).count(), by_hand.len());
    let metadata = format!("      metadata_file: {file}");
    let lines = yaml.lines().filter_map(|line| match line {
        line if line.starts_with(by_hand[0]) => Some(metadata.as_str()),
        line if is_by_hand(&line) => None,
        line => Some(line),
    });
    lines.collect::<Vec<_>>().join("\n")
}
