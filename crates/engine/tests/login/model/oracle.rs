//! What must be true of sessions, written as plainly as it can be: no ports, no protocols, no transactions, one memory.
//!
//! Owns the books of people, browsers and sessions, and what each event comes to. Does not own the way of one login
//! (`login`), nor how sessions end (`ends`).

use std::collections::{BTreeMap, BTreeSet};

use vestibule_core::session::SingleSignOn;

use super::{
    app::App,
    event::{Ask, At, BROWSERS, Event, PEOPLE, Shows},
    login::{Between, LIFETIME, Login, Page, Stage},
    session::{Proofs, Session},
};

/// What somebody sees of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// A code is asked for.
    Code,
    /// Our page says no.
    Denied,
    /// It took too long.
    Expired,
    /// The upstream is asked; to authenticate them anew, if so.
    FirstDoor { anew: bool },
    /// The application is told who it is.
    In(Told),
    /// The browser is sent on.
    Onward,
    /// The application is told no.
    Refused(&'static str),
    /// A factor has to be set up.
    SetUp,
    /// The browser was led to these, one after the other; it forgets its session's cookie or not.
    SignedOut { visited: Vec<App>, forgets: bool },
    /// Nothing, or nothing that is told to a browser.
    Nothing,
}

/// What an application is told, and whether the browser gets another cookie with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) person: usize,
    pub(super) session: usize,
    pub(super) since: i64,
    pub(super) proofs: Vec<(usize, i64)>,
    pub(super) gets_cookie: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Person {
    /// They were seen here.
    pub(super) is_known: bool,
    pub(super) is_disabled: bool,
    /// What was proved before is void.
    pub(super) valid_from: i64,
    /// The one that they have.
    pub(super) factor: Option<usize>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Browser {
    /// The last is the one that it shows, unless it forgot it.
    pub(super) cookies: Vec<usize>,
    pub(super) forgot: bool,
    /// When a session was ended here, last, and not by somebody else's login. What was proved before begins none.
    pub(super) signed_out: i64,
    /// So often the upstream ended its session with each person here.
    logouts: [usize; PEOPLE.len()],
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Oracle {
    pub(super) now: i64,
    pub(super) people: [Person; PEOPLE.len()],
    pub(super) browsers: [Browser; BROWSERS],
    pub(super) sessions: Vec<Session>,
    logins: Vec<Login>,
    /// So many there were, of each.
    opened: usize,
    cookies: usize,
    factors: usize,
    /// Applications whose session has ended in this step.
    pub(super) due: BTreeSet<(usize, App)>,
    /// What the walk came by.
    pub(super) notes: BTreeSet<&'static str>,
}

impl Oracle {
    pub(super) fn note(&mut self, what: &'static str) {
        self.notes.insert(what);
    }

    /// The number that the next login gets.
    pub(super) fn next_login(&self) -> usize {
        self.opened
    }

    /// The login that an event means.
    pub(super) fn login(&self, nth: usize) -> Option<&Login> {
        let place = self.logins.len().checked_sub(1)? - nth % self.logins.len();
        self.logins.get(place)
    }

    /// The session that an event means.
    pub(super) fn session(&self, nth: usize) -> Option<usize> {
        let last = self.sessions.len().checked_sub(1)?;
        Some(last - nth % self.sessions.len())
    }

    /// Those that nobody ended, by number.
    pub(super) fn open_sessions(&self) -> BTreeMap<usize, Session> {
        let all = self.sessions.iter().cloned().enumerate();
        all.filter(|(_, session)| !session.is_over).collect()
    }

    /// The cookie that a browser brings.
    pub(super) fn shown(&self, browser: usize, shows: Shows) -> Option<usize> {
        let its = &self.browsers[browser];
        match shows {
            Shows::Its => its.cookies.last().copied().filter(|_| !its.forgot),
            Shows::Old(nth) => its.cookies.iter().rev().skip(1).nth(nth).copied(),
            Shows::Others => self.shown(BROWSERS - 1 - browser, Shows::Its),
        }
    }

    /// What the upstream calls its session with this person in this browser.
    pub(super) fn upstream_session(&self, browser: usize, person: usize) -> String {
        let logouts = self.browsers[browser].logouts[person];
        format!("{browser}-{person}-{logouts}")
    }

    /// Something happens. The time that it takes has passed already.
    pub(super) fn step(&mut self, event: &Event) -> Seen {
        self.due.clear();
        match *event {
            Event::Open { at, app, ask } => self.open(at, app, ask),
            Event::Answer { login, person, .. } => self.answer(login, person),
            Event::Show { login, shows, .. } => self.show(login, shows),
            Event::Prove { login, shows, .. } => self.prove(login, shows),
            Event::SignOut(at) => self.sign_out(at),
            Event::AppLogout { at, app, session } => self.app_logout(at, app, session),
            Event::UpstreamLogout {
                browser, person, ..
            } => {
                let name = self.upstream_session(browser, person);
                self.end_all(|session| session.person == person && session.upstream == name);
                self.browsers[browser].logouts[person] += 1;
                Seen::Nothing
            }
            Event::Revoke(person) => {
                self.void(person);
                Seen::Nothing
            }
            Event::End(number) => {
                self.end(number);
                Seen::Nothing
            }
            Event::Disable(person, off) => {
                self.people[person].is_known = true;
                self.people[person].is_disabled = off;
                if off {
                    self.void(person);
                }
                Seen::Nothing
            }
            Event::ResetFactor(person) => {
                self.people[person].factor = None;
                self.void(person);
                Seen::Nothing
            }
            Event::DropFactor(browser) => self.drop_factor(browser),
            Event::ClearAway => {
                let now = self.now;
                for number in 0..self.sessions.len() {
                    if self.sessions[number].is_bygone(now) {
                        self.expire(number);
                    }
                }
                self.logins.retain(|login| now < login.ends);
                Seen::Nothing
            }
            Event::Amid(..) | Event::RevokeOne(_) | Event::Wait(_) => Seen::Nothing,
        }
    }

    /// The session that this cookie opens in this browser.
    pub(super) fn opened_by(&self, browser: usize, cookie: Option<usize>) -> Option<usize> {
        let is_it = |session: &Session| {
            !session.is_over && session.browser == browser && Some(session.cookie) == cookie
        };
        self.sessions.iter().position(is_it)
    }

    fn open(&mut self, at: At, app: App, ask: Ask) -> Seen {
        let shown = self.shown(at.browser, at.shows);
        let login = Login {
            number: self.opened,
            browser: at.browser,
            app,
            is_passive: ask == Ask::Passive,
            ends: self.now + LIFETIME,
            was_sent: false,
            stage: Stage::AtFirstDoor { anew: false },
        };
        self.opened += 1;
        let mut anew = app.takes() == SingleSignOn::Off || ask == Ask::Anew;
        if !anew {
            let found = self.opened_by(at.browser, shown);
            let session = found.filter(|found| self.sessions[*found].lasts(self.now));
            match (session, ask) {
                (None, _) => self.note_what_does_not_open(at, found, shown),
                (Some(session), Ask::For(whom)) if self.sessions[session].person != whom => {
                    self.note("somebody else is expected");
                }
                (Some(session), Ask::NoOlder(age))
                    if self.now - self.sessions[session].since > age =>
                {
                    self.note("the first door was passed too long ago");
                }
                (Some(session), _) => {
                    let from = &self.sessions[session];
                    let between = Between {
                        person: from.person,
                        since: from.since,
                        upstream: from.upstream.clone(),
                        from: Some(session),
                        remembered: from.proofs.clone(),
                        proved: Proofs::new(),
                    };
                    return self.decide(login, between, shown);
                }
            }
            anew = matches!(ask, Ask::NoOlder(_));
        }
        self.send(login, anew)
    }

    /// To the upstream.
    pub(super) fn send(&mut self, login: Login, anew: bool) -> Seen {
        self.keep(Login {
            was_sent: true,
            stage: Stage::AtFirstDoor { anew },
            ..login
        });
        Seen::FirstDoor { anew }
    }

    fn note_what_does_not_open(&mut self, at: At, found: Option<usize>, shown: Option<usize>) {
        match (found, shown, at.shows) {
            (Some(found), ..) if self.now >= self.sessions[found].since + 12 * 60 * 60 => {
                self.note("the session is too old");
            }
            (Some(_), ..) => self.note("nobody used the session for too long"),
            (None, Some(_), Shows::Old(_)) => self.note("an old cookie opens nothing"),
            (None, Some(_), Shows::Others) => self.note("another browser's cookie opens nothing"),
            (None, Some(_), Shows::Its) => self.note("the session was ended"),
            (None, None, _) => {}
        }
    }

    fn answer(&mut self, nth: usize, person: usize) -> Seen {
        let Some(login) = self.taken(nth) else {
            return Seen::Nothing;
        };
        if !login.was_sent {
            self.keep(login);
            return Seen::Nothing;
        }
        if self.now >= login.ends {
            return Seen::Expired;
        }
        let stage = match login.stage {
            Stage::AtFirstDoor { .. } => Stage::Answered(Between {
                person,
                since: self.now,
                upstream: self.upstream_session(login.browser, person),
                from: None,
                remembered: Proofs::new(),
                proved: Proofs::new(),
            }),
            // It was answered before.
            stage => stage,
        };
        self.keep(Login { stage, ..login });
        Seen::Onward
    }

    fn show(&mut self, nth: usize, shows: Shows) -> Seen {
        let Some(login) = self.taken(nth) else {
            return Seen::Nothing;
        };
        if self.now >= login.ends {
            self.note("a login took too long");
            return Seen::Expired;
        }
        let seen = match &login.stage {
            Stage::AtFirstDoor { .. } => login.at_first_door(self.now),
            Stage::Answered(between) => {
                self.people[between.person].is_known = true;
                let shown = self.shown(login.browser, shows);
                let between = between.clone();
                return self.decide(login, between, shown);
            }
            Stage::Between(_, Page::Code(_)) => Seen::Code,
            Stage::Between(_, Page::SetUp) => Seen::SetUp,
        };
        self.keep(login);
        seen
    }

    fn prove(&mut self, nth: usize, shows: Shows) -> Seen {
        let Some(login) = self.taken(nth) else {
            return Seen::Nothing;
        };
        let Stage::Between(mut between, page) = login.stage.clone() else {
            // There is nothing to type.
            self.keep(login);
            return Seen::Nothing;
        };
        if self.now >= login.ends {
            return Seen::Expired;
        }
        let shown = self.shown(login.browser, shows);
        let counts = self.must_start_over(login.browser, &between).is_none();
        let person = &mut self.people[between.person];
        match page {
            Page::Code(factor) if person.factor == Some(factor) => {
                between.proved.insert(factor, self.now);
            }
            Page::Code(_) => {}
            Page::SetUp if person.factor.is_some() => self.note("another login set a factor up"),
            Page::SetUp => {
                if counts && !person.is_disabled {
                    person.factor = Some(self.factors);
                    between.proved.insert(self.factors, self.now);
                    self.factors += 1;
                }
            }
        }
        self.decide(login, between, shown)
    }

    pub(super) fn next_cookie(&mut self, browser: usize) -> usize {
        let browser = &mut self.browsers[browser];
        browser.cookies.push(self.cookies);
        browser.forgot = false;
        self.cookies += 1;
        self.cookies - 1
    }

    pub(super) fn keep(&mut self, login: Login) {
        self.logins.push(login);
    }

    /// The login that an event means, out of the books.
    pub(super) fn taken(&mut self, nth: usize) -> Option<Login> {
        let number = self.login(nth)?.number;
        let place = self
            .logins
            .iter()
            .position(|login| login.number == number)?;
        Some(self.logins.remove(place))
    }
}
