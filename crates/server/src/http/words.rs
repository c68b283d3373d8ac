//! What people read: plain words for each problem, refusal, fault and factor.
//!
//! Owns the sentences (what happened, and what to do next), and the status that a problem is answered with. Does not own
//! where they stand on a page, nor why something was refused: that is for the log, in words of its own.

use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};
use vestibule_core::{id::FactorKind, request::Refusal};
use vestibule_engine::{Fault, Origin, ProblemKind};

/// A problem in words.
pub(super) struct Words {
    pub(super) status: StatusCode,
    pub(super) heading: &'static str,
    pub(super) happened: String,
    pub(super) next: &'static str,
    /// Going on at the same login may help.
    pub(super) retry: bool,
}

const START_AGAIN: &str = "Go back to the application and sign in again.";
const ASK_HELPDESK: &str = "Ask your helpdesk, and give them the reference below.";
const TRY_LATER: &str =
    "Wait a minute, then try again. If it goes on, give your helpdesk the reference below.";

pub(super) fn problem(kind: &ProblemKind) -> Words {
    let words = |status, heading, happened: &str, next, retry| Words {
        status,
        heading,
        happened: happened.to_owned(),
        next,
        retry,
    };
    match kind {
        ProblemKind::AnswerFailed { app } => words(
            StatusCode::INTERNAL_SERVER_ERROR,
            "You could not be signed in",
            &format!(
                "You have proved who you are, but no answer for {app} could be made. This is for an administrator to mend."
            ),
            ASK_HELPDESK,
            false,
        ),
        ProblemKind::Expired => words(
            StatusCode::GONE,
            "This sign-in has expired",
            "It was open for longer than 15 minutes, so it was closed.",
            START_AGAIN,
            false,
        ),
        ProblemKind::Finished => words(
            StatusCode::CONFLICT,
            "This sign-in is already finished",
            "The page that you came back to belongs to a sign-in that is over.",
            START_AGAIN,
            false,
        ),
        ProblemKind::ForeignForm => words(
            StatusCode::FORBIDDEN,
            "This form is out of date",
            "It belongs to a session that is over, so nothing was changed.",
            "Open your account again.",
            false,
        ),
        ProblemKind::Identity { upstream } => words(
            StatusCode::FORBIDDEN,
            "We could not tell who you are",
            &format!(
                "{upstream} signed you in, but did not say who you are in the way that was agreed."
            ),
            ASK_HELPDESK,
            false,
        ),
        ProblemKind::LogoutElsewhere => words(
            StatusCode::FORBIDDEN,
            "This sign-out belongs to another browser",
            "It began in another browser, or your browser does not keep our cookie.",
            "To sign out here, open your account in this browser.",
            false,
        ),
        ProblemKind::LogoutRejected => words(
            StatusCode::BAD_REQUEST,
            "This sign-out request is not valid",
            "The application that sent you here is not known, or its message was damaged, is too old, or was used before. You were not signed out by it.",
            "To sign out, open your account and sign out there.",
            false,
        ),
        ProblemKind::LogoutTooMany => words(
            StatusCode::TOO_MANY_REQUESTS,
            "You were not signed out",
            "More sign-outs were begun at once than we take, so this one was not. If you were signed in here, you still are.",
            "Wait a minute and sign out again, or open your account and sign out there. If others use this computer, close the browser, too.",
            false,
        ),
        ProblemKind::LogoutUnavailable => words(
            StatusCode::SERVICE_UNAVAILABLE,
            "Signing out is not possible right now",
            "A part that we depend on does not answer.",
            TRY_LATER,
            true,
        ),
        ProblemKind::NoSuchFactor => words(
            StatusCode::NOT_FOUND,
            "This is not there",
            "You have no such way to sign in. Perhaps it was removed.",
            "Open your account again.",
            false,
        ),
        ProblemKind::NoSuchSession => words(
            StatusCode::NOT_FOUND,
            "This is not there",
            "You are not signed in there. Perhaps it ended already.",
            "Open your account again.",
            false,
        ),
        ProblemKind::NoWay => words(
            StatusCode::FORBIDDEN,
            "There is no way to sign in from here",
            "No identity provider is set up for this address.",
            ASK_HELPDESK,
            false,
        ),
        ProblemKind::OtherBrowser => words(
            StatusCode::FORBIDDEN,
            "This sign-in belongs to another browser",
            "It began in another browser or another window, or your browser does not keep our cookie.",
            "Go back to the application and sign in again, in this browser.",
            false,
        ),
        ProblemKind::RequestRejected => words(
            StatusCode::BAD_REQUEST,
            "This sign-in request is not valid",
            "The application that sent you here is not known, or its message was damaged or is too old.",
            "Go back to the application and try again. If it happens again, give your helpdesk the reference below.",
            false,
        ),
        ProblemKind::RequestUnmet { app } => words(
            StatusCode::BAD_REQUEST,
            "You cannot be signed in this way",
            &format!(
                "{app} asked for something that it is not given here, such as another kind of name for you. Nothing is wrong with your account."
            ),
            "Ask your helpdesk, and give them the reference below. The application is told why when you go back to it.",
            false,
        ),
        ProblemKind::Unavailable => words(
            StatusCode::SERVICE_UNAVAILABLE,
            "Signing in is not possible right now",
            "A part that we depend on does not answer. Nothing was lost, and nobody was let in.",
            TRY_LATER,
            true,
        ),
        ProblemKind::SignedOut => words(
            StatusCode::FORBIDDEN,
            "You are signed out",
            "You have signed out, or the page was not used for 15 minutes, or a way to sign in was removed elsewhere.",
            "Sign in to your account again.",
            false,
        ),
        ProblemKind::UnknownLogin => words(
            StatusCode::NOT_FOUND,
            "This sign-in is not known",
            "The link is old, or the answer belongs to no sign-in that began here.",
            START_AGAIN,
            false,
        ),
        ProblemKind::UnknownLogout => words(
            StatusCode::NOT_FOUND,
            "This sign-out is not known",
            "The link is old, or it was open for longer than 10 minutes.",
            "To make sure that you are signed out, open your account.",
            false,
        ),
        ProblemKind::TooMany => words(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many sign-ins at once",
            "More sign-ins were begun from your network than one network may.",
            "Wait a minute, then go back to the application and sign in again.",
            false,
        ),
        ProblemKind::TooManyRefused { upstream } => words(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many answers were refused",
            &format!(
                "Several answers to sign-ins from your network could not be trusted, so that of {upstream} was not looked at."
            ),
            TRY_LATER,
            true,
        ),
        ProblemKind::UpstreamMisbehaved { upstream } => words(
            StatusCode::BAD_REQUEST,
            "The answer was not accepted",
            &format!("The answer of {upstream} could not be trusted, so it was not used."),
            "Try again. If it happens again, give your helpdesk the reference below.",
            true,
        ),
        ProblemKind::UpstreamRefused { upstream } => words(
            StatusCode::FORBIDDEN,
            "You were not signed in",
            &format!("{upstream} did not sign you in."),
            "Try again, or ask your helpdesk whether your account is active.",
            true,
        ),
        ProblemKind::UpstreamUnreachable { upstream } => words(
            StatusCode::BAD_GATEWAY,
            "Signing in is not possible right now",
            &format!("{upstream} cannot be reached."),
            TRY_LATER,
            true,
        ),
    }
}

/// A refusal in words: heading, what happened, what to do next.
pub(super) fn refusal(why: Refusal, origin: Origin) -> (&'static str, &'static str, &'static str) {
    match why {
        Refusal::Assurance => (
            "You were not signed in",
            "The application asks for a kind of sign-in that this one was not.",
            ASK_HELPDESK,
        ),
        Refusal::Cancelled => ("You went back", "The sign-in was cancelled.", START_AGAIN),
        Refusal::Denied => (
            "You may not sign in here",
            match origin {
                Origin::Application => {
                    "Your organisation's rules do not let you sign in to this application."
                }
                Origin::Account | Origin::Nowhere => {
                    "Your organisation's rules do not let you open this page."
                }
            },
            ASK_HELPDESK,
        ),
        Refusal::NoFactor => (
            "You need a second way to prove it is you",
            "Your organisation asks for a second factor, and none that it accepts is set up for you.",
            "Ask your helpdesk to set one up, and give them the reference below.",
        ),
        Refusal::Interaction | Refusal::Passive => (
            "You are not signed in",
            "The application asked not to show you a page.",
            START_AGAIN,
        ),
        Refusal::Upstream => (
            "You were not signed in",
            "Your identity provider did not sign you in.",
            ASK_HELPDESK,
        ),
    }
}

/// What was wrong with the answer of a security key. It cannot be mistyped, so there is nothing to check.
pub(super) fn key_fault(given: Fault, now: DateTime<Utc>) -> String {
    match given {
        Fault::Wrong => {
            "The answer of the key was not accepted. Try again, with this key or another one."
                .to_owned()
        }
        Fault::CodesLocked | Fault::Locked | Fault::Wait(_) => fault(given, now, ""),
    }
}

/// What was wrong with an answer.
pub(super) fn fault(fault: Fault, now: DateTime<Utc>, about: &str) -> String {
    match fault {
        Fault::Wrong => format!("{about} Check it and try again."),
        Fault::CodesLocked => {
            "There were too many wrong codes, so codes are locked. Sign in this way instead, and ask your helpdesk to \
             unlock codes."
                .to_owned()
        }
        Fault::Locked => {
            "There were too many wrong answers, so your account is locked. Ask your helpdesk to unlock it."
                .to_owned()
        }
        Fault::Wait(until) => {
            let seconds = (until - now).num_seconds().max(1);
            if seconds < 90 {
                let plural = if seconds == 1 { "" } else { "s" };
                format!("There were too many wrong answers. Try again in {seconds} second{plural}.")
            } else {
                format!(
                    "There were too many wrong answers. Try again in {} minutes.",
                    (seconds + 59) / 60
                )
            }
        }
    }
}

/// A kind of factor as people call it, and a sentence about it.
pub(super) fn factor(kind: &FactorKind) -> (String, Option<&'static str>) {
    match kind.as_str() {
        "totp" => (
            "Authenticator app".to_owned(),
            Some("A code from an app on your phone or computer."),
        ),
        "webauthn" => (
            "Security key or passkey".to_owned(),
            Some(
                "A key that you plug in, your phone, or the fingerprint or face recognition of your device.",
            ),
        ),
        "backup_code" => (
            "Backup code".to_owned(),
            Some("One of the codes that you saved."),
        ),
        other => (other.replace('_', " "), None),
    }
}

/// A kind of factor as something to be added on the account page, by somebody who has one of this kind or not.
pub(super) fn factor_to_add(kind: &FactorKind, has_one: bool) -> (String, Option<&'static str>) {
    match (kind.as_str(), has_one) {
        ("backup_code", false) => (
            "Backup codes".to_owned(),
            Some("Ten codes for the day when you lose the rest."),
        ),
        ("backup_code", true) => (
            "New backup codes".to_owned(),
            Some("Ten codes for the day when you lose the rest. They replace those you have."),
        ),
        ("webauthn", false) => (
            factor(kind).0,
            Some(
                "A key that you plug in, your phone, or the fingerprint or face recognition of your device. From then \
                 on this page opens only with a key. Set up two.",
            ),
        ),
        _ => factor(kind),
    }
}

/// What to add where one of this kind must stay: "Add another … first".
pub(super) fn another(kind: &FactorKind) -> &'static str {
    match kind.as_str() {
        "totp" => "authenticator app",
        "webauthn" => "security key or passkey",
        _ => "way that your organisation accepts",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_adds_a_first_key_is_told_that_the_page_opens_with_a_key_only_from_then_on() {
        let told = |kind: &str, has_one| {
            let kind = FactorKind::new(kind).unwrap();
            let (_, about) = factor_to_add(&kind, has_one);
            about.is_some_and(|about| about.contains("opens only with a key. Set up two."))
        };
        assert!(told("webauthn", false));
        assert!(!told("webauthn", true));
        assert!(!told("totp", false));
    }

    #[test]
    fn waits_are_told_in_words() {
        let now = DateTime::from_timestamp(1_000, 0).unwrap();
        let wait = |seconds| {
            fault(
                Fault::Wait(now + chrono::TimeDelta::seconds(seconds)),
                now,
                "",
            )
        };
        assert!(wait(30).ends_with("in 30 seconds."));
        assert!(wait(120).ends_with("in 2 minutes."));
        assert!(wait(121).ends_with("in 3 minutes."));
        assert!(wait(-5).ends_with("in 1 second."));
    }
}
