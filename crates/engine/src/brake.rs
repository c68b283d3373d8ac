//! What a source may ask of us before anybody is known: how many logins it opens, or has sent to an upstream anew, how
//! many logouts of it are kept, and how many refused messages of it are written down (attack row WA-21).
//!
//! Owns three rates per source, one of all sources together, and one per person who is signed in, in the memory of this
//! node. They bound floods, not guesses: those are counted in the store ([`vestibule_core::throttle`]). What is
//! remembered of sources is bounded too: when more of them come than can be remembered, the new ones are one source.
//!
//! **Invariant:** no stranger uses up what is left to somebody whose browser shows that they are signed in.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
};

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use vestibule_core::{identity::PersonId, session::Live};

use crate::Visitor;

/// How often something may be asked.
#[derive(Debug, Clone, Copy)]
struct Rate {
    /// So often at once, by who did not ask for a while.
    at_once: u32,
    again: Again,
}

/// How often again, once that is used up.
#[derive(Debug, Clone, Copy)]
enum Again {
    AMinute(u32),
    ASecond(u32),
}

/// Logins that one IPv4 address opens, an office all arriving at nine o'clock, and its network. The narrower is asked
/// first: a flood of one address does not use up what its neighbours have together.
const OPENINGS_V4: [(u32, Rate); 2] = [
    (32, Rate::at_once(600, Again::ASecond(20))),
    (24, Rate::at_once(1200, Again::ASecond(40))),
];
/// The same for IPv6, where one subscriber has a network of 64, 56 or 48 bits.
const OPENINGS_V6: [(u32, Rate); 3] = [
    (64, Rate::at_once(300, Again::ASecond(10))),
    (56, Rate::at_once(450, Again::ASecond(15))),
    (48, Rate::at_once(600, Again::ASecond(20))),
];
/// Refused messages of one source that are written down; the log has the others. One source is an IPv4 address, or an
/// IPv6 network of 56 bits.
const REFUSALS: Rate = Rate::at_once(60, Again::ASecond(1));
/// Logouts of one source that are kept until its browser is back, or somebody says yes; each is kept for ten minutes. Of
/// their own, so that a page which sends browsers here to sign out keeps nobody from coming in.
const PARKED: Rate = Rate::at_once(120, Again::ASecond(2));
/// The same of the network around it, 24 bits of IPv4 and 48 of IPv6: one subscriber with a large network leaves the
/// others most of what all have together.
const PARKED_BY_NETWORK: Rate = Rate::at_once(240, Again::ASecond(4));
/// The same of all sources together, at this node: some ten thousand rows at most, of a few KiB each.
const PARKED_BY_ALL: Rate = Rate::at_once(4000, Again::ASecond(10));
/// Logouts of one person that are kept until they say yes, where the browser shows a live session of theirs: eighty rows
/// at most. They count here alone, so that no stranger uses them up.
const PARKED_BY_PERSON: Rate = Rate::at_once(20, Again::AMinute(6));
/// How often what is idle is forgotten, in questions.
const FORGET_EVERY: u32 = 4096;
/// So many sources, or people, are remembered apart in each measure, some ten MiB.
const MOST_REMEMBERED: usize = 65_536;

/// The rates.
pub(crate) struct Brake {
    openings_v4: [OfNetworks; 2],
    openings_v6: [OfNetworks; 3],
    refusals_v4: OfNetworks,
    refusals_v6: OfNetworks,
    parked_v4: [OfNetworks; 2],
    parked_v6: [OfNetworks; 2],
    parked_by_all: DefaultDirectRateLimiter,
    parked_by_person: Measure<PersonId>,
}

/// One rate, for each network of so many bits.
struct OfNetworks {
    bits: u32,
    measure: Measure<IpAddr>,
}

/// One rate, for each of these.
struct Measure<K: Clone + Eq + Hash> {
    /// `None`: all who cannot be told apart.
    limiter: DefaultKeyedRateLimiter<Option<K>>,
    asked: AtomicU32,
    /// As many are remembered as may be.
    crowded: AtomicBool,
}

impl Brake {
    pub(crate) fn new() -> Self {
        Self {
            openings_v4: OPENINGS_V4.map(OfNetworks::new),
            openings_v6: OPENINGS_V6.map(OfNetworks::new),
            refusals_v4: OfNetworks::new((32, REFUSALS)),
            refusals_v6: OfNetworks::new((56, REFUSALS)),
            parked_v4: [(32, PARKED), (24, PARKED_BY_NETWORK)].map(OfNetworks::new),
            parked_v6: [(56, PARKED), (48, PARKED_BY_NETWORK)].map(OfNetworks::new),
            parked_by_all: RateLimiter::direct(PARKED_BY_ALL.quota()),
            parked_by_person: Measure::new(PARKED_BY_PERSON),
        }
    }

    /// May this source open one more login now?
    pub(crate) fn opens(&self, visitor: Visitor) -> bool {
        let address = address(visitor);
        let measures: &[OfNetworks] = match address {
            IpAddr::V4(_) => &self.openings_v4,
            IpAddr::V6(_) => &self.openings_v6,
        };
        let widest = measures.len().saturating_sub(1);
        // Who fills a narrow measure with the addresses of one network is left to the wider ones: so nobody else is
        // lumped together with them.
        measures.iter().enumerate().all(|(number, measure)| {
            measure.is_crowded() && number < widest || measure.allows(address)
        })
    }

    /// May this source, where nobody is known to be signed in, have one more logout kept?
    pub(crate) fn parks(&self, visitor: Visitor) -> bool {
        let address = address(visitor);
        let measures = match address {
            IpAddr::V4(_) => &self.parked_v4,
            IpAddr::V6(_) => &self.parked_v6,
        };
        measures.iter().all(|measure| measure.allows(address)) && self.parked_by_all.check().is_ok()
    }

    /// May this person, who is signed in, have one more logout kept?
    pub(crate) fn parks_for(&self, live: &Live) -> bool {
        self.parked_by_person
            .allows(live.session().person().id.clone())
    }

    /// Is one more refused message of this source written down?
    pub(crate) fn writes_down(&self, visitor: Visitor) -> bool {
        let address = address(visitor);
        match address {
            IpAddr::V4(_) => self.refusals_v4.allows(address),
            IpAddr::V6(_) => self.refusals_v6.allows(address),
        }
    }
}

impl OfNetworks {
    fn new((bits, rate): (u32, Rate)) -> Self {
        Self {
            bits,
            measure: Measure::new(rate),
        }
    }

    fn allows(&self, address: IpAddr) -> bool {
        self.measure.allows(network(address, self.bits))
    }

    /// Networks that come new are not told apart.
    fn is_crowded(&self) -> bool {
        self.measure.is_crowded()
    }
}

impl<K: Clone + Eq + Hash> Measure<K> {
    fn new(rate: Rate) -> Self {
        Self {
            limiter: RateLimiter::keyed(rate.quota()),
            asked: AtomicU32::new(0),
            crowded: AtomicBool::new(false),
        }
    }

    fn allows(&self, who: K) -> bool {
        let apart = !self.is_crowded();
        self.limiter.check_key(&apart.then_some(who)).is_ok()
    }

    fn is_crowded(&self) -> bool {
        if self.asked.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.limiter.retain_recent();
            let crowded = self.limiter.len() >= MOST_REMEMBERED;
            self.crowded.store(crowded, Ordering::Relaxed);
        }
        self.crowded.load(Ordering::Relaxed)
    }
}

impl Rate {
    const fn at_once(at_once: u32, again: Again) -> Self {
        Self { at_once, again }
    }

    fn quota(self) -> Quota {
        let again = match self.again {
            Again::AMinute(times) => Quota::per_minute(at_least_one(times)),
            Again::ASecond(times) => Quota::per_second(at_least_one(times)),
        };
        again.allow_burst(at_least_one(self.at_once))
    }
}

fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

/// Everybody whose address is unknown is one source.
fn address(visitor: Visitor) -> IpAddr {
    let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    visitor.address.unwrap_or(unknown).to_canonical()
}

/// The network of so many bits that an address is in.
fn network(address: IpAddr, bits: u32) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.unbounded_shl(u32::BITS.saturating_sub(bits));
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.unbounded_shl(u128::BITS.saturating_sub(bits));
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use vestibule_store::{MasterKey, StoreConfig, StoreUrl};

    use super::*;

    fn at(address: &str) -> Visitor {
        Visitor {
            browser: None,
            session: None,
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

    #[test]
    fn wa_21_logouts_that_are_kept_have_bounds_of_their_own() {
        let brake = Brake::new();
        let kept = (0..10_000)
            .filter(|_| brake.parks(at("203.0.113.1")))
            .count();
        assert!((120..600).contains(&kept), "{kept}");
        assert!(brake.parks(at("203.0.113.2")), "another source");
        assert!(brake.opens(at("203.0.113.1")), "logins are counted apart");
        // Of both families in turn: what is kept is kept in one store.
        let source = |n: u32| match n % 2 {
            0 => at(&format!("198.51.{}.{}", n / 250, n % 250)),
            _ => at(&format!("2001:db8:{n:x}::1")),
        };
        let kept = (0..50_000).filter(|n| brake.parks(source(*n))).count();
        assert!(
            (3000..6000).contains(&kept),
            "{kept} of all sources together"
        );
    }

    #[test]
    fn wa_21_one_network_does_not_use_up_the_kept_logouts_of_all() {
        let networks: [fn(u32) -> String; 2] = [
            |n| format!("2001:db8:1:{:x}::1", (n % 256) << 8),
            |n| format!("203.0.113.{}", n % 256),
        ];
        for next in networks {
            let brake = Brake::new();
            let kept = (0..50_000).filter(|n| brake.parks(at(&next(*n)))).count();
            assert!((240..1000).contains(&kept), "{kept}");
            assert!(brake.parks(at("198.51.100.1")), "another network");
            assert!(brake.parks(at("2001:db8:2::1")), "another network");
        }
    }

    /// However many come, and each at once with all that it may: what is remembered stays within its bound, and when
    /// they are gone, sources are told apart again.
    #[test]
    fn wa_21_no_flood_of_sources_fills_the_memory() {
        let brake = Brake::new();
        let source = |n: u32| at(&format!("2001:db8:{:x}:{:x}::1", n >> 8, (n & 0xff) << 8));
        for n in 0..150_000 {
            for _ in 0..2 {
                brake.writes_down(source(n));
                brake.opens(source(n));
            }
        }
        let (most, kept) = (
            MOST_REMEMBERED + FORGET_EVERY as usize,
            brake.refusals_v6.measure.limiter.len(),
        );
        assert!(kept <= most, "{kept}");
        let kept = brake.openings_v6[0].measure.limiter.len();
        assert!(kept <= most, "{kept}");
        for other in ["203.0.113.2", "2001:db9::1"] {
            assert!(brake.opens(at(other)), "{other} is not of the crowd");
        }
    }

    /// With all that it may open, for as long as a login lasts, one subscriber leaves most of the room to the others.
    #[test]
    fn wa_21_one_source_cannot_fill_the_room_for_all() {
        let lifetime = u32::try_from(vestibule_core::flow::LIFETIME.num_seconds()).unwrap();
        let url = StoreUrl::parse("sqlite::memory:").unwrap();
        let room = StoreConfig::new(url, MasterKey::from_bytes([7; 32])).most_open_logins;
        for ((bits, rate), fifths) in [
            (OPENINGS_V4[0], 1),
            (OPENINGS_V4[1], 2),
            (OPENINGS_V6[2], 1),
        ] {
            let Again::ASecond(a_second) = rate.again else {
                panic!("{rate:?}")
            };
            let open_at_most = rate.at_once + a_second * lifetime;
            assert!(open_at_most * 5 <= room * fifths, "{bits}: {open_at_most}");
        }
    }

    /// An address for each number, how many logins they may open at once, and an address beside them.
    type Network = (fn(u32) -> String, u32, &'static str);

    /// Whoever has a whole network, and comes from another address each time, opens no more than the network may. Its
    /// neighbours do not notice.
    #[test]
    fn wa_21_a_whole_network_of_one_subscriber_is_one_source() {
        let networks: [Network; 4] = [
            (|n| format!("2001:db8:1:2::{n:x}"), 300, "2001:db8:1:3::1"),
            (
                |n| format!("2001:db8:1:{:x}::1", n % 256),
                450,
                "2001:db8:1:100::1",
            ),
            (
                |n| format!("2001:db8:1:{:x}::1", n << 2),
                600,
                "2001:db8:2::1",
            ),
            (|n| format!("203.0.113.{}", n % 256), 1200, "198.51.100.1"),
        ];
        for (next, most, neighbour) in networks {
            let brake = Brake::new();
            let opened = (0..10_000).filter(|n| brake.opens(at(&next(*n)))).count();
            // The time that the test takes allows some more.
            let most = most as usize;
            assert!((most..most * 2).contains(&opened), "{opened} of {most}");
            assert!(brake.opens(at(neighbour)), "{neighbour}");
        }
    }

    #[test]
    fn wa_21_addresses_of_one_ipv6_network_and_unknown_ones_are_one_source_each() {
        for next in [
            |n: u32| format!("2001:db8::{n:x}"),
            |n| format!("2001:db8:0:{:x}::1", n % 256),
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
