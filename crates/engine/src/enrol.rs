//! Step 7, setting a factor up: a secret is shown, and counts once it is confirmed.

use vestibule_core::{
    account::replaced,
    audit::AuditEvent,
    evidence::Enrolment,
    flow::Settled,
    id::FactorKind,
    port::{Answer, EnrolVerdict, EnrolmentChange, NoticeKind},
    request::Memo,
};

use crate::{
    Engine, ProblemKind,
    limits::keys_of_success,
    snapshot::Snapshot,
    stop::{Stop, Turned},
    turn::Turn,
};

impl Engine {
    /// The person chose what to set up: it must be something that policy asks for now.
    pub(crate) async fn enrol_kind(&self, turn: Turn, kind: &FactorKind) -> Turned {
        let snapshot = self.look(&turn).await?;
        if self.is_asked_for(&turn, &snapshot, kind)? {
            self.begin_enrolment(turn, kind, &snapshot.enrolments).await
        } else {
            self.go_on(turn).await
        }
    }

    fn is_asked_for(&self, turn: &Turn, snapshot: &Snapshot, kind: &FactorKind) -> Turned<bool> {
        Ok(match self.verdict(&turn.login, snapshot)? {
            Settled::Enrol(_, next) => next.kinds.contains(kind),
            Settled::OfferRecovery(_, offered) => offered == *kind,
            Settled::Granted(..)
            | Settled::Refused(..)
            | Settled::StartOver(..)
            | Settled::StepUp(..) => false,
        })
    }

    pub(crate) async fn begin_enrolment(
        &self,
        turn: Turn,
        kind: &FactorKind,
        enrolments: &[Enrolment],
    ) -> Turned {
        let turn = self.put_enrolment(turn, kind, enrolments).await?;
        let turn = self.commit(turn).await?;
        self.present(&turn.login, None)
    }

    /// Begins to set a factor up. Not committed yet.
    async fn put_enrolment(
        &self,
        turn: Turn,
        kind: &FactorKind,
        enrolments: &[Enrolment],
    ) -> Turned<Turn> {
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
                detail,
            ));
        };
        let enrolled: Vec<Enrolment> = enrolments
            .iter()
            .filter(|e| e.kind == *kind)
            .cloned()
            .collect();
        let begun = enrol.begin(person, &enrolled, now).await;
        let (prompt, memo) = begun.map_err(|error| self.factor_failed(&turn.login, &error))?;
        turn.step(self, |login| {
            login.enrolling(kind.clone(), prompt, memo, now)
        })
    }

    /// Judges the confirmation; a right one makes the factor count from this transaction on.
    pub(crate) async fn confirm(
        &self,
        turn: Turn,
        kind: FactorKind,
        memo: Memo,
        answer: Answer,
    ) -> Turned {
        let now = self.parts.clock.now();
        let mut snapshot = self.look(&turn).await?;
        let factor = self
            .parts
            .factors
            .get(&kind)
            .and_then(|factor| factor.enrol());
        let (Some(enrol), Some(person), true) = (
            factor,
            turn.login.person().cloned(),
            self.is_asked_for(&turn, &snapshot, &kind)?,
        ) else {
            // Another login was faster, or the factor was switched off: ask policy again.
            return self
                .decide(turn.step(self, |login| login.reconsider(now))?)
                .await;
        };
        let charged = self
            .charge_factor(&turn, &kind, &person, &snapshot, &[])
            .await?;
        let alarm = match charged {
            Ok(alarm) => alarm,
            Err(refused) => return Ok(refused),
        };
        let judged = enrol.finish(&memo, &person, &answer, now).await;
        let new = match judged.map_err(|error| self.factor_failed(&turn.login, &error))? {
            EnrolVerdict::Wrong(code) => {
                return self.wrong(&turn, &kind, &person, code, alarm).await;
            }
            EnrolVerdict::Spent(code) => {
                return self
                    .enrol_anew(turn, &kind, &snapshot.enrolments, code)
                    .await;
            }
            EnrolVerdict::Enrolled(new) => new,
        };
        let proven = new.proven;
        let enrolment = new.of(person.id.clone(), kind.clone(), now);
        let asked = turn.untouched();
        let before = snapshot.enrolments.clone();
        let turn = turn.step(self, |login| login.enrolled(&enrolment, proven, now))?;
        let record = self
            .success(&turn, AuditEvent::Enrolment)
            .with_factor(&kind);
        let mut turn = turn.noting(record);
        turn.commit.clear = keys_of_success(turn.visitor, &person);
        turn.commit
            .enrolments
            .push(EnrolmentChange::Add(enrolment.clone()));
        for old in replaced(&self.kinds, &snapshot.enrolments, &kind) {
            let gone = EnrolmentChange::Remove(person.id.clone(), old);
            turn.commit.enrolments.push(gone);
            snapshot.enrolments.retain(|factor| factor.id != old);
        }
        snapshot.enrolments.push(enrolment);
        match self.settle(turn, snapshot, None).await {
            // Somebody has registered the same thing already (attack row MF-65).
            Err(Stop::FactorOvertaken) => {
                self.enrol_anew(asked, &kind, &before, "factor_already_registered")
                    .await
            }
            Err(stop) => Err(stop),
            Ok(shown) => {
                self.notify(&asked, &person, NoticeKind::FactorAdded(kind))
                    .await;
                Ok(shown)
            }
        }
    }

    /// What was shown is used up, and the person begins anew.
    async fn enrol_anew(
        &self,
        turn: Turn,
        kind: &FactorKind,
        enrolments: &[Enrolment],
        code: &'static str,
    ) -> Turned {
        let failed = turn.untouched();
        let turn = self.put_enrolment(turn, kind, enrolments).await?;
        self.spent(failed, turn, kind, code).await
    }
}
