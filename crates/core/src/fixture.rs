//! What tests of this crate are made with: one person in one browser, her factors, a login and a session of hers.
//!
//! Owns values that any of them may change. Does not own what is about one noun alone: that stands in its tests.

use chrono::{DateTime, Utc};

use crate::{
    assurance::Demand,
    evidence::{Enrolment, Evidence},
    flow::{BrowserKey, Login},
    id::{AppId, EnrolmentId, FactorKind, LoginId, Reference, UpstreamId},
    identity::{Mapping, Person, Subject, VerifiedIdentity, normalise},
    request::{AuthnRequest, Memo, Protocol},
    session::Session,
};

/// Her browser.
pub(crate) const BROWSER: BrowserKey = BrowserKey([2; 32]);

/// So many seconds after the beginning.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

/// What her upstream says of her: her name.
pub(crate) fn identity() -> VerifiedIdentity {
    VerifiedIdentity {
        upstream: UpstreamId::new("adfs").unwrap(),
        subject: Subject::plain("alice"),
        attributes: Default::default(),
        authn_context: None,
        methods: vec![],
        authenticated_at: None,
        session: None,
        session_ends: None,
        for_logout: None,
        once: None,
    }
}

pub(crate) fn alice() -> Person {
    normalise(&identity(), &Mapping::default()).unwrap()
}

/// A factor of hers, as she set it up at the beginning.
pub(crate) fn factor(number: u8, kind: &str) -> Enrolment {
    Enrolment::new(
        EnrolmentId::from_bytes([number; 16]),
        alice().id,
        FactorKind::new(kind).unwrap(),
        kind,
        Memo::default(),
        at(0),
    )
}

/// She passed that factor.
pub(crate) fn evidence(factor: u8, kind: &str, when: i64) -> Evidence {
    Evidence {
        person: alice().id,
        kind: FactorKind::new(kind).unwrap(),
        enrolment: EnrolmentId::from_bytes([factor; 16]),
        at: at(when),
    }
}

/// Jira asks, and for nothing in particular.
pub(crate) fn request() -> AuthnRequest {
    AuthnRequest {
        app: AppId::new("jira").unwrap(),
        protocol: Protocol::Saml,
        reply: Memo::default(),
        login_hint: None,
        force_authn: false,
        max_age: None,
        passive: false,
        demand: Demand::default(),
    }
}

/// A login that began with this request, in no browser yet.
pub(crate) fn login(request: AuthnRequest) -> Login {
    let reference = Reference::from_random([7; 8]);
    Login::open(LoginId::from_bytes([1; 16]), reference, request, at(0))
}

/// A session that she began then, with these factors.
pub(crate) fn session(evidence: Vec<Evidence>, started: i64) -> Session {
    Session::of(alice(), BROWSER, evidence, at(started))
}
