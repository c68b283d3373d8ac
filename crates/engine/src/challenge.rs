//! Step 7, using a factor: a challenge is put, the answer is counted, then judged.
//!
//! Owns which factors an answer is held against, and what a right one changes. Does not own whether it is right (the
//! factor says so), nor whether it is enough (policy does).

use std::cmp::Reverse;

use vestibule_core::{
    audit::AuditEvent,
    evidence::{Enrolment, Evidence, Role},
    flow::{Login, Settled, Stage, Step},
    id::{EnrolmentId, FactorKind},
    identity::Person,
    port::{Answer, EnrolmentChange, NoticeKind, Verdict},
    request::Memo,
    throttle::Alarm,
};

use crate::{
    Ask, Engine, Fault, Outcome, ProblemKind, Visitor,
    limits::keys_of_success,
    snapshot::Snapshot,
    stop::{Stop, Turned},
    turn::Turn,
};

/// The challenge that is open.
struct Open {
    kind: FactorKind,
    enrolments: Vec<EnrolmentId>,
    memo: Memo,
    ways: Vec<FactorKind>,
}

/// A right answer.
struct Passed {
    person: Person,
    kind: FactorKind,
    /// The factor as the answer leaves it.
    next: Enrolment,
    /// How often it can still be used, if that is limited.
    left: Option<usize>,
    /// What the owner hears if it turns out not to count.
    alarm: Option<Alarm>,
}

impl Engine {
    /// Puts the first challenge: the kind that the person used last, else the strongest, else the rule's first.
    pub(crate) async fn challenge_first(
        &self,
        turn: Turn,
        ways: Vec<FactorKind>,
        enrolments: &[Enrolment],
    ) -> Turned {
        let ways = self.strongest_first(self.ways_left(&turn, ways).await?);
        let candidates = || {
            enrolments
                .iter()
                .filter(|e| e.is_usable() && ways.contains(&e.kind))
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
            ways.iter()
                .find_map(|kind| candidates().find(|e| e.kind == *kind))
        };
        match last_used.or_else(by_rule) {
            Some(enrolment) => {
                let kind = enrolment.kind.clone();
                self.challenge(turn, &kind, enrolments, ways).await
            }
            None => Err(self.no_such_way(&turn.login)),
        }
    }

    /// The person chose another way: it must be one that policy leaves open now.
    pub(crate) async fn challenge_kind(&self, turn: Turn, kind: &FactorKind) -> Turned {
        let snapshot = self.look(&turn).await?;
        match self.verdict(&turn.login, &snapshot)? {
            Settled::StepUp(_, next) => {
                let ways = self.strongest_first(self.ways_left(&turn, next.kinds).await?);
                if ways.contains(kind) {
                    self.challenge(turn, kind, &snapshot.enrolments, ways).await
                } else {
                    self.go_on(turn).await
                }
            }
            _ => self.go_on(turn).await,
        }
    }

    fn no_such_way(&self, login: &Login) -> Stop {
        self.problem(
            login,
            ProblemKind::Finished,
            "factor_not_offered",
            "this factor is not offered in this login",
        )
    }

    async fn challenge(
        &self,
        turn: Turn,
        kind: &FactorKind,
        enrolments: &[Enrolment],
        ways: Vec<FactorKind>,
    ) -> Turned {
        let turn = self.put_challenge(turn, kind, enrolments, ways).await?;
        let turn = self.commit(turn).await?;
        self.present(&turn.login, None)
    }

    /// A new challenge, for all that the person can use of this kind. Not committed yet.
    pub(crate) async fn put_challenge(
        &self,
        turn: Turn,
        kind: &FactorKind,
        enrolments: &[Enrolment],
        ways: Vec<FactorKind>,
    ) -> Turned<Turn> {
        let now = self.parts.clock.now();
        let mut enrolled: Vec<Enrolment> = enrolments
            .iter()
            .filter(|e| e.is_usable() && e.kind == *kind)
            .cloned()
            .collect();
        enrolled.sort_by_key(|e| Reverse(e.last_used_at));
        let (Some(factor), Some(person), false) = (
            self.parts.factors.get(kind),
            turn.login.person(),
            enrolled.is_empty(),
        ) else {
            return Err(self.no_such_way(&turn.login));
        };
        let put = factor.challenge(person, &enrolled, now).await;
        let (prompt, memo) = put.map_err(|error| self.factor_failed(&turn.login, &error))?;
        turn.step(self, |login| {
            login.challenged(kind, &enrolled, prompt, memo, ways, now)
        })
    }

    /// The other ways, for the person to choose from.
    ///
    /// # Errors
    /// [`Problem`](crate::Problem).
    pub async fn other_ways(&self, handle: &str, visitor: Visitor) -> Outcome {
        let shown = async { self.list_ways(self.load_page(handle, visitor).await?).await };
        self.tell(shown.await)
    }

    async fn list_ways(&self, turn: Turn) -> Turned {
        let ways = match turn.login.stage() {
            Stage::Between(between) => match &between.step {
                Step::Challenge { ways, .. } => ways.clone(),
                Step::Decide | Step::Enrol { .. } => Vec::new(),
            },
            _ => Vec::new(),
        };
        if ways.is_empty() || turn.login.ensure_open(self.parts.clock.now()).is_err() {
            return self.go_on(turn).await;
        }
        Ok(self.screen(&turn.login, Ask::AnotherWay(ways), None))
    }

    /// The person answered: the open challenge, or to confirm what is being set up.
    pub(crate) async fn answer(&self, turn: Turn, answer: Answer) -> Turned {
        let Stage::Between(between) = turn.login.stage() else {
            return self.go_on(turn).await;
        };
        match between.step.clone() {
            Step::Challenge {
                kind,
                enrolments,
                memo,
                ways,
                ..
            } => {
                let open = Open {
                    kind,
                    enrolments,
                    memo,
                    ways,
                };
                self.verify(turn, open, answer).await
            }
            Step::Enrol { kind, memo, .. } => self.confirm(turn, kind, memo, answer).await,
            Step::Decide => self.go_on(turn).await,
        }
    }

    async fn verify(&self, turn: Turn, open: Open, answer: Answer) -> Turned {
        let snapshot = self.look(&turn).await?;
        let now = self.parts.clock.now();
        let enrolled: Vec<Enrolment> = snapshot
            .enrolments
            .iter()
            .filter(|e| open.enrolments.contains(&e.id) && e.kind == open.kind && e.is_usable())
            .cloned()
            .collect();
        let (Some(factor), Some(person), false) = (
            self.parts.factors.get(&open.kind),
            turn.login.person().cloned(),
            enrolled.is_empty(),
        ) else {
            // Removed, disabled or switched off meanwhile: ask policy again.
            return self
                .decide(turn.step(self, |login| login.reconsider(now))?)
                .await;
        };
        let charged = self
            .charge_factor(&turn, &open.kind, &person, &snapshot, &open.ways)
            .await?;
        let alarm = match charged {
            Ok(alarm) => alarm,
            Err(refused) => return Ok(refused),
        };
        let judged = factor
            .verify(&open.memo, &person, &enrolled, &answer, now)
            .await;
        match judged.map_err(|error| self.factor_failed(&turn.login, &error))? {
            Verdict::Waiting(memo) => {
                let turn = turn.step(self, |login| login.waiting(memo, now))?;
                let turn = self.commit(turn).await?;
                self.present(&turn.login, None)
            }
            Verdict::Wrong(code) => self.wrong(&turn, &open.kind, &person, code, alarm).await,
            Verdict::Spent(code) => {
                let failed = turn.untouched();
                let turn = self
                    .put_challenge(turn, &open.kind, &snapshot.enrolments, open.ways)
                    .await?;
                self.spent(failed, turn, &open.kind, code).await
            }
            Verdict::Passed(next) => {
                let passed = Passed {
                    person,
                    kind: open.kind,
                    left: factor.uses_left(&next),
                    next: *next,
                    alarm,
                };
                self.pass(turn, passed, snapshot).await
            }
        }
    }

    /// A right answer counts, if what it used up can be used up in the transaction that decides.
    async fn pass(&self, turn: Turn, passed: Passed, mut snapshot: Snapshot) -> Turned {
        let Passed {
            person,
            kind,
            next,
            left,
            alarm,
        } = passed;
        let (asked, now) = (turn.untouched(), self.parts.clock.now());
        let evidence = Evidence {
            person: person.id.clone(),
            kind: kind.clone(),
            enrolment: next.id,
            at: now,
        };
        let mut turn = turn.step(self, |login| login.passed(evidence, now))?;
        turn.commit.clear = keys_of_success(turn.visitor, &person);
        let replaced = EnrolmentChange::Replace(next.clone());
        turn.commit.enrolments.push(replaced);
        for slot in snapshot.enrolments.iter_mut().filter(|e| e.id == next.id) {
            *slot = next.clone();
        }
        match self.settle(turn, snapshot, Some(kind.clone())).await {
            // The code was burnt by another login at this very moment: here it is used already.
            Err(Stop::FactorOvertaken) => {
                self.wrong(&asked, &kind, &person, "factor_changed", alarm)
                    .await
            }
            Err(stop) => Err(stop),
            Ok(shown) => {
                if let Some(left) = left {
                    self.notify(&asked, &person, NoticeKind::BackupCodeUsed { left })
                        .await;
                }
                Ok(shown)
            }
        }
    }

    /// Wrong, and what was asked stands. If it was an attempt of which the owner must hear, they do.
    pub(crate) async fn wrong(
        &self,
        turn: &Turn,
        kind: &FactorKind,
        person: &Person,
        code: &'static str,
        alarm: Option<Alarm>,
    ) -> Turned {
        let record = self.failure(turn, AuditEvent::Factor).with_factor(kind);
        self.write_down(record.because(code, None)).await;
        let shown = self.present(&turn.login, Some(Fault::Wrong));
        self.alarm(turn, person, alarm).await;
        shown
    }

    /// Wrong, and what was asked is used up: `renewed` asks anew, in the transaction that writes the failure down.
    pub(crate) async fn spent(
        &self,
        failed: Turn,
        renewed: Turn,
        kind: &FactorKind,
        code: &'static str,
    ) -> Turned {
        let record = self.failure(&failed, AuditEvent::Factor).with_factor(kind);
        let record = record.because(code, None);
        match self.try_commit(renewed.noting(record.clone())).await {
            Ok(turn) => self.present(&turn.login, Some(Fault::Wrong)),
            Err((login, error)) => {
                // Another answer was faster, and used the challenge up. This one failed all the same.
                self.write_down(record).await;
                Err(self.store_failed(&login, &error))
            }
        }
    }
}
