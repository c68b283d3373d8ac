//! Steps 1 to 3: a message becomes a login, the login finds its upstream, the person is sent there.

use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    flow::{Ending, Login, Stage, Step},
    id::{LoginId, UpstreamId},
    port::{Begin, Incoming, Prompt, UpstreamError},
    request::{Protocol, Refusal, Reply},
    routing::Route,
};

use crate::{
    Ask, Engine, Fault, Outcome, Problem, ProblemKind, Screen, Shown, Visitor, handle::Purpose,
    turn::Turn,
};

impl Engine {
    /// Step 1: an application's message arrives in a browser.
    ///
    /// # Errors
    /// [`Problem`] to be told on our own page; nothing is sent anywhere.
    pub async fn receive(
        &self,
        protocol: Protocol,
        incoming: &Incoming,
        visitor: Visitor,
    ) -> Outcome {
        let now = self.parts.clock.now();
        let Some(downstream) = self.parts.downstreams.get(&protocol) else {
            return Err(self.stray(
                ProblemKind::RequestRejected,
                "protocol_off",
                "no application speaks this protocol",
            ));
        };
        let request = match downstream.receive(incoming, now).await {
            Ok(request) => request,
            Err(rejection) => {
                let problem = self.stray(
                    ProblemKind::RequestRejected,
                    rejection.code,
                    &rejection.detail,
                );
                let record = AuditRecord::new(now, AuditEvent::Request, AuditResult::Failure);
                let record = AuditRecord {
                    reference: Some(problem.reference.clone()),
                    app: rejection.app,
                    address: visitor.address,
                    ..record.because(rejection.code, Some(&rejection.detail))
                };
                self.write_down(record).await;
                return Err(problem);
            }
        };
        let id = LoginId::from_random(self.parts.entropy.bytes());
        let turn = Turn::opened(Login::open(id, self.new_reference(), request, now), visitor);
        let (reference, app) = (turn.login.reference(), &turn.login.request().app);
        tracing::info!(%reference, %app, "login begins");
        match visitor.browser {
            Some(browser) => {
                let turn = turn.step(self, |login| login.bind(browser))?;
                self.route(turn).await
            }
            // A cross-site POST brings no cookie. The browser comes back with it by itself.
            None => {
                let turn = self.commit(turn).await?;
                Ok(Shown::Onward(self.page_of(&turn.login)))
            }
        }
    }

    /// Shows where a login stands, and goes on by itself as far as nothing has to be asked.
    ///
    /// # Errors
    /// [`Problem`].
    pub async fn show(&self, handle: &str, visitor: Visitor) -> Outcome {
        let turn = self.load_page(handle, visitor).await?;
        self.go_on(turn).await
    }

    pub(crate) async fn go_on(&self, turn: Turn) -> Outcome {
        if !turn.login.is_closed() {
            turn.login
                .ensure_open(self.parts.clock.now())
                .map_err(|error| self.out_of_step(&turn.login, error))?;
        }
        match turn.login.stage() {
            Stage::Routing => self.route(turn).await,
            Stage::Returned(_) => self.identify(turn).await,
            Stage::Between(between) if between.step == Step::Decide => self.decide(turn).await,
            Stage::AtUpstream { .. } | Stage::Between(_) | Stage::Closed(_) => {
                let turn = self.commit(turn).await?;
                self.present(&turn.login, None).await
            }
        }
    }

    /// Step 2.
    pub(crate) async fn route(&self, turn: Turn) -> Outcome {
        let request = turn.login.request();
        let route = self
            .parts
            .routing
            .route(&request.app, request.login_hint.as_deref());
        let ask = match route {
            Route::To(upstream) => return self.begin(turn, &upstream).await,
            Route::AskMail => Ask::Mail {
                value: request.login_hint.clone(),
            },
            Route::Choose(upstreams) => Ask::ChooseUpstream(
                upstreams
                    .into_iter()
                    .map(|id| (id.clone(), self.upstream_label(&id)))
                    .collect(),
            ),
            Route::Nowhere => {
                let detail =
                    "no routing rule matches: add one without `when` to the end of `routing`";
                return Err(self.problem(&turn.login, ProblemKind::NoWay, "no_route", detail));
            }
        };
        if request.passive {
            return self.refuse_at_once(turn, Refusal::Passive).await;
        }
        let turn = self.commit(turn).await?;
        Ok(self.screen(&turn.login, ask, None))
    }

    /// Step 3. A failure leaves the login where it was, so that the person can try again or go back.
    pub(crate) async fn begin(&self, turn: Turn, upstream: &UpstreamId) -> Outcome {
        let Some(part) = self.parts.upstreams.get(upstream) else {
            let detail = format!("the upstream `{upstream}` is not configured any more");
            return Err(self.problem(&turn.login, ProblemKind::NoWay, "upstream_unknown", &detail));
        };
        let now = self.parts.clock.now();
        let request = turn.login.request();
        let begin = Begin {
            handle: &self
                .parts
                .handles
                .mint(Purpose::Upstream(upstream), turn.login.id()),
            request,
            login_hint: request.login_hint.as_deref(),
            now,
        };
        match part.adapter.begin(begin).await {
            Ok((prompt, memo)) => {
                let turn = turn.step(self, |login| {
                    login.sent_to(upstream.clone(), prompt, memo, now)
                })?;
                let turn = self.commit(turn).await?;
                self.present(&turn.login, None).await
            }
            Err(error) => {
                let record = self.record(
                    &turn.login,
                    turn.visitor,
                    AuditEvent::Upstream,
                    AuditResult::Failure,
                );
                let record = AuditRecord {
                    upstream: Some(upstream.clone()),
                    ..record
                };
                let turn = turn.noting(record.because(error.code(), Some(&error.to_string())));
                let turn = self.commit(turn).await?;
                Err(self.upstream_failed(&turn.login, upstream, &error))
            }
        }
    }

    pub(crate) fn upstream_failed(
        &self,
        login: &Login,
        upstream: &UpstreamId,
        error: &UpstreamError,
    ) -> Problem {
        let label = self.upstream_label(upstream);
        let kind = match error {
            UpstreamError::Misbehaved { .. } => ProblemKind::UpstreamMisbehaved { upstream: label },
            UpstreamError::Refused { .. } | UpstreamError::WrongCredentials { .. } => {
                ProblemKind::UpstreamRefused { upstream: label }
            }
            UpstreamError::Unreachable { .. } => {
                ProblemKind::UpstreamUnreachable { upstream: label }
            }
        };
        let detail = format!("upstream `{upstream}`: {error}");
        self.problem(login, kind, error.code(), &detail)
    }

    /// The page of what is asked now. Changes nothing.
    pub(crate) async fn present(&self, login: &Login, fault: Option<Fault>) -> Outcome {
        let ask = match login.stage() {
            Stage::AtUpstream {
                upstream, prompt, ..
            } => match prompt {
                Prompt::Redirect(url) => {
                    return Ok(Shown::ToUpstream(Reply::Redirect(url.clone())));
                }
                Prompt::PostForm { action, fields } => {
                    let form = Reply::PostForm {
                        action: action.clone(),
                        fields: fields.clone(),
                    };
                    return Ok(Shown::ToUpstream(form));
                }
                Prompt::Password { username } => Ask::Password {
                    upstream: self.upstream_label(upstream),
                    username: username.clone(),
                },
                Prompt::Code { .. } | Prompt::SaveCodes { .. } | Prompt::ScanSecret { .. } => {
                    return Err(self.unshowable(login));
                }
            },
            Stage::Between(between) => match &between.step {
                Step::Challenge {
                    kind,
                    prompt: Prompt::Code { digits, hint },
                    ..
                } => Ask::Code {
                    kind: kind.clone(),
                    hint: hint.clone(),
                    digits: *digits,
                    other_ways: self.ways(login).await?.len() > 1,
                },
                Step::Enrol {
                    kind,
                    prompt:
                        Prompt::ScanSecret {
                            uri,
                            secret,
                            digits,
                        },
                    ..
                } => Ask::ScanSecret {
                    kind: kind.clone(),
                    uri: uri.clone(),
                    secret: secret.clone(),
                    digits: *digits,
                },
                Step::Enrol {
                    prompt: Prompt::SaveCodes { codes },
                    ..
                } => Ask::SaveCodes {
                    codes: codes.clone(),
                    optional: true,
                },
                Step::Challenge { .. } | Step::Decide | Step::Enrol { .. } => {
                    return Err(self.unshowable(login));
                }
            },
            Stage::Closed(Ending::Refused(why)) => Ask::Refused(*why),
            Stage::Closed(Ending::Granted) => {
                return Err(self.out_of_step(login, vestibule_core::flow::FlowError::Closed));
            }
            Stage::Returned(_) | Stage::Routing => return Ok(Shown::Onward(self.page_of(login))),
        };
        Ok(self.screen(login, ask, fault))
    }

    /// An adapter asked for something that this step cannot show: our own mistake, and never a way through.
    fn unshowable(&self, login: &Login) -> Problem {
        self.problem(
            login,
            ProblemKind::Unavailable,
            "prompt_unshowable",
            "the adapter's prompt does not fit the step",
        )
    }

    pub(crate) fn screen(&self, login: &Login, ask: Ask, fault: Option<Fault>) -> Shown {
        Shown::Screen(Box::new(Screen {
            handle: self.page_of(login),
            step: login.revision(),
            reference: login.reference().clone(),
            app: self.app_label(&login.request().app),
            person: login.person().map(|person| person.label().to_owned()),
            ask,
            fault,
        }))
    }

    pub(crate) fn page_of(&self, login: &Login) -> String {
        self.parts.handles.mint(Purpose::Page, login.id())
    }
}
