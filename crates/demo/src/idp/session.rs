//! Its session: why the second login does not ask for the password again.
//!
//! Owns the cookie and the page that shows who is logged in. Does not check passwords.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, Utc};

use super::Idp;
use crate::page::{self, FormsLead};
use crate::people::Person;

/// Not `__Host-`, because the demo speaks plain http. Cookies do not know ports, so the name says whose it is.
const COOKIE: &str = "stand_in_idp";

/// Somebody typed their password.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) username: &'static str,
    pub(super) began: DateTime<Utc>,
}

impl Session {
    /// The person, unless their account is disabled: that is looked at each time.
    pub(super) fn person<'i>(&self, idp: &'i Idp) -> Option<&'i Person> {
        idp.facts
            .people
            .find(self.username)
            .filter(|person| !person.disabled)
    }
}

/// The session of this browser.
pub(super) fn of(idp: &Idp, request: &HttpRequest) -> Option<Session> {
    let cookie = request.cookie(COOKIE)?;
    idp.sessions.look(Utc::now(), cookie.value())
}

/// The cookie that holds a session from now on.
pub(super) fn cookie(handle: &str) -> Cookie<'static> {
    Cookie::build(COOKIE, handle.to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish()
}

#[derive(Template)]
#[template(path = "idp_home.html")]
struct Home {
    /// Name and user name.
    who: Option<(String, &'static str)>,
}

/// `/`: who is logged in.
pub(super) async fn show(idp: Data<Idp>, request: HttpRequest) -> HttpResponse {
    let person = of(&idp, &request).and_then(|session| session.person(&idp).cloned());
    let who = person.map(|person| (person.display_name(), person.username));
    page::html(StatusCode::OK, FormsLead::Home, &Home { who })
}

/// Ends the session of this browser.
pub(super) async fn end(idp: Data<Idp>, request: HttpRequest) -> HttpResponse {
    if let Some(cookie) = request.cookie(COOKIE) {
        idp.sessions.take(Utc::now(), cookie.value());
    }
    let mut response = page::see_other("/");
    // The session is gone; a cookie that cannot be deleted as well opens nothing.
    if let Err(cause) = response.add_removal_cookie(&cookie("")) {
        tracing::debug!(%cause, "the session cookie stays");
    }
    response
}
