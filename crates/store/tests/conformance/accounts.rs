//! Accounts of `local` upstreams.

use vestibule_core::{
    id::UpstreamId,
    port::{AccountChange, Accounts, AuditFilter, AuditLog, LocalAccount},
};
use vestibule_store::Store;

use crate::sample::{record, upstream};

pub(crate) fn account(username: &str) -> LocalAccount {
    LocalAccount {
        upstream: upstream(),
        username: username.to_lowercase(),
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g".into(),
        mail: Some("a@acme.example".into()),
        display_name: None,
        given_name: Some("Ann".into()),
        family_name: None,
        groups: vec!["staff".into(), "a, \"b\"".into()],
        disabled: false,
    }
}

/// How many records there are.
async fn written(store: &Store) -> usize {
    let filter = AuditFilter {
        most: 99,
        ..AuditFilter::default()
    };
    store.entries(&filter).await.unwrap().len()
}

conformance! {
    async fn user_names_are_compared_without_case(db: Backend) {
        let store = db.open().await;
        store
            .add_account(
                LocalAccount {
                    username: "Ann".into(),
                    ..account("ann")
                },
                record(""),
            )
            .await
            .unwrap();
        for typed in ["ann", "ANN", "Ann"] {
            assert_eq!(
                store.account(&upstream(), typed).await.unwrap(),
                Some(account("ann")),
                "{typed}"
            );
        }
        for typed in ["", "an", "ann ", "a\0nn", "%"] {
            assert_eq!(
                store.account(&upstream(), typed).await.unwrap(),
                None,
                "{typed:?}"
            );
        }
        let other = UpstreamId::new("other").unwrap();
        assert_eq!(store.account(&other, "ann").await.unwrap(), None);
    }

    async fn an_account_is_added_once(db: Backend) {
        let store = db.open().await;
        assert!(store.add_account(account("ann"), record("")).await.unwrap());
        let other = LocalAccount {
            mail: None,
            groups: vec![],
            password_hash: "other".into(),
            ..account("ann")
        };
        assert!(!store.add_account(other, record("")).await.unwrap());
        assert!(store.add_account(account("abe"), record("")).await.unwrap());
        assert_eq!(
            store.accounts(&upstream()).await.unwrap(),
            [account("abe"), account("ann")]
        );
        assert_eq!(written(&store).await, 2, "what did not happen is not written down");
    }

    async fn of_two_accounts_of_a_name_at_the_same_moment_one_is_added(db: Backend) {
        let store = db.open().await;
        for round in 0..8 {
            let name = format!("ann{round}");
            let tries = ["one", "two", "three"].map(|hash| LocalAccount {
                password_hash: hash.into(),
                ..account(&name)
            });
            let [a, b, c] = tries.clone().map(|tried| store.add_account(tried, record("")));
            let (a, b, c) = tokio::join!(a, b, c);
            let added = [a, b, c].map(Result::unwrap);
            let mut winners = added.into_iter().zip(tries).filter(|(added, _)| *added);
            let winner = winners.next().map(|(_, tried)| tried);
            assert!(winner.is_some() && winners.next().is_none(), "{added:?}");
            assert_eq!(store.account(&upstream(), &name).await.unwrap(), winner);
        }
        assert_eq!(written(&store).await, 8);
    }

    async fn a_change_leaves_alone_what_it_does_not_name(db: Backend) {
        let store = db.open().await;
        let disabled = LocalAccount { disabled: true, ..account("ann") };
        store.add_account(disabled.clone(), record("")).await.unwrap();
        let change = AccountChange {
            password_hash: Some("new".into()),
            ..AccountChange::default()
        };
        assert!(store.change_account(&upstream(), "ANN", change, record("")).await.unwrap());
        let expect = LocalAccount { password_hash: "new".into(), ..disabled };
        assert_eq!(store.account(&upstream(), "ann").await.unwrap(), Some(expect.clone()));
        let change = AccountChange {
            mail: Some("ann@acme.example".into()),
            groups: Some(vec![]),
            display_name: Some(Some("Ann".into())),
            given_name: Some(None),
            family_name: Some(Some("Lee".into())),
            password_hash: None,
        };
        assert!(store.change_account(&upstream(), "ann", change, record("")).await.unwrap());
        let expect = LocalAccount {
            mail: Some("ann@acme.example".into()),
            groups: vec![],
            display_name: Some("Ann".into()),
            given_name: None,
            family_name: Some("Lee".into()),
            ..expect
        };
        assert_eq!(store.account(&upstream(), "ann").await.unwrap(), Some(expect.clone()));
        let change = AccountChange { display_name: Some(None), ..AccountChange::default() };
        assert!(store.change_account(&upstream(), "ann", change, record("")).await.unwrap());
        let expect = LocalAccount { display_name: None, ..expect };
        assert_eq!(store.account(&upstream(), "ann").await.unwrap(), Some(expect));
    }

    async fn a_change_does_not_bring_a_removed_account_back(db: Backend) {
        let store = db.open().await;
        store.add_account(account("ann"), record("")).await.unwrap();
        store.remove_account(&upstream(), "ann", record("")).await.unwrap();
        let change = AccountChange {
            password_hash: Some("new".into()),
            ..AccountChange::default()
        };
        assert!(!store.change_account(&upstream(), "ann", change, record("")).await.unwrap());
        assert_eq!(store.accounts(&upstream()).await.unwrap(), []);
    }

    async fn changes_at_the_same_moment_are_all_made(db: Backend) {
        let store = db.open().await;
        for _ in 0..8 {
            store.add_account(account("ann"), record("")).await.unwrap();
            let none = AccountChange::default;
            let changes = [
                AccountChange { mail: Some("ann@acme.example".into()), ..none() },
                AccountChange { groups: Some(vec!["admins".into()]), ..none() },
                AccountChange { display_name: Some(Some("Ann".into())), ..none() },
                AccountChange { password_hash: Some("new".into()), ..none() },
            ];
            let id = upstream();
            let [a, b, c, d] = changes.map(|change| store.change_account(&id, "ann", change, record("")));
            let (a, b, c, d) = tokio::join!(a, b, c, d);
            assert!([a, b, c, d].into_iter().all(|made| made.unwrap()));
            let expect = LocalAccount {
                mail: Some("ann@acme.example".into()),
                groups: vec!["admins".into()],
                display_name: Some("Ann".into()),
                password_hash: "new".into(),
                ..account("ann")
            };
            assert_eq!(store.account(&upstream(), "ann").await.unwrap(), Some(expect));
        }
    }

    async fn removing_says_whether_there_was_one(db: Backend) {
        let store = db.open().await;
        store.add_account(account("ann"), record("")).await.unwrap();
        assert!(
            store
                .remove_account(&upstream(), "ANN", record(""))
                .await
                .unwrap()
        );
        assert!(
            !store
                .remove_account(&upstream(), "ann", record(""))
                .await
                .unwrap()
        );
        assert_eq!(store.accounts(&upstream()).await.unwrap(), []);
        assert_eq!(written(&store).await, 2, "what did not happen is not written down");
    }
}
