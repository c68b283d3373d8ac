//! What we send, judged by others: `xmlsec1` verifies our signatures and decrypts, `xmllint` validates against the SAML
//! schemas. And what `xmlsec1` encrypts, read by us.
//!
//! Needs Debian's `xmlsec1`, `libxml2-utils` and `opensaml-schemas`. Where one is missing the test says so and judges
//! nothing; with `VESTIBULE_CONFORMANCE=required` it fails instead.

#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests read files and settings, and say what they expect by panicking"
)]

mod keys;

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use chrono::TimeDelta;
use vestibule_saml::{
    authn_request::{AuthnRequest, Comparison, NameIdPolicy, RequestedAuthnContext},
    binding::{Binding, Delivery},
    crypto::{
        DecryptionKey, EncryptionKey,
        generate::{CertificateProfile, RsaSize},
        sign::SigningKey,
    },
    encryption::Decryption,
    instant::Skew,
    issue::{
        Assertion, Attribute, Cipher, Encryption, IssuedResponse, MAX_LIFETIME, NameId, Reason,
        Refusal, Reply, Sign,
    },
    logout::{LogoutReason, LogoutRequest, LogoutResponse, LogoutStatus},
    metadata::{
        DecryptionOffer, IdpDescription, MetadataSignature, SingleLogoutService, SpDescription,
    },
    response::{self, Expectation},
};

use self::keys::{ATTACKER, EC, RSA, now};

const SAML_SCHEMAS: &str = "/usr/share/xml/opensaml";
const XML_SCHEMAS: &str = "/usr/share/xml/xmltooling";

/// A folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Whether `what` is there; if not, says so aloud.
fn present(what: &str, there: bool) -> bool {
    let required = std::env::var("VESTIBULE_CONFORMANCE").is_ok_and(|value| value == "required");
    assert!(there || !required, "{what} is missing");
    if !there {
        eprintln!("SKIPPED: {what} is missing, nothing was judged");
    }
    there
}

fn runs(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

fn certificate(key: &SigningKey) -> String {
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        BASE64.encode(key.certificate_der())
    )
}

/// Every kind of message that we sign, with the elements whose signatures are to be checked.
fn signed_messages(key: &SigningKey) -> Vec<(&'static str, String, Vec<&'static str>)> {
    let vouch = |sign| {
        reply()
            .vouch(&assertion(&attributes()), sign, key)
            .unwrap()
            .into_string()
    };
    let refusal =
        Refusal::because(Reason::NoPassive).with_message("somebody would have to be asked");
    let signature = Some(MetadataSignature { key, id: "_m1" });
    vec![
        ("assertion", vouch(Sign::Assertion), vec!["Assertion"]),
        ("response", vouch(Sign::Response), vec!["Response"]),
        ("both", vouch(Sign::Both), vec!["Response", "Assertion"]),
        (
            "encrypted",
            encrypted(Sign::Both, key).into_string(),
            vec!["Response"],
        ),
        (
            "refusal",
            reply().refuse(&refusal, key).unwrap().into_string(),
            vec!["Response"],
        ),
        (
            "request",
            request().to_signed_xml(key).unwrap().into_string(),
            vec!["AuthnRequest"],
        ),
        ("logout", logout_request(key), vec!["LogoutRequest"]),
        (
            "logged-out",
            logout_response(LogoutStatus::Partial, key),
            vec!["LogoutResponse"],
        ),
        (
            "not-logged-out",
            logout_response(LogoutStatus::Refused(refusal), key),
            vec!["LogoutResponse"],
        ),
        (
            "idp",
            idp(key).to_xml(signature).unwrap(),
            vec!["EntityDescriptor"],
        ),
        (
            "sp",
            sp(key).to_xml(signature).unwrap(),
            vec!["EntityDescriptor"],
        ),
    ]
}

/// Ours, with what decrypts it.
static DECRYPTION: LazyLock<DecryptionKey> = LazyLock::new(|| {
    let profile = CertificateProfile::starting(now(), "sp.example");
    DecryptionKey::generate(RsaSize::Bits2048, &profile).unwrap()
});

fn encryption() -> Encryption {
    let certificate = DECRYPTION.certificate_der();
    Encryption::with(EncryptionKey::from_certificate_der(certificate).unwrap())
}

fn encrypted(sign: Sign, key: &SigningKey) -> IssuedResponse {
    let attributes = attributes();
    reply()
        .vouch_encrypted(&assertion(&attributes), sign, key, &encryption())
        .unwrap()
}

fn attributes() -> [Attribute; 2] {
    [
        (
            "groups",
            vec!["staff", "a & b <c> \"d\" ]]> \r\n\t \u{1f600}", ""],
        ),
        ("urn:oid:2.5.4.42", vec!["Zo\u{eb}"]),
    ]
    .map(|(name, values)| Attribute {
        name: name.to_owned(),
        name_format: Some("urn:oasis:names:tc:SAML:2.0:attrname-format:uri".to_owned()),
        friendly_name: Some("a \"name\"".to_owned()),
        values: values.into_iter().map(str::to_owned).collect(),
    })
}

fn reply() -> Reply<'static> {
    Reply {
        id: "_response",
        issue_instant: now(),
        issuer: "https://sso.example/saml/metadata",
        acs_url: "https://sp.example/acs?a=1&b=2",
        in_response_to: Some("_r1"),
    }
}

fn assertion(attributes: &[Attribute]) -> Assertion<'_> {
    Assertion {
        id: "_assertion",
        audience: "https://sp.example/",
        name_id: NameId {
            value: "alice@acme.example",
            format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"),
            name_qualifier: Some("https://sso.example/"),
            sp_name_qualifier: Some("https://sp.example/"),
        },
        attributes,
        authn_context: "https://refeds.org/profile/mfa",
        authn_instant: now(),
        session_index: Some("_s1"),
        lifetime: MAX_LIFETIME,
        session_not_on_or_after: Some(now() + TimeDelta::hours(8)),
    }
}

fn request() -> AuthnRequest<'static> {
    AuthnRequest {
        id: "_a1",
        issue_instant: now(),
        destination: "https://idp.example/sso",
        issuer: "https://sso.example/upstream/idp/saml/metadata",
        acs_url: "https://sso.example/upstream/idp/saml/acs",
        force_authn: true,
        is_passive: true,
        name_id_policy: Some(NameIdPolicy {
            format: Some("urn:f".to_owned()),
            sp_name_qualifier: None,
            allow_create: true,
        }),
        requested_authn_context: Some(RequestedAuthnContext {
            comparison: Comparison::Minimum,
            class_refs: vec![
                "https://refeds.org/profile/mfa".to_owned(),
                "urn:b".to_owned(),
            ],
        }),
    }
}

fn logout_request(key: &SigningKey) -> String {
    let request = LogoutRequest {
        id: "_l1",
        issue_instant: now(),
        destination: "https://sp.example/slo?a=1&b=2",
        issuer: "https://sso.example/saml/metadata",
        name_id: assertion(&[]).name_id,
        session_indexes: &["_s1", "_s2"],
        reason: Some(LogoutReason::User),
        not_on_or_after: Some(now() + TimeDelta::minutes(5)),
    };
    posted(&request.send(Binding::Post, None, key).unwrap())
}

fn logout_response(status: LogoutStatus<'_>, key: &SigningKey) -> String {
    let response = LogoutResponse {
        id: "_l2",
        issue_instant: now(),
        destination: "https://sp.example/slo?a=1&b=2",
        issuer: "https://sso.example/saml/metadata",
        in_response_to: "_l1",
        status,
    };
    posted(&response.send(Binding::Post, None, key).unwrap())
}

/// The message in a form.
fn posted(delivery: &Delivery) -> String {
    let Delivery::Form(form) = delivery else {
        panic!("{delivery:?}")
    };
    let (_, value) = form.fields.first().unwrap();
    String::from_utf8(BASE64.decode(value).unwrap()).unwrap()
}

fn single_logout() -> Vec<SingleLogoutService> {
    let [mut redirect, post] = SingleLogoutService::everywhere("https://sso.example/slo")
        .try_into()
        .unwrap();
    redirect.response_location = Some("https://sso.example/slo/done?a=1&b=2".to_owned());
    vec![redirect, post]
}

fn idp(key: &SigningKey) -> IdpDescription<'_> {
    IdpDescription {
        entity_id: "https://sso.example/saml/metadata",
        sso_url: "https://sso.example/saml/sso",
        certificates: vec![key.certificate_der(), ATTACKER.certificate_der()],
        want_authn_requests_signed: true,
        single_logout: single_logout(),
        name_id_formats: vec!["urn:a", "urn:b"],
        valid_until: Some(now()),
    }
}

fn sp(key: &SigningKey) -> SpDescription<'_> {
    SpDescription {
        entity_id: "https://sso.example/upstream/idp/saml/metadata",
        acs_urls: vec!["https://sso.example/a?x=1&y=2", "https://sso.example/b"],
        certificates: vec![key.certificate_der(), ATTACKER.certificate_der()],
        decryption: DecryptionOffer {
            certificates: vec![DECRYPTION.certificate_der()],
            cbc: true,
        },
        authn_requests_signed: true,
        single_logout: single_logout(),
        name_id_formats: vec!["urn:a"],
        valid_until: Some(now()),
    }
}

#[test]
fn so_15_xmlsec1_verifies_every_signature() {
    if !present("xmlsec1", runs("xmlsec1")) {
        return;
    }
    let folder = folder("xmlsec1");
    let attacker = folder.join("attacker.pem");
    std::fs::write(&attacker, certificate(&ATTACKER)).unwrap();
    for (kind, key) in [("rsa", &*RSA), ("ec", &*EC)] {
        let own = folder.join(format!("{kind}.pem"));
        std::fs::write(&own, certificate(key)).unwrap();
        for (name, xml, elements) in signed_messages(key) {
            let file = folder.join(format!("{kind}-{name}.xml"));
            std::fs::write(&file, xml).unwrap();
            for element in elements {
                assert!(
                    xmlsec1_verifies(&file, &own, element),
                    "{kind} {name} {element}"
                );
                // Control: the judge can say no.
                assert!(
                    !xmlsec1_verifies(&file, &attacker, element),
                    "{kind} {name} {element}"
                );
            }
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}

fn xmlsec1_verifies(file: &Path, certificate: &Path, element: &str) -> bool {
    let signature = format!("//*[local-name()='{element}']/*[local-name()='Signature']");
    let mut command = Command::new("xmlsec1");
    command
        .args([
            "--verify",
            "--enabled-key-data",
            "rsa,ecdsa",
            "--pubkey-cert-pem",
        ])
        .arg(certificate);
    for (namespace, name) in [
        ("assertion", "Assertion"),
        ("protocol", "Response"),
        ("protocol", "AuthnRequest"),
        ("protocol", "LogoutRequest"),
        ("protocol", "LogoutResponse"),
        ("metadata", "EntityDescriptor"),
    ] {
        command.args([
            "--id-attr:ID",
            &format!("urn:oasis:names:tc:SAML:2.0:{namespace}:{name}"),
        ]);
    }
    command
        .args(["--node-xpath", &signature])
        .arg(file)
        .output()
        .unwrap()
        .status
        .success()
}

/// A PEM file of the private key that decrypts.
fn private_key() -> String {
    format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        BASE64.encode(&*DECRYPTION.to_pkcs8_der().unwrap())
    )
}

#[test]
fn si_b4_xmlsec1_decrypts_what_we_encrypt() {
    if !present("xmlsec1", runs("xmlsec1")) {
        return;
    }
    let folder = folder("decrypt");
    let (own, signer) = (folder.join("own.pem"), folder.join("signer.pem"));
    std::fs::write(&own, private_key()).unwrap();
    std::fs::write(&signer, certificate(&RSA)).unwrap();
    for cipher in [Cipher::Aes128Gcm, Cipher::Aes256Gcm] {
        let encryption = Encryption {
            cipher,
            ..encryption()
        };
        let attributes = attributes();
        let issued = reply()
            .vouch_encrypted(&assertion(&attributes), Sign::Assertion, &RSA, &encryption)
            .unwrap();
        assert!(!issued.as_str().contains("alice"));
        let file = folder.join("encrypted.xml");
        std::fs::write(&file, issued.as_str()).unwrap();
        let decrypted = Command::new("xmlsec1")
            .args(["--decrypt", "--privkey-pem"])
            .args([&own, &file])
            .output()
            .unwrap();
        assert!(decrypted.status.success(), "{cipher:?}: {decrypted:?}");
        assert!(String::from_utf8_lossy(&decrypted.stdout).contains("alice@acme.example"));
        std::fs::write(&file, decrypted.stdout).unwrap();
        assert!(xmlsec1_verifies(&file, &signer, "Assertion"), "{cipher:?}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn si_b4_we_decrypt_what_xmlsec1_encrypts() {
    if !present("xmlsec1", runs("xmlsec1")) {
        return;
    }
    let folder = folder("encrypt");
    let [public, plain, template] =
        ["public.pem", "plain.xml", "template.xml"].map(|name| folder.join(name));
    let certificate = BASE64.encode(DECRYPTION.certificate_der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n");
    std::fs::write(&public, pem).unwrap();
    let (start, end) = ("<saml:Assertion", "</saml:Assertion>");
    let attributes = attributes();
    let issued = reply()
        .vouch(&assertion(&attributes), Sign::Assertion, &RSA)
        .unwrap()
        .into_string();
    let (before, rest) = issued.split_at(issued.find(start).unwrap());
    let (genuine, after) = rest.split_at(rest.find(end).unwrap() + end.len());
    std::fs::write(&plain, genuine).unwrap();
    for (cipher, session_key) in [
        ("http://www.w3.org/2009/xmlenc11#aes128-gcm", "aes-128"),
        ("http://www.w3.org/2009/xmlenc11#aes192-gcm", "aes-192"),
        ("http://www.w3.org/2009/xmlenc11#aes256-gcm", "aes-256"),
        ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "aes-128"),
        ("http://www.w3.org/2001/04/xmlenc#aes192-cbc", "aes-192"),
        ("http://www.w3.org/2001/04/xmlenc#aes256-cbc", "aes-256"),
    ] {
        let empty = empty_encrypted_assertion(cipher);
        std::fs::write(&template, format!("{before}{empty}{after}")).unwrap();
        let encrypted = Command::new("xmlsec1")
            .args(["--encrypt", "--session-key", session_key])
            .arg("--pubkey-cert-pem")
            .arg(&public)
            .arg("--binary-data")
            .args([&plain, &template])
            .output()
            .unwrap();
        assert!(encrypted.status.success(), "{cipher}: {encrypted:?}");
        let keys = [RSA.verifying_key().unwrap()];
        let expectation = Expectation {
            acs_url: reply().acs_url,
            danger_accept_sha1: false,
            decryption: Decryption {
                keys: std::slice::from_ref(&*DECRYPTION),
                danger_accept_cbc: cipher.ends_with("cbc"),
            },
            idp_entity_id: reply().issuer,
            in_response_to: "_r1",
            keys: &keys,
            now: now(),
            require_signed_response: false,
            skew: Skew::default(),
            sp_entity_id: "https://sp.example/",
        };
        let read = response::verify(&encrypted.stdout, &expectation).unwrap();
        assert_eq!(read.name_id().value, "alice@acme.example", "{cipher}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// What `xmlsec1` fills in.
fn empty_encrypted_assertion(cipher: &str) -> String {
    let value = "<x:CipherData><x:CipherValue/></x:CipherData>";
    format!(
        r#"<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><x:EncryptedData xmlns:x="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element"><x:EncryptionMethod Algorithm="{cipher}"/><d:KeyInfo xmlns:d="http://www.w3.org/2000/09/xmldsig#"><x:EncryptedKey><x:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/>{value}</x:EncryptedKey></d:KeyInfo>{value}</x:EncryptedData></saml:EncryptedAssertion>"#
    )
}

#[test]
fn so_15_every_message_fits_the_schemas() {
    let schemas = Path::new(SAML_SCHEMAS).is_dir() && Path::new(XML_SCHEMAS).is_dir();
    if !present("xmllint", runs("xmllint")) || !present("opensaml-schemas", schemas) {
        return;
    }
    let folder = folder("xmllint");
    let catalog = folder.join("catalog.xml");
    std::fs::write(&catalog, catalog_of_schemas()).unwrap();
    let unsigned = [
        ("unsigned-request", request().to_xml().unwrap()),
        ("unsigned-idp", idp(&RSA).to_xml(None).unwrap()),
        ("unsigned-sp", sp(&RSA).to_xml(None).unwrap()),
        (
            "no-attributes",
            reply()
                .vouch(&assertion(&[]), Sign::Both, &RSA)
                .unwrap()
                .into_string(),
        ),
    ];
    let signed = signed_messages(&RSA)
        .into_iter()
        .map(|(name, xml, _)| (name, xml));
    for (name, xml) in signed.chain(unsigned) {
        let schema = if xml.contains("<md:EntityDescriptor") {
            "metadata"
        } else {
            "protocol"
        };
        let file = folder.join(format!("{name}.xml"));
        let complaints = |xml: &str| {
            std::fs::write(&file, xml).unwrap();
            let schema = format!("{SAML_SCHEMAS}/saml-schema-{schema}-2.0.xsd");
            let mut command = Command::new("xmllint");
            command
                .args(["--nonet", "--noout", "--schema", &schema])
                .arg(&file)
                .env("XML_CATALOG_FILES", &catalog);
            let output = command.output().unwrap();
            (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
        };
        assert_eq!(complaints(&xml), None, "{name}");
        // Control: the judge can say no.
        let wrong = xml
            .replacen(" ID=", " Id=", 1)
            .replacen(" entityID=", " entityId=", 1);
        assert!(
            complaints(&wrong).is_some_and(|said| said.contains("attribute")),
            "{name}"
        );
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// Where the schemas that others refer to by their address lie on this machine.
fn catalog_of_schemas() -> String {
    let entries = [
        (
            "http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd",
            "xmldsig-core-schema.xsd",
        ),
        (
            "http://www.w3.org/TR/2002/REC-xmlenc-core-20021210/xenc-schema.xsd",
            "xenc-schema.xsd",
        ),
        ("http://www.w3.org/2001/xml.xsd", "xml.xsd"),
    ]
    .map(|(address, file)| {
        format!("<system systemId=\"{address}\" uri=\"file://{XML_SCHEMAS}/{file}\"/>")
    });
    format!(
        "<catalog xmlns=\"urn:oasis:names:tc:entity:xmlns:xml:catalog\">{}</catalog>",
        entries.concat()
    )
}
