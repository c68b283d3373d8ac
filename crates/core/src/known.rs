//! From where the password of a local account was right not long ago.
//!
//! Owns what is remembered of that, how long, and of how many sources. Does not own what follows from it
//! ([`ThrottleKey::of_password`](crate::throttle::ThrottleKey::of_password)), nor the rows: a store keeps those.
//!
//! **Invariant:** to be known opens nothing. It only keeps out of an attempt's way what strangers did elsewhere; the
//! attempts from the source itself are counted all the same (attack row MF-25).

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{id::UpstreamId, identity::Username, throttle::source};

/// A source, as one local account sees it. What counts as one source says [`source`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSource {
    upstream: UpstreamId,
    name: Username,
    address: IpAddr,
}

impl KnownSource {
    /// So many sources of one account are remembered, the latest.
    pub const MOST: usize = 32;
    /// So long after the password was right there the last time.
    pub const REMEMBERED: TimeDelta = TimeDelta::days(30);

    /// The source behind this address, for this account.
    #[must_use]
    pub fn new(upstream: UpstreamId, name: Username, address: IpAddr) -> Self {
        Self {
            upstream,
            name,
            address,
        }
    }

    /// The account as a store keeps it.
    #[must_use]
    pub fn account_key(upstream: &UpstreamId, name: &Username) -> String {
        format!("known:{upstream}/{name}")
    }

    /// The account that knows it, as a store keeps it.
    #[must_use]
    pub fn account(&self) -> String {
        Self::account_key(&self.upstream, &self.name)
    }

    /// The key as a store keeps it. The account is part of it, so that nobody can see who shares an address.
    #[must_use]
    pub fn key(&self) -> String {
        let (upstream, name) = (&self.upstream, &self.name);
        format!("known_from:{}:{upstream}/{name}", source(self.address))
    }

    /// The password was right there just now.
    pub fn remembered(self, now: DateTime<Utc>) -> Remembered {
        Remembered {
            until: now + Self::REMEMBERED,
            source: self,
        }
    }
}

/// A source that is to be known for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "what is not committed is not remembered"]
pub struct Remembered {
    /// Which.
    pub source: KnownSource,
    /// From then on it is forgotten.
    pub until: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str, address: &str) -> KnownSource {
        KnownSource::new(
            UpstreamId::new("local").unwrap(),
            Username::typed(name).unwrap(),
            address.parse().unwrap(),
        )
    }

    #[test]
    fn a_source_is_known_to_one_account_by_its_network() {
        let home = known("alice", "2001:db8::1");
        assert_eq!(home.key(), known("Alice", "2001:db8::2").key());
        for other in [
            known("alice", "2001:db8:0:1::1"),
            known("bob", "2001:db8::1"),
        ] {
            assert_ne!(home.key(), other.key(), "{other:?}");
        }
        assert_eq!(home.account(), known("alice", "192.0.2.1").account());
        assert_ne!(home.account(), known("bob", "2001:db8::1").account());
    }

    #[test]
    fn it_is_remembered_for_thirty_days_from_the_last_time() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let until = known("alice", "192.0.2.1").remembered(now).until;
        assert_eq!(until - now, TimeDelta::days(30));
    }
}
