//! Where a request comes from: the client's address behind trusted proxies, and the named networks that hold it.
//!
//! Owns the reading of forwarding headers. Anything unclear means "no known address"; what follows from that, policy
//! decides (invariant 4).

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use ipnet::IpNet;

use crate::id::NetworkId;

/// The most trusted proxies that may stand one behind the other.
const MOST_HOPS: usize = 16;

/// The client's address: the right-most hop that is not a trusted proxy (attack row MF-49).
///
/// `forwarded_for` holds the values of all `X-Forwarded-For` headers in the order received. They are read only if the
/// peer itself is a trusted proxy. `None` when a hop that would have to be read is not an address.
#[must_use]
pub fn client_address(peer: IpAddr, forwarded_for: &[&str], trusted: &[IpNet]) -> Option<IpAddr> {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut address = peer.to_canonical();
    if !is_trusted(&address) {
        return Some(address);
    }
    let hops: Vec<&str> = forwarded_for
        .iter()
        .flat_map(|header| header.split(','))
        .map(str::trim)
        .collect();
    // The client may have put anything in front; only what trusted proxies added at the end is read.
    for hop in hops.iter().rev().take(MOST_HOPS) {
        address = hop.parse::<IpAddr>().ok()?.to_canonical();
        if !is_trusted(&address) {
            return Some(address);
        }
    }
    // All that was read is our own proxies: it is one of them, unless there was more to read.
    (hops.len() <= MOST_HOPS).then_some(address)
}

/// The named networks of the configuration.
#[derive(Debug, Clone, Default)]
pub struct Networks(BTreeMap<NetworkId, Vec<IpNet>>);

impl Networks {
    /// Takes them as configured.
    #[must_use]
    pub fn new(by_name: BTreeMap<NetworkId, Vec<IpNet>>) -> Self {
        Self(by_name)
    }

    /// The names of those that hold the address; `None` for an unknown address, which may be in any.
    #[must_use]
    pub fn holding(&self, address: Option<IpAddr>) -> Option<BTreeSet<NetworkId>> {
        let address = address?.to_canonical();
        let holding = self
            .0
            .iter()
            .filter(|(_, nets)| nets.iter().any(|net| net.contains(&address)));
        Some(holding.map(|(name, _)| name.clone()).collect())
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &NetworkId> {
        self.0.keys()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> Option<String> {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        client_address(peer.parse().unwrap(), forwarded, &trusted)
            .map(|address| address.to_string())
    }

    #[test]
    fn mf_49_only_trusted_proxies_are_believed() {
        let table: &[(&str, &[&str], Option<&str>)] = &[
            ("203.0.113.7", &[], Some("203.0.113.7")),
            ("203.0.113.7", &["198.51.100.1"], Some("203.0.113.7")),
            ("10.0.0.1", &["198.51.100.1"], Some("198.51.100.1")),
            ("10.0.0.1", &["1.2.3.4, 198.51.100.1"], Some("198.51.100.1")),
            (
                "10.0.0.1",
                &["1.2.3.4", "198.51.100.1, 10.0.0.2"],
                Some("198.51.100.1"),
            ),
            ("10.0.0.1", &["a, 198.51.100.1"], Some("198.51.100.1")),
            ("10.0.0.1", &["198.51.100.1, a"], None),
            ("10.0.0.1", &[""], None),
            ("10.0.0.1", &["198.51.100.1:443"], None),
            ("10.0.0.1", &[], Some("10.0.0.1")),
            (
                "::ffff:10.0.0.1",
                &["::ffff:198.51.100.1"],
                Some("198.51.100.1"),
            ),
            ("fd00::1", &["2001:db8::1"], Some("2001:db8::1")),
        ];
        for (peer, forwarded, expect) in table {
            assert_eq!(
                client(peer, forwarded).as_deref(),
                *expect,
                "{peer} {forwarded:?}"
            );
        }
        // What a client puts in front of the chain changes nothing.
        let flood = format!("{}198.51.100.1", "203.0.113.9, ".repeat(1000));
        assert_eq!(
            client("10.0.0.1", &[&flood]).as_deref(),
            Some("198.51.100.1")
        );
        // More of our own proxies than there can be.
        let proxies = ["10.0.0.2"; 17].join(",");
        assert_eq!(client("10.0.0.1", &[&proxies]), None);
    }

    #[test]
    fn addresses_are_found_in_their_networks_and_an_unknown_one_is_not_known_to_be_outside() {
        let office = NetworkId::new("office").unwrap();
        let nets = vec!["203.0.113.0/24".parse().unwrap()];
        let networks = Networks::new([(office.clone(), nets)].into());
        let holding = |address: &str| networks.holding(Some(address.parse().unwrap())).unwrap();
        assert_eq!(holding("203.0.113.9"), [office.clone()].into());
        assert_eq!(holding("::ffff:203.0.113.9"), [office].into());
        assert!(holding("198.51.100.1").is_empty());
        assert_eq!(networks.holding(None), None);
    }
}
