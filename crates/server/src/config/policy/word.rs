//! Whose word about a second factor counts where.
//!
//! Owns the warnings where a rule accepts it and nobody is believed, where somebody is believed and no rule accepts it, and
//! where it leaves people without a factor of ours. Does not own what must be said to be believed: that stands at each upstream.

use vestibule_core::{
    id::UpstreamId,
    policy::{FirstEnrolment, Rule, Verdict},
};

use super::Known;
use crate::config::reader::Reader;

/// Warns of a rule that accepts what nobody among its people's upstreams is believed about.
pub(super) fn judge_rule(reader: &Reader<'_>, rule: &Rule, known: &Known<'_>) {
    if !accepts(rule) {
        return;
    }
    let mut believed = known.upstreams.with_second_factor.iter();
    if believed.any(|id| is_for(rule, id)) {
        warn_of_newcomers(reader, rule);
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

/// Whoever never needed a factor of ours has none, so the first one is there for whoever has the password (attack row
/// MF-40).
fn warn_of_newcomers(reader: &Reader<'_>, rule: &Rule) {
    let Verdict::Require {
        first_enrolment: FirstEnrolment::Inline,
        ..
    } = rule.then
    else {
        return;
    };
    reader.warn(
        "accepts_and_enrols",
        format!(
            "rule `{}` accepts the identity provider's second factor, and lets whoever comes without one set up a factor with the password alone",
            rule.name
        ),
        "write `first_enrolment: refuse`, also in the rule that holds for `account`; or see to it that the provider always asks for its second factor",
    );
}

/// Warns of upstreams that are believed for nothing. `rules` are all.
pub(super) fn judge_upstreams(reader: &Reader<'_>, rules: &[Rule], known: &Known<'_>) {
    for id in &known.upstreams.with_second_factor {
        if rules.iter().any(|rule| accepts(rule) && is_for(rule, id)) {
            continue;
        }
        reader.warn(
            "believed_nowhere",
            format!("`{id}` is believed about a second factor, but no rule for its people has `accept_upstream`, so theirs counts nowhere"),
            format!("add `accept_upstream: true` to the `require` of the rules that it shall count for, or remove `upstreams.{id}.second_factor`"),
        );
    }
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

/// May it hold for this upstream's people?
fn is_for(rule: &Rule, id: &UpstreamId) -> bool {
    let when = rule.when.as_ref();
    when.is_none_or(|when| when.upstreams.is_empty() || when.upstreams.contains(id))
}
