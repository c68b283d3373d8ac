//! An errand goes the way of a login, from a session whose proof was fresh.

use std::collections::BTreeSet;

use super::*;
use crate::{
    evidence::{Enrolment, Role, Strength, Traits},
    fixture::{self, BROWSER, at, evidence, request, session},
    flow::{FlowError, Login, Settled, World},
    id::{AnswerId, AppId, LoginId, NetworkId, Reference, SessionId},
    policy::{FirstEnrolment, Kinds, Policy, Rule, Verdict},
    port::Prompt,
    request::{AuthnRequest, Memo, Protocol},
    session::{Limits, Live, Session, SessionKey, SessionOver, SingleSignOn},
};

fn totp() -> FactorKind {
    FactorKind::totp()
}

fn factor(number: u8) -> Enrolment {
    fixture::factor(number, "totp")
}

/// An errand that begins at `begun`, from a session that was proved at 0.
fn errand(wish: Wish, begun: i64) -> Login {
    let live = session(vec![evidence(1, "totp", 0)], 0)
        .used(at(begun))
        .live(BROWSER, Limits::ACCOUNT, at(begun))
        .unwrap();
    errand_of(&live, wish, begun)
}

fn errand_of(live: &Live, wish: Wish, begun: i64) -> Login {
    let request = AuthnRequest {
        app: AppId::account(),
        protocol: Protocol::Account,
        ..request()
    };
    let (id, reference) = (LoginId::from_bytes([1; 16]), Reference::from_random([1; 8]));
    Login::on_errand(id, reference, request, live, wish, at(begun))
}

fn code() -> Prompt {
    Prompt::Code {
        digits: Some(6),
        hint: String::new(),
    }
}

/// What the gate says of it at `now`.
fn settled(login: Login, has: &[Enrolment], now: i64) -> Result<Settled, FlowError> {
    let kinds = Kinds::new([Traits {
        kind: totp(),
        amr: &["otp"],
        role: Role::Primary,
        strength: Strength::OneTimeCode,
        enrols_inline: true,
    }]);
    let rule = Rule {
        name: "everyone".into(),
        when: None,
        then: Verdict::Require {
            factors: vec![totp()],
            first_enrolment: FirstEnrolment::Inline,
            max_age: None,
            accepts_upstream: false,
        },
    };
    let policy = Policy::new(vec![rule], &kinds).unwrap();
    let networks: BTreeSet<NetworkId> = BTreeSet::new();
    login.settle(&World {
        policy: &policy,
        kinds: &kinds,
        networks: Some(&networks),
        enrolments: has,
        belief: None,
        active: true,
        valid_from: DateTime::UNIX_EPOCH,
        word_from: DateTime::UNIX_EPOCH,
        takes: SingleSignOn::Shared,
        answer: AnswerId::from_bytes([4; 16]),
        session: SessionId::from_bytes([5; 16]),
        now: at(now),
    })
}

fn name(settled: &Result<Settled, FlowError>) -> &'static str {
    match settled {
        Ok(Settled::Enrol(..)) => "enrol",
        Ok(Settled::Granted(..)) => "granted",
        Ok(Settled::OfferRecovery(..)) => "offer",
        Ok(Settled::Refused(..)) => "refused",
        Ok(Settled::StartOver(..)) => "start over",
        Ok(Settled::StepUp(..)) => "step up",
        Err(error) => error.code(),
    }
}

/// The code of the app, asked for and given at these seconds.
fn proved(login: Login, asked: i64, given: i64) -> Login {
    login
        .challenged(
            &totp(),
            &[factor(1)],
            code(),
            Memo::default(),
            vec![totp()],
            at(asked),
        )
        .and_then(|login| login.passed(evidence(1, "totp", given), at(given)))
        .unwrap()
}

#[test]
fn mf_41_the_proof_of_the_session_counts_only_if_it_was_fresh_when_the_errand_began() {
    let (add, prove) = (Wish::Add(totp()), Wish::Prove);
    let table = [
        (&add, 299, 299, "enrol"),
        (&add, 299, 299 + 599, "enrol"),
        (&add, 299, 299 + 600, "login_expired"),
        (&add, 300, 300, "step up"),
        (&prove, 299, 299, "granted"),
        (&prove, 300, 300, "step up"),
    ];
    for (wish, begun, now, expect) in table {
        let settled = settled(errand(wish.clone(), begun), &[factor(1)], now);
        assert_eq!(name(&settled), expect, "{wish:?} begun {begun}, now {now}");
    }
}

#[test]
fn mf_41_a_proof_of_a_factor_that_is_gone_does_not_count() {
    let gone = settled(errand(Wish::Add(totp()), 10), &[factor(2)], 10);
    assert_eq!(name(&gone), "step up");
}

/// MF-41: an errand ends with the first right proof, however long the person took for it.
#[test]
fn mf_41_a_proof_that_took_more_than_two_minutes_ends_the_errand() {
    // Seconds from the beginning of the errand to the proof, and from there to the decision.
    let table = [
        (1, 0, "granted"),
        (121, 0, "granted"),
        (599, 0, "granted"),
        (121, 400, "granted"),
        // A node whose clock is ahead by no more than clocks may be.
        (121, -120, "granted"),
        (121, -121, "step up"),
    ];
    for (took, later, expect) in table {
        let begun = 300;
        let login = errand(Wish::Prove, begun);
        assert_eq!(
            name(&settled(login.clone(), &[factor(1)], begun)),
            "step up"
        );
        let proved = proved(login, begun, begun + took);
        let settled = settled(proved, &[factor(1)], begun + took + later);
        assert_eq!(name(&settled), expect, "{took} {later}");
    }
}

#[test]
fn a_wish_is_fulfilled_once_and_then_the_session_is_renewed() {
    let begun = errand(Wish::Add(totp()), 10);
    let enrolling = begun
        .enrolling(totp(), code(), Memo::default(), at(10))
        .unwrap();
    assert_eq!(name(&settled(enrolling.clone(), &[factor(1)], 20)), "enrol");
    let done = enrolling.enrolled(&factor(2), true, at(20)).unwrap();
    assert_eq!(done.errand().unwrap().wish(), &Wish::Prove);
    let Ok(Settled::Granted(_, grant)) = settled(done, &[factor(1), factor(2)], 20) else {
        panic!("no grant");
    };
    assert_eq!(grant.evidence().len(), 2);
}

/// However many errands follow one another, the description of the person is as old as the passing of the first door.
#[test]
fn wa_02_no_errand_makes_a_session_younger() {
    let browser = BROWSER;
    let mut session = session(vec![evidence(1, "totp", 0)], 0);
    let (minute, hour) = (60, 3600);
    for begun in (14 * minute..hour).step_by(14 * minute as usize) {
        let live = session
            .used(at(begun))
            .live(browser, Limits::ACCOUNT, at(begun))
            .unwrap();
        let login = errand_of(&live, Wish::Prove, begun);
        assert!(login.expires_at() <= at(hour), "{begun}");
        let proved = proved(login, begun, begun);
        let Ok(Settled::Granted(_, grant)) = settled(proved, &[factor(1)], begun) else {
            panic!("no grant at {begun}");
        };
        assert_eq!((grant.known_since(), grant.at()), (at(0), at(begun)));
        session = Session::begun(SessionKey([3; 32]), browser, &grant, Limits::USUAL);
    }
    let over = session
        .used(at(hour))
        .live(browser, Limits::ACCOUNT, at(hour));
    assert_eq!(over, Err(SessionOver::TooOld));
}

#[test]
fn what_was_put_off_is_not_asked_for_again() {
    let code = Prompt::SaveCodes {
        codes: vec![],
        replaces: false,
    };
    let off = errand(Wish::Add(totp()), 10)
        .enrolling(totp(), code, Memo::default(), at(10))
        .and_then(|login| login.put_off(at(20)))
        .unwrap();
    assert_eq!(name(&settled(off, &[factor(1)], 20)), "granted");
}
