//! Codes count once, and guesses are counted (attack rows MF-20, MF-24, MF-25, MF-45, MF-49).

use std::sync::Arc;

use secrecy::SecretString;
use vestibule_core::port::{AuditLog, Clock, NoticeKind};
use vestibule_engine::{Act, Ask, Fault, Visitor};
use vestibule_testkit::postgres::Postgres;

use crate::support::*;

#[tokio::test]
async fn mf_20_the_confirming_code_is_used_and_fifty_at_once_give_one_grant() {
    let house = Arc::new(House::build().await);
    let screen_one = house.at_code("alice", browser(1)).await;
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
    let page = house.at_code("alice", browser(1)).await;
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

/// Two nodes, each with its own connections to one database: the code of one step lets one login through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ft_11_mf_20_fifty_at_once_on_two_nodes_give_one_grant() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("store.db").display());
    let server = Postgres::shared().unwrap().create_database().unwrap();
    for url in [file, server] {
        let mut nodes = Vec::new();
        for _ in 0..2 {
            nodes.push(Arc::new(House::on(patient_store(&url).await, |_| {})));
        }
        let (secret, _) = nodes[0].enrolled("alice", browser(1)).await;
        for _ in 0..2 {
            nodes[0].clock.forward(30);
            let page = nodes[0].at_code("alice", browser(1)).await;
            let now = nodes[0].clock.now();
            nodes[1]
                .clock
                .forward((now - nodes[1].clock.now()).num_seconds());
            let code = nodes[0].code(&secret);
            let tries = (0..50).map(|number: usize| {
                let (node, page, code) = (nodes[number % 2].clone(), page.clone(), code.clone());
                tokio::spawn(async move {
                    is_granted(&node.act(&page, Act::Code(code), browser(1)).await)
                })
            });
            let mut granted = 0;
            for attempt in tries.collect::<Vec<_>>() {
                granted += usize::from(attempt.await.unwrap());
            }
            assert_eq!(granted, 1, "{url}");
        }
        assert_eq!(nodes[1].store.verify_chain().await.unwrap().fault, None);
    }
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
    let page = house.at_code("alice", browser(1)).await;
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
    let page = house.at_code("alice", browser(1)).await;
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
    let page = house.at_code("alice", browser(1)).await;
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
    for _ in 0..19 {
        let handle = handle_of(&house.arrive("app=jira&id=x", browser(9)).await.unwrap());
        assert!(
            house
                .come_back(&handle, "nobody=1", browser(9))
                .await
                .is_err()
        );
    }
    let page = house.at_code("alice", browser(1)).await;
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
        let page = house.at_code("alice", browser(1)).await;
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
