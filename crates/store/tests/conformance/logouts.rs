//! Logouts under way: kept as they were, moved on once, and the session is over with their beginning.

use vestibule_core::{
    flow::BrowserKey,
    id::{AppId, LogoutId, Reference},
    logout::{Asker, Ended, Logout, Name, Way},
    port::*,
    request::{Memo, Protocol},
    session::Participation,
};

use crate::{
    sample::{after, alice, now},
    sessions::{begin, id, key, with},
};

fn app(name: &str) -> AppId {
    AppId::new(name).unwrap()
}

pub(crate) fn participation(name: &str, known_as: &str) -> Participation {
    Participation {
        app: app(name),
        protocol: Protocol::Saml,
        told: Memo::of(&"alice").unwrap(),
        known_as: Some(known_as.to_owned()),
        at: now(),
    }
}

/// A session of alice that this application takes part in.
pub(crate) fn taking_part(number: u8, name: &str, known_as: &str) -> Commit {
    Commit {
        participation: Some((id(number), participation(name, known_as))),
        ..begin(number, number, "alice")
    }
}

fn logout(number: u8) -> Logout {
    let name = Name {
        id: LogoutId::from_bytes([number; 16]),
        reference: Reference::from_random([number; 8]),
        browser: Some(BrowserKey([1; 32])),
    };
    let partings = vec![(participation("wiki", "_1"), Way::Visit)];
    let ended = Ended {
        person: alice(),
        partings,
        first_door: None,
        is_elsewhere: false,
    };
    Logout::begun(name, Asker::Person, ended, now())
}

fn moved(logout: Logout) -> Commit {
    Commit {
        logout: Some(LogoutChange::Replace(logout)),
        ..Commit::default()
    }
}

conformance! {
    async fn a_logout_begins_with_the_end_of_the_session_and_is_found_as_it_was(db: Backend) {
        let store = db.open().await;
        store.commit(taking_part(1, "wiki", "_1")).await.unwrap();
        let begun = Commit {
            logout: Some(LogoutChange::Open(logout(1))),
            ..with(SessionChange::End { ids: vec![id(1)], at: now() })
        };
        store.commit(begun).await.unwrap();
        assert_eq!(store.session(key(1)).await.unwrap(), None);
        let found = store.logout(LogoutId::from_bytes([1; 16])).await.unwrap();
        assert_eq!(found, Some(logout(1)));
        assert_eq!(store.logout(LogoutId::from_bytes([2; 16])).await.unwrap(), None);
    }

    async fn of_two_steps_from_one_state_one_happens(db: Backend) {
        let store = db.open().await;
        let begun = Commit {
            logout: Some(LogoutChange::Open(logout(1))),
            ..Commit::default()
        };
        store.commit(begun).await.unwrap();
        let read = store.logout(logout(1).id()).await.unwrap().unwrap();
        let visiting = read.clone().visiting(&app("wiki"), now()).unwrap();
        store.commit(moved(visiting.clone())).await.unwrap();
        let late = read.unspoken(&app("wiki")).unwrap();
        assert_eq!(store.commit(moved(late)).await, Err(Conflict::Logout.into()));
        let kept = store.logout(logout(1).id()).await.unwrap().unwrap();
        assert_eq!(kept, visiting.at_revision(1));
    }

    async fn logouts_whose_time_is_over_are_cleared_away(db: Backend) {
        let store = db.open().await;
        let begun = Commit {
            logout: Some(LogoutChange::Open(logout(1))),
            ..Commit::default()
        };
        store.commit(begun).await.unwrap();
        assert_eq!(store.clear_expired(after(599)).await.unwrap(), 0);
        assert_eq!(store.clear_expired(after(600)).await.unwrap(), 1);
    }

    async fn a_session_is_found_by_the_name_that_its_application_has_for_it(db: Backend) {
        let store = db.open().await;
        for (number, known_as) in [(1, "_1"), (2, "_2")] {
            store.commit(taking_part(number, "wiki", known_as)).await.unwrap();
        }
        let found = async |name: &str, known_as: &str| {
            store.session_known_as(&app(name), known_as).await.unwrap()
        };
        assert_eq!(found("wiki", "_1").await, Some(id(1)));
        assert_eq!(found("wiki", "_2").await, Some(id(2)));
        assert_eq!(found("wiki", "_3").await, None);
        assert_eq!(found("jira", "_1").await, None, "another application's name");
        store.commit(with(SessionChange::End { ids: vec![id(1), id(2)], at: now() })).await.unwrap();
        assert_eq!(found("wiki", "_1").await, None, "it is over");
    }
}

conformance_at_rest! {
    async fn a_logout_that_was_moved_to_another_name_does_not_open(db: Backend) {
        let store = db.open().await;
        let begun = Commit {
            logout: Some(LogoutChange::Open(logout(1))),
            ..Commit::default()
        };
        store.commit(begun).await.unwrap();
        db.sql(&format!("UPDATE logouts SET id = '{}'", "02".repeat(16)));
        let read = store.logout(LogoutId::from_bytes([2; 16])).await;
        assert_eq!(read.map_err(|error| error.code()), Err("store_corrupt"));
    }
}
