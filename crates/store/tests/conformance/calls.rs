//! The queue of applications that are to be told of the end of a session: whatever ends it fills the queue, and of any
//! number of nodes one makes each try.

use std::collections::BTreeSet;

use vestibule_core::{
    flow::BrowserKey,
    id::AppId,
    logout::call::{Call, Called, Prospect, Room},
    port::*,
};

use crate::{
    logouts::{participation, taking_part},
    sample::{after, alice, now, record},
    sessions::{begin, id, key, with},
};

/// Room for nine.
pub(crate) fn nine() -> Room {
    Room::new(9, 9)
}

fn put_off(seconds: i64) -> Called {
    Called::PutOff {
        until: after(seconds),
        why: "it is down".into(),
    }
}

fn given_up(seconds: i64) -> Called {
    Called::GivenUp {
        at: after(seconds),
        why: "it says no".into(),
    }
}

fn apps(calls: &[Call]) -> Vec<&str> {
    calls
        .iter()
        .map(|call| call.participation.app.as_str())
        .collect()
}

/// What ends a session.
type End = fn() -> Commit;

conformance! {
    async fn so_17_whatever_ends_a_session_has_its_applications_told(db: Backend) {
        let store = db.open().await;
        let ends: [(&str, End); 4] = [
            ("signed out", || with(SessionChange::End { ids: vec![id(1)], at: now() })),
            ("revoked", || with(SessionChange::Revoke { person: alice(), at: now() })),
            ("all of a person", || with(SessionChange::EndAll { person: alice(), at: now(), save: None })),
            ("somebody else in the browser", || begin(9, 1, "bob")),
        ];
        for (what, end) in ends {
            store.commit(taking_part(1, "wiki", "_1")).await.unwrap();
            assert_eq!(store.take_calls(now(), &nine()).await.unwrap(), [], "{what}: it goes on");
            store.commit(end()).await.unwrap();
            let calls = store.take_calls(now(), &nine()).await.unwrap();
            let [call] = calls.as_slice() else {
                panic!("{what}: {calls:?}")
            };
            assert_eq!((call.session, call.attempts), (id(1), 1), "{what}");
            assert_eq!(call.participation, participation("wiki", "_1"));
            store.settle_call(call, Called::Settled).await.unwrap();
            assert_eq!(store.count_calls().await.unwrap(), (0, 0));
        }
        store.commit(taking_part(1, "wiki", "_1")).await.unwrap();
        store.set_disabled(&alice(), true, record("disabled")).await.unwrap();
        let calls = store.take_calls(now(), &nine()).await.unwrap();
        assert_eq!(apps(&calls), ["wiki"], "disabled");
        store.settle_call(&calls[0], Called::Settled).await.unwrap();
        store.commit(taking_part(2, "wiki", "_2")).await.unwrap();
        store.clear_expired(after(24 * 3600)).await.unwrap();
        assert_eq!(apps(&store.take_calls(now(), &nine()).await.unwrap()), ["wiki"], "expired");
    }

    async fn who_takes_a_call_has_a_minute_for_it(db: Backend) {
        let store = db.open().await;
        store.commit(taking_part(1, "wiki", "_1")).await.unwrap();
        store.commit(with(SessionChange::End { ids: vec![id(1)], at: now() })).await.unwrap();
        let first = store.take_calls(now(), &nine()).await.unwrap();
        assert_eq!(store.take_calls(after(59), &nine()).await.unwrap(), []);
        let second = store.take_calls(after(60), &nine()).await.unwrap();
        assert_eq!((first[0].attempts, second[0].attempts), (1, 2));
        // Whoever was too slow changes nothing any more.
        store.settle_call(&first[0], Called::Settled).await.unwrap();
        assert_eq!(store.count_calls().await.unwrap(), (1, 0));
        store.settle_call(&second[0], put_off(90)).await.unwrap();
        assert_eq!(store.take_calls(after(89), &nine()).await.unwrap(), []);
        assert_eq!(store.take_calls(after(90), &nine()).await.unwrap()[0].attempts, 3);
    }

    async fn what_was_given_up_is_listed_tried_again_and_at_last_forgotten(db: Backend) {
        let store = db.open().await;
        for (number, app) in [(1, "jira"), (2, "wiki")] {
            store.commit(taking_part(number, app, "_1")).await.unwrap();
        }
        store.commit(with(SessionChange::End { ids: vec![id(1), id(2)], at: now() })).await.unwrap();
        for (call, seconds) in store.take_calls(now(), &nine()).await.unwrap().iter().zip([1, 2]) {
            store.settle_call(call, given_up(seconds)).await.unwrap();
        }
        assert_eq!(store.count_calls().await.unwrap(), (0, 2));
        assert_eq!(store.take_calls(after(9999), &nine()).await.unwrap(), []);
        let listed = store.undelivered(9).await.unwrap();
        let shown: Vec<_> = listed
            .iter()
            .map(|one| (one.app.as_str(), one.attempts, one.prospect, one.why.as_str()))
            .collect();
        assert_eq!(shown, [
            ("wiki", 1, Prospect::GivenUp { at: after(2) }, "it says no"),
            ("jira", 1, Prospect::GivenUp { at: after(1) }, "it says no"),
        ]);
        let wiki = AppId::new("wiki").unwrap();
        assert_eq!(store.try_again(Some(&wiki), after(10)).await.unwrap(), 1);
        let again = store.take_calls(after(10), &nine()).await.unwrap();
        assert_eq!((apps(&again), again[0].attempts), (vec!["wiki"], 1));
        store.settle_call(&again[0], Called::Settled).await.unwrap();
        assert_eq!(store.try_again(None, after(10)).await.unwrap(), 1);
        let again = store.take_calls(after(10), &nine()).await.unwrap();
        store.settle_call(&again[0], given_up(20)).await.unwrap();
        let fortnight = 14 * 24 * 3600;
        store.clear_expired(after(fortnight + 19)).await.unwrap();
        assert_eq!(store.count_calls().await.unwrap(), (0, 1));
        store.clear_expired(after(fortnight + 20)).await.unwrap();
        assert_eq!(store.count_calls().await.unwrap(), (0, 0));
    }

    /// One that has not been tried yet is no bad news; one that was tried in vain is, though it is tried again.
    async fn what_was_put_off_is_listed_behind_what_was_given_up_and_can_be_pulled_forward(db: Backend) {
        let store = db.open().await;
        for (number, app) in [(1, "docs"), (2, "jira"), (3, "wiki")] {
            store.commit(taking_part(number, app, "_1")).await.unwrap();
        }
        let ids = vec![id(1), id(2), id(3)];
        store.commit(with(SessionChange::End { ids, at: now() })).await.unwrap();
        assert_eq!(store.undelivered(9).await.unwrap(), []);
        assert_eq!(store.try_again(None, now()).await.unwrap(), 0);
        let calls = store.take_calls(now(), &nine()).await.unwrap();
        assert_eq!(apps(&calls), ["docs", "jira", "wiki"]);
        let outcomes = [put_off(3600), given_up(1), put_off(60)];
        for (call, called) in calls.iter().zip(outcomes) {
            store.settle_call(call, called).await.unwrap();
        }
        let listed = store.undelivered(9).await.unwrap();
        let shown: Vec<_> = listed
            .iter()
            .map(|one| (one.app.as_str(), one.attempts, one.prospect, one.why.as_str()))
            .collect();
        assert_eq!(shown, [
            ("jira", 1, Prospect::GivenUp { at: after(1) }, "it says no"),
            ("wiki", 1, Prospect::Waits { until: after(60) }, "it is down"),
            ("docs", 1, Prospect::Waits { until: after(3600) }, "it is down"),
        ]);
        assert!(listed.iter().all(|one| one.person == Some(alice())), "{listed:?}");
        assert_eq!(store.undelivered(2).await.unwrap().len(), 2);
        let docs = AppId::new("docs").unwrap();
        assert_eq!(store.try_again(Some(&docs), after(2)).await.unwrap(), 1);
        let again = store.take_calls(after(2), &nine()).await.unwrap();
        assert_eq!((apps(&again), again[0].attempts), (vec!["docs"], 1));
        store.settle_call(&again[0], Called::Settled).await.unwrap();
        assert_eq!(store.try_again(None, after(3)).await.unwrap(), 2);
        let again = store.take_calls(after(3), &nine()).await.unwrap();
        assert_eq!(apps(&again), ["jira", "wiki"]);
    }

    async fn ft_11_of_two_nodes_one_makes_each_call(db: Backend) {
        let (one, other) = (db.open().await, db.open().await);
        let mut all = BTreeSet::new();
        for number in 1..=20 {
            one.commit(taking_part(number, "wiki", "_1")).await.unwrap();
            all.insert(id(number));
        }
        let everybody = SessionChange::EndAll { person: alice(), at: now(), save: None };
        one.commit(with(everybody)).await.unwrap();
        let take = async |store: &vestibule_store::Store| {
            let mut taken = Vec::new();
            loop {
                let calls = store.take_calls(now(), &Room::new(3, 3)).await.unwrap();
                if calls.is_empty() {
                    return taken;
                }
                taken.extend(calls.into_iter().map(|call| call.session));
            }
        };
        let (first, second) = tokio::join!(take(&one), take(&other));
        let mut taken: Vec<_> = first.into_iter().chain(second).collect();
        taken.sort();
        assert_eq!(taken, all.into_iter().collect::<Vec<_>>());
    }

    /// One application has a thousand due, and for longer: the others are not behind it.
    async fn an_application_with_many_calls_hides_no_other(db: Backend) {
        let store = db.open().await;
        let mut ids = Vec::new();
        for number in 1..=30 {
            let app = match number {
                29 => "jira",
                30 => "wiki",
                _ => "docs",
            };
            store.commit(taking_part(number, app, "_1")).await.unwrap();
            ids.push(id(number));
        }
        let last = ids.split_off(28);
        store.commit(with(SessionChange::End { ids, at: now() })).await.unwrap();
        let mut room = Room::new(16, 4);
        let mut take = async |seconds| {
            let calls = store.take_calls(after(seconds), &room).await.unwrap();
            for call in &calls {
                room.begin(call.participation.app.as_str());
            }
            apps(&calls).join(" ")
        };
        assert_eq!(take(0).await, "docs docs docs docs");
        assert_eq!(take(1).await, "", "it has no more room");
        store.commit(with(SessionChange::End { ids: last, at: now() })).await.unwrap();
        assert_eq!(take(2).await, "jira wiki");
        // All places of the node are taken.
        let none = store.take_calls(after(3), &Room::new(0, 4)).await.unwrap();
        assert_eq!(none, []);
    }

    async fn who_renews_the_session_keeps_its_applications(db: Backend) {
        let store = db.open().await;
        store.commit(taking_part(1, "wiki", "_1")).await.unwrap();
        let Some(SessionChange::Begin(session)) = begin(1, 1, "alice").session else {
            panic!("a session begins")
        };
        assert_eq!(session.browser(), BrowserKey([1; 32]));
        let renew = SessionChange::Renew { old: key(1), new: session };
        store.commit(with(renew)).await.unwrap();
        assert_eq!(store.take_calls(now(), &nine()).await.unwrap(), []);
        assert_eq!(store.participations(id(1)).await.unwrap().len(), 1);
    }
}

conformance_at_rest! {
    /// One row cannot be opened: it was sealed for another place. It is given up, and keeps no other waiting.
    async fn a_call_that_cannot_be_read_is_given_up_and_keeps_no_other_waiting(db: Backend) {
        let store = db.open().await;
        for (number, app) in [(1, "docs"), (2, "jira"), (3, "wiki")] {
            store.commit(taking_part(number, app, "_1")).await.unwrap();
        }
        let ids = vec![id(1), id(2), id(3)];
        store.commit(with(SessionChange::End { ids, at: now() })).await.unwrap();
        db.sql(
            "UPDATE participations SET sealed = (SELECT sealed FROM participations WHERE app = 'wiki')
             WHERE app = 'docs'",
        );
        let calls = store.take_calls(now(), &nine()).await.unwrap();
        assert_eq!(apps(&calls), ["jira", "wiki"]);
        assert_eq!(store.count_calls().await.unwrap(), (2, 1));
        let listed = store.undelivered(9).await.unwrap();
        let [docs] = listed.as_slice() else { panic!("{listed:?}") };
        let given_up = Prospect::GivenUp { at: now() };
        assert_eq!((docs.app.as_str(), docs.attempts, docs.prospect), ("docs", 1, given_up));
        assert!(docs.why.contains("participations"), "{}", docs.why);
        // To try it again comes to the same, and to the others nothing happens by it.
        assert_eq!(store.try_again(None, after(5)).await.unwrap(), 1);
        assert_eq!(store.take_calls(after(5), &nine()).await.unwrap(), []);
        assert_eq!(store.count_calls().await.unwrap(), (2, 1));
    }
}
