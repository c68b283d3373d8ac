//! Messages for attack tests, made and signed here with keys that exist only for the run.
//!
//! Every template is written in exclusive canonical form, so that its bytes are what is digested. Vectors are therefore
//! armed without help from the code under test: digest and signature are valid for the element that was signed.

#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking too"
)]

pub(crate) mod corpus;
pub(crate) mod keys;
pub(crate) mod sealing;
pub(crate) mod signing;
pub(crate) mod surgery;
pub(crate) mod tree;
pub(crate) mod wrapping;

use vestibule_saml::{
    crypto::VerifyingKey,
    encryption::Decryption,
    instant::{self, Skew},
    response::{self, Expectation, ResponseError, VerifiedAssertion},
};

pub(crate) use self::{keys::TestKey, signing::Signing};

pub(crate) const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub(crate) const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(crate) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(crate) const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// Where the signature of an assertion template goes.
pub(crate) const A_SIG: &str = "{signature of the assertion}";
/// Where the signature of a Response template goes.
pub(crate) const R_SIG: &str = "{signature of the response}";

pub(crate) const NOW: &str = "2026-01-01T12:00:30Z";
pub(crate) const IDP: &str = "https://idp.test/saml";
pub(crate) const SP: &str = "https://sp.test/saml/metadata";
pub(crate) const ACS: &str = "https://sp.test/upstream/a/saml/acs";
pub(crate) const REQUEST: &str = "_q1";

/// An assertion about alice, in canonical form, with a place for its signature.
pub(crate) fn assertion(id: &str) -> String {
    format!(
        r#"<saml:Assertion xmlns:saml="{SAML}" ID="{id}" IssueInstant="2026-01-01T12:00:00Z" Version="2.0"><saml:Issuer>{IDP}</saml:Issuer>{A_SIG}<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">alice@a.test</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData InResponseTo="{REQUEST}" NotOnOrAfter="2026-01-01T12:05:00Z" Recipient="{ACS}"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="2026-01-01T11:59:00Z" NotOnOrAfter="2026-01-01T13:00:00Z"><saml:AudienceRestriction><saml:Audience>{SP}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="2026-01-01T11:59:50Z" SessionIndex="_s1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="mail"><saml:AttributeValue>alice@a.test</saml:AttributeValue></saml:Attribute><saml:Attribute Name="groups"><saml:AttributeValue>staff</saml:AttributeValue><saml:AttributeValue>jira-users</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>"#
    )
}

/// A successful Response around `inner`, in canonical form, with a place for its signature.
pub(crate) fn response(id: &str, inner: &str) -> String {
    format!(
        r#"<samlp:Response xmlns:samlp="{SAMLP}" Destination="{ACS}" ID="{id}" InResponseTo="{REQUEST}" IssueInstant="2026-01-01T12:00:00Z" Version="2.0"><saml:Issuer xmlns:saml="{SAML}">{IDP}</saml:Issuer>{R_SIG}<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode></samlp:Status>{inner}</samlp:Response>"#
    )
}

/// What the attacker wants to be read: an assertion about an administrator, without signature.
pub(crate) fn forged(id: &str) -> String {
    bare(&assertion(id).replace("alice@a.test", "admin@a.test"))
}

/// A template without signatures.
pub(crate) fn bare(template: &str) -> String {
    template.replace(A_SIG, "").replace(R_SIG, "")
}

/// `template` signed by the identity provider as it would.
pub(crate) fn signed_assertion(template: &str) -> String {
    Signing::of(template, A_SIG).sign(keys::idp())
}

/// SI-B1: an unsigned Response with the signed assertion made of `template`.
pub(crate) fn around_signed(template: &str) -> String {
    bare(&response("_r1", &signed_assertion(template)))
}

/// SI-B2: a signed Response with the unsigned assertion made of `template`.
pub(crate) fn signed_around(template: &str) -> String {
    Signing::of(&response("_r1", &bare(template)), R_SIG).sign(keys::idp())
}

/// SI-B3: both signed.
pub(crate) fn signed_both(template: &str) -> String {
    Signing::of(&response("_r1", &signed_assertion(template)), R_SIG).sign(keys::idp())
}

/// Replaces `from`, which must occur exactly once: a vector that did not change anything would prove nothing.
#[track_caller]
pub(crate) fn edit(xml: &str, from: &str, to: &str) -> String {
    assert_eq!(
        xml.matches(from).count(),
        1,
        "{from:?} must occur once in {xml}"
    );
    xml.replacen(from, to, 1)
}

/// Inserts `what` before the only occurrence of `mark`.
#[track_caller]
pub(crate) fn before(xml: &str, mark: &str, what: &str) -> String {
    edit(xml, mark, &format!("{what}{mark}"))
}

/// What the service provider expects, with the identity provider's key.
pub(crate) fn expectation(keys: &[VerifyingKey]) -> Expectation<'_> {
    Expectation {
        acs_url: ACS,
        danger_accept_sha1: false,
        decryption: Decryption::default(),
        idp_entity_id: IDP,
        in_response_to: REQUEST,
        keys,
        now: instant::parse(NOW).unwrap(),
        require_signed_response: false,
        skew: Skew::capped(60),
        sp_entity_id: SP,
    }
}

/// Judges a vector, and keeps it for the differential run.
pub(crate) fn verify(xml: &str) -> Result<VerifiedAssertion, ResponseError> {
    corpus::keep(xml);
    judge(xml)
}

/// Judges a message that is one of very many.
pub(crate) fn judge(xml: &str) -> Result<VerifiedAssertion, ResponseError> {
    let keys = [keys::idp().verifying.clone()];
    response::verify(xml.as_bytes(), &expectation(&keys))
}

/// The reason code, or the name that was believed.
pub(crate) fn outcome(result: Result<VerifiedAssertion, ResponseError>) -> String {
    match result {
        Ok(assertion) => format!("accepted {}", assertion.name_id().value),
        Err(error) => error.code().to_owned(),
    }
}

#[track_caller]
pub(crate) fn check(xml: &str, expected: &str) {
    assert_eq!(
        outcome(verify(xml)),
        expected,
        "{:?}\n{xml}",
        verify(xml).err()
    );
}

/// As [`check`], for rows in which nothing but the outcome varies.
#[track_caller]
pub(crate) fn check_all<'a>(rows: impl IntoIterator<Item = (&'a str, String)>, expected: &str) {
    for (name, xml) in rows {
        assert_eq!(
            outcome(verify(&xml)),
            expected,
            "{name}: {:?}\n{xml}",
            verify(&xml).err()
        );
    }
}
