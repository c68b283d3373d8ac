//! Where sessions end: `/saml/slo` and `/oauth2/logout` for messages of applications, and the pages of a logout, `/logout/{handle}`.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use vestibule_core::{port::Incoming, request::Protocol};
use vestibule_engine::LogoutAct;

use super::{Site, browser::Browser, form::OurForm, message::Message, respond};

/// A logout message, by HTTP-Redirect or HTTP-POST.
pub(super) async fn saml(
    site: Data<Site>,
    browser: Browser,
    Message(incoming): Message,
) -> HttpResponse {
    heard(&site, browser, Protocol::Saml, &incoming).await
}

/// A relying party's request, as a GET or a POST (RP-Initiated Logout 1.0 section 2).
pub(super) async fn relying_party(
    site: Data<Site>,
    browser: Browser,
    Message(incoming): Message,
) -> HttpResponse {
    heard(&site, browser, Protocol::Oidc, &incoming).await
}

async fn heard(
    site: &Site,
    browser: Browser,
    protocol: Protocol,
    incoming: &Incoming,
) -> HttpResponse {
    let heard = site
        .engine
        .hear_logout(protocol, incoming, browser.visitor)
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
        "onward" => LogoutAct::Onward,
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
