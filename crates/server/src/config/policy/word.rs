//! Whose word about a second factor counts where.
//!
//! Owns the warnings where a rule accepts it and nobody is believed, where somebody is believed and no rule accepts it, and
//! where it leaves people without a factor of ours. Does not own what must be said to be believed: that stands at each
//! upstream.

use vestibule_core::{
    id::UpstreamId,
    policy::{Condition, FirstEnrolment, Rule, Verdict},
};

use super::Known;
use crate::config::reader::Reader;

/// Warns of a rule that accepts what nobody among its people's upstreams is believed about.
pub(super) fn judge_rule(reader: &Reader<'_>, rule: &Rule, known: &Known<'_>) {
    let mut believed = known.upstreams.with_second_factor.iter();
    if !accepts(rule) || believed.any(|id| is_for(rule, id)) {
        return;
    }
    reader
        .nearest("require", &["accept_upstream"])
        .warn(
            "accepts_nobodys_word",
            "no identity provider of those for whom the rule holds is believed about a second factor, so this says nothing",
            "say what to believe below `upstreams.<id>.second_factor`, or remove this",
        );
}

/// Warns of upstreams that are believed for nothing, and of what is open to whoever has the password of somebody who is
/// known by such a word alone. `rules` are all.
pub(super) fn judge_upstreams(reader: &Reader<'_>, rules: &[Rule], known: &Known<'_>) {
    for id in &known.upstreams.with_second_factor {
        let decisive = rules.iter().position(|rule| is_for_all(rule, id));
        let reached = decisive.map_or(rules.len(), |place| place + 1);
        let theirs = || rules.iter().take(reached).filter(|rule| is_for(rule, id));
        if theirs().any(accepts) {
            let enrolling = theirs().filter(|rule| enrols(rule));
            let names: Vec<String> = enrolling.map(|rule| format!("`{}`", rule.name)).collect();
            warn_of_newcomers(reader, id, &names);
        } else {
            reader.warn(
                "believed_nowhere",
                format!("`{id}` is believed about a second factor, but no rule for its people has `accept_upstream`, so theirs counts nowhere"),
                format!("add `accept_upstream: true` to the `require` of the rules that it shall count for, or remove `upstreams.{id}.second_factor`"),
            );
        }
    }
}

/// Who passes the second factor elsewhere never sets one up here, so the first one is there for whoever has the password,
/// and opens what any rule takes it for (attack row MF-40).
fn warn_of_newcomers(reader: &Reader<'_>, id: &UpstreamId, enrolling: &[String]) {
    if enrolling.is_empty() {
        return;
    }
    reader.warn(
        "accepts_and_enrols",
        format!(
            "people of `{id}` need no factor here, so whoever has the password of one may set up the first, by {}",
            enrolling.join(" and ")
        ),
        "write `first_enrolment: refuse` in each rule for them; or see to it that the provider always asks for its second factor",
    );
}

fn enrols(rule: &Rule) -> bool {
    matches!(
        rule.then,
        Verdict::Require {
            first_enrolment: FirstEnrolment::Inline,
            ..
        }
    )
}

fn accepts(rule: &Rule) -> bool {
    matches!(
        rule.then,
        Verdict::Require {
            accepts_upstream: true,
            ..
        }
    )
}

/// Does it hold for all of this upstream's people, so that none of them comes to the rules below?
fn is_for_all(rule: &Rule, id: &UpstreamId) -> bool {
    let asks_no_more = |when: &Condition| {
        when.apps.is_empty() && when.groups.is_empty() && when.networks.is_empty()
    };
    is_for(rule, id) && rule.when.as_ref().is_none_or(asks_no_more)
}

/// May it hold for this upstream's people?
fn is_for(rule: &Rule, id: &UpstreamId) -> bool {
    let when = rule.when.as_ref();
    when.is_none_or(|when| when.upstreams.is_empty() || when.upstreams.contains(id))
}
