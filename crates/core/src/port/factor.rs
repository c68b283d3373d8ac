//! The port to kinds of second factor.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use thiserror::Error;

use super::{Answer, Prompt};
use crate::{
    evidence::{Enrolment, Traits},
    id::{EnrolmentId, FactorKind},
    identity::{Person, PersonId},
    request::Memo,
};

/// A kind of factor: step 7.
#[async_trait]
pub trait Factor: Send + Sync {
    /// What it is.
    fn traits(&self) -> &Traits;

    /// Puts a challenge to what the person has registered of this kind. Any of it may answer: people do not know which
    /// of their keys is the one that was used last.
    ///
    /// `enrolled` is usable and not empty; what was used last comes first.
    ///
    /// # Errors
    /// [`FactorError`] if it cannot be asked now.
    async fn challenge(
        &self,
        who: &Person,
        enrolled: &[Enrolment],
        now: DateTime<Utc>,
    ) -> Result<(Prompt, Memo), FactorError>;

    /// Judges the answer. Attempts are counted before this is called, by the core's own rules.
    ///
    /// `enrolled` is what the challenge was put to, as it is now, without what was removed or disabled since.
    ///
    /// # Errors
    /// [`FactorError`] when there is no verdict; it never counts as passed.
    async fn verify(
        &self,
        memo: &Memo,
        who: &Person,
        enrolled: &[Enrolment],
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<Verdict, FactorError>;

    /// How many uses are left of it; `None` for a kind that does not run out.
    fn uses_left(&self, _enrolled: &Enrolment) -> Option<usize> {
        None
    }

    /// How it is set up; `None` if people cannot do that themselves.
    fn enrol(&self) -> Option<&dyn Enrol> {
        None
    }
}

/// The verdict on an answer.
#[derive(Debug)]
#[must_use]
pub enum Verdict {
    /// Right, by this one of those that were asked. It is as it must be stored from now on: the code that was used is
    /// burnt in it.
    Passed(Box<Enrolment>),
    /// Wrong, for this reason (a stable code), and the challenge is used up: a new one must be put.
    Spent(&'static str),
    /// Not decided yet; ask again later.
    Waiting(Memo),
    /// Wrong, for this reason (a stable code). The same challenge stands.
    Wrong(&'static str),
}

/// Setting a factor up.
#[async_trait]
pub trait Enrol: Send + Sync {
    /// Makes a new secret and shows it, or asks for one. `enrolled` is all that the person has of this kind already,
    /// usable or not.
    ///
    /// # Errors
    /// [`FactorError`] if it cannot be done now.
    async fn begin(
        &self,
        who: &Person,
        enrolled: &[Enrolment],
        now: DateTime<Utc>,
    ) -> Result<(Prompt, Memo), FactorError>;

    /// Judges the confirmation. A factor counts only after this.
    ///
    /// # Errors
    /// [`FactorError`] when there is no verdict.
    async fn finish(
        &self,
        memo: &Memo,
        who: &Person,
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<EnrolVerdict, FactorError>;
}

/// The verdict on a confirmation.
#[derive(Debug)]
#[must_use]
pub enum EnrolVerdict {
    /// Confirmed.
    Enrolled(NewEnrolment),
    /// Wrong, for this reason (a stable code), and what was shown is used up: it must begin anew.
    Spent(&'static str),
    /// Wrong, for this reason (a stable code). What was shown stands.
    Wrong(&'static str),
}

/// What a confirmed factor consists of.
#[derive(Debug)]
pub struct NewEnrolment {
    /// Its id: random, or made of what the kind knows to exist once, so that nobody can register the same thing again
    /// (attack row MF-65). Adding it is a [`Conflict::Enrolment`](super::Conflict::Enrolment) then.
    pub id: EnrolmentId,
    /// The name that it is shown under.
    pub label: String,
    /// What the kind stores.
    pub secret: Memo,
    /// Confirming it needed a right answer, which is evidence.
    pub proven: bool,
}

impl NewEnrolment {
    /// The enrolment, as this person's.
    #[must_use]
    pub fn of(self, person: PersonId, kind: FactorKind, now: DateTime<Utc>) -> Enrolment {
        Enrolment {
            last_used_at: self.proven.then_some(now),
            ..Enrolment::new(self.id, person, kind, self.label, self.secret, now)
        }
    }
}

/// Why there is no verdict. Never a reason to let somebody pass (attack row MF-11).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FactorError {
    /// The stored secret or memo cannot be read.
    #[error("{0}")]
    Corrupt(String),
    /// What is registered was made for another address of ours, and cannot answer here.
    #[error("{0}")]
    Orphaned(String),
    /// The service behind the factor cannot be reached.
    #[error("{0}")]
    Unreachable(String),
    /// The answer is not of the form that this factor takes.
    #[error("the answer is not of the form that this factor takes")]
    WrongForm,
}

impl FactorError {
    /// The reason code for the audit record.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Corrupt(_) => "factor_corrupt",
            Self::Orphaned(_) => "factor_orphaned",
            Self::Unreachable(_) => "factor_unreachable",
            Self::WrongForm => "factor_wrong_form",
        }
    }
}
