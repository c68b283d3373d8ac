//! SAML in: requests by HTTP-Redirect and HTTP-POST, and the metadata.
//!
//! Owns the check of a request against the one registered partner. Does not ask people or answer.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use chrono::Utc;
use vestibule_saml::authn_request::{
    AcceptedAuthnRequest, ParsedAuthnRequest, Received, Receiver, RegisteredSp, RequestError,
};
use vestibule_saml::binding::{BindingError, post, redirect};
use vestibule_saml::instant::Skew;

use super::{Ask, Idp, WHO, login, sso_url};
use crate::page;

/// What partners need to know.
pub(super) async fn metadata(idp: Data<Idp>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/samlmetadata+xml"))
        .body(idp.facts.identity_provider.saml_metadata.clone())
}

/// HTTP-Redirect.
pub(super) async fn redirected(idp: Data<Idp>, request: HttpRequest) -> HttpResponse {
    receive(
        &idp,
        redirect::decode(request.query_string()).map(Received::Redirect),
    )
}

/// HTTP-POST.
pub(super) async fn posted(idp: Data<Idp>, body: Bytes) -> HttpResponse {
    receive(&idp, post::decode(&body).map(Received::Post))
}

fn receive(idp: &Idp, received: Result<Received, BindingError>) -> HttpResponse {
    match received
        .map_err(RequestError::from)
        .and_then(|received| accept(idp, received))
    {
        Ok(request) => login::begin(idp, Ask::Saml(Box::new(request))),
        // Answered here and nowhere else: an address out of a request that was not accepted is nobody's.
        Err(error) => page::problem(
            StatusCode::BAD_REQUEST,
            WHO,
            "This request is refused",
            &format!("{error} ({})", error.code()),
        ),
    }
}

fn accept(idp: &Idp, received: Received) -> Result<AcceptedAuthnRequest, RequestError> {
    let partner = &idp.partner;
    let registered = RegisteredSp {
        entity_id: &partner.entity_id,
        assertion_consumer_services: &partner.assertion_consumer_services,
        signing_keys: &partner.signing_keys,
        require_signature: partner.requires_signed_requests(false),
        danger_accept_sha1: false,
    };
    let receiver = Receiver {
        sso_url: &sso_url(&idp.facts.identity_provider.url),
        now: Utc::now(),
        skew: Skew::default(),
    };
    // There is one partner, so nobody has to be looked up: a request of anybody else fails at its issuer.
    ParsedAuthnRequest::parse(received)?.accept(&registered, &receiver)
}
