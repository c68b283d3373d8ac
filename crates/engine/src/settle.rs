//! Steps 6, 8, 9 and 10: policy is asked; what it allows is committed, then answered.

use std::collections::BTreeSet;

use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    evidence::Enrolment,
    flow::{Ending, FlowError, Login, Settled, Stage, World},
    grant::Grant,
    id::{FactorKind, NetworkId},
    request::Refusal,
};

use crate::{Ask, Engine, Outcome, Problem, ProblemKind, Shown, turn::Turn};

/// What the world looks like for one person, read at the moment of the decision.
pub(crate) struct Sight {
    pub(crate) enrolments: Vec<Enrolment>,
    networks: BTreeSet<NetworkId>,
    active: bool,
}

impl Engine {
    /// Reads what a decision about this login needs. A person who cannot be read is not active.
    pub(crate) async fn look(&self, turn: &Turn) -> Result<Sight, Problem> {
        let login = &turn.login;
        let Some(person) = login.person() else {
            return Err(self.out_of_step(login, FlowError::OutOfOrder));
        };
        let store = &self.parts.store;
        let failed = |error| self.store_failed(login, &error);
        let enrolments = store.enrolments(&person.id).await.map_err(failed)?;
        let disabled = store
            .person(&person.id)
            .await
            .map_err(failed)?
            .is_some_and(|record| record.disabled);
        let configured = self.parts.upstreams.contains_key(person.id.upstream())
            && self.parts.apps.contains_key(&login.request().app);
        let networks = self.parts.networks.holding(turn.visitor.address);
        Ok(Sight {
            enrolments,
            networks,
            active: configured && !disabled,
        })
    }

    fn world<'a>(&'a self, sight: &'a Sight) -> World<'a> {
        World {
            policy: &self.parts.policy,
            kinds: &self.kinds,
            networks: &sight.networks,
            enrolments: &sight.enrolments,
            active: sight.active,
            now: self.parts.clock.now(),
        }
    }

    /// What policy says now, without moving the login.
    pub(crate) fn verdict(&self, login: &Login, sight: &Sight) -> Result<Settled, Problem> {
        login
            .clone()
            .settle(&self.world(sight))
            .map_err(|error| self.out_of_step(login, error))
    }

    /// The ways that policy leaves open to a person who is being challenged.
    pub(crate) async fn ways(&self, login: &Login) -> Result<Vec<FactorKind>, Problem> {
        // The address widens nothing here: a network rule was passed over when the challenge was put.
        let turn = Turn::loaded(
            login.clone(),
            crate::Visitor {
                browser: None,
                address: None,
            },
        );
        let sight = self.look(&turn).await?;
        match self.verdict(login, &sight)? {
            Settled::StepUp(_, next) => Ok(next.kinds),
            _ => Ok(Vec::new()),
        }
    }

    /// Step 6.
    pub(crate) async fn decide(&self, turn: Turn) -> Outcome {
        let sight = self.look(&turn).await?;
        self.settle(turn, sight, None).await
    }

    /// Step 6, with what is about to be committed counted in. `used` is the factor that was passed in this very turn.
    pub(crate) async fn settle(
        &self,
        mut turn: Turn,
        sight: Sight,
        used: Option<FactorKind>,
    ) -> Outcome {
        let settled = self.verdict(&turn.login, &sight)?;
        if let (Some(kind), false) = (&used, matches!(settled, Settled::Granted(..))) {
            // Where the factor leads straight to the grant, the grant's own record names it.
            let record = self.record(
                &turn.login,
                turn.visitor,
                AuditEvent::Factor,
                AuditResult::Success,
            );
            turn = turn.noting(AuditRecord {
                factor: Some(kind.clone()),
                ..record
            });
        }
        match settled {
            Settled::StepUp(_, next) => {
                self.challenge_first(turn, &next.kinds, &sight.enrolments)
                    .await
            }
            Settled::Enrol(_, next) => match next.kinds.as_slice() {
                [only] => self.begin_enrolment(turn, only).await,
                _ => {
                    let turn = self.commit(turn).await?;
                    Ok(self.screen(&turn.login, Ask::ChooseEnrolment(next.kinds), None))
                }
            },
            Settled::OfferRecovery(_, next) => match next.kinds.first() {
                Some(kind) => self.begin_enrolment(turn, kind).await,
                None => Err(self.out_of_step(&turn.login, FlowError::OutOfOrder)),
            },
            Settled::Granted(login, grant) => self.grant(turn, login, *grant, used).await,
            Settled::Refused(login, refused) => {
                let record = self.record(
                    &turn.login,
                    turn.visitor,
                    AuditEvent::Login,
                    AuditResult::Failure,
                );
                let record = AuditRecord {
                    rule: Some(refused.rule),
                    ..record.because(refused.why.code(), None)
                };
                let passive = refused.why == Refusal::Passive;
                let turn = self
                    .commit(turn.step(self, |_| Ok(login))?.noting(record))
                    .await?;
                if passive {
                    self.send_refusal(&turn.login, refused.why).await
                } else {
                    self.present(&turn.login, None).await
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
    ) -> Outcome {
        let record = self.record(
            &turn.login,
            turn.visitor,
            AuditEvent::Login,
            AuditResult::Success,
        );
        let factor = used.or_else(|| match turn.login.stage() {
            Stage::Between(between) => between
                .evidence
                .last()
                .map(|evidence| evidence.kind.clone()),
            _ => None,
        });
        let record = AuditRecord {
            factor,
            rule: Some(grant.rule().to_owned()),
            ..record
        };
        let turn = self
            .commit(turn.step(self, |_| Ok(closed))?.noting(record))
            .await?;
        let (login, visitor) = (turn.login, turn.visitor);
        let Some(downstream) = self.parts.downstreams.get(&login.request().protocol) else {
            return Err(self.problem(
                &login,
                ProblemKind::UnknownLogin,
                "protocol_off",
                "the protocol was switched off",
            ));
        };
        let rule = grant.rule().to_owned();
        match downstream.answer(grant).await {
            Ok(reply) => {
                tracing::info!(reference = %login.reference(), app = %login.request().app, rule, "login granted");
                Ok(Shown::Answer(reply))
            }
            Err(error) => {
                let record = self.record(&login, visitor, AuditEvent::Login, AuditResult::Failure);
                self.write_down(record.because(error.code, Some(&error.detail)))
                    .await;
                let kind = ProblemKind::AnswerFailed {
                    app: self.app_label(&login.request().app),
                };
                Err(self.problem(&login, kind, error.code, &error.detail))
            }
        }
    }

    /// Ends the login without a grant, and tells the application at once.
    pub(crate) async fn refuse_at_once(&self, turn: Turn, why: Refusal) -> Outcome {
        let record = self.record(
            &turn.login,
            turn.visitor,
            AuditEvent::Login,
            AuditResult::Failure,
        );
        let turn = turn
            .step(self, |login| login.refused(why))?
            .noting(record.because(why.code(), None));
        let turn = self.commit(turn).await?;
        self.send_refusal(&turn.login, why).await
    }

    /// Tells the application of a login that ended with a refusal.
    pub(crate) async fn send_refusal(&self, login: &Login, why: Refusal) -> Outcome {
        debug_assert!(matches!(login.stage(), Stage::Closed(Ending::Refused(_))));
        let Some(downstream) = self.parts.downstreams.get(&login.request().protocol) else {
            return Err(self.problem(
                login,
                ProblemKind::UnknownLogin,
                "protocol_off",
                "the protocol was switched off",
            ));
        };
        match downstream
            .refuse(login.request(), why, self.parts.clock.now())
            .await
        {
            Ok(reply) => Ok(Shown::Answer(reply)),
            Err(error) => {
                let kind = ProblemKind::AnswerFailed {
                    app: self.app_label(&login.request().app),
                };
                Err(self.problem(login, kind, error.code, &error.detail))
            }
        }
    }
}
