//! The account page: what its addresses ([`vestibule_core::account::place`]) answer.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use vestibule_core::{
    account::Place,
    id::{EnrolmentId, FactorKind, SessionId},
};
use vestibule_engine::{Change, EndSessions};

use super::{Site, body::Fields, browser::Browser, form::OurForm, respond, to_its_end::to_its_end};

/// Who comes without a login in mind has nothing else to find here.
pub(super) async fn home() -> HttpResponse {
    respond::at(Place::Overview)
}

/// All factors; a login for it begins by itself.
pub(super) async fn overview(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    show(&site, &request, Place::Overview).await
}

/// One factor.
pub(super) async fn factor(
    site: Data<Site>,
    request: HttpRequest,
    id: Path<String>,
) -> HttpResponse {
    match EnrolmentId::parse(&id) {
        Some(id) => show(&site, &request, Place::Factor(id)).await,
        None => respond::not_found(site).await,
    }
}

async fn show(site: &Site, request: &HttpRequest, place: Place) -> HttpResponse {
    let browser = Browser::arriving(site, request);
    let outcome = site.engine.account(place, browser.visitor).await;
    respond::outcome(site, browser, outcome)
}

/// Where a login for the account leads that came to nothing.
pub(super) async fn back(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::arriving(&site, &request);
    let outcome = site.engine.account_back(browser.visitor).await;
    respond::outcome(&site, browser, outcome)
}

/// One more factor.
pub(super) async fn add(
    site: Data<Site>,
    request: HttpRequest,
    OurForm(fields): OurForm,
) -> HttpResponse {
    let kind = fields.one("factor").map(FactorKind::new);
    let change = kind.and_then(Result::ok).map(Change::Add);
    make(&site, &request, &fields, change).await
}

/// Something about one factor.
pub(super) async fn change(
    site: Data<Site>,
    request: HttpRequest,
    path: Path<(String, String)>,
    OurForm(fields): OurForm,
) -> HttpResponse {
    let (id, act) = path.into_inner();
    let Some(id) = EnrolmentId::parse(&id) else {
        return respond::not_found(site).await;
    };
    let change = match act.as_str() {
        "remove" => Some(Change::Remove(id)),
        "rename" => {
            let label = fields.one("label").map(str::to_owned);
            label.map(|label| Change::Rename(id, label))
        }
        _ => return respond::not_found(site).await,
    };
    make(&site, &request, &fields, change).await
}

async fn make(
    site: &Site,
    request: &HttpRequest,
    fields: &Fields,
    change: Option<Change>,
) -> HttpResponse {
    let Some(change) = change else {
        return respond::bad_form(site);
    };
    let browser = Browser::known(site, request);
    let form = fields.one("step");
    let outcome = site
        .engine
        .change_account(form, change, browser.visitor)
        .await;
    respond::outcome(site, browser, respond::after_post(outcome))
}

/// The end of another session of the person.
pub(super) async fn end_session(
    site: Data<Site>,
    request: HttpRequest,
    id: Path<String>,
    OurForm(fields): OurForm,
) -> HttpResponse {
    match SessionId::parse(&id) {
        Some(id) => end(&site, &request, &fields, EndSessions::One(id)).await,
        None => respond::not_found(site).await,
    }
}

/// The end of all others.
pub(super) async fn end_others(
    site: Data<Site>,
    request: HttpRequest,
    OurForm(fields): OurForm,
) -> HttpResponse {
    end(&site, &request, &fields, EndSessions::Others).await
}

async fn end(
    site: &Site,
    request: &HttpRequest,
    fields: &Fields,
    which: EndSessions,
) -> HttpResponse {
    let browser = Browser::known(site, request);
    let form = fields.one("step");
    let outcome = site.engine.end_sessions(form, which, browser.visitor).await;
    respond::outcome(site, browser, respond::after_post(outcome))
}

/// The end of the session.
pub(super) async fn sign_out(
    site: Data<Site>,
    request: HttpRequest,
    OurForm(fields): OurForm,
) -> HttpResponse {
    let browser = Browser::known(&site, &request);
    let (at, visitor) = (site.clone(), browser.visitor);
    let outcome = to_its_end(async move {
        let form = fields.one("step");
        at.engine.sign_out(form, visitor).await
    });
    respond::outcome(&site, browser, outcome.await)
}

/// The address of a form, visited: a page that was reloaded or bookmarked after a fault.
pub(super) async fn back_to_overview() -> HttpResponse {
    respond::at(Place::Overview)
}
