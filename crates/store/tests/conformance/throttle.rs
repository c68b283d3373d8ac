//! Attempt limits.

use vestibule_core::{
    identity::Username,
    port::{AuditLog, Commit, Commits, Logins, Throttle},
    throttle::{Alarm, Charge, ThrottleKey},
};

use crate::sample::{after, alice, now, record, upstream};

fn source(last: u8) -> ThrottleKey {
    ThrottleKey::Source([192, 0, 2, last].into())
}

fn factors() -> ThrottleKey {
    ThrottleKey::Factors(alice())
}

conformance! {
    async fn mf_24_five_are_free_then_one_waits_and_a_success_clears(db: Backend) {
        let store = db.open().await;
        for _ in 0..5 {
            assert_eq!(
                store.charge(&[factors(), source(1)], now()).await.unwrap(),
                Charge::Go
            );
        }
        assert_eq!(
            store.charge(&[factors(), source(1)], now()).await.unwrap(),
            Charge::Wait(after(30))
        );
        let success = Commit {
            clear: vec![factors()],
            ..Commit::default()
        };
        store.commit(success).await.unwrap();
        assert_eq!(
            store.charge(&[factors(), source(1)], now()).await.unwrap(),
            Charge::Go
        );
    }

    async fn mf_26_a_success_gives_a_source_one_attempt_back(db: Backend) {
        let store = db.open().await;
        for _ in 0..50 {
            assert_eq!(store.charge(&[source(1)], now()).await.unwrap(), Charge::Go);
        }
        assert_eq!(
            store.charge(&[source(1)], now()).await.unwrap(),
            Charge::Wait(after(30))
        );
        let success = || Commit {
            clear: vec![source(1), source(2), factors()],
            ..Commit::default()
        };
        store.commit(success()).await.unwrap();
        assert_eq!(store.charge(&[source(1)], now()).await.unwrap(), Charge::Go);
        assert_eq!(
            store.charge(&[source(1)], now()).await.unwrap(),
            Charge::Wait(after(30))
        );
        for _ in 0..60 {
            store.commit(success()).await.unwrap();
        }
        assert_eq!(store.charge(&[source(1)], now()).await.unwrap(), Charge::Go);
    }

    /// An attempt that one key refuses costs the other keys nothing.
    async fn mf_24_all_keys_are_charged_or_none(db: Backend) {
        let store = db.open().await;
        for _ in 0..5 {
            store.charge(&[factors()], now()).await.unwrap();
        }
        for _ in 0..60 {
            let refused = store.charge(&[source(2), factors()], now()).await.unwrap();
            assert_eq!(refused, Charge::Wait(after(30)));
        }
        assert_eq!(store.charge(&[source(2)], now()).await.unwrap(), Charge::Go);
    }

    async fn mf_24_a_hundred_in_a_row_lock(db: Backend) {
        let store = db.open().await;
        for attempt in 0..100 {
            let charge = store
                .charge(&[factors()], after(attempt * 3600))
                .await
                .unwrap();
            let expect = match attempt {
                19 => Charge::GoAndTell(Alarm::Guessing),
                99 => Charge::GoAndTell(Alarm::Locked),
                _ => Charge::Go,
            };
            assert_eq!(charge, expect, "attempt {attempt}");
        }
        assert_eq!(
            store
                .charge(&[factors(), source(1)], after(10_000_000))
                .await
                .unwrap(),
            Charge::Locked
        );
    }

    /// A user name is whatever somebody typed.
    async fn any_name_can_be_counted(db: Backend) {
        let store = db.open().await;
        for typed in [
            "'; DROP TABLE throttle; --",
            &"x".repeat(Username::LONGEST),
            "\u{202e}",
        ] {
            let key = ThrottleKey::Password(upstream(), Username::typed(typed).unwrap());
            assert_eq!(store.charge(&[key], now()).await.unwrap(), Charge::Go);
        }
    }

    async fn what_is_forgotten_is_cleared_away(db: Backend) {
        let store = db.open().await;
        store.charge(&[factors(), source(1)], now()).await.unwrap();
        assert_eq!(store.clear_expired(after(3599)).await.unwrap(), 0);
        assert_eq!(
            store.clear_expired(after(3600)).await.unwrap(),
            1,
            "the source, not the account"
        );
        assert_eq!(store.clear_expired(after(100_000_000)).await.unwrap(), 0);
    }

    /// An administrator forgives a person's wrong answers from everywhere, and nobody else's.
    async fn mf_25_forgiving_reaches_every_source_of_one_account(db: Backend) {
        let store = db.open().await;
        let name = |typed: &str| Username::typed(typed).unwrap();
        let from = |typed: &str, last: u8| {
            ThrottleKey::PasswordFrom(upstream(), name(typed), [192, 0, 2, last].into())
        };
        let all = [from("alice", 1), from("alice", 2), factors(), from("bob", 1)];
        for key in &all {
            for _ in 0..5 {
                store.charge(std::slice::from_ref(key), now()).await.unwrap();
            }
            assert_eq!(store.verdict(key, now()).await.unwrap(), Charge::Wait(after(30)));
        }
        store.forgive(&alice(), record("unlock")).await.unwrap();
        let expect = [Charge::Go, Charge::Go, Charge::Go, Charge::Wait(after(30))];
        for (key, expect) in all.iter().zip(expect) {
            assert_eq!(store.verdict(key, now()).await.unwrap(), expect, "{key:?}");
        }
        assert_eq!(store.verify_chain().await.unwrap().entries, 1);
    }
}
