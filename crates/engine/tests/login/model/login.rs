//! A login under way, as the model has it: where it stands, and what comes of it by what was proved.

use vestibule_core::session::SingleSignOn;

use super::{
    app::{App, Wants},
    oracle::{Oracle, Seen, Told},
    session::{Proofs, Session, joined},
};

/// Minutes from the application's request on.
pub(super) const LIFETIME: i64 = 15 * 60;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) number: usize,
    pub(super) browser: usize,
    pub(super) app: App,
    pub(super) is_passive: bool,
    pub(super) ends: i64,
    /// To the upstream, once at least.
    pub(super) was_sent: bool,
    pub(super) stage: Stage,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    AtFirstDoor {
        anew: bool,
    },
    /// The upstream's answer is there, and nobody has looked at it.
    Answered(Between),
    Between(Between, Page),
}

/// Somebody between the doors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Between {
    pub(super) person: usize,
    pub(super) since: i64,
    pub(super) upstream: String,
    /// The session that they came from.
    pub(super) from: Option<usize>,
    pub(super) remembered: Proofs,
    /// In this very login.
    pub(super) proved: Proofs,
}

/// What the second door's page asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// A code of this factor.
    Code(usize),
    SetUp,
}

impl Login {
    /// What is seen of one that waits for the upstream.
    pub(super) fn at_first_door(&self, now: i64) -> Seen {
        match self.stage {
            _ if now >= self.ends => Seen::Expired,
            Stage::AtFirstDoor { anew } => Seen::FirstDoor { anew },
            _ => Seen::Nothing,
        }
    }
}

impl Oracle {
    /// Who comes by the first door comes by it again, if what they proved there was voided, or if a session was ended in
    /// this browser since. Who comes from a session stands or falls with that one.
    pub(super) fn must_start_over(
        &self,
        browser: usize,
        between: &Between,
    ) -> Option<&'static str> {
        if let Some(from) = between.from {
            let is_over = self.sessions[from].is_over;
            return is_over.then_some("starts over: its session is gone");
        }
        let person = &self.people[between.person];
        if person.is_disabled {
            return None;
        }
        if between.since < person.valid_from {
            return Some("starts over: what was proved is void");
        }
        let is_out = between.since < self.browsers[browser].signed_out;
        is_out.then_some("starts over: somebody signed out here")
    }

    /// What comes of a login between the doors. `shown` is the cookie that the browser brings.
    pub(super) fn decide(&mut self, login: Login, between: Between, shown: Option<usize>) -> Seen {
        if let Some(why) = self.must_start_over(login.browser, &between) {
            self.note(why);
            return self.send(login, true);
        }
        let person = self.people[between.person].clone();
        if person.is_disabled {
            self.note("the disabled are refused");
            return Seen::Denied;
        }
        let takes_over = between.from.is_some() && login.app.takes() == SingleSignOn::Shared;
        let counted = match takes_over {
            true => joined(&between.remembered, &between.proved),
            false => between.proved.clone(),
        };
        // Of a factor that is gone nothing is told, and nothing counts.
        let proofs: Vec<(usize, i64)> = counted
            .into_iter()
            .filter(|(factor, _)| person.factor == Some(*factor))
            .collect();
        let is_enough = match login.app.wants() {
            Wants::Nothing => true,
            Wants::Factor { at_most } => proofs.iter().any(|(_, at)| self.now - at <= at_most),
        };
        if is_enough {
            return self.grant(&login, &between, proofs, shown);
        }
        if login.is_passive {
            self.note("passive: a factor would have to be asked for");
            return Seen::Refused("interaction");
        }
        if !proofs.is_empty() {
            self.note("the factor was passed too long ago");
        } else if takes_over && !between.remembered.is_empty() {
            self.note("the factor that was passed is gone");
        } else if between.from.is_some() {
            self.note("only the factor is asked for");
        }
        let (page, seen) = match person.factor {
            Some(factor) => (Page::Code(factor), Seen::Code),
            None => (Page::SetUp, Seen::SetUp),
        };
        self.keep(Login {
            stage: Stage::Between(between, page),
            ..login
        });
        seen
    }

    fn grant(
        &mut self,
        login: &Login,
        between: &Between,
        proofs: Vec<(usize, i64)>,
        shown: Option<usize>,
    ) -> Seen {
        let silent = between.from.filter(|_| between.proved.is_empty());
        let session = match silent {
            Some(from) => {
                self.note("in, with nothing asked");
                self.sessions[from].used = self.sessions[from].used.max(self.now);
                from
            }
            None => self.carry(login, between, shown),
        };
        self.sessions[session].reached.insert(login.app);
        Seen::In(Told {
            person: between.person,
            session,
            since: between.since,
            proofs,
            gets_cookie: silent.is_none(),
        })
    }

    /// The session of this person in this browser goes on, with another cookie, or one begins; whoever else was in this
    /// browser is not any more.
    fn carry(&mut self, login: &Login, between: &Between, shown: Option<usize>) -> usize {
        let here = |session: &Session| !session.is_over && session.browser == login.browser;
        let is_theirs = |session: &Session| here(session) && session.person == between.person;
        let held = between
            .from
            .or_else(|| self.sessions.iter().position(is_theirs));
        let mut proofs = joined(&between.remembered, &between.proved);
        let mut reached = Default::default();
        let (mut since, mut upstream) = (between.since, between.upstream.clone());
        if let Some(held) = held {
            let old = self.sessions[held].clone();
            let is_shown = shown == Some(old.cookie) && old.lasts(self.now);
            if between.from.is_some() || is_shown {
                self.note("goes on with what it remembers");
                proofs = joined(&proofs, &old.proofs);
                if old.since > since {
                    self.note("another tab came by the first door later");
                    (since, upstream) = (old.since, old.upstream);
                }
            } else {
                self.note("goes on without what it remembers");
            }
            reached = old.reached;
        }
        for other in 0..self.sessions.len() {
            if here(&self.sessions[other]) && Some(other) != held {
                self.note("ends with somebody else's login");
                self.expire(other);
            }
        }
        let session = Session {
            browser: login.browser,
            person: between.person,
            cookie: self.next_cookie(login.browser),
            since,
            used: self.now,
            upstream,
            proofs,
            reached,
            is_over: false,
        };
        match held {
            Some(held) => {
                self.sessions[held] = session;
                held
            }
            None => {
                self.note("in, by both doors");
                self.sessions.push(session);
                self.sessions.len() - 1
            }
        }
    }
}
