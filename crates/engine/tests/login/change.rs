//! What is changed while a login is under way counts at its decision (attack row MF-09), and an application that wants
//! a person authenticated anew gets that (attack row SO-08).

use std::collections::BTreeMap;

use vestibule_core::{
    account::Place,
    evidence::Enrolment,
    identity::PersonId,
    policy::{Condition, FirstEnrolment, Kinds, Policy, Rule, Verdict},
    port::*,
    request::{Refusal, Reply},
};
use vestibule_engine::{Act, Ask, Parts, Screen, Shown, Visitor};

use crate::support::*;

fn in_the_office() -> Visitor {
    Visitor {
        address: Some("203.0.113.5".parse().unwrap()),
        ..browser(1)
    }
}

/// A configuration with this rule for everybody.
fn ruled(then: Verdict) -> impl FnOnce(&mut Parts) {
    move |parts| {
        let known = Kinds::new(parts.factors.values().map(|one| one.traits().clone()));
        let rule = Rule {
            name: "New".into(),
            when: Some(Condition::default()),
            then,
        };
        let last = Rule {
            name: "Last".into(),
            when: None,
            then: totp_alone(),
        };
        parts.policy = Policy::new(vec![rule, last], &known).unwrap();
    }
}

fn totp_alone() -> Verdict {
    Verdict::Require {
        factors: vec![kind("totp")],
        first_enrolment: FirstEnrolment::Inline,
        max_age: None,
        accepts_upstream: false,
    }
}

#[tokio::test]
async fn mf_09_a_rule_that_asks_for_a_factor_counts_for_a_login_under_way() {
    let house = House::build().await;
    let staff = "subject=bob&groups=staff";
    let sent = house.arrive("app=jira&id=r1", in_the_office()).await;
    let handle = handle_of(&sent.unwrap());
    let strict = house.restarted(ruled(totp_alone()));
    let page = screen(strict.come_back(&handle, staff, in_the_office()).await);
    assert!(matches!(page.ask, Ask::ScanSecret { .. }), "{page:?}");
    // benign control: under the rules that it began with, this login needs no factor
    let outcome = house.log_in(staff, in_the_office()).await;
    assert!(is_granted(&outcome), "{outcome:?}");
}

#[tokio::test]
async fn mf_09_a_rule_that_denies_counts_after_the_right_code() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let page = house.at_code("alice", browser(1)).await;
    let denying = house.restarted(ruled(Verdict::Deny));
    let act = Act::Code(denying.code(&secret));
    let refused = screen(denying.act(&page, act, browser(1)).await);
    assert_eq!(refused.ask, Ask::Refused(Refusal::Denied));
    assert!(denying.reasons().await.contains(&"Login:denied".to_owned()));
    // It is over: the former configuration does not bring it back.
    house.clock.forward(30);
    let act = Act::Code(house.code(&secret));
    assert!(!is_granted(&house.act(&page, act, browser(1)).await));
    // benign control
    let page = house.at_code("alice", browser(1)).await;
    house.clock.forward(30);
    let act = Act::Code(house.code(&secret));
    assert!(is_granted(&house.act(&page, act, browser(1)).await));
}

#[tokio::test]
async fn mf_09_a_kind_that_no_longer_counts_does_not_pass_when_its_page_is_open() {
    let house = House::build().await;
    let (_, codes) = house.enrolled("alice", browser(1)).await;
    let page = at_backup_codes(&house).await;
    let strict = house.restarted(ruled(totp_alone()));
    let act = || Act::Code(codes[0].clone().into());
    let outcome = strict.act(&page, act(), browser(1)).await;
    assert!(!is_granted(&outcome), "{outcome:?}");
    let shown = screen(strict.engine.show(&page.handle, browser(1)).await);
    assert!(
        matches!(&shown.ask, Ask::Code { kind: asked, .. } if *asked == kind("totp")),
        "{shown:?}"
    );
    // benign control: where it counts, the next code passes
    let page = at_backup_codes(&house).await;
    let outcome = house
        .act(&page, Act::Code(codes[1].clone().into()), browser(1))
        .await;
    assert!(is_granted(&outcome), "{outcome:?}");
}

/// At the page that asks for a backup code.
async fn at_backup_codes(house: &House) -> Screen {
    let page = house.at_code("alice", browser(1)).await;
    let choice = Act::AnotherWay(kind("backup_code"));
    screen(house.act(&page, choice, browser(1)).await)
}

#[tokio::test]
async fn mf_09_a_factor_that_is_disabled_meanwhile_does_not_pass() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let page = house.at_code("alice", browser(1)).await;
    let able = |disabled| set_disabled(&house, disabled);
    able(true).await;
    let outcome = house
        .act(&page, Act::Code(house.code(&secret)), browser(1))
        .await;
    assert!(!is_granted(&outcome), "{outcome:?}");
    // benign control: enabled again, its next code passes
    able(false).await;
    house.clock.forward(30);
    let page = house.at_code("alice", browser(1)).await;
    let act = Act::Code(house.code(&secret));
    assert!(is_granted(&house.act(&page, act, browser(1)).await));
}

async fn set_disabled(house: &House, disabled: bool) {
    let alice = PersonId::new(upstream("adfs"), "alice");
    let all = house.store.enrolments(&alice).await.unwrap();
    let app = all.into_iter().find(|one| one.kind == kind("totp"));
    let app = Enrolment {
        disabled,
        ..app.unwrap()
    };
    let commit = Commit {
        enrolments: vec![EnrolmentChange::Replace(app)],
        ..Commit::default()
    };
    house.store.commit(commit).await.unwrap();
}

#[tokio::test]
async fn mf_09_an_upstream_that_was_taken_away_answers_nothing() {
    let house = House::build().await;
    let sent = house.arrive("app=jira&id=r1", browser(1)).await;
    let handle = handle_of(&sent.unwrap());
    let without = house.restarted(|parts| parts.upstreams = BTreeMap::new());
    let callback = Callback {
        query: format!("handle={handle}&subject=alice"),
        form: None,
    };
    let asked = upstream("adfs");
    let outcome = without.engine.callback(&asked, callback, browser(1)).await;
    assert_eq!(outcome.unwrap_err().code, "upstream_unknown");
    // benign control: the login itself was not touched
    let outcome = house.come_back(&handle, "subject=alice", browser(1)).await;
    assert!(outcome.is_ok(), "{outcome:?}");
}

#[tokio::test]
async fn so_08_who_must_be_authenticated_anew_is_whatever_the_browser_remembers() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    // A session of ours, a moment old, in the same browser.
    let sent = house.engine.account(Place::Overview, browser(1)).await;
    let handle = handle_of(&sent.unwrap());
    let page = screen(house.come_back(&handle, "subject=alice", browser(1)).await);
    let act = Act::Code(house.code(&secret));
    let signed_in = house.act(&page, act, browser(1)).await;
    assert!(
        matches!(signed_in, Ok(Shown::SignedIn(..))),
        "{signed_in:?}"
    );

    let sent = house.arrive("app=jira&id=r1&force=1", browser(1)).await;
    let sent = sent.unwrap();
    assert!(asks_anew(&sent), "{sent:?}");
    let page = screen(
        house
            .come_back(&handle_of(&sent), "subject=alice", browser(1))
            .await,
    );
    assert!(matches!(page.ask, Ask::Code { .. }), "{page:?}");
    // The code that opened the session is not proof a second time; the next one is.
    let used = Act::Code(house.code(&secret));
    assert!(!is_granted(&house.act(&page, used, browser(1)).await));
    house.clock.forward(30);
    let page = screen(house.engine.show(&page.handle, browser(1)).await);
    let fresh = Act::Code(house.code(&secret));
    assert!(is_granted(&house.act(&page, fresh, browser(1)).await));
    // benign control: who does not ask for it does not get it
    let sent = house.arrive("app=jira&id=r2", browser(1)).await.unwrap();
    assert!(!asks_anew(&sent), "{sent:?}");
}

/// Whether the upstream is told to authenticate anew.
fn asks_anew(sent: &Shown) -> bool {
    matches!(sent, Shown::ToUpstream(Reply::Redirect(url), _) if url.query_pairs().any(|(key, _)| key == "anew"))
}
