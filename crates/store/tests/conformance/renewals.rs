//! Sessions that end at the moment in which they are renewed: whichever comes first, none comes back.

use std::sync::Arc;

use tokio::sync::Barrier;
use vestibule_core::port::{
    Calls, Commit, Commits, Conflict, People, SessionChange, Sessions, StoreError,
};
use vestibule_store::Store;

use crate::{
    backend::Backend,
    calls::nine,
    logouts::{participation, taking_part},
    sample::{after, alice, record},
    sessions::{id, key, renew, with},
};

/// What ends a session, from another node.
#[derive(Debug, Clone, Copy)]
enum End {
    All,
    ByName,
    Disabled,
    Revoked,
}

const ENDS: [End; 4] = [End::All, End::ByName, End::Disabled, End::Revoked];

async fn end(store: &Store, number: u8, by: End) -> Result<(), StoreError> {
    let at = after(1);
    let person = alice();
    let change = match by {
        End::All => SessionChange::EndAll {
            person,
            at,
            save: None,
        },
        End::ByName => SessionChange::End {
            ids: vec![id(number)],
            at,
        },
        End::Disabled => {
            return store.set_disabled(&person, true, record("disabled")).await;
        }
        End::Revoked => SessionChange::Revoke { person, at },
    };
    store.commit(with(change)).await
}

/// Nothing is left of it, and its application is to be told.
async fn assert_over(store: &Store, number: u8, new: u8, by: End) {
    let left = store.sessions(None, None, 9).await.unwrap();
    assert!(left.is_empty(), "{by:?}: {left:?}");
    for key in [key(number), key(new)] {
        assert_eq!(store.session(key).await.unwrap(), None, "{by:?}");
    }
    let calls = store.take_calls(after(2), &nine()).await.unwrap();
    let told: Vec<_> = calls.iter().map(|call| call.session).collect();
    assert_eq!(told, [id(number)], "{by:?}");
}

conformance! {
    async fn so_17_wa_02_ft_11_a_session_that_ends_while_it_is_renewed_does_not_come_back(db: Backend) {
        let nodes = [db.open().await, db.open().await];
        for (number, by) in (1..=24).zip(ENDS.into_iter().cycle()) {
            let new = number + 100;
            nodes[0].commit(taking_part(number, "wiki", "_1")).await.unwrap();
            let line = Arc::new(Barrier::new(2));
            let renewing = tokio::spawn({
                let (node, line) = (nodes[0].clone(), line.clone());
                async move {
                    line.wait().await;
                    node.commit(renew(number, new)).await
                }
            });
            line.wait().await;
            end(&nodes[1], number, by).await.unwrap();
            match renewing.await.unwrap() {
                Ok(()) => {}
                Err(error) => assert_eq!(error, Conflict::Session.into(), "{by:?}"),
            }
            assert_over(&nodes[1], number, new, by).await;
            if let End::Disabled = by {
                nodes[1].set_disabled(&alice(), false, record("enabled")).await.unwrap();
            }
        }
    }
}

/// The end comes to the session's row while that is being renewed, and before the renewal is committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_17_wa_02_ft_11_who_ends_what_is_being_renewed_waits_for_it_on_postgres() {
    for by in ENDS {
        let db = Backend::postgres();
        let nodes = [db.open().await, db.open().await];
        let begun = nodes[0].commit(taking_part(1, "wiki", "_1"));
        begun.await.unwrap();
        let connect = async || {
            let (client, connection) = tokio_postgres::connect(&db.url(), tokio_postgres::NoTls)
                .await
                .unwrap();
            tokio::spawn(connection);
            client
        };
        let (holder, onlooker) = (connect().await, connect().await);
        let waiting = async || {
            let waits = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'";
            let row = onlooker.query_one(waits, &[]).await.unwrap();
            row.get::<_, i64>(0)
        };
        // What the renewal does behind the change of the session's row has to wait for this.
        let hold = "BEGIN; UPDATE participations SET known_as = known_as";
        holder.batch_execute(hold).await.unwrap();
        let renewing = tokio::spawn({
            let node = nodes[0].clone();
            let renewal = Commit {
                participation: Some((id(1), participation("wiki", "_1"))),
                ..renew(1, 2)
            };
            async move { node.commit(renewal).await }
        });
        while waiting().await < 1 {
            assert!(!renewing.is_finished(), "{by:?}: it renews");
        }
        let ending = tokio::spawn({
            let node = nodes[1].clone();
            async move { end(&node, 1, by).await }
        });
        while waiting().await < 2 {
            assert!(!ending.is_finished(), "{by:?}: it waits for who renews");
        }
        holder.batch_execute("COMMIT").await.unwrap();
        renewing.await.unwrap().unwrap();
        ending.await.unwrap().unwrap();
        assert_over(&nodes[0], 1, 2, by).await;
    }
}
