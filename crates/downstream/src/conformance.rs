//! What every application adapter promises, whatever it speaks.
//!
//! One suite over the port, run against each adapter with an application that needs no network; and the only way to a
//! grant, which is a login that policy lets pass.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use vestibule_core::{
    evidence::{Enrolment, Evidence, Role, Strength, Traits},
    flow::{Login, Settled, World},
    grant::Grant,
    id::{AnswerId, EnrolmentId, FactorKind, LoginId, Reference, SessionId, UpstreamId},
    identity::{Mapping, Person, Subject, VerifiedIdentity, normalise},
    policy::{Condition, FirstEnrolment, Kinds, Policy, Rule, Verdict},
    port::{Downstream, Incoming, Prompt},
    request::{AuthnRequest, Memo, Refusal, Reply},
    session::SingleSignOn,
};

/// The moment at which the tests of this room play.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// The other side of an adapter: two applications, `0` and `1`.
pub(crate) trait Applications {
    /// The adapter under test.
    fn downstream(&self) -> &dyn Downstream;

    /// A fresh request of one of them, named `name`.
    fn request(&self, which: usize, name: &str) -> Incoming;

    /// A request of nobody whom we know.
    fn strangers_request(&self) -> Incoming;

    /// What that application reads in a reply to its request `name`, checked as strictly as its protocol allows.
    fn read(&self, which: usize, name: &str, reply: &Reply) -> Read;
}

/// What an application makes of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Read {
    /// It lets this person in.
    In(String),
    /// It is told no.
    Refused,
    /// It does not accept the reply.
    Unacceptable,
}

/// Runs the suite.
pub(crate) async fn conforms(side: &dyn Applications) {
    a_request_comes_and_its_answer_goes(side).await;
    refusals_go_out(side).await;
    two_logins_are_two(side).await;
    strangers_get_nothing(side).await;
}

async fn a_request_comes_and_its_answer_goes(side: &dyn Applications) {
    for which in [0, 1] {
        let request = receive(side, which, "one").await;
        assert_eq!(request.protocol, side.downstream().protocol());
        // A login is sealed and stored between two requests, perhaps on two nodes.
        let stored = serde_json::to_string(&request).unwrap();
        let request: AuthnRequest = serde_json::from_str(&stored).unwrap();
        let reply = side
            .downstream()
            .answer(grant(request, identity(), true))
            .await
            .unwrap()
            .reply;
        assert_eq!(
            side.read(which, "one", &reply),
            Read::In("alice@acme.test".into())
        );
    }
}

async fn refusals_go_out(side: &dyn Applications) {
    let request = receive(side, 0, "one").await;
    for why in [
        Refusal::Assurance,
        Refusal::Cancelled,
        Refusal::Denied,
        Refusal::NoFactor,
        Refusal::Passive,
        Refusal::Upstream,
    ] {
        let reply = side
            .downstream()
            .refuse(&request, why, now())
            .await
            .unwrap();
        assert_eq!(side.read(0, "one", &reply), Read::Refused, "{why:?}");
    }
}

/// SO-12: logins of two applications, or two of one, are answered across each other, and nobody takes another's answer.
async fn two_logins_are_two(side: &dyn Applications) {
    let first = receive(side, 0, "one").await;
    let second = receive(side, 1, "one").await;
    let again = receive(side, 0, "two").await;
    let mut replies = Vec::new();
    for request in [second, again, first] {
        replies.push(
            side.downstream()
                .answer(grant(request, identity(), true))
                .await
                .unwrap()
                .reply,
        );
    }
    let askers = [(1, "one"), (0, "two"), (0, "one")];
    for (position, reply) in replies.iter().enumerate() {
        for (reader, (which, name)) in askers.iter().enumerate() {
            let expected = if reader == position {
                Read::In("alice@acme.test".into())
            } else {
                Read::Unacceptable
            };
            assert_eq!(
                side.read(*which, name, reply),
                expected,
                "{position} {reader}"
            );
        }
    }
}

async fn strangers_get_nothing(side: &dyn Applications) {
    let rejection = side
        .downstream()
        .receive(&side.strangers_request(), now())
        .await
        .unwrap_err();
    assert_eq!((rejection.code, &rejection.app), ("app_unknown", &None));
    for incoming in [
        Incoming::default(),
        Incoming {
            query: "nonsense".into(),
            form: Some("nonsense".into()),
        },
    ] {
        let rejection = side
            .downstream()
            .receive(&incoming, now())
            .await
            .unwrap_err();
        assert_eq!(rejection.app, None, "{rejection}");
    }
}

async fn receive(side: &dyn Applications, which: usize, name: &str) -> AuthnRequest {
    side.downstream()
        .receive(&side.request(which, name), now())
        .await
        .unwrap()
}

/// What an upstream said about Alice.
pub(crate) fn identity() -> VerifiedIdentity {
    let attribute = |name: &str, values: &[&str]| {
        (
            name.to_owned(),
            values
                .iter()
                .map(|value| (*value).to_owned())
                .collect::<Vec<_>>(),
        )
    };
    VerifiedIdentity {
        upstream: UpstreamId::new("adfs").unwrap(),
        subject: Subject::plain("alice-1"),
        attributes: [
            attribute("mail", &["alice@acme.test"]),
            attribute("given", &["Alice"]),
            attribute("family", &["Liddell"]),
            attribute("groups", &["staff", "admins"]),
            attribute("phone", &["1", "2"]),
        ]
        .into(),
        authn_context: None,
        methods: Vec::new(),
        authenticated_at: Some(now() - chrono::TimeDelta::seconds(7)),
        session: None,
        session_ends: None,
        for_logout: None,
        once: None,
    }
}

/// Alice, as she is made of that.
pub(crate) fn person() -> Person {
    normalise(&identity(), &mapping()).unwrap()
}

fn mapping() -> Mapping {
    Mapping {
        mail: vec!["mail".into()],
        given_name: vec!["given".into()],
        family_name: vec!["family".into()],
        groups: vec!["groups".into()],
        ..Mapping::default()
    }
}

/// A grant, by the only way there is: a login that policy lets pass.
pub(crate) fn grant(
    request: AuthnRequest,
    identity: VerifiedIdentity,
    second_factor: bool,
) -> Grant {
    let kind = FactorKind::totp();
    let kinds = Kinds::new([Traits {
        kind: kind.clone(),
        amr: &["otp"],
        role: Role::Primary,
        strength: Strength::OneTimeCode,
        enrols_inline: true,
    }]);
    let require = Verdict::Require {
        factors: vec![kind.clone()],
        first_enrolment: FirstEnrolment::Inline,
        max_age: None,
        accepts_upstream: false,
    };
    let mut rules = vec![Rule {
        name: "everyone".into(),
        when: None,
        then: require,
    }];
    if !second_factor {
        let skip = Rule {
            name: "skip".into(),
            when: Some(Condition {
                apps: [request.app.clone()].into(),
                ..Condition::default()
            }),
            then: Verdict::Skip,
        };
        rules.insert(0, skip);
    }
    let person = normalise(&identity, &mapping()).unwrap();
    let enrolment = Enrolment {
        id: EnrolmentId::from_bytes([1; 16]),
        person: person.id.clone(),
        kind: kind.clone(),
        label: "phone".into(),
        secret: Memo::default(),
        disabled: false,
        spent: false,
        created_at: now(),
        last_used_at: None,
        revision: 0,
    };
    let prompt = Prompt::Password { username: None };
    let mut login = Login::open(
        LoginId::from_bytes([2; 16]),
        Reference::from_random([3; 8]),
        request,
        now(),
    )
    .sent_to(
        identity.upstream.clone(),
        prompt.clone(),
        Memo::default(),
        now(),
    )
    .and_then(|login| login.returned(identity, now()))
    .and_then(|login| login.identified(person.clone(), now()))
    .unwrap();
    if second_factor {
        let evidence = Evidence {
            person: person.id,
            kind: kind.clone(),
            enrolment: enrolment.id,
            at: now(),
        };
        let enrolled = std::slice::from_ref(&enrolment);
        login = login
            .challenged(&kind, enrolled, prompt, Memo::default(), Vec::new(), now())
            .and_then(|login| login.passed(evidence, now()))
            .unwrap();
    }
    let enrolments = [enrolment];
    let policy = Policy::new(rules, &kinds).unwrap();
    let networks = std::collections::BTreeSet::new();
    let world = World {
        policy: &policy,
        kinds: &kinds,
        networks: Some(&networks),
        enrolments: &enrolments,
        belief: None,
        active: true,
        valid_from: DateTime::UNIX_EPOCH,
        word_from: DateTime::UNIX_EPOCH,
        takes: SingleSignOn::Shared,
        answer: AnswerId::from_bytes(fresh()),
        session: SessionId::from_bytes(fresh()),
        now: now(),
    };
    match login.settle(&world).unwrap() {
        Settled::Granted(_, grant) => *grant,
        other => panic!("{other:?}"),
    }
}

/// Another one each time, as the engine draws them.
fn fresh() -> [u8; 16] {
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    u128::from(DRAWN.fetch_add(1, Ordering::Relaxed)).to_be_bytes()
}
