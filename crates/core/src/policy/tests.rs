//! Rules one by one: which one decides, and what follows from it. What is wrong with a list of them, and an upstream's
//! word, have files of their own.

mod faults;
mod word;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::{
    evidence::{Enrolment, Evidence, Role, Strength, Traits},
    fixture::{self, alice, at},
    id::{AppId, FactorKind, NetworkId, UpstreamId},
    identity::{Person, PersonId},
};

fn kind(name: &str) -> FactorKind {
    FactorKind::new(name).unwrap()
}

fn traits(name: &str, role: Role) -> Traits {
    Traits {
        kind: kind(name),
        amr: &["otp"],
        role,
        strength: Strength::OneTimeCode,
        enrols_inline: true,
    }
}

fn kinds() -> Kinds {
    Kinds::new([
        traits("totp", Role::Primary),
        traits("webauthn", Role::Primary),
        traits("backup_code", Role::Recovery),
    ])
}

fn person(groups: &[&str]) -> Person {
    Person {
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        ..alice()
    }
}

fn enrolment(name: &str) -> Enrolment {
    fixture::factor(name.len() as u8, name)
}

fn now() -> DateTime<Utc> {
    at(60)
}

fn evidence(of: &Enrolment) -> Evidence {
    Evidence {
        person: of.person.clone(),
        kind: of.kind.clone(),
        enrolment: of.id,
        at: of.created_at,
    }
}

fn require(name: &str, factors: &[&str]) -> Rule {
    let factors = factors.iter().map(|f| kind(f)).collect();
    Rule {
        name: name.into(),
        when: None,
        then: Verdict::Require {
            factors,
            first_enrolment: FirstEnrolment::Inline,
            max_age: None,
            accepts_upstream: false,
        },
    }
}

fn when_groups(groups: &[&str]) -> Option<Condition> {
    Some(Condition {
        groups: groups.iter().map(|g| (*g).into()).collect(),
        ..Condition::default()
    })
}

fn rules() -> Vec<Rule> {
    let office = Condition {
        networks: [NetworkId::new("office").unwrap()].into(),
        ..when_groups(&["staff"]).unwrap()
    };
    vec![
        Rule {
            name: "Nobody leaves".into(),
            when: when_groups(&["leavers"]),
            then: Verdict::Deny,
        },
        Rule {
            when: when_groups(&["admins"]),
            ..require("Admins", &["webauthn"])
        },
        Rule {
            name: "Office".into(),
            when: Some(office),
            then: Verdict::Skip,
        },
        require("Everyone", &["totp", "backup_code"]),
    ]
}

/// Leave, with nothing to be offered: what the person has includes the way back in, or the rule knows none.
fn allow(basis: Basis) -> Outcome {
    Outcome::Allow {
        basis,
        recovery: None,
    }
}

/// Leave for somebody who should be offered backup codes.
fn allow_and_offer() -> Outcome {
    Outcome::Allow {
        basis: Basis::Evidence,
        recovery: Some(kind("backup_code")),
    }
}

struct Case<'a> {
    groups: &'a [&'a str],
    networks: &'a [&'a str],
    active: bool,
    evidence: Vec<Evidence>,
    enrolments: Vec<Enrolment>,
}

fn case<'a>(
    groups: &'a [&'a str],
    enrolments: Vec<Enrolment>,
    evidence: Vec<Evidence>,
) -> Case<'a> {
    Case {
        groups,
        networks: &[],
        active: true,
        evidence,
        enrolments,
    }
}

fn decide(rules: Vec<Rule>, case: &Case<'_>) -> Decision {
    let (kinds, person) = (kinds(), person(case.groups));
    let networks = case
        .networks
        .iter()
        .map(|n| NetworkId::new(*n).unwrap())
        .collect();
    Policy::new(rules, &kinds).unwrap().decide(&Facts {
        person: &person,
        active: case.active,
        app: &AppId::new("jira").unwrap(),
        networks: Some(&networks),
        evidence: &case.evidence,
        upstream_factor: Err(Doubt::NotBelieved),
        enrolments: &case.enrolments,
        kinds: &kinds,
        came_at: now(),
        now: now(),
    })
}

fn check(case: &Case<'_>, rule: &str, outcome: Outcome) {
    let decision = decide(rules(), case);
    assert_eq!(
        (decision.by.rule.as_str(), decision.outcome),
        (rule, outcome)
    );
}

#[test]
fn the_first_matching_rule_decides() {
    let totp = enrolment("totp");
    check(
        &case(&[], vec![], vec![]),
        "Everyone",
        Outcome::Enrol(vec![kind("totp")]),
    );
    check(
        &case(&[], vec![totp.clone()], vec![]),
        "Everyone",
        Outcome::StepUp(vec![kind("totp")]),
    );
    check(
        &case(&[], vec![totp.clone()], vec![evidence(&totp)]),
        "Everyone",
        allow_and_offer(),
    );
    check(
        &case(
            &["leavers", "staff"],
            vec![totp.clone()],
            vec![evidence(&totp)],
        ),
        "Nobody leaves",
        Outcome::Deny(Refusal::Denied),
    );
    check(
        &Case {
            networks: &["office"],
            ..case(&["staff"], vec![], vec![])
        },
        "Office",
        allow(Basis::Skip),
    );
    check(
        &case(&["staff"], vec![], vec![]),
        "Everyone",
        Outcome::Enrol(vec![kind("totp")]),
    );
}

#[test]
fn each_rule_passed_over_has_its_reason() {
    let decision = decide(rules(), &case(&["staff"], vec![], vec![]));
    let reasons: Vec<&str> = decision
        .passed_over
        .iter()
        .map(|over| over.reason.as_str())
        .collect();
    assert_eq!(
        reasons,
        [
            "the person is in none of the groups `leavers`",
            "the person is in none of the groups `admins`",
            "the address is in none of the networks `office`",
        ]
    );
}

#[test]
fn evidence_of_a_kind_that_the_rule_does_not_accept_is_not_enough() {
    let (totp, key) = (enrolment("totp"), enrolment("webauthn"));
    let both = vec![totp.clone(), key.clone()];
    check(
        &case(&["admins"], both.clone(), vec![evidence(&totp)]),
        "Admins",
        Outcome::StepUp(vec![kind("webauthn")]),
    );
    check(
        &case(&["admins"], both, vec![evidence(&key)]),
        "Admins",
        allow(Basis::Evidence),
    );
}

#[test]
fn an_upstreams_word_about_a_second_factor_is_no_evidence() {
    let kinds = kinds();
    let mut alice = person(&[]);
    alice.upstream_proof.methods = vec!["pwd".into(), "otp".into(), "mfa".into()];
    alice.upstream_proof.authn_context = Some("https://refeds.org/profile/mfa".into());
    let decision = Policy::new(rules(), &kinds).unwrap().decide(&Facts {
        person: &alice,
        active: true,
        app: &AppId::new("jira").unwrap(),
        networks: Some(&BTreeSet::new()),
        evidence: &[],
        upstream_factor: Err(Doubt::NotBelieved),
        enrolments: &[enrolment("totp")],
        kinds: &kinds,
        came_at: now(),
        now: now(),
    });
    assert_eq!(decision.outcome, Outcome::StepUp(vec![kind("totp")]));
}

#[test]
fn mf_41_a_stronger_factor_is_added_only_after_the_one_at_hand_was_passed() {
    let totp = enrolment("totp");
    check(
        &case(&["admins"], vec![totp.clone()], vec![]),
        "Admins",
        Outcome::StepUp(vec![kind("totp")]),
    );
    check(
        &case(&["admins"], vec![totp.clone()], vec![evidence(&totp)]),
        "Admins",
        Outcome::Enrol(vec![kind("webauthn")]),
    );
}

#[test]
fn a_disabled_person_or_factor_does_not_pass() {
    let totp = enrolment("totp");
    let inactive = Case {
        active: false,
        ..case(&[], vec![totp.clone()], vec![evidence(&totp)])
    };
    check(&inactive, "Everyone", Outcome::Deny(Refusal::Denied));
    let disabled = Enrolment {
        disabled: true,
        ..totp.clone()
    };
    check(
        &case(&[], vec![disabled.clone()], vec![evidence(&totp)]),
        "Everyone",
        Outcome::Deny(Refusal::NoFactor),
    );
    check(
        &case(&[], vec![disabled], vec![]),
        "Everyone",
        Outcome::Deny(Refusal::NoFactor),
    );
    // benign control: the same evidence with the factor enabled passes
    check(
        &case(&[], vec![totp.clone()], vec![evidence(&totp)]),
        "Everyone",
        allow_and_offer(),
    );
}

/// MF-40: to switch a kind off opens nobody to the password alone.
#[test]
fn mf_40_who_has_a_factor_of_a_kind_that_is_switched_off_is_no_newcomer() {
    // Of no kind that is switched on.
    let key = enrolment("duo");
    let spent = Enrolment {
        spent: true,
        ..key.clone()
    };
    let totp = enrolment("totp");
    let newcomer = Outcome::Enrol(vec![kind("totp")]);
    let refused = Outcome::Deny(Refusal::NoFactor);
    let step_up = Outcome::StepUp(vec![kind("totp")]);
    let rules = vec![require("Everyone", &["totp"])];
    let kinds = kinds();
    let policy = Policy::new(rules, &kinds).unwrap();
    let person = person(&[]);
    let table = [
        (vec![key.clone()], refused),
        // Benign controls: nothing is left of it, there is nothing, or another one can be passed.
        (vec![spent], newcomer.clone()),
        (vec![], newcomer),
        (vec![key, totp], step_up),
    ];
    for (enrolments, expect) in table {
        let facts = Facts {
            person: &person,
            active: true,
            app: &AppId::account(),
            networks: None,
            evidence: &[],
            upstream_factor: Err(Doubt::NotBelieved),
            enrolments: &enrolments,
            kinds: &kinds,
            came_at: now(),
            now: now(),
        };
        assert_eq!(policy.decide(&facts).outcome, expect, "{enrolments:?}");
        let account = policy.decide_account(&facts).outcome;
        assert_eq!(account, expect, "the account page: {enrolments:?}");
    }
}

#[test]
fn evidence_of_a_factor_that_was_removed_or_is_anothers_does_not_count() {
    let totp = enrolment("totp");
    check(
        &case(&[], vec![], vec![evidence(&totp)]),
        "Everyone",
        Outcome::Enrol(vec![kind("totp")]),
    );
    let mut foreign = evidence(&totp);
    foreign.person = PersonId::new(UpstreamId::new("adfs").unwrap(), "mallory");
    check(
        &case(&[], vec![totp], vec![foreign]),
        "Everyone",
        Outcome::StepUp(vec![kind("totp")]),
    );
}

#[test]
fn the_last_backup_code_still_counts_in_the_login_that_used_it() {
    let codes = Enrolment {
        spent: true,
        ..enrolment("backup_code")
    };
    check(
        &case(&[], vec![codes.clone()], vec![evidence(&codes)]),
        "Everyone",
        allow_and_offer(),
    );
    check(
        &case(&[], vec![codes], vec![]),
        "Everyone",
        Outcome::Enrol(vec![kind("totp")]),
    );
}

#[test]
fn mf_40_first_enrolment_can_be_refused() {
    let strict = |enrolments| {
        let rule = Rule {
            then: Verdict::Require {
                factors: vec![kind("totp")],
                first_enrolment: FirstEnrolment::Refuse,
                max_age: None,
                accepts_upstream: false,
            },
            ..require("Strict", &[])
        };
        decide(vec![rule], &case(&[], enrolments, vec![])).outcome
    };
    assert_eq!(strict(vec![]), Outcome::Deny(Refusal::NoFactor));
    assert_eq!(
        strict(vec![enrolment("totp")]),
        Outcome::StepUp(vec![kind("totp")])
    );
}

#[test]
fn mf_49_an_unknown_address_is_denied_by_a_network_rule_and_skipped_by_none() {
    let office = || {
        Some(Condition {
            networks: [NetworkId::new("office").unwrap()].into(),
            ..Condition::default()
        })
    };
    let decide = |then: Verdict, networks: Option<&BTreeSet<NetworkId>>| {
        let first = Rule {
            name: "Network".into(),
            when: office(),
            then,
        };
        let (kinds, person) = (kinds(), person(&[]));
        let policy = Policy::new(vec![first, require("Everyone", &["totp"])], &kinds).unwrap();
        let app = AppId::new("jira").unwrap();
        let facts = Facts {
            person: &person,
            active: true,
            app: &app,
            networks,
            evidence: &[],
            upstream_factor: Err(Doubt::NotBelieved),
            enrolments: &[],
            kinds: &kinds,
            came_at: now(),
            now: now(),
        };
        policy.decide(&facts).by.rule
    };
    let (inside, outside) = ([NetworkId::new("office").unwrap()].into(), BTreeSet::new());
    for (then, unknown) in [
        (Verdict::Deny, "Network"),
        (Verdict::Skip, "Everyone"),
        (require("x", &["totp"]).then, "Everyone"),
    ] {
        assert_eq!(decide(then.clone(), None), unknown, "{then:?}");
        assert_eq!(decide(then.clone(), Some(&inside)), "Network", "{then:?}");
        assert_eq!(decide(then.clone(), Some(&outside)), "Everyone", "{then:?}");
    }
}

#[test]
fn mf_50_groups_match_byte_for_byte() {
    for name in [
        "Leavers",
        "leavers ",
        "leavers,staff",
        "leavers\u{200b}",
        "",
    ] {
        assert_ne!(
            decide(rules(), &case(&[name], vec![], vec![])).by.rule,
            "Nobody leaves",
            "{name:?}"
        );
    }
    assert_eq!(
        decide(rules(), &case(&["leavers"], vec![], vec![])).by.rule,
        "Nobody leaves"
    );
}

/// Whoever sits down at a session that was proved hours ago reaches what it opens, and makes nothing their own.
#[test]
fn mf_41_an_old_proof_opens_but_sets_nothing_up() {
    let totp = enrolment("totp");
    let proved = |minutes: i64| Evidence {
        at: now() - TimeDelta::minutes(minutes),
        ..evidence(&totp)
    };
    let outcome = |factors: &[&str], minutes| {
        let case = case(&[], vec![totp.clone()], vec![proved(minutes)]);
        decide(vec![require("Everyone", factors)], &case).outcome
    };
    let set_up = Outcome::Enrol(vec![kind("webauthn")]);
    assert_eq!(outcome(&["webauthn"], 4), set_up, "benign control");
    let first = Outcome::StepUp(vec![kind("totp")]);
    assert_eq!(outcome(&["webauthn"], 5), first);
    let allowed = |recovery: Option<&str>| Outcome::Allow {
        basis: Basis::Evidence,
        recovery: recovery.map(kind),
    };
    let offered = outcome(&["totp", "backup_code"], 4);
    assert_eq!(offered, allowed(Some("backup_code")), "benign control");
    assert_eq!(outcome(&["totp", "backup_code"], 5), allowed(None));
}
