//! Our own signing keys.

use vestibule_core::port::{AuditFilter, AuditLog, Health, KeyPair, Keys};

use crate::sample::{now, record};

fn key(byte: u8) -> KeyPair {
    KeyPair {
        pkcs8: vec![byte; 1200],
        certificate: vec![byte; 800],
        created_at: now(),
    }
}

conformance! {
    async fn the_first_key_of_a_name_is_kept(db: Backend) {
        let store = db.open().await;
        assert_eq!(store.key("saml").await.unwrap(), None);
        assert_eq!(
            store.keep_key("saml", key(1), record("")).await.unwrap(),
            key(1)
        );
        assert_eq!(
            store.keep_key("saml", key(2), record("")).await.unwrap(),
            key(1)
        );
        assert_eq!(store.key("saml").await.unwrap(), Some(key(1)));
        let entries = store
            .entries(&AuditFilter {
                most: 9,
                ..AuditFilter::default()
            })
            .await
            .unwrap();
        assert_eq!(entries.len(), 1);
    }

    /// Two nodes that start together sign with one key.
    async fn of_nodes_that_start_together_one_makes_the_key(db: Backend) {
        let nodes = [db.open().await, db.open().await];
        let mut starts = tokio::task::JoinSet::new();
        for number in 0..20 {
            let node = nodes[usize::from(number) % 2].clone();
            starts.spawn(async move {
                node.keep_key("saml", key(number), record(""))
                    .await
                    .unwrap()
            });
        }
        let kept = starts.join_all().await;
        assert!(kept.iter().all(|key| *key == kept[0]));
    }

    async fn a_store_that_is_there_says_so(db: Backend) {
        db.open().await.ping().await.unwrap();
    }
}
