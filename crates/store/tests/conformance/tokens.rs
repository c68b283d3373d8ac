//! Codes and tokens: used once, found for their purpose alone, revoked as a family, remembered as long as it takes to
//! notice who uses one again (attack rows OO-05, OO-06, OO-07).

use vestibule_core::{
    id::{AppId, FamilyId, SessionId},
    port::{AuditFilter, AuditLog, Commit, Commits, Conflict, Logins, StoreError, Tokens},
    request::Memo,
    token::{TokenChange, TokenKey, TokenPurpose, TokenRecord},
};

use crate::sample::{after, alice, now, record};

const PURPOSES: [TokenPurpose; 4] = [
    TokenPurpose::AccessToken,
    TokenPurpose::AuthorizationCode,
    TokenPurpose::PushedRequest,
    TokenPurpose::RefreshToken,
];

fn key(number: u8) -> TokenKey {
    TokenKey([number; 32])
}

fn family(number: u8) -> FamilyId {
    FamilyId::from_bytes([number; 16])
}

/// A token of a family, good for a minute and kept for ten.
fn token(purpose: TokenPurpose, number: u8, of: u8) -> TokenRecord {
    TokenRecord {
        key: key(number),
        purpose,
        app: AppId::new("wiki").unwrap(),
        person: Some(alice()),
        session: Some(SessionId::from_bytes([7; 16])),
        family: family(of),
        body: Memo::of(&("scope", number)).unwrap(),
        issued_at: now(),
        expires_at: after(60),
        keep_until: after(600),
        used_at: None,
    }
}

fn with(tokens: Vec<TokenChange>) -> Commit {
    Commit {
        tokens,
        ..Commit::default()
    }
}

fn add(purpose: TokenPurpose, number: u8, of: u8) -> Commit {
    with(vec![TokenChange::Add(token(purpose, number, of))])
}

fn uses(purpose: TokenPurpose, number: u8) -> TokenChange {
    TokenChange::Use {
        purpose,
        key: key(number),
        at: after(5),
    }
}

fn taken() -> Result<(), StoreError> {
    Err(Conflict::Token.into())
}

conformance! {
    async fn oo_05_a_token_is_found_for_its_purpose_alone(db: Backend) {
        let store = db.open().await;
        for minted in PURPOSES {
            let number = minted as u8 + 1;
            store.commit(add(minted, number, 1)).await.unwrap();
            for asked in PURPOSES {
                let found = store.token(asked, key(number)).await.unwrap();
                let expected = (asked == minted).then(|| token(minted, number, 1));
                assert_eq!(found, expected, "{minted:?} as {asked:?}");
                if asked != minted {
                    let used = store.commit(with(vec![uses(asked, number)])).await;
                    assert_eq!(used, taken(), "{minted:?} as {asked:?}");
                }
            }
        }
        let twice = store.commit(add(TokenPurpose::AccessToken, 1, 9)).await;
        assert_eq!(twice, taken(), "two never have one key");
    }

    async fn oo_06_who_uses_one_again_changes_nothing_and_is_noticed(db: Backend) {
        let store = db.open().await;
        let code = TokenPurpose::AuthorizationCode;
        store.commit(add(code, 1, 1)).await.unwrap();
        let exchange = |number| Commit {
            audit: vec![record("exchanged")],
            ..with(vec![
                uses(code, 1),
                TokenChange::Add(token(TokenPurpose::AccessToken, number, 1)),
            ])
        };
        store.commit(exchange(2)).await.unwrap();
        assert_eq!(store.commit(exchange(3)).await, taken());
        let found = store.token(code, key(1)).await.unwrap().unwrap();
        assert_eq!(found.used_at, Some(after(5)));
        assert_eq!(found.family, family(1), "what there is to revoke");
        let third = store.token(TokenPurpose::AccessToken, key(3)).await.unwrap();
        assert_eq!(third, None);
        let all = AuditFilter { most: 9, ..AuditFilter::default() };
        assert_eq!(store.entries(&all).await.unwrap().len(), 1);
    }

    async fn oo_06_ft_11_of_fifty_uses_at_once_on_two_nodes_one_counts(db: Backend) {
        let nodes = [db.open().await, db.open().await];
        let refresh = TokenPurpose::RefreshToken;
        nodes[0].commit(add(refresh, 1, 1)).await.unwrap();
        let mut runners = tokio::task::JoinSet::new();
        for number in 0..50_u8 {
            let node = nodes[usize::from(number) % 2].clone();
            runners.spawn(async move {
                let next = TokenChange::Add(token(TokenPurpose::RefreshToken, 100 + number, 1));
                node.commit(with(vec![uses(TokenPurpose::RefreshToken, 1), next])).await
            });
        }
        let (won, lost): (Vec<_>, Vec<_>) =
            runners.join_all().await.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 49));
        assert!(lost.into_iter().all(|result| result == taken()));
        let mut there = 0;
        for number in 0..50_u8 {
            let found = nodes[0].token(refresh, key(100 + number)).await.unwrap();
            there += usize::from(found.is_some());
        }
        assert_eq!(there, 1, "one successor");
    }

    async fn oo_07_a_family_is_revoked_with_all_that_came_of_it_and_no_other(db: Backend) {
        let store = db.open().await;
        for (purpose, number, of) in [
            (TokenPurpose::AccessToken, 1, 1),
            (TokenPurpose::RefreshToken, 2, 1),
            (TokenPurpose::AccessToken, 3, 2),
        ] {
            store.commit(add(purpose, number, of)).await.unwrap();
        }
        store.commit(with(vec![TokenChange::Revoke(family(1))])).await.unwrap();
        let late = store.commit(with(vec![uses(TokenPurpose::RefreshToken, 2)])).await;
        assert_eq!(late, taken());
        for (purpose, number, is_there) in [
            (TokenPurpose::AccessToken, 1, false),
            (TokenPurpose::RefreshToken, 2, false),
            (TokenPurpose::AccessToken, 3, true),
        ] {
            let found = store.token(purpose, key(number)).await.unwrap();
            assert_eq!(found.is_some(), is_there, "{number}");
        }
    }

    /// A thief exchanges at the moment in which the family is revoked: whichever is first, nothing is left.
    async fn oo_07_ft_11_nothing_outlives_a_family_that_is_exchanged_while_it_is_revoked(db: Backend) {
        let nodes = [db.open().await, db.open().await];
        let refresh = TokenPurpose::RefreshToken;
        for round in 1..=20_u8 {
            nodes[0].commit(add(refresh, round, round)).await.unwrap();
            let next = TokenChange::Add(token(refresh, 100 + round, round));
            let (exchanged, revoked) = tokio::join!(
                nodes[0].commit(with(vec![uses(refresh, round), next])),
                nodes[1].commit(with(vec![TokenChange::Revoke(family(round))])),
            );
            revoked.unwrap();
            assert!(exchanged.is_ok() || exchanged == taken(), "{exchanged:?}");
            for number in [round, 100 + round] {
                let found = nodes[1].token(refresh, key(number)).await.unwrap();
                assert_eq!(found, None, "round {round}: {exchanged:?}");
            }
        }
    }

    async fn what_was_used_is_remembered_until_it_need_not_be(db: Backend) {
        let store = db.open().await;
        let code = TokenPurpose::AuthorizationCode;
        store.commit(add(code, 1, 1)).await.unwrap();
        store.commit(with(vec![uses(code, 1)])).await.unwrap();
        store.clear_expired(after(599)).await.unwrap();
        assert!(store.token(code, key(1)).await.unwrap().is_some());
        assert_eq!(store.clear_expired(after(600)).await.unwrap(), 1);
        assert_eq!(store.token(code, key(1)).await.unwrap(), None);
    }
}

conformance_at_rest! {
    async fn oo_05_a_token_that_was_moved_to_another_purpose_or_key_does_not_open(db: Backend) {
        let store = db.open().await;
        store.commit(add(TokenPurpose::AccessToken, 1, 1)).await.unwrap();
        db.sql("UPDATE tokens SET purpose = 'refresh_token'");
        let read = store.token(TokenPurpose::RefreshToken, key(1)).await;
        assert_eq!(read.map_err(|error| error.code()), Err("store_corrupt"));
        db.sql("UPDATE tokens SET purpose = 'access_token'");
        assert!(store.token(TokenPurpose::AccessToken, key(1)).await.unwrap().is_some());
    }
}
