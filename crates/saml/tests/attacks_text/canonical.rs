//! Namespaces, digests and transforms: what is signed is what is read (SI-36 to SI-38).

use super::*;

#[test]
fn si_36_relative_namespace_names() {
    let xml = around_signed(&assertion("_a1"));
    for name in ["1", "../x", "x", "//host/x", "#x", "1a:b"] {
        let declared = edit(
            &xml,
            "<samlp:Response ",
            &format!("<samlp:Response xmlns:ns=\"{name}\" "),
        );
        check(&declared, "relative_namespace_refused");
    }
}

#[test]
fn si_36_digest_of_nothing() {
    for (algorithm, empty) in [
        (
            "http://www.w3.org/2001/04/xmlenc#sha256",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        ),
        (
            "http://www.w3.org/2001/04/xmlenc#sha512",
            "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
        ),
    ] {
        let mut signing = Signing::of(&assertion("_a1"), A_SIG);
        signing.digest_method = algorithm.to_owned();
        signing.digest_value = Some(empty.to_owned());
        check(
            &unsigned_response(&signing.sign(keys::idp())),
            "empty_digest_refused",
        );
    }
}

#[test]
fn si_36_signature_over_nothing() {
    let mut signing = Signing::of(&assertion("_a1"), A_SIG);
    signing.value = Some(keys::idp().sign(&signing.signature_method, b""));
    check(
        &unsigned_response(&signing.sign(keys::idp())),
        "signature_mismatch",
    );
}

#[test]
fn si_37_prefixes_carry_no_meaning() {
    let xml = around_signed(&assertion("_a1"));
    // Declarations that nobody uses do not change the canonical form.
    check(
        &edit(
            &xml,
            "<samlp:Response ",
            "<samlp:Response xmlns:ds=\"urn:evil\" xmlns:saml=\"urn:evil\" ",
        ),
        ACCEPTED,
    );
    check(
        &edit(
            &xml,
            "<saml:NameID ",
            &format!("<saml:NameID xmlns:saml=\"{SAML}\" "),
        ),
        ACCEPTED,
    );
    // Another prefix for the same namespace is another canonical form.
    let renamed = edit(
        &xml,
        "<saml:NameID ",
        &format!("<x:NameID xmlns:x=\"{SAML}\" "),
    );
    check(
        &renamed.replace("</saml:NameID>", "</x:NameID>"),
        "digest_mismatch",
    );
    // The same prefix for another namespace is another element.
    check(
        &edit(
            &xml,
            "<saml:NameID ",
            "<saml:NameID xmlns:saml=\"urn:evil\" ",
        ),
        "digest_mismatch",
    );
    // The namespace of signatures as the default, in which nothing of ours stands, and the prefix bound anew inside.
    check(
        &edit(
            &xml,
            "<samlp:Response ",
            &format!("<samlp:Response xmlns=\"{DS}\" "),
        ),
        ACCEPTED,
    );
    check(
        &edit(
            &xml,
            "<ds:SignedInfo>",
            "<ds:SignedInfo xmlns:ds=\"urn:evil\">",
        ),
        "signature_shape",
    );
    check(
        &edit(
            &xml,
            "<ds:SignedInfo>",
            &format!("<ds:SignedInfo xmlns:ds=\"{DS}\">"),
        ),
        ACCEPTED,
    );
    // Two prefixes for one namespace, one of them only on the outside.
    check(
        &edit(
            &xml,
            "<samlp:Response ",
            &format!("<samlp:Response xmlns:other=\"{SAML}\" "),
        ),
        ACCEPTED,
    );
    // Signed by the identity provider and yet not the element that SAML means.
    let template = edit(
        &assertion("_a1"),
        "<saml:NameID ",
        "<saml:NameID xmlns:saml=\"urn:evil\" ",
    );
    check(&around_signed(&template), "name_id_missing");
}

#[test]
fn si_38_transforms() {
    let rows = [
        ("none", vec![]),
        ("enveloped only", vec![ENVELOPED]),
        ("canonicalization only", vec![EXC_C14N]),
        ("wrong order", vec![EXC_C14N, ENVELOPED]),
        ("enveloped twice", vec![ENVELOPED, ENVELOPED, EXC_C14N]),
        (
            "inclusive",
            vec![ENVELOPED, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"],
        ),
        (
            "inclusive 1.1",
            vec![ENVELOPED, "http://www.w3.org/2006/12/xml-c14n11"],
        ),
        (
            "XSLT",
            vec![
                ENVELOPED,
                "http://www.w3.org/TR/1999/REC-xslt-19991116",
                EXC_C14N,
            ],
        ),
        (
            "XPath",
            vec![
                ENVELOPED,
                "http://www.w3.org/TR/1999/REC-xpath-19991116",
                EXC_C14N,
            ],
        ),
        (
            "XPath filter",
            vec![
                ENVELOPED,
                "http://www.w3.org/2002/06/xmldsig-filter2",
                EXC_C14N,
            ],
        ),
        (
            "base64",
            vec![ENVELOPED, "http://www.w3.org/2000/09/xmldsig#base64"],
        ),
        (
            "decryption",
            vec![ENVELOPED, "http://www.w3.org/2002/07/decrypt#XML", EXC_C14N],
        ),
    ];
    for (name, algorithms) in rows {
        let mut signing = Signing::of(&assertion("_a1"), A_SIG);
        signing.transforms = transforms(&algorithms);
        let xml = unsigned_response(&signing.sign(keys::idp()));
        assert_eq!(outcome(verify(&xml)), "transforms_refused", "{name}");
    }
}

#[test]
fn si_38_transforms_with_parameters() {
    let xpath = "<ds:XPath>not(ancestor-or-self::saml:NameID)</ds:XPath>";
    for algorithm in [ENVELOPED, EXC_C14N] {
        let mut signing = Signing::of(&assertion("_a1"), A_SIG);
        signing.transforms = edit(
            &transforms(&[ENVELOPED, EXC_C14N]),
            &format!("\"{algorithm}\">"),
            &format!("\"{algorithm}\">{xpath}"),
        );
        let xml = unsigned_response(&signing.sign(keys::idp()));
        let refused = outcome(verify(&xml));
        assert!(
            ["transforms_refused", "signature_shape"].contains(&refused.as_str()),
            "{refused}"
        );
    }
}

#[test]
fn si_38_prefix_lists_are_bounded() {
    let with_list = |list: &str| {
        let inclusive = format!(
            r#"<ec:InclusiveNamespaces xmlns:ec="{EXC_C14N}" PrefixList="{list}"></ec:InclusiveNamespaces>"#
        );
        let mut signing = Signing::of(&assertion("_a1"), A_SIG);
        signing.transforms = edit(
            &transforms(&[ENVELOPED, EXC_C14N]),
            &format!("\"{EXC_C14N}\">"),
            &format!("\"{EXC_C14N}\">{inclusive}"),
        );
        unsigned_response(&signing.sign(keys::idp()))
    };
    check(&with_list("xs"), ACCEPTED);
    check(&with_list("xs #default"), ACCEPTED);
    check(&with_list(&"p ".repeat(33)), "signature_shape");
    check(&with_list(&"p ".repeat(10_000)), "signature_shape");
}
