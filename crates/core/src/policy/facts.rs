//! What is known when a decision is made.
//!
//! Owns [`Facts`], and no reading: whoever asks has read them just before (invariant 5).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Doubt, Kinds};
use crate::{
    evidence::{Enrolment, Evidence},
    id::{AppId, NetworkId},
    identity::Person,
};

/// What is known when a decision is made.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Who.
    pub person: &'a Person,
    /// The person, their upstream and the application are not disabled.
    pub active: bool,
    /// For which application.
    pub app: &'a AppId,
    /// From which named networks; `None` if the address is not known.
    pub networks: Option<&'a BTreeSet<NetworkId>>,
    /// What was passed in this login, and of what a session remembers what counts here.
    pub evidence: &'a [Evidence],
    /// When a second factor was passed at the upstream, by a word of it that is believed; or why none is.
    pub upstream_factor: Result<DateTime<Utc>, Doubt>,
    /// What the person has registered, read now.
    pub enrolments: &'a [Enrolment],
    /// Which kinds are switched on.
    pub kinds: &'a Kinds,
    /// When the person came: what they proved up to five minutes before that, or since, is proof enough that it is
    /// them who sets up a factor (attack row MF-41).
    pub came_at: DateTime<Utc>,
    /// Now.
    pub now: DateTime<Utc>,
}
