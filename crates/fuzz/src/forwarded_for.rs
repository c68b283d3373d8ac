//! Any bytes as `X-Forwarded-For` behind trusted proxies: who is not one cannot choose an address (attack row MF-49).

use std::{net::IpAddr, sync::LazyLock};

use ipnet::IpNet;
use vestibule_core::network::client_address;

use crate::splice::splice;

/// How many genuine headers there are.
pub const STARTS: usize = 3;

const OURS: &str = "10.0.0.0/8";
const CLIENT: &str = "198.51.100.7";

static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    [
        format!("1.2.3.4, {CLIENT}, 10.0.0.2"),
        CLIENT.to_owned(),
        "2001:db8::1,::ffff:10.0.0.3".to_owned(),
    ]
    .map(String::into_bytes)
    .into()
});

/// Reads the header from a stranger, from a proxy of ours, and with a hop that the proxy adds.
///
/// # Panics
/// If a stranger is believed, or if anything in front of what the proxy saw changes the outcome.
pub fn run(script: &[u8]) -> bool {
    let header = splice(&GENUINE, script);
    let Ok(header) = std::str::from_utf8(&header) else {
        return false;
    };
    let trusted: [IpNet; 1] = [OURS.parse().expect("a network")];
    let [stranger, proxy, client]: [IpAddr; 3] =
        ["203.0.113.9", "10.0.0.1", CLIENT].map(|it| it.parse().expect("an address"));
    assert_eq!(
        client_address(stranger, &[header], &trusted),
        Some(stranger),
        "a stranger chose an address"
    );
    // The proxy appends what it saw, in the same header or in one of its own.
    let appended = format!("{header}, {client}");
    let seen = client.to_string();
    for headers in [&[appended.as_str()][..], &[header, seen.as_str()]] {
        assert_eq!(
            client_address(proxy, headers, &trusted),
            Some(client),
            "what stands in front of the proxy's word changed it"
        );
    }
    let read = client_address(proxy, &[header], &trusted);
    if let Some(address) = read {
        // It is the proxy that spoke to us, or something that stands in the header.
        let stands = header
            .split(',')
            .filter_map(|hop| hop.trim().parse::<IpAddr>().ok())
            .any(|hop| hop.to_canonical() == address);
        assert!(stands || address == proxy, "an address out of nothing");
    }
    read.is_some()
}
