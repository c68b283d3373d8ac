//! What a person does on a page.
//!
//! Owns which act fits the step that the login is at, and the way of a password. Does not own what an act leads to: each
//! is handed to the step that it belongs to.

use std::{future::Future, pin::Pin};

use secrecy::SecretString;
use vestibule_core::{
    audit::{AuditEvent, AuditRecord},
    flow::{Ending, Login, Stage},
    id::{FactorKind, UpstreamId},
    identity::Username,
    port::{Answer, CredentialJson, Prompt, UpstreamError},
    request::{AuthnRequest, Memo, Refusal},
};

use crate::{Engine, Fault, Outcome, Shown, Visitor, stop::Turned, turn::Turn};

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
    /// Typed user name and password.
    Password {
        /// As typed.
        username: String,
        /// As typed.
        password: SecretString,
    },
    /// Puts off what was offered.
    PutOff,
    /// Goes back to the application without a grant.
    Return,
    /// Chose an identity provider.
    Upstream(UpstreamId),
    /// Used a security key or passkey, or registered one.
    WebAuthn {
        /// As the browser gave it.
        credential: CredentialJson,
        /// The name that was typed for it.
        name: Option<String>,
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
        let done = async {
            self.do_act(self.load_page(handle, visitor).await?, step, act)
                .await
        };
        self.tell(done.await)
    }

    async fn do_act(&self, turn: Turn, step: Option<i64>, act: Act) -> Turned {
        if let Act::Return = act {
            return self.go_back(turn).await;
        }
        let now = self.parts.clock.now();
        turn.login
            .ensure_open(now)
            .map_err(|error| self.out_of_step(&turn.login, error))?;
        // Who comes back from an upstream by the back button may choose anew; every other form belongs to one step.
        let chooses =
            matches!(act, Act::Mail(_) | Act::Upstream(_)) && awaits_upstream(&turn.login);
        if !chooses && step != Some(turn.login.revision()) {
            return Ok(Shown::Onward(self.page_of(&turn.login)));
        }
        match act {
            Act::AnotherWay(kind) if turn.login.person().is_some() => {
                boxed(|| async move { self.challenge_kind(turn, &kind).await }).await
            }
            Act::Code(code) => boxed(|| self.answer(turn, Answer::Code(code))).await,
            Act::Confirm => boxed(|| self.answer(turn, Answer::Confirmed)).await,
            Act::Enrol(kind) if turn.login.person().is_some() => {
                boxed(|| async move { self.enrol_kind(turn, &kind).await }).await
            }
            Act::Mail(mail) if chooses && mail.len() <= AuthnRequest::LONGEST_HINT => {
                let turn = turn.step(self, |login| Ok(login.hinted(mail)))?;
                boxed(|| self.route(turn)).await
            }
            Act::PutOff => {
                let turn = turn.step(self, |login| login.put_off(now))?;
                boxed(|| self.decide(turn)).await
            }
            Act::Upstream(upstream) => {
                boxed(|| async move { self.choose(turn, &upstream).await }).await
            }
            Act::WebAuthn { credential, name } => {
                boxed(|| self.answer(turn, Answer::WebAuthn { credential, name })).await
            }
            Act::Password { username, password } => {
                boxed(|| self.password(turn, username, password)).await
            }
            Act::AnotherWay(_) | Act::Enrol(_) | Act::Mail(_) | Act::Return => {
                boxed(|| self.go_on(turn)).await
            }
        }
    }

    /// The application is told that there will be no grant.
    async fn go_back(&self, turn: Turn) -> Turned {
        match turn.login.stage() {
            Stage::Closed(Ending::Refused(why)) => self.send_refusal(&turn, *why).await,
            _ => self.refuse_at_once(turn, Refusal::Cancelled).await,
        }
    }

    async fn choose(&self, turn: Turn, upstream: &UpstreamId) -> Turned {
        let request = turn.login.request();
        let permitted =
            self.parts
                .routing
                .permits(&request.app, request.login_hint.as_deref(), upstream);
        if permitted && awaits_upstream(&turn.login) {
            self.begin(turn, upstream).await
        } else {
            self.go_on(turn).await
        }
    }

    /// A password for an upstream that has no page of its own. Counted before it is judged.
    async fn password(&self, turn: Turn, username: String, password: SecretString) -> Turned {
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
        let failure = self.failure(&turn, AuditEvent::Upstream);
        // What can be nobody's name is wrong at once: it needs no tally, and must not get one.
        let Some(name) = Username::typed(&username) else {
            let turn = self.noting_stray(turn, failure.because("account_unknown", None));
            return self
                .password_again(turn, username, memo, Fault::Wrong)
                .await;
        };
        let keys = self.keys_of_password(&turn, &upstream, &name).await?;
        if let Some((fault, code)) = self.charge_password(&turn, &keys).await? {
            // Whoever may not even try must not fill the log by trying.
            let turn = self.noting_stray(turn, failure.because(code, None));
            return self.password_again(turn, username, memo, fault).await;
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
                self.password_was_right(&mut turn, &upstream, &name);
                self.decide(turn).await
            }
            Err(UpstreamError::WrongCredentials {
                code,
                detail,
                person,
            }) => {
                let failure = AuditRecord { person, ..failure };
                let turn = turn.noting(failure.because(code, Some(&detail)));
                self.password_again(turn, username, memo, Fault::Wrong)
                    .await
            }
            Err(error) => Err(self.password_unjudged(&turn, part, &error).await),
        }
    }

    async fn password_again(
        &self,
        turn: Turn,
        username: String,
        memo: Memo,
        fault: Fault,
    ) -> Turned {
        let Stage::AtUpstream { upstream, .. } = turn.login.stage().clone() else {
            return self.go_on(turn).await;
        };
        // The user name stays in its field.
        let now = self.parts.clock.now();
        let shown = username
            .chars()
            .filter(|c| !c.is_control())
            .take(Username::LONGEST)
            .collect();
        let prompt = Prompt::Password {
            username: Some(shown),
        };
        let turn = turn.step(self, |login| login.sent_to(upstream, prompt, memo, now))?;
        let turn = self.commit(turn).await?;
        self.present(&turn.login, Some(fault))
    }
}

/// A future that is made in its box: there are many ways on from a form, and the frame of who awaits one of them would
/// else hold all of them.
fn boxed<F: Future>(make: impl FnOnce() -> F) -> Pin<Box<F>> {
    Box::pin(make())
}

fn awaits_upstream(login: &Login) -> bool {
    matches!(login.stage(), Stage::Routing | Stage::AtUpstream { .. })
}
