//! Step 7, using a factor: a challenge is put, the answer is counted, then judged.

use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    evidence::{Enrolment, Evidence, Role},
    flow::{Login, Settled, Stage, Step},
    id::{EnrolmentId, FactorKind},
    identity::Person,
    port::{Answer, EnrolmentChange, Notice, NoticeKind, Verdict},
    request::Memo,
    throttle::{Charge, ThrottleKey},
};

use crate::{Ask, Engine, Fault, Outcome, Problem, ProblemKind, Shown, Visitor, turn::Turn};

impl Engine {
    /// Puts the first challenge: the kind that the person used last, else the rule's first.
    pub(crate) async fn challenge_first(
        &self,
        turn: Turn,
        kinds: &[FactorKind],
        enrolments: &[Enrolment],
    ) -> Outcome {
        let candidates = || {
            enrolments
                .iter()
                .filter(|e| e.is_usable() && kinds.contains(&e.kind))
        };
        let primary = |kind: &FactorKind| {
            self.kinds
                .of(kind)
                .is_some_and(|traits| traits.role == Role::Primary)
        };
        let last_used = candidates()
            .filter(|e| primary(&e.kind) && e.last_used_at.is_some())
            .max_by_key(|e| e.last_used_at);
        let by_rule = || {
            kinds
                .iter()
                .find_map(|kind| candidates().find(|e| e.kind == *kind))
        };
        match last_used.or_else(by_rule) {
            Some(enrolment) => self.challenge(turn, enrolment).await,
            None => Err(self.no_such_way(&turn.login)),
        }
    }

    /// The person chose another way: it must be one that policy leaves open.
    pub(crate) async fn challenge_kind(&self, turn: Turn, kind: &FactorKind) -> Outcome {
        let sight = self.look(&turn).await?;
        match self.verdict(&turn.login, &sight)? {
            Settled::StepUp(_, next) if next.kinds.contains(kind) => {
                let enrolment = sight
                    .enrolments
                    .iter()
                    .find(|e| e.is_usable() && e.kind == *kind);
                match enrolment {
                    Some(enrolment) => self.challenge(turn, enrolment).await,
                    None => Err(self.no_such_way(&turn.login)),
                }
            }
            _ => self.go_on(turn).await,
        }
    }

    fn no_such_way(&self, login: &Login) -> Problem {
        self.problem(
            login,
            ProblemKind::Finished,
            "factor_not_offered",
            "this factor is not offered in this login",
        )
    }

    async fn challenge(&self, turn: Turn, enrolment: &Enrolment) -> Outcome {
        let now = self.parts.clock.now();
        let (Some(factor), Some(person)) =
            (self.parts.factors.get(&enrolment.kind), turn.login.person())
        else {
            return Err(self.no_such_way(&turn.login));
        };
        let put = factor.challenge(person, enrolment, now).await;
        let (prompt, memo) = put.map_err(|error| self.factor_failed(&turn.login, &error))?;
        let turn = turn.step(self, |login| login.challenged(enrolment, prompt, memo, now))?;
        let turn = self.commit(turn).await?;
        self.present(&turn.login, None).await
    }

    /// The other ways, for the person to choose from.
    ///
    /// # Errors
    /// [`Problem`].
    pub async fn other_ways(&self, handle: &str, visitor: Visitor) -> Outcome {
        let turn = self.load_page(handle, visitor).await?;
        if turn.login.person().is_none() {
            return self.go_on(turn).await;
        }
        let ways = self.ways(&turn.login).await?;
        let turn = self.commit(turn).await?;
        if ways.is_empty() {
            self.go_on(turn).await
        } else {
            Ok(self.screen(&turn.login, Ask::AnotherWay(ways), None))
        }
    }

    /// The person typed a code: for the open challenge, or to confirm what is being set up.
    pub(crate) async fn answer(&self, turn: Turn, answer: Answer) -> Outcome {
        let Stage::Between(between) = turn.login.stage() else {
            return self.go_on(turn).await;
        };
        match between.step.clone() {
            Step::Challenge {
                kind,
                enrolment,
                memo,
                ..
            } => self.verify(turn, kind, enrolment, memo, answer).await,
            Step::Enrol { kind, memo, .. } => self.confirm(turn, kind, memo, answer).await,
            Step::Decide => self.go_on(turn).await,
        }
    }

    async fn verify(
        &self,
        turn: Turn,
        kind: FactorKind,
        id: EnrolmentId,
        memo: Memo,
        answer: Answer,
    ) -> Outcome {
        let mut sight = self.look(&turn).await?;
        let position = sight
            .enrolments
            .iter()
            .position(|e| e.id == id && e.kind == kind && e.is_usable());
        let enrolled = position.and_then(|at| sight.enrolments.get(at).cloned());
        let (Some(factor), Some(enrolled), Some(person)) = (
            self.parts.factors.get(&kind),
            enrolled,
            turn.login.person().cloned(),
        ) else {
            // Removed, disabled or switched off meanwhile: ask policy again.
            let now = self.parts.clock.now();
            return self
                .decide(turn.step(self, |login| login.reconsider(now))?)
                .await;
        };
        if let Some(refused) = self.charge(&turn, &kind, &person).await? {
            return Ok(refused);
        }
        let now = self.parts.clock.now();
        match factor.verify(&memo, &person, &enrolled, &answer, now).await {
            Err(error) => Err(self.factor_failed(&turn.login, &error)),
            Ok(Verdict::Waiting(_)) => self.present(&turn.login, None).await,
            Ok(Verdict::Wrong) => self.wrong(turn, &kind).await,
            Ok(Verdict::Passed(next)) => {
                let evidence = Evidence {
                    person: person.id.clone(),
                    kind: kind.clone(),
                    enrolment: id,
                    at: now,
                };
                let asked = Turn::loaded(turn.login.clone(), turn.visitor);
                let mut turn = turn.step(self, |login| login.passed(evidence, now))?;
                turn.commit.clear = self.attempt_keys(&turn, &person);
                turn.commit
                    .enrolments
                    .push(EnrolmentChange::Replace((*next).clone()));
                let left = factor.uses_left(&next);
                if let Some(slot) = position.and_then(|at| sight.enrolments.get_mut(at)) {
                    *slot = *next;
                }
                let (login, visitor) = (turn.login.clone(), turn.visitor);
                let outcome = match self.settle(turn, sight, Some(kind.clone())).await {
                    // The code was burnt by another login at this very moment: here it is used already.
                    Err(problem) if problem.kind == ProblemKind::FactorOvertaken => {
                        return self.wrong(asked, &kind).await;
                    }
                    outcome => outcome,
                };
                if let (Ok(_), Some(left)) = (&outcome, left) {
                    self.notify(
                        &login,
                        &person,
                        visitor,
                        NoticeKind::BackupCodeUsed { left },
                    )
                    .await;
                }
                outcome
            }
        }
    }

    /// Counts an attempt before it is judged. `Some`: it must not be judged.
    pub(crate) async fn charge(
        &self,
        turn: &Turn,
        kind: &FactorKind,
        person: &Person,
    ) -> Result<Option<Shown>, Problem> {
        let keys = self.attempt_keys(turn, person);
        let charged = self.parts.store.charge(&keys, self.parts.clock.now()).await;
        let (fault, code) = match charged.map_err(|error| self.store_failed(&turn.login, &error))? {
            Charge::Go => return Ok(None),
            Charge::Locked => (Fault::Locked, "attempts_locked"),
            Charge::Wait(until) => (Fault::Wait(until), "attempts_wait"),
        };
        let record = self.record(
            &turn.login,
            turn.visitor,
            AuditEvent::Factor,
            AuditResult::Failure,
        );
        self.write_down(AuditRecord {
            factor: Some(kind.clone()),
            ..record.because(code, None)
        })
        .await;
        self.present(&turn.login, Some(fault)).await.map(Some)
    }

    pub(crate) fn attempt_keys(&self, turn: &Turn, person: &Person) -> Vec<ThrottleKey> {
        let source = turn.visitor.address.map(ThrottleKey::Source);
        [ThrottleKey::Factors(person.id.clone())]
            .into_iter()
            .chain(source)
            .collect()
    }

    pub(crate) async fn wrong(&self, turn: Turn, kind: &FactorKind) -> Outcome {
        let record = self.record(
            &turn.login,
            turn.visitor,
            AuditEvent::Factor,
            AuditResult::Failure,
        );
        self.write_down(AuditRecord {
            factor: Some(kind.clone()),
            ..record.because("code_wrong", None)
        })
        .await;
        self.present(&turn.login, Some(Fault::Wrong)).await
    }

    pub(crate) async fn notify(
        &self,
        login: &Login,
        person: &Person,
        visitor: Visitor,
        kind: NoticeKind,
    ) {
        let Some(mail) = person.mail.clone() else {
            return;
        };
        let notice = Notice {
            to: mail,
            name: person.label().to_owned(),
            kind,
            at: self.parts.clock.now(),
            address: visitor.address,
            reference: Some(login.reference().clone()),
        };
        if let Err(error) = self.parts.notifier.send(&notice).await {
            tracing::warn!(reference = %login.reference(), %error, "a notice could not be sent");
        }
    }
}
