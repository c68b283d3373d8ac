//! Steps 4 and 5: an upstream's answer arrives, is judged and parked; then the right browser picks it up.
//!
//! Owns that an answer counts once and in its own login, and what becomes of one that is refused. Does not own how an
//! answer is judged (the adapter does) nor how a person is made of it ([`normalise`]).

use chrono::DateTime;
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    flow::{FlowError, Stage},
    id::UpstreamId,
    identity::{IdentityError, VerifiedIdentity, normalise},
    port::{Answer, Callback, Conflict, PersonRecord, StoreError, UpstreamError},
    request::Refusal,
    throttle::Charge,
};

use crate::{
    Engine, Outcome, ProblemKind, Shown, UpstreamPart, Visitor,
    handle::Purpose,
    stop::{Stop, Turned},
    turn::Turn,
};

impl Engine {
    /// Step 4: the browser brings an upstream's answer. It counts once; it is parked in its login, and the browser is
    /// sent on to a page where its cookie is checked.
    ///
    /// # Errors
    /// [`Problem`](crate::Problem); unless the upstream itself said no, the login is where it was, so that a good answer
    /// can still come.
    pub async fn callback(
        &self,
        upstream: &UpstreamId,
        callback: Callback,
        visitor: Visitor,
    ) -> Outcome {
        self.tell(self.take_answer(upstream, callback, visitor).await)
    }

    async fn take_answer(
        &self,
        upstream: &UpstreamId,
        callback: Callback,
        visitor: Visitor,
    ) -> Turned {
        let Some(part) = self.parts.upstreams.get(upstream) else {
            return Err(self.stray(
                ProblemKind::UnknownLogin,
                "upstream_unknown",
                "no upstream has this address",
            ));
        };
        let handle = part.adapter.handle_in(&callback);
        let opened = handle.and_then(|handle| {
            self.parts
                .handles
                .open(Purpose::Upstream(upstream), &handle)
        });
        let Some(id) = opened else {
            return Err(self.unasked(upstream, visitor).await);
        };
        // Held until this answer has moved the login, or has not.
        let judging = self.answers.begin(id);
        let Some(login) = self.load(id).await? else {
            return Err(self.unasked(upstream, visitor).await);
        };
        let now = self.parts.clock.now();
        let turn = Turn::loaded(login, visitor);
        turn.login
            .ensure_open(now)
            .map_err(|error| self.out_of_step(&turn.login, error))?;
        let memo = match turn.login.stage() {
            Stage::AtUpstream {
                upstream: asked,
                memo,
                ..
            } if asked == upstream => memo.clone(),
            Stage::AtUpstream { .. } => {
                return Err(self.out_of_step(&turn.login, FlowError::WrongUpstream));
            }
            // A second click, or a reloaded answer: go on where the login stands.
            _ => return Ok(Shown::Onward(self.page_of(&turn.login))),
        };
        if judging.is_none() {
            return Ok(Shown::Onward(self.page_of(&turn.login)));
        }
        if !self.judges_answers(&turn).await? {
            return Err(self.answer_unjudged(&turn, part).await);
        }
        match part
            .adapter
            .finish(&memo, &Answer::Callback(callback), now)
            .await
        {
            Ok(identity) => self.park(turn, part, identity).await,
            Err(error @ UpstreamError::Misbehaved { .. }) => {
                self.answer_refused(turn, part, &error).await
            }
            Err(error) => self.sent_back(turn, part, &error).await,
        }
    }

    /// Parks a verified answer, and consumes what makes it count once.
    async fn park(&self, turn: Turn, part: &UpstreamPart, identity: VerifiedIdentity) -> Turned {
        let before = turn.untouched();
        let turn = self.returned(turn, identity)?;
        match self.try_commit(turn).await {
            Ok(turn) => Ok(Shown::Onward(self.page_of(&turn.login))),
            Err((_, error @ StoreError::Conflict(Conflict::AlreadyUsed))) => {
                let replayed = UpstreamError::Misbehaved {
                    code: error.code(),
                    detail: "the answer was used before".to_owned(),
                };
                self.answer_refused(before, part, &replayed).await
            }
            Err((login, error)) => Err(self.store_failed(&login, &error)),
        }
    }

    /// Moves the login on with a verified identity; the mark that makes it count once goes into the same transaction.
    pub(crate) fn returned(&self, turn: Turn, identity: VerifiedIdentity) -> Turned<Turn> {
        let now = self.parts.clock.now();
        let once = identity.once.clone();
        let mut turn = turn.step(self, |login| login.returned(identity, now))?;
        turn.commit.once.extend(once);
        Ok(turn)
    }

    /// Step 5: who is it? Writes down that the first door was passed.
    pub(crate) async fn identify(&self, turn: Turn) -> Turned {
        let turn = self.identified(turn).await?;
        self.decide(turn).await
    }

    pub(crate) async fn identified(&self, turn: Turn) -> Turned<Turn> {
        let Stage::Returned { identity, .. } = turn.login.stage() else {
            return Err(self.out_of_step(&turn.login, FlowError::OutOfOrder));
        };
        let now = self.parts.clock.now();
        let Some(part) = self.parts.upstreams.get(&identity.upstream) else {
            return Err(self.not_configured(
                &turn.login,
                &format!("the upstream `{}`", identity.upstream),
            ));
        };
        let person = match normalise(identity, &part.mapping) {
            Ok(person) => person,
            Err(error) => return Err(self.nobody(&turn, part, &error).await),
        };
        let seen = PersonRecord {
            id: person.id.clone(),
            display_name: person.display_name.clone(),
            mail: person.mail.clone(),
            disabled: false,
            first_seen: now,
            last_seen: Some(now),
            valid_from: DateTime::UNIX_EPOCH,
        };
        let mut turn = turn.step(self, |login| login.identified(person, now))?;
        turn.commit.seen = Some(seen);
        let record = self.success(&turn, AuditEvent::Upstream);
        Ok(turn.noting(record))
    }

    /// What the upstream said makes no person.
    async fn nobody(&self, turn: &Turn, part: &UpstreamPart, error: &IdentityError) -> Stop {
        let id = part.adapter.id();
        let detail = match error {
            IdentityError::ForeignMail { .. } => format!(
                "upstream `{id}`: {error}; see `upstreams.{id}.mail_domains`, and the person's address there"
            ),
            _ => format!("upstream `{id}`: {error}; see `upstreams.{id}.mapping`"),
        };
        // It is said anew each time that the page is asked for.
        let record = self.failure(turn, AuditEvent::Upstream);
        self.write_down_stray(record.because(error.code(), Some(&detail)), turn.visitor)
            .await;
        let kind = ProblemKind::Identity {
            upstream: part.label.clone(),
        };
        self.problem(&turn.login, kind, error.code(), detail)
    }

    /// An answer that is not the upstream's, or makes no sense. The login is where it was, so that a good one can still
    /// come; the last that it may have ends it.
    async fn answer_refused(
        &self,
        turn: Turn,
        part: &UpstreamPart,
        error: &UpstreamError,
    ) -> Turned {
        let record = self.failure(&turn, AuditEvent::Upstream);
        let record = record.because(error.code(), Some(&error.to_string()));
        let told = match self.charge_refused_answer(&turn).await? {
            Charge::Go => {
                self.write_down(record).await;
                turn
            }
            Charge::GoAndTell(_) => self.ended(turn.noting(record)).await?,
            Charge::Locked => {
                let ended = self.ended(turn).await?;
                return Err(self.answer_unjudged(&ended, part).await);
            }
            Charge::Wait(_) => return Err(self.answer_unjudged(&turn, part).await),
        };
        Err(self.upstream_failed(&told.login, &part.label, error))
    }

    /// Nothing comes of this login any more, whatever its upstream says.
    async fn ended(&self, turn: Turn) -> Turned<Turn> {
        let turn = turn.step(self, |login| login.refused(Refusal::Upstream))?;
        self.commit(turn).await
    }

    /// The upstream itself said no, or could not be asked. That is nobody's attempt at us, and not held against those
    /// who bring the news; but it may have cost the provider a question, and can be had at will. So what the person was
    /// sent with is used up, and to be sent anew counts as if they opened a login: who is at the end of those has this
    /// one ended (attack row WA-21).
    async fn sent_back(&self, turn: Turn, part: &UpstreamPart, error: &UpstreamError) -> Turned {
        let record = self.failure(&turn, AuditEvent::Upstream);
        let record = record.because(error.code(), Some(&error.to_string()));
        let opener = Visitor {
            browser: None,
            session: None,
            address: turn.login.opener(),
        };
        let now = self.parts.clock.now();
        let turn = self.noting_stray(turn, record);
        let turn = if self.brake.opens(opener) {
            let turn = turn.step(self, |login| login.sent_back(now))?;
            self.commit(turn).await?
        } else {
            self.ended(turn).await?
        };
        Err(self.upstream_failed(&turn.login, &part.label, error))
    }

    /// An upstream without a page of its own gave no verdict on a password. The attempt is counted already.
    pub(crate) async fn password_unjudged(
        &self,
        turn: &Turn,
        part: &UpstreamPart,
        error: &UpstreamError,
    ) -> Stop {
        let record = self.failure(turn, AuditEvent::Upstream);
        self.write_down(record.because(error.code(), Some(&error.to_string())))
            .await;
        self.upstream_failed(&turn.login, &part.label, error)
    }

    /// Too many answers in logins of this source were refused: nothing is told of this one, but to wait.
    async fn answer_unjudged(&self, turn: &Turn, part: &UpstreamPart) -> Stop {
        const CODE: &str = "answers_wait";
        let detail = format!(
            "upstream `{}`: in sign-ins that were opened from {} more answers were refused than may be in a minute, so this one was not judged",
            part.adapter.id(),
            turn.login
                .opener()
                .map_or("an unknown address".to_owned(), |address| address
                    .to_string()),
        );
        let record = self.failure(turn, AuditEvent::Upstream);
        self.write_down_stray(record.because(CODE, Some(&detail)), turn.visitor)
            .await;
        let kind = ProblemKind::TooManyRefused {
            upstream: part.label.clone(),
        };
        self.problem(&turn.login, kind, CODE, detail)
    }

    /// An answer that belongs to no login of ours: unsolicited, from an old link, or meant for somebody else.
    async fn unasked(&self, upstream: &UpstreamId, visitor: Visitor) -> Stop {
        let detail =
            format!("upstream `{upstream}`: the answer belongs to no login that began here");
        let problem = self.stray_problem(ProblemKind::UnknownLogin, "login_unknown", &detail);
        let record = AuditRecord::new(
            self.parts.clock.now(),
            AuditEvent::Upstream,
            AuditResult::Failure,
        );
        let record = AuditRecord {
            reference: Some(problem.reference.clone()),
            upstream: Some(upstream.clone()),
            address: visitor.address,
            ..record.because("login_unknown", Some(&detail))
        };
        self.write_down_stray(record, visitor).await;
        Stop::Problem(Box::new(problem))
    }
}
