//! The port to kinds of second factor.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use thiserror::Error;

use super::{Answer, Prompt};
use crate::{
    evidence::{Enrolment, Traits},
    identity::Person,
    request::Memo,
};

/// A kind of factor: step 7.
#[async_trait]
pub trait Factor: Send + Sync {
    /// What it is.
    fn traits(&self) -> &Traits;

    /// Puts a challenge to a registered factor.
    ///
    /// # Errors
    /// [`FactorError`] if it cannot be asked now.
    async fn challenge(
        &self,
        who: &Person,
        enrolled: &Enrolment,
        now: DateTime<Utc>,
    ) -> Result<(Prompt, Memo), FactorError>;

    /// Judges the answer. Attempts are counted before this is called, by the core's own rules.
    ///
    /// # Errors
    /// [`FactorError`] when there is no verdict; it never counts as passed.
    async fn verify(
        &self,
        memo: &Memo,
        who: &Person,
        enrolled: &Enrolment,
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
    /// Right. The enrolment is as it must be stored from now on: the code that was used is burnt in it.
    Passed(Box<Enrolment>),
    /// Not decided yet; ask again later.
    Waiting(Memo),
    /// Wrong.
    Wrong,
}

/// Setting a factor up.
#[async_trait]
pub trait Enrol: Send + Sync {
    /// Makes a new secret and shows it.
    ///
    /// # Errors
    /// [`FactorError`] if none can be made now.
    async fn begin(&self, who: &Person, now: DateTime<Utc>) -> Result<(Prompt, Memo), FactorError>;

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
    /// Wrong code.
    Wrong,
}

/// What a confirmed factor consists of.
#[derive(Debug)]
pub struct NewEnrolment {
    /// The name that it is shown under.
    pub label: String,
    /// What the kind stores.
    pub secret: Memo,
    /// Confirming it needed a right answer, which is evidence.
    pub proven: bool,
}

/// Why there is no verdict. Never a reason to let somebody pass (attack row MF-11).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FactorError {
    /// The stored secret or memo cannot be read.
    #[error("{0}")]
    Corrupt(String),
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
            Self::Unreachable(_) => "factor_unreachable",
            Self::WrongForm => "factor_wrong_form",
        }
    }
}
