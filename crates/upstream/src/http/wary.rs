//! Where a request may lead that goes to an address which somebody outside wrote, or could make lead elsewhere.
//!
//! Owns the rule, asked of each address at each use, behind name resolution, so that a name that leads elsewhere later is
//! caught (attack row OO-16). Applications live in private networks, so those are allowed; what belongs to this machine
//! and its surroundings alone is not: itself under another name, and link-local addresses, where clouds keep the secrets
//! of their machines.

use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::is_loopback;

/// May this address be asked? `http` and loopback are for the client to judge.
pub(super) fn may_be_asked(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_loopback(url) || is_elsewhere(address.into()),
        Some(Host::Ipv6(address)) => is_loopback(url) || is_elsewhere(address.into()),
        Some(Host::Domain(_)) => true,
        None => false,
    }
}

/// Resolves names as the system does, and drops the addresses that may not be asked.
pub(super) struct Wary;

impl Resolve for Wary {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let kept: Vec<SocketAddr> =
                found.filter(|address| is_elsewhere(address.ip())).collect();
            if kept.is_empty() {
                return Err("the name leads to this machine or to its surroundings".into());
            }
            Ok(Box::new(kept.into_iter()) as Addrs)
        })
    }
}

fn is_elsewhere(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            !(address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_broadcast())
        }
        IpAddr::V6(address) => {
            !(address.is_loopback()
                || address.is_unicast_link_local()
                || address.is_unspecified()
                || address.is_multicast())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oo_16_what_belongs_to_this_machine_alone_is_not_asked() {
        for (address, expect) in [
            ("https://169.254.169.254/latest/meta-data", false),
            ("https://[fe80::1]/", false),
            ("https://[::ffff:169.254.169.254]/", false),
            ("https://[::ffff:127.0.0.1]/", false),
            ("https://0.0.0.0/", false),
            ("https://224.0.0.1/", false),
            ("https://255.255.255.255/", false),
            ("https://[ff02::1]/", false),
            // An address that says that it is this machine is the administrator's word, as in a test.
            ("http://127.0.0.1:8080/", true),
            ("https://10.1.2.3/out", true),
            ("https://203.0.113.9/out", true),
            ("https://[2001:db8::1]/out", true),
            ("https://wiki.acme.example/out", true),
        ] {
            assert_eq!(
                may_be_asked(&Url::parse(address).unwrap()),
                expect,
                "{address}"
            );
        }
    }

    #[tokio::test]
    async fn oo_16_a_name_that_leads_to_this_machine_is_not_asked() {
        let resolved = Wary.resolve("localhost".parse().unwrap()).await;
        let refused = resolved.map(|_| ()).unwrap_err().to_string();
        assert!(refused.contains("this machine"), "{refused}");
    }
}
