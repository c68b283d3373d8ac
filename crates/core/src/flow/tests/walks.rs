//! Random walks over the state machine. The model keeps its own books of what was proved, and a grant that the books do
//! not cover fails the test.

use chrono::TimeDelta;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::*;
use crate::policy::Belief;

#[derive(Debug, Clone)]
enum Event {
    SentTo(&'static str),
    SentBack,
    Returned(&'static str, &'static str),
    /// Perhaps with the word that they passed a second factor there.
    Identified(&'static str, &'static str, bool),
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
    Believe(bool),
    Wait(i64),
    Settle,
}

fn events() -> impl Strategy<Value = Event> {
    let upstream = || prop::sample::select(vec!["adfs", "adfs", "adfs", "keycloak"]);
    let owner = || prop::sample::select(vec!["alice", "alice", "alice", "alice", "mallory"]);
    let factor = || prop::sample::select(vec!["totp", "totp", "webauthn", "backup_code"]);
    prop_oneof![
        4 => upstream().prop_map(Event::SentTo),
        1 => Just(Event::SentBack),
        4 => (upstream(), owner()).prop_map(|(u, o)| Event::Returned(u, o)),
        4 => (upstream(), owner(), any::<bool>()).prop_map(|(u, o, says)| Event::Identified(u, o, says)),
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
        1 => any::<bool>().prop_map(Event::Believe),
        1 => (0..400_i64).prop_map(Event::Wait),
        8 => Just(Event::Settle),
    ]
}

/// Bias towards walks that get somewhere: a proper login, with noise between its steps.
fn walks() -> impl Strategy<Value = Vec<Event>> {
    let noise = || prop::collection::vec(events(), 0..4);
    let noises = (noise(), noise(), noise(), noise(), noise());
    let proper = (noises, any::<bool>()).prop_map(|((a, b, c, d, e), says)| {
        let steps = [
            (a, Event::SentTo("adfs")),
            (b, Event::Returned("adfs", "alice")),
            (c, Event::Identified("adfs", "alice", says)),
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
    /// The upstream's word counts, for two minutes.
    believes: bool,
    /// When it said that the person passed a second factor there, by whose answer the login stands.
    said: Option<i64>,
    now: i64,
    refused: bool,
    grants: usize,
    by_upstream: usize,
}

/// How long an upstream's word counts, in seconds.
const TAKEN: i64 = 120;

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
        Event::SentBack => login.sent_back(now),
        Event::Returned(upstream, name) => login.returned(identity(upstream, name), now),
        Event::Identified(upstream, name, says) => {
            let mut person = person(upstream, name);
            person.upstream_proof.authenticated_at = Some(now);
            person.upstream_proof.methods = vec![if *says { "mfa" } else { "pwd" }.to_owned()];
            let moved = login.identified(person, now);
            if moved.is_ok() {
                books.said = says.then_some(books.now);
            }
            moved
        }
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
        Event::Believe(believes) => {
            books.believes = *believes;
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
    let belief = Belief {
        contexts: BTreeSet::new(),
        methods: ["mfa".to_owned()].into(),
        max_age: TimeDelta::seconds(TAKEN),
    };
    let world = World {
        policy,
        kinds: &kinds,
        networks: Some(&networks),
        enrolments: &books.enrolments,
        belief: books.believes.then_some(&belief),
        active: books.active,
        valid_from: DateTime::UNIX_EPOCH,
        word_from: DateTime::UNIX_EPOCH,
        takes: SingleSignOn::Shared,
        answer: AnswerId::from_bytes([4; 16]),
        session: SessionId::from_bytes([5; 16]),
        now: at(books.now),
    };
    Ok(match login.settle(&world)? {
        Settled::Enrol(login, _)
        | Settled::OfferRecovery(login, _)
        | Settled::StartOver(login, _)
        | Settled::StepUp(login, _) => login,
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
            let Verdict::Require {
                factors,
                accepts_upstream,
                ..
            } = &policy.rules()[0].then
            else {
                assert_eq!((grant.basis(), grant.rule()), (Basis::Skip, "Everyone"));
                return Ok(login);
            };
            assert!(grant.assurance().second_factor);
            if grant.basis() == Basis::Upstream {
                books.by_upstream += 1;
                let said = books.said.filter(|said| books.now - said <= TAKEN);
                let is_covered = *accepts_upstream && books.believes && said.is_some();
                assert!(is_covered, "a grant by a word that does not count");
                return Ok(login);
            }
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
            login
        }
    })
}

fn verdicts() -> impl Strategy<Value = Verdict> {
    prop::sample::select(vec![
        require(&["totp", "backup_code"]),
        require(&["totp"]),
        require(&["webauthn"]),
        accepting(&["totp"]),
        Verdict::Deny,
        Verdict::Skip,
    ])
}

fn accepting(factors: &[&str]) -> Verdict {
    match require(factors) {
        Verdict::Require {
            factors,
            first_enrolment,
            max_age,
            ..
        } => Verdict::Require {
            factors,
            first_enrolment,
            max_age,
            accepts_upstream: true,
        },
        other => other,
    }
}

/// How often a login was granted on this walk, and how often of that by the upstream's word.
fn grants(walk: &[Event], verdict: Verdict, enrolled: bool, passive: bool) -> (usize, usize) {
    let policy = policy(verdict);
    let enrolments = if enrolled {
        vec![
            enrolment("alice", "totp"),
            enrolment("alice", "backup_code"),
        ]
    } else {
        vec![]
    };
    let mut books = Books {
        enrolments,
        proved: vec![],
        active: true,
        believes: true,
        said: None,
        now: 0,
        refused: false,
        grants: 0,
        by_upstream: 0,
    };
    walk.iter().fold(open(passive), |login, event| {
        let login = step(login, event, &mut books, &policy);
        assert!(books.grants <= 1, "two grants from one login");
        login
    });
    (books.grants, books.by_upstream)
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
        grants(&walk, verdict, enrolled, passive);
    }
}

/// Guards the property above against a generator that never gets anywhere.
#[test]
fn the_walks_do_reach_grants() {
    let table = [
        (require(&["totp"]), true, (1, 0)),
        (Verdict::Skip, true, (1, 0)),
        (accepting(&["totp"]), true, (1, 0)),
        (accepting(&["totp"]), true, (1, 1)),
        (accepting(&["totp"]), false, (1, 1)),
    ];
    for (verdict, enrolled, reached) in table {
        let mut runner = TestRunner::deterministic();
        let granted = (0..500)
            .map(|_| walks().new_tree(&mut runner).unwrap().current())
            .filter(|walk| grants(walk, verdict.clone(), enrolled, false) == reached)
            .count();
        assert!(
            granted > 0,
            "no walk of 500 comes to {reached:?} under {verdict:?}"
        );
    }
}
