//! Encrypted assertions, SI-B4, SI-62b and SI-72 to SI-75: what is decrypted is believed for a signature, never for
//! having been encrypted. Ciphertext that is changed to hear how it fails is in `attacks_ciphertext.rs`.

#[path = "attacks_encryption/pieces.rs"]
mod pieces;
mod support;

use vestibule_saml::{
    encryption::Decryption,
    response::{self, Expectation},
};

use self::support::{
    A_SIG, R_SIG, SAML, SP, assertion, bare, edit, expectation, forged, keys, outcome, response,
    sealing::{
        AES128_CBC, AES128_GCM, AES192_CBC, AES192_GCM, AES256_CBC, AES256_GCM, MGF1P, OAEP, OURS,
        Place, RSA_1_5, SHA1, SHA256, SHA512, Sealing, check_cbc, check_sealed, check_with,
        decryption, decryption_key, verify_sealed,
    },
    signed_assertion,
    signing::Signing,
    wrapping::unsigned_response,
};

const ACCEPTED: &str = "accepted alice@a.test";
const EVIL: &str = "accepted admin@a.test";

/// The identity provider's assertion, signed.
fn genuine() -> String {
    signed_assertion(&assertion("_a1"))
}

/// A Response around `inner`, signed by the identity provider.
fn signed_response(inner: &str) -> String {
    Signing::of(&response("_r1", inner), R_SIG).sign(keys::idp())
}

#[test]
fn si_b4_a_signed_assertion_that_was_encrypted_is_accepted() {
    for cipher in [AES256_GCM, AES192_GCM, AES128_GCM] {
        for place in [Place::Inside, Place::Beside, Place::BesideSilent] {
            let sealing = Sealing::of(genuine()).with(|it| {
                it.cipher = cipher;
                it.place = place;
            });
            check_sealed(&unsigned_response(&sealing.seal()), ACCEPTED);
            check_sealed(&signed_response(&sealing.seal()), ACCEPTED);
        }
    }
}

#[test]
fn si_b4_every_accepted_key_transport() {
    let mask = |name: &str| -> &'static str {
        match name {
            "sha1" => "http://www.w3.org/2009/xmlenc11#mgf1sha1",
            "sha256" => "http://www.w3.org/2009/xmlenc11#mgf1sha256",
            _ => "http://www.w3.org/2009/xmlenc11#mgf1sha512",
        }
    };
    for (transport, digest, mask, expected) in [
        (MGF1P, Some(SHA1), None, ACCEPTED),
        (MGF1P, None, None, ACCEPTED),
        (OAEP, None, None, ACCEPTED),
        (OAEP, Some(SHA1), Some(mask("sha1")), ACCEPTED),
        (OAEP, Some(SHA256), Some(mask("sha256")), ACCEPTED),
        (OAEP, Some(SHA512), Some(mask("sha512")), ACCEPTED),
        // Combinations that the library does not do, or that contradict themselves.
        (MGF1P, Some(SHA256), None, "oaep_parameters_refused"),
        (OAEP, Some(SHA256), None, "oaep_parameters_refused"),
        (
            OAEP,
            Some(SHA256),
            Some(mask("sha1")),
            "oaep_parameters_refused",
        ),
        (
            MGF1P,
            Some(SHA1),
            Some(mask("sha1")),
            "oaep_parameters_refused",
        ),
        (
            OAEP,
            Some("http://www.w3.org/2001/04/xmldsig-more#md5"),
            None,
            "oaep_parameters_refused",
        ),
        (RSA_1_5, None, None, "algorithm_refused"),
    ] {
        let sealing = Sealing::of(genuine()).with(|it| {
            it.transport = transport;
            it.digest = digest;
            it.mask = mask;
        });
        check_cbc(&unsigned_response(&sealing.seal()), expected);
    }
}

/// As Shibboleth sends it by default: the assertion is not signed, but the Response around its ciphertext is.
#[test]
fn si_73_a_signed_response_covers_its_ciphertext() {
    let sealed = Sealing::of(bare(&assertion("_a1"))).seal();
    check_sealed(&signed_response(&sealed), ACCEPTED);
    // The same ciphertext counts for nothing without the signature.
    check_sealed(&unsigned_response(&sealed), "signature_missing");
}

#[test]
fn si_72_encrypted_evil_before_or_after_the_own_assertion() {
    let evil = Sealing::of(forged("_a2")).seal();
    // Armed: the ciphertext is good, and believed where a signature covers it.
    check_sealed(&signed_response(&evil), EVIL);
    let own = genuine();
    check_sealed(
        &unsigned_response(&format!("{evil}{own}")),
        "assertion_count",
    );
    check_sealed(
        &unsigned_response(&format!("{own}{evil}")),
        "assertion_count",
    );
    let other = Sealing::of(own)
        .seal()
        .replace("_e1", "_e2")
        .replace("_k1", "_k2");
    let both = format!("{other}{evil}");
    check_sealed(&unsigned_response(&both), "assertion_count");
}

#[test]
fn si_73_encrypted_and_unsigned_is_refused() {
    let evil = Sealing::of(forged("_a1")).seal();
    check_sealed(&signed_response(&evil), EVIL);
    check_sealed(&unsigned_response(&evil), "signature_missing");
    // Put into a Response that was signed around something else.
    let genuine = Sealing::of(bare(&assertion("_a1"))).seal();
    let swapped = edit(&signed_response(&genuine), &genuine, &evil);
    check_sealed(&swapped, "digest_mismatch");
    // Signed by somebody else.
    let template = assertion("_a1").replace("alice@a.test", "admin@a.test");
    let own_key = Signing::of(&template, A_SIG).sign(keys::attacker());
    check_sealed(
        &unsigned_response(&Sealing::of(own_key).seal()),
        "signature_mismatch",
    );
}

/// Wrapping inside the ciphertext: the signed original is kept, a forgery stands around it.
#[test]
fn si_73_wrapping_inside_the_ciphertext() {
    let genuine = genuine();
    let signature_start = genuine.find("<ds:Signature").unwrap();
    let signature_end = genuine.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let signature = &genuine[signature_start..signature_end];
    let around = |id: &str, inner: &str| {
        let evil = assertion(id).replace("alice@a.test", "admin@a.test");
        edit(&evil, A_SIG, inner)
    };
    let moved = edit(
        signature,
        "</ds:Signature>",
        &format!(
            "<ds:Object>{}</ds:Object></ds:Signature>",
            bare(&assertion("_a1"))
        ),
    );
    for (name, plaintext, expected) in [
        ("beside", around("_a2", &genuine), "assertion_misplaced"),
        ("object", around("_a2", &moved), "assertion_misplaced"),
        ("stolen", around("_a2", signature), "reference_mismatch"),
        ("same id", around("_a1", signature), "digest_mismatch"),
        (
            "advice",
            around("_a2", &format!("<saml:Advice>{signature}</saml:Advice>")),
            "signature_misplaced",
        ),
    ] {
        let sealed = Sealing::of(plaintext).seal();
        let found = outcome(verify_sealed(
            &unsigned_response(&sealed),
            decryption(false),
        ));
        assert_eq!(found, expected, "{name}");
    }
    check_sealed(&unsigned_response(&Sealing::of(genuine).seal()), ACCEPTED);
}

#[test]
fn si_74_plain_evil_beside_encrypted_genuine() {
    let genuine = Sealing::of(genuine()).seal();
    check_sealed(&unsigned_response(&genuine), ACCEPTED);
    let evil = forged("_a2");
    check_sealed(
        &unsigned_response(&format!("{evil}{genuine}")),
        "assertion_count",
    );
    check_sealed(
        &unsigned_response(&format!("{genuine}{evil}")),
        "assertion_count",
    );
    let hidden = format!("<samlp:Extensions>{evil}</samlp:Extensions>{genuine}");
    check_sealed(&unsigned_response(&hidden), "assertion_misplaced");
}

#[test]
fn si_74_cbc_is_off_by_default_and_rsa_1_5_always() {
    for cipher in [AES128_CBC, AES192_CBC, AES256_CBC] {
        let sealing = Sealing::of(genuine()).with(|it| it.cipher = cipher);
        let xml = unsigned_response(&sealing.seal());
        check_sealed(&xml, "cbc_refused");
        check_cbc(&xml, ACCEPTED);
        check_cbc(&signed_response(&sealing.seal()), ACCEPTED);
        let old = sealing.with(|it| it.transport = RSA_1_5);
        check_cbc(&unsigned_response(&old.seal()), "algorithm_refused");
    }
    for unknown in [
        "http://www.w3.org/2001/04/xmlenc#tripledes-cbc",
        "http://www.w3.org/2001/04/xmlenc#kw-aes256",
        "",
    ] {
        let sealing = Sealing::of(genuine()).with(|it| it.cipher = unknown);
        check_cbc(&unsigned_response(&sealing.seal()), "algorithm_refused");
    }
}

#[test]
fn si_75_encrypted_parts_of_a_signed_assertion_are_refused() {
    let data = r#"<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"></xenc:EncryptedData>"#;
    let template = assertion("_a1");
    for (name, before) in [
        ("EncryptedID", "<saml:SubjectConfirmation "),
        ("EncryptedAttribute", "<saml:Attribute Name=\"mail\">"),
    ] {
        let part = format!("<saml:{name}>{data}</saml:{name}>{before}");
        let inside = signed_assertion(&edit(&template, before, &part));
        check_sealed(&unsigned_response(&inside), "encrypted_element_refused");
        let sealed = Sealing::of(inside).seal();
        check_sealed(&unsigned_response(&sealed), "encrypted_element_refused");
    }
    let sealed = Sealing::of(genuine()).seal();
    let beside = format!("<samlp:Extensions>{data}</samlp:Extensions>{sealed}");
    check_sealed(&unsigned_response(&beside), "encrypted_element_refused");
}

#[test]
fn si_62b_encrypted_anew_it_is_the_same_assertion() {
    let genuine = genuine();
    let xml: Vec<_> = [AES256_GCM, AES128_GCM]
        .map(|cipher| {
            Sealing::of(genuine.clone())
                .with(|it| it.cipher = cipher)
                .seal()
        })
        .map(|sealed| unsigned_response(&sealed))
        .into();
    assert_ne!(xml[0], xml[1]);
    let read: Vec<_> = xml
        .iter()
        .map(|xml| verify_sealed(xml, decryption(false)).unwrap())
        .collect();
    let plain = support::verify(&unsigned_response(&genuine)).unwrap();
    for read in &read {
        assert_eq!(read.replay_id(), plain.replay_id());
        assert_eq!(read.remember_until(), plain.remember_until());
        assert_eq!(read.attributes(), plain.attributes());
    }
}

#[test]
fn keys_can_be_exchanged() {
    let [current, before] = &*OURS;
    let for_key = |key: &vestibule_saml::crypto::DecryptionKey| {
        let sealing = Sealing::of(genuine());
        unsigned_response(
            &sealing
                .with(|it| it.certificate = key.certificate_der().to_vec())
                .seal(),
        )
    };
    let cases = [
        (vec![current.clone()], current, ACCEPTED),
        (vec![current.clone()], before, "decryption_failed"),
        (vec![current.clone(), before.clone()], before, ACCEPTED),
        (vec![before.clone(), current.clone()], before, ACCEPTED),
        (vec![], current, "encrypted_not_configured"),
    ];
    for (keys, used, expected) in cases {
        let decryption = Decryption {
            keys: &keys,
            danger_accept_cbc: false,
        };
        check_with(&for_key(used), decryption, expected);
    }
}

#[test]
fn a_response_can_be_required_to_be_signed() {
    let idp = [keys::idp().verifying.clone()];
    let expectation = Expectation {
        decryption: decryption(true),
        require_signed_response: true,
        ..expectation(&idp)
    };
    let sealed = Sealing::of(genuine())
        .with(|it| it.cipher = AES256_CBC)
        .seal();
    for (xml, expected) in [
        (unsigned_response(&sealed), "response_signature_missing"),
        (signed_response(&sealed), ACCEPTED),
        (unsigned_response(&genuine()), "response_signature_missing"),
        (signed_response(&genuine()), ACCEPTED),
    ] {
        let found = response::verify(xml.as_bytes(), &expectation);
        assert_eq!(outcome(found), expected);
    }
}

/// As Keycloak sends it: the prefix is declared on the Response only. What is in force there cannot change what was
/// signed.
#[test]
fn si_73_prefixes_are_those_of_the_place_where_the_ciphertext_stood() {
    let declaration = format!(" xmlns:saml=\"{SAML}\"");
    let lean = genuine().replacen(&declaration, "", 1);
    assert!(!lean.starts_with(&format!("<saml:Assertion{declaration}")));
    let sealed = Sealing::of(lean.clone()).seal();
    check_sealed(&unsigned_response(&sealed), ACCEPTED);
    check_sealed(&signed_response(&sealed), ACCEPTED);
    let unsigned = bare(&assertion("_a1")).replacen(&declaration, "", 1);
    check_sealed(&signed_response(&Sealing::of(unsigned).seal()), ACCEPTED);
    let other = Sealing::of(lean.replace("saml:", "other:")).seal();
    check_sealed(&unsigned_response(&other), "xml_malformed");
}
