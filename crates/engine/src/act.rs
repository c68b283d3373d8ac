//! What a person does on a page.

use secrecy::SecretString;
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    flow::{Ending, Login, Stage},
    id::{FactorKind, UpstreamId},
    port::{Answer, Prompt, UpstreamError},
    request::{Memo, Refusal},
    throttle::{Charge, ThrottleKey},
};

use crate::{Engine, Fault, Outcome, ProblemKind, Shown, Visitor, turn::Turn};

/// The longest mail address that is looked at, in bytes (RFC 5321 section 4.5.3.1).
const LONGEST_MAIL: usize = 254;

/// One thing that a person did on a page.
#[derive(Debug)]
pub enum Act {
    /// Chose another kind of factor.
    AnotherWay(FactorKind),
    /// Typed a code.
    Code(SecretString),
    /// Said that the codes are saved.
    Confirm,
    /// Chose what to set up.
    Enrol(FactorKind),
    /// Typed a mail address, to find the identity provider.
    Mail(String),
    /// Puts off what was offered.
    PutOff,
    /// Goes back to the application without a grant.
    Return,
    /// Chose an identity provider.
    Upstream(UpstreamId),
    /// Typed user name and password.
    Password {
        /// As typed.
        username: String,
        /// As typed.
        password: SecretString,
    },
}

impl Engine {
    /// Does it, if the page that it was done on is the one that the login is at; else shows where the login is.
    ///
    /// # Errors
    /// [`Problem`](crate::Problem).
    pub async fn act(
        &self,
        handle: &str,
        step: Option<i64>,
        act: Act,
        visitor: Visitor,
    ) -> Outcome {
        match self.do_act(handle, step, act, visitor).await {
            Err(problem) if problem.kind == ProblemKind::Overtaken => {
                Ok(Shown::Onward(handle.to_owned()))
            }
            outcome => outcome,
        }
    }

    async fn do_act(&self, handle: &str, step: Option<i64>, act: Act, visitor: Visitor) -> Outcome {
        let turn = self.load_page(handle, visitor).await?;
        if let Act::Return = act {
            return self.go_back(turn).await;
        }
        let now = self.parts.clock.now();
        turn.login
            .ensure_open(now)
            .map_err(|error| self.out_of_step(&turn.login, error))?;
        // Who comes back from an upstream by the back button may choose anew; every other form belongs to one step.
        let chooses =
            matches!(act, Act::Mail(_) | Act::Upstream(_)) && turn.login.person().is_none();
        if !chooses && step != Some(turn.login.revision()) {
            return Ok(Shown::Onward(handle.to_owned()));
        }
        match act {
            Act::AnotherWay(kind) if turn.login.person().is_some() => {
                self.challenge_kind(turn, &kind).await
            }
            Act::Code(code) => self.answer(turn, Answer::Code(code)).await,
            Act::Confirm => self.answer(turn, Answer::Confirmed).await,
            Act::Enrol(kind) if turn.login.person().is_some() => self.enrol_kind(turn, &kind).await,
            Act::Mail(mail) if Self::awaits_upstream(&turn.login) && mail.len() <= LONGEST_MAIL => {
                let turn = turn.step(self, |login| Ok(login.hinted(mail)))?;
                self.route(turn).await
            }
            Act::PutOff => {
                self.decide(turn.step(self, |login| login.put_off(now))?)
                    .await
            }
            Act::Upstream(upstream) => self.choose(turn, &upstream).await,
            Act::Password { username, password } => self.password(turn, username, password).await,
            Act::AnotherWay(_) | Act::Enrol(_) | Act::Mail(_) | Act::Return => {
                self.go_on(turn).await
            }
        }
    }

    /// The application is told that there will be no grant.
    async fn go_back(&self, turn: Turn) -> Outcome {
        match turn.login.stage() {
            Stage::Closed(Ending::Refused(why)) => self.send_refusal(&turn.login, *why).await,
            _ => self.refuse_at_once(turn, Refusal::Cancelled).await,
        }
    }

    fn awaits_upstream(login: &Login) -> bool {
        matches!(login.stage(), Stage::Routing | Stage::AtUpstream { .. })
    }

    async fn choose(&self, turn: Turn, upstream: &UpstreamId) -> Outcome {
        let request = turn.login.request();
        let permitted =
            self.parts
                .routing
                .permits(&request.app, request.login_hint.as_deref(), upstream);
        if Self::awaits_upstream(&turn.login) && permitted {
            self.begin(turn, upstream).await
        } else {
            self.go_on(turn).await
        }
    }

    /// A password for an upstream that has no page of its own. Counted before it is judged.
    async fn password(&self, turn: Turn, username: String, password: SecretString) -> Outcome {
        let Stage::AtUpstream {
            upstream,
            prompt: Prompt::Password { .. },
            memo,
        } = turn.login.stage().clone()
        else {
            return self.go_on(turn).await;
        };
        let Some(part) = self.parts.upstreams.get(&upstream) else {
            return self.go_on(turn).await;
        };
        // The key is hashed by nobody before it is bounded.
        let account: String = username.to_lowercase().chars().take(LONGEST_MAIL).collect();
        let source = turn.visitor.address.map(ThrottleKey::Source);
        let keys: Vec<_> = [ThrottleKey::Password(upstream.clone(), account)]
            .into_iter()
            .chain(source)
            .collect();
        let charged = self.parts.store.charge(&keys, self.parts.clock.now()).await;
        let fault = match charged.map_err(|error| self.store_failed(&turn.login, &error))? {
            Charge::Go => None,
            Charge::Locked => Some((Fault::Locked, "attempts_locked")),
            Charge::Wait(until) => Some((Fault::Wait(until), "attempts_wait")),
        };
        if let Some((fault, code)) = fault {
            return self
                .password_again(turn, username, memo, fault, code, None)
                .await;
        }
        let answer = Answer::Password {
            username: username.clone(),
            password,
        };
        match part
            .adapter
            .finish(&memo, &answer, self.parts.clock.now())
            .await
        {
            Ok(identity) => {
                let mut turn = self.identified(self.returned(turn, identity)?).await?;
                turn.commit.clear.extend(keys);
                self.decide(turn).await
            }
            Err(UpstreamError::WrongCredentials { code, detail }) => {
                self.password_again(turn, username, memo, Fault::Wrong, code, Some(detail))
                    .await
            }
            Err(error) => Err(self.answer_refused(&turn, &upstream, &error).await),
        }
    }

    async fn password_again(
        &self,
        turn: Turn,
        username: String,
        memo: Memo,
        fault: Fault,
        code: &str,
        detail: Option<String>,
    ) -> Outcome {
        let record = self.record(
            &turn.login,
            turn.visitor,
            AuditEvent::Upstream,
            AuditResult::Failure,
        );
        let detail = detail.unwrap_or_else(|| format!("user name `{username}`"));
        let record: AuditRecord = record.because(code, Some(&detail));
        let Stage::AtUpstream { upstream, .. } = turn.login.stage().clone() else {
            return self.go_on(turn).await;
        };
        // The user name stays in its field.
        let now = self.parts.clock.now();
        let prompt = Prompt::Password {
            username: Some(username.chars().take(LONGEST_MAIL).collect()),
        };
        let turn = turn
            .step(self, |login| login.sent_to(upstream, prompt, memo, now))?
            .noting(record);
        let turn = self.commit(turn).await?;
        self.present(&turn.login, Some(fault)).await
    }
}
