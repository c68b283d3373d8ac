//! Real metadata files; runs where `VESTIBULE_SAMPLES` names the folder that holds them.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read files and settings, and say what they expect by panicking"
)]

use std::path::PathBuf;

use vestibule_saml::{
    crypto::VerifyingKey,
    metadata::{IdpMetadata, Source, SpMetadata},
    signature::Trust,
};

fn sample(name: &str) -> Option<Vec<u8>> {
    let folder = PathBuf::from(std::env::var_os("VESTIBULE_SAMPLES")?);
    Some(std::fs::read(folder.join(name)).unwrap())
}

#[test]
fn ad_fs_describes_four_roles_and_only_one_counts() {
    for (name, entity_id, host) in [
        (
            "adfs-v2-FederationMetadata.xml",
            "http://fs.msidlab7.com/adfs/services/trust",
            "fs.msidlab7.com",
        ),
        (
            "adfs-v3-FederationMetadata.xml",
            "http://fs.msidlab2.com/adfs/services/trust",
            "fs.msidlab2.com",
        ),
        (
            "adfs-v4-FederationMetadata.xml",
            "http://fs.msidlab11.com/adfs/services/trust",
            "fs.msidlab11.com",
        ),
    ] {
        let Some(xml) = sample(name) else { return };
        let read = IdpMetadata::parse(&Source::trusted(&xml)).unwrap();
        assert_eq!(read.entity_id, entity_id);
        let sso = format!("https://{host}/adfs/ls/");
        assert_eq!(
            (read.sso_redirect.as_deref(), read.sso_post.as_deref()),
            (Some(sso.as_str()), Some(sso.as_str()))
        );
        let logout: Vec<_> = read
            .single_logout
            .iter()
            .map(|it| it.location.as_str())
            .collect();
        assert_eq!(logout, [&sso, &sso], "{name}");
        assert_eq!(read.signing_keys.len(), 1, "{name}");
        assert!(read.unusable_keys.is_empty(), "{name}");
        assert_eq!(read.name_id_formats.len(), 3, "{name}");

        // The same key signs the file.
        let trust = Some(Trust {
            keys: &read.signing_keys,
            danger_accept_sha1: false,
        });
        assert!(
            IdpMetadata::parse(&Source {
                trust,
                ..Source::trusted(&xml)
            })
            .is_ok(),
            "{name}"
        );
        let changed = String::from_utf8(xml)
            .unwrap()
            .replace("/adfs/ls/", "/adfs/xx/");
        let error = IdpMetadata::parse(&Source {
            trust,
            ..Source::trusted(changed.as_bytes())
        })
        .unwrap_err();
        assert_eq!(error.code(), "digest_mismatch");
    }
}

#[test]
fn shibboleth_groups_an_idp_and_an_sp() {
    let Some(xml) = sample("shibboleth-testshib-idp-metadata.xml") else {
        return;
    };
    let idp = IdpMetadata::parse(&Source::trusted(&xml)).unwrap();
    assert_eq!(idp.entity_id, "https://idp.testshib.org/idp/shibboleth");
    assert_eq!(
        idp.sso_redirect.as_deref(),
        Some("https://idp.testshib.org/idp/profile/SAML2/Redirect/SSO")
    );
    assert_eq!(
        idp.sso_post.as_deref(),
        Some("https://idp.testshib.org/idp/profile/SAML2/POST/SSO")
    );
    assert_eq!(idp.signing_keys.len(), 1);
    let subject = |key: &VerifyingKey| key.certificate().subject.clone();
    assert!(subject(&idp.signing_keys[0]).contains("idp.testshib.org"));

    let sp = SpMetadata::parse(&Source::trusted(&xml)).unwrap();
    assert_eq!(sp.entity_id, "https://sp.testshib.org/shibboleth-sp");
    assert!(!sp.assertion_consumer_services.is_empty());
}

#[test]
fn all_strong_signing_certificates_of_a_rollover_are_taken() {
    let Some(xml) = sample("idp-metadata-multi-signing-certs.xml") else {
        return;
    };
    let read = IdpMetadata::parse(&Source::trusted(&xml)).unwrap();
    // Three descriptors: the first and the last are the same, the second has 1024 bit.
    assert_eq!(read.signing_keys.len(), 1);
    assert_eq!(read.unusable_keys.len(), 1);
    assert!(
        read.unusable_keys[0].reason.contains("2048"),
        "{:?}",
        read.unusable_keys
    );
    assert_eq!(read.sso_post, None);
}
