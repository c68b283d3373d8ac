//! Logouts that are kept until somebody says yes: how many, of whom, and that strangers keep nobody from signing out who
//! shows a session (attack row WA-21).

use std::net::Ipv6Addr;

use vestibule_core::{audit::AuditEvent, port::*};
use vestibule_engine::{LogoutAct, LogoutAsk, ProblemKind, Shown, Visitor};

use crate::support::*;

/// By a link, or a form of another site: it proves nothing.
const ASKS: &str = "app=jira&standing=unproven&reply=q";

/// People without a cookie, each of another network.
#[derive(Default)]
struct Strangers(u32);

impl Strangers {
    fn next(&mut self) -> Visitor {
        self.0 += 1;
        let network = (0x2a00_u128 << 112) | (u128::from(self.0) << 80);
        Visitor {
            browser: None,
            session: None,
            address: Some(Ipv6Addr::from_bits(network).into()),
        }
    }

    /// They ask until nothing of theirs is kept any more.
    async fn fill(&mut self, house: &House) {
        for _ in 0..50_000 {
            if is_refused(&house.hears(ASKS, self.next()).await) {
                return;
            }
        }
        panic!("strangers have no bound")
    }
}

fn is_refused(outcome: &Outcome) -> bool {
    match outcome {
        Ok(_) => false,
        Err(problem) => {
            assert_eq!(problem.kind, ProblemKind::LogoutTooMany);
            assert_eq!(problem.code, "logout_too_many");
            true
        }
    }
}

/// Is one of some tries of this visitor refused while strangers have all that is theirs? They get a little back with
/// time.
async fn shares_with(strangers: &mut Strangers, house: &House, visitor: Visitor) -> bool {
    for _ in 0..10 {
        strangers.fill(house).await;
        if is_refused(&house.hears(ASKS, visitor).await) {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn wa_21_strangers_keep_nobody_from_signing_out_who_shows_a_session() {
    let house = House::build().await;
    let alice = house.in_at("alice", &["jira", "wiki"], browser(1)).await;
    let bob = house.in_at("bob", &["jira"], browser(2)).await;
    let mut strangers = Strangers::default();
    assert!(!shares_with(&mut strangers, &house, alice.visitor).await);
    let key = alice.token.key();
    // Her cookie without that of her browser shows nothing, and in another browser nothing is kept at all.
    let thief = Visitor {
        session: Some(key),
        ..strangers.next()
    };
    assert!(shares_with(&mut strangers, &house, thief).await);
    let elsewhere = Visitor {
        session: Some(key),
        ..browser(7)
    };
    for _ in 0..50 {
        let answered = house.hears(ASKS, elsewhere).await;
        assert_eq!(leaves_with(&answered, "complete").1.unwrap(), "true");
    }
    // Hers is left, and it leads to the end.
    strangers.fill(&house).await;
    let kept = house.hears(ASKS, alice.visitor).await;
    let page = logout_screen(house.follows(kept, alice.visitor).await);
    assert!(
        matches!(page.ask, LogoutAsk::SignOut { .. }),
        "{:?}",
        page.ask
    );
    let (yes, step) = (LogoutAct::SignOut, Some(page.step));
    let out = house
        .engine
        .act_on_logout(&page.handle, step, yes, alice.visitor);
    assert!(matches!(
        out.await,
        Ok(Shown::LogoutAt { forgets: true, .. })
    ));
    assert!(house.store.session(key).await.unwrap().is_none());
    // A session that is over by its limits shows nobody, as long as its row is there.
    house.clock.forward(3600);
    let row = house.store.session(bob.token.key()).await.unwrap();
    assert!(row.is_some());
    assert!(shares_with(&mut strangers, &house, bob.visitor).await);
}

#[tokio::test]
async fn wa_21_who_is_signed_in_has_a_bound_of_their_own() {
    let house = House::build().await;
    let alice = house.in_at("alice", &["jira"], browser(1)).await;
    let phone = house.in_at("alice", &["jira"], browser(2)).await;
    let bob = house.in_at("bob", &["jira"], browser(3)).await;
    let mut kept = 0;
    while !is_refused(&house.hears(ASKS, alice.visitor).await) {
        kept += 1;
        assert!(kept < 100, "one person has no bound");
    }
    assert!(kept >= 20, "{kept}");
    assert!(
        is_refused(&house.hears(ASKS, phone.visitor).await),
        "it is the person's, in whichever browser"
    );
    let all = AuditFilter {
        most: 999,
        ..AuditFilter::default()
    };
    let entries = house.store.entries(&all).await.unwrap();
    let refused: Vec<_> = entries
        .into_iter()
        .map(|entry| entry.record)
        .filter(|it| it.event == AuditEvent::Logout && it.reason == "logout_too_many")
        .map(|it| it.person.unwrap().to_string())
        .collect();
    assert_eq!(refused, ["adfs/alice", "adfs/alice"]);
    // Nobody else is touched, and her own page signs her out all the same.
    let stranger = Strangers::default().next();
    for other in [bob.visitor, stranger] {
        assert!(!is_refused(&house.hears(ASKS, other).await));
    }
    let form = house.form_of(alice.token.key());
    let out = house.engine.sign_out(Some(&form), alice.visitor).await;
    assert!(matches!(out, Ok(Shown::LogoutAt { forgets: true, .. })));
}
