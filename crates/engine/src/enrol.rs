//! Step 7, setting a factor up: a secret is shown, and counts once it is confirmed.

use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    evidence::Enrolment,
    flow::Settled,
    id::{EnrolmentId, FactorKind},
    port::{Answer, EnrolVerdict, EnrolmentChange, NoticeKind},
    request::Memo,
};

use crate::{Engine, Outcome, ProblemKind, settle::Sight, turn::Turn};

impl Engine {
    /// The person chose what to set up: it must be something that policy asks for now.
    pub(crate) async fn enrol_kind(&self, turn: Turn, kind: &FactorKind) -> Outcome {
        let sight = self.look(&turn).await?;
        if self.is_asked_for(&turn, &sight, kind)? {
            self.begin_enrolment(turn, kind).await
        } else {
            self.go_on(turn).await
        }
    }

    fn is_asked_for(
        &self,
        turn: &Turn,
        sight: &Sight,
        kind: &FactorKind,
    ) -> Result<bool, crate::Problem> {
        Ok(match self.verdict(&turn.login, sight)? {
            Settled::Enrol(_, next) | Settled::OfferRecovery(_, next) => next.kinds.contains(kind),
            Settled::Granted(..) | Settled::Refused(..) | Settled::StepUp(..) => false,
        })
    }

    pub(crate) async fn begin_enrolment(&self, turn: Turn, kind: &FactorKind) -> Outcome {
        let now = self.parts.clock.now();
        let factor = self
            .parts
            .factors
            .get(kind)
            .and_then(|factor| factor.enrol());
        let (Some(enrol), Some(person)) = (factor, turn.login.person()) else {
            let detail = format!("the factor `{kind}` cannot be set up during a login");
            return Err(self.problem(
                &turn.login,
                ProblemKind::Unavailable,
                "factor_not_enrollable",
                &detail,
            ));
        };
        let begun = enrol.begin(person, now).await;
        let (prompt, memo) = begun.map_err(|error| self.factor_failed(&turn.login, &error))?;
        let turn = turn.step(self, |login| {
            login.enrolling(kind.clone(), prompt, memo, now)
        })?;
        let turn = self.commit(turn).await?;
        self.present(&turn.login, None).await
    }

    /// Judges the confirmation; a right one makes the factor count from this transaction on.
    pub(crate) async fn confirm(
        &self,
        turn: Turn,
        kind: FactorKind,
        memo: Memo,
        answer: Answer,
    ) -> Outcome {
        let now = self.parts.clock.now();
        let mut sight = self.look(&turn).await?;
        let factor = self
            .parts
            .factors
            .get(&kind)
            .and_then(|factor| factor.enrol());
        let (Some(enrol), Some(person), true) = (
            factor,
            turn.login.person().cloned(),
            self.is_asked_for(&turn, &sight, &kind)?,
        ) else {
            // Another login was faster, or the factor was switched off: ask policy again.
            return self
                .decide(turn.step(self, |login| login.reconsider(now))?)
                .await;
        };
        if let Some(refused) = self.charge(&turn, &kind, &person).await? {
            return Ok(refused);
        }
        let new = match enrol.finish(&memo, &person, &answer, now).await {
            Err(error) => return Err(self.factor_failed(&turn.login, &error)),
            Ok(EnrolVerdict::Wrong) => return self.wrong(turn, &kind).await,
            Ok(EnrolVerdict::Enrolled(new)) => new,
        };
        let enrolment = Enrolment {
            id: EnrolmentId::from_random(self.parts.entropy.bytes()),
            person: person.id.clone(),
            kind: kind.clone(),
            label: new.label,
            secret: new.secret,
            disabled: false,
            spent: false,
            created_at: now,
            last_used_at: new.proven.then_some(now),
            revision: 0,
        };
        let mut turn = turn.step(self, |login| login.enrolled(&enrolment, new.proven, now))?;
        let record = self.record(
            &turn.login,
            turn.visitor,
            AuditEvent::Enrolment,
            AuditResult::Success,
        );
        turn = turn.noting(AuditRecord {
            factor: Some(kind.clone()),
            ..record
        });
        turn.commit.clear = self.attempt_keys(&turn, &person);
        turn.commit
            .enrolments
            .push(EnrolmentChange::Add(enrolment.clone()));
        sight.enrolments.push(enrolment);
        let (login, visitor) = (turn.login.clone(), turn.visitor);
        let outcome = self.settle(turn, sight, None).await;
        if outcome.is_ok() {
            self.notify(&login, &person, visitor, NoticeKind::FactorAdded(kind))
                .await;
        }
        outcome
    }
}
