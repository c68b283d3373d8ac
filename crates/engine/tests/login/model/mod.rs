//! Random walks of people through single sign-on, on two nodes that share one store, against a model that says what must
//! be true.
//!
//! Owns the comparison: after each event what was seen is what the model says, and so are the sessions that the store
//! has, what they remember, and which applications are to be told. [`event`] is what can happen, [`oracle`] the model,
//! [`nodes`] the real thing, and [`meddled`] the store as one node sees it, with what happens elsewhere between two of its
//! calls, or with a flaw, to show that it would be noticed. Does not own what waits for a lock: that is for the tests of
//! races.
//!
//! More walks: `VESTIBULE_SESSION_WALKS=5000 cargo test -p vestibule-engine --test login model`.

mod administration;
mod amid;
mod app;
mod ends;
mod event;
mod kept;
mod login;
mod meddled;
mod nodes;
mod oracle;
mod session;

use std::{
    collections::BTreeSet,
    env,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{TestCaseError, TestRunner},
};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use vestibule_store::{MasterKey, Store, StoreConfig, StoreUrl};
use vestibule_testkit::postgres::Postgres;

use self::{
    event::{Event, walks},
    meddled::{FLAWS, Flaw},
    nodes::Nodes,
    oracle::Oracle,
};
use crate::support::patient_store;

/// What the walks must come by, or they show nothing.
const COME_BY: &[&str] = &[
    "a login took too long",
    "an end comes before what is under way",
    "an end comes behind what is under way",
    "an old cookie opens nothing",
    "another browser's cookie opens nothing",
    "another login set a factor up",
    "another tab came by the first door later",
    "applications are visited",
    "ends with somebody else's login",
    "goes on with what it remembers",
    "goes on without what it remembers",
    "in, by both doors",
    "in, with nothing asked",
    "nobody used the session for too long",
    "only the factor is asked for",
    "passive: a factor would have to be asked for",
    "signed out by an application",
    "signed out by an application, in another browser",
    "signed out on the account page",
    "somebody else is expected",
    "starts over: its session is gone",
    "starts over: somebody signed out here",
    "starts over: what was proved is void",
    "the disabled are refused",
    "the factor that was passed is gone",
    "the factor was passed too long ago",
    "the first door was passed too long ago",
    "the session is too old",
    "the session was ended",
    "who is overtaken tries again",
];

/// So many known walks show everything; as a rule far fewer do.
const ENOUGH: usize = 300;

type Stores = [Arc<Store>; 2];

/// One store in memory, for both nodes.
async fn in_memory() -> Stores {
    let url = StoreUrl::parse("sqlite::memory:").unwrap();
    let config = StoreConfig::new(url, MasterKey::from_bytes([7; 32]));
    let store = Arc::new(Store::open(&config).await.unwrap());
    [store.clone(), store]
}

/// Each node opens the database for itself.
async fn opened_twice(url: &str) -> Stores {
    [patient_store(url).await, patient_store(url).await]
}

fn runtime() -> Runtime {
    let mut runtime = Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().unwrap()
}

/// How many walks: so many, or as many as the environment says.
fn cases(usual: u32) -> u32 {
    let asked = env::var("VESTIBULE_SESSION_WALKS").ok();
    asked.map_or(usual, |asked| asked.parse().unwrap())
}

/// One walk; what it came by.
async fn walk(
    walk: &[Event],
    stores: Stores,
    flaw: Option<Flaw>,
) -> Result<BTreeSet<&'static str>, TestCaseError> {
    let mut nodes = Nodes::on(stores, flaw);
    // Of two events that met it may be told only later which was first: until then both may be true.
    let mut books = vec![Oracle::default()];
    for (number, event) in walk.iter().enumerate() {
        let event = books[0].resolved(event);
        nodes.forward(event.takes());
        for one in &mut books {
            one.now += event.takes();
        }
        let seen = nodes.perform(&event, &books[0]).await;
        let found = (seen, nodes.sessions().await, nodes.due().await);
        let (mut fit, mut unfit): (Vec<Oracle>, Vec<_>) = Default::default();
        for (seen, after) in books.iter().flat_map(|one| one.ways(&event)) {
            let said = (seen, after.open_sessions(), after.due.clone());
            if said != found {
                unfit.push(said);
            } else if let Some(known) = fit.iter_mut().find(|known| known.is_like(&after)) {
                known.notes.extend(after.notes);
            } else {
                fit.push(after);
            }
        }
        if fit.is_empty() {
            return Err(TestCaseError::fail(format!(
                "step {number} {event:?}\nfound {found:#?}\nand not {unfit:#?}"
            )));
        }
        books = fit;
    }
    Ok(books.into_iter().flat_map(|one| one.notes).collect())
}

fn check(usual: u32, stores: impl AsyncFn() -> Stores) {
    let runtime = runtime();
    let config = ProptestConfig {
        cases: cases(usual),
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..ProptestConfig::default()
    };
    TestRunner::new(config)
        .run(&walks(), |events| {
            runtime.block_on(async { walk(&events, stores().await, None).await.map(drop) })
        })
        .unwrap();
}

#[test]
fn so_17_mf_06_wa_02_sessions_are_as_the_model_says_in_memory() {
    check(60, in_memory);
}

#[test]
fn so_17_mf_06_wa_02_sessions_are_as_the_model_says_on_two_nodes_with_a_file() {
    let folder = TempDir::new().unwrap();
    let count = AtomicU32::new(0);
    check(5, async || {
        let number = count.fetch_add(1, Ordering::Relaxed);
        let path = folder.path().join(format!("{number}.db"));
        opened_twice(&format!("sqlite:{}", path.display())).await
    });
}

#[test]
fn so_17_mf_06_wa_02_sessions_are_as_the_model_says_on_two_nodes_with_postgres() {
    let cluster = Postgres::shared().unwrap();
    check(5, async || {
        opened_twice(&cluster.create_database().unwrap()).await
    });
}

/// The same walks at each run.
fn known_walks(how_many: usize) -> impl Iterator<Item = Vec<Event>> {
    let mut runner = TestRunner::deterministic();
    (0..how_many).map(move |_| walks().new_tree(&mut runner).unwrap().current())
}

/// Guards the walks against a generator that never gets anywhere.
#[test]
fn the_walks_come_by_whatever_may_happen() {
    let runtime = runtime();
    let mut missed: BTreeSet<_> = COME_BY.iter().copied().collect();
    for events in known_walks(ENOUGH) {
        let notes = runtime.block_on(async { walk(&events, in_memory().await, None).await });
        for note in notes.unwrap() {
            missed.remove(note);
        }
        if missed.is_empty() {
            return;
        }
    }
    panic!("no walk comes by {missed:?}");
}

/// Guards the model against one that takes anything for right.
#[test]
fn a_store_that_breaks_its_promises_is_noticed() {
    let runtime = runtime();
    for flaw in FLAWS {
        let noticed = known_walks(ENOUGH).any(|events| {
            let walked = async { walk(&events, in_memory().await, Some(flaw)).await };
            runtime.block_on(walked).is_err()
        });
        assert!(noticed, "no walk notices a store that {flaw:?}");
    }
}
