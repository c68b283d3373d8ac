//! Nobody gets round the second door (attack rows MF-01 … MF-07, MF-11).

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use vestibule_core::{
    evidence::{Enrolment, Role, Strength, Traits},
    identity::Person,
    port::*,
    request::Memo,
};
use vestibule_engine::{Act, Ask, Fault, ProblemKind, Shown, Visitor};

use crate::support::*;

#[tokio::test]
async fn mf_01_forced_browsing_stays_before_the_second_door() {
    let house = House::build().await;
    house.enrolled("alice", browser(1)).await;
    let page = house.at_code("alice", browser(1)).await;
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
            !matches!(outcome, Ok(Shown::Answer(..) | Shown::SignedIn(..))),
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
    let page = house.at_code("alice", browser(1)).await;
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
    let page = house.at_code("alice", browser(1)).await;
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
    let page = house.at_code("alice", browser(1)).await;
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
            (problem.kind, problem.way_on),
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
    let page = house.at_code("alice", browser(1)).await;
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
    let next = house.at_code("alice", browser(1)).await;
    let outcome = screen(house.act(&next, Act::Code(code), browser(1)).await);
    assert_eq!(outcome.fault, Some(Fault::Wrong));
}

#[tokio::test]
async fn mf_06_the_evidence_of_one_person_is_not_the_next_ones() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let page = house.at_code("alice", browser(1)).await;
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
        _: &[Enrolment],
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
        _: &[Enrolment],
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
            strength: Strength::OneTimeCode,
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
