//! Two parties that end each other's sessions: what the partner sends, and how we take it.

#![allow(dead_code, reason = "each test binary uses some of them")]

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use vestibule_saml::{
    binding::{Binding, Delivery, MessageKind, Received, post, post::PostForm, redirect},
    crypto::{VerifyingKey, sign::SigningKey},
    encryption::Decryption,
    instant::Skew,
    issue::NameId,
    logout::{
        AcceptedLogout, AcceptedLogoutRequest, AcceptedLogoutResponse, LogoutError, LogoutPeer,
        LogoutReason, LogoutReceiver, LogoutRequest, LogoutResponse, LogoutStatus, ParsedLogout,
    },
};

use super::keys::{EC, RSA, now, verifying};

pub(crate) const PEER: &str = "https://sp.example/saml/1234";
pub(crate) const US: &str = "https://sso.example/saml/metadata";
pub(crate) const SLO: &str = "https://sso.example/saml/slo";
pub(crate) const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

pub(crate) const ALICE: NameId<'static> = NameId {
    value: "alice@acme.example",
    format: Some(EMAIL),
    name_qualifier: None,
    sp_name_qualifier: None,
};

/// What the partner asks for; each test bends it.
pub(crate) fn request() -> LogoutRequest<'static> {
    LogoutRequest {
        id: "_l1",
        issue_instant: now(),
        destination: SLO,
        issuer: PEER,
        name_id: ALICE,
        session_indexes: &["_s1"],
        reason: Some(LogoutReason::User),
        not_on_or_after: None,
    }
}

/// What the partner answers.
pub(crate) fn response() -> LogoutResponse<'static> {
    LogoutResponse {
        id: "_l2",
        issue_instant: now(),
        destination: SLO,
        issuer: PEER,
        in_response_to: "_q1",
        status: LogoutStatus::Done,
    }
}

/// The partner with its two keys.
pub(crate) fn keys() -> Vec<VerifyingKey> {
    vec![verifying(&EC), verifying(&RSA)]
}

pub(crate) fn peer(signing_keys: &[VerifyingKey]) -> LogoutPeer<'_> {
    LogoutPeer {
        entity_id: PEER,
        signing_keys,
        danger_accept_unsigned: false,
        danger_accept_sha1: false,
    }
}

pub(crate) fn receiver() -> LogoutReceiver<'static> {
    LogoutReceiver {
        entity_id: US,
        slo_url: SLO,
        decryption: Decryption::default(),
        now: now(),
        skew: Skew::capped(60),
    }
}

/// What arrives of what was sent.
pub(crate) fn received(delivery: &Delivery) -> Received {
    match delivery {
        Delivery::Form(form) => by_form(form),
        Delivery::Redirect(url) => by_query(url.split_once('?').unwrap().1),
    }
}

pub(crate) fn by_query(query: &str) -> Received {
    Received::Redirect(redirect::decode(query).unwrap())
}

fn by_form(form: &PostForm) -> Received {
    let body: Vec<String> = form
        .fields
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        .collect();
    Received::Post(post::decode(body.join("&").as_bytes()).unwrap())
}

/// `xml` in a form, as it is.
pub(crate) fn posted(kind: MessageKind, xml: &str) -> Received {
    by_form(&post::encode(SLO, kind, xml, None).unwrap())
}

/// `xml` in a query, signed over the query.
pub(crate) fn redirected(kind: MessageKind, xml: &str, key: Option<&SigningKey>) -> Received {
    let url = redirect::encode(SLO, kind, xml, None, key).unwrap();
    by_query(url.split_once('?').unwrap().1)
}

pub(crate) fn accept(received: Received) -> Result<AcceptedLogout, LogoutError> {
    let keys = keys();
    ParsedLogout::parse(received)?.accept(&peer(&keys), &receiver())
}

#[track_caller]
pub(crate) fn accepted_request(received: Received) -> AcceptedLogoutRequest {
    match accept(received).unwrap() {
        AcceptedLogout::Request(request) => request,
        AcceptedLogout::Response(response) => panic!("{response:?}"),
    }
}

#[track_caller]
pub(crate) fn accepted_response(received: Received) -> AcceptedLogoutResponse {
    match accept(received).unwrap() {
        AcceptedLogout::Response(response) => response,
        AcceptedLogout::Request(request) => panic!("{request:?}"),
    }
}

/// The reason code; "accepted" if there is none.
pub(crate) fn verdict(received: Received) -> &'static str {
    accept(received).map_or_else(|error| error.code(), |_| "accepted")
}

/// The benign request without a signature inside.
pub(crate) fn plain_request() -> String {
    text(&received(
        &request().send(Binding::Redirect, None, &EC).unwrap(),
    ))
}

/// The benign request with its signature inside.
pub(crate) fn signed_request() -> String {
    text(&received(
        &request().send(Binding::Post, None, &RSA).unwrap(),
    ))
}

pub(crate) fn plain_response() -> String {
    text(&received(
        &response().send(Binding::Redirect, None, &EC).unwrap(),
    ))
}

pub(crate) fn text(received: &Received) -> String {
    String::from_utf8(received.xml().to_vec()).unwrap()
}

/// `xml` with `from`, which must stand there, replaced.
#[track_caller]
pub(crate) fn edit(xml: &str, from: &str, to: &str) -> String {
    assert!(xml.contains(from), "{from} is not in {xml}");
    xml.replacen(from, to, 1)
}
