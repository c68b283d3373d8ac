//! Steps 6, 8, 9 and 10: policy is asked; what it allows is committed, then answered.
//!
//! Owns that the commit comes before the answer, and what is written down of a login's end. Does not own the decision
//! ([`Login::settle`] is the one gate), nor the form of an answer (the downstream makes it).

use std::sync::Arc;

use vestibule_core::{
    audit::AuditEvent,
    flow::{Login, Settled, Stage},
    grant::Grant,
    id::FactorKind,
    port::{Downstream, DownstreamError, SessionChange},
    request::{Protocol, Refusal, Reply},
};

use crate::{
    Ask, Engine, ProblemKind, Shown,
    snapshot::Snapshot,
    stop::{Stop, Turned},
    turn::Turn,
};

impl Engine {
    /// What policy says now, without moving the login.
    pub(crate) fn verdict(&self, login: &Login, snapshot: &Snapshot) -> Turned<Settled> {
        login
            .clone()
            .settle(&self.world(snapshot))
            .map_err(|error| self.out_of_step(login, error))
    }

    /// Step 6.
    pub(crate) async fn decide(&self, turn: Turn) -> Turned {
        let snapshot = self.look(&turn).await?;
        self.settle(turn, snapshot, None).await
    }

    /// Step 6, with what is about to be committed counted in. `used` is the factor that was passed in this very turn.
    ///
    /// In a box: many steps lead here, and without one each would carry the whole way to the grant in its own future.
    pub(crate) async fn settle(
        &self,
        turn: Turn,
        snapshot: Snapshot,
        used: Option<FactorKind>,
    ) -> Turned {
        Box::pin(self.settle_here(turn, snapshot, used)).await
    }

    async fn settle_here(
        &self,
        mut turn: Turn,
        snapshot: Snapshot,
        used: Option<FactorKind>,
    ) -> Turned {
        let settled = self.verdict(&turn.login, &snapshot)?;
        // A refusal needs no guard: it holds whatever changed.
        if !turn.commit.enrolments.is_empty() && !matches!(settled, Settled::Refused(..)) {
            turn.commit.guard = Some(snapshot.guard.clone());
            turn.commit.session = turn
                .login
                .errand()
                .map(|errand| SessionChange::Hold(errand.session()));
        }
        if let (Some(kind), false) = (&used, matches!(settled, Settled::Granted(..))) {
            // Where the factor leads straight to the grant, the grant's own record names it.
            let record = self.success(&turn, AuditEvent::Factor).with_factor(kind);
            turn = turn.noting(record);
        }
        match settled {
            Settled::StepUp(_, next) => {
                self.challenge_first(turn, next.kinds, &snapshot.enrolments)
                    .await
            }
            Settled::Enrol(_, next) => match next.kinds.as_slice() {
                [only] => self.begin_enrolment(turn, only, &snapshot.enrolments).await,
                _ => {
                    let turn = self.commit(turn).await?;
                    let kinds = self.strongest_first(next.kinds);
                    Ok(self.screen(&turn.login, Ask::ChooseEnrolment(kinds), None))
                }
            },
            Settled::OfferRecovery(_, kind) => {
                self.begin_enrolment(turn, &kind, &snapshot.enrolments)
                    .await
            }
            Settled::Granted(login, grant) => {
                turn.commit.guard = Some(snapshot.guard);
                self.grant(turn, login, *grant, used).await
            }
            Settled::Refused(login, refused) => {
                let record = self
                    .failure(&turn, AuditEvent::Login)
                    .because(refused.why.code(), None);
                let turn = turn.settled(login).noting(record.by_rule(refused.rule));
                let turn = self.commit(turn).await?;
                match refused.why {
                    // For the application to act on: perhaps it asks again, for less.
                    Refusal::Assurance | Refusal::Passive => {
                        self.send_refusal(&turn, refused.why).await
                    }
                    _ => self.present(&turn.login, None),
                }
            }
        }
    }

    /// Steps 9 and 10. The grant is dropped if the commit fails.
    async fn grant(
        &self,
        turn: Turn,
        closed: Login,
        grant: Grant,
        used: Option<FactorKind>,
    ) -> Turned {
        let downstream = self.downstream_of(&turn.login)?;
        let passed = used.or_else(|| match turn.login.stage() {
            Stage::Between(between) => between
                .evidence
                .last()
                .map(|evidence| evidence.kind.clone()),
            _ => None,
        });
        let rule = grant.rule().to_owned();
        let mut record = self.success(&turn, AuditEvent::Login).by_rule(&rule);
        record.factor = passed;
        // Our own page is shown, and gets nothing that could be carried off.
        record.answer =
            (turn.login.request().protocol != Protocol::Account).then(|| grant.answer());
        let mut turn = turn.settled(closed).noting(record);
        let begun = self.begin_session(&turn.login, &grant);
        let token = begun.map(|(token, change)| {
            turn.commit.session = Some(change);
            token
        });
        let turn = self.commit(turn).await?;
        let (reference, app) = (turn.login.reference(), &turn.login.request().app);
        tracing::info!(%reference, %app, rule, "login granted");
        let answered = downstream.answer(grant).await;
        match (token, self.deliver(&turn, answered).await?) {
            (Some(token), Shown::Answer(reply, _)) => Ok(Shown::SignedIn(token, reply)),
            (_, shown) => Ok(shown),
        }
    }

    /// Ends the login without a grant, and tells the application at once.
    ///
    /// A login that was opened in this very turn is not stored: nobody comes back to it, and once closed it would be
    /// outside the bound on open logins. Before anybody is known the record is one of a message that is refused (attack
    /// row WA-21).
    pub(crate) async fn refuse_at_once(&self, turn: Turn, why: Refusal) -> Turned {
        let record = self
            .failure(&turn, AuditEvent::Login)
            .because(why.code(), None);
        let is_known = turn.login.person().is_some();
        let turn = turn.step(self, |login| login.refused(why))?;
        let turn = if turn.is_stored() {
            let turn = if is_known {
                turn.noting(record)
            } else {
                self.noting_stray(turn, record)
            };
            self.commit(turn).await?
        } else {
            self.write_down_stray(record, turn.visitor).await;
            turn
        };
        self.send_refusal(&turn, why).await
    }

    /// Tells the application of a login that ended with a refusal.
    pub(crate) async fn send_refusal(&self, turn: &Turn, why: Refusal) -> Turned {
        let downstream = self.downstream_of(&turn.login)?;
        let refused = downstream
            .refuse(turn.login.request(), why, self.parts.clock.now())
            .await;
        self.deliver(turn, refused).await
    }

    /// Step 10. An answer that cannot be made is written down; the login stays ended.
    async fn deliver(&self, turn: &Turn, made: Result<Reply, DownstreamError>) -> Turned {
        let app = self.app_label(&turn.login.request().app);
        match made {
            Ok(reply) => Ok(Shown::Answer(reply, app)),
            Err(error) => {
                let record = self.failure(turn, AuditEvent::Login);
                self.write_down(record.because(error.code, Some(&error.detail)))
                    .await;
                let kind = ProblemKind::AnswerFailed { app };
                Err(self.problem(&turn.login, kind, error.code, error.detail))
            }
        }
    }

    fn downstream_of(&self, login: &Login) -> Result<Arc<dyn Downstream>, Stop> {
        let downstream = self
            .parts
            .downstreams
            .get(&login.request().protocol)
            .cloned();
        downstream.ok_or_else(|| self.not_configured(login, "the protocol of this application"))
    }
}
