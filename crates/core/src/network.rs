//! Where a request comes from: the client's address behind trusted proxies, and the named networks that hold it.
//!
//! Owns the reading of forwarding headers. Anything unclear means "no known address", and an unknown address is in no
//! network (invariant 4).

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use ipnet::IpNet;

use crate::id::NetworkId;

/// The most hops that are read from a forwarding header.
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
    if hops.len() > MOST_HOPS {
        return None;
    }
    for hop in hops.iter().rev() {
        address = hop.parse::<IpAddr>().ok()?.to_canonical();
        if !is_trusted(&address) {
            return Some(address);
        }
    }
    Some(address)
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

    /// The names of those that hold the address; none for an unknown address.
    #[must_use]
    pub fn holding(&self, address: Option<IpAddr>) -> BTreeSet<NetworkId> {
        let Some(address) = address.map(|address| address.to_canonical()) else {
            return BTreeSet::new();
        };
        self.0
            .iter()
            .filter(|(_, nets)| nets.iter().any(|net| net.contains(&address)))
            .map(|(name, _)| name.clone())
            .collect()
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
        let flood = vec!["10.0.0.2"; 17].join(",");
        assert_eq!(client("10.0.0.1", &[&flood]), None);
    }

    #[test]
    fn an_unknown_address_is_in_no_network() {
        let office = NetworkId::new("office").unwrap();
        let networks = Networks::new(
            [(
                office.clone(),
                vec![
                    "203.0.113.0/24".parse().unwrap(),
                    "0.0.0.0/0".parse().unwrap(),
                ],
            )]
            .into(),
        );
        assert_eq!(
            networks.holding(Some("203.0.113.9".parse().unwrap())),
            [office.clone()].into()
        );
        assert_eq!(
            networks.holding(Some("::ffff:203.0.113.9".parse().unwrap())),
            [office].into()
        );
        assert!(networks.holding(None).is_empty());
    }
}
