//! Keys and algorithms, SI-42 to SI-52 and SI-68: the configured key decides, the message does not.

mod support;

use std::net::TcpListener;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use vestibule_saml::{
    crypto::{SignatureAlgorithm, VerifyingKey},
    response::{self as consume, Expectation},
};

use self::support::{
    A_SIG, DS, R_SIG, TestKey, around_signed, assertion, bare, before, check, edit, expectation,
    forged, keys, outcome, response, signed_assertion,
    signing::{self, RSA_SHA256, SHA256, Signing, base64, method},
    wrapping::unsigned_response,
};

const ACCEPTED: &str = "accepted alice@a.test";

fn signing() -> Signing {
    Signing::of(&assertion("_a1"), A_SIG)
}

fn signed_by(signing: &Signing, key: &TestKey) -> String {
    unsigned_response(&signing.sign(key))
}

fn outcome_with(xml: &str, keys: &[VerifyingKey]) -> String {
    outcome(consume::verify(xml.as_bytes(), &expectation(keys)))
}

#[test]
fn accepted_algorithms() {
    let more = "http://www.w3.org/2001/04/xmldsig-more#";
    for (signature, digest) in [
        (RSA_SHA256.to_owned(), SHA256.to_owned()),
        (format!("{more}rsa-sha384"), format!("{more}sha384")),
        (
            format!("{more}rsa-sha512"),
            "http://www.w3.org/2001/04/xmlenc#sha512".to_owned(),
        ),
    ] {
        let mut signing = signing();
        signing.signature_method = signature;
        signing.digest_method = digest;
        check(&signed_by(&signing, keys::idp()), ACCEPTED);
    }
    let mut signing = signing();
    signing.signature_method = format!("{more}ecdsa-sha256");
    let xml = signed_by(&signing, keys::idp_ec());
    assert_eq!(
        outcome_with(&xml, &[keys::idp_ec().verifying.clone()]),
        ACCEPTED
    );
}

#[test]
fn si_42_hmac_keyed_with_what_everybody_knows() {
    let idp = keys::idp();
    let secrets: [&[u8]; 5] = [
        idp.public_pem.as_bytes(),
        &idp.public_der,
        idp.certificate_pem.as_bytes(),
        &idp.certificate,
        b"",
    ];
    for secret in secrets {
        for (uri, algorithm) in [
            (
                "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
                hmac::HMAC_SHA256,
            ),
            (
                "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
                hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            ),
        ] {
            let mut signing = signing();
            signing.signature_method = uri.to_owned();
            let key = hmac::Key::new(algorithm, secret);
            let tag = hmac::sign(&key, signing.canonical_signed_info().as_bytes());
            signing.value = Some(tag.as_ref().to_vec());
            check(&signed_by(&signing, idp), "algorithm_refused");
        }
    }
}

#[test]
fn si_42_family_of_the_key_decides() {
    let ec = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    let mut signing = signing();
    signing.signature_method = ec.to_owned();
    check(&signed_by(&signing, keys::idp_ec()), "key_mismatch");
    signing.signature_method = RSA_SHA256.to_owned();
    let xml = signed_by(&signing, keys::idp());
    assert_eq!(
        outcome_with(&xml, &[keys::idp_ec().verifying.clone()]),
        "key_mismatch"
    );
    assert_eq!(outcome_with(&xml, &[]), "key_mismatch");
}

#[test]
fn si_43_output_length() {
    for length in [0, 1, 8] {
        let parameter = format!("<ds:HMACOutputLength>{length}</ds:HMACOutputLength>");
        let mut signing = signing();
        signing.signature_method_content = parameter.clone();
        check(&signed_by(&signing, keys::idp()), "signature_shape");
        signing.signature_method = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256".to_owned();
        check(&signed_by(&signing, keys::idp()), "algorithm_refused");
    }
}

#[test]
fn si_44_algorithms_that_are_not_listed() {
    for uri in [
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2007/05/xmldsig-more#rsa-pss",
        "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256 ",
        "HTTP://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "rsa-sha256",
        "",
    ] {
        let mut signing = signing();
        signing.signature_method = uri.to_owned();
        check(&signed_by(&signing, keys::idp()), "algorithm_refused");
    }
    for uri in ["http://www.w3.org/2001/04/xmldsig-more#md5", "urn:none", ""] {
        let mut signing = signing();
        signing.digest_method = uri.to_owned();
        check(&signed_by(&signing, keys::idp()), "algorithm_refused");
    }
}

#[test]
fn si_44_sha1_only_where_the_danger_is_asked_for() {
    let mut digest = signing();
    digest.digest_method = "http://www.w3.org/2000/09/xmldsig#sha1".to_owned();
    let mut signature = signing();
    signature.signature_method = "http://www.w3.org/2000/09/xmldsig#rsa-sha1".to_owned();
    check(&signed_by(&signature, keys::idp()), "sha1_refused");
    let xml = signed_by(&digest, keys::idp());
    check(&xml, "sha1_refused");
    let keys = [keys::idp().verifying.clone()];
    let danger = Expectation {
        danger_accept_sha1: true,
        ..expectation(&keys)
    };
    assert_eq!(outcome(consume::verify(xml.as_bytes(), &danger)), ACCEPTED);

    let algorithm = SignatureAlgorithm::accepted(&signature.signature_method, true).unwrap();
    let old = VerifyingKey::from_certificate_pem(SHA1_CERTIFICATE.as_bytes()).unwrap();
    let value = STANDARD.decode(SHA1_SIGNATURE).unwrap();
    assert_eq!(old.verify(algorithm, b"signed long ago", &value), Ok(()));
    assert_eq!(
        old.verify(algorithm, b"signed today", &value)
            .unwrap_err()
            .code(),
        "signature_mismatch"
    );
}

#[test]
fn si_44_weak_keys_are_no_keys() {
    for (name, certificate) in [
        ("RSA-512", RSA_512),
        ("RSA-1024", RSA_1024),
        ("brainpoolP256r1", BRAINPOOL),
        ("secp256k1", SECP256K1),
        ("Ed25519", ED25519),
    ] {
        let refused = VerifyingKey::from_certificate_pem(certificate.as_bytes()).unwrap_err();
        assert_eq!(refused.code(), "certificate_unusable", "{name}");
    }
    assert!(VerifyingKey::from_certificate_pem(b"").is_err());
    assert!(VerifyingKey::from_certificate_der(&keys::idp().public_der).is_err());
    let mut longer = keys::idp().certificate.clone();
    longer.push(0);
    assert!(VerifyingKey::from_certificate_der(&longer).is_err());
    assert!(VerifyingKey::from_certificate_pem(keys::idp().certificate_pem.as_bytes()).is_ok());
}

#[test]
fn si_45_values_that_are_no_signature() {
    for value in [
        vec![],
        vec![0],
        vec![0; 255],
        vec![0; 256],
        vec![0xff; 256],
        vec![1; 257],
    ] {
        let mut signing = signing();
        signing.value = Some(value);
        check(&signed_by(&signing, keys::idp()), "signature_mismatch");
    }
    let ec = [keys::idp_ec().verifying.clone()];
    for value in [
        vec![],
        vec![0; 63],
        vec![0; 64],
        vec![0; 65],
        vec![0xff; 64],
        vec![0x30, 0x06, 2, 1, 0, 2, 1, 0],
    ] {
        let mut signing = signing();
        signing.signature_method = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256".to_owned();
        signing.value = Some(value);
        let xml = signed_by(&signing, keys::idp());
        assert_eq!(outcome_with(&xml, &ec), "signature_mismatch");
    }
}

#[test]
fn si_49_si_50_si_51_key_info_is_never_a_key_source() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let attacker = keys::attacker();
    let certificate = base64(&attacker.certificate);
    for key_info in [
        format!("<ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>"),
        format!(r#"<ds:RetrievalMethod URI="http://{address}/key" Type="{DS}X509Data"></ds:RetrievalMethod>"#),
        "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>".to_owned(),
        format!(
            r#"<dsig11:DEREncodedKeyValue xmlns:dsig11="http://www.w3.org/2009/xmldsig11#">{}</dsig11:DEREncodedKeyValue>"#,
            base64(&attacker.public_der)
        ),
        "<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=idp.test</ds:X509IssuerName><ds:X509SerialNumber>1</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>".to_owned(),
        "<ds:KeyName>idp.test</ds:KeyName>".to_owned(),
    ] {
        let mut signing = signing();
        signing.tail = format!("<ds:KeyInfo>{key_info}</ds:KeyInfo>");
        check(&signed_by(&signing, attacker), "signature_mismatch");
        // Whatever it says, it does not spoil a good signature either.
        check(&signed_by(&signing, keys::idp()), ACCEPTED);
    }
    assert!(listener.accept().is_err(), "somebody connected");
}

#[test]
fn si_52_no_signature() {
    check(
        &bare(&response("_r1", &bare(&assertion("_a1")))),
        "signature_missing",
    );
    let empty = edit(
        &assertion("_a1"),
        A_SIG,
        &format!(r#"<ds:Signature xmlns:ds="{DS}"/>"#),
    );
    check(&unsigned_response(&empty), "signature_shape");
    let elsewhere = signing().signature(keys::idp()).replace(DS, "urn:evil");
    check(
        &unsigned_response(&edit(&assertion("_a1"), A_SIG, &elsewhere)),
        "signature_missing",
    );
    let unknown = signing::wrap(&signing().signed_info(), "", "");
    check(
        &unsigned_response(&edit(&assertion("_a1"), A_SIG, &unknown)),
        "signature_shape",
    );
}

#[test]
fn si_52c_forgery_spliced_into_a_signed_message() {
    let refusal = response("_r1", "").replace("status:Success", "status:Responder");
    let signed = Signing::of(&refusal, R_SIG).sign(keys::idp());
    check(&signed, "status_not_success");
    let spliced = before(&signed, "</samlp:Response>", &forged("_evil"));
    check(&spliced, "digest_mismatch");
    let turned = spliced.replace("status:Responder", "status:Success");
    check(&turned, "digest_mismatch");

    let other = response("_r1", "").replace("samlp:Response", "samlp:LogoutResponse");
    let signed = Signing::of(&other, R_SIG).sign(keys::idp());
    let spliced = before(&signed, "</samlp:LogoutResponse>", &forged("_evil"));
    check(&spliced, "not_a_response");

    // Nor inside or around any other message that carries a good signature.
    for other in [
        "samlp:ArtifactResponse",
        "samlp:LogoutRequest",
        "samlp:AuthnRequest",
    ] {
        let template = response("_other", "").replace("samlp:Response", other);
        let signed = Signing::of(&template, R_SIG).sign(keys::idp());
        let end = format!("</{other}>");
        check(&before(&signed, &end, &forged("_evil")), "not_a_response");
        check(
            &before(&signed, &end, &unsigned_response(&forged("_evil"))),
            "not_a_response",
        );
        let carried = format!(
            "<samlp:Extensions>{signed}</samlp:Extensions>{}",
            forged("_evil")
        );
        check(&unsigned_response(&carried), "signature_misplaced");
    }
}

#[test]
fn si_68_every_configured_key_is_tried_and_no_other() {
    let (old, new) = (
        keys::attacker().verifying.clone(),
        keys::idp().verifying.clone(),
    );
    let xml = around_signed(&assertion("_a1"));
    for keys in [
        vec![new.clone()],
        vec![old.clone(), new.clone()],
        vec![new, old.clone()],
    ] {
        assert_eq!(outcome_with(&xml, &keys), ACCEPTED);
    }
    assert_eq!(outcome_with(&xml, &[old]), "signature_mismatch");
}

#[test]
fn si_68_dates_of_a_pinned_certificate_are_told_not_enforced() {
    let mut params = keys::named("old.test");
    params.not_before = rcgen::date_time_ymd(2019, 1, 1);
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let old = TestKey::rsa(params);
    assert_eq!(
        old.verifying.certificate().not_after.to_rfc3339(),
        "2020-01-01T00:00:00+00:00"
    );
    assert_eq!(
        old.verifying.certificate().not_before.to_rfc3339(),
        "2019-01-01T00:00:00+00:00"
    );
    assert_eq!(old.verifying.certificate().fingerprint.len(), 64);
    let xml = signed_by(&signing(), &old);
    assert_eq!(
        outcome_with(&xml, std::slice::from_ref(&old.verifying)),
        ACCEPTED
    );
}

#[test]
fn signed_info_is_canonicalized_exclusively_or_not_at_all() {
    for algorithm in [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "urn:none",
    ] {
        let mut signing = signing();
        signing.canonicalization = method("CanonicalizationMethod", algorithm);
        check(&signed_by(&signing, keys::idp()), "signature_shape");
    }
}

#[test]
fn the_signed_assertion_cannot_be_changed() {
    let xml = unsigned_response(&signed_assertion(&assertion("_a1")));
    check(&edit(&xml, "jira-users", "jira-admins"), "digest_mismatch");
    check(
        &edit(&xml, "SessionIndex=\"_s1\"", "SessionIndex=\"_s2\""),
        "digest_mismatch",
    );
}

/// A certificate; nobody has its private key any more.
const RSA_512: &str = "-----BEGIN CERTIFICATE-----
MIIBgTCCASugAwIBAgIUUQ5tLaARkExLD3sPfrjtq5eIJzcwDQYJKoZIhvcNAQEL
BQAwFDESMBAGA1UEAwwJd2Vhay50ZXN0MCAXDTI2MTEyMjAyMDk0OFoYDzIxMjYx
MDI5MDIwOTQ4WjAUMRIwEAYDVQQDDAl3ZWFrLnRlc3QwXDANBgkqhkiG9w0BAQEF
AANLADBIAkEAo13vm3jiCxtxk7XuhPSmcDWJgpe6BkBEqpr3cgiuWTGv+uNsgeFt
aVpyRM4pm42gAmwO7+UCrv/owb8MsivzoQIDAQABo1MwUTAdBgNVHQ4EFgQUITRp
KifZdjr7B9WswhJHVuXIS2wwHwYDVR0jBBgwFoAUITRpKifZdjr7B9WswhJHVuXI
S2wwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAANBABOffeEZoCRyAvA7
d76IjqorxdE71/ITK7/pyjj0Mdpfx8eXwAHQWskn6RosL1TZWEY2/j7RfbOIKsn4
4rA/Y8s=
-----END CERTIFICATE-----";

/// A certificate; nobody has its private key any more.
const BRAINPOOL: &str = "-----BEGIN CERTIFICATE-----
MIIBgDCCASagAwIBAgIUMuuw3vol8RKpTcwKXW3AKxqB5jYwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJd2Vhay50ZXN0MCAXDTI2MTEyMjAyMDk0OFoYDzIxMjYxMDI5
MDIwOTQ4WjAUMRIwEAYDVQQDDAl3ZWFrLnRlc3QwWjAUBgcqhkjOPQIBBgkrJAMD
AggBAQcDQgAEDXyIUPlGdlqZhPro7WP9PNW7Saf/b6SegOiknvWE9W18vQFCL9pA
YzEOCGLXd9zLiLnb9xpRURCPUqJ7qG6LbaNTMFEwHQYDVR0OBBYEFAf8nL15LV1Z
17PMaNrS7f1vwE/gMB8GA1UdIwQYMBaAFAf8nL15LV1Z17PMaNrS7f1vwE/gMA8G
A1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgH3RKNQDwEy6PBPWbqKLp
4NrwWnQTwr4f7xwL6QJp8HsCIQCPLgLbFPchcwEs6YU0KFPjiwQVFtErG1Byd+J/
eX5lCw==
-----END CERTIFICATE-----";

/// A certificate; nobody has its private key any more.
const RSA_1024: &str = "-----BEGIN CERTIFICATE-----
MIICBjCCAW+gAwIBAgIUbmaRYUhGg4XpAo2cJynE1ZqQ7cYwDQYJKoZIhvcNAQEL
BQAwFDESMBAGA1UEAwwJd2Vhay50ZXN0MCAXDTI2MTEyMTIyNTMxNFoYDzIxMjYx
MDI4MjI1MzE0WjAUMRIwEAYDVQQDDAl3ZWFrLnRlc3QwgZ8wDQYJKoZIhvcNAQEB
BQADgY0AMIGJAoGBAMuPhlyTnD6Cp6zw5pzcqOTJcp7LBbFfuk16LoqJyLRe6xp7
PxLX62GPt1LdrgN4W7z7Z7zsNa9nSi10N7wWnjM0ZD5Ww5YkQF5/dO1iBFAd01h1
bzq3YEsRwQKUIXVDwu1Qp3tLlY/q0w9qBfcLSoRlLqJCwpKibSsRQNhdQJWrAgMB
AAGjUzBRMB0GA1UdDgQWBBRZaReidL8SdgTn9ID55c+mFc/khTAfBgNVHSMEGDAW
gBRZaReidL8SdgTn9ID55c+mFc/khTAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3
DQEBCwUAA4GBADVve4xvWIBMbMB6bp3459CF0xKYJqgf5SnznweQsFThACBZ0iS3
pUor+/M9DEEg3LQfgi/ZKlaiqSy2ZZPuarLgDN+GanVgOXf1EIKBYFfJZau76wAR
HNUdtUDr3Jsgsb0yWnWXhI3B2UbCdFVFFbXUmX8A2N+AEKxbzd11yQRi
-----END CERTIFICATE-----";

/// A certificate; nobody has its private key any more.
const SECP256K1: &str = "-----BEGIN CERTIFICATE-----
MIIBfDCCASKgAwIBAgIUHlxOf1hr8Haw3HFi+ZwsCs/WtBQwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJd2Vhay50ZXN0MCAXDTI2MTEyMTIyNTMxNFoYDzIxMjYxMDI4
MjI1MzE0WjAUMRIwEAYDVQQDDAl3ZWFrLnRlc3QwVjAQBgcqhkjOPQIBBgUrgQQA
CgNCAAS1wSsORAAxidPHVhtRKZnax2Y98EC+8wGyaOgvIWAn441yDn1sTk6H7N0J
P2bFdCSVYZK+g+j7VTmd2N2gLsBmo1MwUTAdBgNVHQ4EFgQU/93XEqLfe5s5uEEJ
oHCNV1h+D2wwHwYDVR0jBBgwFoAU/93XEqLfe5s5uEEJoHCNV1h+D2wwDwYDVR0T
AQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiA21WEBLBHWaLKfiwWNyMa1lBAK
RnPxPwfBNBenjJOXRgIhAIOr1Sla7ITf6AkHwO0sqk1PgTmwegyildwOW1TF+BRh
-----END CERTIFICATE-----";

/// A certificate; nobody has its private key any more.
const ED25519: &str = "-----BEGIN CERTIFICATE-----
MIIBPjCB8aADAgECAhQv+1/ujJbs/x0vVz2Cjf9pLQeo7zAFBgMrZXAwFDESMBAG
A1UEAwwJd2Vhay50ZXN0MCAXDTI2MTEyMTIyNTMxNFoYDzIxMjYxMDI4MjI1MzE0
WjAUMRIwEAYDVQQDDAl3ZWFrLnRlc3QwKjAFBgMrZXADIQAs0ZWIQjv9CGBONN+z
0QVx299gq58VBfxNhjEHZEhyV6NTMFEwHQYDVR0OBBYEFJqPtxs26eDEVU3st66h
axP+D0RCMB8GA1UdIwQYMBaAFJqPtxs26eDEVU3st66haxP+D0RCMA8GA1UdEwEB
/wQFMAMBAf8wBQYDK2VwA0EAhYIuXeQaSnLu+pAPFETvWzgvhS29tVLAxKOSRQbA
dTeXj9NHZtfpmFwXu93hXV8gA0FQEfLkhnANVFsna0d9Dw==
-----END CERTIFICATE-----";

/// A certificate with the signature of its key, by RSA with SHA-1, over `signed long ago`; nobody has the key any more.
const SHA1_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIDCTCCAfGgAwIBAgIUMrd6LNSGpGlZSGq8OI5Q6Q9uTl8wDQYJKoZIhvcNAQEL
BQAwEzERMA8GA1UEAwwIb2xkLnRlc3QwIBcNMjYxMTIxMjI1NjMwWhgPMjEyNjEw
MjgyMjU2MzBaMBMxETAPBgNVBAMMCG9sZC50ZXN0MIIBIjANBgkqhkiG9w0BAQEF
AAOCAQ8AMIIBCgKCAQEAvgIe9Va+uWQJzbS0/DqI3EipUyD8l/d5EL/bpRBpmuG4
BjXzGeXXGlBiLWJUl/73pYnikY8mCFAHKwL3gP/ypHtenenn2EX8+Jrx2qIip5Fl
wkzBQYfDKkV4oQ2ixxrC9SciFItAFy3eph3IAKp+GY2ebjt8P2GGYpRRfZAZsLMU
Pk1Ec2n6RcPjGSejGE3HdhwMSzRE12hQKEZcPYKRrx+RwS5eT1G/Qr2r3HUSBfPj
mAKAqSJINks7bUuJAOQKhcWkVSu8FSeQY5o7/YlcPhukEHP94dJyCsKlWTHmFEq0
lqaLIVyEd7w73hyZz5DwfTLHMzXbYgo/VT+jtNidpQIDAQABo1MwUTAdBgNVHQ4E
FgQUI2T2Gn3R/Aee6k71prs6+qBPZtIwHwYDVR0jBBgwFoAUI2T2Gn3R/Aee6k71
prs6+qBPZtIwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAe7GB
/2N//84lWIE6v/1I83anryUhmKabaoBhkshqFYXa+8vO+6ExzDa17S6t7F2FiHSs
HKgRcQMSxRXzh0lhYseszpQVCSwGbH1SDxkjtdcUnnDkU1DRbpFUHUfd6rtGEx+0
2tylSISojCEtjdMI3zYGGGjZIVtao2Did7aOmKlalFvD9HqNbO0LkOEmtrZDxX+q
itUc+In2lrjX7O+McAtlrxdKvA79JrZ6q5GMxs7JjbWNSWDNmIr0op4gyZaslCSL
5AEQq8By0TFC1WF0ITZ3IZgNXPGcKwgfdIIeq0AUblGrDOPbPEhHJjXJjcTpJxN7
d8IC2FlLrDHt1l9iOw==
-----END CERTIFICATE-----";
const SHA1_SIGNATURE: &str = "svEO5ZeKPP5gur8IEGivrvCVUs+BLpSCKDm24IxF2TjvFCFjBBhpXe56SnFsgX3HxLGPZnooBK0njj/1aZp7qqBwTYSz2aDL6sP86FXhLp/qx9vZTBt/E7dYvpDI6ZpqEoEWsai+SNR0HWtHLDrz8f07ydoy2wdkiWZhspj+ydSLKJjsO161I/MrAqvXo1IM8xN1iRjmbfYpFF/w9Xi1zjwkSNjt7tVQTv1PrXMNM0EtmyvX7A4pLG0vyi2G00E+QLYlBXCIv/c+Hh9LmX+V40q4fUNkQTJLT5rKb5FCnPpruB59vdVxYHlK8tpE0W+ejTl+WWELnd1Uq7nswC5Anw==";
