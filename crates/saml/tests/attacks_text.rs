//! Text, parser and canonicalization tricks, SI-25 to SI-29, SI-36 to SI-38 and SI-82: what is read must be what was
//! signed, or nothing.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

#[path = "attacks_text/canonical.rs"]
mod canonical;
mod support;

use self::support::{
    A_SIG, DS, EXC_C14N, IDP, SAML, SP, around_signed, assertion, before, check, check_all, edit,
    keys, outcome, signed_around,
    signing::{ENVELOPED, Signing, method, transforms},
    verify,
    wrapping::unsigned_response,
};

const ACCEPTED: &str = "accepted alice@a.test";
const CLASS: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";

/// Places of text that decide something, as they stand in the message.
fn texts() -> [(&'static str, String); 6] {
    [
        ("NameID", "alice@a.test</saml:NameID>".to_owned()),
        (
            "AttributeValue",
            "jira-users</saml:AttributeValue>".to_owned(),
        ),
        ("Issuer", format!("{IDP}</saml:Issuer><ds:Signature")),
        ("Audience", format!("{SP}</saml:Audience>")),
        (
            "AuthnContextClassRef",
            format!("{CLASS}</saml:AuthnContextClassRef>"),
        ),
        ("DigestValue", "=</ds:DigestValue>".to_owned()),
    ]
}

/// The benign message with `what` inserted after the first four characters of each text.
fn split_by(what: &str) -> Vec<(&'static str, String)> {
    let xml = around_signed(&assertion("_a1"));
    texts()
        .into_iter()
        .map(|(place, text)| {
            let at = text.find('<').unwrap().min(4);
            let (head, tail) = text.split_at(at);
            (place, edit(&xml, &text, &format!("{head}{what}{tail}")))
        })
        .collect()
}

#[test]
fn si_25_si_26_comment_inside_text() {
    check_all(split_by("<!---->"), "text_not_plain");
    check_all(split_by("<!-- x -->"), "text_not_plain");
}

#[test]
fn si_25_comment_cannot_shorten_a_signed_name() {
    let template = assertion("_a1").replace(
        "alice@a.test</saml:NameID>",
        "admin@a.test.evil.test</saml:NameID>",
    );
    check(&around_signed(&template), "accepted admin@a.test.evil.test");
    let cut = edit(
        &around_signed(&template),
        "admin@a.test.evil.test",
        "admin@a.test<!---->.evil.test",
    );
    check(&cut, "text_not_plain");
    let cut = edit(
        &signed_around(&template),
        "admin@a.test.evil.test",
        "admin@a.test<!---->.evil.test",
    );
    check(&cut, "text_not_plain");
}

#[test]
fn comments_between_elements_change_nothing() {
    let xml = before(
        &around_signed(&assertion("_a1")),
        "<saml:Subject>",
        "<!-- harmless -->",
    );
    check(&xml, ACCEPTED);
}

#[test]
fn si_27_processing_instruction() {
    check_all(split_by("<?x?>"), "processing_instruction_refused");
    let xml = around_signed(&assertion("_a1"));
    check(
        &format!("<?xml-stylesheet href=\"http://127.0.0.1:9/\"?>{xml}"),
        "processing_instruction_refused",
    );
}

#[test]
fn si_28_cdata_gives_the_full_text() {
    for (place, xml) in split_by("<![CDATA[]]>") {
        assert_eq!(outcome(verify(&xml)), ACCEPTED, "{place}");
    }
    let xml = edit(
        &around_signed(&assertion("_a1")),
        "alice@a.test</saml:NameID>",
        "alice<![CDATA[@a]]>.test</saml:NameID>",
    );
    check(&xml, ACCEPTED);
}

#[test]
fn si_29_canonicalization_with_comments() {
    let with_comments = format!("{EXC_C14N}WithComments");
    let mut signing = Signing::of(&assertion("_a1"), A_SIG);
    signing.canonicalization = method("CanonicalizationMethod", &with_comments);
    check(
        &unsigned_response(&signing.sign(keys::idp())),
        "signature_shape",
    );

    let template = edit(
        &assertion("_a1"),
        "alice@a.test</saml:NameID>",
        "alice@a.test<!-- signed -->.evil.test</saml:NameID>",
    );
    let mut signing = Signing::of(&template, A_SIG);
    signing.transforms = transforms(&[ENVELOPED, &with_comments]);
    check(
        &unsigned_response(&signing.sign(keys::idp())),
        "text_not_plain",
    );
    let mut signing = Signing::of(&assertion("_a1"), A_SIG);
    signing.transforms = transforms(&[ENVELOPED, &with_comments]);
    check(
        &unsigned_response(&signing.sign(keys::idp())),
        "transforms_refused",
    );
}

#[test]
fn si_82_documents_that_are_no_single_well_formed_one() {
    let xml = around_signed(&assertion("_a1"));
    check(
        &format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{xml}\n"),
        ACCEPTED,
    );
    check(&format!("\u{feff}{xml}"), ACCEPTED);
    // A base outside the signed bytes resolves nothing; inside them it would have been signed.
    let based = |element: &str| edit(&xml, element, &format!("{element}xml:base=\"urn:x\" "));
    check(&based("<samlp:Response "), ACCEPTED);
    check(&based("<saml:NameID "), "digest_mismatch");
    check_all(
        [
            ("second root", format!("{xml}{xml}")),
            ("junk after the root", format!("{xml}x")),
            ("junk before the root", format!("x{xml}")),
            ("byte order mark later", format!("{}\u{feff}", xml)),
            (
                "duplicate attribute",
                edit(&xml, "ID=\"_r1\"", "ID=\"_r1\" Destination=\"x\""),
            ),
            (
                "undeclared prefix",
                edit(&xml, "<samlp:Status>", "<y:a/><samlp:Status>"),
            ),
            ("unfinished", xml.trim_end_matches('>').to_owned()),
            (
                "U+0000",
                edit(
                    &xml,
                    "alice@a.test</saml:NameID>",
                    "alice&#x0;@a.test</saml:NameID>",
                ),
            ),
            (
                "U+FFFF",
                edit(
                    &xml,
                    "alice@a.test</saml:NameID>",
                    "alice&#xFFFF;@a.test</saml:NameID>",
                ),
            ),
            ("colon first", xml.replace("saml:Issuer", ":saml:Issuer")),
            (
                "two colons",
                edit(&xml, "<samlp:Status>", "<samlp:a:b/><samlp:Status>"),
            ),
            (
                "colon first in an attribute",
                edit(&xml, "ID=\"_r1\"", "ID=\"_r1\" :ID=\"x\""),
            ),
            (
                "xml rebound",
                edit(
                    &xml,
                    "<samlp:Response ",
                    "<samlp:Response xmlns:xml=\"urn:x\" ",
                ),
            ),
            (
                "xml aliased",
                edit(
                    &xml,
                    "<samlp:Response ",
                    "<samlp:Response xmlns:y=\"http://www.w3.org/XML/1998/namespace\" ",
                ),
            ),
            (
                "prefix undeclared",
                edit(&xml, "<samlp:Response ", "<samlp:Response xmlns:y=\"\" "),
            ),
            (
                "undefined entity",
                edit(&xml, "alice@a.test</saml:NameID>", "&alice;</saml:NameID>"),
            ),
            ("empty", String::new()),
        ],
        "xml_malformed",
    );
    for encoding in ["UTF-7", "UTF-16", "EBCDIC-CP-US", "ISO-8859-1"] {
        check(
            &format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>{xml}"),
            "encoding_refused",
        );
    }
}

#[test]
fn si_82_other_encodings() {
    let xml = around_signed(&assertion("_a1"));
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain(xml.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut bad = xml.clone().into_bytes();
    bad[30] = 0xff;
    let key = [keys::idp().verifying.clone()];
    for bytes in [utf16, bad] {
        let result = vestibule_saml::response::verify(&bytes, &support::expectation(&key));
        assert_eq!(outcome(result), "encoding_refused");
    }
}

#[test]
fn si_82_local_names_alone_mean_nothing() {
    let xml = around_signed(&assertion("_a1"));
    check(
        &xml.replace("SAML:2.0:protocol", "SAML:2.0:other"),
        "not_a_response",
    );
    let other = around_signed(&assertion("_a1").replace(SAML, "urn:evil"));
    check(&other, "signature_misplaced");
}

#[test]
fn si_82k_names_are_compared_byte_for_byte() {
    for name in [
        "alice@a.test ",
        " alice@a.test",
        "Alice@a.test",
        "alice@a.test\u{200b}",
        "\u{430}lice@a.test",
        "ali\u{301}ce@a.test",
        "a&amp;lt;b",
        "a&#xD;b",
        "tab\tand\nline",
    ] {
        let template = edit(
            &assertion("_a1"),
            "alice@a.test</saml:NameID>",
            &format!("{name}</saml:NameID>"),
        );
        let read = verify(&around_signed(&template))
            .unwrap()
            .name_id()
            .value
            .clone();
        let meant = name.replace("&amp;", "&").replace("&#xD;", "\r");
        assert_eq!(read, meant);
    }
    let long = "x".repeat(10_000);
    let template = edit(
        &assertion("_a1"),
        "alice@a.test</saml:NameID>",
        &format!("{long}</saml:NameID>"),
    );
    check(&around_signed(&template), &format!("accepted {long}"));
}

#[test]
fn si_82m_attributes_that_are_not_one_text() {
    let attributes = |inner: &str| {
        let xml = assertion("_a1");
        let start = xml.find("<saml:Attribute Name=\"mail\">").unwrap();
        let end = xml.find("<saml:Attribute Name=\"groups\">").unwrap();
        let template = format!("{}{inner}{}", &xml[..start], &xml[end..]);
        verify(&around_signed(&template))
            .unwrap()
            .attributes()
            .clone()
    };
    let mail = |values: &str| format!("<saml:Attribute Name=\"mail\">{values}</saml:Attribute>");
    let value = |text: &str| format!("<saml:AttributeValue>{text}</saml:AttributeValue>");

    // One element per value, as Keycloak writes roles.
    let twice = attributes(&format!(
        "{}{}",
        mail(&value("a@a.test")),
        mail(&value("b@a.test"))
    ));
    assert_eq!(
        twice.texts("mail").collect::<Vec<_>>(),
        ["a@a.test", "b@a.test"]
    );
    assert_eq!(
        twice.single("mail").unwrap_err().code(),
        "attribute_ambiguous"
    );
    let same = attributes(&format!(
        "{}{}",
        mail(&value("a@a.test")),
        mail(&value("a@a.test"))
    ));
    assert_eq!(same.single("mail").unwrap(), Some("a@a.test"));
    // Several values in one element.
    let several = attributes(&mail(&format!(
        "{}{}",
        value("a@a.test"),
        value("b@a.test")
    )));
    assert_eq!(
        several.single("mail").unwrap_err().code(),
        "attribute_ambiguous"
    );
    // No value, nil, and XML.
    assert_eq!(attributes(&mail("")).single("mail").unwrap(), None);
    assert_eq!(attributes("").single("mail").unwrap(), None);
    let nil = r#"<saml:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"></saml:AttributeValue>"#;
    assert_eq!(attributes(&mail(nil)).single("mail").unwrap(), None);
    let nested = attributes(&mail(&value("<saml:NameID>a@a.test</saml:NameID>")));
    assert_eq!(
        nested.single("mail").unwrap_err().code(),
        "attribute_not_text"
    );
    assert_eq!(nested.texts("mail").count(), 0);
    // The friendly name finds nothing.
    let friendly = attributes(
        "<saml:Attribute FriendlyName=\"mail\" Name=\"urn:oid:1\"><saml:AttributeValue>a</saml:AttributeValue></saml:Attribute>",
    );
    assert_eq!(friendly.single("mail").unwrap(), None);
    assert_eq!(friendly.single("urn:oid:1").unwrap(), Some("a"));
}

#[test]
fn si_77_excess_is_refused_before_a_tree_is_built() {
    let xml = around_signed(&assertion("_a1"));
    let inside = |what: &str| {
        before(
            &xml,
            "<samlp:Status>",
            &format!("<samlp:Extensions>{what}</samlp:Extensions>"),
        )
    };
    let attributes: String = (0..100).map(|n| format!(" a{n}=\"\"")).collect();
    let declarations: String = (0..70)
        .map(|n| format!(" xmlns:n{n}=\"urn:{n}\""))
        .collect();
    let nested: String = (0..62)
        .map(|n| format!("<x xmlns:n{n}=\"urn:{n}\" xmlns:m{n}=\"urn:{n}\">"))
        .collect();
    check(&inside(&"<x>".repeat(100)), "xml_too_deep");
    check(&inside(&"<x>".repeat(4_000)), "xml_too_deep");
    check(&inside(&"<x>".repeat(80_000)), "xml_too_many_nodes");
    check(&inside(&"<x/>".repeat(5_001)), "xml_too_many_nodes");
    check(
        &inside(&format!("<x{attributes}/>")),
        "xml_too_many_attributes",
    );
    check(
        &inside(&format!("<x{declarations}/>")),
        "xml_too_many_attributes",
    );
    check(&inside(&nested), "xml_too_many_namespaces");
    check(
        &inside(&format!("<x xmlns:n=\"urn:{}\"/>", "n".repeat(300))),
        "xml_namespace_too_long",
    );
    check(&inside(&"x".repeat(300_000)), "xml_too_large");
    check(
        &inside(&format!("<x a=\"{}\"/>", "x".repeat(300_000))),
        "xml_too_large",
    );
    check(&inside(&"<x/>".repeat(1_000)), ACCEPTED);
}
