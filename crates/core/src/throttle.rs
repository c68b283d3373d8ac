//! How often a wrong answer may be given, and how often we write to a person because of somebody's act: per account and
//! per source, over all factors.
//!
//! Owns the rules, which attempt is counted on what, and the arithmetic. Does not count by itself: a store keeps one
//! [`Tally`] per key and calls [`Tally::charge`] inside a transaction, *before* the answer is checked, so that parallel
//! guesses are all counted (attack row MF-24).

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    evidence::Strength,
    flow::LIFETIME,
    id::{AppId, LoginId, UpstreamId},
    identity::{PersonId, Username},
};

/// What is counted apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ThrottleKey {
    /// Wrong secrets of one application (`None`: of all that nobody knows), from one source (`None`: from all that are
    /// unclear). To be unknown is no way round the limit.
    ClientSecret(Option<AppId>, Option<IpAddr>),
    /// Second factors of one person that can be guessed, all of them together.
    Factors(PersonId),
    /// Notices to one person.
    Notices(PersonId),
    /// Notices because of what came from one source.
    NoticesFrom(IpAddr),
    /// The password of one local account, from everywhere.
    Password(UpstreamId, Username),
    /// The password of one local account, from one source.
    PasswordFrom(UpstreamId, Username, IpAddr),
    /// Answers of upstreams that were refused in logins that one source opened, whoever brought them.
    RefusedAnswers(IpAddr),
    /// Answers of upstreams that were refused in one login.
    RefusedAnswersIn(LoginId),
    /// Everything from one source.
    Source(IpAddr),
}

impl ThrottleKey {
    /// What an attempt at a person's factor is counted on. Where nothing can be guessed there is nothing to count on
    /// the person: a security key is never locked, and opens what guesses at codes have locked (attack rows MF-24,
    /// MF-25).
    #[must_use]
    pub fn of_attempt(strength: Strength, person: &PersonId, source: IpAddr) -> Vec<Self> {
        match strength {
            Strength::OneTimeCode => vec![Self::Factors(person.clone()), Self::Source(source)],
            Strength::PhishingResistant => vec![Self::Source(source)],
        }
    }

    /// What passing a factor settles. No factor is weaker than those that are counted, so each may settle them (attack
    /// row MF-26).
    #[must_use]
    pub fn of_success(person: &PersonId, source: IpAddr) -> Vec<Self> {
        vec![Self::Factors(person.clone()), Self::Source(source)]
    }

    /// What an attempt at the password of a local account is counted on. From a source where the password was right not
    /// long ago ([`KnownSource`](crate::known::KnownSource)) it is counted there alone, and what is counted from
    /// everywhere does not concern it: or else strangers could make the owner wait, for as long as they go on guessing
    /// (attack row MF-25).
    #[must_use]
    pub fn of_password(
        upstream: &UpstreamId,
        name: &Username,
        source: IpAddr,
        known: bool,
    ) -> Vec<Self> {
        let mut keys = vec![
            Self::PasswordFrom(upstream.clone(), name.clone(), source),
            Self::Source(source),
        ];
        if !known {
            keys.push(Self::Password(upstream.clone(), name.clone()));
        }
        keys
    }

    /// What the right password of a local account settles: all that an attempt can be counted on.
    #[must_use]
    pub fn of_right_password(upstream: &UpstreamId, name: &Username, source: IpAddr) -> Vec<Self> {
        Self::of_password(upstream, name, source, false)
    }

    /// What a notice is counted on.
    #[must_use]
    pub fn of_notice(person: &PersonId, source: IpAddr) -> Vec<Self> {
        vec![Self::Notices(person.clone()), Self::NoticesFrom(source)]
    }

    /// What a refused answer of an upstream is counted on. Not on who brought it: any page can have any browser bring
    /// junk for a login that somebody else began, and all behind the browser's address would wait (attack row MF-25).
    #[must_use]
    pub fn of_refused_answer(login: LoginId, opener: IpAddr) -> Vec<Self> {
        vec![Self::RefusedAnswersIn(login), Self::RefusedAnswers(opener)]
    }

    /// The tally that this one goes with when an administrator forgives an account: what was counted on a password
    /// from one source goes with what was counted on it from everywhere.
    #[must_use]
    pub fn goes_with(&self) -> Option<Self> {
        match self {
            Self::PasswordFrom(upstream, name, _) => {
                Some(Self::Password(upstream.clone(), name.clone()))
            }
            Self::ClientSecret(..)
            | Self::Factors(_)
            | Self::Notices(_)
            | Self::NoticesFrom(_)
            | Self::Password(..)
            | Self::RefusedAnswers(_)
            | Self::RefusedAnswersIn(_)
            | Self::Source(_) => None,
        }
    }

    /// The key as a store keeps it: purpose first, so that keys of two purposes never meet.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::ClientSecret(app, address) => {
                // Neither is the name of anything.
                let app = app.as_ref().map_or("?", AppId::as_str);
                let source = address.map_or_else(|| "?".to_owned(), source);
                format!("client_secret:{source}:{app}")
            }
            Self::Factors(person) => format!("factors:{person}"),
            Self::Notices(person) => format!("notices:{person}"),
            Self::NoticesFrom(address) => format!("notices_from:{}", source(*address)),
            Self::Password(upstream, user) => format!("password:{upstream}/{user}"),
            Self::PasswordFrom(upstream, user, address) => {
                format!("password_from:{}:{upstream}/{user}", source(*address))
            }
            Self::RefusedAnswers(address) => format!("refused_answers:{}", subscriber(*address)),
            Self::RefusedAnswersIn(login) => format!("refused_answers_in:{login}"),
            Self::Source(address) => format!("source:{}", subscriber(*address)),
        }
    }

    /// The rules that hold for this kind of key.
    #[must_use]
    pub fn rules(&self) -> Rules {
        match self {
            Self::ClientSecret(..) => Rules::CLIENT_SECRET,
            Self::Factors(_) => Rules::FACTORS,
            Self::Notices(_) => Rules::NOTICES,
            Self::NoticesFrom(_) => Rules::NOTICES_FROM,
            Self::Password(..) => Rules::PASSWORD,
            Self::PasswordFrom(..) => Rules::PASSWORD_FROM,
            Self::RefusedAnswers(_) => Rules::REFUSED_ANSWERS,
            Self::RefusedAnswersIn(_) => Rules::REFUSED_ANSWERS_IN,
            Self::Source(_) => Rules::SOURCE,
        }
    }
}

/// What counts as one source: an IPv4 address, or an IPv6 network of 64 bits.
#[must_use]
pub fn source(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// What counts as one subscriber, where whoever has several networks must not begin anew in each: an IPv4 address, or
/// an IPv6 network of 56 bits, as a household or an office gets (RIPE-690).
fn subscriber(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{:x}::/56", d & 0xff00)
        }
    }
}

/// When waiting begins and when it never ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Failures in a row that cost nothing.
    pub free: u32,
    /// The first wait; it doubles with each further failure.
    pub first_wait: TimeDelta,
    /// The longest wait.
    pub longest_wait: TimeDelta,
    /// Failures in a row of which the owner should know; `None`: of none.
    pub warn_at: Option<u32>,
    /// Failures in a row after which only an administrator or a stronger factor helps; `None`: never.
    pub lock_after: Option<u32>,
    /// After this long without an attempt the count begins anew; `None`: only a success resets it.
    pub forget_after: Option<TimeDelta>,
}

impl Rules {
    /// 20 wrong secrets, then one after 1 s, doubling to 1 min. A secret is far too long to be guessed at any rate: this
    /// keeps a program that goes on with a wrong one from filling what is written down. It is short, so that nobody waits
    /// for long once the secret was put right, and never a lock.
    pub const CLIENT_SECRET: Self = Self {
        free: 20,
        first_wait: TimeDelta::seconds(1),
        longest_wait: TimeDelta::minutes(1),
        warn_at: None,
        lock_after: None,
        forget_after: Some(TimeDelta::hours(1)),
    };

    /// Five free failures, then 30 s doubling to 1 h, locked after 100 in a row (NIST SP 800-63B-4 section 3.2.2). The
    /// owner hears of the twentieth, which nobody reaches by mistyping, and of the last.
    pub const FACTORS: Self = Self {
        free: 5,
        first_wait: TimeDelta::seconds(30),
        longest_wait: TimeDelta::hours(1),
        warn_at: Some(20),
        lock_after: Some(100),
        forget_after: None,
    };

    /// Ten notices at once, then one after 10 min, doubling to 6 h: mail that somebody causes must not bury the one
    /// that matters.
    pub const NOTICES: Self = Self {
        free: 10,
        first_wait: TimeDelta::minutes(10),
        longest_wait: TimeDelta::hours(6),
        warn_at: None,
        lock_after: None,
        forget_after: Some(TimeDelta::hours(24)),
    };

    /// 60 notices at once for an office behind one address, then one after 1 min, doubling to 1 h.
    pub const NOTICES_FROM: Self = Self {
        free: 60,
        first_wait: TimeDelta::minutes(1),
        longest_wait: TimeDelta::hours(1),
        warn_at: None,
        lock_after: None,
        forget_after: Some(TimeDelta::hours(1)),
    };

    /// From everywhere together: 100 free failures, then 5 s doubling to 1 min. Who has passed no door at all must not
    /// be able to keep the owner out (attack row MF-25), so this brake is loose, and it is never a lock.
    pub const PASSWORD: Self = Self {
        free: 100,
        first_wait: TimeDelta::seconds(5),
        longest_wait: TimeDelta::minutes(1),
        warn_at: None,
        lock_after: None,
        forget_after: Some(TimeDelta::hours(24)),
    };

    /// From one source: five free failures, then 30 s doubling to 15 min. The owner elsewhere does not notice.
    pub const PASSWORD_FROM: Self = Self {
        free: 5,
        first_wait: TimeDelta::seconds(30),
        longest_wait: TimeDelta::minutes(15),
        warn_at: None,
        lock_after: None,
        forget_after: Some(TimeDelta::hours(24)),
    };

    /// 20 refused answers, then a minute in which no login of that source has one judged, and the count begins anew.
    /// Enough for an office whose provider has a bad morning; too few to learn anything from how a changed ciphertext
    /// fails, or from how long that takes (attack row SI-76).
    pub const REFUSED_ANSWERS: Self = Self {
        free: 20,
        first_wait: TimeDelta::minutes(1),
        longest_wait: TimeDelta::minutes(1),
        warn_at: None,
        lock_after: None,
        forget_after: Some(TimeDelta::minutes(1)),
    };

    /// A login ends with the twentieth, wherever it was opened. It is over before the count is forgotten.
    pub const REFUSED_ANSWERS_IN: Self = Self {
        free: 20,
        first_wait: TimeDelta::minutes(1),
        longest_wait: TimeDelta::minutes(1),
        warn_at: None,
        lock_after: Some(20),
        forget_after: Some(LIFETIME),
    };

    /// 50 free failures an hour, for offices behind one address; then 30 s doubling to 15 min; never locked, so that
    /// nobody can lock others out.
    pub const SOURCE: Self = Self {
        free: 50,
        first_wait: TimeDelta::seconds(30),
        longest_wait: TimeDelta::minutes(15),
        warn_at: None,
        lock_after: None,
        forget_after: Some(TimeDelta::hours(1)),
    };
}

/// Attempts of one key since the last success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Attempts in a row that were charged and not cleared by a success.
    pub failures: u32,
    /// The last of them.
    pub last: Option<DateTime<Utc>>,
}

/// May the answer be checked?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charge {
    /// Yes, and the attempt is counted already.
    Go,
    /// The same; and if it fails, the owner is to be told. Of all attempts in a row, one says so.
    GoAndTell(Alarm),
    /// No: too many; only an administrator or a stronger factor helps.
    Locked,
    /// No: not before then. Not counted.
    Wait(DateTime<Utc>),
}

/// What an owner is told about attempts at their account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// So many failed that it is no mistyping.
    Guessing,
    /// That was the last one.
    Locked,
}

impl Charge {
    /// The attempt was counted, and may be judged.
    #[must_use]
    pub fn goes(self) -> bool {
        matches!(self, Self::Go | Self::GoAndTell(_))
    }
}

impl Tally {
    /// Counts one attempt before it is checked. A success clears the tally in the transaction that decides.
    #[must_use]
    pub fn charge(self, now: DateTime<Utc>, rules: &Rules) -> (Self, Charge) {
        let tally = self.without_the_forgotten(now, rules);
        if let Some(refused) = tally.refusal(now, rules) {
            return (tally, refused);
        }
        let failures = tally.failures.saturating_add(1);
        let charge = match Some(failures) {
            last if last == rules.lock_after => Charge::GoAndTell(Alarm::Locked),
            many if many == rules.warn_at => Charge::GoAndTell(Alarm::Guessing),
            _ => Charge::Go,
        };
        let last = Some(now);
        (Self { failures, last }, charge)
    }

    /// What [`charge`](Self::charge) would say, without counting.
    #[must_use]
    pub fn verdict(self, now: DateTime<Utc>, rules: &Rules) -> Charge {
        let (_counted, charge) = self.charge(now, rules);
        charge
    }

    /// After a success: an account begins anew, a source gets this one attempt back. A person who proves their own
    /// factor must not wipe out the guesses made from the same address on others.
    #[must_use]
    pub fn absolved(self, key: &ThrottleKey) -> Self {
        match key {
            ThrottleKey::ClientSecret(..)
            | ThrottleKey::Factors(_)
            | ThrottleKey::Password(..)
            | ThrottleKey::PasswordFrom(..) => Self::default(),
            // A notice that was sent was sent; a good answer does not unsay a bad one.
            ThrottleKey::Notices(_)
            | ThrottleKey::NoticesFrom(_)
            | ThrottleKey::RefusedAnswers(_)
            | ThrottleKey::RefusedAnswersIn(_) => self,
            ThrottleKey::Source(_) => Self {
                failures: self.failures.saturating_sub(1),
                ..self
            },
        }
    }

    /// Why no further attempt may be made now; `None` if one may.
    fn refusal(self, now: DateTime<Utc>, rules: &Rules) -> Option<Charge> {
        if rules.lock_after.is_some_and(|most| self.failures >= most) {
            return Some(Charge::Locked);
        }
        let (last, over) = (self.last?, self.failures.checked_sub(rules.free)?);
        let wait = rules
            .first_wait
            .checked_mul(1_i32.checked_shl(over.min(20)).unwrap_or(i32::MAX));
        let until = last + wait.unwrap_or(rules.longest_wait).min(rules.longest_wait);
        // A clock that was set back must not lengthen the wait beyond the longest one.
        let waits = now < until && until - now <= rules.longest_wait;
        waits.then_some(Charge::Wait(until))
    }

    fn without_the_forgotten(self, now: DateTime<Utc>, rules: &Rules) -> Self {
        match (self.last, rules.forget_after) {
            (Some(last), Some(after)) if now - last >= after => Self::default(),
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests;
