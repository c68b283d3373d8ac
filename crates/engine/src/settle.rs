//! Steps 6, 8, 9 and 10: policy is asked; what it allows is committed, then answered.
//!
//! Owns that the commit comes before the answer, and what is written down of a login's end. Does not own the decision
//! ([`Login::settle`] is the one gate), nor the form of an answer (the downstream makes it).

use std::sync::Arc;

use vestibule_core::{
    audit::{AuditEvent, AuditRecord},
    flow::{Login, Settled},
    grant::Grant,
    id::FactorKind,
    policy::Basis,
    port::{Conflict, Downstream, DownstreamError, EnrolmentChange, SessionChange},
    request::{Protocol, Refusal, Reply},
    session::{Participation, Session},
};

use crate::{
    Ask, Engine, ProblemKind, Shown,
    snapshot::Snapshot,
    stop::{Stop, Turned},
    turn::Turn,
};

impl Engine {
    /// What policy says now, without moving the login. One that came from a session which has ended since begins anew; an
    /// errand ends with its session.
    pub(crate) fn verdict(&self, login: &Login, snapshot: &Snapshot) -> Turned<Settled> {
        if login.session().is_some() && snapshot.held.is_none() {
            return match login.errand() {
                Some(_) => Err(self.store_failed(login, &Conflict::Session.into())),
                None => Ok(Settled::StartOver(login.clone().start_over(), None)),
            };
        }
        login
            .clone()
            .settle(&self.world(login, snapshot))
            .map_err(|error| self.out_of_step(login, error))
    }

    /// Step 6.
    pub(crate) async fn decide(&self, mut turn: Turn) -> Turned {
        let read = turn.resumed.take();
        let snapshot = self.look_knowing(&turn, read).await?;
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
        if let Some(doubt) = settled.by().and_then(|by| by.doubt) {
            let (reference, code) = (turn.login.reference(), doubt.code());
            tracing::info!(%reference, code, "the upstream's second factor does not count: {doubt}");
        }
        // A refusal needs no guard: it holds whatever changed.
        if !turn.commit.enrolments.is_empty() && !matches!(settled, Settled::Refused(..)) {
            turn.commit.guard = Some(snapshot.guard.clone());
            turn.commit.session = turn
                .login
                .session()
                .map(|origin| SessionChange::Hold(origin.id));
        }
        // Where the factor leads straight to the grant, the grant's own record names it.
        let is_named =
            matches!(&settled, Settled::Granted(_, grant) if grant.basis() != Basis::Upstream);
        if let (Some(kind), false) = (&used, is_named) {
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
                Box::pin(self.grant(turn, login, *grant, snapshot.held, used)).await
            }
            Settled::StartOver(login, by) => {
                if by.is_none() {
                    tracing::info!(reference = %login.reference(), "what was proved counts no more");
                }
                let mut turn = turn.settled(login);
                // What was used up in this turn stays so; nobody is known who could have gained anything by it.
                let is_used =
                    |change: &EnrolmentChange| matches!(change, EnrolmentChange::Replace(_));
                turn.commit.enrolments.retain(is_used);
                turn.commit.clear.clear();
                turn.commit.guard = None;
                turn.commit.session = None;
                Box::pin(self.find_the_way(turn)).await
            }
            Settled::Refused(login, refused) => {
                let record = self
                    .failure(&turn, AuditEvent::Login)
                    .because(refused.why.code(), None);
                let record = record.by_rule(refused.by.rule);
                match refused.why {
                    // For the application to act on: perhaps it asks again, for less, or otherwise. Nobody saw a page,
                    // so it may ask as often as it likes.
                    Refusal::Assurance | Refusal::Interaction | Refusal::Passive => {
                        let turn = self.noting_stray(turn.over(login), record);
                        let turn = self.commit(turn).await?;
                        self.send_refusal(&turn, refused.why).await
                    }
                    _ => {
                        let turn = self.commit(turn.settled(login).noting(record)).await?;
                        self.present(&turn.login, None)
                    }
                }
            }
        }
    }

    /// Steps 9 and 10. The answer is made before the commit, so that what it rests on is in it, and leaves behind it; if
    /// the commit fails, it is dropped.
    async fn grant(
        &self,
        turn: Turn,
        closed: Login,
        grant: Grant,
        held: Option<Session>,
        used: Option<FactorKind>,
    ) -> Turned {
        let downstream = self.downstream_of(&turn.login)?;
        let record = self.granted(&turn, &grant, used);
        let failure = self.failure(&turn, AuditEvent::Login);
        let rule = grant.rule().to_owned();
        let carried = self.carry_session(&turn, &grant, held.as_ref());
        let (session, at) = (grant.session(), grant.at());
        let mut turn = turn.over(closed);
        let answered = match downstream.answer(grant).await {
            Ok(answered) => answered,
            Err(error) => return self.unanswered(turn, failure, &error).await,
        };
        let request = turn.login.request();
        let sign_off = self.parts.sign_offs.get(&request.protocol);
        turn.commit.participation = answered.told.map(|told| {
            let participation = Participation {
                app: request.app.clone(),
                protocol: request.protocol,
                known_as: sign_off.and_then(|sign_off| sign_off.known_as(&told)),
                told,
                at,
            };
            (session, participation)
        });
        turn.commit.tokens = answered.tokens;
        let token = carried.and_then(|carried| {
            turn.commit.session = Some(carried.change);
            carried.token
        });
        let turn = self.commit(turn.noting(record)).await?;
        let (reference, app) = (turn.login.reference(), &turn.login.request().app);
        tracing::info!(%reference, %app, rule, "login granted");
        let label = self.app_label(app);
        Ok(match token {
            Some(token) => Shown::SignedIn(token, answered.reply, label),
            None => Shown::Answer(answered.reply, label),
        })
    }

    /// What is written down of a grant.
    fn granted(&self, turn: &Turn, grant: &Grant, used: Option<FactorKind>) -> AuditRecord {
        let record = self.success(turn, AuditEvent::Login).by_rule(grant.rule());
        let is_known = turn.login.session().is_some() && turn.login.errand().is_none();
        // Our own page is shown, and gets nothing that could be carried off.
        let leaves = turn.login.request().protocol != Protocol::Account;
        let by_ours = used.or_else(|| grant.evidence().last().map(|last| last.kind.clone()));
        let is_by_upstream = grant.basis() == Basis::Upstream;
        let proof = &grant.person().upstream_proof;
        let said = is_by_upstream.then(|| proof.to_string());
        let reason = if is_known { "single_sign_on" } else { "" };
        AuditRecord {
            factor: if is_by_upstream {
                Some(FactorKind::upstream())
            } else {
                by_ours
            },
            answer: leaves.then(|| grant.answer()),
            ..record.because(reason, said.as_deref())
        }
    }

    /// A grant that no answer can be made of: what was used up is, the login is over, and nobody is told who it was but
    /// the administrator, in the record of the `failure`.
    async fn unanswered(
        &self,
        turn: Turn,
        failure: AuditRecord,
        error: &DownstreamError,
    ) -> Turned {
        let record = failure.because(error.code, Some(&error.detail));
        let turn = self.commit(turn.noting(record)).await?;
        let stop = self.answer_failed(&turn.login, error);
        Err(match &error.tell {
            Some(reply) => {
                let app = self.app_label(&turn.login.request().app);
                Stop::Answered(reply.clone(), app)
            }
            None => stop,
        })
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

    /// A refusal leaves. One that cannot be made is written down; the login stays ended.
    async fn deliver(&self, turn: &Turn, made: Result<Reply, DownstreamError>) -> Turned {
        match made {
            Ok(reply) => Ok(Shown::Answer(
                reply,
                self.app_label(&turn.login.request().app),
            )),
            Err(error) => {
                let record = self.failure(turn, AuditEvent::Login);
                self.write_down(record.because(error.code, Some(&error.detail)))
                    .await;
                Err(self.answer_failed(&turn.login, &error))
            }
        }
    }

    fn answer_failed(&self, login: &Login, error: &DownstreamError) -> Stop {
        let app = self.app_label(&login.request().app);
        let kind = ProblemKind::AnswerFailed { app };
        self.problem(login, kind, error.code, &error.detail)
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
