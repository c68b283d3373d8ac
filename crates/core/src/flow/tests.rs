//! The steps of a login, one by one; all of them in any order are in [`walks`].

mod origin;
mod walks;

use std::collections::BTreeSet;

use super::*;
use crate::{
    assurance::Demand,
    evidence::{Role, Strength, Traits},
    fixture::{self, at},
    id::{AnswerId, AppId, EnrolmentId, SessionId},
    identity::{Mapping, PersonId, Subject, normalise},
    policy::{Basis, FirstEnrolment, Kinds, Policy, Rule, Verdict},
    session::SingleSignOn,
};

fn kind(name: &str) -> FactorKind {
    FactorKind::new(name).unwrap()
}

fn kinds() -> Kinds {
    let primary = |name: &str| Traits {
        kind: kind(name),
        amr: &["otp"],
        role: Role::Primary,
        strength: Strength::OneTimeCode,
        enrols_inline: true,
    };
    Kinds::new([
        primary("totp"),
        primary("webauthn"),
        Traits {
            role: Role::Recovery,
            ..primary("backup_code")
        },
    ])
}

fn identity(upstream: &str, name: &str) -> VerifiedIdentity {
    VerifiedIdentity {
        upstream: UpstreamId::new(upstream).unwrap(),
        subject: Subject::plain(name),
        ..fixture::identity()
    }
}

fn person(upstream: &str, name: &str) -> Person {
    normalise(&identity(upstream, name), &Mapping::default()).unwrap()
}

fn enrolment(owner: &str, name: &str) -> Enrolment {
    let seed = (owner.len() * 16 + name.len()) as u8;
    Enrolment {
        person: person("adfs", owner).id,
        ..fixture::factor(seed, name)
    }
}

fn request(passive: bool) -> AuthnRequest {
    AuthnRequest {
        passive,
        ..fixture::request()
    }
}

fn open(passive: bool) -> Login {
    fixture::login(request(passive))
}

fn code() -> Prompt {
    Prompt::Code {
        digits: Some(6),
        hint: String::new(),
    }
}

fn policy(verdict: Verdict) -> Policy {
    let everyone = Rule {
        name: "Everyone".into(),
        when: None,
        then: verdict,
    };
    let skip = Verdict::Skip;
    let rules = if everyone.then == skip {
        // A policy may not end in `skip`; the named rule stands before one that never comes to its turn here.
        let when = crate::policy::Condition {
            apps: [AppId::new("jira").unwrap()].into(),
            ..Default::default()
        };
        let last = require(&["totp"]);
        vec![
            Rule {
                when: Some(when),
                ..everyone
            },
            Rule {
                name: "Last".into(),
                when: None,
                then: last,
            },
        ]
    } else {
        vec![everyone]
    };
    Policy::new(rules, &kinds()).unwrap()
}

fn require(factors: &[&str]) -> Verdict {
    Verdict::Require {
        factors: factors.iter().map(|f| kind(f)).collect(),
        first_enrolment: FirstEnrolment::Inline,
        max_age: None,
        accepts_upstream: false,
    }
}

fn between() -> Login {
    let login = open(false)
        .sent_to(
            UpstreamId::new("adfs").unwrap(),
            code(),
            Memo::default(),
            at(0),
        )
        .unwrap();
    login
        .returned(identity("adfs", "alice"), at(0))
        .unwrap()
        .identified(person("adfs", "alice"), at(0))
        .unwrap()
}

#[test]
fn si_66_an_answer_of_another_upstream_is_refused() {
    let asked = |upstream| {
        open(false)
            .sent_to(
                UpstreamId::new(upstream).unwrap(),
                code(),
                Memo::default(),
                at(0),
            )
            .unwrap()
    };
    assert_eq!(
        asked("keycloak").returned(identity("adfs", "alice"), at(0)),
        Err(FlowError::WrongUpstream)
    );
    assert!(
        asked("adfs")
            .returned(identity("adfs", "alice"), at(0))
            .is_ok()
    );
}

/// Once it said no, its answer does not count any more; the person can be sent anew.
#[test]
fn who_is_sent_back_from_an_upstream_is_at_none() {
    let adfs = || UpstreamId::new("adfs").unwrap();
    let sent = |login: Login| login.sent_to(adfs(), code(), Memo::default(), at(0));
    let back = sent(open(false)).unwrap().sent_back(at(1)).unwrap();
    assert_eq!(*back.stage(), Stage::Routing);
    let late = back.clone().returned(identity("adfs", "alice"), at(1));
    assert_eq!(late, Err(FlowError::OutOfOrder));
    let again = sent(back).unwrap();
    assert!(again.returned(identity("adfs", "alice"), at(1)).is_ok());
    for elsewhere in [open(false), between()] {
        assert_eq!(elsewhere.sent_back(at(1)), Err(FlowError::OutOfOrder));
    }
    let expired = sent(open(false)).unwrap().sent_back(at(0) + LIFETIME);
    assert_eq!(expired, Err(FlowError::Expired));
}

/// A node that is renewed reads the logins that are under way.
#[test]
fn a_login_that_was_kept_without_the_address_of_its_opener_is_read() {
    let address = "203.0.113.1".parse().ok();
    let login = open(false).opened_from(address);
    let mut kept = serde_json::to_value(&login).unwrap();
    let read = |kept: &serde_json::Value| serde_json::from_value::<Login>(kept.clone()).unwrap();
    assert_eq!(read(&kept).opener(), address);
    kept.as_object_mut().unwrap().remove("opener").unwrap();
    assert_eq!(read(&kept), open(false));
}

#[test]
fn mf_04_evidence_for_another_challenge_or_person_is_refused() {
    let login = between()
        .challenged(
            &kind("totp"),
            &[enrolment("alice", "totp")],
            code(),
            Memo::default(),
            vec![],
            at(0),
        )
        .unwrap();
    let evidence = |of: &Enrolment| Evidence {
        person: of.person.clone(),
        kind: of.kind.clone(),
        enrolment: of.id,
        at: at(0),
    };
    for of in [enrolment("mallory", "totp"), enrolment("alice", "webauthn")] {
        assert_eq!(
            login.clone().passed(evidence(&of), at(0)),
            Err(FlowError::Foreign)
        );
    }
    assert!(
        login
            .passed(evidence(&enrolment("alice", "totp")), at(0))
            .is_ok()
    );
    assert_eq!(
        between().challenged(
            &kind("totp"),
            &[enrolment("alice", "totp"), enrolment("mallory", "totp")],
            code(),
            Memo::default(),
            vec![],
            at(0)
        ),
        Err(FlowError::Foreign)
    );
}

#[test]
fn mf_02_a_factor_that_was_not_asked_for_proves_nothing() {
    let of = enrolment("alice", "totp");
    let evidence = Evidence {
        person: of.person.clone(),
        kind: of.kind.clone(),
        enrolment: of.id,
        at: at(0),
    };
    assert_eq!(
        between().passed(evidence, at(0)),
        Err(FlowError::OutOfOrder)
    );
    assert_eq!(
        between().enrolled(&of, true, at(0)),
        Err(FlowError::OutOfOrder)
    );
}

#[test]
fn mf_03_another_way_never_passes_and_closes_the_first_challenge() {
    let first = enrolment("alice", "totp");
    let login = between()
        .challenged(
            &kind("totp"),
            std::slice::from_ref(&first),
            code(),
            Memo::default(),
            vec![],
            at(0),
        )
        .unwrap();
    let login = login
        .challenged(
            &kind("backup_code"),
            &[enrolment("alice", "backup_code")],
            code(),
            Memo::default(),
            vec![],
            at(0),
        )
        .unwrap();
    let evidence = Evidence {
        person: first.person.clone(),
        kind: first.kind.clone(),
        enrolment: first.id,
        at: at(0),
    };
    assert_eq!(login.passed(evidence, at(0)), Err(FlowError::Foreign));
}

#[test]
fn si_86_a_login_goes_on_in_the_browser_that_it_was_bound_to_first() {
    let login = open(false).bind(BrowserKey([1; 32])).unwrap();
    assert_eq!(
        login.clone().bind(BrowserKey([2; 32])),
        Err(FlowError::OtherBrowser)
    );
    assert!(login.bind(BrowserKey([1; 32])).is_ok());
}

#[test]
fn an_expired_login_can_only_be_refused() {
    let late = at(0) + LIFETIME;
    assert_eq!(between().put_off(late), Err(FlowError::Expired));
    assert_eq!(
        open(false).sent_to(
            UpstreamId::new("adfs").unwrap(),
            code(),
            Memo::default(),
            late
        ),
        Err(FlowError::Expired)
    );
    assert!(open(false).refused(Refusal::Cancelled).is_ok());
}

/// What an application insists on asks for nothing by itself: policy does, and what policy allows is held against it.
#[test]
fn so_11_a_demand_is_met_asked_for_or_refused_and_never_lied_about() {
    let told = |demand, has: bool, passed: bool| {
        let policy = policy(if passed {
            require(&["totp"])
        } else {
            Verdict::Skip
        });
        let mut login = between();
        login.request.demand = demand;
        let enrolled: Vec<Enrolment> = has
            .then(|| enrolment("alice", "totp"))
            .into_iter()
            .collect();
        if passed {
            let evidence = Evidence {
                person: enrolled[0].person.clone(),
                kind: kind("totp"),
                enrolment: enrolled[0].id,
                at: at(1),
            };
            login = login
                .challenged(
                    &kind("totp"),
                    &enrolled,
                    code(),
                    Memo::default(),
                    Vec::new(),
                    at(1),
                )
                .and_then(|login| login.passed(evidence, at(1)))
                .unwrap();
        }
        let (kinds, networks) = (kinds(), BTreeSet::new());
        let world = World {
            policy: &policy,
            kinds: &kinds,
            networks: Some(&networks),
            enrolments: &enrolled,
            belief: None,
            active: true,
            valid_from: DateTime::UNIX_EPOCH,
            word_from: DateTime::UNIX_EPOCH,
            takes: SingleSignOn::Shared,
            answer: AnswerId::from_bytes([4; 16]),
            session: SessionId::from_bytes([5; 16]),
            now: at(1),
        };
        match login.settle(&world).unwrap() {
            Settled::Enrol(..) => "enrol",
            Settled::Granted(..) => "granted",
            Settled::StepUp(..) => "step up",
            Settled::Refused(login, refused) => {
                assert_eq!(
                    login.stage(),
                    &Stage::Closed(Ending::Refused(Refusal::Assurance))
                );
                refused.why.code()
            }
            other => panic!("{other:?}"),
        }
    };
    for (demand, has, passed, expected) in [
        (Demand::Anything, true, false, "granted"),
        (Demand::Anything, true, true, "granted"),
        (Demand::SecondFactor, true, false, "step up"),
        (Demand::SecondFactor, true, true, "granted"),
        (Demand::SecondFactor, false, false, "enrol"),
        (Demand::SecondFactorIfPossible, true, false, "step up"),
        (Demand::SecondFactorIfPossible, true, true, "granted"),
        (Demand::SecondFactorIfPossible, false, false, "granted"),
        (Demand::Unattainable, true, false, "authn_context_unmet"),
        (Demand::Unattainable, true, true, "authn_context_unmet"),
    ] {
        assert_eq!(
            told(demand, has, passed),
            expected,
            "{demand:?} {has} {passed}"
        );
    }
}

#[test]
fn a_passive_request_is_refused_instead_of_asking() {
    let policy = policy(require(&["totp"]));
    let mut login = between();
    login.request.passive = true;
    let (kinds, networks) = (kinds(), BTreeSet::new());
    let world = World {
        policy: &policy,
        kinds: &kinds,
        networks: Some(&networks),
        enrolments: &[],
        belief: None,
        active: true,
        valid_from: DateTime::UNIX_EPOCH,
        word_from: DateTime::UNIX_EPOCH,
        takes: SingleSignOn::Shared,
        answer: AnswerId::from_bytes([4; 16]),
        session: SessionId::from_bytes([5; 16]),
        now: at(1),
    };
    assert!(matches!(
        login.settle(&world),
        Ok(Settled::Refused(
            _,
            Refused {
                why: Refusal::Interaction,
                ..
            }
        ))
    ));
}
