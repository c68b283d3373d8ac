//! Sessions, as the upstream that they began with finds them again.

use vestibule_core::{
    id::UpstreamId,
    port::{Commits, SessionChange, Sessions},
    session::Session,
    upstream_logout::UpstreamName,
};

use crate::{
    sample::{now, upstream},
    sessions::{begin, begin_at_upstream, id, with},
};

fn names(found: &[Session]) -> Vec<String> {
    found
        .iter()
        .map(|session| session.id().to_string())
        .collect()
}

fn ids(numbers: &[u8]) -> Vec<String> {
    numbers
        .iter()
        .map(|number| id(*number).to_string())
        .collect()
}

conformance! {
    async fn sessions_are_found_by_the_names_of_their_upstream_and_page_by_page(db: Backend) {
        let store = db.open().await;
        store.commit(begin_at_upstream(1, "alice", "s-1")).await.unwrap();
        store.commit(begin_at_upstream(2, "alice", "s-2")).await.unwrap();
        store.commit(begin_at_upstream(3, "bob", "s-1")).await.unwrap();
        store.commit(begin(4, 4, "alice")).await.unwrap();
        let session = |name: &str| UpstreamName::Session(name.to_owned());
        let subject = |name: &str| UpstreamName::Subject(name.to_owned());
        let other = UpstreamId::new("other").unwrap();
        for (at, name, expect) in [
            (upstream(), session("s-1"), &[1, 3][..]),
            (upstream(), session("s-2"), &[2]),
            (upstream(), session("s-3"), &[]),
            (upstream(), session("alice"), &[]),
            (upstream(), subject("alice"), &[1, 2, 4]),
            (upstream(), subject("Alice"), &[]),
            (upstream(), subject("s-1"), &[]),
            (other.clone(), session("s-1"), &[]),
            (other, subject("alice"), &[]),
        ] {
            let found = store.sessions_at_upstream(&at, &name, None, 9).await.unwrap();
            assert_eq!(names(&found), ids(expect), "{at} {name:?}");
        }
        let alices = subject("alice");
        let first = store.sessions_at_upstream(&upstream(), &alices, None, 2).await.unwrap();
        assert_eq!(names(&first), ids(&[1, 2]));
        let after = first.last().map(Session::id);
        let rest = store.sessions_at_upstream(&upstream(), &alices, after, 2).await.unwrap();
        assert_eq!(names(&rest), ids(&[4]));
        store.commit(with(SessionChange::End { ids: vec![id(1), id(2)], at: now() })).await.unwrap();
        let left = store.sessions_at_upstream(&upstream(), &alices, None, 9).await.unwrap();
        assert_eq!(names(&left), ids(&[4]));
    }
}
