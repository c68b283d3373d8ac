//! Our face towards SAML applications.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::CONTENT_TYPE,
    web::{Data, Payload},
};
use vestibule_core::{port::Incoming, request::Protocol};

use super::{App, body::raw_form, browser::Browser, respond};

/// SAML metadata's own media type (SAML metadata 2.0, appendix A).
pub(super) const METADATA: &str = "application/samlmetadata+xml";

/// What an application needs to know of us.
pub(super) async fn metadata(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, METADATA))
        .body(app.idp_metadata.clone())
}

/// An AuthnRequest by HTTP-Redirect.
pub(super) async fn sso_redirect(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::arriving(&app, &request);
    let incoming = Incoming {
        query: request.query_string().to_owned(),
        form: None,
    };
    let outcome = app
        .engine
        .receive(Protocol::Saml, &incoming, browser.visitor)
        .await;
    respond::outcome(&app, browser, outcome)
}

/// An AuthnRequest by HTTP-POST: as a rule from another site, so without our cookie.
pub(super) async fn sso_post(
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let raw = match raw_form(&request, payload).await {
        Ok(raw) => raw,
        Err(bad) => return respond::bad_body(&app, bad),
    };
    let browser = Browser::known(&app, &request);
    let incoming = Incoming {
        query: request.query_string().to_owned(),
        form: Some(raw),
    };
    let outcome = app
        .engine
        .receive(Protocol::Saml, &incoming, browser.visitor)
        .await;
    respond::outcome(&app, browser, outcome)
}
