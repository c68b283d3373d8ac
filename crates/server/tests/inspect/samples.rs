//! Real messages, where `VESTIBULE_SAMPLES` names the folder that holds them.

use std::{fs, path::PathBuf};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use url::Url;
use vestibule_upstream::saml::{MetadataPlace, VerifyingKey};

use super::support::*;

fn samples() -> Option<PathBuf> {
    let folder = std::env::var_os("VESTIBULE_SAMPLES").map(PathBuf::from);
    if folder.is_none() {
        println!("SKIPPED: VESTIBULE_SAMPLES names no folder");
    }
    folder.filter(|folder| !folder.as_os_str().is_empty())
}

/// Metadata of a provider of which only the certificates are known.
fn typed(entity_id: &str, keys: &[VerifyingKey]) -> String {
    let sso = Url::parse("https://idp.example/sso").unwrap();
    match MetadataPlace::typed(entity_id, &sso, None, keys).unwrap() {
        MetadataPlace::Inline(xml) => xml,
        other => panic!("{other:?}"),
    }
}

const AD_FS: &str = "http://fs.spstest2.com/adfs/services/trust";

#[test]
fn ad_fs_signed_and_encrypted() {
    let Some(folder) = samples() else { return };
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let certificate = read("adfs-response-idp-signing-cert.pem");
    let keys = [VerifyingKey::from_certificate_pem(certificate.as_bytes()).unwrap()];
    let metadata = typed(AD_FS, &keys);
    let decryption = folder.join("adfs-response-sp-TEST-decryption-key.pem");
    let decryption = decryption.to_str().unwrap();
    let arguments = [
        "saml-response",
        "--idp-metadata",
        &metadata,
        "--sp-entity-id",
        "https://saml.test.nope/session/sso/saml/spentityid/dknhyszjl7",
        "--acs",
        "https://saml.test.nope/session/sso/saml/acs/dknhyszjl7",
        "--at",
        "2017-09-21T23:27:10Z",
    ];
    let signed = read("adfs-response-signed-assertion.b64");
    let signed = signed.trim();
    let encrypted = read("adfs-response-encrypted-assertion.b64");
    let encrypted = encrypted.trim();
    let then = "2017-09-21T23:19:20Z";
    let rows = [
        (
            "signed",
            signed.to_owned(),
            none(),
            "accepted paul@spstest2.com",
        ),
        (
            "signed, asked",
            signed.to_owned(),
            json!({"in_response_to": "_5988bf45-1cc8-4228-b3e8-1aa8590e63d3"}),
            "accepted paul@spstest2.com",
        ),
        (
            "signed, later",
            signed.to_owned(),
            json!({"at": null}),
            "confirmation_expired",
        ),
        (
            "encrypted, no key",
            encrypted.to_owned(),
            json!({"at": then}),
            "encrypted_not_configured",
        ),
        (
            "encrypted, CBC",
            encrypted.to_owned(),
            json!({"at": then, "sp_key": decryption}),
            "cbc_refused",
        ),
        (
            "encrypted, CBC accepted",
            encrypted.to_owned(),
            json!({"at": then, "sp_key": decryption, "danger_accept_cbc": true}),
            "accepted paul@spstest2.com",
        ),
        (
            "encrypted, key inline",
            encrypted.to_owned(),
            json!({"at": then, "sp_key": [fs::read_to_string(decryption).unwrap()], "danger_accept_cbc": true}),
            "accepted paul@spstest2.com",
        ),
    ];
    check_batch(&arguments, &rows);
}

#[test]
fn okta_signs_both() {
    let Some(folder) = samples() else { return };
    let certificate = fs::read(folder.join("okta-response-idp-cert.pem")).unwrap();
    let keys = [VerifyingKey::from_certificate_pem(&certificate).unwrap()];
    let metadata = typed("http://www.okta.com/exk659aytfMeNI49v0h7", &keys);
    let file = folder.join("okta-response-signed.xml");
    let said = inspect(
        &[
            "saml-response",
            "--idp-metadata",
            &metadata,
            "--sp-entity-id",
            "\"123\"",
            "--acs",
            "http://localhost:8080/v1/_saml_callback",
            "--in-response-to",
            "_15f66d2d-628b-4d9b-a99e-089d8da862e1",
            "--at",
            "2016-07-25T23:20:20Z",
            "--json",
            file.to_str().unwrap(),
        ],
        "",
    );
    assert_eq!(said.status, Some(0), "{}{}", said.out, said.err);
    assert_eq!(said.verdicts()[0]["subject"], "russellhaering");
}

#[test]
fn real_metadata_is_read() {
    let Some(folder) = samples() else { return };
    for (name, entity_id) in [
        ("adfs-v3-FederationMetadata.xml", None),
        ("adfs-v4-FederationMetadata.xml", None),
        ("idp-metadata-multi-signing-certs.xml", None),
        (
            "shibboleth-testshib-idp-metadata.xml",
            Some("https://idp.testshib.org/idp/shibboleth"),
        ),
    ] {
        let path = folder.join(name);
        let mut all = arguments(path.to_str().unwrap(), &["--json"]);
        if let Some(entity_id) = entity_id {
            all.extend(["--idp-entity-id", entity_id]);
        }
        let said = inspect(&all, response());
        // The metadata was read, and the Response is another provider's.
        let code = &outcomes(&said)[0].1;
        assert!(
            ["signature_mismatch", "issuer_mismatch", "key_mismatch"].contains(&code.as_str()),
            "{name}: {code}: {said:?}"
        );
    }
}

/// Every fixture, believed in all that it says of itself, certificates of the attackers included: none is accepted, but
/// for the one that is genuine.
#[test]
fn third_party_attacks_are_refused() {
    let Some(folder) = samples() else { return };
    let text = fs::read_to_string(folder.join("saml-in-thirdparty.json")).unwrap();
    let set: Value = serde_json::from_str(&text).unwrap();
    let items = set["items"].as_array().unwrap();
    assert_eq!(items.len(), 50);
    let (mut input, mut expected) = (String::new(), Vec::new());
    for item in items {
        let path = item["path"].as_str().unwrap();
        let stored = BASE64_STANDARD
            .decode(item["content_b64"].as_str().unwrap())
            .unwrap();
        let stored = String::from_utf8(stored).unwrap();
        let xml = xml_of(&stored);
        let keys = certificates(&xml);
        let issuer = text_of(&xml, "Issuer");
        if keys.is_empty() || issuer.is_empty() {
            // Nothing in it can be believed; it is refused whatever the metadata says.
            input.push_str(&line(
                path,
                &stored,
                json!({"idp_metadata": metadata(&[&IDP_KEY])}),
            ));
        } else {
            let overrides = json!({
                "idp_metadata": typed(&issuer, &keys),
                "acs": attribute_of(&xml, "Recipient"),
                "sp_entity_id": text_of(&xml, "Audience"),
                "at": attribute_of(&xml, "IssueInstant"),
                "in_response_to": attribute_of(&xml, "InResponseTo"),
                "clock_skew": 120,
                "danger_accept_sha1": true,
            });
            input.push_str(&line(path, &stored, overrides));
        }
        expected.push((
            path,
            path.ends_with("TestSPRejectsInjectedComment_response"),
        ));
    }
    let said = inspect(&arguments(&metadata(&[&IDP_KEY]), &["--batch"]), input);
    let verdicts = said.verdicts();
    assert_eq!(verdicts.len(), items.len());
    for ((path, genuine), verdict) in expected.into_iter().zip(&verdicts) {
        assert_eq!(verdict["id"], path);
        assert_eq!(verdict["accepted"], genuine, "{verdict}");
        assert_ne!(verdict["rejection"], "bad_line", "{verdict}");
    }
    assert_eq!(said.status, Some(0), "{}", said.err);
}

/// Fixtures are XML, or base64 of it.
fn xml_of(stored: &str) -> String {
    if stored.trim_start().starts_with('<') {
        return stored.to_owned();
    }
    let dense: String = stored.split_ascii_whitespace().collect();
    String::from_utf8_lossy(&BASE64_STANDARD.decode(dense).unwrap()).into_owned()
}

fn certificates(xml: &str) -> Vec<VerifyingKey> {
    let der = |piece: &str| {
        let text: String = piece.split('<').next()?.split_ascii_whitespace().collect();
        BASE64_STANDARD.decode(text).ok()
    };
    xml.split("X509Certificate>")
        .filter_map(der)
        .filter_map(|der| VerifyingKey::from_certificate_der(&der).ok())
        .collect()
}

fn attribute_of(xml: &str, name: &str) -> String {
    let rest = xml
        .split_once(&format!(" {name}="))
        .map_or("", |(_, rest)| rest);
    let quote = rest.chars().next().unwrap_or('"');
    rest.split(quote).nth(1).unwrap_or_default().to_owned()
}

/// The text of the first element of that local name, whose tag may have attributes.
fn text_of(xml: &str, name: &str) -> String {
    let tags = xml.split('<').filter(|tag| !tag.starts_with('/'));
    let mut found = tags.filter_map(|tag| {
        let (head, text) = tag.split_once('>')?;
        let qualified = head.split_ascii_whitespace().next()?;
        (qualified.rsplit(':').next() == Some(name)).then_some(text)
    });
    found.next().unwrap_or_default().to_owned()
}
