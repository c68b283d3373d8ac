//! What is counted, what is locked, who hears of it, and who is left a way in (attack rows MF-24, MF-25, WA-21).

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    evidence::{Enrolment, Role, Strength, Traits},
    id::{EnrolmentId, FactorKind},
    identity::{Person, PersonId},
    policy::{FirstEnrolment, Kinds, Policy, Rule, Verdict as Ruling},
    port::*,
    request::Memo,
};
use vestibule_engine::{Act, Ask, Fault, Parts, Visitor};

use crate::support::*;

/// A thing that signs: it is touched, or it is not.
struct Key(Traits);

impl Key {
    fn new() -> Self {
        Self(Traits {
            kind: kind("key"),
            amr: &["hwk"],
            role: Role::Primary,
            strength: Strength::PhishingResistant,
            enrols_inline: false,
        })
    }
}

#[async_trait]
impl Factor for Key {
    fn traits(&self) -> &Traits {
        &self.0
    }

    async fn challenge(
        &self,
        _: &Person,
        _: &[Enrolment],
        _: DateTime<Utc>,
    ) -> Result<(Prompt, Memo), FactorError> {
        let prompt = Prompt::Code {
            digits: None,
            hint: String::new(),
        };
        Ok((prompt, Memo::default()))
    }

    async fn verify(
        &self,
        _: &Memo,
        _: &Person,
        enrolled: &[Enrolment],
        answer: &Answer,
        _: DateTime<Utc>,
    ) -> Result<Verdict, FactorError> {
        Ok(match answer {
            Answer::Code(code) if code.expose_secret() == "touch" => {
                Verdict::Passed(Box::new(enrolled[0].clone()))
            }
            _ => Verdict::Wrong("untouched"),
        })
    }
}

/// Codes, and the key for those who have one.
fn with_keys(parts: &mut Parts) {
    let key: Arc<dyn Factor> = Arc::new(Key::new());
    parts.factors.insert(kind("key"), key);
    let kinds = Kinds::new(parts.factors.values().map(|factor| factor.traits().clone()));
    let rule = Rule {
        name: "Everyone".into(),
        when: None,
        then: Ruling::Require {
            factors: ["totp", "backup_code", "key"].map(kind).into(),
            first_enrolment: FirstEnrolment::Inline,
            max_age: None,
            accepts_upstream: false,
        },
    };
    parts.policy = Policy::new(vec![rule], &kinds).unwrap();
}

fn alice() -> PersonId {
    PersonId::new(upstream("adfs"), "alice")
}

async fn give_key(house: &House) {
    let key = Enrolment::new(
        EnrolmentId::from_bytes([9; 16]),
        alice(),
        kind("key"),
        "key",
        Memo::default(),
        house.clock.now(),
    );
    let commit = Commit {
        enrolments: vec![EnrolmentChange::Add(key)],
        ..Commit::default()
    };
    house.store.commit(commit).await.unwrap();
}

fn asked(screen: &vestibule_engine::Screen) -> (FactorKind, bool) {
    match &screen.ask {
        Ask::Code {
            kind, other_ways, ..
        } => (kind.clone(), *other_ways),
        other => panic!("{other:?}"),
    }
}

/// So many wrong codes in a row, each in a login of its own, as far apart as the rules want it.
async fn guess(house: &House, times: u32) {
    for _ in 0..times {
        let page = house.at_code("alice", browser(9)).await;
        let outcome = screen(
            house
                .act(&page, Act::Code("000000".into()), browser(9))
                .await,
        );
        assert_eq!(outcome.fault, Some(Fault::Wrong));
        house.clock.forward(3601);
    }
}

async fn alarms(house: &House) -> Vec<NoticeKind> {
    let sent = house.notices.0.lock().unwrap();
    let alarms = sent.iter().filter(|notice| notice.kind.is_alarm());
    alarms.map(|notice| notice.kind.clone()).collect()
}

#[tokio::test]
async fn mf_24_a_lock_leaves_a_stronger_factor_open_which_ends_it() {
    let house = House::with(with_keys).await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    give_key(&house).await;
    guess(&house, 19).await;
    assert_eq!(alarms(&house).await, []);
    guess(&house, 80).await;
    assert_eq!(alarms(&house).await, [NoticeKind::Guessing]);
    // Two pages are open when the last guess is made.
    let open = house.at_code("alice", browser(1)).await;
    assert_eq!(asked(&open), (kind("totp"), true));
    guess(&house, 1).await;
    let both = [NoticeKind::Guessing, NoticeKind::FactorsLocked];
    assert_eq!(alarms(&house).await, both);
    house.clock.forward(-3601);
    let code = Act::Code(house.code(&secret));
    let refused = screen(house.act(&open, code, browser(1)).await);
    assert_eq!(refused.fault, Some(Fault::CodesLocked));
    assert_eq!(asked(&refused), (kind("key"), false), "and nothing else");
    // A new login begins with what is left, and the other ways are not to be had by asking for them.
    let page = house.at_code("alice", browser(2)).await;
    assert_eq!(asked(&page), (kind("key"), false));
    let back = screen(
        house
            .act(&page, Act::AnotherWay(kind("totp")), browser(2))
            .await,
    );
    assert_eq!(asked(&back), (kind("key"), false));
    assert!(is_granted(
        &house
            .act(&back, Act::Code("touch".into()), browser(2))
            .await
    ));
    // The owner was there: codes count again.
    let page = house.at_code("alice", browser(2)).await;
    let page = screen(
        house
            .act(&page, Act::AnotherWay(kind("totp")), browser(2))
            .await,
    );
    let code = Act::Code(house.code(&secret));
    assert!(is_granted(&house.act(&page, code, browser(2)).await));
    let reasons = house.reasons().await;
    for once in [
        "Factor:guessing_noticed",
        "Factor:factors_locked",
        "Factor:attempts_locked",
    ] {
        let times = reasons.iter().filter(|reason| *reason == once).count();
        assert_eq!(times, 1, "{once}");
    }
}

#[tokio::test]
async fn mf_24_without_a_stronger_factor_a_lock_ends_with_an_administrator() {
    let house = House::build().await;
    let (secret, codes) = house.enrolled("alice", browser(1)).await;
    guess(&house, 100).await;
    for answer in [house.code(&secret), codes[0].clone().into()] {
        let page = house.at_code("alice", browser(1)).await;
        let refused = screen(house.act(&page, Act::Code(answer), browser(1)).await);
        assert_eq!(refused.fault, Some(Fault::Locked));
    }
    let record = AuditRecord::new(
        house.clock.now(),
        AuditEvent::Administration,
        AuditResult::Success,
    );
    house.store.forgive(&alice(), record).await.unwrap();
    let page = house.at_code("alice", browser(1)).await;
    let code = Act::Code(house.code(&secret));
    assert!(is_granted(&house.act(&page, code, browser(1)).await));
}

#[tokio::test]
async fn mf_25_a_key_is_never_locked_and_locks_nothing() {
    let house = House::with(with_keys).await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    give_key(&house).await;
    // From many sources, since each of them has a measure of its own.
    for number in 0..=255 {
        let elsewhere = Visitor {
            address: Some([203, 0, 113, number].into()),
            ..browser(9)
        };
        let page = screen(house.log_in("subject=alice", elsewhere).await);
        let page = screen(
            house
                .act(&page, Act::AnotherWay(kind("key")), elsewhere)
                .await,
        );
        let outcome = screen(house.act(&page, Act::Code("no".into()), elsewhere).await);
        assert_eq!(outcome.fault, Some(Fault::Wrong), "{number}");
    }
    assert_eq!(alarms(&house).await, []);
    let page = house.at_code("alice", browser(1)).await;
    let code = Act::Code(house.code(&secret));
    assert!(is_granted(&house.act(&page, code, browser(1)).await));
    let page = house.at_code("alice", browser(1)).await;
    let page = screen(
        house
            .act(&page, Act::AnotherWay(kind("key")), browser(1))
            .await,
    );
    assert!(is_granted(
        &house
            .act(&page, Act::Code("touch".into()), browser(1))
            .await
    ));
}

#[tokio::test]
async fn mf_24_refused_attempts_do_not_fill_the_log() {
    let house = House::build().await;
    house.enrolled("alice", browser(1)).await;
    let page = house.at_code("alice", browser(1)).await;
    let mut refused = 0;
    for _ in 0..500 {
        let code = Act::Code("000000".into());
        let outcome = screen(house.act(&page, code, browser(1)).await);
        refused += usize::from(matches!(outcome.fault, Some(Fault::Wait(_))));
    }
    assert_eq!(refused, 495);
    let reasons = house.reasons().await;
    let written = reasons
        .iter()
        .filter(|reason| *reason == "Factor:attempts_wait")
        .count();
    assert!((1..200).contains(&written), "{written}");
}

#[tokio::test]
async fn notices_have_a_measure_and_alarms_do_not_wait_for_it() {
    let house = House::build().await;
    let (_, codes) = house.enrolled("alice", browser(1)).await;
    for code in codes.into_iter().take(9) {
        let page = house.at_code("alice", browser(1)).await;
        let page = screen(
            house
                .act(&page, Act::AnotherWay(kind("backup_code")), browser(1))
                .await,
        );
        assert!(is_granted(
            &house.act(&page, Act::Code(code.into()), browser(1)).await
        ));
    }
    // Two factors were added, and nine codes used.
    assert_eq!(house.notices.0.lock().unwrap().len(), 10);
    guess(&house, 20).await;
    assert_eq!(alarms(&house).await, [NoticeKind::Guessing]);
    // Another person's notices are not held back by hers.
    house.enrolled("bob", browser(2)).await;
    let sent = house.notices.0.lock().unwrap();
    let to_bob = sent.iter().filter(|notice| notice.to == "bob@acme.example");
    assert_eq!(to_bob.count(), 2);
}
