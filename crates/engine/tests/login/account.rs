//! The account page: who gets in, and what they may change there (attack rows MF-01, MF-07, MF-40, MF-41, MF-44, WA-02,
//! WA-10).

use std::sync::Arc;

use vestibule_core::{
    account::{NotPossible, Place},
    port::*,
    request::{Refusal, Reply},
};
use vestibule_engine::{AccountFault, Act, Ask, Change, ProblemKind, SessionToken, Shown, Visitor};

use crate::support::*;

#[tokio::test]
async fn mf_01_the_account_takes_the_way_of_every_login() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let page = screen(house.towards_account("subject=alice", browser(1)).await);
    assert!(matches!(page.ask, Ask::Code { .. }), "{page:?}");
    // Between the doors nobody is in, with or without a token that somebody made up.
    let made_up = SessionToken::read(&"A".repeat(43));
    for visitor in [browser(1), showing(made_up.as_ref().unwrap(), browser(1))] {
        let shown = house.engine.account(Place::Overview, visitor).await;
        assert!(matches!(shown, Ok(Shown::ToUpstream(..))), "{shown:?}");
        let change = Change::Add(kind("totp"));
        let changed = house.engine.change_account(Some(""), change, visitor);
        assert_eq!(kind_of(changed.await), ProblemKind::SignedOut);
    }
    let code = Act::Code(house.code(&secret));
    let (token, _) = signs_in(house.act(&page, code, browser(1)).await);
    let signed_in = SignedIn::with(token, browser(1));
    let screen = house.overview(&signed_in).await;
    let left = |name: &str| {
        let mut factors = screen.factors.iter();
        factors.find(|one| one.kind == kind(name)).unwrap().left
    };
    assert_eq!((left("totp"), left("backup_code")), (None, Some(10)));
}

#[tokio::test]
async fn mf_01_a_rule_that_skips_does_not_open_the_account() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let office = Visitor {
        address: Some("203.0.113.9".parse().unwrap()),
        ..browser(1)
    };
    let staff = "subject=alice&groups=staff";
    // Benign: an application needs no factor here.
    assert!(is_granted(&house.log_in(staff, office).await));
    let page = screen(house.towards_account(staff, office).await);
    assert!(matches!(page.ask, Ask::Code { .. }), "{page:?}");
    let code = Act::Code(house.code(&secret));
    signs_in(house.act(&page, code, office).await);
}

#[tokio::test]
async fn mf_46_a_backup_code_does_not_open_the_account_of_who_has_an_app() {
    let house = House::build().await;
    let (_, codes) = house.enrolled("alice", browser(1)).await;
    let page = screen(house.towards_account("subject=alice", browser(1)).await);
    let other = Act::AnotherWay(kind("backup_code"));
    let page = screen(house.act(&page, other, browser(1)).await);
    assert!(
        matches!(&page.ask, Ask::Code { kind: shown, .. } if *shown == kind("totp")),
        "{page:?}"
    );
    let refused = house
        .act(&page, Act::Code(codes[0].clone().into()), browser(1))
        .await;
    assert!(screen(refused).fault.is_some());
    // Benign control: the same code is good for an application.
    let page = house.at_code("alice", browser(1)).await;
    let other = Act::AnotherWay(kind("backup_code"));
    let page = screen(house.act(&page, other, browser(1)).await);
    let code = Act::Code(codes[0].clone().into());
    assert!(is_granted(&house.act(&page, code, browser(1)).await));
}

#[tokio::test]
async fn mf_40_who_has_no_factor_sets_one_up_where_the_rules_say_so() {
    let house = House::build().await;
    let page = screen(house.towards_account("subject=carol", browser(1)).await);
    assert!(matches!(page.ask, Ask::ScanSecret { .. }), "{page:?}");
    use vestibule_core::policy::{FirstEnrolment, Kinds, Policy, Rule, Verdict};
    let strict = House::with(|parts| {
        let kinds = Kinds::new(parts.factors.values().map(|one| one.traits().clone()));
        let rule = Rule {
            name: "Strict".into(),
            when: None,
            then: Verdict::Require {
                factors: vec![kind("totp")],
                first_enrolment: FirstEnrolment::Refuse,
                max_age: None,
                accepts_upstream: false,
            },
        };
        parts.policy = Policy::new(vec![rule], &kinds).unwrap();
    })
    .await;
    let page = screen(strict.towards_account("subject=carol", browser(1)).await);
    assert_eq!(page.ask, Ask::Refused(Refusal::NoFactor));
}

#[tokio::test]
async fn mf_41_a_change_needs_a_proof_that_is_five_minutes_old_at_most() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let signed_in = house.at_account("alice", &secret, browser(1)).await;
    let codes = house.factor("alice", "backup_code").await.id;
    // Benign: half a minute old.
    let renamed = house
        .change(&signed_in, Change::Rename(codes, " Safe ".into()))
        .await;
    assert!(
        matches!(renamed, Ok(Shown::At(Place::Overview))),
        "{renamed:?}"
    );
    assert_eq!(house.factor("alice", "backup_code").await.label, "Safe");
    house.clock.forward(5 * 60);
    for change in [
        Change::Rename(codes, "Other".into()),
        Change::Remove(codes),
        Change::Add(kind("totp")),
        Change::Add(kind("backup_code")),
    ] {
        let asked = screen(house.change(&signed_in, change.clone()).await);
        assert!(
            matches!(asked.ask, Ask::Code { .. }),
            "{change:?} {asked:?}"
        );
    }
    assert_eq!(house.factors("alice").await.len(), 2);
    assert_eq!(house.factor("alice", "backup_code").await.label, "Safe");
}

#[tokio::test]
async fn wa_02_a_step_up_gives_another_token_and_leads_back_to_what_was_wanted() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let signed_in = house.at_account("alice", &secret, browser(1)).await;
    let codes = house.factor("alice", "backup_code").await.id;
    house.clock.forward(6 * 60);
    let page = screen(house.change(&signed_in, Change::Remove(codes)).await);
    let wrong = house
        .act(&page, Act::Code("000000".into()), browser(1))
        .await;
    assert!(screen(wrong).fault.is_some());
    let code = Act::Code(house.code(&secret));
    let (token, path) = signs_in(house.act(&page, code, browser(1)).await);
    assert_eq!(path, Place::Factor(codes).path());
    assert_ne!(token, signed_in.token);
    assert!(
        !house.is_in(&signed_in).await,
        "the old token is good for nothing"
    );
    let signed_in = SignedIn::with(token, browser(1));
    let removed = house.change(&signed_in, Change::Remove(codes)).await;
    assert!(
        matches!(removed, Ok(Shown::At(Place::Overview))),
        "{removed:?}"
    );
    assert_eq!(house.factors("alice").await.len(), 1);
    let notice = house.notices.0.lock().unwrap().last().cloned().unwrap();
    assert_eq!(
        notice.kind,
        NoticeKind::OwnFactorRemoved {
            kind: kind("backup_code"),
            name: "Backup codes".into()
        }
    );
    assert!(
        house
            .reasons()
            .await
            .contains(&"Enrolment:factor_removed".to_owned())
    );
}

#[tokio::test]
async fn a_second_app_is_added_and_either_opens_an_application() {
    let house = House::build().await;
    let (old, _) = house.enrolled("alice", browser(1)).await;
    let signed_in = house.at_account("alice", &old, browser(1)).await;
    let (new, _) = house.add_app(&signed_in).await;
    assert_eq!(house.factors("alice").await.len(), 3);
    for secret in [&old, &new] {
        house.clock.forward(30);
        let page = house.at_code("alice", browser(2)).await;
        let code = Act::Code(house.code(secret));
        assert!(is_granted(&house.act(&page, code, browser(2)).await));
    }
    let notices = house.notices.0.lock().unwrap();
    let added = |notice: &&Notice| notice.kind == NoticeKind::FactorAdded(kind("totp"));
    assert_eq!(notices.iter().filter(added).count(), 2);
}

#[tokio::test]
async fn an_errand_that_is_cancelled_changes_nothing_and_keeps_the_session() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let signed_in = house.at_account("alice", &secret, browser(1)).await;
    let page = screen(house.change(&signed_in, Change::Add(kind("totp"))).await);
    let back = house.act(&page, Act::Return, browser(1)).await;
    assert!(
        matches!(&back, Ok(Shown::Answer(Reply::Redirect(url), _)) if url.path() == "/account/back"),
        "{back:?}"
    );
    let back = house.engine.account_back(signed_in.visitor);
    assert!(matches!(back.await, Ok(Shown::At(Place::Overview))));
    assert_eq!(house.factors("alice").await.len(), 2);
    let nobody = house.engine.account_back(browser(1)).await;
    assert!(matches!(nobody, Ok(Shown::Nobody)), "{nobody:?}");
}

#[tokio::test]
async fn new_backup_codes_take_the_place_of_the_old_ones() {
    let house = House::build().await;
    let (secret, old) = house.enrolled("alice", browser(1)).await;
    let signed_in = house.at_account("alice", &secret, browser(1)).await;
    let page = screen(
        house
            .change(&signed_in, Change::Add(kind("backup_code")))
            .await,
    );
    let Ask::ReplaceCodes(new) = page.ask.clone() else {
        panic!("{page:?}")
    };
    signs_in(house.act(&page, Act::Confirm, browser(1)).await);
    assert_eq!(house.factors("alice").await.len(), 2);
    for (code, granted) in [(&old[0], false), (&new[0], true)] {
        let page = house.at_code("alice", browser(2)).await;
        let other = Act::AnotherWay(kind("backup_code"));
        let page = screen(house.act(&page, other, browser(2)).await);
        let code = Act::Code(code.clone().into());
        assert_eq!(
            is_granted(&house.act(&page, code, browser(2)).await),
            granted
        );
    }
}

#[tokio::test]
async fn mf_44_the_last_factor_for_daily_use_is_not_removed() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let signed_in = house.at_account("alice", &secret, browser(1)).await;
    let app = house.factor("alice", "totp").await.id;
    let refused = account(house.change(&signed_in, Change::Remove(app)).await);
    let last = NotPossible::LastFactor;
    assert_eq!(refused.fault, Some(AccountFault::NotPossible(last)));
    let only = refused.factors.iter().find(|one| one.id == app).unwrap();
    assert_eq!(only.kept, Some(last));
    assert_eq!(house.factors("alice").await.len(), 2);
    assert!(
        house
            .reasons()
            .await
            .contains(&"Enrolment:last_factor".to_owned())
    );
    // Benign: with a second one the first may go.
    let (_, signed_in) = house.add_app(&signed_in).await;
    let removed = house.change(&signed_in, Change::Remove(app)).await;
    assert!(
        matches!(removed, Ok(Shown::At(Place::Overview))),
        "{removed:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn mf_44_of_two_removals_at_once_one_factor_stays() {
    let house = Arc::new(House::build().await);
    for round in 0..10 {
        let subject = format!("person{round}");
        let (secret, _) = house.enrolled(&subject, browser(1)).await;
        let first = house.at_account(&subject, &secret, browser(1)).await;
        let (second_secret, first) = house.add_app(&first).await;
        let second = house.at_account(&subject, &second_secret, browser(2)).await;
        let apps: Vec<_> = house.factors(&subject).await;
        let apps: Vec<_> = apps.iter().filter(|one| one.kind == kind("totp")).collect();
        let mut posts = Vec::new();
        for (signed_in, app) in [(first, apps[0].id), (second, apps[1].id)] {
            let form = house.overview(&signed_in).await.form;
            posts.push((signed_in, form, Change::Remove(app)));
        }
        let tries = posts.into_iter().map(|(signed_in, form, change)| {
            let house = house.clone();
            tokio::spawn(async move {
                let engine = &house.engine;
                let changed = engine.change_account(Some(&form), change, signed_in.visitor);
                matches!(changed.await, Ok(Shown::At(_)))
            })
        });
        let tries: Vec<_> = tries.collect();
        let mut removed = 0;
        for attempt in tries {
            removed += usize::from(attempt.await.unwrap());
        }
        assert_eq!(removed, 1);
        assert_eq!(house.factors(&subject).await.len(), 2);
    }
}

#[tokio::test]
async fn wa_10_mf_07_another_persons_factor_does_not_exist() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    house.enrolled("bob", browser(2)).await;
    let signed_in = house.at_account("alice", &secret, browser(1)).await;
    let (ours, bobs) = (
        house.factor("alice", "backup_code").await.id,
        house.factor("bob", "backup_code").await.id,
    );
    let seen = house.see(&signed_in, Place::Factor(bobs)).await;
    assert_eq!(kind_of(seen), ProblemKind::NoSuchFactor);
    for change in [Change::Remove(bobs), Change::Rename(bobs, "mine".into())] {
        let changed = house.change(&signed_in, change).await;
        assert_eq!(kind_of(changed), ProblemKind::NoSuchFactor);
    }
    assert_eq!(house.factors("bob").await.len(), 2);
    assert_eq!(
        house.factor("bob", "backup_code").await.label,
        "Backup codes"
    );
    // Benign: their own.
    let seen = account(house.see(&signed_in, Place::Factor(ours)).await);
    assert_eq!(seen.factors.len(), 1);
}

#[tokio::test]
async fn mf_70_a_challenge_for_a_factor_that_is_removed_meanwhile_is_not_passed() {
    let house = House::build().await;
    let (old, _) = house.enrolled("alice", browser(1)).await;
    let signed_in = house.at_account("alice", &old, browser(1)).await;
    let app = house.factor("alice", "totp").await.id;
    let (new, signed_in) = house.add_app(&signed_in).await;
    let page = house.at_code("alice", browser(2)).await;
    let removed = house.change(&signed_in, Change::Remove(app)).await;
    assert!(matches!(removed, Ok(Shown::At(_))), "{removed:?}");
    let code = Act::Code(house.code(&old));
    let refused = screen(house.act(&page, code, browser(2)).await);
    assert!(refused.fault.is_some(), "{refused:?}");
    house.clock.forward(30);
    let code = Act::Code(house.code(&new));
    assert!(is_granted(&house.act(&refused, code, browser(2)).await));
}

#[tokio::test]
async fn mf_20_an_errand_is_finished_once() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let signed_in = house.at_account("alice", &secret, browser(1)).await;
    let page = screen(house.change(&signed_in, Change::Add(kind("totp"))).await);
    let Ask::ScanSecret { secret: added, .. } = page.ask.clone() else {
        panic!("{page:?}")
    };
    let code = || Act::Code(house.code(&added));
    signs_in(house.act(&page, code(), browser(1)).await);
    let again = house.act(&page, code(), browser(1)).await;
    assert!(!matches!(again, Ok(Shown::SignedIn(..))), "{again:?}");
    assert_eq!(house.factors("alice").await.len(), 3);
    // And not after ten minutes.
    house.clock.forward(30);
    let signed_in = house.at_account("alice", &added, browser(1)).await;
    let page = screen(house.change(&signed_in, Change::Add(kind("totp"))).await);
    let Ask::ScanSecret { secret: late, .. } = page.ask.clone() else {
        panic!("{page:?}")
    };
    house.clock.forward(10 * 60);
    let code = Act::Code(house.code(&late));
    let late = house.act(&page, code, browser(1)).await;
    assert_eq!(kind_of(late), ProblemKind::Expired);
    assert_eq!(house.factors("alice").await.len(), 3);
}
