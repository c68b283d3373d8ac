//! Random walks over the state machine. The model keeps its own books of what was proved, and a grant that the books do
//! not cover fails the test.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::{
    assurance::Demand,
    evidence::{Role, Strength, Traits},
    id::{AnswerId, AppId, EnrolmentId},
    identity::{Mapping, PersonId, Subject, normalise},
    policy::{Basis, FirstEnrolment, Kinds, Policy, Rule, Verdict},
    request::Protocol,
};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

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
        attributes: Default::default(),
        authn_context: None,
        methods: vec![],
        authenticated_at: None,
        session: None,
        session_ends: None,
        once: None,
    }
}

fn person(upstream: &str, name: &str) -> Person {
    normalise(&identity(upstream, name), &Mapping::default()).unwrap()
}

fn enrolment(owner: &str, name: &str) -> Enrolment {
    let seed = (owner.len() * 16 + name.len()) as u8;
    Enrolment {
        id: EnrolmentId::from_bytes([seed; 16]),
        person: person("adfs", owner).id,
        kind: kind(name),
        label: name.into(),
        secret: Memo::default(),
        disabled: false,
        spent: false,
        created_at: at(0),
        last_used_at: None,
        revision: 1,
    }
}

fn request(passive: bool) -> AuthnRequest {
    AuthnRequest {
        app: AppId::new("jira").unwrap(),
        protocol: Protocol::Saml,
        reply: Memo::default(),
        login_hint: None,
        force_authn: false,
        passive,
        demand: Demand::default(),
    }
}

fn open(passive: bool) -> Login {
    let reference = Reference::from_random([7; 8]);
    Login::open(
        LoginId::from_bytes([1; 16]),
        reference,
        request(passive),
        at(0),
    )
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
    }
}

#[derive(Debug, Clone)]
enum Event {
    SentTo(&'static str),
    Returned(&'static str, &'static str),
    Identified(&'static str, &'static str),
    Challenged(&'static str, &'static str),
    Passed(&'static str, &'static str),
    Enrolling(&'static str),
    Enrolled(&'static str, &'static str, bool),
    PutOff,
    Reconsider,
    Refused,
    Disable(&'static str),
    Remove(&'static str),
    DisablePerson,
    Wait(i64),
    Settle,
}

fn events() -> impl Strategy<Value = Event> {
    let upstream = || prop::sample::select(vec!["adfs", "adfs", "adfs", "keycloak"]);
    let owner = || prop::sample::select(vec!["alice", "alice", "alice", "alice", "mallory"]);
    let factor = || prop::sample::select(vec!["totp", "totp", "webauthn", "backup_code"]);
    prop_oneof![
        4 => upstream().prop_map(Event::SentTo),
        4 => (upstream(), owner()).prop_map(|(u, o)| Event::Returned(u, o)),
        4 => (upstream(), owner()).prop_map(|(u, o)| Event::Identified(u, o)),
        4 => (owner(), factor()).prop_map(|(o, f)| Event::Challenged(o, f)),
        4 => (owner(), factor()).prop_map(|(o, f)| Event::Passed(o, f)),
        3 => factor().prop_map(Event::Enrolling),
        3 => (owner(), factor(), any::<bool>()).prop_map(|(o, f, p)| Event::Enrolled(o, f, p)),
        2 => Just(Event::PutOff),
        1 => Just(Event::Reconsider),
        1 => Just(Event::Refused),
        1 => factor().prop_map(Event::Disable),
        1 => factor().prop_map(Event::Remove),
        1 => Just(Event::DisablePerson),
        1 => (0..400_i64).prop_map(Event::Wait),
        8 => Just(Event::Settle),
    ]
}

/// Bias towards walks that get somewhere: a proper login, with noise between its steps.
fn walks() -> impl Strategy<Value = Vec<Event>> {
    let noise = || prop::collection::vec(events(), 0..4);
    let proper = (noise(), noise(), noise(), noise(), noise()).prop_map(|(a, b, c, d, e)| {
        let steps = [
            (a, Event::SentTo("adfs")),
            (b, Event::Returned("adfs", "alice")),
            (c, Event::Identified("adfs", "alice")),
            (d, Event::Challenged("alice", "totp")),
            (e, Event::Passed("alice", "totp")),
        ];
        let mut walk: Vec<Event> = steps
            .into_iter()
            .flat_map(|(noise, step)| noise.into_iter().chain([step]))
            .collect();
        walk.extend([Event::Settle, Event::PutOff, Event::Settle, Event::Settle]);
        walk
    });
    prop_oneof![prop::collection::vec(events(), 1..40), proper]
}

/// The model's own books.
struct Books {
    enrolments: Vec<Enrolment>,
    proved: Vec<(PersonId, EnrolmentId, FactorKind)>,
    active: bool,
    now: i64,
    refused: bool,
    grants: usize,
}

fn step(login: Login, event: &Event, books: &mut Books, policy: &Policy) -> Login {
    let now = at(books.now);
    let before = login.clone();
    let moved = match event {
        Event::SentTo(upstream) => login.sent_to(
            UpstreamId::new(*upstream).unwrap(),
            code(),
            Memo::default(),
            now,
        ),
        Event::Returned(upstream, name) => login.returned(identity(upstream, name), now),
        Event::Identified(upstream, name) => login.identified(person(upstream, name), now),
        Event::Challenged(owner, factor) => login.challenged(
            &kind(factor),
            &[enrolment(owner, factor)],
            code(),
            Memo::default(),
            vec![],
            now,
        ),
        Event::Passed(owner, factor) => {
            let of = enrolment(owner, factor);
            let evidence = Evidence {
                person: of.person.clone(),
                kind: of.kind.clone(),
                enrolment: of.id,
                at: now,
            };
            let moved = login.passed(evidence, now);
            if moved.is_ok() {
                books.proved.push((of.person, of.id, of.kind));
            }
            moved
        }
        Event::Enrolling(factor) => login.enrolling(kind(factor), code(), Memo::default(), now),
        Event::Enrolled(owner, factor, proven) => {
            let of = enrolment(owner, factor);
            let moved = login.enrolled(&of, *proven, now);
            if moved.is_ok() {
                if *proven {
                    books
                        .proved
                        .push((of.person.clone(), of.id, of.kind.clone()));
                }
                books.enrolments.retain(|known| known.id != of.id);
                books.enrolments.push(of);
            }
            moved
        }
        Event::PutOff => login.put_off(now),
        Event::Reconsider => login.reconsider(now),
        Event::Refused => login
            .refused(Refusal::Cancelled)
            .inspect(|_| books.refused = true),
        Event::Disable(factor) => {
            books
                .enrolments
                .iter_mut()
                .filter(|e| e.kind == kind(factor))
                .for_each(|e| e.disabled = true);
            Ok(login)
        }
        Event::Remove(factor) => {
            books.enrolments.retain(|e| e.kind != kind(factor));
            Ok(login)
        }
        Event::DisablePerson => {
            books.active = false;
            Ok(login)
        }
        Event::Wait(seconds) => {
            books.now += seconds;
            Ok(login)
        }
        Event::Settle => settle(login, books, policy),
    };
    // A transition that is refused leaves the login as it was.
    moved.unwrap_or(before)
}

fn settle(login: Login, books: &mut Books, policy: &Policy) -> Result<Login, FlowError> {
    let (kinds, networks) = (kinds(), BTreeSet::new());
    let world = World {
        policy,
        kinds: &kinds,
        networks: Some(&networks),
        enrolments: &books.enrolments,
        active: books.active,
        answer: AnswerId::from_bytes([4; 16]),
        now: at(books.now),
    };
    Ok(match login.settle(&world)? {
        Settled::Enrol(login, _) | Settled::OfferRecovery(login, _) | Settled::StepUp(login, _) => {
            login
        }
        Settled::Refused(login, _) => {
            books.refused = true;
            login
        }
        Settled::Granted(login, grant) => {
            books.grants += 1;
            assert!(!books.refused, "a grant after a refusal");
            assert!(books.active, "a grant for a disabled person");
            assert!(
                at(books.now) < login.expires_at(),
                "a grant after the login's time"
            );
            let Verdict::Require { factors, .. } = &policy.rules()[0].then else {
                assert_eq!((grant.basis(), grant.rule()), (Basis::Skip, "Everyone"));
                return Ok(login);
            };
            let covered = books.proved.iter().any(|(owner, id, kind)| {
                *owner == grant.person().id
                    && factors.contains(kind)
                    && books
                        .enrolments
                        .iter()
                        .any(|e| e.id == *id && !e.disabled && e.person == *owner)
            });
            assert!(
                covered,
                "a grant without the evidence that the rule asks for"
            );
            assert!(grant.assurance().second_factor);
            login
        }
    })
}

fn verdicts() -> impl Strategy<Value = Verdict> {
    prop::sample::select(vec![
        require(&["totp", "backup_code"]),
        require(&["totp"]),
        require(&["webauthn"]),
        Verdict::Deny,
        Verdict::Skip,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_grant_without_evidence_never_two_never_after_a_refusal(
        walk in walks(),
        verdict in verdicts(),
        enrolled in any::<bool>(),
        passive in any::<bool>(),
    ) {
        let policy = policy(verdict);
        let enrolments = if enrolled { vec![enrolment("alice", "totp"), enrolment("alice", "backup_code")] } else { vec![] };
        let mut books = Books { enrolments, proved: vec![], active: true, now: 0, refused: false, grants: 0 };
        let mut login = open(passive);
        for event in &walk {
            login = step(login, event, &mut books, &policy);
            prop_assert!(books.grants <= 1, "two grants from one login");
        }
    }
}

#[test]
fn the_walks_do_reach_grants() {
    // Guards the property above against a generator that never gets anywhere.
    let policy = policy(require(&["totp"]));
    let mut books = Books {
        enrolments: vec![enrolment("alice", "totp")],
        proved: vec![],
        active: true,
        now: 0,
        refused: false,
        grants: 0,
    };
    let walk = [
        Event::SentTo("adfs"),
        Event::Returned("adfs", "alice"),
        Event::Identified("adfs", "alice"),
        Event::Challenged("alice", "totp"),
        Event::Passed("alice", "totp"),
        Event::Settle,
        Event::Settle,
    ];
    walk.iter().fold(open(false), |login, event| {
        step(login, event, &mut books, &policy)
    });
    assert_eq!(books.grants, 1);
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
fn so_11_an_unmet_demand_is_refused_and_a_met_one_granted() {
    let told = |demand, passed: bool| {
        let policy = policy(if passed {
            require(&["totp"])
        } else {
            Verdict::Skip
        });
        let mut login = between();
        login.request.demand = demand;
        let enrolled = [enrolment("alice", "totp")];
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
            active: true,
            answer: AnswerId::from_bytes([4; 16]),
            now: at(1),
        };
        match login.settle(&world).unwrap() {
            Settled::Granted(..) => "granted",
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
    for (demand, passed, expected) in [
        (Demand::Anything, false, "granted"),
        (Demand::Anything, true, "granted"),
        (Demand::SecondFactor, false, "authn_context_unmet"),
        (Demand::SecondFactor, true, "granted"),
        (Demand::Unattainable, false, "authn_context_unmet"),
        (Demand::Unattainable, true, "authn_context_unmet"),
    ] {
        assert_eq!(told(demand, passed), expected, "{demand:?} {passed}");
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
        active: true,
        answer: AnswerId::from_bytes([4; 16]),
        now: at(1),
    };
    assert!(matches!(
        login.settle(&world),
        Ok(Settled::Refused(
            _,
            Refused {
                why: Refusal::Passive,
                ..
            }
        ))
    ));
}
