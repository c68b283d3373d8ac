//! Where a login can stand.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    evidence::Evidence,
    id::{EnrolmentId, FactorKind, UpstreamId},
    identity::{Person, VerifiedIdentity},
    port::Prompt,
    request::{Memo, Refusal},
};

/// SHA-256 of the cookie of the browser that a login is bound to. Only that browser can go on with it.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowserKey(pub [u8; 32]);

impl std::fmt::Debug for BrowserKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BrowserKey(..)")
    }
}

/// Where a login stands. Each state holds what is true in it, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Which upstream is not settled: the person is asked.
    Routing,
    /// The person is at an upstream, or looks at our password form for it.
    AtUpstream {
        /// Which; an answer of another one is refused.
        upstream: UpstreamId,
        /// How they were sent there, to be shown again.
        prompt: Prompt,
        /// What the adapter needs to judge the answer.
        memo: Memo,
    },
    /// The upstream's answer was verified; that it came in the right browser was not.
    Returned {
        /// What the upstream said.
        identity: Box<VerifiedIdentity>,
        /// When: whatever is revoked afterwards is not brought back by waiting with the last step.
        at: DateTime<Utc>,
    },
    /// The person is known and stands between the doors.
    Between(Box<Between>),
    /// Over.
    Closed(Ending),
}

/// What is known of a person who has passed the first door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Between {
    /// Who.
    pub person: Person,
    /// When they came by the first door: from a session, long before this login.
    pub since: DateTime<Utc>,
    /// What the session remembers that they came from.
    pub remembered: Vec<Evidence>,
    /// What was passed at the second door in this login, so far.
    pub evidence: Vec<Evidence>,
    /// Kinds that were offered and put off in this login.
    pub declined: Vec<FactorKind>,
    /// What the person is doing now.
    pub step: Step,
}

/// What a person between the doors is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Answering a challenge.
    Challenge {
        /// The kind of factor.
        kind: FactorKind,
        /// The registered factors of it, one of which must answer.
        enrolments: Vec<EnrolmentId>,
        /// What is shown.
        prompt: Prompt,
        /// What the adapter needs to judge the answer.
        memo: Memo,
        /// The kinds that the rule leaves open, this one among them.
        ways: Vec<FactorKind>,
    },
    /// Nothing yet: policy decides what comes next.
    Decide,
    /// Setting up a factor.
    Enrol {
        /// The kind of factor.
        kind: FactorKind,
        /// What is shown.
        prompt: Prompt,
        /// What the adapter needs to finish.
        memo: Memo,
    },
}

/// How a login ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// With a grant.
    Granted,
    /// With a refusal.
    Refused(Refusal),
}
