//! Any commits, many at a time, against a model that does one after the other.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use vestibule_core::{
    evidence::Enrolment,
    port::{
        AuditLog, Commit, Commits, Conflict, EnrolmentChange, Enrolments, LoginChange, Logins,
        StoreError,
    },
};
use vestibule_store::Store;

use crate::{
    backend::Backend,
    sample::{alice, enrolment, login, mark, record},
};

const LOGINS: usize = 3;
const FACTORS: usize = 2;

/// One commit: each part may or may not be in it.
#[derive(Debug, Clone)]
struct Op {
    /// Which login, from which revision.
    login: Option<(usize, i64)>,
    /// Which factor, from which revision.
    factor: Option<(usize, i64)>,
    marks: BTreeSet<u8>,
    records: usize,
}

/// What is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Model {
    logins: [i64; LOGINS],
    factors: [i64; FACTORS],
    marks: BTreeSet<u8>,
    records: i64,
}

impl Model {
    fn apply(&mut self, op: &Op) -> Result<(), Conflict> {
        if op.login.is_some_and(|(id, read)| self.logins[id] != read) {
            return Err(Conflict::Login);
        }
        if op.factor.is_some_and(|(id, read)| self.factors[id] != read) {
            return Err(Conflict::Enrolment);
        }
        if !self.marks.is_disjoint(&op.marks) {
            return Err(Conflict::AlreadyUsed);
        }
        if let Some((id, _)) = op.login {
            self.logins[id] += 1;
        }
        if let Some((id, _)) = op.factor {
            self.factors[id] += 1;
        }
        self.marks.extend(&op.marks);
        self.records += i64::try_from(op.records).unwrap();
        Ok(())
    }
}

impl Op {
    fn any() -> impl Strategy<Value = Self> {
        let part = |ids: usize| prop::option::of((0..ids, 0..4_i64));
        let marks = prop::collection::btree_set(0..12_u8, 0..3);
        (part(LOGINS), part(FACTORS), marks, 0..3_usize).prop_map(
            |(login, factor, marks, records)| Self {
                login,
                factor,
                marks,
                records,
            },
        )
    }

    fn commit(&self) -> Commit {
        let replace = |(id, read)| LoginChange::Replace(login(id as u8).at_revision(read));
        let factor = self.factor.map(|(id, revision)| {
            EnrolmentChange::Replace(Enrolment {
                revision,
                ..enrolment(id as u8)
            })
        });
        Commit {
            login: self.login.map(replace),
            enrolments: factor.into_iter().collect(),
            once: self
                .marks
                .iter()
                .map(|number| mark(&number.to_string()))
                .collect(),
            audit: vec![record(""); self.records],
            ..Commit::default()
        }
    }
}

/// A store with the logins and factors that the model begins with.
async fn begin(db: &Backend) -> Store {
    let store = db.open().await;
    for number in 0..LOGINS {
        let open = Commit {
            login: Some(LoginChange::Open(login(number as u8))),
            ..Commit::default()
        };
        store.commit(open).await.unwrap();
    }
    let add = (0..FACTORS).map(|number| EnrolmentChange::Add(enrolment(number as u8)));
    let add = Commit {
        enrolments: add.collect(),
        ..Commit::default()
    };
    store.commit(add).await.unwrap();
    store
}

/// What the store holds, as the model would say it.
async fn found(store: &Store, marks: BTreeSet<u8>) -> Model {
    let mut model = Model {
        marks,
        ..Model::default()
    };
    for (number, revision) in model.logins.iter_mut().enumerate() {
        let id = login(number as u8).id();
        *revision = store.login(id).await.unwrap().unwrap().revision();
    }
    for factor in store.enrolments(&alice()).await.unwrap() {
        let number = (0..FACTORS).find(|number| enrolment(*number as u8).id == factor.id);
        model.factors[number.unwrap()] = factor.revision;
    }
    let state = store.verify_chain().await.unwrap();
    assert_eq!(state.fault, None);
    model.records = state.entries;
    model
}

/// The results are those of some order. Every success must follow from those before it, and every failure must have had
/// a reason: revisions and marks only grow, so what may not be done at some moment may not be done at the end either,
/// or could not be done at the beginning.
fn is_some_order(ops: &[Op], results: &[Result<(), StoreError>], model: &mut Model) -> bool {
    let before = model.clone();
    let (mut done, failed): (Vec<_>, Vec<_>) = ops
        .iter()
        .zip(results)
        .partition(|(_, result)| result.is_ok());
    // Two that may both come next do not hinder each other: of those who read one revision, one succeeds.
    while let Some(next) = done
        .iter()
        .position(|(op, _)| model.clone().apply(op).is_ok())
    {
        let (op, _) = done.remove(next);
        model.apply(op).unwrap();
    }
    let hindered = |op: &Op| {
        [&before, &*model]
            .iter()
            .any(|state| (*state).clone().apply(op).is_err())
    };
    done.is_empty() && failed.iter().all(|(op, _)| hindered(op))
}

fn check(cases: u32, db: impl Fn() -> Backend) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let batches = vec(vec(Op::any(), 1..24), 1..4);
    TestRunner::new(config)
        .run(&batches, |batches| {
            runtime.block_on(async {
                let db = db();
                let store = begin(&db).await;
                let mut model = Model::default();
                for ops in batches {
                    let results = join_all(ops.iter().map(|op| store.commit(op.commit()))).await;
                    prop_assert!(is_some_order(&ops, &results, &mut model), "{results:?}");
                    prop_assert_eq!(&found(&store, model.marks.clone()).await, &model);
                }
                Ok(())
            })
        })
        .unwrap();
}

#[test]
fn ft_11_any_commits_in_memory_come_to_what_some_order_comes_to() {
    check(48, Backend::memory);
}

#[test]
fn ft_11_any_commits_in_a_file_come_to_what_some_order_comes_to() {
    check(8, Backend::file);
}

#[test]
fn ft_11_any_commits_on_postgres_come_to_what_some_order_comes_to() {
    check(6, Backend::postgres);
}
