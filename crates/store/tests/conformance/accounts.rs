//! Accounts of `local` upstreams.

use vestibule_core::{
    id::UpstreamId,
    port::{Accounts, AuditFilter, AuditLog, LocalAccount},
};

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

conformance! {
    async fn user_names_are_compared_without_case(db: Backend) {
        let store = db.open().await;
        store
            .put_account(
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

    async fn an_account_is_replaced_whole(db: Backend) {
        let store = db.open().await;
        store.put_account(account("ann"), record("")).await.unwrap();
        let changed = LocalAccount {
            mail: None,
            groups: vec![],
            disabled: true,
            password_hash: "other".into(),
            ..account("ann")
        };
        store
            .put_account(changed.clone(), record(""))
            .await
            .unwrap();
        store.put_account(account("abe"), record("")).await.unwrap();
        assert_eq!(
            store.accounts(&upstream()).await.unwrap(),
            [account("abe"), changed]
        );
    }

    async fn removing_says_whether_there_was_one(db: Backend) {
        let store = db.open().await;
        store.put_account(account("ann"), record("")).await.unwrap();
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
        let entries = store
            .entries(&AuditFilter {
                most: 9,
                ..AuditFilter::default()
            })
            .await
            .unwrap();
        assert_eq!(entries.len(), 2, "what did not happen is not written down");
    }
}
