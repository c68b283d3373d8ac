//! How often a wrong answer may be given: per account and per source, over all factors.
//!
//! Owns the rules and their arithmetic. Does not count by itself: a store keeps one [`Tally`] per key and calls
//! [`Tally::charge`] inside a transaction, *before* the answer is checked, so that parallel guesses are all counted
//! (attack row MF-24).

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    id::UpstreamId,
    identity::{PersonId, Username},
};

/// What is counted apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ThrottleKey {
    /// Second factors of one person, all of them together.
    Factors(PersonId),
    /// The password of one local account, from everywhere.
    Password(UpstreamId, Username),
    /// The password of one local account, from one source.
    PasswordFrom(UpstreamId, Username, IpAddr),
    /// Everything from one source.
    Source(IpAddr),
}

impl ThrottleKey {
    /// The key as a store keeps it: purpose first, so that keys of two purposes never meet.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Factors(person) => format!("factors:{person}"),
            Self::Password(upstream, user) => format!("password:{upstream}/{user}"),
            Self::PasswordFrom(upstream, user, address) => {
                format!("password_from:{}:{upstream}/{user}", source(*address))
            }
            Self::Source(address) => format!("source:{}", source(*address)),
        }
    }

    /// The rules that hold for this kind of key.
    #[must_use]
    pub fn rules(&self) -> Rules {
        match self {
            Self::Factors(_) => Rules::ACCOUNT,
            Self::Password(..) => Rules::PASSWORD,
            Self::PasswordFrom(..) => Rules::PASSWORD_FROM,
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

/// When waiting begins and when it never ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Failures in a row that cost nothing.
    pub free: u32,
    /// The first wait; it doubles with each further failure.
    pub first_wait: TimeDelta,
    /// The longest wait.
    pub longest_wait: TimeDelta,
    /// Failures in a row after which only an administrator helps; `None`: never.
    pub lock_after: Option<u32>,
    /// After this long without an attempt the count begins anew; `None`: only a success resets it.
    pub forget_after: Option<TimeDelta>,
}

impl Rules {
    /// Five free failures, then 30 s doubling to 1 h, locked after 100 in a row (NIST SP 800-63B-4 section 3.2.2).
    pub const ACCOUNT: Self = Self {
        free: 5,
        first_wait: TimeDelta::seconds(30),
        longest_wait: TimeDelta::hours(1),
        lock_after: Some(100),
        forget_after: None,
    };

    /// From everywhere together: 100 free failures, then 5 s doubling to 1 min. Who has passed no door at all must not be
    /// able to keep the owner out (attack row MF-25), so this brake is loose, and it is never a lock.
    pub const PASSWORD: Self = Self {
        free: 100,
        first_wait: TimeDelta::seconds(5),
        longest_wait: TimeDelta::minutes(1),
        lock_after: None,
        forget_after: Some(TimeDelta::hours(24)),
    };

    /// From one source: five free failures, then 30 s doubling to 15 min. The owner elsewhere does not notice.
    pub const PASSWORD_FROM: Self = Self {
        free: 5,
        first_wait: TimeDelta::seconds(30),
        longest_wait: TimeDelta::minutes(15),
        lock_after: None,
        forget_after: Some(TimeDelta::hours(24)),
    };

    /// 50 free failures an hour, for offices behind one address; then 30 s doubling to 15 min; never locked, so that
    /// nobody can lock others out.
    pub const SOURCE: Self = Self {
        free: 50,
        first_wait: TimeDelta::seconds(30),
        longest_wait: TimeDelta::minutes(15),
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
    /// No: too many; only an administrator helps.
    Locked,
    /// No: not before then. Not counted.
    Wait(DateTime<Utc>),
}

impl Tally {
    /// Counts one attempt before it is checked. A success clears the tally in the transaction that decides.
    #[must_use]
    pub fn charge(self, now: DateTime<Utc>, rules: &Rules) -> (Self, Charge) {
        let tally = self.without_the_forgotten(now, rules);
        match tally.verdict(now, rules) {
            Charge::Go => (
                Self {
                    failures: tally.failures.saturating_add(1),
                    last: Some(now),
                },
                Charge::Go,
            ),
            refused => (tally, refused),
        }
    }

    /// After a success: an account begins anew, a source gets this one attempt back. A person who proves their own
    /// factor must not wipe out the guesses made from the same address on others.
    #[must_use]
    pub fn absolved(self, key: &ThrottleKey) -> Self {
        match key {
            ThrottleKey::Factors(_) | ThrottleKey::Password(..) | ThrottleKey::PasswordFrom(..) => {
                Self::default()
            }
            ThrottleKey::Source(_) => Self {
                failures: self.failures.saturating_sub(1),
                ..self
            },
        }
    }

    /// What [`charge`](Self::charge) would say, without counting.
    #[must_use]
    pub fn verdict(self, now: DateTime<Utc>, rules: &Rules) -> Charge {
        if rules.lock_after.is_some_and(|most| self.failures >= most) {
            return Charge::Locked;
        }
        let (Some(last), Some(over)) = (self.last, self.failures.checked_sub(rules.free)) else {
            return Charge::Go;
        };
        let wait = rules
            .first_wait
            .checked_mul(1_i32.checked_shl(over.min(20)).unwrap_or(i32::MAX));
        let until = last + wait.unwrap_or(rules.longest_wait).min(rules.longest_wait);
        // A clock that was set back must not lengthen the wait beyond the longest one.
        if now < until && until - now <= rules.longest_wait {
            Charge::Wait(until)
        } else {
            Charge::Go
        }
    }

    fn without_the_forgotten(self, now: DateTime<Utc>, rules: &Rules) -> Self {
        match (self.last, rules.forget_after) {
            (Some(last), Some(after)) if now - last >= after => Self::default(),
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn mf_24_five_are_free_then_waits_double() {
        let mut tally = Tally::default();
        let mut now = at(0);
        for _ in 0..5 {
            let (next, charge) = tally.charge(now, &Rules::ACCOUNT);
            assert_eq!(charge, Charge::Go);
            tally = next;
        }
        for expected in [30, 60, 120, 240] {
            assert_eq!(
                tally.charge(now, &Rules::ACCOUNT),
                (tally, Charge::Wait(now + TimeDelta::seconds(expected)))
            );
            now += TimeDelta::seconds(expected);
            let (next, charge) = tally.charge(now, &Rules::ACCOUNT);
            assert_eq!(charge, Charge::Go);
            tally = next;
        }
    }

    #[test]
    fn mf_24_a_hundred_in_a_row_lock_however_slow() {
        let mut tally = Tally::default();
        for attempt in 0..100 {
            let (next, charge) = tally.charge(at(attempt * 4000), &Rules::ACCOUNT);
            assert_eq!(charge, Charge::Go, "attempt {attempt}");
            tally = next;
        }
        assert_eq!(
            tally.charge(at(4_000_000), &Rules::ACCOUNT).1,
            Charge::Locked
        );
    }

    #[test]
    fn mf_25_a_password_is_never_locked_from_outside() {
        let password = ThrottleKey::Password(
            UpstreamId::new("local").unwrap(),
            Username::typed("alice").unwrap(),
        );
        let tally = Tally {
            failures: 10_000,
            last: Some(at(0)),
        };
        assert!(
            matches!(tally.charge(at(1), &password.rules()).1, Charge::Wait(until) if until <= at(60))
        );
        assert_eq!(tally.charge(at(61), &password.rules()).1, Charge::Go);
    }

    #[test]
    fn mf_25_a_source_is_never_locked_and_is_forgotten_after_an_hour() {
        let tally = Tally {
            failures: 10_000,
            last: Some(at(0)),
        };
        assert!(
            matches!(tally.charge(at(1), &Rules::SOURCE).1, Charge::Wait(until) if until <= at(900))
        );
        assert_eq!(
            tally.charge(at(3600), &Rules::SOURCE),
            (
                Tally {
                    failures: 1,
                    last: Some(at(3600))
                },
                Charge::Go
            )
        );
    }

    #[test]
    fn mf_26_a_success_clears_the_account_and_gives_the_source_one_attempt_back() {
        let tally = Tally {
            failures: 4,
            last: Some(at(0)),
        };
        let person = PersonId::new(UpstreamId::new("adfs").unwrap(), "alice");
        assert_eq!(
            tally.absolved(&ThrottleKey::Factors(person)),
            Tally::default()
        );
        assert_eq!(
            tally
                .absolved(&ThrottleKey::Source("203.0.113.1".parse().unwrap()))
                .failures,
            3
        );
    }

    #[test]
    fn a_clock_set_back_a_day_does_not_lock_anybody_out() {
        let tally = Tally {
            failures: 6,
            last: Some(at(86_400)),
        };
        assert_eq!(tally.verdict(at(0), &Rules::ACCOUNT), Charge::Go);
    }

    #[test]
    fn ipv6_sources_count_by_their_64() {
        let name = |address: &str| ThrottleKey::Source(address.parse().unwrap()).name();
        assert_eq!(name("2001:db8::1"), name("2001:db8::ffff:2"));
        assert_ne!(name("2001:db8::1"), name("2001:db8:0:1::1"));
    }
}
