//! Step 8: the only thing an assertion can be minted from.
//!
//! **Invariant:** [`Grant`] has no `Clone`, no `Serialize` and no public constructor. [`crate::flow::Login::settle`]
//! makes it, and nothing else does.

use chrono::{DateTime, Utc};

use crate::{
    assurance::Assurance,
    evidence::Evidence,
    id::{AnswerId, LoginId, Reference, SessionId},
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
    remembered: Vec<Evidence>,
    evidence: Vec<Evidence>,
    assurance: Assurance,
    basis: Basis,
    rule: String,
    session: SessionId,
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
        remembered: Vec<Evidence>,
        evidence: Vec<Evidence>,
        assurance: Assurance,
        basis: Basis,
        rule: String,
        session: SessionId,
        known_since: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            answer,
            login,
            reference,
            request,
            person,
            remembered,
            evidence,
            assurance,
            basis,
            rule,
            session,
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

    /// What the session remembers that the person came from, whether it counted here or not.
    #[must_use]
    pub fn remembered(&self) -> &[Evidence] {
        &self.remembered
    }

    /// The factors that were passed, in this login or before, and that counted.
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

    /// The session that it begins or goes on with.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// When the person came by the first door: from a session, long before the grant. No session is younger than that.
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
