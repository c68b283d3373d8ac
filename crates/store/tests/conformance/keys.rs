//! Our own keys: kept, changed in one order, and taken over from an older version.

use std::collections::BTreeSet;

use secrecy::ExposeSecret;
use vestibule_core::{
    id::{AppId, KeyId},
    key::{KeyAlgorithm, KeyBook, KeyPurpose, KeyState, KeyStep, Partner, Served},
    port::{AuditFilter, AuditLog, Conflict, Health, KeptKey, KeyShelf, Keys, StoreError},
};
use vestibule_store::Store;

use crate::{
    backend::Backend,
    sample::{after, now, record},
};

pub(crate) const IDP: KeyPurpose = KeyPurpose::SamlIdentityProvider;

pub(crate) fn id(number: u8) -> KeyId {
    KeyId::new(format!("key-{number}")).unwrap()
}

/// A key as it is added to such a book.
pub(crate) fn key(book: &KeyBook, number: u8) -> KeptKey {
    KeptKey {
        record: book
            .add(id(number), IDP, KeyAlgorithm::Rsa2048, now())
            .unwrap(),
        pkcs8: vec![number; 1200].into(),
        certificate: Some(vec![number; 800]),
    }
}

/// The shelf of a store to which one more key was added.
pub(crate) async fn add(store: &Store, number: u8) -> KeyShelf {
    let KeyShelf { revision, book, .. } = store.keys().await.unwrap();
    let added = store
        .add_key(revision, key(&book, number), record(""))
        .await;
    added.unwrap();
    store.keys().await.unwrap()
}

async fn change(store: &Store, seen: u64, steps: Vec<KeyStep>) -> Result<(), StoreError> {
    store.change_keys(seen, steps, record("")).await
}

async fn entries(store: &Store) -> usize {
    let filter = AuditFilter {
        most: 1000,
        ..AuditFilter::default()
    };
    store.entries(&filter).await.unwrap().len()
}

fn app(number: u8) -> Served {
    Served {
        partner: Partner::App(AppId::new(format!("app-{number}")).unwrap()),
        purpose: IDP,
    }
}

fn secrets(shelf: &KeyShelf) -> Vec<(KeyId, Vec<u8>, Option<Vec<u8>>)> {
    let keys = shelf.keys.iter();
    keys.map(|key| {
        let secret = key.pkcs8.expose_secret().to_vec();
        (key.record.id.clone(), secret, key.certificate.clone())
    })
    .collect()
}

conformance! {
    async fn keys_come_back_as_they_were_kept(db: Backend) {
        let store = db.open().await;
        let empty = store.keys().await.unwrap();
        assert_eq!(empty.book, KeyBook::default());
        assert_eq!(store.key_revision().await.unwrap(), empty.revision);
        let one = add(&store, 1).await;
        assert_eq!(one.revision, store.key_revision().await.unwrap());
        assert!(one.revision > empty.revision);
        assert_eq!(one.book.active(IDP).unwrap().id, id(1));
        let bare = KeptKey {
            record: one.book.add(id(2), KeyPurpose::OpenIdEs256, KeyAlgorithm::P256, after(9)).unwrap(),
            pkcs8: vec![2; 40].into(),
            certificate: None,
        };
        store.add_key(one.revision, bare.clone(), record("")).await.unwrap();
        let two = store.keys().await.unwrap();
        assert_eq!(two.book, one.book.with(bare.record));
        assert_eq!(secrets(&two), [
            (id(1), vec![1; 1200], Some(vec![1; 800])),
            (id(2), vec![2; 40], None),
        ]);
        assert_eq!(entries(&store).await, 2);
    }

    /// Whatever steps the core thinks of, the store ends with the book that the core expects.
    async fn the_store_takes_each_step_as_the_core_does(db: Backend) {
        let store = db.open().await;
        for number in 1..=4 {
            add(&store, number).await;
        }
        let (nobody, first) = (BTreeSet::new(), BTreeSet::from([app(1)]));
        type Steps = Box<dyn Fn(&KeyBook) -> Vec<KeyStep> + Send>;
        let changes: Vec<Steps> = vec![
            Box::new(|book| book.promote_for(&id(2), &app(1), after(5)).unwrap()),
            Box::new(move |book| book.promote(&id(3), &first, after(1)).unwrap()),
            Box::new(move |book| book.promote(&id(2), &nobody, after(2)).unwrap()),
            Box::new(|book| book.promote_for(&id(4), &app(1), after(5)).unwrap()),
            Box::new(|book| book.promote_for(&id(2), &app(1), after(5)).unwrap()),
            Box::new(|book| book.retire(&id(1)).unwrap()),
            Box::new(|book| book.retire(&id(4)).unwrap()),
        ];
        for (number, steps) in changes.iter().enumerate() {
            let before = store.keys().await.unwrap();
            let steps = steps(&before.book);
            assert!(!steps.is_empty(), "{number}");
            change(&store, before.revision, steps.clone()).await.unwrap();
            let after = store.keys().await.unwrap();
            assert_eq!(after.book, before.book.after(steps), "{number}");
            assert_eq!(after.revision, before.revision + 1);
        }
        let last = store.keys().await.unwrap();
        assert_eq!(last.book.active(IDP).unwrap().id, id(2));
        assert_eq!(secrets(&last).len(), 2, "what was retired is gone");
        assert_eq!(entries(&store).await, 11);
    }

    async fn a_change_of_keys_that_look_different_now_does_not_happen(db: Backend) {
        let store = db.open().await;
        let seen = add(&store, 1).await;
        let now = add(&store, 2).await;
        let before = entries(&store).await;
        let steps = now.book.promote(&id(2), &BTreeSet::new(), after(1)).unwrap();
        let late = [
            change(&store, seen.revision, steps.clone()).await,
            store.add_key(seen.revision, key(&seen.book, 3), record("")).await,
            change(&store, u64::MAX, steps.clone()).await,
        ];
        for done in late {
            assert_eq!(done, Err(Conflict::Keys.into()));
        }
        let after = store.keys().await.unwrap();
        assert_eq!((after.revision, &after.book), (now.revision, &now.book));
        assert_eq!(entries(&store).await, before, "what did not happen is not written down");
        change(&store, now.revision, steps).await.unwrap();
    }

    /// A step about a key that is not there takes everything back that was changed beside it.
    async fn a_change_happens_whole_or_not_at_all(db: Backend) {
        let store = db.open().await;
        add(&store, 1).await;
        let before = add(&store, 2).await;
        let mut steps = before.book.promote(&id(2), &BTreeSet::new(), after(1)).unwrap();
        steps.push(KeyStep::Remove(id(9)));
        let done = change(&store, before.revision, steps).await;
        assert_eq!(done, Err(Conflict::Keys.into()));
        let after = store.keys().await.unwrap();
        assert_eq!((after.revision, after.book), (before.revision, before.book));
    }

    /// Two nodes that start together sign with one key.
    async fn of_nodes_that_start_together_one_makes_the_key(db: Backend) {
        let nodes = [db.open().await, db.open().await];
        let mut starts = tokio::task::JoinSet::new();
        for number in 0..20_u8 {
            let node = nodes[usize::from(number) % 2].clone();
            starts.spawn(async move {
                loop {
                    let shelf = node.keys().await.unwrap();
                    if let Some(active) = shelf.book.active(IDP) {
                        return active.id.clone();
                    }
                    let added = node.add_key(shelf.revision, key(&shelf.book, number), record(""));
                    match added.await {
                        Ok(()) | Err(StoreError::Conflict(Conflict::Keys)) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
        let kept = starts.join_all().await;
        assert!(kept.iter().all(|key| *key == kept[0]));
        let shelf = nodes[0].keys().await.unwrap();
        assert_eq!(shelf.book.keys().count(), 1);
        assert_eq!(entries(&nodes[0]).await, 1);
    }

    /// Whatever administrators do at once, on whichever node: one key is active at every moment that anybody reads.
    async fn so_16_of_many_promotions_at_once_each_leaves_one_active_key(db: Backend) {
        let nodes = [db.open().await, db.open().await];
        for number in 0..5 {
            add(&nodes[0], number).await;
        }
        let mut administrators = tokio::task::JoinSet::new();
        for number in 0..20_u8 {
            let node = nodes[usize::from(number) % 2].clone();
            administrators.spawn(async move {
                let (wanted, mut done) = (id(number % 5), 0);
                loop {
                    let shelf = node.keys().await.unwrap();
                    let of = shelf.book.of(IDP).into_iter();
                    let active = of.filter(|key| key.state == KeyState::Active).count();
                    assert_eq!((active, shelf.keys.len()), (1, 5));
                    let steps = shelf.book.promote(&wanted, &BTreeSet::new(), after(1)).unwrap();
                    if steps.is_empty() {
                        return done;
                    }
                    match change(&node, shelf.revision, steps).await {
                        Ok(()) => done += 1,
                        Err(StoreError::Conflict(Conflict::Keys)) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
        let done: u64 = administrators.join_all().await.into_iter().sum();
        let shelf = nodes[1].keys().await.unwrap();
        assert_eq!(shelf.revision, 5 + done);
        assert!(done >= 4, "{done}");
    }

    async fn a_store_that_is_there_says_so(db: Backend) {
        db.open().await.ping().await.unwrap();
    }
}

/// Rows as the version before this schema left them, under the master key of these tests.
const BEFORE: [(&str, &str); 2] = [
    (
        "saml-identity-provider",
        "5EB73B3E76B31F29949FC59F6CF5F667D775DE2CFD740A0C3868C7C46D567D6C6DAE2706E75B7746AB795229BDFF039C0FC75EFD21FCCEA414176E6EB214414F9AB11DC3",
    ),
    (
        "saml-service-provider-decryption",
        "5EB73B3E4ED119BFF5BAAE8F24B3794ABC219C046BB0AEE77E8B7AE910993A2B3E670055DB61005ED75B91B970C74AC8E38275B8B73C4F367AB13FC055D56713306D192B33C35AC27792659E042B",
    ),
];

conformance_at_rest! {
    async fn wa_19_the_keys_of_an_older_version_are_the_active_ones_of_this(db: Backend) {
        drop(db.open().await);
        let (kind, open, close) = match &db {
            Backend::Postgres(_) => ("BYTEA", r"'\x", "'::bytea"),
            _ => ("BLOB", "X'", "'"),
        };
        db.sql(&format!(
            "DROP TABLE signing_key_choices;
             DROP TABLE signing_key_changes;
             DROP TABLE signing_keys;
             CREATE TABLE signing_keys (
                 name TEXT NOT NULL PRIMARY KEY,
                 sealed {kind} NOT NULL,
                 certificate {kind} NOT NULL,
                 created_at BIGINT NOT NULL
             );
             DELETE FROM __diesel_schema_migrations WHERE version = '0006'"
        ));
        for (name, sealed) in BEFORE {
            db.sql(&format!(
                "INSERT INTO signing_keys VALUES ('{name}', {open}{sealed}{close}, {open}697473{close}, 1700000000000)"
            ));
        }
        let store = db.open().await;
        let shelf = store.keys().await.unwrap();
        assert_eq!(shelf.keys.len(), BEFORE.len());
        for (key, (name, _)) in shelf.keys.iter().zip(BEFORE) {
            let (record, secret) = (&key.record, key.pkcs8.expose_secret());
            assert_eq!(record.id.as_str(), name);
            assert_eq!(record.purpose.name(), name);
            assert_eq!((record.state, record.algorithm), (KeyState::Active, KeyAlgorithm::Rsa2048));
            assert_eq!(record.created_at.timestamp(), 1_700_000_000);
            assert_eq!(record.since, record.created_at);
            assert_eq!(secret, format!("the secret of {name}").as_bytes());
            assert_eq!(key.certificate.as_deref(), Some(&b"its"[..]));
        }
        // And they are replaced as every other.
        let next = add(&store, 1).await;
        assert_eq!(next.book.key(&id(1)).unwrap().state, KeyState::Published);
        let steps = next.book.promote(&id(1), &BTreeSet::new(), now()).unwrap();
        change(&store, next.revision, steps).await.unwrap();
        let old = KeyId::new("saml-identity-provider").unwrap();
        let last = store.keys().await.unwrap();
        let steps = last.book.retire(&old).unwrap();
        change(&store, last.revision, steps).await.unwrap();
        assert_eq!(store.keys().await.unwrap().keys.len(), 2);
    }

    /// What somebody who can write to the database cannot do: let a key of one purpose serve another.
    async fn a_key_that_is_given_another_purpose_is_corrupt(db: Backend) {
        let store = db.open().await;
        add(&store, 1).await;
        db.sql("UPDATE signing_keys SET purpose = 'openid-rs256'");
        assert_eq!(store.keys().await.unwrap_err().code(), "store_corrupt");
        db.sql("UPDATE signing_keys SET purpose = 'saml-identity-provider'");
        assert_eq!(store.keys().await.unwrap().keys.len(), 1);
    }

    /// The last line of defence, should the core ever be wrong.
    async fn the_database_takes_no_second_active_key(db: Backend) {
        let store = db.open().await;
        add(&store, 1).await;
        let before = add(&store, 2).await;
        let steps = vec![KeyStep::Move { key: id(2), to: KeyState::Active, at: now() }];
        assert!(change(&store, before.revision, steps).await.is_err());
        assert_eq!(store.keys().await.unwrap().book, before.book);
    }
}
