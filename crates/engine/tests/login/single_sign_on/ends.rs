//! What ends everything that was proved, and what it is good for from then on: nothing (attack rows SO-17, MF-40).

use std::time::Duration;

use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    identity::PersonId,
    port::*,
    session::SingleSignOn,
};
use vestibule_engine::{Act, Shown};

use super::{JIRA, WIKI};
use crate::support::*;

fn administration(house: &House) -> AuditRecord {
    let now = house.clock.now();
    AuditRecord::new(now, AuditEvent::Administration, AuditResult::Success)
}

/// What ends everything that a person has proved.
#[derive(Debug, Clone, Copy)]
enum End {
    Disabled,
    FactorReset,
    PasswordSet,
    Revoked,
    SignedOut,
}

async fn end(house: &House, by: End) {
    let alice = PersonId::new(upstream("adfs"), "alice");
    match by {
        End::Disabled => {
            for disabled in [true, false] {
                let done = house
                    .store
                    .set_disabled(&alice, disabled, administration(house));
                done.await.unwrap();
            }
        }
        End::FactorReset => {
            let factors = house.factors("alice").await;
            let gone = factors
                .iter()
                .map(|one| EnrolmentChange::Remove(alice.clone(), one.id));
            house.revoke("alice", gone.collect()).await;
        }
        End::PasswordSet => {
            let account = LocalAccount {
                upstream: upstream("adfs"),
                username: "alice".into(),
                password_hash: "a hash".into(),
                mail: None,
                display_name: None,
                given_name: None,
                family_name: None,
                groups: vec![],
                disabled: false,
            };
            house
                .store
                .add_account(account, administration(house))
                .await
                .unwrap();
        }
        End::Revoked => house.revoke("alice", vec![]).await,
        End::SignedOut => {
            let all = house.store.sessions(Some(&alice), None, 9).await.unwrap();
            let ids = all.iter().map(|session| session.id()).collect();
            let commit = Commit {
                session: Some(SessionChange::End {
                    ids,
                    at: house.clock.now(),
                }),
                ..Commit::default()
            };
            house.store.commit(commit).await.unwrap();
        }
    }
}

const ENDS: [End; 5] = [
    End::Disabled,
    End::FactorReset,
    End::PasswordSet,
    End::Revoked,
    End::SignedOut,
];

#[tokio::test]
async fn so_17_after_an_end_nothing_of_a_session_counts() {
    for by in ENDS {
        let house = House::taking("wiki", SingleSignOn::OwnFactor).await;
        let (secret, alice) = house.known("alice", browser(1)).await;
        // A login from the session, which stands between the doors.
        let standing = screen(house.arrive(WIKI, alice.visitor).await);
        assert_eq!(
            met(Ok(Shown::Screen(Box::new(standing.clone())))),
            Met::Code
        );
        house.clock.forward(1);
        end(&house, by).await;
        assert_eq!(house.meets(JIRA, &alice).await, Met::FirstDoor, "{by:?}");
        let code = Act::Code(house.code(&secret));
        let late = house.act(&standing, code, alice.visitor).await;
        // It begins anew: which upstream shall it be?
        let choice = screen(late);
        assert_eq!(
            met(Ok(Shown::Screen(Box::new(choice.clone())))),
            Met::Choice,
            "{by:?}"
        );
        let way = Act::Upstream(upstream("adfs"));
        assert_eq!(
            met(house.act(&choice, way, alice.visitor).await),
            Met::Anew,
            "{by:?}"
        );
    }
}

/// A login of its own, which began before the end: it stood between the doors, or at the one before.
#[tokio::test]
async fn so_17_a_login_that_stood_between_the_doors_begins_anew() {
    let ends = [
        None,
        Some(End::Disabled),
        Some(End::FactorReset),
        Some(End::PasswordSet),
        Some(End::Revoked),
    ];
    for by in ends {
        let house = House::build().await;
        let (secret, _) = house.enrolled("alice", browser(1)).await;
        let standing = house.at_code("alice", browser(2)).await;
        // And one of which the answer came, and was not looked at yet.
        let handle = handle_of(&house.arrive(JIRA, browser(3)).await.unwrap());
        let callback = Callback {
            query: format!("handle={handle}&subject=alice"),
            form: None,
        };
        let parked = house
            .engine
            .callback(&upstream("adfs"), callback, browser(3))
            .await
            .unwrap();
        let Shown::Onward(parked) = parked else {
            panic!("{parked:?}")
        };
        house.clock.forward(1);
        if let Some(by) = by {
            end(&house, by).await;
        }
        let code = Act::Code(house.code(&secret));
        let late = met(house.act(&standing, code, browser(2)).await);
        let shown = met(house.engine.show(&parked, browser(3)).await);
        let expected = match by {
            None => (Met::In, Met::Code),
            Some(_) => (Met::Anew, Met::Anew),
        };
        assert_eq!((late, shown), expected, "{by:?}");
    }
}

/// Who was setting up their first factor when everything was reset has set up none: it could be the thief.
#[tokio::test]
async fn so_17_mf_40_no_factor_is_set_up_on_what_counts_no_more() {
    for by in [None, Some(End::Revoked), Some(End::PasswordSet)] {
        let house = House::build().await;
        let page = house.at_code("alice", browser(1)).await;
        let vestibule_engine::Ask::ScanSecret { secret, .. } = page.ask.clone() else {
            panic!("{page:?}")
        };
        house.clock.forward(1);
        if let Some(by) = by {
            end(&house, by).await;
        }
        let code = Act::Code(house.code(&secret));
        let outcome = house.act(&page, code, browser(1)).await;
        let factors = house.factors("alice").await.len();
        match by {
            None => assert_eq!(factors, 1, "{outcome:?}"),
            Some(_) => {
                assert_eq!((met(outcome), factors), (Met::Anew, 0), "{by:?}");
                assert!(house.notices.0.lock().unwrap().is_empty(), "{by:?}");
            }
        }
    }
}

/// A node on which the end has not been seen when it looks is held up by the transaction.
#[tokio::test]
async fn so_17_an_end_between_the_look_and_the_commit_is_seen() {
    let house = House::build().await;
    let (_, alice) = house.known("alice", browser(1)).await;
    // Whichever comes first, they are in before it, or stand before the first door.
    for round in 0..20 {
        let (outcome, ()) = tokio::join!(house.arrive(WIKI, alice.visitor), async {
            tokio::time::sleep(Duration::from_micros(round * 50)).await;
            end(&house, End::SignedOut).await;
        });
        match outcome {
            Ok(Shown::Onward(page)) => {
                let shown = met(house.engine.show(&page, alice.visitor).await);
                assert_eq!(shown, Met::Choice);
            }
            outcome => assert!(matches!(met(outcome), Met::In | Met::Choice)),
        }
        assert_eq!(house.meets(JIRA, &alice).await, Met::FirstDoor);
    }
}
