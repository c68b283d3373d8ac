//! The wrapping vectors that a plain XML-DSig verifier may call valid, SI-01 to SI-14 and SI-17.

use super::{
    A_SIG, R_SIG, SAMLP, assertion, bare, before, edit, forged, keys, response, signed_around,
    signed_assertion,
    signing::{self, Signing},
};

const END: &str = "</saml:Assertion>";

/// The identity provider's signature over the assertion `_a1`.
pub(crate) fn genuine_signature() -> String {
    Signing::of(&assertion("_a1"), A_SIG).signature(keys::idp())
}

pub(crate) fn unsigned_response(inner: &str) -> String {
    bare(&response("_r1", inner))
}

pub(crate) fn extensions(inner: &str) -> String {
    format!("<samlp:Extensions>{inner}</samlp:Extensions>")
}

fn forged_with_signature(signature: &str) -> String {
    edit(
        &assertion("_evil").replace("alice@a.test", "admin@a.test"),
        A_SIG,
        signature,
    )
}

/// The signature of the genuine assertion, with `tail` inside it.
fn genuine_signature_with(tail: String) -> String {
    let mut signing = Signing::of(&assertion("_a1"), A_SIG);
    signing.tail = tail;
    signing.signature(keys::idp())
}

/// The signed Response, without its signature, inside that signature.
pub(crate) fn si_01() -> String {
    let original = response("_r1", &bare(&assertion("_a1")));
    let mut signing = Signing::of(&original, R_SIG);
    signing.tail = bare(&original);
    edit(
        &response("_evil_r", &forged("_evil")),
        R_SIG,
        &signing.signature(keys::idp()),
    )
}

/// The signed Response, without its signature, beside that signature.
pub(crate) fn si_02() -> String {
    let original = response("_r1", &bare(&assertion("_a1")));
    let signature = Signing::of(&original, R_SIG).signature(keys::idp());
    let both = format!("{}{signature}", bare(&original));
    edit(&response("_evil_r", &forged("_evil")), R_SIG, &both)
}

/// The forged assertion before the signed one.
pub(crate) fn si_03() -> String {
    unsigned_response(&format!(
        "{}{}",
        forged("_evil"),
        signed_assertion(&assertion("_a1"))
    ))
}

/// The signed assertion inside the forged one.
pub(crate) fn si_04() -> String {
    unsigned_response(&before(
        &forged("_evil"),
        END,
        &signed_assertion(&assertion("_a1")),
    ))
}

/// The signature inside the forged assertion, the original after it.
pub(crate) fn si_05() -> String {
    let evil = forged_with_signature(&genuine_signature());
    unsigned_response(&format!("{evil}{}", bare(&assertion("_a1"))))
}

/// As SI-05, the original inside the signature.
pub(crate) fn si_06() -> String {
    unsigned_response(&forged_with_signature(&genuine_signature_with(bare(
        &assertion("_a1"),
    ))))
}

/// The forged assertion, with the same ID, in the extensions of the Response.
pub(crate) fn si_07() -> String {
    let xml = unsigned_response(&signed_assertion(&assertion("_a1")));
    before(&xml, "<samlp:Status>", &extensions(&forged("_a1")))
}

/// As SI-06, the original in an `Object`.
pub(crate) fn si_08() -> String {
    let object = format!("<ds:Object>{}</ds:Object>", bare(&assertion("_a1")));
    unsigned_response(&forged_with_signature(&genuine_signature_with(object)))
}

/// A second `SignedInfo` with the digest of the forged assertion; `wrapper` stands after it.
pub(crate) fn si_09(wrapper: &str) -> String {
    let genuine = Signing::of(&assertion("_a1"), A_SIG);
    let fake = Signing::of(
        &assertion("_evil").replace("alice@a.test", "admin@a.test"),
        A_SIG,
    );
    let value = genuine.signature_value(keys::idp());
    let signature = signing::wrap(&genuine.signed_info(), &value, &fake.signed_info());
    unsigned_response(&format!("{}{wrapper}", forged_with_signature(&signature)))
}

/// The forged assertion after the signed one.
pub(crate) fn si_10() -> String {
    unsigned_response(&format!(
        "{}{}",
        signed_assertion(&assertion("_a1")),
        forged("_evil")
    ))
}

/// The signed assertion as advice of the forged one.
pub(crate) fn si_11() -> String {
    let advice = format!(
        "<saml:Advice>{}</saml:Advice>",
        signed_assertion(&assertion("_a1"))
    );
    unsigned_response(&before(&forged("_evil"), "<saml:AuthnStatement ", &advice))
}

/// The forged assertion with the same ID, first.
pub(crate) fn si_12() -> String {
    unsigned_response(&format!(
        "{}{}",
        forged("_a1"),
        signed_assertion(&assertion("_a1"))
    ))
}

/// The forged assertion with the same ID, last.
pub(crate) fn si_13() -> String {
    unsigned_response(&format!(
        "{}{}",
        signed_assertion(&assertion("_a1")),
        forged("_a1")
    ))
}

/// The forged assertion with a second attribute that may pass for an ID; the original in `Extensions`.
pub(crate) fn si_14() -> Vec<(&'static str, String)> {
    let namespaced = format!(r#"xmlns:samlp="{SAMLP}" samlp:ID="_a1""#);
    [
        ("a", r#"Id="_a1""#),
        ("b", r#"id="_a1""#),
        ("c", r#"xml:id="_a1""#),
        ("d", &namespaced),
    ]
    .map(|(variant, attribute)| {
        let evil = edit(
            &forged_with_signature(&genuine_signature()),
            r#"ID="_evil""#,
            &format!(r#"ID="_evil" {attribute}"#),
        );
        let original = extensions(&bare(&assertion("_a1")));
        (
            variant,
            before(&unsigned_response(&evil), "<samlp:Status>", &original),
        )
    })
    .to_vec()
}

/// The whole signed Response inside the issuer of an outer one.
pub(crate) fn si_17_ancestor() -> String {
    let outer = bare(&response("_evil_r", &forged("_evil")));
    let inner = signed_around(&assertion("_a1"));
    before(&outer, "</saml:Issuer><samlp:Status>", &inner)
}
