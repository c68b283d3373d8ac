//! The program, an identity provider in both protocols, and messages of theirs.

use std::{
    io::Write,
    process::{Command, Stdio},
    sync::LazyLock,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use vestibule_saml::{
    crypto::{
        DecryptionKey, EncryptionKey,
        generate::{CertificateProfile, RsaSize},
        sign::SigningKey,
    },
    issue::{Assertion, Attribute, Encryption, NameId, Reply, Sign},
    metadata::{IdpDescription, MetadataSignature},
};

pub(crate) const IDP: &str = "https://idp.test/saml";
pub(crate) const SP: &str = "https://sso.test/upstream/a/saml/metadata";
pub(crate) const ACS: &str = "https://sso.test/upstream/a/saml/acs";
pub(crate) const REQUEST: &str = "_request-1";
pub(crate) const AT: &str = "2026-01-01T12:00:30Z";
pub(crate) const MAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

/// What becomes of the control.
pub(crate) const ALICE: &str = "accepted alice@acme.test";

pub(crate) static IDP_KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    SigningKey::generate_rsa(
        RsaSize::Bits2048,
        &CertificateProfile::starting(at(), "idp.test"),
    )
    .unwrap()
});
pub(crate) static NEXT_KEY: LazyLock<SigningKey> = LazyLock::new(|| key("idp.test, next"));
pub(crate) static STRANGER: LazyLock<SigningKey> = LazyLock::new(|| key("stranger.test"));

pub(crate) fn key(name: &str) -> SigningKey {
    SigningKey::generate_ec_p256(&CertificateProfile::starting(at(), name)).unwrap()
}

pub(crate) fn at() -> DateTime<Utc> {
    AT.parse().unwrap()
}

/// What the program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// The lines of the output, each a JSON object.
    pub(crate) fn verdicts(&self) -> Vec<Value> {
        let read = |line: &str| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
        };
        self.out.lines().map(read).collect()
    }
}

/// Runs `vestibule inspect` with these arguments and this standard input.
pub(crate) fn inspect(arguments: &[&str], input: impl AsRef<[u8]>) -> Said {
    let mut child = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .arg("inspect")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.as_ref().to_vec();
    // The program may end before it has read everything.
    let writer = std::thread::spawn(move || stdin.write_all(&input).is_ok());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Said {
        status: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The metadata of the provider with these keys.
pub(crate) fn metadata(keys: &[&SigningKey]) -> String {
    described(IDP, keys, None)
}

pub(crate) fn described(
    entity_id: &str,
    keys: &[&SigningKey],
    valid_until: Option<DateTime<Utc>>,
) -> String {
    signed_metadata(entity_id, keys, valid_until, None)
}

pub(crate) fn signed_metadata(
    entity_id: &str,
    keys: &[&SigningKey],
    valid_until: Option<DateTime<Utc>>,
    signer: Option<&SigningKey>,
) -> String {
    let description = IdpDescription {
        entity_id,
        sso_url: "https://idp.test/sso",
        certificates: keys.iter().map(|key| key.certificate_der()).collect(),
        want_authn_requests_signed: false,
        single_logout: Vec::new(),
        name_id_formats: Vec::new(),
        valid_until,
    };
    let signature = signer.map(|key| MetadataSignature {
        key,
        id: "_metadata-1",
    });
    description.to_xml(signature).unwrap()
}

/// Control SI-B1: a Response with a signed assertion about alice.
pub(crate) fn response() -> String {
    response_of("_assertion-1", Sign::Assertion, &IDP_KEY)
}

pub(crate) fn response_of(id: &str, sign: Sign, key: &SigningKey) -> String {
    answer_to(Some(REQUEST), id, sign, key)
}

pub(crate) fn answer_to(request: Option<&str>, id: &str, sign: Sign, key: &SigningKey) -> String {
    said(request, id, |reply, assertion| {
        reply.vouch(assertion, sign, key).unwrap().into_string()
    })
}

/// The control, encrypted for the holder of `recipient`.
pub(crate) fn encrypted(sign: Sign, recipient: &DecryptionKey) -> String {
    let key = EncryptionKey::from_certificate_der(recipient.certificate_der()).unwrap();
    said(Some(REQUEST), "_assertion-1", |reply, assertion| {
        let encryption = Encryption::with(key);
        let issued = reply.vouch_encrypted(assertion, sign, &IDP_KEY, &encryption);
        issued.unwrap().into_string()
    })
}

/// A decryption key, and its file.
pub(crate) fn decryption_key() -> (DecryptionKey, String) {
    let profile = CertificateProfile::starting(at(), "sso.test");
    let key = DecryptionKey::generate(RsaSize::Bits2048, &profile).unwrap();
    let pem = pem("PRIVATE KEY", &key.to_pkcs8_der().unwrap());
    (key, pem)
}

/// RFC 7468.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

fn said(
    request: Option<&str>,
    id: &str,
    vouch: impl FnOnce(&Reply<'_>, &Assertion<'_>) -> String,
) -> String {
    let attribute = |name: &str, values: &[&str]| Attribute {
        name: name.to_owned(),
        name_format: None,
        friendly_name: None,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let assertion = Assertion {
        id,
        audience: SP,
        name_id: NameId {
            value: "alice@acme.test",
            format: Some(MAIL_FORMAT),
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        attributes: &[
            attribute("mail", &["alice@acme.test"]),
            attribute("groups", &["staff", "jira-users"]),
        ],
        authn_context: "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
        authn_instant: at() - TimeDelta::seconds(40),
        session_index: Some("_session-1"),
        lifetime: TimeDelta::minutes(5),
        session_not_on_or_after: None,
    };
    let reply = Reply {
        id: "_response-1",
        issue_instant: at() - TimeDelta::seconds(30),
        issuer: IDP,
        acs_url: ACS,
        in_response_to: request,
    };
    vouch(&reply, &assertion)
}

/// A message without its first signature.
pub(crate) fn without_signature(xml: &str) -> String {
    let (before, rest) = xml.split_once("<ds:Signature ").unwrap();
    let (_, after) = rest.split_once("</ds:Signature>").unwrap();
    format!("{before}{after}")
}

pub(crate) fn base64(text: &str) -> String {
    BASE64_STANDARD.encode(text)
}

/// The arguments of a service provider that asked.
pub(crate) fn arguments<'a>(metadata: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec![
        "saml-response",
        "--idp-metadata",
        metadata,
        "--sp-entity-id",
        SP,
        "--acs",
        ACS,
        "--at",
        AT,
    ];
    all.extend(more);
    all
}

/// One line of a batch.
pub(crate) fn line(id: &str, message: &str, overrides: Value) -> String {
    let mut fields = Map::new();
    fields.insert("id".to_owned(), id.into());
    fields.insert("message".to_owned(), message.into());
    fields.extend(overrides.as_object().unwrap().clone());
    format!("{}\n", Value::Object(fields))
}

/// What became of each line: its id, and `accepted <subject>` or the code.
pub(crate) fn outcomes(said: &Said) -> Vec<(String, String)> {
    let outcome = |verdict: Value| {
        let id = verdict["id"].as_str().unwrap_or_default().to_owned();
        match verdict["accepted"].as_bool().unwrap() {
            true => (
                id,
                format!("accepted {}", verdict["subject"].as_str().unwrap_or("-")),
            ),
            false => (id, verdict["rejection"].as_str().unwrap().to_owned()),
        }
    };
    said.verdicts().into_iter().map(outcome).collect()
}

/// A batch of rows: a name, a message, what is other for it, and what must become of it.
#[track_caller]
pub(crate) fn check_batch(arguments: &[&str], rows: &[(&str, String, Value, &str)]) {
    let input: String = rows
        .iter()
        .map(|(id, message, overrides, _)| line(id, message, overrides.clone()))
        .collect();
    let mut arguments = arguments.to_vec();
    arguments.push("--batch");
    let said = inspect(&arguments, input);
    let expected: Vec<_> = rows
        .iter()
        .map(|(id, _, _, outcome)| ((*id).to_owned(), (*outcome).to_owned()))
        .collect();
    assert_eq!(outcomes(&said), expected, "{}{}", said.out, said.err);
    assert_eq!(said.status, Some(0), "{}", said.err);
}

pub(crate) fn none() -> Value {
    json!({})
}
