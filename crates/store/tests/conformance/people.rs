//! People who were seen.

use vestibule_core::port::{AuditFilter, AuditLog, Commit, Commits, People, PersonRecord};

use crate::sample::{after, alice, now, person, record};

fn seen(person: PersonRecord) -> Commit {
    Commit {
        seen: Some(person),
        ..Commit::default()
    }
}

conformance! {
    async fn a_login_updates_what_is_known_and_enables_nobody(db: Backend) {
        let store = db.open().await;
        store.commit(seen(person("alice"))).await.unwrap();
        assert_eq!(store.person(&alice()).await.unwrap(), Some(person("alice")));
        store
            .set_disabled(&alice(), true, record("disabled"))
            .await
            .unwrap();
        let again = PersonRecord {
            mail: None,
            display_name: Some("A\0lice".into()),
            first_seen: after(9),
            last_seen: Some(after(9)),
            ..person("alice")
        };
        store.commit(seen(again)).await.unwrap();
        let expect = PersonRecord {
            mail: None,
            display_name: Some("Alice".into()),
            disabled: true,
            last_seen: Some(after(9)),
            valid_from: record("disabled").at,
            ..person("alice")
        };
        assert_eq!(store.person(&alice()).await.unwrap(), Some(expect));
        store
            .set_disabled(&alice(), false, record("enabled"))
            .await
            .unwrap();
        assert!(!store.person(&alice()).await.unwrap().unwrap().disabled);
        assert_eq!(
            store
                .entries(&AuditFilter {
                    most: 9,
                    ..AuditFilter::default()
                })
                .await
                .unwrap()
                .len(),
            2
        );
    }

    async fn somebody_can_be_disabled_before_they_are_seen(db: Backend) {
        let store = db.open().await;
        store
            .set_disabled(&alice(), true, record(""))
            .await
            .unwrap();
        let known = store.person(&alice()).await.unwrap().unwrap();
        assert!(known.disabled);
        assert_eq!((known.first_seen, known.last_seen), (now(), None));
        store.commit(seen(person("alice"))).await.unwrap();
        let known = store.person(&alice()).await.unwrap().unwrap();
        assert_eq!((known.disabled, known.last_seen), (true, Some(now())));
    }

    async fn people_are_listed_in_pages_by_id(db: Backend) {
        let store = db.open().await;
        for name in ["b", "a", "B", "é", "a b"] {
            store.commit(seen(person(name))).await.unwrap();
        }
        let names = |people: Vec<PersonRecord>| {
            people
                .iter()
                .map(|p| p.id.name().to_owned())
                .collect::<Vec<_>>()
        };
        let first = store.people(None, 3).await.unwrap();
        let after = first.last().unwrap().id.clone();
        assert_eq!(names(first), ["B", "a", "a b"]);
        assert_eq!(
            names(store.people(Some(&after), 3).await.unwrap()),
            ["b", "é"]
        );
    }
}
