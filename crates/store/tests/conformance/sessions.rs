//! Sessions: one for each browser, and none outlives what ends it.

use vestibule_core::{
    evidence::{AHEAD, Role, Strength, Traits},
    flow::{BrowserKey, Login, Settled, World},
    grant::Grant,
    id::{AnswerId, FactorKind, LoginId, Reference, SessionId},
    identity::{Mapping, PersonId, Subject, VerifiedIdentity, normalise},
    policy::{Condition, FirstEnrolment, Kinds, Policy, Rule, Verdict},
    port::{
        AccountChange, Accounts, AuditFilter, AuditLog, Calls, Commit, Commits, Conflict,
        EnrolmentChange, Enrolments, LocalAccount, Logins, People, PersonGuard, Prompt,
        SessionChange, Sessions, StoreError,
    },
    request::Memo,
    session::{Limits, Session, SessionKey, SingleSignOn},
};

use crate::{
    backend::Backend,
    calls::nine,
    logouts::taking_part,
    sample::{after, alice, enrolment, login, now, person, record, upstream},
};

/// A grant for somebody whom a rule lets pass: the only way to a session.
fn grant(number: u8, name: &str, at_upstream: Option<&str>) -> Grant {
    let totp = FactorKind::totp();
    let kinds = Kinds::new([Traits {
        kind: totp.clone(),
        amr: &["otp"],
        role: Role::Primary,
        strength: Strength::OneTimeCode,
        enrols_inline: true,
    }]);
    let skip = Rule {
        name: "skip".into(),
        when: Some(Condition {
            upstreams: [upstream()].into(),
            ..Condition::default()
        }),
        then: Verdict::Skip,
    };
    let rest = Rule {
        name: "rest".into(),
        when: None,
        then: Verdict::Require {
            factors: vec![totp],
            first_enrolment: FirstEnrolment::Refuse,
            max_age: None,
            accepts_upstream: false,
        },
    };
    let policy = Policy::new(vec![skip, rest], &kinds).unwrap();
    let identity = VerifiedIdentity {
        upstream: upstream(),
        subject: Subject::plain(name),
        attributes: Default::default(),
        authn_context: None,
        methods: vec![],
        authenticated_at: None,
        session: at_upstream.map(str::to_owned),
        session_ends: None,
        for_logout: None,
        once: None,
    };
    let known = normalise(&identity, &Mapping::default()).unwrap();
    let request = login(1).request().clone();
    let reference = Reference::from_random([1; 8]);
    let login = Login::open(LoginId::from_bytes([1; 16]), reference, request, now())
        .sent_to(
            upstream(),
            Prompt::Password { username: None },
            Memo::default(),
            now(),
        )
        .and_then(|login| login.returned(identity, now()))
        .and_then(|login| login.identified(known, now()))
        .unwrap();
    let world = World {
        policy: &policy,
        kinds: &kinds,
        networks: None,
        enrolments: &[],
        belief: None,
        active: true,
        valid_from: chrono::DateTime::UNIX_EPOCH,
        word_from: chrono::DateTime::UNIX_EPOCH,
        takes: SingleSignOn::Shared,
        answer: AnswerId::from_bytes([4; 16]),
        session: id(number),
        now: now(),
    };
    match login.settle(&world).unwrap() {
        Settled::Granted(_, grant) => *grant,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn id(number: u8) -> SessionId {
    SessionId::from_bytes([number; 16])
}

pub(crate) fn key(number: u8) -> SessionKey {
    SessionKey([number; 32])
}

fn session(number: u8, browser: u8, name: &str) -> Session {
    Session::begun(
        key(number),
        BrowserKey([browser; 32]),
        &grant(number, name, None),
        Limits::ACCOUNT,
    )
}

fn account(username: &str) -> LocalAccount {
    LocalAccount {
        upstream: upstream(),
        username: username.into(),
        password_hash: "a hash".into(),
        mail: None,
        display_name: None,
        given_name: None,
        family_name: None,
        groups: vec![],
        disabled: false,
    }
}

pub(crate) fn with(change: SessionChange) -> Commit {
    Commit {
        session: Some(change),
        ..Commit::default()
    }
}

/// The same, where the upstream gave its own session a name.
pub(crate) fn begin_at_upstream(number: u8, name: &str, session: &str) -> Commit {
    with(SessionChange::Begin(Session::begun(
        key(number),
        BrowserKey([number; 32]),
        &grant(number, name, Some(session)),
        Limits::ACCOUNT,
    )))
}

/// The session of alice in the browser of this number goes on under another key.
pub(crate) fn renew(number: u8, new: u8) -> Commit {
    with(SessionChange::Renew {
        old: key(number),
        new: Session::begun(
            key(new),
            BrowserKey([number; 32]),
            &grant(number, "alice", None),
            Limits::ACCOUNT,
        ),
    })
}

pub(crate) fn begin(number: u8, browser: u8, name: &str) -> Commit {
    with(SessionChange::Begin(session(number, browser, name)))
}

fn ended<T>() -> Result<T, StoreError> {
    Err(Conflict::Session.into())
}

conformance! {
    async fn wa_02_a_session_is_found_as_it_began_and_under_its_key_alone(db: Backend) {
        let store = db.open().await;
        store.commit(begin(1, 1, "alice")).await.unwrap();
        assert_eq!(
            store.session(key(1)).await.unwrap(),
            Some(session(1, 1, "alice"))
        );
        assert_eq!(store.session(key(2)).await.unwrap(), None);
        assert_eq!(store.commit(begin(1, 2, "bob")).await, ended(), "the key is taken");
        let alices = store.session(key(1)).await.unwrap().unwrap();
        assert_eq!(alices.person().id, alice());
    }

    async fn a_use_is_remembered_and_never_an_earlier_one(db: Backend) {
        let store = db.open().await;
        store.commit(begin(1, 1, "alice")).await.unwrap();
        for (used, expect) in [(60, 60), (30, 60), (90, 90)] {
            store.use_session(key(1), after(used)).await.unwrap();
            let session = store.session(key(1)).await.unwrap().unwrap();
            assert_eq!(session.used_at(), after(expect));
            assert_eq!(session.started_at(), now());
        }
        store.use_session(key(9), after(60)).await.unwrap();
        assert_eq!(store.session(key(9)).await.unwrap(), None);
    }

    async fn mf_06_a_browser_has_one_session(db: Backend) {
        let store = db.open().await;
        store.commit(begin(1, 1, "alice")).await.unwrap();
        store.commit(begin(2, 2, "alice")).await.unwrap();
        store.commit(begin(3, 1, "bob")).await.unwrap();
        assert_eq!(store.session(key(1)).await.unwrap(), None);
        assert!(store.session(key(2)).await.unwrap().is_some());
        let theirs = store.session(key(3)).await.unwrap().unwrap();
        assert_eq!(theirs.person().id, PersonId::new(upstream(), "bob"));
    }

    async fn wa_02_a_renewed_session_has_another_key_and_the_old_one_is_gone(db: Backend) {
        let store = db.open().await;
        store.commit(begin(1, 1, "alice")).await.unwrap();
        let renew = |old, new| {
            with(SessionChange::Renew {
                old: key(old),
                new: session(new, 1, "alice"),
            })
        };
        store.commit(renew(1, 2)).await.unwrap();
        assert_eq!(store.session(key(1)).await.unwrap(), None);
        assert!(store.session(key(2)).await.unwrap().is_some());
        assert_eq!(store.commit(renew(1, 3)).await, ended(), "renewed twice");
        assert_eq!(store.session(key(3)).await.unwrap(), None);
    }

    async fn what_is_held_must_be_there_and_nothing_else_happens_without_it(db: Backend) {
        let store = db.open().await;
        store.commit(begin(1, 1, "alice")).await.unwrap();
        let change = |held, number| Commit {
            enrolments: vec![EnrolmentChange::Add(enrolment(number))],
            audit: vec![record("held")],
            ..with(SessionChange::Hold(id(held)))
        };
        store.commit(change(1, 1)).await.unwrap();
        store.commit(with(SessionChange::End { ids: vec![id(1)], at: now() })).await.unwrap();
        assert_eq!(store.commit(change(1, 2)).await, ended());
        assert_eq!(store.enrolments(&alice()).await.unwrap(), [enrolment(1)]);
        let all = AuditFilter { most: 9, ..AuditFilter::default() };
        assert_eq!(store.entries(&all).await.unwrap().len(), 1);
        // To end what has ended already is no conflict: it is what was wanted.
        store.commit(with(SessionChange::End { ids: vec![id(1)], at: now() })).await.unwrap();
    }

    async fn mf_41_all_sessions_of_a_person_end_save_one(db: Backend) {
        let store = db.open().await;
        for (number, name) in [(1, "alice"), (2, "alice"), (3, "alice"), (4, "bob")] {
            store.commit(begin(number, number, name)).await.unwrap();
        }
        let end = |save| with(SessionChange::EndAll { person: alice(), at: now(), save });
        let live = async || {
            let mut live = Vec::new();
            for number in 1..=4 {
                if store.session(key(number)).await.unwrap().is_some() {
                    live.push(number);
                }
            }
            live
        };
        store.commit(end(Some(key(2)))).await.unwrap();
        assert_eq!(live().await, [2, 4]);
        // What was ended meanwhile, and what is another's, ends nobody else's.
        for gone in [1, 4] {
            assert_eq!(store.commit(end(Some(key(gone)))).await, ended(), "{gone}");
            assert_eq!(live().await, [2, 4]);
        }
        store.commit(end(None)).await.unwrap();
        assert_eq!(live().await, [4]);
    }

    async fn so_17_a_disabled_person_has_no_session_and_to_enable_them_revives_none(db: Backend) {
        let store = db.open().await;
        for (number, name) in [(1, "alice"), (2, "bob")] {
            store.commit(begin(number, number, name)).await.unwrap();
        }
        store.set_disabled(&alice(), true, record("disabled")).await.unwrap();
        store.set_disabled(&alice(), false, record("enabled")).await.unwrap();
        assert_eq!(store.session(key(1)).await.unwrap(), None);
        assert!(store.session(key(2)).await.unwrap().is_some());
        // To enable somebody ends nothing.
        store.commit(begin(1, 1, "alice")).await.unwrap();
        store.set_disabled(&alice(), false, record("enabled")).await.unwrap();
        assert!(store.session(key(1)).await.unwrap().is_some());
    }

    async fn so_17_a_new_password_ends_the_sessions_of_its_owner(db: Backend) {
        let store = db.open().await;
        for (number, name) in [(1, "alice"), (2, "bob")] {
            store.commit(begin(number, number, name)).await.unwrap();
        }
        let added = store.add_account(account("alice"), record("account_added"));
        assert!(added.await.unwrap());
        store.commit(begin(1, 1, "alice")).await.unwrap();
        let change = AccountChange { password_hash: Some("new".into()), ..AccountChange::default() };
        let of = upstream();
        let set = store.change_account(&of, "Alice", change, record("password_set"));
        assert!(set.await.unwrap());
        assert_eq!(store.session(key(1)).await.unwrap(), None);
        assert!(store.session(key(2)).await.unwrap().is_some());
    }

    async fn so_17_who_is_removed_leaves_no_factor_and_no_session_and_gets_no_new_one(db: Backend) {
        let store = db.open().await;
        store.add_account(account("alice"), record("account_added")).await.unwrap();
        for (number, name) in [(1, "alice"), (2, "bob")] {
            let known = Commit {
                seen: Some(person(name)),
                ..begin(number, number, name)
            };
            store.commit(known).await.unwrap();
        }
        let guarded = |name: &str, enrolments| Commit {
            enrolments,
            guard: Some(PersonGuard {
                person: PersonId::new(upstream(), name),
                enrolments: Some([].into()),
                valid_from: chrono::DateTime::UNIX_EPOCH,
            }),
            ..Commit::default()
        };
        let first = || guarded("alice", vec![EnrolmentChange::Add(enrolment(1))]);
        store.commit(first()).await.unwrap();
        let of = upstream();
        let removed = store.remove_account(&of, "ALICE", record("account_removed"));
        assert!(removed.await.unwrap());
        assert_eq!(store.enrolments(&alice()).await.unwrap(), []);
        assert_eq!(store.session(key(1)).await.unwrap(), None);
        // A login that is past the password sets nothing up, also if it marks the person as seen.
        let late = Commit { seen: Some(person("alice")), ..first() };
        assert_eq!(store.commit(late).await, Err(Conflict::Person.into()));
        assert_eq!(store.enrolments(&alice()).await.unwrap(), []);
        // A new account of the name is not let in by itself either; the others are untouched.
        store.add_account(account("alice"), record("account_added")).await.unwrap();
        assert_eq!(store.commit(first()).await, Err(Conflict::Person.into()));
        store.commit(guarded("bob", vec![])).await.unwrap();
        assert!(store.session(key(2)).await.unwrap().is_some());
    }

    async fn mf_41_no_session_begins_with_a_factor_that_was_removed_meanwhile(db: Backend) {
        let store = db.open().await;
        let known = Commit {
            seen: Some(person("alice")),
            enrolments: vec![EnrolmentChange::Add(enrolment(1))],
            ..Commit::default()
        };
        store.commit(known).await.unwrap();
        let as_read = PersonGuard {
            person: alice(),
            enrolments: Some([(enrolment(1).id, 0)].into()),
            valid_from: chrono::DateTime::UNIX_EPOCH,
        };
        let removal = Commit {
            enrolments: vec![EnrolmentChange::Remove(alice(), enrolment(1).id)],
            ..with(SessionChange::EndAll { person: alice(), at: now(), save: None })
        };
        store.commit(removal).await.unwrap();
        let late = Commit {
            guard: Some(as_read),
            ..begin(1, 1, "alice")
        };
        assert_eq!(store.commit(late).await, Err(Conflict::Person.into()));
        assert_eq!(store.session(key(1)).await.unwrap(), None);
    }

    async fn sessions_that_are_over_are_cleared_away(db: Backend) {
        let store = db.open().await;
        for number in 1..=2 {
            store.commit(begin(number, number, "alice")).await.unwrap();
        }
        store.use_session(key(2), after(59 * 60)).await.unwrap();
        assert_eq!(store.clear_expired(after(60 * 60 - 1)).await.unwrap(), 0);
        assert_eq!(store.clear_expired(after(60 * 60)).await.unwrap(), 2);
    }
}

conformance_at_rest! {
    async fn wa_02_a_session_that_was_moved_to_another_key_or_person_does_not_open(db: Backend) {
        let store = db.open().await;
        store.commit(begin(1, 1, "alice")).await.unwrap();
        let forged = "02".repeat(32);
        db.sql(&format!("UPDATE sessions SET key = '{forged}'"));
        let read = store.session(key(2)).await;
        assert_eq!(read.map_err(|error| error.code()), Err("store_corrupt"));
        db.sql(&format!("UPDATE sessions SET key = '{}'", "01".repeat(32)));
        assert!(store.session(key(1)).await.unwrap().is_some());
        db.sql("UPDATE sessions SET person = 'keycloak/bob'");
        let read = store.session(key(1)).await;
        assert_eq!(read.map_err(|error| error.code()), Err("store_corrupt"));
    }
}

conformance_at_rest! {
    async fn mf_06_of_two_sessions_in_one_browser_the_newer_outlives_the_upgrade(db: Backend) {
        let store = db.open().await;
        for (number, app) in [(1, "wiki"), (2, "jira"), (3, "docs")] {
            store.commit(taking_part(number, app, "_1")).await.unwrap();
        }
        store.use_session(key(2), after(60)).await.unwrap();
        drop(store);
        // As it was before: two people came in there at the same moment.
        let (one, two) = ("01".repeat(32), "02".repeat(32));
        db.sql(&format!(
            "DELETE FROM __diesel_schema_migrations WHERE version = '0010';
             DROP INDEX sessions_by_browser;
             CREATE INDEX sessions_by_browser ON sessions (browser);
             UPDATE sessions SET browser = '{one}' WHERE browser = '{two}'"
        ));
        let store = db.open().await;
        let left = store.sessions(None, None, 9).await.unwrap();
        assert_eq!(left.iter().map(Session::id).collect::<Vec<_>>(), [id(2), id(3)]);
        let calls = store.take_calls(now(), &nine()).await.unwrap();
        let told: Vec<_> = calls.iter().map(|call| call.session).collect();
        assert_eq!(told, [id(1)], "the applications of the older are told");
    }
}

/// A node clears away what is over at the moment in which another one renews it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ft_11_a_session_that_is_renewed_while_it_is_cleared_away_goes_on_on_postgres() {
    let db = Backend::postgres();
    let store = db.open().await;
    for number in 1..=2 {
        let begun = taking_part(number, "wiki", "_1");
        store.commit(begun).await.unwrap();
    }
    let connect = async || {
        let (client, connection) = tokio_postgres::connect(&db.url(), tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client
    };
    let (other, onlooker) = (connect().await, connect().await);
    let renew = "BEGIN; UPDATE sessions SET expires_at = expires_at + 60000 WHERE key LIKE '01%'";
    other.batch_execute(renew).await.unwrap();
    let clearing = tokio::spawn({
        let store = store.clone();
        async move { store.clear_expired(after(60 * 60)).await }
    });
    let waits = "SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while onlooker.query_opt(waits, &[]).await.unwrap().is_none() {
        assert!(!clearing.is_finished(), "it waits for who renews");
    }
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(clearing.await.unwrap().unwrap(), 1, "the other one is over");
    assert!(store.session(key(1)).await.unwrap().is_some());
    let calls = store.take_calls(now(), &nine()).await.unwrap();
    let told: Vec<_> = calls.iter().map(|call| call.session).collect();
    assert_eq!(told, [id(2)], "nobody is told that it is over");
}

conformance! {
    async fn sessions_are_read_by_id_by_browser_and_page_by_page(db: Backend) {
        let store = db.open().await;
        for number in 1..=5 {
            let name = if number == 3 { "bob" } else { "alice" };
            store.commit(begin(number, number, name)).await.unwrap();
        }
        let ids = |found: Vec<Session>| -> Vec<SessionId> { found.iter().map(Session::id).collect() };
        let page = async |of: Option<&PersonId>, after, most| {
            ids(store.sessions(of, after, most).await.unwrap())
        };
        assert_eq!(page(None, None, 9).await, [id(1), id(2), id(3), id(4), id(5)]);
        assert_eq!(page(None, Some(id(2)), 2).await, [id(3), id(4)]);
        assert_eq!(page(Some(&alice()), Some(id(1)), 2).await, [id(2), id(4)]);
        assert_eq!(page(Some(&alice()), Some(id(5)), 9).await, []);
        assert_eq!(page(None, None, 0).await, []);
        let found = store.session_by_id(id(3)).await.unwrap().unwrap();
        assert_eq!(found.key(), key(3));
        assert_eq!(store.session_by_id(id(9)).await.unwrap(), None);
        for (browser, person, expected) in [
            (1, alice(), Some(id(1))),
            (3, alice(), None),
            (3, PersonId::new(upstream(), "bob"), Some(id(3))),
            (9, alice(), None),
        ] {
            let found = store.session_in(BrowserKey([browser; 32]), &person).await.unwrap();
            assert_eq!(found.map(|session| session.id()), expected, "{browser}");
        }
    }

    /// Two first logins in one browser at once: the second goes on with the session of the first, and so must know it.
    async fn so_12_no_session_begins_where_the_person_has_one(db: Backend) {
        let store = db.open().await;
        store.commit(begin(1, 1, "alice")).await.unwrap();
        assert_eq!(store.commit(begin(2, 1, "alice")).await, ended());
        assert!(store.session(key(1)).await.unwrap().is_some());
        // The control: in another browser, and another person in this one.
        store.commit(begin(2, 2, "alice")).await.unwrap();
        store.commit(begin(3, 1, "bob")).await.unwrap();
    }

    async fn a_session_is_held_and_used_by_its_name_whatever_its_key_is(db: Backend) {
        let store = db.open().await;
        store.commit(begin(1, 1, "alice")).await.unwrap();
        let Some(SessionChange::Begin(renewed)) = begin(1, 1, "alice").session else {
            panic!("a session begins")
        };
        store.commit(with(SessionChange::Renew { old: key(1), new: renewed })).await.unwrap();
        let used = |at| with(SessionChange::Use { id: id(1), at: after(at) });
        for (at, expected) in [(60, 60), (30, 60)] {
            store.commit(used(at)).await.unwrap();
            let session = store.session_by_id(id(1)).await.unwrap().unwrap();
            assert_eq!(session.used_at(), after(expected));
        }
        store.commit(with(SessionChange::Hold(id(1)))).await.unwrap();
        store.commit(with(SessionChange::End { ids: vec![id(1)], at: now() })).await.unwrap();
        assert_eq!(store.commit(used(90)).await, ended());
        assert_eq!(store.commit(with(SessionChange::Hold(id(1)))).await, ended());
    }

    /// An end is remembered with its browser, the latest of them, until neither a login nor an upstream's word of a second
    /// factor can be as old and count.
    async fn so_17_what_was_proved_before_an_end_begins_no_session_in_that_browser(db: Backend) {
        let store = db.open().await;
        let at = async |browser| store.signed_out_at(BrowserKey([browser; 32])).await.unwrap();
        let end = |ids, seconds| with(SessionChange::End { ids, at: after(seconds) });
        for number in 1..=2 {
            store.commit(begin(number, number, "alice")).await.unwrap();
        }
        // Whoever comes in after somebody else has signed nobody out.
        store.commit(begin(3, 1, "bob")).await.unwrap();
        assert_eq!(at(1).await, None);
        // In the moment of the end itself things still count, as they do for `valid_from`.
        store.commit(end(vec![id(3)], 0)).await.unwrap();
        assert_eq!(at(1).await, Some(now()));
        store.commit(begin(4, 1, "alice")).await.unwrap();
        store.commit(end(vec![id(4)], 60)).await.unwrap();
        assert_eq!((at(1).await, at(2).await), (Some(after(60)), None));
        assert_eq!(store.commit(begin(5, 1, "alice")).await, ended());
        assert_eq!(store.commit(begin(5, 1, "bob")).await, ended());
        assert_eq!(store.session(key(5)).await.unwrap(), None);
        store.commit(begin(5, 5, "alice")).await.unwrap();
        // A clock that is behind takes nothing back; and what has ended before ends nothing again.
        let all = SessionChange::EndAll { person: alice(), at: after(30), save: None };
        store.commit(with(all)).await.unwrap();
        store.commit(end(vec![id(4)], 90)).await.unwrap();
        let found = (at(1).await, at(2).await, at(5).await);
        assert_eq!(found, (Some(after(60)), Some(after(30)), Some(after(30))));
        let kept = (Limits::LONGEST + AHEAD).num_seconds();
        store.clear_expired(after(60 + kept - 1)).await.unwrap();
        assert_eq!((at(1).await, at(2).await), (Some(after(60)), None));
        store.clear_expired(after(60 + kept)).await.unwrap();
        assert_eq!(at(1).await, None);
    }

    /// Nodes may differ by two minutes; an end from further ahead was now at the latest, as soon as it is seen.
    async fn ft_06_a_sign_out_under_a_clock_that_ran_ahead_keeps_nobody_out_until_then(db: Backend) {
        let store = db.open().await;
        let at = async |browser| store.signed_out_at(BrowserKey([browser; 32])).await.unwrap();
        let most = 2 * 60;
        for (number, seconds) in [(1, 86_400), (2, most)] {
            store.commit(begin(number, number, "alice")).await.unwrap();
            let end = SessionChange::End { ids: vec![id(number)], at: after(seconds) };
            store.commit(with(end)).await.unwrap();
        }
        assert_eq!(store.commit(begin(3, 1, "alice")).await, ended());
        store.clear_expired(now()).await.unwrap();
        assert_eq!((at(1).await, at(2).await), (Some(now()), Some(after(most))));
        store.commit(begin(3, 1, "alice")).await.unwrap();
        assert_eq!(store.commit(begin(4, 2, "alice")).await, ended(), "as nodes may differ");
    }

    /// What is revoked stays so when a clock is behind, and within the same millisecond.
    async fn so_17_what_is_revoked_does_not_come_back_with_the_clock(db: Backend) {
        let store = db.open().await;
        let known = Commit { seen: Some(person("alice")), ..Commit::default() };
        store.commit(known).await.unwrap();
        let half = now() + chrono::TimeDelta::microseconds(500);
        for (at, expected) in [
            (half, now() + chrono::TimeDelta::milliseconds(1)),
            (after(60), after(60)),
            (after(30), after(60)),
        ] {
            let revoke = SessionChange::Revoke { person: alice(), at };
            store.commit(with(revoke)).await.unwrap();
            let known = store.person(&alice()).await.unwrap().unwrap();
            assert_eq!(known.valid_from, expected);
        }
    }
}
