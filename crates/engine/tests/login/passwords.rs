//! Passwords of accounts of our own, guessed by strangers (attack row MF-25).

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use vestibule_core::{
    id::UpstreamId,
    identity::{PersonId, Subject, VerifiedIdentity},
    port::*,
    request::Memo,
    routing::{RouteCondition, RouteRule, Routing, Target},
};
use vestibule_engine::{Act, Fault, Screen, Shown, UpstreamPart, Visitor};

use crate::support::*;

const DAY: i64 = 24 * 3600;

/// One account for each name, all with the password `right`.
struct Accounts(UpstreamId);

#[async_trait]
impl Upstream for Accounts {
    fn id(&self) -> &UpstreamId {
        &self.0
    }

    async fn begin(&self, _: Begin<'_>) -> Result<(Prompt, Memo), UpstreamError> {
        Ok((Prompt::Password { username: None }, Memo::default()))
    }

    fn handle_in(&self, _: &Callback) -> Option<String> {
        None
    }

    async fn finish(
        &self,
        _: &Memo,
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<VerifiedIdentity, UpstreamError> {
        let Answer::Password { username, password } = answer else {
            unreachable!("only passwords come here")
        };
        if password.expose_secret() != "right" {
            return Err(UpstreamError::WrongCredentials {
                code: "password_wrong",
                detail: "wrong".into(),
                person: Some(PersonId::new(self.0.clone(), username)),
            });
        }
        Ok(VerifiedIdentity {
            upstream: self.0.clone(),
            subject: Subject::plain(username),
            attributes: [("groups".to_owned(), vec!["staff".to_owned()])].into(),
            authn_context: None,
            methods: Vec::new(),
            authenticated_at: Some(now),
            session: None,
            session_ends: None,
            for_logout: None,
            once: None,
        })
    }
}

/// A house where everybody types a password.
async fn house() -> House {
    House::with(|parts| {
        let local = upstream("local");
        let mapping = parts.upstreams[&upstream("adfs")].mapping.clone();
        let part = UpstreamPart {
            adapter: Arc::new(Accounts(local.clone())),
            mapping,
            onward: vestibule_core::logout::Onward::default(),
            belief: None,
            label: "Local".to_owned(),
        };
        parts.upstreams.insert(local.clone(), part);
        parts.routing = Routing::new(vec![RouteRule {
            when: RouteCondition::default(),
            to: Target::Upstream(local),
        }]);
    })
    .await
}

fn from(address: &str) -> Visitor {
    Visitor {
        address: Some(address.parse().unwrap()),
        ..browser(1)
    }
}

/// One attempt in a login of its own: what was wrong with it, or nothing.
async fn types(house: &House, name: &str, password: &str, visitor: Visitor) -> Option<Fault> {
    let page: Screen = screen(house.arrive("app=jira&id=r1", visitor).await);
    let act = Act::Password {
        username: name.to_owned(),
        password: password.to_owned().into(),
    };
    match house.act(&page, act, visitor).await.unwrap() {
        Shown::Screen(screen) => screen.fault,
        other => panic!("{other:?}"),
    }
}

/// From a hundred addresses, until the account as a whole makes people wait.
async fn strangers_guess(house: &House, name: &str) {
    for number in 0..100 {
        let stranger = from(&format!("198.51.100.{number}"));
        assert_eq!(
            types(house, name, "wrong", stranger).await,
            Some(Fault::Wrong)
        );
    }
}

#[tokio::test]
async fn mf_25_strangers_do_not_make_an_owner_wait_where_they_signed_in_before() {
    let house = house().await;
    let (home, cafe) = (from("192.0.2.1"), from("192.0.2.2"));
    assert_eq!(types(&house, "alice", "right", home).await, None);
    house.clock.forward(29 * DAY);
    strangers_guess(&house, "alice").await;
    // Everybody elsewhere waits, with the right password too; the owner at home does not.
    let elsewhere = types(&house, "alice", "right", cafe).await;
    assert!(matches!(elsewhere, Some(Fault::Wait(_))), "{elsewhere:?}");
    assert_eq!(types(&house, "alice", "right", home).await, None);
}

/// Each right password counts, not only the first: who signs in at home each month is known there for good.
#[tokio::test]
async fn mf_25_a_source_is_known_for_thirty_days_from_the_last_right_password() {
    let house = house().await;
    let (home, stranger) = (from("192.0.2.1"), from("198.51.100.1"));
    assert_eq!(types(&house, "alice", "right", home).await, None);
    house.clock.forward(29 * DAY);
    assert_eq!(types(&house, "alice", "right", home).await, None);
    house.clock.forward(2 * DAY);
    strangers_guess(&house, "alice").await;
    // To guess there makes no place known.
    let guessed = types(&house, "alice", "right", stranger).await;
    assert!(matches!(guessed, Some(Fault::Wait(_))), "{guessed:?}");
    assert_eq!(types(&house, "alice", "right", home).await, None);
}

/// It opens no way to guess: where the owner signed in, the limit of one address holds; what is known of one account is
/// known of no other; and it is forgotten.
#[tokio::test]
async fn mf_25_a_known_source_has_its_own_limit_for_its_own_account_and_its_time() {
    let house = house().await;
    let home = from("192.0.2.1");
    assert_eq!(types(&house, "alice", "right", home).await, None);
    for _ in 0..5 {
        let wrong = types(&house, "alice", "wrong", home).await;
        assert_eq!(wrong, Some(Fault::Wrong));
    }
    let sixth = types(&house, "alice", "right", home).await;
    assert!(matches!(sixth, Some(Fault::Wait(_))), "{sixth:?}");

    strangers_guess(&house, "bob").await;
    let others = types(&house, "bob", "right", home).await;
    assert!(matches!(others, Some(Fault::Wait(_))), "{others:?}");

    house.clock.forward(30 * DAY);
    strangers_guess(&house, "alice").await;
    let later = types(&house, "alice", "right", home).await;
    assert!(matches!(later, Some(Fault::Wait(_))), "{later:?}");
}

/// A name that can be nobody's is counted on nothing, so of those only a few are written down.
#[tokio::test]
async fn wa_21_names_that_are_none_do_not_fill_the_log() {
    let house = house().await;
    let visitor = from("203.0.113.9");
    for _ in 0..300 {
        let fault = types(&house, "\u{1}", "right", visitor).await;
        assert_eq!(fault, Some(Fault::Wrong));
    }
    let reasons = house.reasons().await;
    let written = reasons
        .iter()
        .filter(|reason| *reason == "Upstream:account_unknown");
    let written = written.count();
    assert!((60..120).contains(&written), "{written}");
    // control: what is counted is written down
    let fault = types(&house, "alice", "wrong", visitor).await;
    assert_eq!(fault, Some(Fault::Wrong));
    let reasons = house.reasons().await;
    assert!(reasons.contains(&"Upstream:password_wrong".to_owned()));
}

/// The helpdesk asks by person.
#[tokio::test]
async fn a_wrong_password_is_written_down_under_the_name_of_whose_account_it_is() {
    let house = house().await;
    types(&house, "alice", "wrong", from("203.0.113.9")).await;
    types(&house, "bob", "wrong", from("203.0.113.9")).await;
    let alice = PersonId::new(upstream("local"), "alice");
    let filter = AuditFilter {
        person: Some(alice),
        most: 10,
        ..AuditFilter::default()
    };
    let found = house.store.entries(&filter).await.unwrap();
    let reasons: Vec<&str> = found
        .iter()
        .map(|entry| entry.record.reason.as_str())
        .collect();
    assert_eq!(reasons, ["password_wrong"]);
}
