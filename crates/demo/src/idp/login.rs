//! Its login page: user name and password.
//!
//! Owns the pending logins, from the request until the answer, and the check of the password. Does not know what the
//! answer looks like; that is [`super::reply`].

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use aws_lc_rs::constant_time;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::session::{self, Session};
use super::{Ask, Idp, WHO, reply};
use crate::page::{self, FormsLead};
use crate::people::Person;

/// Wrong passwords for one request.
const MOST_WRONG: u8 = 10;

/// A request that waits for a person.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    ask: Ask,
    began: DateTime<Utc>,
    wrong: u8,
}

#[derive(Template)]
#[template(path = "idp_login.html")]
struct LoginPage<'a> {
    ticket: &'a str,
    username: &'a str,
    error: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "idp_disabled.html")]
struct DisabledPage<'a> {
    ticket: &'a str,
    name: String,
}

/// Parks a request and sends the browser to [`show`]: a request that came by POST from another site brought no cookie,
/// the GET after it does.
pub(super) fn begin(idp: &Idp, ask: Ask) -> HttpResponse {
    let now = Utc::now();
    match idp.logins.put(
        now,
        Pending {
            ask,
            began: now,
            wrong: 0,
        },
    ) {
        Ok(ticket) => page::see_other(&format!("/continue/{ticket}")),
        Err(cause) => reply::failed(&cause),
    }
}

/// Answers at once if there is a session, else asks for the password.
pub(super) async fn show(
    idp: Data<Idp>,
    request: HttpRequest,
    ticket: Path<String>,
) -> HttpResponse {
    let now = Utc::now();
    let Some(pending) = idp.logins.look(now, &ticket) else {
        return expired();
    };
    let session = session::of(&idp, &request).filter(|session| pending.is_met_by(session));
    if let Some((session, person)) = session.as_ref().and_then(|it| Some((it, it.person(&idp)?))) {
        return answer(&idp, &ticket, session, person);
    }
    if pending.is_passive() {
        idp.logins.take(now, &ticket);
        return reply::refuse(&idp, &pending.ask, reply::Why::NobodyThere);
    }
    let hint = match &pending.ask {
        Ask::Oidc(request) => request.login_hint.clone(),
        Ask::Saml(_) => None,
    };
    login_page(&idp, &ticket, hint.as_deref().unwrap_or_default(), None)
}

/// The fields of the login form.
#[derive(Deserialize)]
pub(super) struct Credentials {
    ticket: String,
    username: String,
    password: String,
}

/// Checks a password.
pub(super) async fn submit(idp: Data<Idp>, form: Form<Credentials>) -> HttpResponse {
    let now = Utc::now();
    let form = form.into_inner();
    let guess = idp.logins.change(now, &form.ticket, |pending| {
        pending.wrong += 1;
        pending.wrong
    });
    match guess {
        None => return expired(),
        Some(guess) if guess > MOST_WRONG => {
            idp.logins.take(now, &form.ticket);
            return expired();
        }
        Some(_) => {}
    }
    let person = idp
        .facts
        .people
        .find(&form.username)
        .filter(|person| is_right(person, &form.password));
    let Some(person) = person else {
        let error = "The user name or the password is wrong.";
        return login_page(&idp, &form.ticket, &form.username, Some(error));
    };
    if person.disabled {
        let page = DisabledPage {
            ticket: &form.ticket,
            name: person.display_name(),
        };
        return page::html(
            StatusCode::FORBIDDEN,
            FormsLead::To(&idp.partner_origin),
            &page,
        );
    }
    let session = Session {
        username: person.username,
        began: now,
    };
    let handle = match idp.sessions.put(now, session.clone()) {
        Ok(handle) => handle,
        Err(cause) => return reply::failed(&cause),
    };
    let mut response = page::see_other(&format!("/continue/{}", form.ticket));
    match response.add_cookie(&session::cookie(&handle)) {
        Ok(()) => response,
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

/// The fields of the form that gives up.
#[derive(Deserialize)]
pub(super) struct Cancelled {
    ticket: String,
}

/// Goes back without a login: the broker is told.
pub(super) async fn cancel(idp: Data<Idp>, form: Form<Cancelled>) -> HttpResponse {
    match idp.logins.take(Utc::now(), &form.ticket) {
        Some(pending) => reply::refuse(&idp, &pending.ask, reply::Why::NotLoggedIn),
        None => expired(),
    }
}

impl Pending {
    /// A session counts unless a new login is demanded; then only one that began after the request.
    fn is_met_by(&self, session: &Session) -> bool {
        let must_be_new = match &self.ask {
            Ask::Oidc(request) => {
                let age = (Utc::now() - session.began).num_seconds();
                request.forces_login() || request.max_age.is_some_and(|most| age > i64::from(most))
            }
            Ask::Saml(request) => request.force_authn,
        };
        !must_be_new || session.began >= self.began
    }

    fn is_passive(&self) -> bool {
        match &self.ask {
            Ask::Oidc(request) => request.is_passive(),
            Ask::Saml(request) => request.is_passive,
        }
    }
}

fn answer(idp: &Idp, ticket: &str, session: &Session, person: &Person) -> HttpResponse {
    match idp.logins.take(Utc::now(), ticket) {
        Some(pending) => reply::vouch(idp, &pending.ask, person, session.began),
        None => expired(),
    }
}

fn is_right(person: &Person, password: &str) -> bool {
    constant_time::verify_slices_are_equal(person.password.as_bytes(), password.as_bytes()).is_ok()
}

fn login_page(idp: &Idp, ticket: &str, username: &str, error: Option<&str>) -> HttpResponse {
    let status = if error.is_some() {
        StatusCode::FORBIDDEN
    } else {
        StatusCode::OK
    };
    let page = LoginPage {
        ticket,
        username,
        error,
    };
    // Browsers hold the redirects after a form against its policy too, and they lead to the broker.
    page::html(status, FormsLead::To(&idp.partner_origin), &page)
}

fn expired() -> HttpResponse {
    let text = "This login was finished already, took too long, or had too many wrong passwords. \
                Go back to the application and begin again.";
    page::problem(StatusCode::GONE, WHO, "This login is over", text)
}
