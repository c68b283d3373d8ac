//! From what the engine says to what the browser gets.
//!
//! Owns which answer that is: a redirect, a form that posts itself, a page, and the status and cookies with it. Does not
//! own what the pages of a login and of the account show, nor the words for problems ([`words`]).

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{HeaderValue, LOCATION, RETRY_AFTER},
    },
    web::Data,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use vestibule_core::{account::Place, request::Reply};
use vestibule_engine::{Leads, Problem, ProblemKind, Shown};

use super::{
    Site, account_page,
    body::BadBody,
    browser::{self, Browser},
    headers::FormsLead,
    login_page, logout_page, observe,
    page::{bare, render},
    start, words,
};
use crate::view::{ErrorPage, Layout, PostForm, Retry};

/// The response to a step, with the browser's new cookie if it got one.
pub(super) fn outcome(
    site: &Site,
    browser: Browser,
    outcome: Result<Shown, Box<Problem>>,
) -> HttpResponse {
    observe::count(site, &outcome);
    let session_cookie = match &outcome {
        Ok(Shown::SignedIn(token, ..)) => Some(browser::session_cookie(site, token)),
        Ok(Shown::SignedOut | Shown::LogoutAt { forgets: true, .. }) => {
            Some(browser::no_session_cookie(site))
        }
        _ => None,
    };
    let mut response = match outcome {
        Ok(Shown::Account(shown)) => account_page::page(site, &shown),
        Ok(Shown::At(place)) => at(place),
        Ok(Shown::SignedIn(_, reply, app)) => leave(site, &reply, &app),
        Ok(Shown::Nobody | Shown::SignedOut) => account_page::signed_out(site),
        Ok(Shown::Answer(reply, app)) => leave(site, &reply, &app),
        Ok(Shown::Leave(reply, app)) => leave(site, &reply, &app),
        Ok(Shown::Logout(screen)) => logout_page::page(site, &screen),
        Ok(Shown::LogoutAt { handle, .. }) => at_logout(&handle),
        Ok(Shown::ToUpstream(reply, upstream)) => leave(site, &reply, &upstream),
        Ok(Shown::Offer(offer)) => start::page(site, &offer),
        Ok(Shown::Onward(handle)) => onward(&handle),
        Ok(Shown::Screen(screen)) => login_page::page(site, &screen),
        Err(told) => problem(site, &told),
    };
    for cookie in [browser.new_cookie, session_cookie].into_iter().flatten() {
        if response.add_cookie(&cookie).is_err() {
            tracing::error!(code = "cookie_unwritable", "a cookie could not be written");
        }
    }
    response
}

/// A form that did what it should leads to a page with an address of its own, so that reloading sends nothing again.
/// One with a fault is answered at once: what was wrong is not kept anywhere.
pub(super) fn after_post(outcome: Result<Shown, Box<Problem>>) -> Result<Shown, Box<Problem>> {
    match outcome {
        Ok(Shown::Screen(screen)) if screen.fault.is_none() => Ok(Shown::Onward(screen.handle)),
        other => other,
    }
}

/// To a page of the account.
pub(super) fn at(place: Place) -> HttpResponse {
    redirect(&place.path())
}

/// To the page of a logout.
pub(super) fn at_logout(handle: &str) -> HttpResponse {
    let segment = utf8_percent_encode(handle, NON_ALPHANUMERIC_BUT_HANDLES);
    redirect(&format!("/logout/{segment}"))
}

/// To the page of a login. A handle that was in a path may hold anything; in an address of ours it stays one segment.
pub(super) fn onward(handle: &str) -> HttpResponse {
    let segment = utf8_percent_encode(handle, NON_ALPHANUMERIC_BUT_HANDLES);
    redirect(&format!("/login/{segment}"))
}

/// What is encoded: everything but the alphabet of base64url.
const NON_ALPHANUMERIC_BUT_HANDLES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// 303 after everything, so that nothing is ever posted on (attack row OO-14).
fn redirect(address: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, address))
        .finish()
}

fn leave(site: &Site, reply: &Reply, destination: &str) -> HttpResponse {
    match reply {
        Reply::Redirect(url) => redirect(url.as_str()),
        Reply::PostForm { action, fields } => {
            let page = PostForm {
                layout: bare(site),
                action: action.as_str(),
                fields,
                destination,
            };
            render(site, StatusCode::OK, FormsLead::Away, &page)
        }
    }
}

fn problem(site: &Site, problem: &Problem) -> HttpResponse {
    let words = words::problem(&problem.kind);
    let overview = Place::Overview.path();
    let way_on = problem.way_on.as_ref();
    let way_on = way_on.map(|way_on| (format!("/login/{}", way_on.handle), way_on.leads));
    let back = way_on.as_ref().map(|(page, _)| format!("{page}/return"));
    let retry = match problem.kind {
        ProblemKind::ForeignForm
        | ProblemKind::NoSuchFactor
        | ProblemKind::NoSuchSession
        | ProblemKind::SignedOut => Some(Retry::Get(&overview)),
        _ => match &way_on {
            Some((page, leads)) if words.retry => Some(another_try(page, *leads)),
            _ => told(problem),
        },
    };
    let layout = Layout {
        reference: Some(problem.reference.as_str()),
        cancel: back.as_deref(),
        ..bare(site)
    };
    let page = ErrorPage {
        layout,
        heading: words.heading,
        happened: &words.happened,
        next: words.next,
        retry,
    };
    let mut response = render(site, words.status, FormsLead::Away, &page);
    if let Some(seconds) = retry_after(words.status) {
        let seconds = HeaderValue::from_static(seconds);
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

/// To the page of a login that is still open.
fn another_try(page: &str, leads: Leads) -> Retry<'_> {
    match leads {
        Leads::Onward => Retry::Get(page),
        Leads::ToChoice => Retry::Choose(page),
    }
}

/// Where waiting helps, so many seconds (RFC 9110 section 10.2.3): those that the page speaks of, or what a part of ours
/// may take to be there again.
fn retry_after(status: StatusCode) -> Option<&'static str> {
    match status {
        StatusCode::SERVICE_UNAVAILABLE => Some("30"),
        StatusCode::TOO_MANY_REQUESTS => Some("60"),
        _ => None,
    }
}

/// Back to the application, which is told no.
fn told(problem: &Problem) -> Option<Retry<'_>> {
    let ProblemKind::RequestUnmet { app } = &problem.kind else {
        return None;
    };
    problem.answer.as_deref().map(|reply| match reply {
        Reply::Redirect(url) => Retry::Link {
            address: url.as_str(),
            app,
        },
        Reply::PostForm { action, fields } => Retry::Answer {
            action: action.as_str(),
            fields,
            app,
        },
    })
}

/// Nothing has this address.
pub(super) async fn not_found(site: Data<Site>) -> HttpResponse {
    plain(
        &site,
        StatusCode::NOT_FOUND,
        "This page does not exist",
        "The address is not one of ours.",
    )
}

/// Something of ours is broken; the number finds the log line.
pub(super) fn fault_of_ours(site: &Site, reference: Option<&str>) -> HttpResponse {
    let layout = Layout {
        reference,
        ..bare(site)
    };
    let page = ErrorPage {
        layout,
        heading: "Something went wrong here",
        happened: "This is a fault of ours, not of yours. Nobody was let in by it.",
        next: "Go back to the application and try again. If it happens again, tell your helpdesk the number below.",
        retry: None,
    };
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    render(site, status, FormsLead::Home, &page)
}

/// A form that no page of ours sent.
pub(super) fn foreign_form(site: &Site) -> HttpResponse {
    plain(
        site,
        StatusCode::FORBIDDEN,
        "This form came from another site",
        "Forms are taken from our own pages only.",
    )
}

/// A form that lacks what its page sends.
pub(super) fn bad_form(site: &Site) -> HttpResponse {
    plain(
        site,
        StatusCode::BAD_REQUEST,
        "This form is not complete",
        "Something that the page sends is missing.",
    )
}

/// A body that is no form, or too large, or too slow.
pub(super) fn bad_body(site: &Site, bad: BadBody) -> HttpResponse {
    let (status, happened) = match bad {
        BadBody::NotAForm => (StatusCode::BAD_REQUEST, "What was sent is not a form."),
        BadBody::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "What was sent is too large."),
        BadBody::TooSlow => (
            StatusCode::REQUEST_TIMEOUT,
            "What was sent took too long to arrive.",
        ),
    };
    plain(site, status, "This message is not valid", happened)
}

fn plain(site: &Site, status: StatusCode, heading: &str, happened: &str) -> HttpResponse {
    let next = "Go back to the application and try again.";
    let page = ErrorPage {
        layout: bare(site),
        heading,
        happened,
        next,
        retry: None,
    };
    render(site, status, FormsLead::Home, &page)
}
