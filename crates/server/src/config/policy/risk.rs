//! Rules that are allowed but can hurt.

use ipnet::IpNet;
use vestibule_core::{
    id::FactorKind,
    policy::{FirstEnrolment, Rule, Verdict},
};

use super::Known;
use crate::config::{network, reader::Reader, server::Server};

/// What lets people pass with a password alone is looked at twice (attack rows MF-49, MF-50).
pub(super) fn judge_skip(reader: &Reader<'_>, rule: &Rule, known: &Known<'_>, confirmed: bool) {
    // A last rule that skips is a fault of the policy already.
    let Some(when) = &rule.when else { return };
    let nets: Vec<IpNet> = when
        .networks
        .iter()
        .filter_map(|name| known.networks.get(name))
        .flatten()
        .copied()
        .collect();
    if network::is_everywhere(&nets) && !confirmed {
        reader.mistake(
            "skips_everywhere",
            "this rule skips the second factor from networks that hold every address",
            "narrow the networks; if the whole internet is meant, confirm with `danger_skip_everywhere: true`",
        );
    }
    if when.networks.is_empty() {
        reader.warn(
            "skip_without_network",
            format!(
                "rule `{}` lets people pass with a password alone from anywhere",
                rule.name
            ),
            "add `networks` to its `when`, or require a factor",
        );
    }
    if let (Some(server), false) = (known.server, nets.is_empty()) {
        judge_proxies(reader, rule, server, &nets);
    }
}

fn judge_proxies(reader: &Reader<'_>, rule: &Rule, server: &Server, nets: &[IpNet]) {
    if server.needs_proxy() && server.trusted_proxies.is_empty() && !server.is_loopback() {
        reader.warn(
            "skip_behind_unnamed_proxy",
            format!("rule `{}` rests on the client's address, but `trusted_proxies` is empty: behind a proxy that address is always the proxy's", rule.name),
            "name the proxy in `trusted_proxies`, or the rule holds for everybody or for nobody",
        );
    }
    let overlap = server
        .trusted_proxies
        .iter()
        .find(|proxy| nets.iter().any(|net| net.contains(*proxy)));
    if let Some(proxy) = overlap {
        reader.warn(
            "proxy_in_skip_network",
            format!("rule `{}` holds for the trusted proxy {proxy} itself: should it ever forget `X-Forwarded-For`, everybody passes", rule.name),
            "leave the proxy's address out of the network",
        );
    }
}

/// A group is as true as the upstream that says it: one that is meant for the people of one upstream must not help those
/// of another (attack row MF-50). `rules` are all that could be read, and the one at `at` is judged.
pub(super) fn doubt_groups(reader: &Reader<'_>, rules: &[&Rule], at: usize, known: &Known<'_>) {
    let Some((rule, later)) = rules.get(at..).and_then(<[_]>::split_first) else {
        return;
    };
    let Some(when) = &rule.when else { return };
    let names_groups_alone = !when.groups.is_empty() && when.upstreams.is_empty();
    let eases = later.iter().any(|later| eases(&rule.then, &later.then));
    let believed = &known.upstreams.of_any_group;
    if !names_groups_alone || !eases || known.upstreams.enabled().len() < 2 || believed.is_empty() {
        return;
    }
    let ids: Vec<String> = believed.iter().map(|id| format!("`{id}`")).collect();
    reader.warn(
        "groups_of_several_upstreams",
        format!(
            "rule `{}` gives more than a rule below it to whomever {} says to be in these groups",
            rule.name,
            ids.join(" or ")
        ),
        "name those that are authoritative (`upstreams: [<id>]` in its `when`), or say which groups each upstream may speak of (`upstreams.<id>.groups`)",
    );
}

/// Would anybody rather be under `first` than under `second`?
fn eases(first: &Verdict, second: &Verdict) -> bool {
    match (first, second) {
        (Verdict::Deny, _) | (Verdict::Skip | Verdict::Require { .. }, Verdict::Skip) => false,
        (Verdict::Skip, _) | (Verdict::Require { .. }, Verdict::Deny) => true,
        (
            Verdict::Require {
                factors,
                first_enrolment,
                max_age,
                accepts_upstream,
            },
            Verdict::Require {
                factors: others,
                first_enrolment: other_enrolment,
                max_age: other_age,
                accepts_upstream: other_accepts,
            },
        ) => {
            factors.iter().any(|kind| !others.contains(kind))
                || (*accepts_upstream && !other_accepts)
                || (*first_enrolment == FirstEnrolment::Inline
                    && *other_enrolment == FirstEnrolment::Refuse)
                || match (max_age, other_age) {
                    (_, None) => false,
                    (None, Some(_)) => true,
                    (Some(age), Some(other)) => age > other,
                }
        }
    }
}

/// A phone gets lost sooner or later.
pub(super) fn warn_of_no_way_back(reader: &Reader<'_>, rule: &Rule, known: &Known<'_>) {
    let Verdict::Require { factors, .. } = &rule.then else {
        return;
    };
    if factors.contains(&FactorKind::totp()) && !factors.contains(&FactorKind::backup_code()) {
        let remedy = if known.factors.backup_code {
            "add `backup_code` to its factors"
        } else {
            "switch `backup_code` on and add it to its factors"
        };
        reader.warn(
            "no_way_back",
            format!(
                "rule `{}` takes no backup codes: whoever loses the phone needs an administrator",
                rule.name
            ),
            remedy,
        );
    }
}
