//! How a session ends because somebody asks for it.
//!
//! Owns which session that is: the one that the browser shows, whatever became of it meanwhile, and those that a signed
//! message names. Does not own what comes behind the end (`go_on`), nor what is kept of a request until it is known whose
//! session is meant (`park`).
//!
//! Who asks for the end of a session that is not there, or is somebody else's, gets the same answer as after a logout:
//! so nobody learns who is signed in.

use vestibule_core::{
    id::{AppId, LogoutId, SessionId},
    logout::{Asker, Ended, Logout, LogoutRequest, Name, Next, Shows, Unmet, Way},
    port::{Commit, LogoutAnswer, LogoutChange, ReplayMark, SessionChange, SignOff},
    request::Reply,
    session::{Participation, Session},
};

use super::once::Sender;
use crate::{Engine, Outcome, Shown, Visitor, stop::Turned};

/// The sessions that shall end.
pub(super) struct Ending {
    /// The one whose applications are told in the browser, with them.
    first: Session,
    participations: Vec<Participation>,
    /// More of them; their applications are told without a browser.
    others: Vec<Session>,
}

/// Where a logout goes on, and what is used up by its beginning.
pub(super) struct Beginning {
    /// The one that was parked, if one was.
    pub(super) parked: Option<Logout>,
    pub(super) once: Option<ReplayMark>,
    pub(super) visitor: Visitor,
}

impl Engine {
    /// Signs a person out, on their own account page. Who has no session is signed out already.
    ///
    /// # Errors
    /// [`Problem`](crate::Problem); nothing ended then.
    pub async fn sign_out(&self, form: Option<&str>, visitor: Visitor) -> Outcome {
        let done = async {
            let Some(first) = self.held_session(visitor).await? else {
                return Ok(Shown::SignedOut);
            };
            self.check_form(first.key(), form)?;
            let ending = self.ending(first, Vec::new()).await?;
            self.end(ending, Asker::Person, Beginning::by(visitor))
                .await
        };
        self.tell(done.await)
    }

    /// An application asks.
    pub(super) async fn asked_to_end(
        &self,
        request: LogoutRequest,
        once: Option<ReplayMark>,
        visitor: Visitor,
    ) -> Turned {
        let beginning = Beginning {
            once,
            ..Beginning::by(visitor)
        };
        self.decide_what_ends(request, beginning).await
    }

    /// The same, when the browser that it came in shows its cookie.
    pub(super) async fn back_with_cookie(
        &self,
        logout: Logout,
        request: LogoutRequest,
        visitor: Visitor,
    ) -> Turned {
        let beginning = Beginning {
            parked: Some(logout),
            ..Beginning::by(visitor)
        };
        self.decide_what_ends(request, beginning).await
    }

    /// The person says yes: whatever session the browser has ends.
    pub(super) async fn confirmed(&self, logout: Logout, visitor: Visitor) -> Turned {
        let Next::Decide(request) = logout.next() else {
            return Ok(self.at_logout(&logout));
        };
        let request = request.clone();
        let held = self.held_session(visitor).await?;
        let beginning = Beginning {
            parked: Some(logout),
            ..Beginning::by(visitor)
        };
        match held {
            Some(first) => {
                let ending = self.ending(first, Vec::new()).await?;
                self.end(ending, Asker::Application(request), beginning)
                    .await
            }
            None => self.nothing_to_end(request, beginning).await,
        }
    }

    async fn decide_what_ends(&self, request: LogoutRequest, beginning: Beginning) -> Turned {
        let visitor = beginning.visitor;
        let held = self.held_session(visitor).await?;
        if let Some(ending) = self.meant(&request, held.as_ref()).await? {
            let asker = Asker::Application(request);
            return self.end(ending, asker, beginning).await;
        }
        let shows = Shows {
            cookie: visitor.browser.is_some(),
            session: held.is_some(),
            parked: beginning.parked.is_some(),
        };
        match (request.standing.unmet(shows), &beginning.parked) {
            (Unmet::Ask, Some(logout)) => Ok(self.asking(logout)),
            (Unmet::Ask | Unmet::Park, None) => self.park_logout(request, held, beginning).await,
            _ => self.nothing_to_end(request, beginning).await,
        }
    }

    /// The sessions that a request means: that of the browser if it is about that, and those that it names, if it may.
    async fn meant(
        &self,
        request: &LogoutRequest,
        held: Option<&Session>,
    ) -> Turned<Option<Ending>> {
        let (Some(app), Some(sign_off)) =
            (&request.app, self.parts.sign_offs.get(&request.protocol))
        else {
            return Ok(None);
        };
        let mut first = None;
        if let Some(held) = held
            && request.standing.may_end_held()
            && let Some(participations) =
                self.is_about(&**sign_off, request, app, held.id()).await?
        {
            first = Some((held.clone(), participations));
        }
        let mut others = Vec::new();
        if request.standing.may_end_named() {
            for name in &request.sessions {
                let failed = |error| self.logout_failed(&error);
                let named = self.parts.store.session_known_as(app, name).await;
                let Some(id) = named.map_err(failed)? else {
                    continue;
                };
                let is_again = first.as_ref().is_some_and(|(first, _)| first.id() == id)
                    || others.iter().any(|other: &Session| other.id() == id);
                if is_again {
                    continue;
                }
                let about = self.is_about(&**sign_off, request, app, id).await?;
                let session = self.parts.store.session_by_id(id).await.map_err(failed)?;
                match (about, session) {
                    (Some(participations), Some(session)) if first.is_none() => {
                        first = Some((session, participations));
                    }
                    (Some(_), Some(session)) => others.push(session),
                    _ => {}
                }
            }
        }
        Ok(first.map(|(first, participations)| Ending {
            first,
            participations,
            others,
        }))
    }

    /// The applications of a session, if the one that asks is among them and means that session.
    async fn is_about(
        &self,
        sign_off: &dyn SignOff,
        request: &LogoutRequest,
        app: &AppId,
        id: SessionId,
    ) -> Turned<Option<Vec<Participation>>> {
        let participations = self.parts.store.participations(id).await;
        let participations = participations.map_err(|error| self.logout_failed(&error))?;
        let is_meant = participations.iter().any(|participation| {
            participation.app == *app
                && participation.protocol == request.protocol
                && sign_off.is_about(request, &participation.told)
        });
        Ok(is_meant.then_some(participations))
    }

    pub(super) async fn ending(&self, first: Session, others: Vec<Session>) -> Turned<Ending> {
        let participations = self.parts.store.participations(first.id()).await;
        Ok(Ending {
            participations: participations.map_err(|error| self.logout_failed(&error))?,
            first,
            others,
        })
    }

    /// The session that this browser shows. One that is over by its limits ends, too, so that its applications hear of
    /// it.
    pub(super) async fn held_session(&self, visitor: Visitor) -> Turned<Option<Session>> {
        let (Some(key), Some(browser)) = (visitor.session, visitor.browser) else {
            return Ok(None);
        };
        let session = self.parts.store.session(key).await;
        let session = session.map_err(|error| self.logout_failed(&error))?;
        Ok(session.filter(|session| session.browser() == browser))
    }

    /// The sessions end, and the telling begins, in one transaction.
    pub(super) async fn end(&self, ending: Ending, asker: Asker, beginning: Beginning) -> Turned {
        let Ending {
            first,
            participations,
            others,
        } = ending;
        let visitor = beginning.visitor;
        let is_own = visitor.browser == Some(first.browser());
        let person = first.person().id.clone();
        let reference = match &beginning.parked {
            Some(parked) => parked.reference().clone(),
            None => self.new_reference(),
        };
        let ends = || std::iter::once(&first).chain(&others);
        let records =
            ends().map(|session| self.logout_begins(&asker, session, &reference, visitor));
        let mut commit = Commit {
            session: Some(SessionChange::End {
                ids: ends().map(Session::id).collect(),
                at: self.parts.clock.now(),
            }),
            once: beginning.once.into_iter().collect(),
            audit: records.collect(),
            ..Commit::default()
        };
        tracing::info!(%reference, %person, sessions = others.len() + 1, "a session ends");
        // Who brought a form from elsewhere shows no cookie yet. It is the session's browser, or nobody; where sessions
        // of several browsers end, nobody can say which of these.
        let is_one = others
            .iter()
            .all(|other| other.browser() == first.browser());
        let browser = visitor.browser.or(is_one.then_some(first.browser()));
        // Another browser than the session's is led nowhere: its applications are told without it, or not at all.
        let may_lead = browser == Some(first.browser());
        let first_door = self.first_door(first.person(), &asker, may_lead);
        if asker == Asker::Person && participations.is_empty() && first_door.is_none() {
            self.commit_once(commit, &asker, visitor).await?;
            return Ok(Shown::SignedOut);
        }
        let partings = participations.into_iter().map(|participation| {
            let way = match self.way(&participation) {
                Way::Frame | Way::Visit if !may_lead => Way::Nothing,
                way => way,
            };
            (participation, way)
        });
        let ended = Ended {
            partings: partings.collect(),
            first_door,
            person,
            is_elsewhere: !may_lead,
        };
        let (logout, change) = match beginning.parked {
            Some(parked) => {
                let granted = parked
                    .granted(ended)
                    .map_err(|fault| self.logout_fault(fault))?;
                (granted.clone(), LogoutChange::Replace(granted))
            }
            None => {
                let name = Name {
                    id: LogoutId::from_bytes(self.parts.entropy.bytes()),
                    reference,
                    browser,
                };
                let now = self.parts.clock.now();
                let begun = Logout::begun(name, asker.clone(), ended, now);
                (begun.clone(), LogoutChange::Open(begun))
            }
        };
        commit.logout = Some(change);
        self.commit_once(commit, &asker, visitor).await?;
        Ok(Shown::LogoutAt {
            handle: self.logout_handle(&logout),
            forgets: is_own,
        })
    }

    /// Whoever asked is told that it is done.
    async fn nothing_to_end(&self, request: LogoutRequest, beginning: Beginning) -> Turned {
        let visitor = beginning.visitor;
        let record = self.logout_vain(&request, beginning.parked.as_ref(), visitor);
        let over = match beginning.parked {
            Some(parked) => {
                let over = parked
                    .dismissed()
                    .map_err(|fault| self.logout_fault(fault))?;
                Some(LogoutChange::Replace(over))
            }
            None => None,
        };
        let commit = Commit {
            logout: over,
            once: beginning.once.into_iter().collect(),
            audit: self.brake_stray(record, visitor),
            ..Commit::default()
        };
        let sender = Sender::Application(request.app.clone());
        self.commit_once(commit, sender, visitor).await?;
        match self.answer_to(&request, true).await {
            Some((reply, label)) => Ok(Shown::Leave(reply, label)),
            None => Ok(Shown::Nobody),
        }
    }

    /// The answer to whoever asked, and what it is called. One that cannot be made is for the log: the person is signed
    /// out all the same, and reads that on our own page.
    pub(super) async fn answer_to(
        &self,
        request: &LogoutRequest,
        is_complete: bool,
    ) -> Option<(Reply, String)> {
        let sign_off = self.parts.sign_offs.get(&request.protocol)?;
        let answer = LogoutAnswer {
            app: request.app.as_ref(),
            reply: &request.reply,
            is_complete,
            now: self.parts.clock.now(),
        };
        match sign_off.answer(answer).await {
            Ok(reply) => {
                let label = request.app.as_ref().map(|app| self.app_label(app));
                Some((reply?, label.unwrap_or_default()))
            }
            Err(error) => {
                tracing::warn!(code = error.code, %error, "an application cannot be told that its logout is done");
                None
            }
        }
    }

    /// How an application can be told now.
    fn way(&self, participation: &Participation) -> Way {
        let sign_off = self.parts.sign_offs.get(&participation.protocol);
        sign_off.map_or(Way::Nothing, |sign_off| {
            sign_off.way(&participation.app, &participation.told)
        })
    }
}

impl Beginning {
    /// In this browser, out of nothing.
    pub(super) fn by(visitor: Visitor) -> Self {
        Self {
            parked: None,
            once: None,
            visitor,
        }
    }
}
