//! The browser's session with us: who passed the doors here, and with what.
//!
//! Owns how a session begins (from a [`Grant`], and from nothing else), how long it lasts, and the proof that it is
//! live in the browser that shows it. Does not own what it is good for: policy is asked at every use, with what the
//! session remembers as evidence ([`crate::account`] does so for the account page). Nor does it own the cookie: only
//! the hash of its value comes here.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    evidence::{AHEAD, Evidence},
    flow::BrowserKey,
    grant::Grant,
    identity::Person,
};

/// A session that was not used for so long is over (NIST SP 800-63B-4 section 5.2).
pub const IDLE: TimeDelta = TimeDelta::minutes(15);
/// However much it is used, a session is over after this.
pub const ABSOLUTE: TimeDelta = TimeDelta::minutes(60);

/// SHA-256 of the value of a session's cookie. What opens a session is never stored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionKey(pub [u8; 32]);

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

/// One session, as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    key: SessionKey,
    browser: BrowserKey,
    person: Person,
    evidence: Vec<Evidence>,
    started_at: DateTime<Utc>,
    used_at: DateTime<Utc>,
}

/// A session that was not over when it was looked at, in the browser that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live(Session);

/// Why a session is good for nothing here and now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SessionOver {
    /// Nobody used it for [`IDLE`].
    #[error("the session was not used for too long")]
    Idle,
    /// The cookie came from another browser than the one that it was given to.
    #[error("the session belongs to another browser")]
    OtherBrowser,
    /// It is older than [`ABSOLUTE`], or the clock was set back and nobody can tell.
    #[error("the session is too old")]
    TooOld,
}

impl SessionOver {
    /// The reason code for the log.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Idle => "session_idle",
            Self::OtherBrowser => "session_other_browser",
            Self::TooOld => "session_too_old",
        }
    }
}

impl Session {
    /// A grant begins a session in the browser that it was made in. Of several proofs with one factor the latest is
    /// kept. The session is as old as the passing of the first door: an errand between the doors makes none younger.
    #[must_use]
    pub fn begun(key: SessionKey, browser: BrowserKey, grant: &Grant) -> Self {
        let mut evidence: Vec<Evidence> = Vec::new();
        for piece in grant.evidence() {
            evidence.retain(|older| older.enrolment != piece.enrolment);
            evidence.push(piece.clone());
        }
        Self {
            key,
            browser,
            person: grant.person().clone(),
            evidence,
            started_at: grant.known_since(),
            used_at: grant.at(),
        }
    }

    /// For the store alone: when it was last used, as that is kept beside it.
    #[must_use]
    pub fn used(self, used_at: DateTime<Utc>) -> Self {
        Self { used_at, ..self }
    }

    /// The hash of its cookie.
    #[must_use]
    pub fn key(&self) -> SessionKey {
        self.key
    }

    /// The browser that it belongs to.
    #[must_use]
    pub fn browser(&self) -> BrowserKey {
        self.browser
    }

    /// Whose it is, as their upstream described them when it began.
    #[must_use]
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// What was proved, and when.
    #[must_use]
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// Since when.
    #[must_use]
    pub fn started_at(&self) -> DateTime<Utc> {
        self.started_at
    }

    /// The last use.
    #[must_use]
    pub fn used_at(&self) -> DateTime<Utc> {
        self.used_at
    }

    /// When it ends, however much it is used.
    #[must_use]
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.started_at + ABSOLUTE
    }

    /// The session as it may be used now, in this browser.
    ///
    /// # Errors
    /// [`SessionOver`].
    pub fn live(self, browser: BrowserKey, now: DateTime<Utc>) -> Result<Live, SessionOver> {
        if self.browser != browser {
            Err(SessionOver::OtherBrowser)
        // What was used ahead of now has no age that could be told.
        } else if now >= self.expires_at() || self.used_at - now > AHEAD {
            Err(SessionOver::TooOld)
        } else if now - self.used_at >= IDLE {
            Err(SessionOver::Idle)
        } else {
            Ok(Live(self))
        }
    }
}

impl Live {
    /// It.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.0
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{
        id::{EnrolmentId, FactorKind, UpstreamId},
        identity::{PersonId, Subject, UpstreamProof},
    };

    pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    pub(crate) fn alice() -> Person {
        Person {
            id: PersonId::new(UpstreamId::new("adfs").unwrap(), "alice"),
            subject: Subject::plain("alice"),
            mail: None,
            display_name: None,
            given_name: None,
            family_name: None,
            groups: Default::default(),
            upstream_proof: UpstreamProof {
                authn_context: None,
                methods: vec![],
                authenticated_at: None,
            },
            attributes: Default::default(),
        }
    }

    pub(crate) fn evidence(factor: u8, kind: &str, when: i64) -> Evidence {
        Evidence {
            person: alice().id,
            kind: FactorKind::new(kind).unwrap(),
            enrolment: EnrolmentId::from_bytes([factor; 16]),
            at: at(when),
        }
    }

    pub(crate) fn session(evidence: Vec<Evidence>, started: i64) -> Session {
        Session {
            key: SessionKey([1; 32]),
            browser: BrowserKey([2; 32]),
            person: alice(),
            evidence,
            started_at: at(started),
            used_at: at(started),
        }
    }

    #[test]
    fn wa_02_a_session_is_live_in_its_browser_and_for_its_time() {
        let (ours, other) = (BrowserKey([2; 32]), BrowserKey([3; 32]));
        let minutes = |minutes: i64| at(minutes * 60);
        let used = |minutes: i64| session(vec![], 0).used(at(minutes * 60));
        let table = [
            (used(0), ours, minutes(14), Ok(())),
            (used(0), other, minutes(1), Err(SessionOver::OtherBrowser)),
            (used(0), ours, minutes(15), Err(SessionOver::Idle)),
            (used(50), ours, minutes(59), Ok(())),
            (used(59), ours, minutes(60), Err(SessionOver::TooOld)),
        ];
        for (session, browser, now, expect) in table {
            assert_eq!(session.live(browser, now).map(|_| ()), expect, "{now}");
        }
    }

    #[test]
    fn ft_06_a_clock_that_was_set_back_makes_no_session_younger() {
        let live = |now| session(vec![], 3600).live(BrowserKey([2; 32]), at(now));
        assert_eq!(live(0), Err(SessionOver::TooOld));
        assert_eq!(live(3600 - 121), Err(SessionOver::TooOld));
        assert!(live(3600 - 120).is_ok());
    }
}
