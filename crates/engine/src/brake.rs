//! What a source may ask of us before anybody is known: how many logins it opens, and how many refused messages of it are
//! written down (attack row WA-21).
//!
//! Owns two rates per source, in the memory of this node. They bound floods, not guesses: those are counted in the store
//! ([`vestibule_core::throttle`]). What is remembered of sources is bounded too: when more of them come than can be
//! remembered, the new ones are one source.

use std::{
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use vestibule_core::throttle::source;

use crate::Visitor;

/// Logins that one source opens: an office behind one address, all arriving at nine o'clock.
const OPENINGS: (u32, u32) = (20, 600);
/// Refused messages of one source that are written down; the log has the others.
const REFUSALS: (u32, u32) = (1, 60);
/// How often what is idle is forgotten, in questions.
const FORGET_EVERY: u32 = 4096;
/// So many sources are remembered apart, some ten MiB.
const MOST_SOURCES: usize = 65_536;

/// The two rates.
pub(crate) struct Brake {
    openings: DefaultKeyedRateLimiter<String>,
    refusals: DefaultKeyedRateLimiter<String>,
    asked: AtomicU32,
    /// As many sources are remembered as may be.
    crowded: AtomicBool,
}

impl Brake {
    pub(crate) fn new() -> Self {
        let limiter = |rate| RateLimiter::keyed(quota(rate));
        Self {
            openings: limiter(OPENINGS),
            refusals: limiter(REFUSALS),
            asked: AtomicU32::new(0),
            crowded: AtomicBool::new(false),
        }
    }

    /// May this source open one more login now?
    pub(crate) fn opens(&self, visitor: Visitor) -> bool {
        self.asks(&self.openings, visitor)
    }

    /// Is one more refused message of this source written down?
    pub(crate) fn writes_down(&self, visitor: Visitor) -> bool {
        self.asks(&self.refusals, visitor)
    }

    fn asks(&self, limiter: &DefaultKeyedRateLimiter<String>, visitor: Visitor) -> bool {
        if self.asked.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.openings.retain_recent();
            self.refusals.retain_recent();
            let most = self.openings.len().max(self.refusals.len());
            self.crowded.store(most >= MOST_SOURCES, Ordering::Relaxed);
        }
        // Everybody whose address is unknown is one source.
        let address = visitor.address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let key = if self.crowded.load(Ordering::Relaxed) {
            String::new()
        } else {
            source(address)
        };
        limiter.check_key(&key).is_ok()
    }
}

/// So many a second, and so many at once.
fn quota((a_second, at_once): (u32, u32)) -> Quota {
    let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    Quota::per_second(at_least_one(a_second)).allow_burst(at_least_one(at_once))
}

#[cfg(test)]
mod tests {
    use vestibule_store::{MasterKey, StoreConfig, StoreUrl};

    use super::*;

    fn at(address: &str) -> Visitor {
        Visitor {
            browser: None,
            address: address.parse().ok(),
        }
    }

    #[test]
    fn wa_21_a_flood_of_one_source_is_stopped_and_another_source_is_not() {
        let brake = Brake::new();
        let let_in = (0..10_000)
            .filter(|_| brake.opens(at("203.0.113.1")))
            .count();
        assert!((600..2000).contains(&let_in), "{let_in}");
        assert!(brake.opens(at("203.0.113.2")));
    }

    /// However many come, and each at once with all that it may: what is remembered stays within its bound, and when they
    /// are gone, sources are told apart again.
    #[test]
    fn wa_21_no_flood_of_sources_fills_the_memory() {
        let brake = Brake::new();
        let source = |n: u32| at(&format!("2001:db8:{:x}:{:x}::1", n >> 16, n & 0xffff));
        for n in 0..150_000 {
            for _ in 0..2 {
                brake.writes_down(source(n));
            }
        }
        let most = MOST_SOURCES + FORGET_EVERY as usize;
        assert!(brake.refusals.len() <= most, "{}", brake.refusals.len());
        assert!(
            brake.opens(at("203.0.113.2")),
            "the crowd's own measure is not used up"
        );
    }

    /// With all that it may open, for as long as a login lasts, one source leaves most of the room to the others.
    #[test]
    fn wa_21_one_source_cannot_fill_the_room_for_all() {
        let (a_second, at_once) = OPENINGS;
        let lifetime = u32::try_from(vestibule_core::flow::LIFETIME.num_seconds()).unwrap();
        let open_at_most = at_once + a_second * lifetime;
        let url = StoreUrl::parse("sqlite::memory:").unwrap();
        let room = StoreConfig::new(url, MasterKey::from_bytes([7; 32])).most_open_logins;
        assert!(open_at_most * 5 <= room, "{open_at_most} of {room}");
    }

    #[test]
    fn wa_21_addresses_of_one_ipv6_network_and_unknown_ones_are_one_source_each() {
        for next in [
            |n: u32| format!("2001:db8::{n:x}"),
            |_| "unknown".to_owned(),
        ] {
            let brake = Brake::new();
            let written = (0..1000)
                .filter(|n| brake.writes_down(at(&next(*n))))
                .count();
            assert!((60..200).contains(&written), "{written}");
        }
    }
}
