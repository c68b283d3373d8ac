//! Which upstream a person is sent to: `routing`.

use std::collections::BTreeSet;

use vestibule_core::{
    id::{AppId, UpstreamId},
    routing::{RouteCondition, RouteRule, Routing, Target},
};

use super::{
    mail_domain,
    reader::{Fields, Reader},
    setting::{Key, Section},
    upstream::Ids,
};

/// The key of this topic, at the top of the file.
pub(super) const KEY: Key = Key::optional(
    "routing",
    "a list of rules",
    "straight to the only upstream; the person's choice where there are several",
    "Which identity provider a person is sent to. The first rule that matches decides; the last one has no `when`.",
);

/// Keys of one rule.
pub(super) const SECTION: Section = Section {
    path: "routing[]",
    about: "One rule. Exactly one of `to` and `choose` says where it leads.",
    keys: &[
        Key::optional("when", "a map", "always", "When it matches."),
        Key::optional("to", "an upstream", "none", "Straight there."),
        Key::optional(
            "choose",
            "two or more upstreams",
            "none",
            "The person chooses one of these.",
        ),
    ],
};

/// Keys of its condition.
pub(super) const WHEN: Section = Section {
    path: "routing[].when",
    about: "All parts that are given must match; within a part, any one value is enough.",
    keys: &[
        Key::optional(
            "email_domain",
            "one or more domains",
            "all",
            "For mail addresses in these domains; the person is asked for the address. Subdomains do not match by themselves.",
        )
        .danger("The address only chooses the way. It never says who somebody is, and never lets anybody pass."),
        Key::optional(
            "apps",
            "one or more applications",
            "all",
            "For these applications; `account` is the page where people keep their own factors.",
        ),
    ],
};

/// All sections of this topic.
pub(super) const SECTIONS: [&Section; 2] = [&SECTION, &WHEN];

/// Reads the topic.
pub(super) fn read(reader: Option<Reader<'_>>, upstreams: &Ids, apps: &BTreeSet<AppId>) -> Routing {
    let Some(reader) = reader else {
        return Routing::new(usual(&upstreams.enabled()));
    };
    let items = reader.list();
    let last = items.len().saturating_sub(1);
    let mut rules = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(rule) = rule(item, upstreams, apps) else {
            continue;
        };
        let matches_all = rule.when == RouteCondition::default();
        if matches_all && index < last {
            item.mistake(
                "hides_the_rest",
                "this rule has no `when`, so the rules below it are never reached",
                "move it to the end or give it a condition",
            );
        }
        if !matches_all && index == last {
            item.warn(
                "nowhere",
                "the last rule has a `when`: whom no rule matches can go nowhere",
                "add a last rule without `when`, if others are to log in too",
            );
        }
        rules.push(rule);
    }
    Routing::new(rules)
}

/// Without rules: straight to the only upstream, or the person's choice.
fn usual(enabled: &[UpstreamId]) -> Vec<RouteRule> {
    let to = match enabled {
        [only] => Target::Upstream(only.clone()),
        several => Target::Choice(several.to_vec()),
    };
    let when = RouteCondition::default();
    vec![RouteRule { when, to }]
}

fn rule(reader: &Reader<'_>, upstreams: &Ids, apps: &BTreeSet<AppId>) -> Option<RouteRule> {
    let fields = reader.section(&SECTION)?;
    let when = fields.get("when");
    let when = when.and_then(|reader| condition(&reader, apps));
    let to = target(&fields, upstreams);
    Some(RouteRule {
        when: when.unwrap_or_default(),
        to: to?,
    })
}

fn condition(reader: &Reader<'_>, apps: &BTreeSet<AppId>) -> Option<RouteCondition> {
    let fields = reader.section(&WHEN)?;
    let email_domains = fields.get("email_domain");
    let in_apps = fields.get("apps");
    if email_domains.is_none() && in_apps.is_none() {
        reader.mistake(
            "empty_condition",
            "`when` names no condition",
            "name one, or remove `when` from the last rule",
        );
    }
    let email_domains = email_domains.map(|reader| reader.each_once(mail_domain::read));
    let in_apps =
        in_apps.map(|reader| reader.each_once(|item| known(item, apps, "application", "apps")));
    Some(RouteCondition {
        apps: in_apps.unwrap_or_default().into_iter().collect(),
        email_domains: email_domains.unwrap_or_default().into_iter().collect(),
    })
}

fn target(fields: &Fields<'_>, upstreams: &Ids) -> Option<Target> {
    let (key, reader) = fields.exactly_one(&["to", "choose"], false)?;
    if key == "to" {
        return upstream(&reader, upstreams).map(Target::Upstream);
    }
    let offered = reader.each_once(|item| upstream(item, upstreams));
    if reader.one_or_many().len() == 1 {
        reader.mistake(
            "no_choice",
            "a choice of one is none",
            "write `to:` instead, or add another upstream",
        );
    }
    Some(Target::Choice(offered))
}

fn upstream(reader: &Reader<'_>, upstreams: &Ids) -> Option<UpstreamId> {
    let id = known(reader, &upstreams.known, "upstream", "upstreams")?;
    if upstreams.disabled.contains(&id) {
        reader.warn(
            "disabled",
            format!("the upstream `{id}` is disabled, so this leads nowhere"),
            "enable it, or remove it here",
        );
    }
    Some(id)
}

/// An id that must be among those that exist.
pub(super) fn known<T>(
    reader: &Reader<'_>,
    all: &BTreeSet<T>,
    what: &str,
    section: &str,
) -> Option<T>
where
    T: TryFrom<String> + Ord + std::fmt::Display,
    T::Error: std::fmt::Display,
{
    let id: T = reader.id()?;
    if all.contains(&id) {
        return Some(id);
    }
    let written = id.to_string();
    let names: Vec<String> = all.iter().map(ToString::to_string).collect();
    let nearest = names
        .iter()
        .min_by_key(|name| strsim::damerau_levenshtein(name, &written))
        .map_or_else(String::new, |name| format!("; `{name}` exists"));
    reader.mistake(
        "unknown_id",
        format!("there is no {what} `{written}`"),
        format!("name one that stands below `{section}`{nearest}"),
    );
    None
}
