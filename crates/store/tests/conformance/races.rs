//! Fifty at once, on two nodes: one wins.

use std::sync::Arc;

use tokio::{sync::Barrier, task::JoinSet};
use vestibule_core::{
    port::{
        AuditLog, ChainState, Commit, Commits, Conflict, EnrolmentChange, Enrolments, LoginChange,
        Logins, People, PersonGuard, Sessions, StoreError, Throttle,
    },
    request::Memo,
    throttle::{Charge, ThrottleKey},
};
use vestibule_store::Store;

use crate::{
    again::{Role, passed, role},
    backend::Backend,
    sample::{alice, closed, enrolment, login, mark, now, person, record},
    sessions::{begin, id},
};

const RUNNERS: usize = 50;
const ROUNDS: i64 = 3;

/// Runs the same at once on two nodes, fifty times, and gives what came of each.
async fn race<T, F>(db: &Backend, run: impl Fn(Store, usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let nodes = [db.open().await, db.open().await];
    let line = Arc::new(Barrier::new(RUNNERS));
    let mut runners = JoinSet::new();
    for number in 0..RUNNERS {
        let (line, runner) = (Arc::clone(&line), run(nodes[number % 2].clone(), number));
        runners.spawn(async move {
            line.wait().await;
            runner.await
        });
    }
    runners.join_all().await
}

/// One won, everybody else met this conflict, and the log tells of one more than before.
async fn assert_one_won(
    db: &Backend,
    results: Vec<Result<(), StoreError>>,
    conflict: Conflict,
    before: i64,
) {
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    for result in lost {
        assert_eq!(result, Err(conflict.into()));
    }
    let state = db.open().await.verify_chain().await.unwrap();
    assert_eq!(
        state,
        ChainState {
            entries: before + 1,
            fault: None
        }
    );
}

conformance! {
    /// Fifty right codes of the same TOTP step: each was judged against the same revision of the factor.
    async fn mf_20_ft_11_of_fifty_uses_of_the_same_step_one_counts(db: Backend) {
        let add = Commit {
            enrolments: vec![EnrolmentChange::Add(enrolment(1))],
            ..Commit::default()
        };
        db.open().await.commit(add).await.unwrap();
        for round in 0..ROUNDS {
            let results = race(&db, |node, _| async move {
                let mut used = enrolment(1);
                used.secret = Memo::of(&("step", round)).unwrap();
                used.revision = round;
                node.commit(Commit {
                    enrolments: vec![EnrolmentChange::Replace(used)],
                    audit: vec![record("")],
                    ..Commit::default()
                })
                .await
            })
            .await;
            assert_one_won(&db, results, Conflict::Enrolment, round).await;
        }
    }

    /// The same for a backup code, with everything that such a commit brings with it.
    async fn mf_45_ft_11_of_fifty_uses_of_the_same_backup_code_one_counts(db: Backend) {
        let begin = Commit {
            login: Some(LoginChange::Open(login(1))),
            enrolments: vec![EnrolmentChange::Add(enrolment(1))],
            ..Commit::default()
        };
        db.open().await.commit(begin).await.unwrap();
        for round in 0..ROUNDS {
            let results = race(&db, |node, number| async move {
                let mut used = enrolment(1);
                used.secret = Memo::of(&(round, number)).unwrap();
                used.revision = round;
                let commit = Commit {
                    enrolments: vec![EnrolmentChange::Replace(used)],
                    clear: vec![
                        ThrottleKey::Factors(alice()),
                        ThrottleKey::Source([192, 0, 2, 1].into()),
                    ],
                    audit: vec![record("")],
                    ..Commit::default()
                };
                node.commit(commit).await
            })
            .await;
            assert_one_won(&db, results, Conflict::Enrolment, round).await;
        }
    }

    /// Fifty people come in at once in one browser: one of them is in, and whoever met somebody else's session there was
    /// told so, or had theirs ended.
    async fn mf_06_ft_11_of_fifty_people_in_one_browser_one_is_in(db: Backend) {
        for round in 0..ROUNDS {
            let results = race(&db, move |node, number| async move {
                let number = u8::try_from(number).unwrap();
                let key = u8::try_from(round).unwrap() * 50 + number;
                let begun = node.commit(begin(key, 1, &format!("person-{number}"))).await;
                (id(key), begun)
            })
            .await;
            let all = db.open().await.sessions(None, None, 99).await.unwrap();
            let [left] = all.as_slice() else {
                panic!("one browser has {} sessions", all.len())
            };
            for (session, begun) in results {
                match begun {
                    Ok(()) => {}
                    Err(error) => {
                        assert_eq!(error, Conflict::Session.into());
                        assert_ne!(left.id(), session);
                    }
                }
            }
        }
    }

    async fn si_62_ft_11_of_fifty_uses_of_the_same_assertion_one_counts(db: Backend) {
        for round in 0..ROUNDS {
            let results = race(&db, |node, number| async move {
                let mut other = mark(&format!("mine {round} {number}"));
                other.owner = "https://elsewhere.example".into();
                node.commit(Commit {
                    once: vec![mark(&format!("same {round}")), other],
                    audit: vec![record("")],
                    ..Commit::default()
                })
                .await
            })
            .await;
            assert_one_won(&db, results, Conflict::AlreadyUsed, round).await;
        }
    }

    /// The control: fifty assertions of fifty people.
    async fn si_62_fifty_different_assertions_at_once_all_count(db: Backend) {
        let results = race(&db, |node, number| async move {
            node.commit(Commit {
                once: vec![mark(&number.to_string())],
                audit: vec![record("")],
                ..Commit::default()
            })
            .await
        })
        .await;
        assert_eq!(results, vec![Ok(()); RUNNERS]);
    }

    async fn ft_11_of_fifty_ends_of_the_same_login_one_happens(db: Backend) {
        for round in 0..ROUNDS {
            let number = u8::try_from(round).unwrap();
            let open = Commit {
                login: Some(LoginChange::Open(login(number))),
                ..Commit::default()
            };
            db.open().await.commit(open).await.unwrap();
            let results = race(&db, |node, _| async move {
                node.commit(Commit {
                    login: Some(LoginChange::Replace(closed(login(number)))),
                    audit: vec![record("")],
                    ..Commit::default()
                })
                .await
            })
            .await;
            assert_one_won(&db, results, Conflict::Login, round).await;
            let left = db.open().await.login(login(number).id()).await.unwrap().unwrap();
            assert_eq!(left, closed(login(number)).at_revision(1));
        }
    }

    /// Fifty answers to one challenge, which lives in its login: whichever is first moves the login on, and none of the
    /// others finds the challenge there, however right it is.
    async fn mf_60_ft_11_of_fifty_answers_to_the_same_challenge_one_counts(db: Backend) {
        let begin = Commit {
            login: Some(LoginChange::Open(login(1))),
            ..Commit::default()
        };
        db.open().await.commit(begin).await.unwrap();
        for round in 0..ROUNDS {
            let results = race(&db, |node, number| async move {
                node.commit(Commit {
                    login: Some(LoginChange::Replace(login(1).at_revision(round))),
                    once: vec![mark(&format!("{round} {number}"))],
                    audit: vec![record("")],
                    ..Commit::default()
                })
                .await
            })
            .await;
            assert_one_won(&db, results, Conflict::Login, round).await;
        }
    }

    /// Fifty guesses at once: each is counted before it is judged, so that no more than the free ones are judged.
    async fn mf_24_fifty_guesses_at_once_are_counted_exactly(db: Backend) {
        let keys = |number: usize| {
            let source = ThrottleKey::Source([192, 0, 2, u8::try_from(number % 7).unwrap()].into());
            // In any order: the store takes them in its own.
            if number.is_multiple_of(2) {
                [ThrottleKey::Factors(alice()), source]
            } else {
                [source, ThrottleKey::Factors(alice())]
            }
        };
        let charges = race(&db, |node, number| {
            let keys = keys(number);
            async move { node.charge(&keys, now()).await.unwrap() }
        })
        .await;
        assert_eq!(
            charges
                .iter()
                .filter(|charge| **charge == Charge::Go)
                .count(),
            5
        );
    }

    async fn fifty_writers_leave_no_gap_in_the_log(db: Backend) {
        let results = race(&db, |node, number| async move {
            let records = vec![record(&number.to_string()), record("and")];
            node.commit(Commit {
                once: vec![mark(&number.to_string())],
                audit: records,
                ..Commit::default()
            })
            .await
        })
        .await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        let state = db.open().await.verify_chain().await.unwrap();
        assert_eq!(
            state,
            ChainState {
                entries: 100,
                fault: None
            }
        );
    }

    /// A browser that goes away in the middle of a request leaves nothing half done, and no connection behind.
    async fn callers_that_go_away_do_no_harm(db: Backend) {
        let store = db.open().await;
        for number in 0..60 {
            let commit = Commit {
                once: vec![mark(&number.to_string())],
                audit: vec![record("")],
                ..Commit::default()
            };
            let patience = std::time::Duration::from_micros(number * 30);
            let _ = tokio::time::timeout(patience, store.commit(commit)).await;
        }
        let last = Commit {
            once: vec![mark("last")],
            audit: vec![record("")],
            ..Commit::default()
        };
        store.commit(last).await.unwrap();
        assert_eq!(store.verify_chain().await.unwrap().fault, None);
    }
}

conformance! {
    /// Fifty first enrolments of one person, each decided on having seen none.
    async fn mf_40_of_fifty_first_factors_at_once_one_counts(db: Backend) {
        let seen = Commit {
            seen: Some(person("alice")),
            ..Commit::default()
        };
        db.open().await.commit(seen).await.unwrap();
        let results = race(&db, |node, number| async move {
            node.commit(Commit {
                enrolments: vec![EnrolmentChange::Add(enrolment(number as u8 + 1))],
                guard: Some(PersonGuard { person: alice(), enrolments: Some([].into()), valid_from: chrono::DateTime::UNIX_EPOCH }),
                audit: vec![record("enrolled")],
                ..Commit::default()
            })
            .await
        })
        .await;
        assert_one_won(&db, results, Conflict::Person, 0).await;
        assert_eq!(db.open().await.enrolments(&alice()).await.unwrap().len(), 1);
    }

    /// What was decided about an active person does not become true once an administrator disabled them.
    async fn so_17_a_guarded_commit_fails_for_a_person_who_is_disabled_or_unknown(db: Backend) {
        let store = db.open().await;
        let since = |valid_from| Commit {
            guard: Some(PersonGuard { person: alice(), enrolments: Some([].into()), valid_from }),
            audit: vec![record("granted")],
            ..Commit::default()
        };
        let guarded = || since(chrono::DateTime::UNIX_EPOCH);
        assert_eq!(store.commit(guarded()).await, Err(Conflict::Person.into()));
        let seen = Commit { seen: Some(person("alice")), ..guarded() };
        store.commit(seen).await.unwrap();
        store.set_disabled(&alice(), true, record("disabled")).await.unwrap();
        assert_eq!(store.commit(guarded()).await, Err(Conflict::Person.into()));
        store.set_disabled(&alice(), false, record("enabled")).await.unwrap();
        // What was proved before counts no more, also when they are enabled again.
        assert_eq!(store.commit(guarded()).await, Err(Conflict::Person.into()));
        let valid_from = store.person(&alice()).await.unwrap().unwrap().valid_from;
        store.commit(since(valid_from)).await.unwrap();
    }

    /// Factors that were changed, added or removed meanwhile are told; the commit's own changes are not.
    async fn a_guard_compares_the_factors_that_were_read(db: Backend) {
        let store = db.open().await;
        let first = Commit {
            enrolments: vec![EnrolmentChange::Add(enrolment(1))],
            seen: Some(person("alice")),
            ..Commit::default()
        };
        store.commit(first).await.unwrap();
        let read = store.enrolments(&alice()).await.unwrap();
        let guard = PersonGuard {
            person: alice(),
            enrolments: Some(read.iter().map(|one| (one.id, one.revision)).collect()),
            valid_from: chrono::DateTime::UNIX_EPOCH,
        };
        let with = |enrolments| Commit { enrolments, guard: Some(guard.clone()), ..Commit::default() };
        store.commit(with(vec![])).await.unwrap();
        store.commit(with(vec![EnrolmentChange::Replace(read[0].clone())])).await.unwrap();
        assert_eq!(store.commit(with(vec![])).await, Err(Conflict::Person.into()));
        let stale = with(vec![EnrolmentChange::Add(enrolment(2))]);
        assert_eq!(store.commit(stale).await, Err(Conflict::Person.into()));
        assert_eq!(store.enrolments(&alice()).await.unwrap().len(), 1);
    }
}

/// Two processes that share one file: each assertion counts in one of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn si_62_ft_11_of_two_processes_on_one_file_one_counts() {
    const ASSERTIONS: usize = 60;
    let name = "races::si_62_ft_11_of_two_processes_on_one_file_one_counts";
    let folder = match role(name) {
        Role::Child(folder) => folder,
        Role::Parent(parent) => {
            let children = [0, 1].map(|_| parent.start("exec \"$0\" \"$@\""));
            let counted: usize = children
                .into_iter()
                .map(|child| {
                    let printed = passed(&child.wait_with_output().unwrap());
                    let counted = printed
                        .split_whitespace()
                        .find_map(|word| word.strip_prefix("counted="));
                    counted.unwrap().parse::<usize>().unwrap()
                })
                .sum();
            assert_eq!(counted, ASSERTIONS);
            let store = Backend::at(parent.folder()).open().await;
            let state = store.verify_chain().await.unwrap();
            assert_eq!((state.entries, state.fault), (ASSERTIONS as i64, None));
            return;
        }
    };
    let store = Backend::at(&folder).open().await;
    let mut requests = JoinSet::new();
    for number in 0..ASSERTIONS {
        let store = store.clone();
        requests.spawn(async move {
            store
                .commit(Commit {
                    once: vec![mark(&number.to_string())],
                    audit: vec![record("")],
                    ..Commit::default()
                })
                .await
        });
    }
    let results = requests.join_all().await;
    let counted = results.iter().filter(|result| result.is_ok()).count();
    for result in results.into_iter().filter(Result::is_err) {
        assert_eq!(result, Err(Conflict::AlreadyUsed.into()));
    }
    println!("counted={counted}");
}
