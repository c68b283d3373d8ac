//! Things to store.

use chrono::{DateTime, TimeDelta, Utc};
use vestibule_core::{
    assurance::Demand,
    audit::{AuditEvent, AuditRecord, AuditResult},
    evidence::Enrolment,
    flow::Login,
    id::{AppId, EnrolmentId, FactorKind, LoginId, Reference, UpstreamId},
    identity::PersonId,
    port::{PersonRecord, ReplayMark, ReplayPurpose},
    request::{AuthnRequest, Memo, Protocol, Refusal},
};

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

pub(crate) fn after(seconds: i64) -> DateTime<Utc> {
    now() + TimeDelta::seconds(seconds)
}

pub(crate) fn login(number: u8) -> Login {
    let request = AuthnRequest {
        app: AppId::new("jira").unwrap(),
        protocol: Protocol::Saml,
        reply: Memo::of(&("id-1", "relay")).unwrap(),
        login_hint: None,
        force_authn: false,
        max_age: None,
        passive: false,
        demand: Demand::default(),
    };
    let id = LoginId::from_bytes([number; 16]);
    Login::open(id, Reference::from_random([number; 8]), request, now())
}

pub(crate) fn closed(login: Login) -> Login {
    login.refused(Refusal::Cancelled).unwrap()
}

pub(crate) fn upstream() -> UpstreamId {
    UpstreamId::new("keycloak").unwrap()
}

pub(crate) fn alice() -> PersonId {
    PersonId::new(upstream(), "alice")
}

pub(crate) fn person(name: &str) -> PersonRecord {
    PersonRecord {
        id: PersonId::new(upstream(), name),
        display_name: Some(name.to_uppercase()),
        mail: Some(format!("{name}@acme.example")),
        disabled: false,
        first_seen: now(),
        last_seen: Some(now()),
        valid_from: chrono::DateTime::UNIX_EPOCH,
    }
}

pub(crate) fn enrolment(number: u8) -> Enrolment {
    Enrolment {
        id: EnrolmentId::from_bytes([number; 16]),
        person: alice(),
        kind: FactorKind::totp(),
        label: format!("phone {number}"),
        secret: Memo::of(&("JBSWY3DPEHPK3PXP", number)).unwrap(),
        disabled: false,
        spent: false,
        created_at: after(i64::from(number)),
        last_used_at: None,
        revision: 0,
    }
}

pub(crate) fn mark(value: &str) -> ReplayMark {
    ReplayMark {
        purpose: ReplayPurpose::SamlAssertion,
        owner: "https://idp.example/metadata".into(),
        value: value.into(),
        keep_until: after(300),
    }
}

pub(crate) fn record(detail: &str) -> AuditRecord {
    AuditRecord {
        reference: Some(Reference::from_random([1; 8])),
        person: Some(alice()),
        address: Some("192.0.2.1".parse().unwrap()),
        ..AuditRecord::new(now(), AuditEvent::Login, AuditResult::Success)
    }
    .because("", Some(detail))
}
