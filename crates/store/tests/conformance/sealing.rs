//! Secrets at rest: bound to their place, and to the master key.

use vestibule_core::{
    evidence::Enrolment,
    port::{
        Accounts, Commit, Commits, EnrolmentChange, Enrolments, Keys, LocalAccount, LoginChange,
        Logins,
    },
};
use vestibule_store::Store;

use crate::{
    backend::Backend,
    keys,
    sample::{alice, enrolment, login, person, record, upstream},
};

async fn filled(db: &Backend) -> Store {
    let store = db.open().await;
    let bobs = Enrolment {
        person: person("bob").id,
        ..enrolment(2)
    };
    let enrolments = [enrolment(1), bobs].map(EnrolmentChange::Add).into();
    store
        .commit(Commit {
            login: Some(LoginChange::Open(login(1))),
            enrolments,
            ..Commit::default()
        })
        .await
        .unwrap();
    store
        .commit(Commit {
            login: Some(LoginChange::Open(login(2))),
            ..Commit::default()
        })
        .await
        .unwrap();
    for number in [1, 2] {
        keys::add(&store, number).await;
    }
    for username in ["ann", "ben"] {
        let account = LocalAccount {
            upstream: upstream(),
            username: username.into(),
            password_hash: format!("$argon2id${username}"),
            mail: None,
            display_name: None,
            given_name: None,
            family_name: None,
            groups: vec![],
            disabled: false,
        };
        store.add_account(account, record("")).await.unwrap();
    }
    store
}

conformance_at_rest! {
    /// Whoever can write to the database gives alice bob's authenticator, or themselves alice's half-finished login.
    async fn a_sealed_value_in_another_row_is_corrupt(db: Backend) {
        let store = filled(&db).await;
        for (table, key) in [
            ("enrolments", "id"),
            ("logins", "id"),
            ("signing_keys", "id"),
            ("local_accounts", "username"),
        ] {
            db.sql(&format!("UPDATE {table} SET sealed = (SELECT sealed FROM {table} ORDER BY {key} DESC LIMIT 1)"));
        }
        assert_eq!(
            store.enrolments(&alice()).await.unwrap_err().code(),
            "store_corrupt"
        );
        assert_eq!(
            store.login(login(1).id()).await.unwrap_err().code(),
            "store_corrupt"
        );
        assert_eq!(store.keys().await.unwrap_err().code(), "store_corrupt");
        assert_eq!(
            store.account(&upstream(), "ann").await.unwrap_err().code(),
            "store_corrupt"
        );
        // The rows that the values came from still open.
        assert!(store.enrolments(&person("bob").id).await.is_ok());
        assert!(store.login(login(2).id()).await.is_ok());
        assert!(store.account(&upstream(), "ben").await.is_ok());
    }

    async fn a_factor_that_is_given_to_another_person_is_corrupt(db: Backend) {
        let store = filled(&db).await;
        db.sql("UPDATE enrolments SET person = 'keycloak/alice'");
        assert_eq!(
            store.enrolments(&alice()).await.unwrap_err().code(),
            "store_corrupt"
        );
    }

    /// A value that carries another master key's name, as after a restored backup of another installation.
    async fn a_value_of_another_master_key_is_corrupt(db: Backend) {
        let store = filled(&db).await;
        let foreign = match db {
            Backend::Postgres(_) => r"'\x00000000'::bytea || substring(sealed from 5)",
            _ => "CAST(X'00000000' || substr(sealed, 5) AS BLOB)",
        };
        db.sql(&format!("UPDATE signing_keys SET sealed = {foreign}"));
        let error = store.keys().await.unwrap_err();
        assert_eq!(error.code(), "store_corrupt");
        assert!(error.to_string().contains("master key 00000000"), "{error}");
    }

    async fn wa_16_no_secret_stands_in_the_database_as_it_is(db: Backend) {
        let store = filled(&db).await;
        let texts = match &db {
            Backend::File(folder) => ["store.db", "store.db-wal"]
                .map(|name| std::fs::read(folder.path().join(name)).unwrap())
                .concat(),
            _ => {
                let tables = ["logins", "enrolments", "signing_keys", "local_accounts"];
                let all = tables
                    .map(|table| db.read(&format!("SELECT encode(sealed, 'escape') FROM {table}")));
                all.concat().into_bytes()
            }
        };
        for secret in ["JBSWY3DPEHPK3PXP", "argon2id", "relay"] {
            let found = texts
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{secret}");
        }
        drop(store);
    }
}
