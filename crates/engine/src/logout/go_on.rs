//! The way from one application to the next, and the answer at its end.
//!
//! Owns that each step is committed before the browser leaves for it, and that an application for which no message can be
//! made keeps nobody from the others. Does not own their order ([`vestibule_core::logout`]).

use vestibule_core::{
    id::AppId,
    logout::{Asker, Farewell, FirstDoorState, Logout, Next, PATIENCE, Parting, PartingState},
    port::{Commit, Notification, Telling},
    request::Reply,
};

use super::screen::{FirstDoorShown, LogoutAsk, LogoutScreen, PartingShown};
use crate::{Engine, Shown, Visitor, handle::Purpose, stop::Turned};

impl Engine {
    /// Goes on as far as nobody has to be waited for.
    pub(super) async fn go_on_telling(&self, mut logout: Logout, visitor: Visitor) -> Turned {
        loop {
            let now = self.parts.clock.now();
            logout = match logout.next() {
                Next::Decide(request) => {
                    let request = request.clone();
                    return Box::pin(self.back_with_cookie(logout, request, visitor)).await;
                }
                Next::Frames => return self.show_frames(logout).await,
                Next::Visit(parting) => match self.visit(&logout, parting).await {
                    Some((reply, app)) => {
                        let leaving = logout.visiting(&app, now);
                        let leaving = leaving.map_err(|fault| self.logout_fault(fault))?;
                        self.keep_logout(leaving, Commit::default()).await?;
                        return Ok(Shown::Leave(reply, self.app_label(&app)));
                    }
                    None => {
                        let app = parting.app.clone();
                        let passed = logout.unspoken(&app);
                        let passed = passed.map_err(|fault| self.logout_fault(fault))?;
                        self.keep_logout(passed, Commit::default()).await?
                    }
                },
                Next::Wait(parting) => {
                    let waits =
                        matches!(parting.state, PartingState::Asked { at } if now - at < PATIENCE);
                    if waits {
                        let app = self.app_label(&parting.app);
                        return Ok(self.logout_screen(&logout, LogoutAsk::Wait { app }));
                    }
                    self.pass_over(logout, visitor).await?
                }
                Next::Answer => return self.finish(logout, visitor).await,
                Next::Leave(door) => {
                    let door = door.clone();
                    match self.leave_for(logout, door, visitor).await? {
                        Ok(shown) => return Ok(shown),
                        Err(logout) => logout,
                    }
                }
                Next::WaitThere(door) => {
                    let waits =
                        matches!(door.state, FirstDoorState::Asked { at } if now - at < PATIENCE);
                    if waits {
                        let app = self.upstream_label(&door.upstream);
                        return Ok(self.logout_screen(&logout, LogoutAsk::Wait { app }));
                    }
                    self.pass_over(logout, visitor).await?
                }
                Next::Over => return Ok(self.over(&logout)),
            };
        }
    }

    /// The page that asks whether somebody wants to be signed out.
    pub(super) fn asking(&self, logout: &Logout) -> Shown {
        let app = match logout.next() {
            Next::Decide(request) => request.app.as_ref().map(|app| self.app_label(app)),
            _ => None,
        };
        self.logout_screen(logout, LogoutAsk::SignOut { app })
    }

    /// The page with the frames. Whether it was heard nobody knows.
    async fn show_frames(&self, logout: Logout) -> Turned {
        let (mut addresses, mut shown) = (Vec::new(), Vec::new());
        let framed = logout
            .partings()
            .iter()
            .filter(|parting| parting.state == PartingState::ToBeFramed);
        for parting in framed {
            if let Some(Notification::Frame(address)) = self.notification(&logout, parting).await {
                addresses.push(address);
                shown.push(parting.app.clone());
            }
        }
        let framed = logout
            .framed(&shown)
            .map_err(|fault| self.logout_fault(fault))?;
        let logout = self.keep_logout(framed, Commit::default()).await?;
        Ok(self.logout_screen(&logout, LogoutAsk::Frames { addresses }))
    }

    /// What carries the browser to an application.
    async fn visit(&self, logout: &Logout, parting: &Parting) -> Option<(Reply, AppId)> {
        match self.notification(logout, parting).await? {
            Notification::Visit(reply) => Some((reply, parting.app.clone())),
            Notification::Call { .. } | Notification::Frame(_) => None,
        }
    }

    async fn notification(&self, logout: &Logout, parting: &Parting) -> Option<Notification> {
        let handle = self
            .parts
            .handles
            .mint_logout(Purpose::SignOff(&parting.app), logout.id());
        let telling = Telling {
            app: &parting.app,
            told: &parting.told,
            handle: &handle,
            now: self.parts.clock.now(),
        };
        let sign_off = self.parts.sign_offs.get(&parting.protocol)?;
        match sign_off.tell(telling).await {
            Ok(notification) => Some(notification),
            Err(error) => {
                let reference = logout.reference();
                tracing::warn!(%reference, app = %parting.app, code = error.code, %error, "an application cannot be told of a logout");
                None
            }
        }
    }

    /// All were told: the logout is over, and whoever asked is answered.
    async fn finish(&self, logout: Logout, visitor: Visitor) -> Turned {
        let finished = logout.clone().finish();
        let (over, farewell) = finished.map_err(|fault| self.logout_fault(fault))?;
        let record = self.logout_ends(&logout, &farewell, visitor);
        let with = Commit {
            audit: vec![record],
            ..Commit::default()
        };
        let over = self.keep_logout(over, with).await?;
        match self.bid_farewell(farewell).await {
            Some((reply, label)) => Ok(Shown::Leave(reply, label)),
            None => Ok(self.over(&over)),
        }
    }

    /// By value: whoever asked is answered once.
    async fn bid_farewell(&self, farewell: Farewell) -> Option<(Reply, String)> {
        match farewell.asker() {
            Asker::Application(request) => self.answer_to(request, farewell.is_complete()).await,
            Asker::Person => None,
            Asker::Upstream { upstream, reply } => {
                self.answer_upstream(upstream, reply, farewell.is_complete())
                    .await
            }
        }
    }

    fn over(&self, logout: &Logout) -> Shown {
        let partings = logout.partings().iter().map(|parting| PartingShown {
            app: self.app_label(&parting.app),
            state: parting.state,
        });
        let partings = partings.collect();
        let first_door = logout.first_door().map(|door| FirstDoorShown {
            upstream: self.upstream_label(&door.upstream),
            state: door.state,
        });
        let ask = LogoutAsk::Over {
            partings,
            first_door,
        };
        self.logout_screen(logout, ask)
    }

    fn logout_screen(&self, logout: &Logout, ask: LogoutAsk) -> Shown {
        Shown::Logout(Box::new(LogoutScreen {
            handle: self.logout_handle(logout),
            step: logout.revision(),
            reference: logout.reference().clone(),
            ask,
        }))
    }
}
