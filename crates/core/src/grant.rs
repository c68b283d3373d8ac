//! Step 8: the only thing an assertion can be minted from.
//!
//! **Invariant:** [`Grant`] has no `Clone`, no `Serialize` and no public constructor. [`crate::flow::Login::settle`]
//! makes it, and nothing else does.

use chrono::{DateTime, Utc};

use crate::{
    assurance::Assurance,
    evidence::Evidence,
    id::{AnswerId, LoginId, Reference},
    identity::Person,
    policy::Basis,
    request::AuthnRequest,
};

/// Leave to answer one application's request, once.
#[derive(Debug)]
#[must_use = "a grant that is dropped is a login that the person has to repeat"]
pub struct Grant {
    answer: AnswerId,
    login: LoginId,
    reference: Reference,
    request: AuthnRequest,
    person: Person,
    evidence: Vec<Evidence>,
    assurance: Assurance,
    basis: Basis,
    rule: String,
    known_since: DateTime<Utc>,
    at: DateTime<Utc>,
}

impl Grant {
    /// Only for [`crate::flow`].
    #[expect(
        clippy::too_many_arguments,
        reason = "the one constructor, called in one place; a builder would be a second way in"
    )]
    pub(crate) fn new(
        answer: AnswerId,
        login: LoginId,
        reference: Reference,
        request: AuthnRequest,
        person: Person,
        evidence: Vec<Evidence>,
        assurance: Assurance,
        basis: Basis,
        rule: String,
        known_since: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            answer,
            login,
            reference,
            request,
            person,
            evidence,
            assurance,
            basis,
            rule,
            known_since,
            at,
        }
    }

    /// The id of what is issued for it. Its audit record has it too.
    #[must_use]
    pub fn answer(&self) -> AnswerId {
        self.answer
    }

    /// Of which login.
    #[must_use]
    pub fn login(&self) -> LoginId {
        self.login
    }

    /// The number on the error pages and in the log.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// What the application asked.
    #[must_use]
    pub fn request(&self) -> &AuthnRequest {
        &self.request
    }

    /// Who.
    #[must_use]
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// The factors that were passed.
    #[must_use]
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// What was proved.
    #[must_use]
    pub fn assurance(&self) -> &Assurance {
        &self.assurance
    }

    /// On what it rests.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// By which rule.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// When the person came by the first door: on an errand, long before the grant. No session is younger than that.
    #[must_use]
    pub fn known_since(&self) -> DateTime<Utc> {
        self.known_since
    }

    /// When.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }
}
