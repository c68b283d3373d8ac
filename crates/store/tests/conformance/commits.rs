//! Logins, factors and marks: a commit happens whole or not at all.

use vestibule_core::{
    evidence::Enrolment,
    port::{
        AuditFilter, AuditLog, Commit, Commits, Conflict, EnrolmentChange, Enrolments, LoginChange,
        Logins, People, ReplayMark, ReplayPurpose, StoreError,
    },
    request::Memo,
};

use crate::sample::{after, alice, closed, enrolment, login, mark, now, person, record};

pub(crate) fn open(number: u8) -> Commit {
    Commit {
        login: Some(LoginChange::Open(login(number))),
        ..Commit::default()
    }
}

fn with_enrolments(enrolments: Vec<EnrolmentChange>) -> Commit {
    Commit {
        enrolments,
        ..Commit::default()
    }
}

fn with_mark(mark: ReplayMark) -> Commit {
    Commit {
        once: vec![mark],
        ..Commit::default()
    }
}

fn conflict(conflict: Conflict) -> Result<(), StoreError> {
    Err(conflict.into())
}

conformance! {
    async fn a_login_is_found_as_it_was_left(db: Backend) {
        let store = db.open().await;
        assert_eq!(store.login(login(1).id()).await.unwrap(), None);
        store.commit(open(1)).await.unwrap();
        let read = store.login(login(1).id()).await.unwrap().unwrap();
        assert_eq!(read, login(1));
        store
            .commit(Commit {
                login: Some(LoginChange::Replace(closed(read.clone()))),
                ..Commit::default()
            })
            .await
            .unwrap();
        let later = store.login(login(1).id()).await.unwrap().unwrap();
        assert_eq!(later, closed(read).at_revision(1));
    }

    async fn a_login_moves_on_from_the_revision_that_was_read(db: Backend) {
        let store = db.open().await;
        store.commit(open(1)).await.unwrap();
        let read = store.login(login(1).id()).await.unwrap().unwrap();
        let replace = |login| Commit {
            login: Some(LoginChange::Replace(login)),
            ..Commit::default()
        };
        store.commit(replace(read.clone())).await.unwrap();
        assert_eq!(
            store.commit(replace(read.clone())).await,
            conflict(Conflict::Login),
            "an old revision"
        );
        assert_eq!(
            store.commit(replace(login(9))).await,
            conflict(Conflict::Login),
            "an unknown login"
        );
        assert_eq!(
            store.commit(open(1)).await,
            conflict(Conflict::Login),
            "the same id again"
        );
        store
            .commit(replace(closed(read.clone().at_revision(1))))
            .await
            .unwrap();
        assert_eq!(
            store.commit(replace(read.at_revision(2))).await,
            conflict(Conflict::Login),
            "a closed login"
        );
    }

    async fn factors_are_kept_by_person_oldest_first(db: Backend) {
        let store = db.open().await;
        let second = Enrolment {
            disabled: true,
            last_used_at: Some(after(60)),
            ..enrolment(2)
        };
        let others = Enrolment {
            person: person("bob").id,
            ..enrolment(3)
        };
        let add = [second.clone(), enrolment(1), others].map(EnrolmentChange::Add);
        store.commit(with_enrolments(add.into())).await.unwrap();
        assert_eq!(
            store.enrolments(&alice()).await.unwrap(),
            [enrolment(1), second]
        );
        store
            .commit(with_enrolments(vec![EnrolmentChange::Remove(
                alice(),
                enrolment(1).id,
            )]))
            .await
            .unwrap();
        assert_eq!(store.enrolments(&alice()).await.unwrap().len(), 1);
        assert_eq!(store.enrolments(&person("nobody").id).await.unwrap(), []);
    }

    async fn a_factor_moves_on_from_the_revision_that_was_read(db: Backend) {
        let store = db.open().await;
        store
            .commit(with_enrolments(vec![EnrolmentChange::Add(enrolment(1))]))
            .await
            .unwrap();
        let used = Enrolment {
            secret: Memo::of(&"step 7").unwrap(),
            last_used_at: Some(after(9)),
            spent: true,
            ..enrolment(1)
        };
        let replace = |enrolment| with_enrolments(vec![EnrolmentChange::Replace(enrolment)]);
        store.commit(replace(used.clone())).await.unwrap();
        assert_eq!(
            store.enrolments(&alice()).await.unwrap(),
            [Enrolment {
                revision: 1,
                ..used.clone()
            }]
        );
        let bobs = Enrolment {
            person: person("bob").id,
            revision: 1,
            ..used.clone()
        };
        for (stale, why) in [
            (used, "an old revision"),
            (enrolment(9), "unknown"),
            (bobs, "another person's"),
        ] {
            assert_eq!(
                store.commit(replace(stale)).await,
                conflict(Conflict::Enrolment),
                "{why}"
            );
        }
        let changes = [
            EnrolmentChange::Add(enrolment(1)),
            EnrolmentChange::Remove(person("bob").id, enrolment(1).id),
            EnrolmentChange::Remove(alice(), enrolment(9).id),
        ];
        for change in changes {
            let why = format!("{change:?}");
            assert_eq!(
                store.commit(with_enrolments(vec![change])).await,
                conflict(Conflict::Enrolment),
                "{why}"
            );
        }
    }

    async fn si_62_a_one_time_thing_counts_once(db: Backend) {
        let store = db.open().await;
        store.commit(with_mark(mark("a"))).await.unwrap();
        assert_eq!(
            store.commit(with_mark(mark("a"))).await,
            conflict(Conflict::AlreadyUsed)
        );
        let later = ReplayMark {
            keep_until: after(-600),
            ..mark("a")
        };
        assert_eq!(
            store.commit(with_mark(later)).await,
            conflict(Conflict::AlreadyUsed),
            "a clock set back"
        );
        store.commit(with_mark(mark("b"))).await.unwrap();
        store
            .commit(with_mark(ReplayMark {
                owner: "https://other.example".into(),
                ..mark("a")
            }))
            .await
            .unwrap();
        store
            .commit(with_mark(ReplayMark {
                purpose: ReplayPurpose::IdToken,
                ..mark("a")
            }))
            .await
            .unwrap();
        let twice = Commit {
            once: vec![mark("c"), mark("c")],
            ..Commit::default()
        };
        assert_eq!(
            store.commit(twice).await,
            conflict(Conflict::AlreadyUsed),
            "twice in one commit"
        );
    }

    /// Whichever part of it fails, no part of it is there.
    async fn a_commit_happens_whole_or_not_at_all(db: Backend) {
        let store = db.open().await;
        store
            .commit(Commit {
                once: vec![mark("used")],
                enrolments: vec![EnrolmentChange::Add(enrolment(9))],
                ..Commit::default()
            })
            .await
            .unwrap();
        let whole = || Commit {
            enrolments: vec![EnrolmentChange::Add(enrolment(1))],
            once: vec![mark("new")],
            seen: Some(person("alice")),
            audit: vec![record("a")],
            ..open(1)
        };
        let mut faulty = [whole(), whole(), whole()];
        faulty[0].login = Some(LoginChange::Replace(login(1)));
        faulty[1]
            .enrolments
            .push(EnrolmentChange::Add(enrolment(9)));
        faulty[2].once.push(mark("used"));
        let conflicts = [Conflict::Login, Conflict::Enrolment, Conflict::AlreadyUsed];
        for (commit, expect) in faulty.into_iter().zip(conflicts) {
            assert_eq!(store.commit(commit).await, conflict(expect));
            assert_eq!(store.login(login(1).id()).await.unwrap(), None);
            assert_eq!(store.enrolments(&alice()).await.unwrap(), [enrolment(9)]);
            assert_eq!(store.person(&alice()).await.unwrap(), None);
            assert_eq!(
                store
                    .entries(&AuditFilter {
                        most: 9,
                        ..AuditFilter::default()
                    })
                    .await
                    .unwrap(),
                []
            );
        }
        store.commit(whole()).await.unwrap();
        assert!(store.login(login(1).id()).await.unwrap().is_some());
        assert!(store.person(&alice()).await.unwrap().is_some());
    }

    async fn what_is_over_is_cleared_away(db: Backend) {
        let store = db.open().await;
        let mut opened = Vec::new();
        for number in 1..=3 {
            store.commit(open(number)).await.unwrap();
            opened.push(login(number).id());
        }
        store.commit(with_mark(mark("short"))).await.unwrap();
        store
            .commit(with_mark(ReplayMark {
                keep_until: after(100_000),
                ..mark("long")
            }))
            .await
            .unwrap();
        assert_eq!(store.clear_expired(now()).await.unwrap(), 0);
        assert_eq!(store.clear_expired(after(3900)).await.unwrap(), 4);
        for id in opened {
            assert_eq!(store.login(id).await.unwrap(), None);
        }
        store.commit(with_mark(mark("short"))).await.unwrap();
        assert_eq!(
            store.commit(with_mark(mark("long"))).await,
            conflict(Conflict::AlreadyUsed)
        );
    }

    async fn clearing_away_goes_on_until_nothing_is_left(db: Backend) {
        let store = db.open().await;
        let once = (0..1203).map(|number| mark(&number.to_string())).collect();
        store
            .commit(Commit {
                once,
                ..Commit::default()
            })
            .await
            .unwrap();
        assert_eq!(store.clear_expired(after(3900)).await.unwrap(), 1203);
    }

    /// What was cleared away at a time that turned out to be wrong would count again at the right one.
    async fn si_62_a_clock_that_is_set_back_finds_the_marks_again(db: Backend) {
        let store = db.open().await;
        store.commit(with_mark(mark("_a1"))).await.unwrap();
        // Ten minutes ahead the mark has lost its meaning; then the clock is put right.
        assert_eq!(store.clear_expired(after(300 + 600)).await.unwrap(), 0);
        assert_eq!(
            store.commit(with_mark(mark("_a1"))).await,
            conflict(Conflict::AlreadyUsed)
        );
        // It is not kept for ever.
        assert_eq!(store.clear_expired(after(300 + 3599)).await.unwrap(), 0);
        assert_eq!(store.clear_expired(after(300 + 3600)).await.unwrap(), 1);
    }
}
