//! Sessions at the account page: whose token counts, where, and for how long (attack rows MF-06, MF-41, WA-01, WA-02).

use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    evidence::Enrolment,
    identity::PersonId,
    port::*,
};
use vestibule_engine::{Act, Ask, Change, ProblemKind, Shown};

use crate::support::*;

#[tokio::test]
async fn wa_01_a_form_of_another_session_is_not_acted_on() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let (others, _) = house.enrolled("bob", browser(2)).await;
    let signed_in = house.at_account("alice", &secret, browser(1)).await;
    let other = house.at_account("bob", &others, browser(2)).await;
    let codes = house.factor("alice", "backup_code").await.id;
    let bobs = house.overview(&other).await.form;
    let post = async |form: Option<&str>| {
        let change = Change::Remove(codes);
        let engine = &house.engine;
        engine.change_account(form, change, signed_in.visitor).await
    };
    for form in [None, Some(""), Some(bobs.as_str())] {
        assert_eq!(kind_of(post(form).await), ProblemKind::ForeignForm);
        let out = house.engine.sign_out(form, signed_in.visitor);
        assert_eq!(kind_of(out.await), ProblemKind::ForeignForm);
    }
    let ours = house.overview(&signed_in).await.form;
    let removed = post(Some(&ours)).await;
    assert!(matches!(removed, Ok(Shown::At(_))), "{removed:?}");
}

#[tokio::test]
async fn wa_02_a_token_is_good_in_its_own_browser_only() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let signed_in = house.at_account("alice", &secret, browser(1)).await;
    let elsewhere = SignedIn::with(signed_in.token.clone(), browser(2));
    assert!(!house.is_in(&elsewhere).await);
    assert!(house.is_in(&signed_in).await);
}

#[tokio::test]
async fn mf_06_who_signs_in_after_somebody_else_in_the_same_browser_ends_their_session() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let (others, _) = house.enrolled("bob", browser(2)).await;
    let alice = house.at_account("alice", &secret, browser(1)).await;
    let bob = house.at_account("bob", &others, browser(1)).await;
    assert!(!house.is_in(&alice).await);
    assert_eq!(house.overview(&bob).await.person, "bob@acme.example");
}

#[tokio::test]
async fn a_session_ends_when_nobody_uses_it_and_after_an_hour_at_the_latest() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let signed_in = house.at_account("alice", &secret, browser(1)).await;
    for _ in 0..4 {
        house.clock.forward(14 * 60);
        assert!(house.is_in(&signed_in).await);
    }
    house.clock.forward(4 * 60);
    assert!(!house.is_in(&signed_in).await, "an hour");
    let signed_in = house.at_account("alice", &secret, browser(1)).await;
    house.clock.forward(15 * 60);
    assert!(!house.is_in(&signed_in).await, "not used");
}

/// What the upstream said of a person is read again after an hour, however many proofs they gave meanwhile: until then
/// a group that they lost would still count.
#[tokio::test]
async fn wa_02_an_errand_renews_the_token_and_not_the_hour() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    // Half a minute of the hour passes on the way in.
    let mut signed_in = house.at_account("alice", &secret, browser(1)).await;
    for minutes in [14, 14, 14, 14] {
        house.clock.forward(minutes * 60);
        let change = Change::Add(kind("totp"));
        let page = screen(house.change(&signed_in, change).await);
        let code = Act::Code(house.code(&secret));
        let setting_up = screen(house.act(&page, code, browser(1)).await);
        let (token, _) = signs_in(house.act(&setting_up, Act::PutOff, browser(1)).await);
        assert_ne!(token, signed_in.token);
        signed_in = SignedIn::with(token, browser(1));
        assert!(house.is_in(&signed_in).await, "benign control");
    }
    // An errand that was begun in time ends with the hour, too.
    house.clock.forward(3 * 60);
    let change = Change::Add(kind("totp"));
    let late = screen(house.change(&signed_in, change).await);
    house.clock.forward(30);
    assert!(!house.is_in(&signed_in).await, "an hour");
    let put_off = house.act(&late, Act::PutOff, browser(1)).await;
    assert_eq!(kind_of(put_off), ProblemKind::Expired);
    // By the first door they are in again.
    let signed_in = house.at_account("alice", &secret, browser(1)).await;
    assert!(house.is_in(&signed_in).await);
}

#[tokio::test]
async fn who_signs_out_is_out() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let signed_in = house.at_account("alice", &secret, browser(1)).await;
    let form = house.overview(&signed_in).await.form;
    let out = house.engine.sign_out(Some(&form), signed_in.visitor);
    assert!(matches!(
        out.await,
        Ok(Shown::LogoutAt { forgets: true, .. })
    ));
    assert!(!house.is_in(&signed_in).await);
}

#[tokio::test]
async fn the_session_of_a_disabled_person_or_with_a_disabled_factor_ends() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let alice = PersonId::new(upstream("adfs"), "alice");
    let signed_in = house.at_account("alice", &secret, browser(1)).await;
    let record = || {
        AuditRecord::new(
            house.clock.now(),
            AuditEvent::Administration,
            AuditResult::Success,
        )
    };
    for disabled in [true, false] {
        let done = house.store.set_disabled(&alice, disabled, record()).await;
        done.unwrap();
        // Once ended, it stays so.
        assert!(!house.is_in(&signed_in).await, "disabled: {disabled}");
    }
    let signed_in = house.at_account("alice", &secret, browser(1)).await;
    let factor = Enrolment {
        disabled: true,
        ..house.factor("alice", "totp").await
    };
    let commit = Commit {
        enrolments: vec![EnrolmentChange::Replace(factor)],
        ..Commit::default()
    };
    house.store.commit(commit).await.unwrap();
    assert!(!house.is_in(&signed_in).await);
}

#[tokio::test]
async fn mf_41_a_removal_ends_the_persons_other_sessions_and_what_was_begun_from_them() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let (bobs, _) = house.enrolled("bob", browser(4)).await;
    let signed_in = house.at_account("alice", &secret, browser(1)).await;
    let other = house.at_account("alice", &secret, browser(2)).await;
    let bob = house.at_account("bob", &bobs, browser(4)).await;
    // In the other browser somebody is about to add a factor.
    let page = screen(house.change(&other, Change::Add(kind("totp"))).await);
    let Ask::ScanSecret { secret: added, .. } = page.ask.clone() else {
        panic!("{page:?}")
    };
    let codes = house.factor("alice", "backup_code").await.id;
    let removed = house.change(&signed_in, Change::Remove(codes)).await;
    assert!(matches!(removed, Ok(Shown::At(_))), "{removed:?}");
    assert!(house.is_in(&signed_in).await);
    assert!(house.is_in(&bob).await);
    assert!(!house.is_in(&other).await);
    let code = Act::Code(house.code(&added));
    let late = house.act(&page, code, browser(2)).await;
    assert_eq!(kind_of(late), ProblemKind::SignedOut);
    assert_eq!(house.factors("alice").await.len(), 1);
}
