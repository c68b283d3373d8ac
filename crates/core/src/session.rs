//! The browser's single sign-on session with us: who passed the doors here, with what, and who was told of it.
//!
//! Owns how a session begins (from a [`Grant`], and from nothing else), how long it lasts, the proof that it is live in
//! the browser that shows it, and which applications take part in it. Does not own what it is good for: policy is asked
//! at every use, with what the session remembers as evidence ([`crate::flow::Login::goes_on`]). Nor does it own the
//! cookie: only the hash of its value comes here.

mod carry;

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    evidence::{AHEAD, Evidence},
    flow::BrowserKey,
    grant::Grant,
    id::{AppId, SessionId},
    identity::Person,
    request::{Memo, Protocol},
};

pub use self::carry::Carry;

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A session that was not used for so long is over.
    pub idle: TimeDelta,
    /// However much it is used, a session is over so long after the passing of the first door.
    pub absolute: TimeDelta,
}

impl Limits {
    /// For the account page, where factors are changed (NIST SP 800-63B-4 section 5.2).
    pub const ACCOUNT: Self = Self {
        idle: TimeDelta::minutes(15),
        absolute: TimeDelta::minutes(60),
    };
    /// For applications, where nothing else is configured: an hour of rest, a working day (NIST SP 800-63B-4 section
    /// 2.2.3 asks for at most one hour and 24 hours).
    pub const USUAL: Self = Self {
        idle: TimeDelta::hours(1),
        absolute: TimeDelta::hours(12),
    };
    /// Neither may be longer: what nobody used for so long may be cleared away.
    pub const LONGEST: TimeDelta = TimeDelta::hours(24);
}

impl Default for Limits {
    fn default() -> Self {
        Self::USUAL
    }
}

/// When applications take it that a person is known already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SingleSignOn {
    /// Both doors anew, at each login.
    Off,
    /// Who is known need not pass the first door again; a factor is asked for at each login.
    OwnFactor,
    /// What was proved for one application counts for this one.
    #[default]
    Shared,
}

/// SHA-256 of the value of a session's cookie. What opens a session is never stored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionKey(pub [u8; 32]);

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

/// An application that was told of the person in this session, and what it was told: by that it knows them when they
/// leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participation {
    /// Which.
    pub app: AppId,
    /// In which protocol.
    pub protocol: Protocol,
    /// What its adapter needs to tell it of the end: NameID and SessionIndex, or `sub` and `sid`.
    pub told: Memo,
    /// What the application calls the session, so that its request finds it: SessionIndex, or `sid`.
    #[serde(default)]
    pub known_as: Option<String>,
    /// When, last.
    pub at: DateTime<Utc>,
}

/// One session, as the store keeps it. The applications that take part in it are kept beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    id: SessionId,
    key: SessionKey,
    browser: BrowserKey,
    person: Person,
    evidence: Vec<Evidence>,
    started_at: DateTime<Utc>,
    used_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

/// A session that was not over when it was looked at, in the browser that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live(Session);

/// Why a session is good for nothing here and now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SessionOver {
    /// Nobody used it for too long ([`Limits::idle`]).
    #[error("the session was not used for too long")]
    Idle,
    /// The cookie came from another browser than the one that it was given to.
    #[error("the session belongs to another browser")]
    OtherBrowser,
    /// It is too old ([`Limits::absolute`]), or the clock was set back and nobody can tell.
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
    /// A grant begins a session in the browser that it was made in, or goes on with one there under another key. Of
    /// several proofs with one factor the latest is kept. The session is as old as the passing of the first door:
    /// neither an errand nor a second application makes it younger. It ends with the upstream's own at the latest, as far
    /// as that says when.
    #[must_use]
    pub fn begun(key: SessionKey, browser: BrowserKey, grant: &Grant, limits: Limits) -> Self {
        let mut evidence: Vec<Evidence> = Vec::new();
        for piece in grant.remembered().iter().chain(grant.evidence()) {
            evidence.retain(|older| older.enrolment != piece.enrolment);
            evidence.push(piece.clone());
        }
        let ours = grant.known_since() + limits.absolute;
        let theirs = grant.person().upstream_proof.session_ends;
        Self {
            id: grant.session(),
            key,
            browser,
            person: grant.person().clone(),
            evidence,
            started_at: grant.known_since(),
            used_at: grant.at(),
            expires_at: theirs.map_or(ours, |theirs| theirs.min(ours)),
        }
    }

    /// The same with what another session of the same person in the same browser remembers, as far as this one has
    /// nothing later: proofs, and the first door, which may have been passed anew in another tab while this login waited.
    #[must_use]
    pub fn remembering(mut self, other: &Self) -> Self {
        if other.person.id == self.person.id && other.browser == self.browser {
            if other.started_at > self.started_at {
                self.person = other.person.clone();
                self.started_at = other.started_at;
                self.expires_at = other.expires_at;
            }
            for piece in &other.evidence {
                let is_known =
                    |ours: &Evidence| ours.enrolment == piece.enrolment && ours.at >= piece.at;
                if !self.evidence.iter().any(is_known) {
                    self.evidence
                        .retain(|ours| ours.enrolment != piece.enrolment);
                    self.evidence.push(piece.clone());
                }
            }
        }
        self
    }

    /// For the store alone: when it was last used, as that is kept beside it.
    #[must_use]
    pub fn used(self, used_at: DateTime<Utc>) -> Self {
        Self { used_at, ..self }
    }

    /// What it is called.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.id
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

    /// When the upstream authenticated the person, as far as it says: earlier than [`started_at`](Self::started_at) where
    /// it knew them from a session of its own.
    #[must_use]
    pub fn authenticated_at(&self) -> DateTime<Utc> {
        let told = self.person.upstream_proof.authenticated_at;
        told.map_or(self.started_at, |told| told.min(self.started_at))
    }

    /// The last use.
    #[must_use]
    pub fn used_at(&self) -> DateTime<Utc> {
        self.used_at
    }

    /// When it ends, however much it is used, by the limits that held when it began.
    #[must_use]
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// Is it not over? The one answer, by the limits that hold now and by those that held when it began: for whoever
    /// comes by it to an application, and for the access tokens that rest on it. The account page asks for shorter limits,
    /// by which it does not count there, and is not over.
    ///
    /// To be over is not to be ended: nobody is told of it until the session is ended, or cleared away, since the same
    /// person may come again and go on with it.
    ///
    /// # Errors
    /// [`SessionOver`], for good: what is over does not last again, unless the limits are raised.
    pub fn lasts(&self, limits: Limits, now: DateTime<Utc>) -> Result<(), SessionOver> {
        // What was used ahead of now has no age that could be told.
        if now >= self.oldest(limits) || self.used_at - now > AHEAD {
            Err(SessionOver::TooOld)
        } else if now - self.used_at >= limits.idle {
            Err(SessionOver::Idle)
        } else {
            Ok(())
        }
    }

    /// When it will be over, if nobody uses it any more.
    #[must_use]
    pub fn ends_at(&self, limits: Limits) -> DateTime<Utc> {
        self.oldest(limits).min(self.used_at + limits.idle)
    }

    /// The session as it may be used now, in this browser, within these limits.
    ///
    /// # Errors
    /// [`SessionOver`].
    pub fn live(
        self,
        browser: BrowserKey,
        limits: Limits,
        now: DateTime<Utc>,
    ) -> Result<Live, SessionOver> {
        if self.browser != browser {
            return Err(SessionOver::OtherBrowser);
        }
        self.lasts(limits, now)?;
        Ok(Live(self))
    }

    fn oldest(&self, limits: Limits) -> DateTime<Utc> {
        self.expires_at.min(self.started_at + limits.absolute)
    }
}

impl Live {
    /// It.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.0
    }

    /// The session, which was live when it was looked at.
    #[must_use]
    pub fn into_session(self) -> Session {
        self.0
    }
}

#[cfg(test)]
impl Session {
    /// For tests of what comes later: one that no grant began.
    pub(crate) fn of(
        person: Person,
        browser: BrowserKey,
        evidence: Vec<Evidence>,
        started_at: DateTime<Utc>,
    ) -> Self {
        Self {
            id: SessionId::from_bytes([6; 16]),
            key: SessionKey([1; 32]),
            browser,
            person,
            evidence,
            started_at,
            used_at: started_at,
            expires_at: started_at + Limits::USUAL.absolute,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{BROWSER, at, evidence, session};

    #[test]
    fn wa_02_a_session_is_live_in_its_browser_and_for_its_time() {
        let (ours, other) = (BROWSER, BrowserKey([3; 32]));
        let minutes = |minutes: i64| at(minutes * 60);
        let used = |minutes: i64| session(vec![], 0).used(at(minutes * 60));
        let (account, usual) = (Limits::ACCOUNT, Limits::USUAL);
        let table = [
            (account, used(0), ours, minutes(14), Ok(())),
            (
                account,
                used(0),
                other,
                minutes(1),
                Err(SessionOver::OtherBrowser),
            ),
            (account, used(0), ours, minutes(15), Err(SessionOver::Idle)),
            (account, used(50), ours, minutes(59), Ok(())),
            (
                account,
                used(59),
                ours,
                minutes(60),
                Err(SessionOver::TooOld),
            ),
            (usual, used(0), ours, minutes(59), Ok(())),
            (usual, used(0), ours, minutes(60), Err(SessionOver::Idle)),
            (usual, used(719), ours, minutes(719), Ok(())),
            (
                usual,
                used(719),
                ours,
                minutes(720),
                Err(SessionOver::TooOld),
            ),
        ];
        for (limits, session, browser, now, expect) in table {
            let ends = session.ends_at(limits);
            if browser == ours {
                // One answer, in two ways of asking.
                assert_eq!(session.lasts(limits, now), expect, "{now}");
                assert_eq!(now < ends, expect.is_ok(), "{now}");
            }
            assert_eq!(
                session.live(browser, limits, now).map(|_| ()),
                expect,
                "{now}"
            );
        }
    }

    #[test]
    fn of_two_passings_of_the_first_door_the_later_one_stays() {
        let older = session(vec![evidence(1, "totp", 5)], 0);
        let mut newer = session(vec![evidence(2, "webauthn", 70)], 60);
        newer.person.upstream_proof.session = Some("the later one".to_owned());
        for (one, other) in [(&older, &newer), (&newer, &older)] {
            let both = one.clone().remembering(other);
            assert_eq!(both.person, newer.person);
            assert_eq!(both.started_at, newer.started_at);
            assert_eq!(both.expires_at, newer.expires_at);
            assert_eq!(both.evidence.len(), 2, "proofs of both count");
        }
        let mut elsewhere = newer.clone();
        elsewhere.browser = BrowserKey([3; 32]);
        assert_eq!(older.clone().remembering(&elsewhere), older);
    }

    #[test]
    fn wa_02_longer_limits_make_no_session_longer_that_began_before() {
        let longer = Limits {
            absolute: Limits::LONGEST,
            ..Limits::USUAL
        };
        let used = session(vec![], 0).used(at(720 * 60));
        let live = used.live(BROWSER, longer, at(720 * 60));
        assert_eq!(live, Err(SessionOver::TooOld));
    }

    #[test]
    fn ft_06_a_clock_that_was_set_back_makes_no_session_younger() {
        let live = |now| session(vec![], 3600).live(BROWSER, Limits::USUAL, at(now));
        assert_eq!(live(0), Err(SessionOver::TooOld));
        assert_eq!(live(3600 - 121), Err(SessionOver::TooOld));
        assert!(live(3600 - 120).is_ok());
    }
}
