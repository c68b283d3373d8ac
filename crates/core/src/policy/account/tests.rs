use super::*;
use crate::{
    evidence::Evidence,
    fixture::{self, alice, at},
    id::AppId,
    identity::Person,
    policy::{Basis, Condition, FirstEnrolment, Misruled},
    request::Refusal,
};

fn kind(name: &str) -> FactorKind {
    FactorKind::new(name).unwrap()
}

pub(super) fn kinds() -> Kinds {
    let traits = |name: &str, role, strength| Traits {
        kind: kind(name),
        amr: &[],
        role,
        strength,
        enrols_inline: true,
    };
    Kinds::new([
        traits("backup_code", Role::Recovery, Strength::OneTimeCode),
        traits("totp", Role::Primary, Strength::OneTimeCode),
        traits("webauthn", Role::Primary, Strength::PhishingResistant),
    ])
}

/// She has one factor of each kind, and their names differ in length.
fn number(kind: &str) -> u8 {
    u8::try_from(kind.len()).unwrap()
}

fn factor(kind: &str) -> Enrolment {
    fixture::factor(number(kind), kind)
}

fn proof(kind: &str) -> Evidence {
    fixture::evidence(number(kind), kind, 0)
}

fn group(name: &str) -> Option<Condition> {
    Some(Condition {
        groups: [name.to_owned()].into(),
        ..Condition::default()
    })
}

/// Leavers are denied, the kiosk skips, administrators use a key and nothing else, and everybody else what they have.
fn policy() -> Result<Policy, Vec<Misruled>> {
    let require = |factors: &[&str], first_enrolment| Verdict::Require {
        factors: factors.iter().map(|name| kind(name)).collect(),
        first_enrolment,
        max_age: None,
        accepts_upstream: false,
    };
    let rule = |name: &str, when, then| Rule {
        name: name.to_owned(),
        when,
        then,
    };
    let (inline, refuse) = (FirstEnrolment::Inline, FirstEnrolment::Refuse);
    let rules = vec![
        rule("leavers", group("leavers"), Verdict::Deny),
        rule("kiosk", group("kiosk"), Verdict::Skip),
        rule("admins", group("admins"), require(&["webauthn"], inline)),
        rule("strict", group("strict"), require(&["totp"], refuse)),
        rule(
            "everyone",
            None,
            require(&["webauthn", "totp", "backup_code"], inline),
        ),
    ];
    Policy::new(rules, &kinds())
}

fn decide(group: &str, has: &[&str], passed: &[&str], active: bool) -> (Outcome, String) {
    let person = Person {
        groups: [group.to_owned()].into(),
        ..alice()
    };
    let enrolments: Vec<Enrolment> = has.iter().map(|name| factor(name)).collect();
    let evidence: Vec<Evidence> = passed.iter().map(|name| proof(name)).collect();
    let networks = Default::default();
    let facts = Facts {
        person: &person,
        active,
        app: &AppId::account(),
        networks: Some(&networks),
        evidence: &evidence,
        upstream_factor: Err(Doubt::NotBelieved),
        enrolments: &enrolments,
        kinds: &kinds(),
        came_at: at(0),
        now: at(0),
    };
    let decision = policy().unwrap().decide_account(&facts);
    (decision.outcome, decision.by.rule)
}

fn step_up(names: &[&str]) -> Outcome {
    Outcome::StepUp(names.iter().map(|name| kind(name)).collect())
}

fn enrol(names: &[&str]) -> Outcome {
    Outcome::Enrol(names.iter().map(|name| kind(name)).collect())
}

const OPEN: Outcome = Outcome::Allow {
    basis: Basis::Evidence,
    recovery: None,
};

#[test]
fn mf_40_mf_44_the_account_opens_with_the_strongest_factor_and_never_with_a_password_alone() {
    let all = &["totp", "webauthn", "backup_code"][..];
    let table: &[(&str, &[&str], &[&str], Outcome)] = &[
        // Benign: what they have, they pass.
        ("staff", &["totp"], &["totp"], OPEN),
        ("staff", all, &["webauthn"], OPEN),
        ("admins", &["webauthn"], &["webauthn"], OPEN),
        // The strongest, and nothing less.
        ("staff", &["totp"], &[], step_up(&["totp"])),
        ("staff", all, &[], step_up(&["webauthn"])),
        ("staff", all, &["totp"], step_up(&["webauthn"])),
        (
            "staff",
            all,
            &["totp", "backup_code"],
            step_up(&["webauthn"]),
        ),
        // A way back in is not the factor that it is the way back to.
        (
            "staff",
            &["totp", "backup_code"],
            &["backup_code"],
            step_up(&["totp"]),
        ),
        // Only where no other is left.
        ("staff", &["backup_code"], &[], step_up(&["backup_code"])),
        ("staff", &["backup_code"], &["backup_code"], OPEN),
        // A rule that skips does not open it.
        ("kiosk", &["totp"], &[], step_up(&["totp"])),
        ("kiosk", &["totp"], &["totp"], OPEN),
        ("kiosk", &[], &[], enrol(&["webauthn", "totp"])),
        // Who has none sets one up where the rule lets them.
        ("staff", &[], &[], enrol(&["webauthn", "totp"])),
        ("strict", &[], &[], Outcome::Deny(Refusal::NoFactor)),
        // What the rule asks for beyond that, it asks for here too.
        ("admins", &["totp"], &[], step_up(&["totp"])),
        ("admins", &["totp"], &["totp"], enrol(&["webauthn"])),
        (
            "leavers",
            &["totp"],
            &["totp"],
            Outcome::Deny(Refusal::Denied),
        ),
    ];
    for (group, has, passed, expect) in table {
        let (outcome, _) = decide(group, has, passed, true);
        assert_eq!(outcome, *expect, "{group} has {has:?}, passed {passed:?}");
        let (disabled, _) = decide(group, has, passed, false);
        assert_eq!(disabled, Outcome::Deny(Refusal::Denied), "{group} disabled");
    }
}

#[test]
fn the_rule_that_decides_is_named() {
    for (group, rule) in [
        ("staff", "everyone"),
        ("kiosk", "everyone"),
        ("admins", "admins"),
    ] {
        assert_eq!(decide(group, &["webauthn"], &["webauthn"], true).1, rule);
    }
}
