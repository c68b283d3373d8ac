//! Whatever would make a reader expand, fetch or execute something, SI-30 to SI-35b, SI-38 and SI-39: a listener and a
//! file would show it.

#![allow(
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod support;

use std::net::TcpListener;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use vestibule_saml::{
    authn_request::{ParsedAuthnRequest, Received},
    binding::post,
    metadata::{IdpMetadata, Source, SpMetadata},
};

use self::support::{
    A_SIG, DS, EXC_C14N, SAML, SAMLP, around_signed, assertion, before, check, check_all, edit,
    keys,
    sealing::{Sealing, check_sealed},
    signed_assertion,
    signing::{ENVELOPED, Signing, method, transforms},
    wrapping::unsigned_response,
};

const ACCEPTED: &str = "accepted alice@a.test";

#[test]
fn si_30_to_si_35_document_type_declarations() {
    let listener = Listener::new();
    let address = listener.address();
    let laughs: String = (1..10)
        .map(|n| format!("<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10)))
        .collect();
    let xml = around_signed(&assertion("_a1"));
    let rows = [
        (
            "internal entity",
            "<!DOCTYPE r [<!ENTITY e \"x\">]>".to_owned(),
        ),
        (
            "external entity",
            format!("<!DOCTYPE r [<!ENTITY e SYSTEM \"http://{address}/e\">]>"),
        ),
        (
            "local file",
            "<!DOCTYPE r [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>".to_owned(),
        ),
        (
            "external subset",
            format!("<!DOCTYPE r SYSTEM \"http://{address}/r.dtd\">"),
        ),
        (
            "billion laughs",
            format!("<!DOCTYPE r [<!ENTITY a0 \"ha\">{laughs}]>"),
        ),
        (
            "another attribute as ID",
            "<!DOCTYPE r [<!ATTLIST saml:Assertion Version ID #IMPLIED>]>".to_owned(),
        ),
        ("any", "<!DOCTYPE Response>".to_owned()),
        (
            "after the declaration",
            "<?xml version=\"1.0\"?><!DOCTYPE Response>".to_owned(),
        ),
        ("after white space", "\n<!DOCTYPE Response>".to_owned()),
        (
            "after a comment",
            "<!-- x --><!DOCTYPE Response>".to_owned(),
        ),
    ];
    check_all(
        rows.map(|(name, doctype)| (name, format!("{doctype}{xml}"))),
        "doctype_refused",
    );
    listener.assert_silent();
}

#[test]
fn si_35b_nothing_is_fetched() {
    let listener = Listener::new();
    let address = listener.address();
    let xml = around_signed(&assertion("_a1"));
    let include = format!(
        r#"<samlp:Extensions><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="http://{address}/x"/></samlp:Extensions>"#
    );
    check(&before(&xml, "<samlp:Status>", &include), ACCEPTED);
    let schema = format!(
        r#"<samlp:Response xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x http://{address}/x" "#
    );
    check(&edit(&xml, "<samlp:Response ", &schema), ACCEPTED);
    listener.assert_silent();
}

/// SI-35 in every other kind of message that is read.
#[test]
fn si_35_document_types_in_requests_and_metadata() {
    let listener = Listener::new();
    let address = listener.address();
    let doctype = format!("<!DOCTYPE r SYSTEM \"http://{address}/r.dtd\" [<!ENTITY e \"x\">]>");
    let metadata = r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="urn:x"></md:EntityDescriptor>"#;
    let request = format!(
        r#"<samlp:AuthnRequest xmlns:samlp="{SAMLP}" ID="_q" Version="2.0" IssueInstant="2026-01-01T12:00:00Z"><saml:Issuer xmlns:saml="{SAML}">urn:x</saml:Issuer></samlp:AuthnRequest>"#
    );
    let posted = |xml: &str| {
        let message = utf8_percent_encode(&BASE64.encode(xml), NON_ALPHANUMERIC).to_string();
        let form = post::decode(format!("SAMLRequest={message}").as_bytes()).unwrap();
        ParsedAuthnRequest::parse(Received::Post(form))
            .err()
            .map(|it| it.code())
    };
    let idp = |xml: &str| {
        let read = IdpMetadata::parse(&Source::trusted(xml.as_bytes()));
        read.unwrap_err().code()
    };
    let sp = |xml: &str| {
        let read = SpMetadata::parse(&Source::trusted(xml.as_bytes()));
        read.unwrap_err().code()
    };
    assert_eq!(
        posted(&format!("{doctype}{request}")),
        Some("doctype_refused")
    );
    assert_eq!(idp(&format!("{doctype}{metadata}")), "doctype_refused");
    assert_eq!(sp(&format!("{doctype}{metadata}")), "doctype_refused");
    // Controls: without it they are read, and the metadata only lacks a role.
    assert_eq!(posted(&request), None);
    assert_eq!(idp(metadata), "metadata_entity_missing");
    assert_eq!(sp(metadata), "metadata_entity_missing");
    listener.assert_silent();
}

/// Transforms that some readers execute before they decide about the signature.
#[test]
fn si_38_no_stylesheet_and_no_expression_is_run() {
    let listener = Listener::new();
    let address = listener.address();
    let sheet = |select: &str| {
        format!(
            r#"<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"><xsl:template match="/"><xsl:copy-of select="{select}"></xsl:copy-of></xsl:template></xsl:stylesheet>"#
        )
    };
    let transform = |algorithm: &str, inner: &str| {
        format!(r#"<ds:Transform Algorithm="{algorithm}">{inner}</ds:Transform>"#)
    };
    let xslt = "http://www.w3.org/TR/1999/REC-xslt-19991116";
    let rows = [
        (
            "fetches",
            transform(xslt, &sheet(&format!("document('http://{address}/x')"))),
        ),
        (
            "reads a file",
            transform(xslt, &sheet("document('file:///etc/hostname')")),
        ),
        (
            "drops the name",
            transform(
                "http://www.w3.org/TR/1999/REC-xpath-19991116",
                "<ds:XPath>not(ancestor-or-self::saml:NameID)</ds:XPath>",
            ),
        ),
        (
            "subtracts the name",
            transform(
                "http://www.w3.org/2002/06/xmldsig-filter2",
                r#"<f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="subtract">//saml:NameID</f:XPath>"#,
            ),
        ),
    ];
    let usual = transforms(&[ENVELOPED, EXC_C14N]);
    for (name, evil) in rows {
        for place in ["</ds:Transforms>", &method("Transform", EXC_C14N)] {
            let mut signing = Signing::of(&assertion("_a1"), A_SIG);
            signing.transforms = before(&usual, place, &evil);
            check_all(
                [(name, unsigned_response(&signing.sign(keys::idp())))],
                "transforms_refused",
            );
        }
    }
    listener.assert_silent();
}

/// A manifest and an object bring references of their own, which a reader may resolve before it has verified anything.
#[test]
fn si_39_no_manifest_and_no_object_is_resolved() {
    let listener = Listener::new();
    let address = listener.address();
    let reference = format!(
        r#"<ds:Reference URI="http://{address}/x"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"></ds:Transform></ds:Transforms>{}<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>"#,
        method("DigestMethod", support::signing::SHA256)
    );
    let manifest = format!(r#"<ds:Manifest Id="_m">{reference}</ds:Manifest>"#);
    for tail in [
        format!("<ds:Object>{manifest}</ds:Object>"),
        manifest.clone(),
        format!(
            "<ds:Object><ds:SignatureProperties>{manifest}</ds:SignatureProperties></ds:Object>"
        ),
    ] {
        let mut signing = Signing::of(&assertion("_a1"), A_SIG);
        signing.tail = tail;
        check(
            &unsigned_response(&signing.sign(keys::idp())),
            "signature_shape",
        );
    }
    // The manifest is what is signed.
    let digested = edit(
        &manifest,
        "<ds:Manifest ",
        &format!(r#"<ds:Manifest xmlns:ds="{DS}" "#),
    );
    let mut signing = Signing::of(&assertion("_a1"), A_SIG);
    signing.uri = "#_m".to_owned();
    signing.digested = digested.into_bytes();
    signing.tail = format!("<ds:Object>{manifest}</ds:Object>");
    check(
        &unsigned_response(&signing.sign(keys::idp())),
        "signature_shape",
    );
    // Control: what stands in `KeyInfo` is not read and does no harm, and the plain signature counts.
    let mut signing = Signing::of(&assertion("_a1"), A_SIG);
    signing.tail = format!("<ds:KeyInfo><ds:MgmtData>{reference}</ds:MgmtData></ds:KeyInfo>");
    check(&unsigned_response(&signing.sign(keys::idp())), ACCEPTED);
    listener.assert_silent();
}

/// The same inside encryption, where ciphertext and keys may be elsewhere and be transformed before they are used.
#[test]
fn si_39_no_ciphertext_and_no_key_is_fetched_or_transformed() {
    let listener = Listener::new();
    let address = listener.address();
    let sealed = Sealing::of(signed_assertion(&assertion("_a1"))).seal();
    check_sealed(&unsigned_response(&sealed), ACCEPTED);
    let start = sealed.rfind("<xenc:CipherValue>").unwrap();
    let end = sealed.rfind("</xenc:CipherValue>").unwrap() + "</xenc:CipherValue>".len();
    let value = sealed.get(start..end).unwrap();
    let xslt =
        r#"<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"></ds:Transform>"#;
    let transforms = format!(r#"<xenc:Transforms xmlns:ds="{DS}">{xslt}</xenc:Transforms>"#);
    let reference = |uri: &str| {
        format!(r#"<xenc:CipherReference URI="{uri}">{transforms}</xenc:CipherReference>"#)
    };
    for uri in [
        &format!("http://{address}/x"),
        "file:///etc/hostname",
        "#_a1",
        "",
    ] {
        let xml = edit(&sealed, value, &reference(uri));
        check_sealed(&unsigned_response(&xml), "cipher_reference_refused");
    }
    let xml = edit(&sealed, value, &format!("{value}{transforms}"));
    check_sealed(&unsigned_response(&xml), "encryption_shape");
    // A pointer to a key that is elsewhere is not followed but refused.
    let key = "<xenc:EncryptedKey ";
    let retrieval = format!(
        r#"<ds:RetrievalMethod URI="http://{address}/key"><ds:Transforms>{xslt}</ds:Transforms></ds:RetrievalMethod>"#
    );
    check_sealed(
        &unsigned_response(&before(&sealed, key, &retrieval)),
        "encryption_shape",
    );
    listener.assert_silent();
}

/// Hears whether anybody connects.
struct Listener(TcpListener);

impl Listener {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn address(&self) -> String {
        self.0.local_addr().unwrap().to_string()
    }

    fn assert_silent(&self) {
        assert!(self.0.accept().is_err(), "somebody connected");
    }
}
