//! Steps 1 to 3: a message becomes a login, the login finds its upstream, the person is sent there.
//!
//! Owns the way up to the upstream, and where a login goes on that somebody comes back to. Does not own what a message
//! says (the downstream reads it), nor which upstream is right ([`Routing`](vestibule_core::routing::Routing) says so).

use vestibule_core::{
    assurance::Demand,
    audit::{AuditEvent, AuditRecord, AuditResult},
    flow::{Login, Stage, Step},
    id::{LoginId, UpstreamId},
    port::{Begin, Incoming, Rejection, Tell},
    request::{AuthnRequest, Protocol, Refusal},
    routing::Route,
};

use crate::{
    Ask, Engine, Outcome, ProblemKind, Shown, Visitor,
    handle::Purpose,
    stop::{Stop, Turned},
    turn::Turn,
};

impl Engine {
    /// Step 1: an application's message arrives in a browser.
    ///
    /// # Errors
    /// [`Problem`](crate::Problem) to be told on our own page; nothing is sent anywhere.
    pub async fn receive(
        &self,
        protocol: Protocol,
        incoming: &Incoming,
        visitor: Visitor,
    ) -> Outcome {
        self.tell(self.open(protocol, incoming, visitor).await)
    }

    /// Shows where a login stands, and goes on by itself as far as nothing has to be asked.
    ///
    /// # Errors
    /// [`Problem`](crate::Problem).
    pub async fn show(&self, handle: &str, visitor: Visitor) -> Outcome {
        let shown = async { self.go_on(self.load_page(handle, visitor).await?).await };
        self.tell(shown.await)
    }

    pub(crate) async fn open(
        &self,
        protocol: Protocol,
        incoming: &Incoming,
        visitor: Visitor,
    ) -> Turned {
        let request = self.request_of(protocol, incoming, visitor).await?;
        self.begin_login(request, visitor).await
    }

    /// A login for a request that was checked.
    pub(crate) async fn begin_login(&self, request: AuthnRequest, visitor: Visitor) -> Turned {
        let now = self.parts.clock.now();
        self.admit(visitor)?;
        let id = LoginId::from_bytes(self.parts.entropy.bytes());
        let login = Login::open(id, self.new_reference(), request, now);
        let turn = Turn::opened(login.opened_from(visitor.address), visitor);
        let (reference, app) = (turn.login.reference(), &turn.login.request().app);
        tracing::info!(%reference, %app, "login begins");
        if turn.login.request().demand == Demand::Unattainable {
            // Nobody is led through two doors to an answer that nobody can give.
            return self.refuse_at_once(turn, Refusal::Assurance).await;
        }
        match visitor.browser {
            Some(browser) => {
                let turn = turn.step(self, |login| login.bind(browser))?;
                let opened = Turn::opened(turn.login.clone(), visitor);
                match self.route(turn).await {
                    // Nothing of this one was stored.
                    Err(Stop::Overtaken(_)) => Box::pin(self.come_again(opened)).await,
                    turned => turned,
                }
            }
            // A cross-site POST brings no cookie. The browser comes back with it by itself.
            None => self.come_again(turn).await,
        }
    }

    /// Keeps a login that was opened, for the browser to come to its page.
    async fn come_again(&self, opened: Turn) -> Turned {
        let turn = self.commit(opened).await?;
        Ok(Shown::Onward(self.page_of(&turn.login)))
    }

    /// May this source open one more login now?
    pub(crate) fn admit(&self, visitor: Visitor) -> Turned<()> {
        if self.brake.opens(visitor) {
            return Ok(());
        }
        let detail = "more logins than one source may open";
        Err(self.stray(ProblemKind::TooMany, "too_many_from_source", detail))
    }

    /// What an application asks, checked.
    pub(crate) async fn request_of(
        &self,
        protocol: Protocol,
        incoming: &Incoming,
        visitor: Visitor,
    ) -> Turned<AuthnRequest> {
        let Some(downstream) = self.parts.downstreams.get(&protocol) else {
            let detail = "no application speaks this protocol";
            return Err(self.stray(ProblemKind::RequestRejected, "protocol_off", detail));
        };
        match downstream.receive(incoming, self.parts.clock.now()).await {
            Ok(request) => Ok(request),
            Err(rejection) => Err(self.rejected(rejection, visitor).await),
        }
    }

    pub(crate) async fn rejected(&self, rejection: Rejection, visitor: Visitor) -> Stop {
        let label = rejection.app.as_ref().map(|app| self.app_label(app));
        let kind = match (&rejection.tell, &label) {
            (Tell::Later(_), Some(app)) => ProblemKind::RequestUnmet { app: app.clone() },
            _ => ProblemKind::RequestRejected,
        };
        let problem = self.stray_problem(kind, rejection.code, &rejection.detail);
        let record = AuditRecord::new(
            self.parts.clock.now(),
            AuditEvent::Request,
            AuditResult::Failure,
        );
        let record = AuditRecord {
            reference: Some(problem.reference.clone()),
            app: rejection.app.clone(),
            address: visitor.address,
            ..record.because(rejection.code, Some(&rejection.detail))
        };
        self.write_down_stray(record, visitor).await;
        let answer = match rejection.tell {
            Tell::AtOnce(reply) => return Stop::Answered(reply, label.unwrap_or_default()),
            Tell::Later(reply) => Some(reply),
            Tell::Nobody => None,
        };
        Stop::Problem(Box::new(crate::Problem {
            app: rejection.app,
            answer,
            ..problem
        }))
    }

    pub(crate) async fn go_on(&self, turn: Turn) -> Turned {
        if !turn.login.is_closed() {
            let open = turn.login.ensure_open(self.parts.clock.now());
            open.map_err(|error| self.out_of_step(&turn.login, error))?;
        }
        match turn.login.stage() {
            Stage::Routing => self.route(turn).await,
            Stage::Returned { .. } => self.identify(turn).await,
            Stage::Between(between) if between.step == Step::Decide => self.decide(turn).await,
            Stage::AtUpstream { .. } | Stage::Between(_) | Stage::Closed(_) => {
                let turn = self.commit(turn).await?;
                self.present(&turn.login, None)
            }
        }
    }

    /// Step 2.
    ///
    /// In a box: from here a login may go all the way, and without one that way would be in the future of each step that
    /// leads here.
    pub(crate) async fn route(&self, turn: Turn) -> Turned {
        Box::pin(self.route_here(turn)).await
    }

    async fn route_here(&self, turn: Turn) -> Turned {
        let turn = match turn.login.stage() {
            Stage::Routing => self.resume(turn).await?,
            _ => turn,
        };
        if turn.login.person().is_some() {
            return self.decide(turn).await;
        }
        self.find_the_way(turn).await
    }

    /// Step 2, for who is not known.
    pub(crate) async fn find_the_way(&self, turn: Turn) -> Turned {
        let request = turn.login.request();
        let ask = match self.first_route(request) {
            Route::To(upstream) => return self.begin(turn, &upstream).await,
            Route::AskMail => Ask::Mail {
                value: request.login_hint.clone(),
            },
            Route::Choose(upstreams) => {
                let labelled = upstreams
                    .into_iter()
                    .map(|id| (id.clone(), self.upstream_label(&id)));
                Ask::ChooseUpstream(labelled.collect())
            }
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

    /// Where routing leads somebody who is not known, but for what the application hints.
    pub(crate) fn first_route(&self, request: &AuthnRequest) -> Route {
        let hint = request.login_hint.as_deref();
        self.parts.routing.route(&request.app, hint)
    }

    /// Step 3. A failure leaves the login where it was, so that the person can try again or go back.
    pub(crate) async fn begin(&self, turn: Turn, upstream: &UpstreamId) -> Turned {
        let Some(part) = self.parts.upstreams.get(upstream) else {
            return Err(self.not_configured(&turn.login, &format!("the upstream `{upstream}`")));
        };
        let now = self.parts.clock.now();
        let request = turn.login.request();
        let begin = Begin {
            handle: &self
                .parts
                .handles
                .mint(Purpose::Upstream(upstream), turn.login.id()),
            request,
            wishes_anew: turn.login.wishes_anew(),
            login_hint: request.login_hint.as_deref(),
            now,
        };
        match part.adapter.begin(begin).await {
            Ok((prompt, memo)) => {
                let turn = turn.step(self, |login| {
                    login.sent_to(upstream.clone(), prompt, memo, now)
                })?;
                let turn = self.commit(turn).await?;
                self.present(&turn.login, None)
            }
            Err(error) => {
                let record = self.failure(&turn, AuditEvent::Upstream);
                let record = AuditRecord {
                    upstream: Some(upstream.clone()),
                    ..record
                };
                let record = record.because(error.code(), Some(&error.to_string()));
                let turn = self.commit(self.noting_stray(turn, record)).await?;
                Err(self.upstream_failed(&turn.login, &part.label, &error))
            }
        }
    }
}
