//! Which second factor a login needs: `policy`.
//!
//! Owns the spelling of rules, and what is risky in them. What makes a list of rules a policy is the core's question
//! ([`Policy::new`]).

mod risk;
mod word;

use std::collections::BTreeSet;

use vestibule_core::{
    id::{AppId, FactorKind},
    policy::{Condition, FirstEnrolment, Misruled, Policy, PolicyFault, Rule, Verdict},
    session::Limits,
};

use super::{
    duration,
    factor::{self, Factors},
    network::Named,
    reader::{Fields, Reader},
    routing::known,
    server::Server,
    setting::{Key, Section},
    upstream::Ids,
};

/// The key of this topic, at the top of the file.
pub(super) const KEY: Key = Key::needed(
    "policy",
    "a list of rules",
    "Which second factor a login needs. The first rule that matches decides; the last one has no `when` and requires a factor or denies.",
)
.danger("This is the second door. `vestibule policy explain` shows what it says about a person.");

/// Keys of one rule.
pub(super) const SECTION: Section = Section {
    path: "policy[]",
    about: "One rule. Exactly one of `require`, `skip` and `deny` says what follows.",
    keys: &[
        Key::needed(
            "name",
            "a text",
            "What the audit record calls it; each rule has its own.",
        ),
        Key::optional("when", "a map", "always", "When it matches."),
        Key::optional(
            "require",
            "a map",
            "none",
            "A second factor must be passed.",
        ),
        Key::optional(
            "skip",
            "`true`",
            "none",
            "The identity provider's login is enough.",
        )
        .danger("Whoever matches passes with a password alone."),
        Key::optional("deny", "`true`", "none", "Nobody passes."),
        Key::optional(
            "danger_skip_everywhere",
            "`true` or `false`",
            "false",
            "Confirms a `skip` whose networks hold every address.",
        )
        .danger("The whole internet passes with a password alone."),
    ],
};

/// Keys of its condition.
pub(super) const WHEN: Section = Section {
    path: "policy[].when",
    about: "All parts that are given must match; within a part, any one value is enough.",
    keys: &[
        Key::optional(
            "groups",
            "one or more texts",
            "all",
            "For members of these groups, compared byte for byte.",
        ),
        Key::optional(
            "apps",
            "one or more applications",
            "all",
            "For these applications; `account` is the page where people keep their own factors.",
        ),
        Key::optional(
            "networks",
            "one or more names from `networks`",
            "all",
            "From these networks. An address that is not known for certain is in none.",
        ),
        Key::optional(
            "upstreams",
            "one or more upstreams",
            "all",
            "For people of these identity providers.",
        ),
    ],
};

/// Keys of `require`.
pub(super) const REQUIRE: Section = Section {
    path: "policy[].require",
    about: "One of the factors must be passed. Kinds that are not listed never count.",
    keys: &[
        Key::needed(
            "factors",
            "one or more kinds, in the order offered",
            "Kinds that count: `webauthn`, `totp`, `backup_code`.",
        ),
        Key::optional(
            "first_enrolment",
            "`inline` or `refuse`",
            "inline",
            "What happens to a person who has none of them: they set one up during this login, or are refused until an administrator has registered one.",
        )
        .danger("`inline` lets whoever knows the password first set up the factor: tell people to log in soon, and watch `notify`."),
        Key::optional(
            "max_age",
            "a length of time from `1m` to `24h`",
            "as long as the session lasts",
            "A factor that was passed for another application, or at the identity provider, counts so long; then it is asked for again, and nothing else.",
        ),
        Key::optional(
            "accept_upstream",
            "`true` or `false`",
            "false",
            "A second factor that was passed at the identity provider counts too, if that is believed about it (`upstreams.<id>.second_factor`); but not for the account page. Who has passed none there passes one of `factors`.",
        )
        .danger("Who passes a factor there sets up none here: with `first_enrolment: inline` whoever knows their password, and is asked for nothing else there, sets one up in their name. Write `refuse`, if everybody passes one there."),
    ],
};

/// All sections of this topic.
pub(super) const SECTIONS: [&Section; 3] = [&SECTION, &WHEN, &REQUIRE];

/// What the rules may name, and what decides how risky they are.
pub(super) struct Known<'a> {
    /// Applications.
    pub(super) apps: &'a BTreeSet<AppId>,
    /// Kinds of factor.
    pub(super) factors: &'a Factors,
    /// Networks.
    pub(super) networks: &'a Named,
    /// `None` when it could not be read.
    pub(super) server: Option<&'a Server>,
    /// Identity providers.
    pub(super) upstreams: &'a Ids,
}

/// Reads the topic.
pub(super) fn read(reader: Option<Reader<'_>>, known: &Known<'_>) -> Option<Policy> {
    let reader = reader?;
    let items = reader.list();
    // That there is none has been told.
    let last = items.len().checked_sub(1)?;
    let numbered = items.iter().enumerate();
    let sketches: Vec<Sketch> = numbered
        .map(|(at, item)| sketch(item, at + 1, at == last, known))
        .collect();
    let whole = sketches.iter().zip(&items);
    let whole = whole.filter(|(sketch, _)| sketch.is_whole);
    let (in_order, readers): (Vec<&Rule>, Vec<&Reader<'_>>) =
        whole.map(|(sketch, item)| (&sketch.rule, item)).unzip();
    for (at, reader) in readers.into_iter().enumerate() {
        risk::doubt_groups(reader, &in_order, at, known);
    }
    let is_whole = in_order.len() == items.len();
    let rules: Vec<Rule> = sketches.into_iter().map(|sketch| sketch.rule).collect();
    match Policy::new(rules, &known.factors.kinds()) {
        Ok(policy) if is_whole => {
            word::judge_upstreams(&reader, policy.rules(), known);
            Some(policy)
        }
        Ok(_) => None,
        Err(faults) => {
            for misruled in faults {
                report(&misruled, &reader, &items, known);
            }
            None
        }
    }
}

/// A rule as far as it could be read. What could not be read is such in it that no rule about the list is broken by it
/// alone, so that what is wrong with the list is told in the same run.
struct Sketch {
    rule: Rule,
    is_whole: bool,
}

/// Tells a fault at the rule that it is about.
fn report(
    Misruled { at, fault }: &Misruled,
    whole: &Reader<'_>,
    rules: &[Reader<'_>],
    known: &Known<'_>,
) {
    let reader = at.and_then(|at| rules.get(at)).unwrap_or(whole);
    let (code, remedy) = match fault {
        PolicyFault::Empty => (
            "policy_empty",
            "add at least one without `when` that requires a factor",
        ),
        PolicyFault::HidesTheRest(_) => (
            "hides_the_rest",
            "move it to the end or give it a condition",
        ),
        PolicyFault::LastMayNotMatch(_) => (
            "last_may_not_match",
            "add a last rule without `when` that requires a factor, or denies",
        ),
        PolicyFault::LastSkips(_) => (
            "last_skips",
            "let it require a factor, and put a `skip` with a condition above it",
        ),
        PolicyFault::NoPrimary(_) => (
            "no_primary",
            "add a factor for every day, for example `totp`",
        ),
        PolicyFault::SameName(_) => ("repeated", "give each rule its own name"),
        PolicyFault::UnknownFactor { rule, factor } => {
            let is_key = *factor == FactorKind::webauthn();
            let impossible = match known.server {
                Some(server) if is_key => factor::keys_are_impossible(&server.public_url),
                // Whether keys can be used is known once `public_url` is mended.
                None if is_key => return,
                Some(_) | None => None,
            };
            if let Some(why) = impossible {
                reader.mistake(
                    "webauthn_impossible",
                    format!("rule `{rule}` names the factor `{factor}`, but {why}"),
                    "correct `public_url` (https, and a name), or remove the factor here",
                );
                return;
            }
            (
                "factor_off",
                "switch it on below `factors`, or remove it here",
            )
        }
    };
    reader.mistake(code, fault.to_string(), remedy);
}

/// The rule with this number, from 1.
fn sketch(reader: &Reader<'_>, number: usize, is_last: bool, known: &Known<'_>) -> Sketch {
    let called = || format!("number {number}");
    let some_condition = || Condition {
        groups: BTreeSet::from([String::new()]),
        ..Condition::default()
    };
    let Some(fields) = reader.section(&SECTION) else {
        let rule = Rule {
            name: called(),
            when: (!is_last).then(some_condition),
            then: Verdict::Deny,
        };
        return Sketch {
            rule,
            is_whole: false,
        };
    };
    let name = fields.get("name").and_then(|reader| reader.text());
    let when = fields.get("when");
    let when = when.map(|reader| condition(&reader, known));
    let then = verdict(&fields, known);
    let confirmed = fields.get("danger_skip_everywhere");
    let confirmed = confirmed
        .and_then(|reader| reader.flag())
        .unwrap_or_default();
    let is_whole = name.is_some() && then.is_some() && !matches!(when, Some(None));
    let rule = Rule {
        name: name.unwrap_or_else(called),
        // That it has a condition is known, whatever that says.
        when: when.map(|read| read.unwrap_or_else(some_condition)),
        then: then.unwrap_or(Verdict::Deny),
    };
    if is_whole {
        if rule.then == Verdict::Skip {
            risk::judge_skip(reader, &rule, known, confirmed);
        }
        risk::warn_of_no_way_back(reader, &rule, known);
        word::judge_rule(reader, &rule, known);
    }
    Sketch { rule, is_whole }
}

fn condition(reader: &Reader<'_>, known: &Known<'_>) -> Option<Condition> {
    let fields = reader.section(&WHEN)?;
    let [groups, apps, networks, upstreams] =
        ["groups", "apps", "networks", "upstreams"].map(|key| fields.get(key));
    if [&groups, &apps, &networks, &upstreams]
        .iter()
        .all(|part| part.is_none())
    {
        reader.mistake(
            "empty_condition",
            "`when` names no condition, which could be read as `always` or as `never`",
            "name one, or remove `when` from the last rule",
        );
        return None;
    }
    let names: BTreeSet<_> = known.networks.keys().cloned().collect();
    let groups = groups.map(|reader| reader.each_once(group));
    let apps = apps.map(|reader| {
        reader.each_once(|item| self::known(item, known.apps, "application", "apps"))
    });
    let networks = networks
        .map(|reader| reader.each_once(|item| self::known(item, &names, "network", "networks")));
    let upstreams = upstreams.map(|reader| {
        reader.each_once(|item| self::known(item, &known.upstreams.known, "upstream", "upstreams"))
    });
    let read = Condition {
        apps: apps.unwrap_or_default().into_iter().collect(),
        groups: groups.unwrap_or_default().into_iter().collect(),
        networks: networks.unwrap_or_default().into_iter().collect(),
        upstreams: upstreams.unwrap_or_default().into_iter().collect(),
    };
    // **Invariant:** a part whose values could not be read never becomes "all".
    (read != Condition::default()).then_some(read)
}

/// Groups are compared byte for byte, so what looks like a list in one text is one name (attack row MF-50).
fn group(reader: &Reader<'_>) -> Option<String> {
    let text = reader.text()?;
    if text.contains([',', ';']) {
        reader.warn(
            "odd_group",
            format!("`{text}` is one group whose name holds a comma or semicolon"),
            "write `[a, b]` if several groups are meant",
        );
    }
    Some(text)
}

fn verdict(fields: &Fields<'_>, known: &Known<'_>) -> Option<Verdict> {
    let (key, reader) = fields.exactly_one(&["require", "skip", "deny"], false)?;
    if key == "require" {
        return require(&reader, known);
    }
    if !reader.flag()? {
        reader.mistake(
            "says_nothing",
            format!("`{key}: false` says nothing"),
            "remove it, and say what the rule does instead",
        );
        return None;
    }
    Some(if key == "skip" {
        Verdict::Skip
    } else {
        Verdict::Deny
    })
}

fn require(reader: &Reader<'_>, known: &Known<'_>) -> Option<Verdict> {
    let fields = reader.section(&REQUIRE)?;
    let factors = fields.get("factors")?;
    let kinds = factors.each_once(|item| factor_kind(item, known));
    let complete = kinds.len() == factors.one_or_many().len();
    let first_enrolment = fields.get("first_enrolment").and_then(|reader| {
        reader.one_of(&[
            ("inline", FirstEnrolment::Inline),
            ("refuse", FirstEnrolment::Refuse),
        ])
    });
    let max_age = fields.get("max_age");
    let max_age =
        max_age.and_then(|reader| duration::read(&reader, 60..=Limits::LONGEST.num_seconds()));
    let accepts_upstream = fields.get("accept_upstream");
    let accepts_upstream = accepts_upstream
        .and_then(|reader| reader.flag())
        .unwrap_or_default();
    complete.then(|| Verdict::Require {
        factors: kinds,
        first_enrolment: first_enrolment.unwrap_or_default(),
        max_age,
        accepts_upstream,
    })
}

fn factor_kind(reader: &Reader<'_>, known: &Known<'_>) -> Option<FactorKind> {
    let kind: FactorKind = reader.id()?;
    let known_kinds = [
        FactorKind::totp(),
        FactorKind::backup_code(),
        FactorKind::webauthn(),
    ];
    if known_kinds.contains(&kind) {
        return Some(kind);
    }
    let on = known.factors.names().join("`, `");
    reader.mistake(
        "unknown_factor",
        format!("there is no factor `{kind}`"),
        format!("switched on are `{on}`"),
    );
    None
}
