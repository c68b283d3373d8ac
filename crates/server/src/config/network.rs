//! Named networks: `networks`.
//!
//! Owns their spelling. Which of them may let somebody pass without a second factor is the policy topic's question.

use std::{collections::BTreeMap, net::IpAddr};

use ipnet::IpNet;
use vestibule_core::id::NetworkId;

use super::{reader::Reader, setting::Key};

/// Networks by name, as policy rules use them.
pub(super) type Named = BTreeMap<NetworkId, Vec<IpNet>>;

/// The key of this topic, at the top of the file.
pub(super) const KEY: Key = Key::optional(
    "networks",
    "a map: name → list of addresses and networks",
    "none",
    "Names for networks, for use in policy rules. An address that is not known for certain is in none of them.",
);

/// Reads the topic.
pub(super) fn read(reader: Option<Reader<'_>>) -> Named {
    let Some(reader) = reader else {
        return Named::new();
    };
    reader
        .by_id()
        .into_iter()
        .map(|(id, reader)| (id, reader.each_once(read_net)))
        .collect()
}

/// One network; a single address stands for itself.
pub(super) fn read_net(reader: &Reader<'_>) -> Option<IpNet> {
    let text = reader.text()?;
    let net = match text.parse::<IpNet>() {
        Ok(net) => net,
        Err(_) => match text.parse::<IpAddr>() {
            Ok(address) => IpNet::from(address),
            Err(_) => {
                reader.mistake(
                    "bad_network",
                    format!("`{text}` is neither an address nor a network"),
                    "write for example `203.0.113.0/24` or `\"2001:db8::/48\"`; names are not looked up",
                );
                return None;
            }
        },
    };
    if net.network() != net.addr() {
        reader.mistake(
            "bad_network",
            format!("`{text}` has bits set behind its prefix"),
            format!("write `{}`, or a longer prefix", net.trunc()),
        );
        return None;
    }
    if let IpNet::V6(mapped) = net
        && mapped.network().to_ipv4_mapped().is_some()
    {
        reader.mistake(
            "bad_network",
            format!("`{text}` is an IPv4 network in IPv6 spelling, which would never match"),
            "write it as IPv4",
        );
        return None;
    }
    Some(net)
}

/// Do these hold every IPv4 or every IPv6 address, also if it takes several of them?
pub(super) fn is_everywhere(nets: &[IpNet]) -> bool {
    IpNet::aggregate(&nets.to_vec())
        .iter()
        .any(|net| net.prefix_len() == 0)
}
