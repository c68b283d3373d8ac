//! Whether a code or a refresh token is good that a client shows, and what follows if it is not.
//!
//! Owns the judgement (RFC 6749 sections 4.1.2 and 6, RFC 9700 sections 2.1.1, 4.5 and 4.14.2). Does not own what is kept of
//! either, nor what is done about a refusal: it says so, and the caller does it.
//!
//! **Invariant:** what was used once is good for nothing, to nobody, at no time.

use chrono::{DateTime, TimeDelta, Utc};

use super::endpoint::GrantRejection;

/// So long requests of one client may cross, with the same refresh token.
///
/// Within this time of its use the client that used it is only refused: its requests may have crossed, or the answer got
/// lost, and then it begins again at the login, which asks nothing of a person whose session lasts. Afterwards somebody
/// else has it. To answer it a second time within that time, as some do, would give a thief who is quick a chain of tokens
/// of their own, which nobody would ever notice.
pub const REFRESH_GRACE: TimeDelta = TimeDelta::seconds(10);

/// What is kept of the code or refresh token that is shown.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// When it was used, if it was.
    pub used_at: Option<DateTime<Utc>>,
    /// When it is good for nothing any more.
    pub ends_at: DateTime<Utc>,
}

/// A refusal, and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It came again at once. Nothing ends; it is to be written down, for it may be a thief who is quick.
    Contested(GrantRejection),
    /// It is in wrong hands, or what it rests on is no more: all that came of the same login is to end, and what did not
    /// come yet never will.
    Ending(GrantRejection),
    /// It is good for nothing, and that is all.
    Idle(GrantRejection),
}

impl Refused {
    /// What the client is told.
    #[must_use]
    pub fn why(self) -> GrantRejection {
        let (Self::Contested(why) | Self::Ending(why) | Self::Idle(why)) = self;
        why
    }
}

/// Is a code good? `checked` says whether it is this client's, with its redirect URI and its verifier
/// ([`CodeRequest::check`](super::token_endpoint::CodeRequest::check)).
///
/// # Errors
/// [`Refused`]. No time is allowed for two requests that cross: nobody has a reason to send a code twice.
pub fn judge_code(
    kept: Kept,
    checked: Result<(), GrantRejection>,
    now: DateTime<Utc>,
) -> Result<(), Refused> {
    if kept.used_at.is_some() {
        return Err(CODE_OVERTAKEN);
    }
    if now >= kept.ends_at {
        return Err(Refused::Idle(GrantRejection::Unknown));
    }
    checked.map_err(Refused::Ending)
}

/// Of several requests with one code, another was first: one gets tokens, and they end with the next.
pub const CODE_OVERTAKEN: Refused = Refused::Ending(GrantRejection::Used);

/// Is a refresh token good? `is_theirs` says whether it was given to this client.
///
/// # Errors
/// [`Refused`].
pub fn judge_refresh(kept: Kept, is_theirs: bool, now: DateTime<Utc>) -> Result<(), Refused> {
    if !is_theirs {
        return Err(Refused::Ending(GrantRejection::AnotherClient));
    }
    match kept.used_at {
        Some(used_at) if now - used_at <= REFRESH_GRACE => Err(REFRESH_OVERTAKEN),
        Some(_) => Err(Refused::Ending(GrantRejection::Used)),
        None if now >= kept.ends_at => Err(Refused::Idle(GrantRejection::Unknown)),
        None => Ok(()),
    }
}

/// Of several requests with one refresh token, another was first: it was good a moment ago.
pub const REFRESH_OVERTAKEN: Refused = Refused::Contested(GrantRejection::UsedJustNow);

#[cfg(test)]
mod tests {
    use super::*;

    const AT: i64 = 1_700_000_000;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(AT + seconds, 0).unwrap()
    }

    /// Ends after a minute.
    fn kept(used_at: Option<i64>) -> Kept {
        Kept {
            used_at: used_at.map(at),
            ends_at: at(60),
        }
    }

    fn words(outcome: Result<(), Refused>) -> (&'static str, &'static str) {
        match outcome {
            Ok(()) => ("good", ""),
            Err(Refused::Contested(why)) => ("contested", why.code()),
            Err(Refused::Ending(why)) => ("ending", why.code()),
            Err(Refused::Idle(why)) => ("idle", why.code()),
        }
    }

    #[test]
    fn oo_04_oo_05_a_code_is_good_once_for_its_minute_to_its_client() {
        let theirs = || Ok(());
        let anothers = || Err(GrantRejection::AnotherClient);
        for (used_at, checked, now, expected) in [
            (None, theirs(), 0, ("good", "")),
            (None, theirs(), 59, ("good", "")),
            (None, theirs(), 60, ("idle", "grant_unknown")),
            (None, anothers(), 0, ("ending", "grant_of_another_client")),
            // What is over is over, whoever has it.
            (None, anothers(), 60, ("idle", "grant_unknown")),
            (Some(0), theirs(), 0, ("ending", "grant_used")),
            (Some(0), anothers(), 0, ("ending", "grant_used")),
            // Also after its minute, as long as it is remembered.
            (Some(0), theirs(), 300, ("ending", "grant_used")),
        ] {
            let found = words(judge_code(kept(used_at), checked, at(now)));
            assert_eq!(found, expected, "{used_at:?} {checked:?} {now}");
        }
        assert_eq!(words(Err(CODE_OVERTAKEN)), ("ending", "grant_used"));
    }

    #[test]
    fn oo_07_a_refresh_token_is_good_once_and_who_comes_late_with_it_has_stolen_it() {
        for (used_at, is_theirs, now, expected) in [
            (None, true, 59, ("good", "")),
            (None, true, 60, ("idle", "grant_unknown")),
            (None, false, 0, ("ending", "grant_of_another_client")),
            (None, false, 60, ("ending", "grant_of_another_client")),
            (Some(5), true, 5, ("contested", "grant_used_just_now")),
            (Some(5), true, 15, ("contested", "grant_used_just_now")),
            (Some(5), true, 16, ("ending", "grant_used")),
            (Some(5), false, 5, ("ending", "grant_of_another_client")),
            (Some(5), true, 300, ("ending", "grant_used")),
        ] {
            let found = words(judge_refresh(kept(used_at), is_theirs, at(now)));
            assert_eq!(found, expected, "{used_at:?} {is_theirs} {now}");
        }
        let overtaken = words(Err(REFRESH_OVERTAKEN));
        assert_eq!(overtaken, ("contested", "grant_used_just_now"));
    }
}
