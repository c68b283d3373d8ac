//! Where passwords of local accounts were right (attack row MF-25).

use chrono::{DateTime, Utc};
use vestibule_core::{
    identity::Username,
    known::KnownSource,
    port::{
        AccountChange, Accounts, Commit, Commits, Conflict, KnownSources, Logins, People, Throttle,
    },
};
use vestibule_store::Store;

use crate::{
    accounts::account,
    sample::{after, alice, mark, now, person, record, upstream},
};

const DAY: i64 = 24 * 3600;

fn at(name: &str, last: u8) -> KnownSource {
    let name = Username::typed(name).unwrap();
    KnownSource::new(upstream(), name, [192, 0, 2, last].into())
}

/// The password was right there.
fn right(name: &str, last: u8, now: DateTime<Utc>) -> Commit {
    Commit {
        seen: Some(person(name)),
        known: Some(at(name, last).remembered(now)),
        ..Commit::default()
    }
}

async fn knows(store: &Store, name: &str, last: u8, now: DateTime<Utc>) -> bool {
    store.knows(&at(name, last), now).await.unwrap()
}

conformance! {
    async fn mf_25_a_source_is_known_to_one_account_for_thirty_days_from_the_last_time(db: Backend) {
        let store = db.open().await;
        store.commit(right("alice", 1, now())).await.unwrap();
        store.commit(right("alice", 1, after(29 * DAY))).await.unwrap();
        assert!(knows(&store, "alice", 1, after(59 * DAY - 1)).await);
        assert!(!knows(&store, "alice", 1, after(59 * DAY)).await);
        assert!(!knows(&store, "alice", 2, after(29 * DAY)).await, "somewhere else");
        assert!(!knows(&store, "bob", 1, after(29 * DAY)).await, "somebody else");
    }

    async fn mf_25_what_is_not_committed_is_not_remembered(db: Backend) {
        let store = db.open().await;
        let used = || Commit {
            once: vec![mark("a")],
            ..right("alice", 1, now())
        };
        let first = Commit { known: None, ..used() };
        store.commit(first).await.unwrap();
        assert_eq!(store.commit(used()).await, Err(Conflict::AlreadyUsed.into()));
        assert!(!knows(&store, "alice", 1, now()).await);
    }

    async fn an_account_knows_its_latest_sources_and_no_more(db: Backend) {
        let store = db.open().await;
        let most = u8::try_from(KnownSource::MOST).unwrap();
        store.commit(right("bob", 1, now())).await.unwrap();
        for last in 0..most {
            store.commit(right("alice", last, after(i64::from(last)))).await.unwrap();
        }
        // The first is used again, so that the second is the oldest when one more comes.
        store.commit(right("alice", 0, after(50))).await.unwrap();
        store.commit(right("alice", most, after(60))).await.unwrap();
        for last in 0..=most {
            assert_eq!(knows(&store, "alice", last, after(60)).await, last != 1, "{last}");
        }
        assert!(knows(&store, "bob", 1, after(60)).await, "that of another account");
    }

    async fn sources_that_are_forgotten_are_cleared_away(db: Backend) {
        let store = db.open().await;
        store.commit(right("alice", 1, now())).await.unwrap();
        store.commit(right("alice", 2, after(1))).await.unwrap();
        assert_eq!(store.clear_expired(after(30 * DAY - 1)).await.unwrap(), 0);
        assert_eq!(store.clear_expired(after(30 * DAY)).await.unwrap(), 1);
        assert!(knows(&store, "alice", 2, after(30 * DAY)).await);
    }

    /// Who knew the old password is a stranger again; who was only made to wait, or kept out for a while, is not.
    async fn sources_are_forgotten_with_the_password(db: Backend) {
        let store = db.open().await;
        store.add_account(account("alice"), record("")).await.unwrap();
        store.commit(right("bob", 1, now())).await.unwrap();

        store.commit(right("alice", 1, now())).await.unwrap();
        store.forgive(&alice(), record("")).await.unwrap();
        store.set_disabled(&alice(), true, record("")).await.unwrap();
        assert!(knows(&store, "alice", 1, now()).await);

        let change = AccountChange { password_hash: Some("new".into()), ..AccountChange::default() };
        let of = upstream();
        let set = store.change_account(&of, "alice", change, record(""));
        assert!(set.await.unwrap());
        assert!(!knows(&store, "alice", 1, now()).await, "another password");

        store.commit(right("alice", 1, now())).await.unwrap();
        store.remove_account(&upstream(), "Alice", record("")).await.unwrap();
        assert!(!knows(&store, "alice", 1, now()).await, "no account");
        assert!(knows(&store, "bob", 1, now()).await, "that of another account");
    }
}
