//! Where sessions end: `/saml/slo` and `/oauth2/logout` for messages of applications, and the pages of a logout, `/logout/{handle}`.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Payload},
};
use vestibule_core::{port::Incoming, request::Protocol};
use vestibule_engine::LogoutAct;

use super::{Site, body::raw_form, browser::Browser, form::OurForm, respond};

/// A logout message by HTTP-Redirect.
pub(super) async fn slo_redirect(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    redirected(&site, &request, Protocol::Saml).await
}

/// A logout message by HTTP-POST: as a rule from another site, so without our cookie.
pub(super) async fn slo_post(
    site: Data<Site>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    posted(&site, &request, payload, Protocol::Saml).await
}

/// A relying party's request as a GET (RP-Initiated Logout 1.0 section 2).
pub(super) async fn relying_party_redirect(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    redirected(&site, &request, Protocol::Oidc).await
}

/// The same as a POST.
pub(super) async fn relying_party_post(
    site: Data<Site>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    posted(&site, &request, payload, Protocol::Oidc).await
}

async fn redirected(site: &Site, request: &HttpRequest, protocol: Protocol) -> HttpResponse {
    let browser = Browser::arriving(site, request);
    let incoming = Incoming {
        query: request.query_string().to_owned(),
        form: None,
    };
    let heard = site
        .engine
        .hear_logout(protocol, &incoming, browser.visitor)
        .await;
    respond::outcome(site, browser, heard)
}

async fn posted(
    site: &Site,
    request: &HttpRequest,
    payload: Payload,
    protocol: Protocol,
) -> HttpResponse {
    let raw = match raw_form(request, payload.into_inner()).await {
        Ok(raw) => raw,
        Err(bad) => return respond::bad_body(site, bad),
    };
    let browser = Browser::known(site, request);
    let incoming = Incoming {
        query: request.query_string().to_owned(),
        form: Some(raw),
    };
    let heard = site
        .engine
        .hear_logout(protocol, &incoming, browser.visitor)
        .await;
    respond::outcome(site, browser, heard)
}

/// Where the logout is.
pub(super) async fn show(
    site: Data<Site>,
    request: HttpRequest,
    handle: Path<String>,
) -> HttpResponse {
    let browser = Browser::arriving(&site, &request);
    let shown = site.engine.show_logout(&handle, browser.visitor).await;
    respond::outcome(&site, browser, shown)
}

/// What a person did on its page.
pub(super) async fn act(
    site: Data<Site>,
    request: HttpRequest,
    path: Path<(String, String)>,
    OurForm(fields): OurForm,
) -> HttpResponse {
    let (handle, name) = path.into_inner();
    let act = match name.as_str() {
        "continue" => LogoutAct::Continue,
        "sign-out" => LogoutAct::SignOut,
        _ => return respond::bad_form(&site),
    };
    let step = fields.one("step").and_then(|step| step.parse().ok());
    let browser = Browser::known(&site, &request);
    let done = site
        .engine
        .act_on_logout(&handle, step, act, browser.visitor)
        .await;
    respond::outcome(&site, browser, done)
}

/// The address of a form, visited.
pub(super) async fn back_to_page(path: Path<(String, String)>) -> HttpResponse {
    let (handle, _) = path.into_inner();
    respond::at_logout(&handle)
}
