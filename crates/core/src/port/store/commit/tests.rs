//! Which commits may be lost in a power cut.

use super::*;
use crate::{
    audit::{AuditEvent, AuditResult},
    fixture::{self, at, factor, request},
    id::{AppId, FamilyId, LogoutId, Reference},
    identity::Username,
    known::KnownSource,
    logout::{Asker, Ended, Name},
    request::{Memo, Protocol, Refusal},
};

fn login() -> Login {
    fixture::login(request())
}

fn alice() -> PersonId {
    fixture::alice().id
}

fn mark() -> ReplayMark {
    ReplayMark {
        purpose: ReplayPurpose::SamlAssertion,
        owner: String::new(),
        value: String::new(),
        keep_until: at(0),
    }
}

fn known() -> Remembered {
    let name = Username::typed("alice").unwrap();
    KnownSource::new(alice().upstream().clone(), name, [192, 0, 2, 1].into()).remembered(at(0))
}

fn seen() -> PersonRecord {
    PersonRecord {
        id: alice(),
        display_name: None,
        mail: None,
        disabled: false,
        first_seen: at(0),
        last_seen: None,
        valid_from: DateTime::UNIX_EPOCH,
    }
}

fn session() -> SessionId {
    SessionId::from_bytes([1; 16])
}

fn participation() -> Participation {
    Participation {
        app: AppId::account(),
        protocol: Protocol::Saml,
        told: Memo::default(),
        known_as: None,
        at: at(0),
    }
}

fn logout() -> Logout {
    let name = Name {
        id: LogoutId::from_bytes([1; 16]),
        reference: Reference::from_random([1; 8]),
        browser: None,
    };
    let ended = Ended {
        person: alice(),
        partings: Vec::new(),
        first_door: None,
        is_elsewhere: false,
    };
    Logout::begun(name, Asker::Person, ended, at(0))
}

fn token() -> TokenChange {
    TokenChange::Revoke(FamilyId::from_bytes([1; 16]))
}

/// A commit with these parts: one bit for each field besides the login.
fn commit(login: Option<LoginChange>, parts: u16) -> Commit {
    let has = |bit: u16| parts & (1 << bit) != 0;
    let guard = PersonGuard {
        person: alice(),
        enrolments: Some(BTreeSet::new()),
        valid_from: DateTime::UNIX_EPOCH,
    };
    let record = AuditRecord::new(at(0), AuditEvent::Login, AuditResult::Success);
    Commit {
        login,
        enrolments: has(0)
            .then(|| EnrolmentChange::Add(factor(1, "totp")))
            .into_iter()
            .collect(),
        once: has(1).then(mark).into_iter().collect(),
        clear: has(2)
            .then(|| ThrottleKey::Factors(alice()))
            .into_iter()
            .collect(),
        seen: has(3).then(seen),
        guard: has(4).then_some(guard),
        known: has(7).then(known),
        session: has(5).then_some(SessionChange::End {
            ids: vec![session()],
            at: at(0),
        }),
        participation: has(8).then(|| (session(), participation())),
        tokens: has(9).then(token).into_iter().collect(),
        logout: has(10).then(|| LogoutChange::Open(logout())),
        audit: has(6).then_some(record).into_iter().collect(),
    }
}

#[test]
fn ft_02_only_a_login_that_goes_on_may_be_lost_and_only_alone() {
    let closed = || login().refused(Refusal::Cancelled).unwrap();
    for parts in 0..1 << 11 {
        let goes_on = if parts == 0 {
            Durability::Relaxed
        } else {
            Durability::Full
        };
        let table = [
            (None, Durability::Full),
            (Some(LoginChange::Open(login())), goes_on),
            (Some(LoginChange::Replace(login())), goes_on),
            (Some(LoginChange::Open(closed())), Durability::Full),
            (Some(LoginChange::Replace(closed())), Durability::Full),
        ];
        for (change, expect) in table {
            let commit = commit(change, parts);
            assert_eq!(commit.durability(), expect, "{commit:?}");
        }
    }
}
