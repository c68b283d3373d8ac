//! The audit log: searched, and checked.

use vestibule_core::{
    audit::AuditRecord,
    id::{AnswerId, Reference},
    port::{AuditFilter, AuditLog, ChainState, Commit, Commits},
};
use vestibule_store::Store;

use crate::{
    backend::Backend,
    sample::{after, alice, person, record},
};

async fn write(store: &Store, records: Vec<AuditRecord>) {
    store
        .commit(Commit {
            audit: records,
            ..Commit::default()
        })
        .await
        .unwrap();
}

fn newest(most: u32) -> AuditFilter {
    AuditFilter {
        most,
        ..AuditFilter::default()
    }
}

async fn details(store: &Store, filter: AuditFilter) -> Vec<String> {
    let entries = store.entries(&filter).await.unwrap();
    entries
        .into_iter()
        .map(|entry| entry.record.detail.unwrap_or_default())
        .collect()
}

/// A log of six entries.
async fn six(db: &Backend) -> Store {
    let store = db.open().await;
    write(&store, vec![record("1"), record("2")]).await;
    for detail in ["3", "4", "5", "6"] {
        write(&store, vec![record(detail)]).await;
    }
    assert_eq!(
        store.verify_chain().await.unwrap(),
        ChainState {
            entries: 6,
            fault: None
        }
    );
    store
}

/// Where the fault is found, after somebody did this to a log of six entries.
async fn fault_after(db: Backend, tampering: &str) -> i64 {
    let store = six(&db).await;
    db.disarm_audit();
    db.sql(tampering);
    let state = store.verify_chain().await.unwrap();
    state
        .fault
        .unwrap_or_else(|| panic!("nobody noticed: {tampering}"))
        .number
}

conformance! {
    async fn entries_are_numbered_in_order_and_listed_newest_last(db: Backend) {
        let store = six(&db).await;
        assert_eq!(details(&store, newest(2)).await, ["5", "6"]);
        let entries = store.entries(&newest(100)).await.unwrap();
        assert_eq!(
            entries.iter().map(|entry| entry.number).collect::<Vec<_>>(),
            [1, 2, 3, 4, 5, 6]
        );
        assert_eq!(entries[0].record, record("1"));
    }

    async fn entries_are_found_by_what_an_administrator_knows(db: Backend) {
        let store = db.open().await;
        let other = AuditRecord {
            reference: Some(Reference::from_random([9; 8])),
            ..record("reference")
        };
        let reference = other.reference.clone();
        let bob = person("bob").id;
        let issued = AnswerId::from_bytes([5; 16]);
        write(
            &store,
            vec![
                other,
                AuditRecord {
                    person: Some(bob.clone()),
                    ..record("person")
                },
                AuditRecord {
                    address: "2001:db8::1".parse().ok(),
                    ..record("address")
                },
                AuditRecord {
                    answer: Some(issued),
                    ..record("answer")
                },
                // Somebody who writes what a record with an answer looks like has not made one.
                record(&format!("\"answer\":\"{issued}\",")),
                AuditRecord {
                    at: after(60),
                    ..record("time")
                },
                AuditRecord {
                    reference: None,
                    person: None,
                    address: None,
                    ..record("bare")
                },
            ],
        )
        .await;
        assert_eq!(
            details(
                &store,
                AuditFilter {
                    reference,
                    ..newest(9)
                }
            )
            .await,
            ["reference"]
        );
        assert_eq!(
            details(
                &store,
                AuditFilter {
                    person: Some(bob),
                    ..newest(9)
                }
            )
            .await,
            ["person"]
        );
        assert_eq!(
            details(
                &store,
                AuditFilter {
                    address: "2001:db8:0::1".parse().ok(),
                    ..newest(9)
                }
            )
            .await,
            ["address"]
        );
        let of_answer = |answer| AuditFilter {
            answer: Some(answer),
            ..newest(9)
        };
        assert_eq!(details(&store, of_answer(issued)).await, ["answer"]);
        let forged = AnswerId::from_bytes([6; 16]);
        assert!(details(&store, of_answer(forged)).await.is_empty());
        assert_eq!(
            details(
                &store,
                AuditFilter {
                    since: Some(after(1)),
                    ..newest(9)
                }
            )
            .await,
            ["time"]
        );
        let two = AuditFilter {
            person: Some(alice()),
            since: Some(after(1)),
            ..newest(9)
        };
        assert_eq!(details(&store, two).await, ["time"]);
        // The moment itself is the first of what comes after it, so that two spans have nothing in common.
        for (since, until, expect) in [(60, 61, &["time"][..]), (1, 60, &[]), (60, 60, &[])] {
            let span = AuditFilter {
                since: Some(after(since)),
                until: Some(after(until)),
                ..newest(9)
            };
            assert_eq!(details(&store, span).await, expect, "{since} {until}");
        }
        let before = AuditFilter {
            until: Some(after(60)),
            ..newest(9)
        };
        let before = details(&store, before).await;
        assert!(before.len() > 1 && !before.contains(&"time".to_owned()), "{before:?}");
    }

    async fn wa_15_values_from_outside_are_only_values(db: Backend) {
        let store = db.open().await;
        let nasty = "a\r\nb\u{1b}[31m\u{202e}\"}],\0'; DELETE FROM audit; --";
        write(&store, vec![record(nasty)]).await;
        assert_eq!(details(&store, newest(1)).await, [nasty]);
        assert_eq!(
            store.verify_chain().await.unwrap(),
            ChainState {
                entries: 1,
                fault: None
            }
        );
    }

    async fn an_empty_log_is_whole(db: Backend) {
        let state = db.open().await.verify_chain().await.unwrap();
        assert_eq!(
            state,
            ChainState {
                entries: 0,
                fault: None
            }
        );
    }

    async fn a_log_of_several_pages_is_checked_to_the_end(db: Backend) {
        let store = db.open().await;
        write(
            &store,
            (0..2500)
                .map(|number| record(&number.to_string()))
                .collect(),
        )
        .await;
        assert_eq!(
            store.verify_chain().await.unwrap(),
            ChainState {
                entries: 2500,
                fault: None
            }
        );
    }
}

conformance_at_rest! {
    async fn wa_15_the_log_refuses_to_be_changed(db: Backend) {
        let store = six(&db).await;
        for tampering in ["UPDATE audit SET record = '{}'", "DELETE FROM audit"] {
            let refused =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| db.sql(tampering)));
            assert!(refused.is_err(), "{tampering}");
        }
        assert_eq!(
            store.verify_chain().await.unwrap(),
            ChainState {
                entries: 6,
                fault: None
            }
        );
    }

    async fn wa_15_an_altered_entry_is_found(db: Backend) {
        let tampering = "UPDATE audit SET record = replace(record, '\"detail\":\"3\"', '\"detail\":\"x\"') \
                         WHERE number = 3";
        assert_eq!(fault_after(db, tampering).await, 3);
    }

    async fn wa_15_an_altered_column_is_found(db: Backend) {
        assert_eq!(
            fault_after(
                db,
                "UPDATE audit SET person = 'keycloak/bob' WHERE number = 4"
            )
            .await,
            4
        );
    }

    async fn wa_15_a_deleted_entry_is_found(db: Backend) {
        assert_eq!(
            fault_after(db, "DELETE FROM audit WHERE number = 2").await,
            2
        );
    }

    async fn wa_15_a_gap_that_was_closed_up_is_found(db: Backend) {
        let tampering =
            "DELETE FROM audit WHERE number = 5; UPDATE audit SET number = 5 WHERE number = 6";
        assert_eq!(fault_after(db, tampering).await, 5);
    }

    async fn wa_15_reordered_entries_are_found(db: Backend) {
        let tampering = "UPDATE audit SET number = 99 WHERE number = 2; \
                         UPDATE audit SET number = 2 WHERE number = 3; \
                         UPDATE audit SET number = 3 WHERE number = 99";
        assert_eq!(fault_after(db, tampering).await, 2);
    }

    async fn wa_15_a_cut_off_tail_is_found(db: Backend) {
        assert_eq!(
            fault_after(db, "DELETE FROM audit WHERE number > 4").await,
            5
        );
    }

    /// Whoever cuts off the tail will also set back where the log ends.
    async fn wa_15_a_cut_off_tail_with_its_end_set_back_is_found(db: Backend) {
        let tampering = "DELETE FROM audit WHERE number > 4; \
                         UPDATE audit_head SET number = 4, chain = (SELECT chain FROM audit WHERE number = 4)";
        assert_eq!(fault_after(db, tampering).await, 4);
    }

    async fn wa_15_an_added_entry_is_found(db: Backend) {
        let tampering = "INSERT INTO audit \
                         SELECT 7, at, reference, person, address, record, chain FROM audit WHERE number = 6";
        assert_eq!(fault_after(db, tampering).await, 7);
    }

    async fn wa_15_an_emptied_log_is_found(db: Backend) {
        assert_eq!(
            fault_after(db, "DELETE FROM audit; DELETE FROM audit_head").await,
            1
        );
    }
}
