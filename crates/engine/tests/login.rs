//! The way of a login, and the attacks on its way (attack rows MF-01 … MF-50, SI-62, SI-66, SO-12).

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod support;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use support::*;
use vestibule_core::{
    evidence::{Enrolment, Role, Traits},
    identity::{Person, PersonId},
    port::*,
    request::{Memo, Refusal},
};
use vestibule_engine::{Act, Ask, Fault, ProblemKind, Shown, Visitor};

#[tokio::test]
async fn the_first_login_sets_up_an_app_and_codes_and_the_second_asks_for_a_code() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let page = screen(house.log_in("subject=alice", browser(1)).await);
    assert!(
        matches!(
            &page.ask,
            Ask::Code {
                digits: Some(6),
                other_ways: true,
                ..
            }
        ),
        "{page:?}"
    );
    let outcome = house
        .act(&page, Act::Code(house.code(&secret)), browser(1))
        .await;
    assert_eq!(answer(outcome, "amr").as_deref(), Some("mfa otp pwd"));
}

#[tokio::test]
async fn a_login_writes_two_records_and_their_chain_holds() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let before = house.reasons().await.len();
    let page = screen(house.log_in("subject=alice", browser(1)).await);
    assert!(is_granted(
        &house
            .act(&page, Act::Code(house.code(&secret)), browser(1))
            .await
    ));
    assert_eq!(house.reasons().await.len() - before, 2);
    assert_eq!(house.store.verify_chain().await.unwrap().fault, None);
}

#[tokio::test]
async fn a_rule_may_skip_the_factor_and_the_answer_tells_the_truth() {
    let house = House::build().await;
    let office = Visitor {
        address: Some("203.0.113.5".parse().unwrap()),
        ..browser(1)
    };
    let outcome = house.log_in("subject=bob&groups=staff", office).await;
    assert_eq!(answer(outcome, "amr").as_deref(), Some("pwd"));
}

#[tokio::test]
async fn mf_49_a_network_rule_does_not_hold_for_an_unknown_address() {
    let house = House::build().await;
    for address in [None, Some("198.51.100.7".parse().unwrap())] {
        let outcome = house
            .log_in(
                "subject=bob&groups=staff",
                Visitor {
                    address,
                    ..browser(1)
                },
            )
            .await;
        assert!(matches!(screen(outcome).ask, Ask::ScanSecret { .. }));
    }
}

#[tokio::test]
async fn a_denied_person_reads_so_and_the_application_is_told_when_they_go_back() {
    let house = House::build().await;
    let page = screen(
        house
            .log_in("subject=carol&groups=leavers", browser(1))
            .await,
    );
    assert_eq!(page.ask, Ask::Refused(Refusal::Denied));
    let again = house.engine.show(&page.handle, browser(1)).await;
    assert_eq!(screen(again).ask, Ask::Refused(Refusal::Denied));
    let outcome = house
        .engine
        .act(&page.handle, None, Act::Return, browser(1))
        .await;
    assert_eq!(answer(outcome, "refused").as_deref(), Some("denied"));
    assert!(house.reasons().await.contains(&"Login:denied".to_owned()));
}

#[tokio::test]
async fn a_passive_request_is_refused_without_a_page() {
    let house = House::build().await;
    let handle = handle_of(
        &house
            .arrive("app=jira&id=r1&passive=1", browser(1))
            .await
            .unwrap(),
    );
    let outcome = house.come_back(&handle, "subject=alice", browser(1)).await;
    assert_eq!(answer(outcome, "refused").as_deref(), Some("passive"));
}

#[tokio::test]
async fn a_person_may_choose_and_choose_again() {
    let house = House::build().await;
    let page = screen(house.arrive("app=wiki&id=r1", browser(1)).await);
    assert!(matches!(&page.ask, Ask::ChooseUpstream(choices) if choices.len() == 2));
    let first = handle_of(
        &house
            .act(&page, Act::Upstream(upstream("other")), browser(1))
            .await
            .unwrap(),
    );
    let second = handle_of(
        &house
            .act(&page, Act::Upstream(upstream("adfs")), browser(1))
            .await
            .unwrap(),
    );
    // The first upstream's answer comes late: another one is asked now.
    let late = Callback {
        query: format!("handle={first}&subject=alice"),
        form: None,
    };
    let problem = house
        .engine
        .callback(&upstream("other"), late, browser(1))
        .await
        .unwrap_err();
    assert_eq!(problem.code, "upstream_mismatch");
    assert!(
        house
            .come_back(&second, "subject=alice", browser(1))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn mf_01_forced_browsing_stays_before_the_second_door() {
    let house = House::build().await;
    house.enrolled("alice", browser(1)).await;
    let page = screen(house.log_in("subject=alice", browser(1)).await);
    // Every other act at this step shows the challenge again, and none of them gets through.
    for act in [
        Act::Confirm,
        Act::Enrol(kind("totp")),
        Act::Enrol(kind("backup_code")),
        Act::PutOff,
        Act::Mail("alice@acme.example".into()),
        Act::Upstream(upstream("adfs")),
        Act::AnotherWay(kind("webauthn")),
        Act::Password {
            username: "alice".into(),
            password: "x".into(),
        },
    ] {
        let named = format!("{act:?}");
        let outcome = house.act(&page, act, browser(1)).await;
        assert!(
            !matches!(outcome, Ok(Shown::Answer(_))),
            "{named}: {outcome:?}"
        );
    }
    let shown = screen(house.engine.show(&page.handle, browser(1)).await);
    assert!(matches!(shown.ask, Ask::Code { .. }), "{shown:?}");
}

#[tokio::test]
async fn mf_02_a_form_of_another_step_or_of_none_is_not_acted_on() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let page = screen(house.log_in("subject=alice", browser(1)).await);
    for step in [None, Some(page.step - 1), Some(page.step + 1), Some(-1)] {
        let act = Act::Code(house.code(&secret));
        let outcome = house.engine.act(&page.handle, step, act, browser(1)).await;
        assert!(
            matches!(outcome, Ok(Shown::Onward(_))),
            "{step:?}: {outcome:?}"
        );
    }
    // benign control
    assert!(is_granted(
        &house
            .act(&page, Act::Code(house.code(&secret)), browser(1))
            .await
    ));
}

#[tokio::test]
async fn mf_03_another_way_is_scoped_to_this_login_and_never_passes_by_itself() {
    let house = House::build().await;
    let (secret, codes) = house.enrolled("alice", browser(1)).await;
    let page = screen(house.log_in("subject=alice", browser(1)).await);
    let ways = screen(house.engine.other_ways(&page.handle, browser(1)).await);
    assert_eq!(
        ways.ask,
        Ask::AnotherWay(vec![kind("totp"), kind("backup_code")])
    );
    let chosen = screen(
        house
            .act(&ways, Act::AnotherWay(kind("backup_code")), browser(1))
            .await,
    );
    assert!(matches!(&chosen.ask, Ask::Code { digits: None, .. }));
    // The first page's form is of an earlier step now: its code is not looked at.
    let stale = house
        .act(&page, Act::Code(house.code(&secret)), browser(1))
        .await;
    assert!(matches!(stale, Ok(Shown::Onward(_))), "{stale:?}");
    let outcome = house
        .act(&chosen, Act::Code(codes[0].clone().into()), browser(1))
        .await;
    assert!(is_granted(&outcome));
}

#[tokio::test]
async fn mf_04_a_page_of_one_browser_does_not_go_on_in_another() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let page = screen(house.log_in("subject=alice", browser(1)).await);
    for foreign in [
        browser(2),
        Visitor {
            browser: None,
            ..browser(1)
        },
    ] {
        let problem = house
            .act(&page, Act::Code(house.code(&secret)), foreign)
            .await
            .unwrap_err();
        assert_eq!(
            (problem.kind, problem.handle),
            (ProblemKind::OtherBrowser, None)
        );
        assert_eq!(
            house
                .engine
                .show(&page.handle, foreign)
                .await
                .unwrap_err()
                .kind,
            ProblemKind::OtherBrowser
        );
    }
    assert!(is_granted(
        &house
            .act(&page, Act::Code(house.code(&secret)), browser(1))
            .await
    ));
}

#[tokio::test]
async fn mf_05_a_success_that_is_sent_again_is_over() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let page = screen(house.log_in("subject=alice", browser(1)).await);
    let code = house.code(&secret);
    assert!(is_granted(
        &house.act(&page, Act::Code(code.clone()), browser(1)).await
    ));
    let again = house
        .act(&page, Act::Code(code.clone()), browser(1))
        .await
        .unwrap_err();
    assert_eq!(again.kind, ProblemKind::Finished);
    // In a new login the same code is used already.
    let next = screen(house.log_in("subject=alice", browser(1)).await);
    let outcome = screen(house.act(&next, Act::Code(code), browser(1)).await);
    assert_eq!(outcome.fault, Some(Fault::Wrong));
}

#[tokio::test]
async fn mf_06_the_evidence_of_one_person_is_not_the_next_ones() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let page = screen(house.log_in("subject=alice", browser(1)).await);
    assert!(is_granted(
        &house
            .act(&page, Act::Code(house.code(&secret)), browser(1))
            .await
    ));
    // Bob at the same machine, in the same browser.
    let bob = screen(house.log_in("subject=bob", browser(1)).await);
    assert!(matches!(bob.ask, Ask::ScanSecret { .. }), "{bob:?}");
    assert_eq!(bob.person.as_deref(), Some("bob@acme.example"));
}

#[tokio::test]
async fn mf_07_so_12_two_tabs_end_each_at_its_own_application_as_its_own_person() {
    let house = House::build().await;
    let (alice, _) = house.enrolled("alice", browser(1)).await;
    let one = handle_of(&house.arrive("app=jira&id=tab-1", browser(1)).await.unwrap());
    let two = screen(house.arrive("app=wiki&id=tab-2", browser(1)).await);
    let two = handle_of(
        &house
            .act(&two, Act::Upstream(upstream("adfs")), browser(1))
            .await
            .unwrap(),
    );
    let one = screen(house.come_back(&one, "subject=alice", browser(1)).await);
    let two = screen(house.come_back(&two, "subject=alice", browser(1)).await);
    let second = house
        .act(&two, Act::Code(house.code(&alice)), browser(1))
        .await;
    assert_eq!(answer(second, "in_response_to").as_deref(), Some("tab-2"));
    house.clock.forward(30);
    let first = house
        .act(&one, Act::Code(house.code(&alice)), browser(1))
        .await;
    assert_eq!(answer(first, "in_response_to").as_deref(), Some("tab-1"));
}

/// A factor that cannot say.
struct Broken(Traits);

#[async_trait]
impl Factor for Broken {
    fn traits(&self) -> &Traits {
        &self.0
    }

    async fn challenge(
        &self,
        _: &Person,
        _: &Enrolment,
        _: DateTime<Utc>,
    ) -> Result<(Prompt, Memo), FactorError> {
        Ok((
            Prompt::Code {
                digits: Some(6),
                hint: String::new(),
            },
            Memo::default(),
        ))
    }

    async fn verify(
        &self,
        _: &Memo,
        _: &Person,
        _: &Enrolment,
        _: &Answer,
        _: DateTime<Utc>,
    ) -> Result<Verdict, FactorError> {
        Err(FactorError::Unreachable(
            "the service does not answer".into(),
        ))
    }
}

#[tokio::test]
async fn mf_11_a_factor_that_fails_lets_nobody_pass() {
    let url = vestibule_store::StoreUrl::parse("sqlite::memory:").unwrap();
    let config =
        vestibule_store::StoreConfig::new(url, vestibule_store::MasterKey::from_bytes([7; 32]));
    let store = Arc::new(vestibule_store::Store::open(&config).await.unwrap());
    let whole = House::on(store.clone(), |_| {});
    let (secret, _) = whole.enrolled("alice", browser(1)).await;
    let broken = House::on(store, |parts| {
        let traits = Traits {
            kind: kind("totp"),
            amr: &["otp"],
            role: Role::Primary,
            enrols_inline: true,
        };
        parts.factors.insert(kind("totp"), Arc::new(Broken(traits)));
    });
    broken.clock.forward(60);
    let page = screen(broken.log_in("subject=alice", browser(2)).await);
    let problem = broken
        .act(&page, Act::Code(broken.code(&secret)), browser(2))
        .await
        .unwrap_err();
    assert_eq!(
        (problem.kind, problem.code),
        (ProblemKind::Unavailable, "factor_unreachable")
    );
    assert!(matches!(
        screen(broken.engine.show(&page.handle, browser(2)).await).ask,
        Ask::Code { .. }
    ));
    // benign control: the same code at the house whose factor works
    whole.clock.forward(30);
    let page = screen(whole.log_in("subject=alice", browser(1)).await);
    assert!(is_granted(
        &whole
            .act(&page, Act::Code(whole.code(&secret)), browser(1))
            .await
    ));
}

#[tokio::test]
async fn mf_20_the_confirming_code_is_used_and_fifty_at_once_give_one_grant() {
    let house = Arc::new(House::build().await);
    let screen_one = screen(house.log_in("subject=alice", browser(1)).await);
    let Ask::ScanSecret { secret, .. } = screen_one.ask.clone() else {
        panic!()
    };
    let confirming = house.code(&secret);
    let codes = screen(
        house
            .act(&screen_one, Act::Code(confirming.clone()), browser(1))
            .await,
    );
    assert!(is_granted(
        &house.act(&codes, Act::Confirm, browser(1)).await
    ));
    let page = screen(house.log_in("subject=alice", browser(1)).await);
    assert_eq!(
        screen(house.act(&page, Act::Code(confirming), browser(1)).await).fault,
        Some(Fault::Wrong)
    );

    house.clock.forward(30);
    let code = house.code(&secret);
    let tries = (0..50).map(|_| {
        let (house, page, code) = (house.clone(), page.clone(), code.clone());
        tokio::spawn(
            async move { is_granted(&house.act(&page, Act::Code(code), browser(1)).await) },
        )
    });
    let mut granted = 0;
    for attempt in tries.collect::<Vec<_>>() {
        granted += usize::from(attempt.await.unwrap());
    }
    assert_eq!(granted, 1);
    assert_eq!(house.store.verify_chain().await.unwrap().fault, None);
}

#[tokio::test]
async fn mf_24_guesses_are_counted_over_logins_factors_and_codes_until_a_success() {
    let house = House::build().await;
    let (secret, codes) = house.enrolled("alice", browser(1)).await;
    for number in 0..5 {
        // A new login for each guess, in a new browser: restarting resets nothing.
        let page = screen(house.log_in("subject=alice", browser(10 + number)).await);
        let page = if number % 2 == 0 {
            page
        } else {
            screen(
                house
                    .act(
                        &page,
                        Act::AnotherWay(kind("backup_code")),
                        browser(10 + number),
                    )
                    .await,
            )
        };
        let outcome = screen(
            house
                .act(&page, Act::Code("000000".into()), browser(10 + number))
                .await,
        );
        assert_eq!(outcome.fault, Some(Fault::Wrong), "guess {number}");
    }
    let page = screen(house.log_in("subject=alice", browser(1)).await);
    // The right code and a right backup code are not even looked at.
    let waiting = screen(
        house
            .act(&page, Act::Code(house.code(&secret)), browser(1))
            .await,
    );
    assert!(matches!(waiting.fault, Some(Fault::Wait(_))), "{waiting:?}");
    let other = screen(
        house
            .act(&page, Act::AnotherWay(kind("backup_code")), browser(1))
            .await,
    );
    let waiting = screen(
        house
            .act(&other, Act::Code(codes[0].clone().into()), browser(1))
            .await,
    );
    assert!(matches!(waiting.fault, Some(Fault::Wait(_))), "{waiting:?}");
    house.clock.forward(31);
    assert!(is_granted(
        &house
            .act(&other, Act::Code(codes[0].clone().into()), browser(1))
            .await
    ));
    // A success clears the account.
    let page = screen(house.log_in("subject=alice", browser(1)).await);
    assert_eq!(
        screen(
            house
                .act(&page, Act::Code("000000".into()), browser(1))
                .await
        )
        .fault,
        Some(Fault::Wrong)
    );
}

#[tokio::test]
async fn mf_24_parallel_guesses_are_all_counted() {
    let house = Arc::new(House::build().await);
    house.enrolled("alice", browser(1)).await;
    let page = screen(house.log_in("subject=alice", browser(1)).await);
    let tries = (0..40).map(|number| {
        let (house, page) = (house.clone(), page.clone());
        let guess = SecretString::from(format!("{number:06}"));
        tokio::spawn(
            async move { screen(house.act(&page, Act::Code(guess), browser(1)).await).fault },
        )
    });
    let mut judged = 0;
    for attempt in tries.collect::<Vec<_>>() {
        judged += usize::from(attempt.await.unwrap() == Some(Fault::Wrong));
    }
    assert_eq!(judged, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn mf_40_of_two_first_enrolments_at_once_one_counts() {
    let house = Arc::new(House::build().await);
    for round in 0..10 {
        let subject = format!("newcomer{round}");
        let mut pages = Vec::new();
        for number in 0..2 {
            pages.push((
                number,
                screen(
                    house
                        .log_in(&format!("subject={subject}"), browser(number))
                        .await,
                ),
            ));
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
        let page = screen(
            house
                .log_in(&format!("subject={subject}"), browser(1))
                .await,
        );
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
async fn mf_49_being_unknown_is_no_way_round_the_limits() {
    let house = House::build().await;
    let unknown = |number| Visitor {
        address: None,
        ..browser(number)
    };
    let mut waits = false;
    for person in 0..12 {
        for guess in 0..5 {
            let page = screen(
                house
                    .log_in(&format!("subject=p{person}"), unknown(person))
                    .await,
            );
            let outcome = screen(
                house
                    .act(&page, Act::Code("000000".into()), unknown(person))
                    .await,
            );
            waits |= matches!(outcome.fault, Some(Fault::Wait(_)));
            assert!(outcome.fault.is_some(), "{person} {guess}");
        }
    }
    assert!(waits, "sixty guesses from nowhere met no limit");
}

#[tokio::test]
async fn mf_25_who_has_not_passed_the_first_door_touches_no_counter() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    for _ in 0..20 {
        let handle = handle_of(&house.arrive("app=jira&id=x", browser(9)).await.unwrap());
        assert!(
            house
                .come_back(&handle, "nobody=1", browser(9))
                .await
                .is_err()
        );
    }
    let page = screen(house.log_in("subject=alice", browser(1)).await);
    assert!(is_granted(
        &house
            .act(&page, Act::Code(house.code(&secret)), browser(1))
            .await
    ));
}

#[tokio::test]
async fn mf_45_a_backup_code_works_once_and_the_person_is_told() {
    let house = House::build().await;
    let (_, codes) = house.enrolled("alice", browser(1)).await;
    house.notices.0.lock().unwrap().clear();
    for (code, works) in [
        (&codes[3], true),
        (&codes[3], false),
        (&codes[4].to_lowercase().replace('-', " "), true),
    ] {
        let page = screen(house.log_in("subject=alice", browser(1)).await);
        let page = screen(
            house
                .act(&page, Act::AnotherWay(kind("backup_code")), browser(1))
                .await,
        );
        let outcome = house
            .act(&page, Act::Code(code.clone().into()), browser(1))
            .await;
        assert_eq!(is_granted(&outcome), works, "{outcome:?}");
    }
    let sent = house.notices.0.lock().unwrap();
    let kinds: Vec<_> = sent.iter().map(|notice| notice.kind.clone()).collect();
    assert_eq!(
        kinds,
        [
            NoticeKind::BackupCodeUsed { left: 9 },
            NoticeKind::BackupCodeUsed { left: 8 }
        ]
    );
}

#[tokio::test]
async fn mf_45_another_persons_code_does_not_work() {
    let house = House::build().await;
    let (_, codes) = house.enrolled("alice", browser(1)).await;
    house.enrolled("bob", browser(2)).await;
    let page = screen(house.log_in("subject=bob", browser(2)).await);
    let page = screen(
        house
            .act(&page, Act::AnotherWay(kind("backup_code")), browser(2))
            .await,
    );
    assert_eq!(
        screen(
            house
                .act(&page, Act::Code(codes[0].clone().into()), browser(2))
                .await
        )
        .fault,
        Some(Fault::Wrong)
    );
}

#[tokio::test]
async fn mf_45_fifty_at_once_with_one_backup_code_give_one_grant() {
    let house = Arc::new(House::build().await);
    let (_, codes) = house.enrolled("alice", browser(1)).await;
    let mut pages = Vec::new();
    for number in 0..8 {
        let page = screen(house.log_in("subject=alice", browser(20 + number)).await);
        pages.push((
            number,
            screen(
                house
                    .act(
                        &page,
                        Act::AnotherWay(kind("backup_code")),
                        browser(20 + number),
                    )
                    .await,
            ),
        ));
    }
    // Few enough not to meet the limit, each in a login and a browser of its own.
    let tries = pages.into_iter().take(5).map(|(number, page)| {
        let (house, code) = (house.clone(), SecretString::from(codes[0].clone()));
        tokio::spawn(async move {
            is_granted(
                &house
                    .act(&page, Act::Code(code), browser(20 + number))
                    .await,
            )
        })
    });
    let mut granted = 0;
    for attempt in tries.collect::<Vec<_>>() {
        granted += usize::from(attempt.await.unwrap());
    }
    assert_eq!(granted, 1);
}

#[tokio::test]
async fn si_62_an_assertion_counts_once_whatever_login_it_is_brought_to() {
    let house = House::build().await;
    let one = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
    let two = handle_of(&house.arrive("app=jira&id=r2", browser(2)).await.unwrap());
    assert!(
        house
            .come_back(&one, "subject=alice&id=_a1", browser(1))
            .await
            .is_ok()
    );
    let problem = house
        .come_back(&two, "subject=alice&id=_a1", browser(2))
        .await
        .unwrap_err();
    assert_eq!(problem.code, "already_used");
    assert!(
        house
            .reasons()
            .await
            .contains(&"Upstream:already_used".to_owned())
    );
    // The login was not moved on: a fresh answer still finishes it.
    assert!(
        house
            .come_back(&two, "subject=alice&id=_a2", browser(2))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn si_66_an_answer_counts_only_for_the_upstream_that_was_asked() {
    let house = House::build().await;
    let handle = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
    let callback = Callback {
        query: format!("handle={handle}&subject=alice"),
        form: None,
    };
    let problem = house
        .engine
        .callback(&upstream("other"), callback, browser(1))
        .await
        .unwrap_err();
    assert_eq!(problem.kind, ProblemKind::UnknownLogin);
    assert!(
        house
            .come_back(&handle, "subject=alice", browser(1))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn si_86_a_victim_is_not_logged_in_by_a_forwarded_answer() {
    let house = House::build().await;
    let handle = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
    // The attacker's answer, posted in the victim's browser.
    let callback = Callback {
        query: format!("handle={handle}&subject=mallory"),
        form: None,
    };
    let Ok(Shown::Onward(page)) = house
        .engine
        .callback(&upstream("adfs"), callback, browser(2))
        .await
    else {
        panic!()
    };
    assert_eq!(
        house.engine.show(&page, browser(2)).await.unwrap_err().kind,
        ProblemKind::OtherBrowser
    );
}

#[tokio::test]
async fn a_rejected_answer_leaves_the_login_open_and_is_written_down() {
    let house = House::build().await;
    let handle = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
    let problem = house
        .come_back(&handle, "forged=1", browser(1))
        .await
        .unwrap_err();
    assert_eq!(problem.code, "signature_missing");
    assert!(
        house
            .reasons()
            .await
            .contains(&"Upstream:signature_missing".to_owned())
    );
    assert!(
        house
            .come_back(&handle, "subject=alice", browser(1))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn so_01_a_rejected_request_sends_nothing_anywhere() {
    let house = House::build().await;
    let problem = house.arrive("app=evil", browser(1)).await.unwrap_err();
    assert_eq!(
        (problem.kind, problem.handle),
        (ProblemKind::RequestRejected, None)
    );
    assert!(
        house
            .reasons()
            .await
            .contains(&"Request:app_unknown".to_owned())
    );
}

#[tokio::test]
async fn a_disabled_person_is_refused_even_with_the_right_code() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let page = screen(house.log_in("subject=alice", browser(1)).await);
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
    let page = screen(house.log_in("subject=alice", browser(1)).await);
    assert!(is_granted(
        &house
            .act(&page, Act::Code(house.code(&secret)), browser(1))
            .await
    ));
}

#[tokio::test]
async fn a_post_without_a_cookie_opens_a_login_that_the_returning_browser_owns() {
    let house = House::build().await;
    let posted = Visitor {
        browser: None,
        ..browser(1)
    };
    let Ok(Shown::Onward(page)) = house.arrive("app=jira&id=r1", posted).await else {
        panic!()
    };
    assert!(matches!(
        house.engine.show(&page, browser(1)).await,
        Ok(Shown::ToUpstream(_))
    ));
    assert_eq!(
        house.engine.show(&page, browser(2)).await.unwrap_err().kind,
        ProblemKind::OtherBrowser
    );
}

#[tokio::test]
async fn an_expired_login_says_so() {
    let house = House::build().await;
    house.enrolled("alice", browser(1)).await;
    let page = screen(house.log_in("subject=alice", browser(1)).await);
    house.clock.forward(15 * 60);
    assert_eq!(
        house
            .engine
            .show(&page.handle, browser(1))
            .await
            .unwrap_err()
            .kind,
        ProblemKind::Expired
    );
    let outcome = house
        .act(&page, Act::Code("123456".into()), browser(1))
        .await;
    assert_eq!(outcome.unwrap_err().kind, ProblemKind::Expired);
}
