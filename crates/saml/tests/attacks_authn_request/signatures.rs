//! Signatures of requests: what an application that signs is believed for (SO-03).

use super::*;

#[test]
fn so_03_unsigned_requests_of_applications_that_sign() {
    let xml = request().to_xml().unwrap();
    for received in [by_redirect(&xml, None, None), by_post(&xml)] {
        assert_eq!(
            accept(received, &signed()).unwrap_err().code(),
            "signature_missing"
        );
    }
    // Without any key nothing can be signed.
    let keyless = Policy {
        keys: Vec::new(),
        require_signature: true,
    };
    let received = by_redirect(&xml, None, Some(&RSA));
    assert_eq!(
        accept(received, &keyless).unwrap_err().code(),
        "signature_missing"
    );
}

#[test]
fn so_03_a_bad_signature_is_refused_even_where_none_is_needed() {
    let optional = Policy {
        require_signature: false,
        ..signed()
    };
    let xml = request().to_xml().unwrap();
    let detached = by_redirect(&xml, None, Some(&ATTACKER));
    assert_eq!(
        accept(detached, &optional).unwrap_err().code(),
        "signature_mismatch"
    );
    let enveloped = request().to_signed_xml(&ATTACKER).unwrap();
    assert_eq!(
        accept(by_post(enveloped.as_str()), &optional)
            .unwrap_err()
            .code(),
        "signature_mismatch"
    );
}

#[test]
fn so_03_a_signature_inside_the_xml_does_not_travel_by_redirect() {
    let xml = request().to_signed_xml(&RSA).unwrap();
    for policy in [signed(), UNSIGNED] {
        let received = by_redirect(xml.as_str(), None, None);
        assert_eq!(
            accept(received, &policy).unwrap_err().code(),
            "signature_misplaced"
        );
    }
}

#[test]
fn so_03_changes_after_signing() {
    let signed_xml = request().to_signed_xml(&RSA).unwrap().into_string();
    for (from, to, code) in [
        (ACS, SECOND_ACS, "digest_mismatch"),
        (
            "Version=\"2.0\"",
            "Version=\"2.0\" ForceAuthn=\"true\"",
            "digest_mismatch",
        ),
        ("ID=\"_a1\"", "ID=\"_a2\"", "reference_mismatch"),
        (
            "</samlp:AuthnRequest>",
            "<samlp:Scoping ProxyCount=\"9\"/></samlp:AuthnRequest>",
            "digest_mismatch",
        ),
    ] {
        let changed = signed_xml.replacen(from, to, 1);
        assert_ne!(changed, signed_xml);
        assert_eq!(
            accept(by_post(&changed), &signed()).unwrap_err().code(),
            code,
            "{to}"
        );
    }
}

/// The signed request moved into an evil one, in the places where a naive reader finds it.
#[test]
fn so_03_wrapped_requests() {
    let benign = request().to_signed_xml(&RSA).unwrap().into_string();
    let start = benign.find("<ds:Signature").unwrap();
    let end = benign.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let signature = &benign[start..end];
    let original = benign.replace(signature, "");
    let evil = original.replace("_a1", "_evil").replace(ACS, SECOND_ACS);
    let into = |outer: &str, at: &str, inner: &str| outer.replacen(at, &format!("{inner}{at}"), 1);
    let extensions = format!("<samlp:Extensions>{benign}</samlp:Extensions>");
    let object = format!("<ds:Object>{original}</ds:Object></ds:Signature>");
    for (name, expected, xml) in [
        (
            "signed request in Extensions",
            "signature_misplaced",
            into(&evil, "</samlp:AuthnRequest>", &extensions),
        ),
        (
            "signature copied",
            "reference_mismatch",
            into(&evil, "</samlp:AuthnRequest>", signature),
        ),
        (
            "signature copied, original in its Object",
            "signature_shape",
            into(
                &evil,
                "</samlp:AuthnRequest>",
                &signature.replace("</ds:Signature>", &object),
            ),
        ),
        (
            "signature copied, original beside it",
            "reference_mismatch",
            into(
                &evil,
                "</samlp:AuthnRequest>",
                &format!("{signature}<samlp:Extensions>{original}</samlp:Extensions>"),
            ),
        ),
        (
            "two signatures",
            "signature_repeated",
            into(&benign, "</samlp:AuthnRequest>", signature),
        ),
    ] {
        let code = accept(by_post(&xml), &signed()).unwrap_err().code();
        assert_eq!(code, expected, "{name}");
    }
}

#[test]
fn so_03_parameters_of_the_query_that_nobody_signed_change_nothing() {
    let xml = request().to_xml().unwrap();
    let url = redirect::encode(SSO, MessageKind::Request, &xml, None, Some(&RSA)).unwrap();
    let query = format!(
        "{}&ForceAuthn=true&AssertionConsumerServiceURL=https://evil.example",
        url.split_once('?').unwrap().1
    );
    let received = Received::Redirect(redirect::decode(&query).unwrap());
    let accepted = accept(received, &signed()).unwrap();
    assert_eq!(
        (accepted.acs_url.as_str(), accepted.force_authn),
        (ACS, false)
    );
}
