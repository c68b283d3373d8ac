//! How sessions end, in the model, and who is told of it.

use super::{
    app::App,
    event::{At, Shows},
    oracle::{Oracle, Seen},
    session::Session,
};

impl Oracle {
    pub(super) fn sign_out(&mut self, at: At) -> Seen {
        let shown = self.shown(at.browser, at.shows);
        let visited = match self.opened_by(at.browser, shown) {
            Some(session) => {
                self.note("signed out on the account page");
                self.end(session)
            }
            None => vec![],
        };
        self.note_visits(&visited);
        self.browsers[at.browser].forgot = true;
        Seen::SignedOut {
            visited,
            forgets: true,
        }
    }

    fn note_visits(&mut self, visited: &[App]) {
        if !visited.is_empty() {
            self.note("applications are visited");
        }
    }

    /// The browser's session, if it is meant; else the one that the message names, wherever that is.
    pub(super) fn app_logout(&mut self, at: At, app: App, named: Option<usize>) -> Seen {
        let shown = self.shown(at.browser, at.shows);
        let held = self.opened_by(at.browser, shown);
        let named = match named {
            Some(nth) => self.session(nth),
            None => held,
        };
        let took_part = |session: &usize| {
            !self.sessions[*session].is_over && self.sessions[*session].reached.contains(&app)
        };
        let Some(session) = named.filter(took_part) else {
            return Seen::SignedOut {
                visited: vec![],
                forgets: false,
            };
        };
        let is_here = self.sessions[session].browser == at.browser;
        let mut visited = self.end(session);
        visited.retain(|other| is_here && *other != app);
        if is_here {
            self.note("signed out by an application");
            self.browsers[at.browser].forgot = true;
        } else {
            self.note("signed out by an application, in another browser");
        }
        self.note_visits(&visited);
        Seen::SignedOut {
            visited,
            forgets: is_here,
        }
    }

    pub(super) fn drop_factor(&mut self, browser: usize) -> Seen {
        let shown = self.shown(browser, Shows::Its);
        let Some(here) = self.opened_by(browser, shown) else {
            return Seen::Nothing;
        };
        let person = self.sessions[here].person;
        if self.people[person].factor.take().is_some() {
            self.end_all_but(Some(here), |session| session.person == person);
        }
        Seen::Nothing
    }

    /// Whatever this person proved counts no more.
    pub(super) fn void(&mut self, person: usize) {
        if self.people[person].is_known {
            self.people[person].valid_from = self.now;
        }
        self.end_all(|session| session.person == person);
    }

    pub(super) fn end_all(&mut self, which: impl Fn(&Session) -> bool) {
        self.end_all_but(None, which);
    }

    fn end_all_but(&mut self, saved: Option<usize>, which: impl Fn(&Session) -> bool) {
        for session in 0..self.sessions.len() {
            if Some(session) != saved && which(&self.sessions[session]) {
                self.end(session);
            }
        }
    }

    /// Somebody ends a session: its applications are to be told, and what was proved in its browser begins none. Gives
    /// those that the browser can be sent to.
    pub(super) fn end(&mut self, number: usize) -> Vec<App> {
        if !self.sessions[number].is_over {
            let browser = self.sessions[number].browser;
            self.browsers[browser].signed_out = self.now;
        }
        self.expire(number)
    }

    /// A session ends by itself, or by the next one in its browser.
    pub(super) fn expire(&mut self, number: usize) -> Vec<App> {
        let session = &mut self.sessions[number];
        if session.is_over {
            return vec![];
        }
        session.is_over = true;
        let reached = session.reached.clone();
        self.due.extend(reached.iter().map(|app| (number, *app)));
        reached.into_iter().filter(|app| app.is_visited()).collect()
    }
}
