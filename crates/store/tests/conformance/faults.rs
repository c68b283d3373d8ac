//! What is there after something broke: the writer, the disk, the power, a bit (attack rows FT-01, FT-02, FT-03, FT-05,
//! FT-14, WA-21).

use std::{fs, path::Path, time::Duration};

use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection,
    sql_query, sql_types::Text,
};
use tokio::task::JoinSet;
use vestibule_core::port::{
    AuditFilter, AuditLog, Commit, Commits, Conflict, EnrolmentChange, Enrolments, Health,
    LoginChange, Logins, StoreError,
};
use vestibule_store::{Failing, Failpoint, Failpoints, Store, StoreConfig};

use crate::{
    again::{Role, role},
    backend::Backend,
    sample::{alice, enrolment, login, mark, record},
};

fn using(value: &str) -> Commit {
    Commit {
        once: vec![mark(value)],
        audit: vec![record(value)],
        ..Commit::default()
    }
}

async fn with_failpoints(db: &Backend) -> (Store, Failpoints) {
    let config = db.config();
    let points = config.failpoints.clone();
    (Store::open(&config).await.unwrap(), points)
}

async fn entries(store: &Store) -> usize {
    let all = AuditFilter {
        most: 10_000,
        ..AuditFilter::default()
    };
    assert_eq!(store.verify_chain().await.unwrap().fault, None);
    store.entries(&all).await.unwrap().len()
}

conformance! {
    /// The database confirmed, and we did not hear it.
    async fn ft_03_what_nobody_knows_counts_as_used(db: Backend) {
        let (store, points) = with_failpoints(&db).await;
        let add = Commit { enrolments: vec![EnrolmentChange::Add(enrolment(1))], ..Commit::default() };
        store.commit(add).await.unwrap();
        let grant = || Commit {
            enrolments: vec![EnrolmentChange::Replace(enrolment(1))],
            ..using("a")
        };
        points.arm(Failpoint::AfterCommit, Failing::Error, 0);
        assert_eq!(store.commit(grant()).await.unwrap_err().code(), "store_unavailable");
        assert_eq!(store.commit(grant()).await, Err(Conflict::Enrolment.into()));
        assert_eq!(store.commit(using("a")).await, Err(Conflict::AlreadyUsed.into()));
        store.commit(using("b")).await.unwrap();
        assert_eq!(entries(&store).await, 2);
    }

    /// One request that the database does not take is not the misfortune of those beside it.
    async fn ft_03_a_failure_concerns_as_few_as_possible(db: Backend) {
        let (store, points) = with_failpoints(&db).await;
        points.arm(Failpoint::BetweenStatements, Failing::Error, 7);
        let mut requests = JoinSet::new();
        for number in 0..50 {
            let store = store.clone();
            requests.spawn(async move { store.commit(using(&number.to_string())).await });
        }
        let results = requests.join_all().await;
        let done = results.iter().filter(|result| result.is_ok()).count();
        assert!(done >= 49, "{results:?}");
        assert_eq!(entries(&store).await, done);
    }
}

conformance_at_rest! {
    /// Wherever the writer dies, those who wait get an error, the others are served, and it did happen or it did not.
    async fn ft_01_a_writer_that_dies_is_told_of_and_replaced(db: Backend) {
        let (store, points) = with_failpoints(&db).await;
        let table = [
            (Failpoint::BetweenStatements, Ok(())),
            (Failpoint::BeforeCommit, Ok(())),
            (Failpoint::AfterCommit, Err(StoreError::from(Conflict::AlreadyUsed))),
        ];
        for (number, (point, again)) in table.into_iter().enumerate() {
            let value = number.to_string();
            points.arm(point, Failing::Panic, 0);
            let error = store.commit(using(&value)).await.unwrap_err();
            assert_eq!(error.code(), "store_unavailable", "{point:?}");
            assert_eq!(store.commit(using(&value)).await, again, "{point:?}");
            assert_eq!(entries(&store).await, number + 1);
        }
    }

    /// One bit, anywhere: what is sealed does not open.
    async fn ft_14_a_bit_that_tipped_over_is_corrupt(db: Backend) {
        let store = db.open().await;
        let commit = Commit {
            login: Some(LoginChange::Open(login(1))),
            enrolments: vec![EnrolmentChange::Add(enrolment(1))],
            ..using("a")
        };
        store.commit(commit).await.unwrap();
        for byte in [0, 4, 20, 50] {
            for table in ["enrolments", "logins"] {
                tip(&db, table, byte);
            }
            let error = store.enrolments(&alice()).await.unwrap_err();
            assert_eq!(error.code(), "store_corrupt", "byte {byte}");
            let error = store.login(login(1).id()).await.unwrap_err();
            assert_eq!(error.code(), "store_corrupt", "byte {byte}");
            for table in ["enrolments", "logins"] {
                tip(&db, table, byte);
            }
            assert!(store.enrolments(&alice()).await.is_ok());
            assert!(store.login(login(1).id()).await.is_ok());
        }
    }
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    found: String,
}

fn query(path: &Path, query: &str) -> String {
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let found: Found = sql_query(query).get_result(&mut connection).unwrap();
    found.found
}

/// Turns one bit of the sealed value in the one row of a table.
fn tip(db: &Backend, table: &str, byte: usize) {
    let new = match db {
        Backend::File(folder) => {
            let read = format!(
                "SELECT hex(substr(sealed, {} + 1, 1)) AS found FROM {table}",
                byte
            );
            let old = query(&folder.path().join("store.db"), &read);
            let tipped = u8::from_str_radix(&old, 16).unwrap() ^ 1;
            let rest = byte + 2;
            format!(
                "CAST(substr(sealed, 1, {byte}) || X'{tipped:02x}' || substr(sealed, {rest}) AS BLOB)"
            )
        }
        _ => format!("set_byte(sealed, {byte}, get_byte(sealed, {byte}) # 1)"),
    };
    db.sql(&format!("UPDATE {table} SET sealed = {new}"));
}

/// The power goes: of the log there is what was on the disk when we answered, and any part of what came after it, its
/// end torn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ft_02_what_was_answered_outlives_a_power_cut() {
    let db = Backend::file();
    let store = db.open().await;
    let Backend::File(folder) = &db else {
        unreachable!("it is a file")
    };
    let wal = folder.path().join("store.db-wal");
    for round in 0..6 {
        let answered = format!("answered {round}");
        store.commit(using(&answered)).await.unwrap();
        let safe = fs::metadata(&wal).unwrap().len();
        for number in 0..3 {
            store
                .commit(using(&format!("late {round} {number}")))
                .await
                .unwrap();
        }
        let relaxed = Commit {
            login: Some(LoginChange::Open(login(round))),
            ..Commit::default()
        };
        store.commit(relaxed).await.unwrap();
        let log = fs::read(&wal).unwrap();
        let end = log.len() as u64;
        assert!(
            safe < end && end < 4 << 20,
            "the log was begun anew: {safe} {end}"
        );
        for part in 0..=4 {
            let cut = safe + (end - safe) * part / 4;
            let mut torn = log[..usize::try_from(cut).unwrap()].to_vec();
            let kept = usize::try_from(safe).unwrap();
            let last = torn.len().saturating_sub(700).max(kept);
            torn[last..].fill(0xa5);
            let after = Backend::file();
            let Backend::File(copy) = &after else {
                unreachable!("it is a file")
            };
            fs::copy(folder.path().join("store.db"), copy.path().join("store.db")).unwrap();
            fs::write(copy.path().join("store.db-wal"), torn).unwrap();
            let path = copy.path().join("store.db");
            let check = "SELECT integrity_check AS found FROM pragma_integrity_check";
            assert_eq!(query(&path, check), "ok");
            let found = after.open().await;
            assert_eq!(
                found.commit(using(&answered)).await,
                Err(Conflict::AlreadyUsed.into()),
                "round {round}, part {part}"
            );
            let least = usize::from(round) * 4 + 1;
            assert!(entries(&found).await >= least);
        }
    }
}

/// A server that crashes ends all sessions and forgets what was not on its disk; to a new session it is in good health
/// again. Here every session but the one that commits ends between the beginning of a commit and the wait for the disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ft_03_a_new_session_does_not_vouch_for_what_was_committed_before_it() {
    let db = Backend::postgres();
    let store = db.open().await;
    store.commit(using("before")).await.unwrap();
    db.sql(
        "CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         PERFORM pg_terminate_backend(pid, 60000) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid(); \
         RETURN NEW; END $$; \
         CREATE TRIGGER crash AFTER INSERT ON replay_marks EXECUTE FUNCTION crash()",
    );
    let error = store.commit(using("during")).await.unwrap_err();
    assert_eq!(error.code(), "store_unavailable");
    db.sql("DROP TRIGGER crash ON replay_marks");
    assert_eq!(
        store.commit(using("during")).await,
        Err(Conflict::AlreadyUsed.into()),
        "it was committed all the same"
    );
    store.commit(using("after")).await.unwrap();
    assert_eq!(entries(&store).await, 3);
}

/// A process of its own meets the end of its disk, and gets more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ft_05_a_full_disk_lets_nothing_through_and_needs_no_restart() {
    let name = "faults::ft_05_a_full_disk_lets_nothing_through_and_needs_no_restart";
    let folder = match role(name) {
        Role::Child(folder) => folder,
        Role::Parent(parent) => {
            // The signal that goes with the limit is ignored; writing fails instead.
            return parent.run("trap '' XFSZ; ulimit -S -f 1600; exec \"$0\" \"$@\"");
        }
    };
    let db = Backend::at(&folder);
    let store = db.open().await;
    let mut used = 0;
    let refused = loop {
        match store.commit(using(&used.to_string())).await {
            Ok(()) => used += 1,
            Err(error) => break error,
        }
        assert!(used < 10_000, "the disk never filled");
    };
    assert!(used > 0);
    assert_eq!(refused.code(), "store_unavailable", "{refused}");
    let more = std::process::Command::new("prlimit")
        .args(["--fsize=unlimited", "--pid"])
        .arg(std::process::id().to_string())
        .status();
    assert!(more.unwrap().success());
    store.ping().await.unwrap();
    // What was refused did not happen; what was not, did.
    store.commit(using(&used.to_string())).await.unwrap();
    for number in 0..used {
        assert_eq!(
            store.commit(using(&number.to_string())).await,
            Err(Conflict::AlreadyUsed.into())
        );
    }
    assert_eq!(entries(&store).await, used + 1);
}

/// Somebody holds the database; the queue fills; who comes then is told at once, and nobody else is harmed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wa_21_a_full_queue_says_so_at_once() {
    let db = Backend::file();
    let store = db.open().await;
    let Backend::File(folder) = &db else {
        unreachable!("it is a file")
    };
    let path = folder.path().join("store.db");
    let mut holder = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    holder.batch_execute("BEGIN IMMEDIATE").unwrap();
    let mut requests = JoinSet::new();
    let mut refused = 0;
    let quiet = |number: u32| Commit {
        once: vec![mark(&number.to_string())],
        ..Commit::default()
    };
    for number in 0..6000 {
        let store = store.clone();
        requests.spawn(async move { store.commit(quiet(number)).await });
    }
    // Those who find no place come back while the others wait.
    while refused < 6000 - 4096 - 2 * 128 {
        let result = requests.join_next().await.unwrap().unwrap();
        assert_eq!(result, Err(StoreError::Overloaded));
        refused += 1;
    }
    holder.batch_execute("ROLLBACK").unwrap();
    let rest = tokio::time::timeout(Duration::from_secs(60), requests.join_all());
    let rest = rest.await.unwrap();
    let done = rest.iter().filter(|result| result.is_ok()).count();
    assert!(done >= 4096, "{done}");
    for result in rest.into_iter().filter(Result::is_err) {
        assert_eq!(result, Err(StoreError::Overloaded));
    }
}

/// The same without anybody in the way: nobody is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wa_21_a_thousand_at_once_find_a_place() {
    let db = Backend::file();
    let store = Store::open(&StoreConfig {
        pool_size: 2,
        ..db.config()
    })
    .await
    .unwrap();
    let mut requests = JoinSet::new();
    for number in 0..1000 {
        let store = store.clone();
        requests.spawn(async move { store.commit(using(&number.to_string())).await });
    }
    for result in requests.join_all().await {
        assert_eq!(result, Ok(()));
    }
    assert_eq!(entries(&store).await, 1000);
}
