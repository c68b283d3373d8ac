//! The verification of signatures against another program: whatever we accept, `xmlsec1` accepts too, with the same
//! key, at the same signature (SI-82l).
//!
//! Judged are benign messages, random cuts of them, real messages and fixtures of others (`VESTIBULE_SAMPLES`), and all
//! vectors of the attack tests, if those ran before with the same `VESTIBULE_CORPUS`, as in `make interop`. The other
//! direction is counted: a plain verifier accepts more than SAML does, and [`REFUSED_BY_US`] says what and why.
//! Needs `xmlsec1`; says so and passes where it is not installed.

#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests read files and settings, and say what they expect by panicking"
)]

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
    process::Command,
    thread,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::{prelude::*, sample::Index, strategy::ValueTree as _, test_runner::TestRunner};
use vestibule_saml::{
    crypto::VerifyingKey,
    signature::{self, Trust},
    xml::{Document, Limits},
};

use self::support::{
    A_SIG, DS, Signing, around_signed, assertion, corpus, keys, signed_around, signed_both,
    surgery::{apply, edits},
    tree::Node,
    wrapping,
};

/// So many random cuts.
const MUTATIONS: usize = 300;

/// What a plain verifier accepts and we do not, by our reason. Any other reason fails the test: it would be a message
/// that we refuse for no rule of ours.
const REFUSED_BY_US: &[(&str, &str)] = &[
    (
        "doctype_refused",
        "a document type declaration is XML; SAML has no use for one, and it redefines what is read",
    ),
    (
        "encoding_refused",
        "UTF-16 and other encodings are XML; bindings of SAML carry UTF-8",
    ),
    (
        "id_attribute_refused",
        "an identifier in other letters or in a namespace (`Id`, `xml:id`): which of two is the ID is a reader's choice",
    ),
    (
        "key_refused",
        "keys that we use for nothing: DSA, and RSA below 2048 bit",
    ),
    (
        "processing_instruction_refused",
        "processing instructions are XML; in SAML nobody processes them, and they split text",
    ),
    (
        "reference_count",
        "several references are XML-DSig; SAML core 5.4.2 has one",
    ),
    (
        "reference_mismatch",
        "the signature covers another element than the one that it stands in: signature wrapping (SAML core 5.4.2)",
    ),
    (
        "signature_shape",
        "Object, parameters and order of elements that XML-DSig allows and the profile of SAML core 5.4 does not need",
    ),
    (
        "text_not_plain",
        "comments inside a digest or signature value, which canonicalization takes out and readers read differently",
    ),
    (
        "transforms_refused",
        "transforms beyond the two of SAML core 5.4.4: XPath, inclusive canonicalization, none at all",
    ),
    (
        "xml_malformed",
        "names and namespaces on which parsers differ: relative namespace names, prefixes that mean nothing",
    ),
    (
        "xml_namespace_too_long",
        "our limit on the length of namespace names",
    ),
    (
        "xml_too_many_attributes",
        "our limit on attributes of one element",
    ),
];

/// A message, and whom we trust for it.
struct Case {
    name: String,
    xml: Vec<u8>,
    certificate: String,
}

impl Case {
    fn new(name: impl Into<String>, xml: impl Into<Vec<u8>>, certificate: &str) -> Self {
        Self {
            name: name.into(),
            xml: xml.into(),
            certificate: certificate.to_owned(),
        }
    }
}

#[test]
fn si_82l_what_we_accept_another_verifier_accepts() {
    if Command::new("xmlsec1").arg("--version").output().is_err() {
        println!("SKIPPED: xmlsec1 is not installed, so nothing was compared");
        return;
    }
    let mut cases = benign();
    let benign = cases.len();
    cases.extend(mutations());
    cases.extend(corpus::folder().iter().flat_map(|folder| recorded(folder)));
    cases.extend(
        env::var_os("VESTIBULE_SAMPLES")
            .iter()
            .flat_map(|folder| samples(Path::new(folder))),
    );
    let folder = tempfile::tempdir().unwrap();
    let numbers: Vec<usize> = (0..cases.len()).collect();
    let judged: Vec<(usize, Vec<Judgement>)> = thread::scope(|scope| {
        let workers: Vec<_> = numbers
            .chunks(cases.len().div_ceil(4))
            .map(|chunk| {
                let (cases, folder) = (&cases, folder.path());
                let judge =
                    move |number: &usize| (*number, judge(&cases[*number], *number, folder));
                scope.spawn(move || chunk.iter().map(judge).collect::<Vec<_>>())
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });

    let (mut both, mut neither) = (0, 0);
    let mut theirs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut signatures = 0;
    for (number, judgement) in judged
        .iter()
        .flat_map(|(number, all)| all.iter().map(move |it| (*number, it)))
    {
        signatures += 1;
        let case = &cases[number];
        match judgement {
            Judgement {
                ours: Ok(()),
                theirs: true,
            } => both += 1,
            Judgement {
                ours: Err(_),
                theirs: false,
            } => neither += 1,
            Judgement {
                ours: Err(code),
                theirs: true,
            } => {
                theirs.entry(*code).or_default().insert(&case.name);
            }
            Judgement {
                ours: Ok(()),
                theirs: false,
            } => {
                let xml = String::from_utf8_lossy(&case.xml);
                panic!("{}: we accept what xmlsec1 does not\n{xml}", case.name);
            }
        }
        assert!(
            number >= benign || judgement.ours.is_ok(),
            "{} is benign: {:?}",
            case.name,
            judgement.ours
        );
    }
    println!(
        "{} messages, {signatures} signatures: {both} accepted by both, {neither} by neither; by xmlsec1 alone:",
        cases.len()
    );
    let mut unexplained = Vec::new();
    for (code, names) in &theirs {
        let known = REFUSED_BY_US.iter().find(|(known, _)| known == code);
        let reason = known.map_or("", |(_, reason)| *reason);
        println!("{:>6} messages {code}: {reason}", names.len());
        if known.is_none() {
            unexplained.push((code, names));
        }
    }
    assert!(unexplained.is_empty(), "{unexplained:?}");
    assert!(both > benign, "no changed message was accepted");
    assert!(
        theirs.contains_key("reference_mismatch"),
        "no vector was armed"
    );
}

/// What either says of one signature.
struct Judgement {
    ours: Result<(), &'static str>,
    theirs: bool,
}

/// Each signature of a message, in the order of the document.
fn judge(case: &Case, number: usize, folder: &Path) -> Vec<Judgement> {
    let file = folder.join(format!("{number}.xml"));
    let certificate = folder.join(format!("{number}.pem"));
    fs::write(&file, &case.xml).unwrap();
    fs::write(&certificate, &case.certificate).unwrap();
    let document = match Document::parse(&case.xml, &Limits::METADATA) {
        Ok(document) => document,
        // Without a tree of ours there is no place to name: the first signature that xmlsec1 finds.
        Err(error) => {
            let names = ["Assertion", "Response"].map(|name| format!("{}:{name}", namespace(name)));
            return vec![Judgement {
                ours: Err(error.code()),
                theirs: xmlsec1(&file, &certificate, &names, None),
            }];
        }
    };
    let identified: BTreeSet<String> = document
        .elements()
        .filter(|it| it.attribute("ID").is_some())
        .map(|it| match it.namespace() {
            "" => it.local_name().to_owned(),
            namespace => format!("{namespace}:{}", it.local_name()),
        })
        .collect();
    let identified: Vec<String> = identified.into_iter().collect();
    let key = VerifyingKey::from_certificate_pem(case.certificate.as_bytes());
    document
        .elements()
        .filter(|it| it.is(DS, "Signature"))
        .enumerate()
        .map(|(before, signature)| {
            let ours = match (&key, signature.parent()) {
                (Err(_), _) => Err("key_refused"),
                (Ok(_), None) => Err("signature_shape"),
                (Ok(key), Some(element)) => {
                    let trust = Trust {
                        keys: std::slice::from_ref(key),
                        danger_accept_sha1: true,
                    };
                    signature::verify(element, trust)
                        .map(drop)
                        .map_err(|error| error.code())
                }
            };
            let place = format!(
                "(//*[local-name()='Signature' and namespace-uri()='{DS}'])[{}]",
                before + 1
            );
            Judgement {
                ours,
                theirs: xmlsec1(&file, &certificate, &identified, Some(&place)),
            }
        })
        .collect()
}

fn namespace(element: &str) -> &'static str {
    if element == "Assertion" {
        support::SAML
    } else {
        support::SAMLP
    }
}

/// Whether `xmlsec1` accepts a signature: with this key and no other, and with nothing fetched from anywhere.
fn xmlsec1(file: &Path, certificate: &Path, identified: &[String], place: Option<&str>) -> bool {
    let mut command = Command::new("xmlsec1");
    command
        .arg("--verify")
        .arg("--pubkey-cert-pem")
        .arg(certificate);
    command.args(["--enabled-key-data", "key-name"]);
    command.args(["--enabled-reference-uris", "empty,same-doc"]);
    for element in identified {
        command.args(["--id-attr:ID", element]);
    }
    if let Some(place) = place {
        command.args(["--node-xpath", place]);
    }
    command.arg(file).output().unwrap().status.success()
}

fn benign() -> Vec<Case> {
    let template = assertion("_a1");
    let [idp, ec] = [keys::idp(), keys::idp_ec()];
    let mut signing = Signing::of(&template, A_SIG);
    signing.signature_method = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256".to_owned();
    let elliptic = wrapping::unsigned_response(&signing.sign(ec));
    vec![
        Case::new("SI-B1", around_signed(&template), &idp.certificate_pem),
        Case::new("SI-B2", signed_around(&template), &idp.certificate_pem),
        Case::new("SI-B3", signed_both(&template), &idp.certificate_pem),
        Case::new("elliptic curve", elliptic, &ec.certificate_pem),
    ]
}

/// The same cuts in every run.
fn mutations() -> Vec<Case> {
    let template = assertion("_a1");
    let starts = [
        around_signed(&template),
        signed_around(&template),
        signed_both(&template),
        wrapping::si_02(),
        wrapping::si_03(),
        wrapping::si_11(),
    ];
    let mut runner = TestRunner::deterministic();
    let strategy = (any::<Index>(), prop::collection::vec(edits(), 1..=2));
    (0..MUTATIONS)
        .map(|number| {
            let (start, edits) = strategy.new_tree(&mut runner).unwrap().current();
            let mut tree = Node::parse(&starts[start.index(starts.len())]);
            edits.iter().for_each(|edit| apply(&mut tree, edit));
            let mut xml = String::new();
            tree.write(&mut xml);
            Case::new(format!("cut {number}"), xml, &keys::idp().certificate_pem)
        })
        .collect()
}

/// The vectors that the attack tests left.
fn recorded(folder: &Path) -> Vec<Case> {
    corpus::kept(folder)
        .into_iter()
        .map(|(name, xml, certificate)| Case::new(name, xml, &certificate))
        .collect()
}

/// Real messages, and fixtures of others, each with every certificate that it names itself: nobody's trust is asked
/// here.
fn samples(folder: &Path) -> Vec<Case> {
    let mut messages = Vec::new();
    for name in [
        "adfs-v2-FederationMetadata.xml",
        "adfs-v3-FederationMetadata.xml",
        "adfs-v4-FederationMetadata.xml",
        "okta-response-signed.xml",
    ] {
        messages.push((name.to_owned(), fs::read(folder.join(name)).unwrap()));
    }
    let name = "adfs-response-signed-assertion.b64";
    let text = fs::read_to_string(folder.join(name)).unwrap();
    messages.push((name.to_owned(), decoded(&text).unwrap()));
    for bundle in ["saml-in-thirdparty.json", "xmldsig-merlin-bundle.json"] {
        let text = fs::read_to_string(folder.join(bundle)).unwrap();
        let set: serde_json::Value = serde_json::from_str(&text).unwrap();
        for item in set["items"].as_array().unwrap() {
            let bytes = decoded(item["content_b64"].as_str().unwrap()).unwrap();
            // Some are in base64 once more.
            let text = String::from_utf8_lossy(&bytes);
            let bytes = decoded(&text).unwrap_or_else(|| bytes.clone());
            if bytes.trim_ascii_start().starts_with(b"<") {
                messages.push((item["path"].as_str().unwrap().to_owned(), bytes));
            }
        }
    }
    messages
        .into_iter()
        .flat_map(|(name, xml)| {
            let certificates = certificates(&String::from_utf8_lossy(&xml));
            certificates
                .into_iter()
                .map(move |certificate| Case::new(name.clone(), xml.clone(), &certificate))
        })
        .collect()
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let text: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(text).ok()
}

/// The certificates in a message, in PEM.
fn certificates(xml: &str) -> BTreeSet<String> {
    xml.split("X509Certificate>")
        .filter_map(|it| decoded(it.split('<').next()?))
        .filter(|der| der.starts_with(&[0x30, 0x82]))
        .map(|der| {
            let lines = STANDARD.encode(der);
            let lines: Vec<&str> = lines
                .as_bytes()
                .chunks(64)
                .map(|line| std::str::from_utf8(line).unwrap())
                .collect();
            format!(
                "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
                lines.join("\n")
            )
        })
        .collect()
}
