//! Genuine messages, made with a key of this process.
//!
//! Owns the parties, their names and the moment that all targets share.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use vestibule_saml::{
    authn_request::AuthnRequest,
    binding::{Binding, Delivery},
    crypto::{VerifyingKey, generate::CertificateProfile, sign::SigningKey},
    encryption::Decryption,
    instant::{self, Skew},
    issue::{Assertion, Attribute, NameId, Reply, Sign},
    logout::{LogoutReason, LogoutRequest, LogoutResponse, LogoutStatus},
    metadata::{IdpDescription, SingleLogoutService, SpDescription},
    response::Expectation,
};

pub(crate) const IDP: &str = "https://idp.test/saml";
pub(crate) const SP: &str = "https://sp.test/saml/metadata";
pub(crate) const ACS: &str = "https://sp.test/acs";
pub(crate) const SSO: &str = "https://idp.test/saml/sso";
pub(crate) const SLO: &str = "https://idp.test/saml/slo";
const REQUEST: &str = "_q1";
const ALICE: NameId<'static> = NameId {
    value: "alice@a.test",
    format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"),
    name_qualifier: None,
    sp_name_qualifier: None,
};

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let profile = CertificateProfile::starting(now(), "idp.test");
    SigningKey::generate_ec_p256(&profile).expect("a key can be made")
});

pub(crate) fn now() -> DateTime<Utc> {
    instant::parse("2026-01-01T12:00:30Z").expect("a moment")
}

pub(crate) fn signing_key() -> &'static SigningKey {
    &KEY
}

pub(crate) fn verifying_key() -> VerifyingKey {
    KEY.verifying_key().expect("our own key")
}

/// What the service provider expects of a Response.
pub(crate) fn expectation(keys: &[VerifyingKey]) -> Expectation<'_> {
    Expectation {
        acs_url: ACS,
        danger_accept_sha1: false,
        decryption: Decryption::default(),
        idp_entity_id: IDP,
        in_response_to: REQUEST,
        keys,
        now: now(),
        require_signed_response: false,
        skew: Skew::capped(60),
        sp_entity_id: SP,
    }
}

/// A Response about alice.
pub(crate) fn response(signed: Sign) -> String {
    let attribute = |name: &str, values: &[&str]| Attribute {
        name: name.to_owned(),
        name_format: None,
        friendly_name: None,
        values: values.iter().map(|it| (*it).to_owned()).collect(),
    };
    let assertion = Assertion {
        id: "_a1",
        audience: SP,
        name_id: ALICE,
        attributes: &[
            attribute("mail", &["alice@a.test"]),
            attribute("groups", &["staff", "jira-users"]),
        ],
        authn_context: "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
        authn_instant: now(),
        session_index: Some("_s1"),
        lifetime: TimeDelta::minutes(5),
        session_not_on_or_after: None,
    };
    let reply = Reply {
        id: "_r1",
        issue_instant: now(),
        issuer: IDP,
        acs_url: ACS,
        in_response_to: Some(REQUEST),
    };
    let issued = reply.vouch(&assertion, signed, &KEY);
    issued.expect("a Response can be issued").into_string()
}

fn request() -> AuthnRequest<'static> {
    AuthnRequest {
        id: REQUEST,
        issue_instant: now(),
        destination: SSO,
        issuer: SP,
        acs_url: ACS,
        force_authn: true,
        is_passive: false,
        name_id_policy: None,
        requested_authn_context: None,
    }
}

/// A request without a signature inside.
pub(crate) fn authn_request() -> String {
    request().to_xml().expect("a request can be written")
}

/// A request with its signature inside.
pub(crate) fn signed_authn_request() -> String {
    let signed = request().to_signed_xml(&KEY);
    signed.expect("a request can be signed").into_string()
}

/// The service provider wants alice logged out.
pub(crate) fn logout_request(binding: Binding) -> Delivery {
    let request = LogoutRequest {
        id: "_l1",
        issue_instant: now(),
        destination: SLO,
        issuer: SP,
        name_id: ALICE,
        session_indexes: &["_s1"],
        reason: Some(LogoutReason::User),
        not_on_or_after: None,
    };
    let sent = request.send(binding, Some("relay-1"), &KEY);
    sent.expect("a request can be signed")
}

/// The service provider says that it could not log everybody out.
pub(crate) fn logout_response(binding: Binding) -> Delivery {
    let response = LogoutResponse {
        id: "_l2",
        issue_instant: now(),
        destination: SLO,
        issuer: SP,
        in_response_to: REQUEST,
        status: LogoutStatus::Partial,
    };
    let sent = response.send(binding, Some("relay-1"), &KEY);
    sent.expect("an answer can be signed")
}

/// What the identity provider says about itself.
pub(crate) fn idp_metadata() -> String {
    let description = IdpDescription {
        entity_id: IDP,
        sso_url: SSO,
        certificates: vec![KEY.certificate_der()],
        want_authn_requests_signed: true,
        single_logout: SingleLogoutService::everywhere(SLO),
        name_id_formats: vec!["urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"],
        valid_until: None,
    };
    description.to_xml(None).expect("metadata can be written")
}

/// What the service provider says about itself.
pub(crate) fn sp_metadata() -> String {
    let description = SpDescription {
        entity_id: SP,
        acs_urls: vec![ACS],
        certificates: vec![KEY.certificate_der()],
        decryption: Default::default(),
        authn_requests_signed: true,
        single_logout: SingleLogoutService::everywhere("https://sp.test/slo"),
        name_id_formats: vec![],
        valid_until: None,
    };
    description.to_xml(None).expect("metadata can be written")
}
