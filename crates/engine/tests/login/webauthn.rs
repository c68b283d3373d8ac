//! Security keys all the way: set up, used, bent, copied, lost, and never traded for something weaker (attack rows
//! MF-08, MF-25, MF-43, MF-47, MF-60, MF-64, MF-65, MF-70).

use std::sync::Arc;

use url::Url;
use vestibule_core::{
    account::Place,
    evidence::Enrolment,
    identity::PersonId,
    policy::{Condition, FirstEnrolment, Kinds, Policy, Rule, Verdict as Ruling},
    port::*,
};
use vestibule_engine::{Act, Ask, Change, Fault, Parts, Problem, Screen, Shown, Visitor};
use vestibule_factor::webauthn::{Settings, UserVerification, WebAuthn};
use vestibule_testkit::{
    postgres::Postgres,
    security_key::{Algorithm, SecurityKey},
};

use crate::support::*;

const ORIGIN: &str = "https://sso.example";

fn key() -> SecurityKey {
    SecurityKey::new(ORIGIN, Algorithm::Es256)
}

fn require(factors: &[&str]) -> Ruling {
    Ruling::Require {
        factors: factors.iter().map(|name| kind(name)).collect(),
        first_enrolment: FirstEnrolment::Inline,
        max_age: None,
        accepts_upstream: false,
    }
}

/// Keys beside codes. The wiki, and people in `strict`, must use a key; for the rest these kinds count.
fn accepting(kinds: &'static [&'static str]) -> impl FnOnce(&mut Parts) {
    move |parts| {
        let url = Url::parse(ORIGIN).unwrap();
        let settings = Settings::new(&url, None, "Acme".into(), UserVerification::Preferred);
        let keys = WebAuthn::new(settings.unwrap(), parts.entropy.clone()).unwrap();
        parts.factors.insert(kind("webauthn"), Arc::new(keys));
        let known = Kinds::new(parts.factors.values().map(|factor| factor.traits().clone()));
        let wiki = Rule {
            name: "The wiki wants a key".into(),
            when: Some(Condition {
                apps: [vestibule_core::id::AppId::new("wiki").unwrap()].into(),
                ..Condition::default()
            }),
            then: require(&["webauthn"]),
        };
        let everyone = Rule {
            name: "Everyone".into(),
            when: None,
            then: require(kinds),
        };
        parts.policy = Policy::new(vec![wiki, everyone], &known).unwrap();
    }
}

fn person(name: &str) -> PersonId {
    PersonId::new(upstream("adfs"), name)
}

fn options(screen: &Screen) -> &str {
    match &screen.ask {
        Ask::RegisterWebAuthn { options, .. } | Ask::WebAuthn { options, .. } => options,
        other => panic!("a key was not asked for: {other:?}"),
    }
}

fn says(json: String) -> Act {
    Act::WebAuthn {
        credential: CredentialJson::new(json).unwrap(),
        name: None,
    }
}

impl House {
    /// At the first page after the upstream, for a key.
    async fn registers(&self, name: &str, key: &mut SecurityKey, visitor: Visitor) {
        let page = self.at_code(name, visitor).await;
        let json = key.register(options(&page)).unwrap();
        assert!(is_granted(&self.act(&page, says(json), visitor).await));
        self.clock.forward(30);
    }

    async fn keys(&self, name: &str) -> Vec<Enrolment> {
        let all = self.store.enrolments(&person(name)).await.unwrap();
        all.into_iter()
            .filter(|enrolment| enrolment.kind == kind("webauthn"))
            .collect()
    }

    async fn last_reason(&self) -> String {
        self.reasons().await.last().cloned().unwrap()
    }
}

/// What was wrong is told, and what is asked now is something new.
fn asked_anew(outcome: Result<Shown, Box<Problem>>, before: &Screen) -> Screen {
    let page = screen(outcome);
    assert_eq!(page.fault, Some(Fault::Wrong));
    assert_ne!(options(&page), options(before));
    page
}

#[tokio::test]
async fn a_key_is_set_up_in_the_first_login_and_used_in_the_next() {
    let house = House::with(accepting(&["webauthn"])).await;
    let mut alices = key();
    house.registers("alice", &mut alices, browser(1)).await;
    assert_eq!(house.keys("alice").await[0].label, "Security key");

    let page = house.at_code("alice", browser(1)).await;
    let Ask::WebAuthn {
        names, other_ways, ..
    } = &page.ask
    else {
        panic!("{page:?}")
    };
    assert_eq!(
        (names.as_slice(), *other_ways),
        (&["Security key".to_owned()][..], false)
    );
    let json = alices.sign(options(&page)).unwrap();
    assert!(is_granted(&house.act(&page, says(json), browser(1)).await));
    let key = &house.keys("alice").await[0];
    assert_eq!(key.last_used_at, Some(house.clock.now()));
    assert_eq!(key.revision, 1);
}

#[tokio::test]
async fn mf_60_a_challenge_is_used_up_by_a_wrong_answer() {
    let house = House::with(accepting(&["webauthn"])).await;
    let mut alices = key();
    house.registers("alice", &mut alices, browser(1)).await;
    let first = house.at_code("alice", browser(1)).await;
    let right = alices.sign(options(&first)).unwrap();
    let bent = alices
        .sign_bent(options(&first), |draft| draft.rp_id = "evil.example".into())
        .unwrap();
    let second = asked_anew(house.act(&first, says(bent), browser(1)).await, &first);
    assert_eq!(house.last_reason().await, "Factor:webauthn_relying_party");
    // The right answer to the first challenge comes too late, on its own page and on the new one.
    let late = house.act(&first, says(right.clone()), browser(1)).await;
    assert!(matches!(late, Ok(Shown::Onward(_))), "{late:?}");
    let third = asked_anew(house.act(&second, says(right), browser(1)).await, &second);
    assert_eq!(house.last_reason().await, "Factor:webauthn_challenge");
    // Control.
    let json = alices.sign(options(&third)).unwrap();
    assert!(is_granted(&house.act(&third, says(json), browser(1)).await));
}

#[tokio::test]
async fn mf_60_of_an_answer_sent_twenty_times_at_once_one_counts() {
    let house = House::with(accepting(&["webauthn"])).await;
    let mut alices = key();
    house.registers("alice", &mut alices, browser(1)).await;
    let page = house.at_code("alice", browser(1)).await;
    let json = alices.sign(options(&page)).unwrap();
    let house = Arc::new(house);
    let mut sent = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (house, page, json) = (house.clone(), page.clone(), json.clone());
        sent.spawn(async move { is_granted(&house.act(&page, says(json), browser(1)).await) });
    }
    let granted = sent.join_all().await.into_iter().filter(|one| *one).count();
    assert_eq!(granted, 1);
}

/// One challenge, its right answer fifty times at once: on either database, and on two nodes over one of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ft_11_mf_60_fifty_answers_at_once_give_one_grant() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("store.db").display());
    let postgres = Postgres::shared().unwrap();
    let databases = [(); 2].map(|()| postgres.create_database().unwrap());
    let [alone, together] = databases;
    for (url, count) in [(file, 1), (alone, 1), (together, 2)] {
        let mut nodes = Vec::new();
        for _ in 0..count {
            let store = patient_store(&url).await;
            nodes.push(Arc::new(House::on(store, accepting(&["webauthn"]))));
        }
        let mut alices = key();
        nodes[0].registers("alice", &mut alices, browser(1)).await;
        // The nodes have the same time.
        let now = nodes[0].clock.now();
        for node in &nodes {
            node.clock.forward((now - node.clock.now()).num_seconds());
        }
        for round in 1..=3 {
            // Each round from another place: how often one may try is not what is asked here.
            let visitor = Visitor {
                address: Some([192, 0, 2, round].into()),
                ..browser(1)
            };
            let page = nodes[0].at_code("alice", visitor).await;
            let json = alices.sign(options(&page)).unwrap();
            let mut sent = tokio::task::JoinSet::new();
            for number in 0..50 {
                let node = nodes[number % nodes.len()].clone();
                let (page, json) = (page.clone(), json.clone());
                sent.spawn(async move { is_granted(&node.act(&page, says(json), visitor).await) });
            }
            let granted = sent.join_all().await.into_iter().filter(|one| *one).count();
            assert_eq!(granted, 1, "{count} over {url}, round {round}");
            assert_eq!(nodes[0].keys("alice").await[0].revision, i64::from(round));
        }
        assert_eq!(nodes[0].store.verify_chain().await.unwrap().fault, None);
    }
}

#[tokio::test]
async fn mf_60_an_answer_counts_in_the_login_and_the_browser_that_asked() {
    let house = House::with(accepting(&["webauthn"])).await;
    let mut alices = key();
    house.registers("alice", &mut alices, browser(1)).await;
    let here = house.at_code("alice", browser(1)).await;
    let there = house.at_code("alice", browser(1)).await;
    let json = alices.sign(options(&here)).unwrap();
    asked_anew(
        house.act(&there, says(json.clone()), browser(1)).await,
        &there,
    );
    assert_eq!(house.last_reason().await, "Factor:webauthn_challenge");
    let problem = house
        .act(&here, says(json.clone()), browser(2))
        .await
        .unwrap_err();
    assert_eq!(problem.code, "other_browser");
    assert!(is_granted(&house.act(&here, says(json), browser(1)).await));
}

#[tokio::test]
async fn mf_60_a_ceremony_that_takes_too_long_begins_anew() {
    let house = House::with(accepting(&["webauthn"])).await;
    let mut alices = key();
    house.registers("alice", &mut alices, browser(1)).await;
    let page = house.at_code("alice", browser(1)).await;
    let json = alices.sign(options(&page)).unwrap();
    house.clock.forward(301);
    let page = asked_anew(house.act(&page, says(json), browser(1)).await, &page);
    assert_eq!(house.last_reason().await, "Factor:webauthn_expired");
    let json = alices.sign(options(&page)).unwrap();
    assert!(is_granted(&house.act(&page, says(json), browser(1)).await));
}

#[tokio::test]
async fn mf_43_a_key_is_registered_with_what_this_login_asked() {
    let house = House::with(accepting(&["webauthn"])).await;
    let here = house.at_code("alice", browser(1)).await;
    let there = house.at_code("alice", browser(2)).await;
    let json = key().register(options(&there)).unwrap();
    let again = asked_anew(house.act(&here, says(json), browser(1)).await, &here);
    assert_eq!(house.last_reason().await, "Factor:webauthn_challenge");
    assert_eq!(house.keys("alice").await, []);
    let json = key().register(options(&again)).unwrap();
    assert!(is_granted(&house.act(&again, says(json), browser(1)).await));
    assert_eq!(house.keys("alice").await.len(), 1);
}

#[tokio::test]
async fn mf_64_a_copy_of_a_key_is_refused_and_written_down() {
    let house = House::with(accepting(&["webauthn"])).await;
    let mut alices = key();
    house.registers("alice", &mut alices, browser(1)).await;
    let page = house.at_code("alice", browser(1)).await;
    let json = alices
        .sign_bent(options(&page), |draft| draft.counter = 10)
        .unwrap();
    assert!(is_granted(&house.act(&page, says(json), browser(1)).await));
    let stored = house.keys("alice").await;

    let page = house.at_code("alice", browser(2)).await;
    let copied = alices
        .sign_bent(options(&page), |draft| draft.counter = 10)
        .unwrap();
    let page = asked_anew(house.act(&page, says(copied), browser(2)).await, &page);
    assert_eq!(house.last_reason().await, "Factor:webauthn_clone_suspected");
    assert_eq!(
        house.keys("alice").await,
        stored,
        "the counter moves on success only"
    );
    let json = alices
        .sign_bent(options(&page), |draft| draft.counter = 11)
        .unwrap();
    assert!(is_granted(&house.act(&page, says(json), browser(2)).await));
}

#[tokio::test]
async fn mf_65_a_credential_that_somebody_has_registered_is_nobody_elses() {
    let house = House::with(accepting(&["webauthn"])).await;
    let mut bobs = key();
    house.registers("bob", &mut bobs, browser(1)).await;
    let taken = bobs.credential_ids().remove(0);

    let mut mallorys = key();
    let page = house.at_code("mallory", browser(2)).await;
    let json = mallorys
        .register_bent(options(&page), |draft| draft.credential_id = taken)
        .unwrap();
    let page = asked_anew(house.act(&page, says(json), browser(2)).await, &page);
    assert_eq!(
        house.last_reason().await,
        "Factor:factor_already_registered"
    );
    assert_eq!(house.keys("mallory").await, []);
    // Bob's key, used by mallory who has one of her own.
    let json = mallorys.register(options(&page)).unwrap();
    assert!(is_granted(&house.act(&page, says(json), browser(2)).await));
    let hers = house.at_code("mallory", browser(2)).await;
    assert!(bobs.sign(options(&hers)).is_none());
    let his = house.at_code("bob", browser(1)).await;
    let json = bobs.sign(options(&his)).unwrap();
    asked_anew(
        house.act(&hers, says(json.clone()), browser(2)).await,
        &hers,
    );
    assert_eq!(house.last_reason().await, "Factor:webauthn_challenge");
    assert!(is_granted(&house.act(&his, says(json), browser(1)).await));
}

#[tokio::test]
async fn mf_25_failed_ceremonies_do_not_count_against_the_person() {
    let house = House::with(accepting(&["totp", "webauthn"])).await;
    // An app first, and a key from the account page of the same person; here the store takes it directly.
    let (secret, alices) = app_and_key(&house).await;
    let mut alices = alices;
    let at = |number: u8| Visitor {
        address: Some([192, 0, 2, number].into()),
        ..browser(1)
    };
    let mut page = house.at_code("alice", at(0)).await;
    if !matches!(page.ask, Ask::WebAuthn { .. }) {
        let other = Act::AnotherWay(kind("webauthn"));
        page = screen(house.act(&page, other, at(0)).await);
    }
    for number in 0..20 {
        let bent = alices
            .sign_bent(options(&page), |draft| draft.flags = 0)
            .unwrap();
        page = asked_anew(house.act(&page, says(bent), at(number)).await, &page);
    }
    let app = screen(house.act(&page, Act::AnotherWay(kind("totp")), at(1)).await);
    let code = Act::Code(house.code(&secret));
    assert!(is_granted(&house.act(&app, code, at(1)).await));
    // From one address, they are a flood like any other.
    let mut page = house.at_code("alice", at(99)).await;
    let mut faults = Vec::new();
    for _ in 0..60 {
        if !matches!(page.ask, Ask::WebAuthn { .. }) {
            page = screen(
                house
                    .act(&page, Act::AnotherWay(kind("webauthn")), at(99))
                    .await,
            );
        }
        let bent = alices
            .sign_bent(options(&page), |draft| draft.flags = 0)
            .unwrap();
        page = screen(house.act(&page, says(bent), at(99)).await);
        faults.push(page.fault);
    }
    assert!(
        matches!(faults.last(), Some(Some(Fault::Wait(_)))),
        "{faults:?}"
    );
}

/// Alice has an app, and a key that she added on her account page.
async fn app_and_key(house: &House) -> (String, SecurityKey) {
    let page = house.at_code("alice", browser(1)).await;
    let page = screen(house.act(&page, Act::Enrol(kind("totp")), browser(1)).await);
    let Ask::ScanSecret { secret, .. } = page.ask.clone() else {
        panic!("{page:?}")
    };
    let code = Act::Code(house.code(&secret));
    assert!(is_granted(&house.act(&page, code, browser(1)).await));
    house.clock.forward(30);

    // The wiki wants a key: she sets one up after the app.
    let shown = house.arrive("app=wiki&id=r2", browser(1)).await.unwrap();
    let Shown::Screen(choice) = shown else {
        let handle = handle_of(&shown);
        panic!("{handle}")
    };
    let sent = house
        .act(&choice, Act::Upstream(upstream("adfs")), browser(1))
        .await;
    let handle = handle_of(&sent.unwrap());
    let page = screen(house.come_back(&handle, "subject=alice", browser(1)).await);
    let code = Act::Code(house.code(&secret));
    let page = screen(house.act(&page, code, browser(1)).await);
    let mut alices = key();
    let json = alices.register(options(&page)).unwrap();
    assert!(is_granted(&house.act(&page, says(json), browser(1)).await));
    house.clock.forward(30);
    (secret, alices)
}

#[tokio::test]
async fn mf_47_nothing_weaker_is_taken_where_a_key_is_required() {
    let house = House::with(accepting(&["totp", "webauthn"])).await;
    let (secret, mut alices) = app_and_key(&house).await;
    let shown = house.arrive("app=wiki&id=r3", browser(1)).await;
    let sent = house
        .act(&screen(shown), Act::Upstream(upstream("adfs")), browser(1))
        .await;
    let handle = handle_of(&sent.unwrap());
    let page = screen(house.come_back(&handle, "subject=alice", browser(1)).await);
    assert!(
        matches!(
            &page.ask,
            Ask::WebAuthn {
                other_ways: false,
                ..
            }
        ),
        "{page:?}"
    );
    // Another way that is not open, what the other way would send, and setting up something else.
    let outcome = house
        .act(&page, Act::AnotherWay(kind("totp")), browser(1))
        .await;
    let same = screen(outcome);
    assert_eq!(options(&same), options(&page));
    let typed = house
        .act(&page, Act::Code(house.code(&secret)), browser(1))
        .await;
    assert_eq!(typed.unwrap_err().code, "factor_wrong_form");
    for act in [Act::Enrol(kind("totp")), Act::PutOff, Act::Confirm] {
        let outcome = house.act(&page, act, browser(1)).await;
        assert!(!is_granted(&outcome), "{outcome:?}");
    }
    let json = alices.sign(options(&page)).unwrap();
    assert!(is_granted(&house.act(&page, says(json), browser(1)).await));
    // Control: where the rule leaves both open, the code counts, and the key is named first.
    house.clock.forward(30);
    let page = house.at_code("alice", browser(1)).await;
    let ways = screen(house.engine.other_ways(&page.handle, browser(1)).await);
    assert_eq!(
        ways.ask,
        Ask::AnotherWay(vec![kind("webauthn"), kind("totp")])
    );
    let app = screen(
        house
            .act(&page, Act::AnotherWay(kind("totp")), browser(1))
            .await,
    );
    let code = Act::Code(house.code(&secret));
    assert!(is_granted(&house.act(&app, code, browser(1)).await));
}

#[tokio::test]
async fn mf_08_what_was_passed_in_one_login_counts_in_no_other() {
    let house = House::with(accepting(&["totp", "webauthn"])).await;
    let (secret, mut alices) = app_and_key(&house).await;
    let mut strict = Vec::new();
    for _ in 0..20 {
        let shown = house.arrive("app=wiki&id=r", browser(1)).await;
        let sent = house
            .act(&screen(shown), Act::Upstream(upstream("adfs")), browser(1))
            .await;
        let handle = handle_of(&sent.unwrap());
        strict.push(screen(
            house.come_back(&handle, "subject=alice", browser(1)).await,
        ));
    }
    let weak = house.at_code("alice", browser(1)).await;
    let weak = screen(
        house
            .act(&weak, Act::AnotherWay(kind("totp")), browser(1))
            .await,
    );
    let code = Act::Code(house.code(&secret));
    assert!(is_granted(&house.act(&weak, code, browser(1)).await));
    for page in &strict {
        let shown = screen(house.engine.show(&page.handle, browser(1)).await);
        assert_eq!(options(&shown), options(page));
    }
    let last = strict.pop().unwrap();
    let json = alices.sign(options(&last)).unwrap();
    assert!(is_granted(
        &house.act(&last, says(json.clone()), browser(1)).await
    ));
    let other = strict.pop().unwrap();
    asked_anew(house.act(&other, says(json), browser(1)).await, &other);
}

#[tokio::test]
async fn mf_70_a_key_or_a_person_that_is_gone_during_the_ceremony() {
    let house = House::with(accepting(&["webauthn"])).await;
    let mut alices = key();
    house.registers("alice", &mut alices, browser(1)).await;
    let page = house.at_code("alice", browser(1)).await;
    let json = alices.sign(options(&page)).unwrap();
    let disabled = Enrolment {
        disabled: true,
        ..house.keys("alice").await.remove(0)
    };
    let commit = Commit {
        enrolments: vec![EnrolmentChange::Replace(disabled)],
        ..Commit::default()
    };
    house.store.commit(commit).await.unwrap();
    let refused = screen(house.act(&page, says(json), browser(1)).await);
    assert!(matches!(refused.ask, Ask::Refused(_)), "{refused:?}");

    let mut bobs = key();
    house.registers("bob", &mut bobs, browser(2)).await;
    let page = house.at_code("bob", browser(2)).await;
    let json = bobs.sign(options(&page)).unwrap();
    let id = house.keys("bob").await.remove(0).id;
    let commit = Commit {
        enrolments: vec![EnrolmentChange::Remove(person("bob"), id)],
        ..Commit::default()
    };
    house.store.commit(commit).await.unwrap();
    let anew = screen(house.act(&page, says(json), browser(2)).await);
    assert!(matches!(anew.ask, Ask::RegisterWebAuthn { .. }), "{anew:?}");
}

#[tokio::test]
async fn a_second_key_is_added_on_the_account_page_and_either_answers() {
    let house = House::with(accepting(&["webauthn"])).await;
    let mut first = key();
    house.registers("alice", &mut first, browser(1)).await;
    let sent = house
        .engine
        .account(Place::Overview, browser(1))
        .await
        .unwrap();
    let handle = handle_of(&sent);
    let page = screen(house.come_back(&handle, "subject=alice", browser(1)).await);
    let json = first.sign(options(&page)).unwrap();
    let Ok(Shown::SignedIn(token, ..)) = house.act(&page, says(json), browser(1)).await else {
        panic!("no session")
    };
    let account = house
        .engine
        .account(Place::Overview, showing(&token, browser(1)))
        .await;
    let Ok(Shown::Account(account)) = account else {
        panic!("no account: {account:?}")
    };
    let add = Change::Add(kind("webauthn"));
    let form = Some(account.form.as_str());
    let page = house
        .engine
        .change_account(form, add, showing(&token, browser(1)))
        .await;
    let page = screen(page);
    assert!(first.register(options(&page)).is_none(), "it is excluded");
    let mut second = key();
    let named = Act::WebAuthn {
        credential: CredentialJson::new(second.register(options(&page)).unwrap()).unwrap(),
        name: Some("At home".into()),
    };
    let added = house.act(&page, named, browser(1)).await;
    assert!(matches!(added, Ok(Shown::SignedIn(..))), "{added:?}");
    for key in [&mut first, &mut second] {
        house.clock.forward(30);
        let page = house.at_code("alice", browser(1)).await;
        let Ask::WebAuthn { names, .. } = &page.ask else {
            panic!("{page:?}")
        };
        assert_eq!(names.len(), 2);
        let json = key.sign(options(&page)).unwrap();
        assert!(is_granted(&house.act(&page, says(json), browser(1)).await));
    }
    let names: Vec<String> = house
        .keys("alice")
        .await
        .into_iter()
        .map(|one| one.label)
        .collect();
    assert_eq!(names, ["Security key", "At home"]);
}
