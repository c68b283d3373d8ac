//! What the tests of all kinds need: a person, an enrolment, a clock's moments, entropy that can be foretold.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, Utc};
use vestibule_core::{
    evidence::Enrolment,
    id::{EnrolmentId, FactorKind, UpstreamId},
    identity::{Attributes, Person, PersonId, Subject, UpstreamProof},
    port::{Answer, Entropy},
    request::Memo,
};

/// Bytes that differ from call to call and are the same in each run (splitmix64).
pub(crate) struct Foretold(AtomicU64);

impl Foretold {
    pub(crate) fn entropy(seed: u64) -> Arc<dyn Entropy> {
        Arc::new(Self(AtomicU64::new(seed)))
    }
}

impl Entropy for Foretold {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = (mixed >> 56) as u8;
        }
    }
}

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

pub(crate) fn code(text: &str) -> Answer {
    Answer::Code(text.to_owned().into())
}

pub(crate) fn person(name: &str, mail: Option<&str>) -> Person {
    Person {
        id: PersonId::new(UpstreamId::new("keycloak").unwrap(), name),
        subject: Subject::plain(name),
        mail: mail.map(str::to_owned),
        display_name: None,
        given_name: None,
        family_name: None,
        groups: [].into(),
        upstream_proof: UpstreamProof::default(),
        attributes: Attributes::new(),
    }
}

pub(crate) fn enrolment(who: &Person, kind: FactorKind, secret: Memo) -> Enrolment {
    Enrolment {
        id: EnrolmentId::from_bytes([7; 16]),
        person: who.id.clone(),
        kind,
        label: "My telephone".to_owned(),
        secret,
        disabled: false,
        spent: false,
        created_at: at(1),
        last_used_at: None,
        revision: 4,
    }
}
