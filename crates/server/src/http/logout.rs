//! Where sessions end: `/saml/slo` and `/oauth2/logout` for messages of applications, and the pages of a logout, `/logout/{handle}`.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use vestibule_core::{port::Incoming, request::Protocol};
use vestibule_engine::LogoutAct;

use super::{
    Site, browser::Browser, form::OurForm, message::Message, respond, to_its_end::to_its_end,
};

/// A logout message, by HTTP-Redirect or HTTP-POST.
pub(super) async fn saml(
    site: Data<Site>,
    browser: Browser,
    Message(incoming): Message,
) -> HttpResponse {
    heard(site, browser, Protocol::Saml, incoming).await
}

/// A relying party's request, as a GET or a POST (RP-Initiated Logout 1.0 section 2).
pub(super) async fn relying_party(
    site: Data<Site>,
    browser: Browser,
    Message(incoming): Message,
) -> HttpResponse {
    heard(site, browser, Protocol::Oidc, incoming).await
}

async fn heard(
    site: Data<Site>,
    browser: Browser,
    protocol: Protocol,
    incoming: Incoming,
) -> HttpResponse {
    let (at, visitor) = (site.clone(), browser.visitor);
    let heard =
        to_its_end(async move { at.engine.hear_logout(protocol, &incoming, visitor).await });
    respond::outcome(&site, browser, heard.await)
}

/// Where the logout is.
pub(super) async fn show(
    site: Data<Site>,
    request: HttpRequest,
    handle: Path<String>,
) -> HttpResponse {
    let browser = Browser::arriving(&site, &request);
    let (at, visitor) = (site.clone(), browser.visitor);
    let shown = to_its_end(async move { at.engine.show_logout(&handle, visitor).await });
    respond::outcome(&site, browser, shown.await)
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
    let (at, visitor) = (site.clone(), browser.visitor);
    let done =
        to_its_end(async move { at.engine.act_on_logout(&handle, step, act, visitor).await });
    respond::outcome(&site, browser, done.await)
}

/// The address of a form, visited.
pub(super) async fn back_to_page(path: Path<(String, String)>) -> HttpResponse {
    let (handle, _) = path.into_inner();
    respond::at_logout(&handle)
}
