//! The attacks of the catalogue on metadata, beside benign controls; and our own metadata.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod keys;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use chrono::TimeDelta;
use vestibule_saml::{
    crypto::sign::SigningKey,
    instant,
    metadata::{
        IdpDescription, IdpMetadata, MetadataError, MetadataSignature, Source, SpDescription,
        SpMetadata, Validity,
    },
    signature::Trust,
};

use self::keys::{ATTACKER, EC, RSA, now, verifying};

const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

fn idp(keys: &[&SigningKey], signature: Option<MetadataSignature<'_>>) -> String {
    let description = IdpDescription {
        entity_id: "https://sso.example/saml/metadata",
        sso_url: "https://sso.example/saml/sso",
        certificates: keys.iter().map(|key| key.certificate_der()).collect(),
        want_authn_requests_signed: false,
        single_logout: Vec::new(),
        name_id_formats: vec![EMAIL],
        valid_until: None,
    };
    description.to_xml(signature).unwrap()
}

fn sp(keys: &[&SigningKey], authn_requests_signed: bool) -> String {
    let description = SpDescription {
        entity_id: "https://sso.example/upstream/adfs/saml/metadata",
        acs_urls: vec![
            "https://sso.example/upstream/adfs/saml/acs",
            "https://old.example/acs",
        ],
        certificates: keys.iter().map(|key| key.certificate_der()).collect(),
        decryption: Default::default(),
        authn_requests_signed,
        single_logout: Vec::new(),
        name_id_formats: vec![EMAIL],
        valid_until: Some(now()),
    };
    description.to_xml(None).unwrap()
}

fn parse(xml: &str) -> Result<IdpMetadata, MetadataError> {
    IdpMetadata::parse(&Source::trusted(xml.as_bytes()))
}

fn refused(xml: &str) -> &'static str {
    parse(xml).unwrap_err().code()
}

#[test]
fn control_our_idp_metadata_reads_back() {
    let read = parse(&idp(&[&RSA, &EC], None)).unwrap();
    assert_eq!(read.entity_id, "https://sso.example/saml/metadata");
    assert_eq!(
        read.sso_redirect.as_deref(),
        Some("https://sso.example/saml/sso")
    );
    assert_eq!(
        read.sso_post.as_deref(),
        Some("https://sso.example/saml/sso")
    );
    assert_eq!(read.signing_keys, [verifying(&RSA), verifying(&EC)]);
    assert_eq!(read.name_id_formats, [EMAIL]);
    assert_eq!(read.validity, Validity::default());
    assert!(read.unusable_keys.is_empty());
}

#[test]
fn control_our_sp_metadata_reads_back() {
    let read = SpMetadata::parse(&Source::trusted(sp(&[&RSA], true).as_bytes())).unwrap();
    assert_eq!(
        read.entity_id,
        "https://sso.example/upstream/adfs/saml/metadata"
    );
    let services: Vec<_> = read.assertion_consumer_services.iter().collect();
    assert_eq!(services.len(), 2);
    assert_eq!((services[0].index, services[0].is_default), (0, Some(true)));
    assert_eq!((services[1].index, services[1].is_default), (1, None));
    assert_eq!(read.signing_keys, [verifying(&RSA)]);
    assert_eq!(read.validity.valid_until, Some(now()));
}

#[test]
fn md_01_a_key_without_use_signs_and_checking_stays_on() {
    let xml = idp(&[&RSA], None).replace(" use=\"signing\"", "");
    assert_eq!(parse(&xml).unwrap().signing_keys, [verifying(&RSA)]);
    let encryption_only = idp(&[&RSA], None).replace("use=\"signing\"", "use=\"encryption\"");
    assert_eq!(refused(&encryption_only), "metadata_signing_key_missing");
    let unknown = idp(&[&RSA], None).replace("use=\"signing\"", "use=\"none\"");
    assert_eq!(refused(&unknown), "metadata_value");
    assert_eq!(refused(&idp(&[], None)), "metadata_signing_key_missing");
}

#[test]
fn md_01_an_unusable_key_is_told_and_does_not_spoil_the_others() {
    let broken = idp(&[&RSA, &EC], None).replace(&BASE64.encode(EC.certificate_der()), "AAAA");
    let read = parse(&broken).unwrap();
    assert_eq!(read.signing_keys, [verifying(&RSA)]);
    assert_eq!(read.unusable_keys.len(), 1);
    let all_broken = broken.replace(&BASE64.encode(RSA.certificate_der()), "!");
    assert_eq!(refused(&all_broken), "metadata_signing_key_missing");
}

#[test]
fn md_01_only_the_first_certificate_of_a_key_counts() {
    let first = format!(
        "<ds:X509Certificate>{}</ds:X509Certificate>",
        BASE64.encode(RSA.certificate_der())
    );
    let second = format!(
        "<ds:X509Certificate>{}</ds:X509Certificate>",
        BASE64.encode(ATTACKER.certificate_der())
    );
    let xml = idp(&[&RSA], None);
    let chained = xml.replace(&first, &format!("{first}{second}"));
    assert_ne!(chained, xml);
    assert_eq!(parse(&chained).unwrap().signing_keys, [verifying(&RSA)]);
}

#[test]
fn md_02_our_stricter_policy_wins() {
    for (said, ours, expected) in [
        (" WantAuthnRequestsSigned=\"true\"", false, true),
        (" WantAuthnRequestsSigned=\"1\"", false, true),
        (" WantAuthnRequestsSigned=\"false\"", true, true),
        ("", true, true),
        ("", false, false),
    ] {
        let xml = idp(&[&RSA], None).replace(" WantAuthnRequestsSigned=\"false\"", said);
        assert_eq!(
            parse(&xml).unwrap().signs_requests(ours),
            expected,
            "{said}"
        );
    }
    for (says, ours, expected) in [
        (true, false, true),
        (false, true, true),
        (false, false, false),
    ] {
        let read = SpMetadata::parse(&Source::trusted(sp(&[&RSA], says).as_bytes())).unwrap();
        assert_eq!(read.requires_signed_requests(ours), expected);
    }
    for (said, ours, expected) in [
        ("true", false, true),
        ("false", true, true),
        ("false", false, false),
    ] {
        let xml = sp(&[&RSA], false).replace(
            "WantAssertionsSigned=\"true\"",
            &format!("WantAssertionsSigned=\"{said}\""),
        );
        let read = SpMetadata::parse(&Source::trusted(xml.as_bytes())).unwrap();
        assert_eq!(read.wants_signed_assertions(ours), expected);
    }
    // Who always signs must say with what.
    let keyless = sp(&[], true);
    let error = SpMetadata::parse(&Source::trusted(keyless.as_bytes())).unwrap_err();
    assert_eq!(error.code(), "metadata_signing_key_missing");
    let neither = idp(&[&RSA], None).replace(
        "WantAuthnRequestsSigned=\"false\"",
        "WantAuthnRequestsSigned=\"no\"",
    );
    assert_eq!(refused(&neither), "metadata_value");
}

#[test]
fn md_03_the_signature_of_the_file() {
    let keys = [verifying(&EC), verifying(&RSA)];
    let parse_signed = |xml: &str| {
        let trust = Some(Trust {
            keys: &keys,
            danger_accept_sha1: false,
        });
        IdpMetadata::parse(&Source {
            trust,
            ..Source::trusted(xml.as_bytes())
        })
    };
    let code = |xml: &str| parse_signed(xml).unwrap_err().code();
    let good = idp(
        &[&RSA],
        Some(MetadataSignature {
            key: &RSA,
            id: "_m1",
        }),
    );
    assert_eq!(parse_signed(&good).unwrap().signing_keys, [verifying(&RSA)]);

    assert_eq!(code(&idp(&[&RSA], None)), "signature_missing");
    assert_eq!(
        code(&good.replace("saml/sso", "saml/evil")),
        "digest_mismatch"
    );
    let foreign = idp(
        &[&ATTACKER],
        Some(MetadataSignature {
            key: &ATTACKER,
            id: "_m1",
        }),
    );
    assert_eq!(code(&foreign), "signature_mismatch");
    // The signed entity inside an unsigned group: only a signature of the root counts.
    let md = "urn:oasis:names:tc:SAML:2.0:metadata";
    let group = |inside: &str| {
        format!("<md:EntitiesDescriptor xmlns:md=\"{md}\">{inside}</md:EntitiesDescriptor>")
    };
    assert_eq!(code(&group(&good)), "signature_missing");
    let evil = idp(&[&ATTACKER], None);
    assert_eq!(code(&group(&format!("{evil}{good}"))), "signature_missing");
}

/// The wrapping shapes of SI-01 to SI-08, on metadata: the signed description stays in the file, and another is its
/// root.
#[test]
fn md_03_a_signed_description_inside_another() {
    let keys = [verifying(&RSA)];
    let trust = Some(Trust {
        keys: &keys,
        danger_accept_sha1: false,
    });
    let code = |xml: &str| {
        let source = Source {
            trust,
            ..Source::trusted(xml.as_bytes())
        };
        IdpMetadata::parse(&source).unwrap_err().code()
    };
    let good = idp(
        &[&RSA],
        Some(MetadataSignature {
            key: &RSA,
            id: "_m1",
        }),
    );
    let end = "</ds:Signature>";
    let (from, to) = (
        good.find("<ds:Signature ").unwrap(),
        good.find(end).unwrap() + end.len(),
    );
    let signature = &good[from..to];
    let original = good.replace(signature, "");
    let inside = |what: &str| format!("<md:Extensions>{what}</md:Extensions>");
    let open = signature.replace(end, "");
    let evil = |id: &str, first: &str| {
        let bare = idp(&[&ATTACKER], None);
        let (head, tail) = bare.split_once("><").unwrap();
        format!("{head} ID=\"{id}\">{first}<{tail}")
    };
    for (name, xml, expected) in [
        (
            "signed inside, unsigned root",
            evil("_evil", &inside(&good)),
            "signature_missing",
        ),
        (
            "signature moved up, original beside it",
            evil("_evil", &format!("{signature}{}", inside(&original))),
            "reference_mismatch",
        ),
        (
            "original inside the signature",
            evil("_evil", &format!("{open}{original}{end}")),
            "signature_shape",
        ),
        (
            "original as an object of the signature",
            evil(
                "_evil",
                &format!("{open}<ds:Object>{original}</ds:Object>{end}"),
            ),
            "signature_shape",
        ),
        (
            "the same id twice",
            evil("_m1", &format!("{signature}{}", inside(&original))),
            "duplicate_id",
        ),
        (
            "the signature alone",
            evil("_m1", signature),
            "digest_mismatch",
        ),
        (
            "an id of another spelling",
            evil(
                "_evil\" Id=\"_m1",
                &format!("{signature}{}", inside(&original)),
            ),
            "id_attribute_refused",
        ),
    ] {
        assert_eq!(code(&xml), expected, "{name}: {xml}");
    }
}

#[test]
fn md_03_entities_of_a_group() {
    let md = "urn:oasis:names:tc:SAML:2.0:metadata";
    let group = |inside: &str| {
        format!("<md:EntitiesDescriptor xmlns:md=\"{md}\">{inside}</md:EntitiesDescriptor>")
    };
    let first = idp(&[&RSA], None);
    let second = first.replace(
        "https://sso.example/saml/metadata",
        "https://other.example/",
    );
    let both = group(&format!("{}{}", group(&first), second));
    assert_eq!(refused(&both), "metadata_entity_ambiguous");
    for (entity_id, expected) in [
        (
            "https://sso.example/saml/metadata",
            Ok("https://sso.example/saml/metadata"),
        ),
        ("https://other.example/", Ok("https://other.example/")),
        ("https://unknown.example/", Err("metadata_entity_missing")),
    ] {
        let source = Source {
            entity_id: Some(entity_id),
            ..Source::trusted(both.as_bytes())
        };
        let found = IdpMetadata::parse(&source).map(|read| read.entity_id);
        assert_eq!(found.as_deref().map_err(MetadataError::code), expected);
    }
    assert_eq!(
        refused(&group(&format!("{first}{first}"))),
        "metadata_entity_repeated"
    );
    assert_eq!(refused(&sp(&[&RSA], false)), "metadata_entity_missing");
    // An entity without this role is nobody's rival.
    assert!(parse(&group(&format!("{first}{}", sp(&[&RSA], false)))).is_ok());
}

#[test]
fn md_04_validity() {
    let with = |attributes: &str| {
        idp(&[&RSA], None).replace(" entityID=", &format!(" {attributes} entityID="))
    };
    let validity = |attributes: &str| parse(&with(attributes)).unwrap().validity;
    let until = |offset| {
        format!(
            "validUntil=\"{}\"",
            instant::format(now() + TimeDelta::seconds(offset))
        )
    };
    assert!(validity(&until(1)).check(now()).is_ok());
    assert_eq!(
        validity(&until(0)).check(now()).unwrap_err().code(),
        "metadata_expired"
    );
    assert_eq!(
        validity(&until(-1)).check(now()).unwrap_err().code(),
        "metadata_expired"
    );
    for (duration, expected) in [
        ("PT0S", Validity::REFRESH_FLOOR),
        ("PT1H", TimeDelta::hours(1)),
        ("P9999Y", Validity::REFRESH_CEILING),
    ] {
        assert_eq!(
            validity(&format!("cacheDuration=\"{duration}\"")).refresh_after(),
            expected
        );
    }
    assert_eq!(
        Validity::default().refresh_after(),
        Validity::REFRESH_CEILING
    );
    for wrong in [
        "validUntil=\"soon\"",
        "cacheDuration=\"-P1D\"",
        "cacheDuration=\"1 day\"",
    ] {
        assert_eq!(refused(&with(wrong)), "metadata_value", "{wrong}");
    }
}

/// Metadata that says it holds for a hundred years, or for ever, is asked for again within a day all the same.
#[test]
fn md_04_no_metadata_is_kept_for_long_on_its_own_word() {
    let with = |attributes: &str| {
        let xml = idp(&[&RSA], None).replace(" entityID=", &format!(" {attributes} entityID="));
        parse(&xml).unwrap().validity
    };
    for attributes in [
        "validUntil=\"2126-01-01T00:00:00Z\"",
        "validUntil=\"9999-12-31T23:59:59Z\" cacheDuration=\"P100Y\"",
        "cacheDuration=\"P999999999999999999999Y\"",
    ] {
        let validity = with(attributes);
        assert_eq!(
            validity.refresh_after(),
            Validity::REFRESH_CEILING,
            "{attributes}"
        );
        assert!(validity.check(now()).is_ok(), "{attributes}");
    }
    assert_eq!(Validity::REFRESH_CEILING, TimeDelta::hours(24));
    assert_eq!(Validity::REFRESH_FLOOR, TimeDelta::minutes(5));
}

#[test]
fn md_04_the_stricter_of_group_and_entity_counts() {
    let (early, late) = (
        instant::format(now()),
        instant::format(now() + TimeDelta::days(1)),
    );
    let nested = |outer: &str, inner: &str| {
        let entity =
            idp(&[&RSA], None).replace(" entityID=", &format!(" validUntil=\"{inner}\" entityID="));
        format!(
            "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" validUntil=\"{outer}\">{entity}</md:EntitiesDescriptor>"
        )
    };
    for xml in [nested(&early, &late), nested(&late, &early)] {
        assert_eq!(parse(&xml).unwrap().validity.valid_until, Some(now()));
    }
}

#[test]
fn md_07_addresses() {
    let own = "https://sso.example/saml/sso";
    for evil in [
        "http://sso.example/saml/sso",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://a@evil.example/",
    ] {
        assert_eq!(
            refused(&idp(&[&RSA], None).replace(own, evil)),
            "metadata_location",
            "{evil}"
        );
    }
    assert!(parse(&idp(&[&RSA], None).replace(own, "http://localhost:8080/saml/sso")).is_ok());
    let acs = sp(&[&RSA], false).replace("https://old.example/acs", "javascript:alert(1)");
    let error = SpMetadata::parse(&Source::trusted(acs.as_bytes())).unwrap_err();
    assert_eq!(error.code(), "metadata_location");
    // Bindings that we do not speak are not read; if nothing is left, that is said.
    let soap = idp(&[&RSA], None).replace("bindings:HTTP-Redirect", "bindings:SOAP");
    assert_eq!(parse(&soap).unwrap().sso_redirect, None);
    assert_eq!(
        refused(&soap.replace("bindings:HTTP-POST", "bindings:PAOS")),
        "metadata_service_missing"
    );
}

#[test]
fn indexes_of_addresses_are_unique_numbers() {
    for index in ["0", "-1", "x", "70000", ""] {
        let xml = sp(&[&RSA], false).replace("index=\"1\"", &format!("index=\"{index}\""));
        let error = SpMetadata::parse(&Source::trusted(xml.as_bytes())).unwrap_err();
        assert_eq!(error.code(), "metadata_value", "{index:?}");
    }
}

#[test]
fn unknown_roles_and_other_protocols_are_skipped() {
    let unknown = "<md:RoleDescriptor xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:fed=\"urn:fed\" \
                   xsi:type=\"fed:SecurityTokenServiceType\" protocolSupportEnumeration=\"urn:fed\"/><md:IDPSSODescriptor";
    let xml = idp(&[&RSA], None).replacen("<md:IDPSSODescriptor", unknown, 1);
    assert!(parse(&xml).is_ok());
    let saml1 = idp(&[&RSA], None).replace(
        "protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"",
        "protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:1.1:protocol\"",
    );
    assert_eq!(refused(&saml1), "metadata_entity_missing");
}
