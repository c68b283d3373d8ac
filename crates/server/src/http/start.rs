//! Logins that begin with us: `/saml/start/{app}` (SAML profiles 4.1.5).
//!
//! Owns the page that stands before such a login. A link leads to the page and no further: what begins a login is a form
//! of ours, which no other site can send (attack row SO-13).

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use vestibule_core::{id::AppId, port::Start, request::Protocol};
use vestibule_engine::Offer;

use super::{
    Site, body::Fields, browser::Browser, form::OurForm, headers::FormsLead, page, respond,
};
use crate::view;

/// The name of the field that says where the application leads.
const RELAY_STATE: &str = "relay_state";

/// The page.
pub(super) async fn show(
    site: Data<Site>,
    request: HttpRequest,
    app: Path<String>,
) -> HttpResponse {
    let Ok(app) = AppId::new(app.into_inner()) else {
        return respond::not_found(site).await;
    };
    let query = Fields::parse(request.query_string());
    if query.count(RELAY_STATE) > 1 {
        return respond::bad_form(&site);
    }
    let browser = Browser::known(&site, &request);
    let start = Start {
        app: &app,
        target: query.one(RELAY_STATE),
    };
    let outcome = site
        .engine
        .offer(Protocol::Saml, start, browser.visitor)
        .await;
    respond::outcome(&site, browser, outcome)
}

/// Its button.
pub(super) async fn begin(
    site: Data<Site>,
    request: HttpRequest,
    app: Path<String>,
    OurForm(fields): OurForm,
) -> HttpResponse {
    let Ok(app) = AppId::new(app.into_inner()) else {
        return respond::not_found(site).await;
    };
    if fields.count(RELAY_STATE) > 1 {
        return respond::bad_form(&site);
    }
    let browser = Browser::arriving(&site, &request);
    let start = Start {
        app: &app,
        target: fields.one(RELAY_STATE),
    };
    let outcome = site
        .engine
        .start(Protocol::Saml, start, browser.visitor)
        .await;
    respond::outcome(&site, browser, respond::after_post(outcome))
}

/// What the page says.
pub(super) fn page(site: &Site, offer: &Offer) -> HttpResponse {
    let action = format!("/saml/start/{}", offer.app);
    let page = view::Start {
        layout: page::bare(site),
        action: &action,
        relay_state: offer.target.as_deref(),
        destination: &offer.label,
    };
    page::render(site, StatusCode::OK, FormsLead::Away, &page)
}
