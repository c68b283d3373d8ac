//! What a page of the account says.
//!
//! Owns which template shows what, and the sentences about single factors. Does not own what may be changed (the engine
//! does), nor what all pages have in common ([`super::page`]).

use std::borrow::Cow;

use actix_web::{HttpResponse, http::StatusCode};
use chrono::{DateTime, Utc};
use vestibule_core::{
    account::{FactorName, NotPossible, Place, place},
    id::FactorKind,
};
use vestibule_engine::{AccountFault, AccountScreen, FactorShown, FactorState, SessionShown};

use super::{
    Site,
    headers::FormsLead,
    page::{bare, choices, labels, render},
    words,
};
use crate::view::{Account, AccountFactor, Done, FactorLine, Layout, SessionLine};

/// The page.
pub(super) fn page(site: &Site, screen: &AccountScreen) -> HttpResponse {
    let layout = Layout {
        step: Some(&screen.form),
        ..bare(site)
    };
    let status = match screen.fault {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let kind = match (screen.place, screen.factors.as_slice()) {
        (Place::Factor(_), [factor]) => Some(&factor.kind),
        _ => None,
    };
    let error = screen.fault.map(|why| fault(why, kind));
    let error = error.as_deref();
    match (screen.place, screen.factors.as_slice()) {
        (Place::Factor(_), [factor]) => one(site, status, layout, factor, error),
        (Place::Factor(_) | Place::Overview, factors) => {
            let has = |kind: &FactorKind| {
                let mut usable = factors
                    .iter()
                    .filter(|factor| factor.state == FactorState::Usable);
                usable.any(|factor| factor.kind == *kind)
            };
            let labels = labels(&screen.addable, |kind| {
                words::factor_to_add(kind, has(kind))
            });
            let codes = FactorKind::backup_code();
            let lacks_codes = screen.addable.contains(&codes) && !has(&codes);
            let factors: Vec<FactorLine> = factors.iter().map(line).collect();
            let sessions: Vec<SessionLine> = screen.sessions.iter().map(session_line).collect();
            let page = Account {
                layout,
                person: &screen.person,
                factors: &factors,
                lacks_codes,
                add: place::ADD,
                choices: &choices(&labels),
                sessions: &sessions,
                end_others: (sessions.len() > 1).then_some(place::END_OTHERS),
                sign_out: place::SIGN_OUT,
                error,
            };
            // Who signs out here is led on to the applications, and to the upstream.
            render(site, status, FormsLead::Away, &page)
        }
    }
}

fn one(
    site: &Site,
    status: StatusCode,
    layout: Layout<'_>,
    factor: &FactorShown,
    error: Option<&str>,
) -> HttpResponse {
    let line = line(factor);
    let (rename, remove) = (
        format!("{}/rename", line.page),
        format!("{}/remove", line.page),
    );
    // There is one set of backup codes, and nothing to tell it from.
    let has_name = factor.kind != FactorKind::backup_code();
    let is_fixed = matches!(
        factor.kept,
        Some(NotPossible::Disabled | NotPossible::SwitchedOff)
    );
    let overview = Place::Overview.path();
    let kept_why = factor.kept.map(|why| kept(why, Some(&factor.kind)));
    let page = AccountFactor {
        layout,
        factor: &line,
        longest: FactorName::LONGEST,
        rename: (has_name && !is_fixed).then_some(&rename),
        remove: factor.kept.is_none().then_some(&remove),
        kept: kept_why.as_deref(),
        back: &overview,
        error,
    };
    render(site, status, FormsLead::Home, &page)
}

/// Nobody is signed in.
pub(super) fn signed_out(site: &Site) -> HttpResponse {
    let overview = Place::Overview.path();
    let page = Done {
        layout: bare(site),
        heading: "You are not signed in",
        text: "Your account page is closed. You can close this window too.",
        account: Some((&overview, "Sign in to your account")),
    };
    render(site, StatusCode::OK, FormsLead::Home, &page)
}

fn line(factor: &FactorShown) -> FactorLine {
    let (kind, _) = words::factor(&factor.kind);
    let mut facts = vec![format!("Added on {}", day(factor.created_at))];
    facts.push(match factor.last_used_at {
        Some(at) => format!("Last used on {}", moment(at)),
        None => "Never used".to_owned(),
    });
    facts.extend(match (factor.state, factor.left) {
        (FactorState::Disabled, _) => Some("Switched off by your helpdesk".to_owned()),
        (FactorState::SwitchedOff, _) => {
            Some("Not in use at your organisation any more".to_owned())
        }
        (FactorState::Spent, _) => Some("None is left".to_owned()),
        (FactorState::Usable, Some(1)) => Some("One is left".to_owned()),
        (FactorState::Usable, Some(left)) => Some(format!("{left} are left")),
        (FactorState::Usable, None) => None,
    });
    FactorLine {
        name: factor.label.clone(),
        kind,
        facts,
        page: Place::Factor(factor.id).path(),
    }
}

fn session_line(session: &SessionShown) -> SessionLine {
    let name = if session.is_here {
        "This browser"
    } else {
        "Another browser"
    };
    let reached = match session.apps.as_slice() {
        [] => "No application was opened from there".to_owned(),
        apps => format!("Opened from there: {}", apps.join(", ")),
    };
    let end = format!("{}{}/end", place::SESSIONS, session.id);
    SessionLine {
        name,
        facts: vec![
            format!("Signed in since {}", moment(session.since)),
            format!("Last used on {}", moment(session.used_at)),
            reached,
        ],
        end: (!session.is_here).then_some(end),
        since: moment(session.since),
    }
}

/// Why a change was not made, to a factor of this kind.
fn fault(fault: AccountFault, kind: Option<&FactorKind>) -> Cow<'static, str> {
    let words = match fault {
        AccountFault::Changed => {
            "Something else changed your account at the same moment. Look at it, and try again."
        }
        AccountFault::Name => {
            "This name cannot be used. Type between 1 and 64 ordinary characters in one line."
        }
        AccountFault::NotAddable => {
            "This cannot be added now. Remove one that you do not use, or ask your helpdesk."
        }
        AccountFault::NotPossible(why) => return kept(why, kind),
    };
    words.into()
}

/// Why a factor of this kind stays as it is.
fn kept(why: NotPossible, kind: Option<&FactorKind>) -> Cow<'static, str> {
    let words = match why {
        NotPossible::Disabled => {
            "Your helpdesk switched this off, so it can be changed by them alone."
        }
        NotPossible::LastFactor => {
            let another = kind.map_or("of the same kind", words::another);
            return format!(
                "You need this one to sign in, so it cannot be removed. Add another {another} first."
            )
            .into();
        }
        NotPossible::SwitchedOff => {
            "Your organisation does not use this kind any more. Your helpdesk can remove it."
        }
        NotPossible::Unknown => "It is not there any more.",
    };
    words.into()
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y").to_string()
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}
