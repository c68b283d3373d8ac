//! What changes about a person while they log in (attack rows MF-40, SO-17).

use std::sync::Arc;

use vestibule_core::{identity::PersonId, port::*, request::Refusal};
use vestibule_engine::{Act, Ask};

use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn mf_40_of_two_first_enrolments_at_once_one_counts() {
    let house = Arc::new(House::build().await);
    for round in 0..10 {
        let subject = format!("newcomer{round}");
        let mut pages = Vec::new();
        for number in 0..2 {
            pages.push((number, house.at_code(&subject, browser(number)).await));
        }
        let tries = pages.into_iter().map(|(number, page)| {
            let house = house.clone();
            let Ask::ScanSecret { secret, .. } = page.ask.clone() else {
                panic!("{page:?}")
            };
            let code = house.code(&secret);
            tokio::spawn(async move { house.act(&page, Act::Code(code), browser(number)).await })
        });
        for attempt in tries.collect::<Vec<_>>() {
            assert!(attempt.await.unwrap().is_ok());
        }
        let person = PersonId::new(upstream("adfs"), subject);
        assert_eq!(house.store.enrolments(&person).await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn so_17_no_grant_is_written_down_after_the_person_was_disabled() {
    use vestibule_core::audit::{AuditEvent, AuditRecord, AuditResult};
    let house = Arc::new(House::build().await);
    for round in 0..10 {
        let subject = format!("person{round}");
        let (secret, _) = house.enrolled(&subject, browser(1)).await;
        let page = house.at_code(&subject, browser(1)).await;
        let person = PersonId::new(upstream("adfs"), &subject);
        let (one, code) = (house.clone(), house.code(&secret));
        let login =
            tokio::spawn(
                async move { is_granted(&one.act(&page, Act::Code(code), browser(1)).await) },
            );
        let record = AuditRecord::new(
            house.clock.now(),
            AuditEvent::Administration,
            AuditResult::Success,
        );
        let record = AuditRecord {
            person: Some(person.clone()),
            ..record.because("person_disabled", None)
        };
        house
            .store
            .set_disabled(&person, true, record)
            .await
            .unwrap();
        let granted = login.await.unwrap();
        let filter = AuditFilter {
            person: Some(person),
            most: 100,
            ..AuditFilter::default()
        };
        let entries = house.store.entries(&filter).await.unwrap();
        let place = |event| {
            entries
                .iter()
                .rposition(|entry| entry.record.event == event)
                .unwrap()
        };
        let (login, disabled) = (place(AuditEvent::Login), place(AuditEvent::Administration));
        assert!(
            !granted || login < disabled,
            "granted after the person was disabled"
        );
    }
}

#[tokio::test]
async fn a_disabled_person_is_refused_even_with_the_right_code() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let page = house.at_code("alice", browser(1)).await;
    let alice = PersonId::new(upstream("adfs"), "alice");
    let record = |what| {
        use vestibule_core::audit::{AuditEvent, AuditRecord, AuditResult};
        AuditRecord::new(
            house.clock.now(),
            AuditEvent::Administration,
            AuditResult::Success,
        )
        .because(what, None)
    };
    house
        .store
        .set_disabled(&alice, true, record("disabled"))
        .await
        .unwrap();
    let refused = screen(
        house
            .act(&page, Act::Code(house.code(&secret)), browser(1))
            .await,
    );
    assert_eq!(refused.ask, Ask::Refused(Refusal::Denied));
    house
        .store
        .set_disabled(&alice, false, record("enabled"))
        .await
        .unwrap();
    house.clock.forward(30);
    let page = house.at_code("alice", browser(1)).await;
    assert!(is_granted(
        &house
            .act(&page, Act::Code(house.code(&secret)), browser(1))
            .await
    ));
}

/// Removed while the secret for a first factor is shown: the right code opens nothing, and nothing is set up.
#[tokio::test]
async fn so_17_who_is_removed_at_the_code_page_gets_in_by_no_new_factor() {
    use vestibule_core::audit::{AuditEvent, AuditRecord, AuditResult};
    let house = House::build().await;
    let of = upstream("adfs");
    let record = || {
        AuditRecord::new(
            house.clock.now(),
            AuditEvent::Administration,
            AuditResult::Success,
        )
    };
    // The control is the same person, who is not removed.
    for removed in [true, false] {
        let subject = if removed { "alice" } else { "bob" };
        let account = LocalAccount {
            upstream: of.clone(),
            username: subject.into(),
            password_hash: "a hash".into(),
            mail: None,
            display_name: None,
            given_name: None,
            family_name: None,
            groups: vec![],
            disabled: false,
        };
        house.store.add_account(account, record()).await.unwrap();
        let page = house.at_code(subject, browser(1)).await;
        let Ask::ScanSecret { secret, .. } = page.ask.clone() else {
            panic!("{page:?}")
        };
        if removed {
            let gone = house.store.remove_account(&of, subject, record());
            assert!(gone.await.unwrap());
        }
        let code = Act::Code(house.code(&secret));
        let shown = screen(house.act(&page, code, browser(1)).await);
        let person = PersonId::new(of.clone(), subject);
        let factors = house.store.enrolments(&person).await.unwrap().len();
        let refused = shown.ask == Ask::Refused(Refusal::Denied);
        assert_eq!(
            (refused, factors),
            (removed, usize::from(!removed)),
            "{shown:?}"
        );
    }
}

#[tokio::test]
async fn who_gets_no_answer_is_named_in_the_record() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let arrived = house.arrive("app=jira&id=fails", browser(1)).await.unwrap();
    let handle = handle_of(&arrived);
    let page = screen(house.come_back(&handle, "subject=alice", browser(1)).await);
    let done = house.act(&page, Act::Code(house.code(&secret)), browser(1));
    assert_eq!(done.await.unwrap_err().code, "mail_missing");
    let filter = AuditFilter {
        most: 1,
        ..AuditFilter::default()
    };
    let last = house.store.entries(&filter).await.unwrap().remove(0).record;
    assert_eq!(last.reason, "mail_missing");
    let alice = PersonId::new(upstream("adfs"), "alice");
    assert_eq!(last.person, Some(alice));
    assert_eq!(last.upstream, Some(upstream("adfs")));
}
