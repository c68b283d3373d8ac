//! Two nodes that share one store, and what is seen of them when something happens.
//!
//! Owns the translation: numbers of the model into names, cookies and handles, and what comes back into what the model
//! says. Does not own what is right: nothing here decides anything.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use vestibule_core::{
    id::{AppId, EnrolmentId, SessionId},
    identity::PersonId,
    policy::{Kinds, Policy},
    port::*,
    request::Reply,
    routing::{RouteCondition, RouteRule, Routing, Target},
};
use vestibule_engine::{
    Act, Ask as Asked, Parts, ProblemKind, Screen, SessionToken, Shown, Visitor,
};
use vestibule_store::Store;

use super::{
    app::{App, rules},
    event::{Ask, At, Event, PEOPLE, Shows},
    login::{Page, Stage},
    meddled::{Flaw, Interruption, Meddled},
    oracle::{Oracle, Seen, Told},
    session::Proofs,
};
use crate::support::*;

/// What the browser holds of a login under way.
#[derive(Default)]
struct Held {
    /// For the upstream.
    handle: String,
    page: Option<String>,
    screen: Option<Screen>,
}

/// The nodes, the browsers in front of them, and everything that was given a number.
pub(super) struct Nodes {
    pub(super) houses: [House; 2],
    pub(super) interruptions: [Arc<Interruption>; 2],
    logins: BTreeMap<usize, Held>,
    pub(super) cookies: Vec<SessionToken>,
    pub(super) sessions: Vec<SessionId>,
    /// With what their codes are made.
    pub(super) factors: Vec<(EnrolmentId, String)>,
    /// No two messages have one id.
    messages: usize,
}

pub(super) fn person_id(person: usize) -> PersonId {
    PersonId::new(upstream("adfs"), PEOPLE[person])
}

pub(super) fn number_of(name: &str) -> usize {
    PEOPLE.iter().position(|person| *person == name).unwrap()
}

/// Since the walk began.
pub(super) fn seconds(at: DateTime<Utc>) -> i64 {
    at.timestamp() - BEGINNING
}

fn configure(parts: &mut Parts) {
    for app in App::ALL {
        let part = parts.apps.get_mut(&AppId::new(app.name()).unwrap());
        part.unwrap().single_sign_on = app.takes();
    }
    let kinds = Kinds::new(parts.factors.values().map(|factor| factor.traits().clone()));
    parts.policy = Policy::new(rules(), &kinds).unwrap();
    parts.routing = Routing::new(vec![RouteRule {
        when: RouteCondition::default(),
        to: Target::Upstream(upstream("adfs")),
    }]);
    parts.upstreams = [(upstream("adfs"), calling("adfs"))].into();
}

impl Nodes {
    /// Two nodes, each with its way to the same store, which may have a flaw.
    pub(super) fn on(stores: [Arc<Store>; 2], flaw: Option<Flaw>) -> Self {
        let interruptions: [Arc<Interruption>; 2] = Default::default();
        let meddled = |node: usize| {
            let (store, interruption) = (stores[node].clone(), interruptions[node].clone());
            Arc::new(Meddled::new(store, flaw, interruption))
        };
        let first = House::on(stores[0].clone(), |parts| {
            configure(parts);
            parts.store = meddled(0);
        });
        let clock = first.clock.clone();
        let second = House::on(stores[1].clone(), |parts| {
            configure(parts);
            parts.clock = clock.clone();
            parts.store = meddled(1);
        });
        Self {
            houses: [first, House { clock, ..second }],
            interruptions,
            logins: BTreeMap::new(),
            cookies: Vec::new(),
            sessions: Vec::new(),
            factors: Vec::new(),
            messages: 0,
        }
    }

    pub(super) fn store(&self) -> &Store {
        &self.houses[0].store
    }

    pub(super) fn forward(&self, seconds: i64) {
        self.houses[0].clock.forward(seconds);
    }

    pub(super) fn visitor(&self, oracle: &Oracle, number: usize, shows: Shows) -> Visitor {
        let shown = oracle.shown(number, shows);
        Visitor {
            session: shown.map(|cookie| self.cookies[cookie].key()),
            ..browser(u8::try_from(number + 1).unwrap())
        }
    }

    /// It happens. The books are those from before it.
    pub(super) async fn perform(&mut self, event: &Event, books: &Oracle) -> Seen {
        match *event {
            Event::Open { at, app, ask } => self.open(books, at, app, ask).await,
            Event::Answer {
                login,
                person,
                node,
            } => self.answer(books, login, person, node).await,
            Event::Show { login, shows, node } => {
                let Some(login) = books.login(login) else {
                    return Seen::Nothing;
                };
                if self.logins[&login.number].page.is_none() {
                    // The browser never was at a page of it: it takes the same way again.
                    return login.at_first_door(books.now);
                }
                let visitor = self.visitor(books, login.browser, shows);
                self.show(login.number, visitor, node).await
            }
            Event::Prove { login, shows, node } => self.prove(books, login, shows, node).await,
            Event::SignOut(at) => {
                let visitor = self.visitor(books, at.browser, at.shows);
                let house = &self.houses[at.node];
                let form = visitor.session.map(|key| house.form_of(key));
                let out = Box::pin(house.engine.sign_out(form.as_deref(), visitor)).await;
                self.leave(out, visitor, at.node).await
            }
            Event::AppLogout { at, app, session } => {
                let visitor = self.visitor(books, at.browser, at.shows);
                let named = session.and_then(|nth| books.session(nth));
                let named = named.map(|number| self.sessions[number].to_string());
                let query = format!(
                    "app={}&sessions={}&reply=q&id={}",
                    app.name(),
                    named.unwrap_or_default(),
                    self.next_message()
                );
                let heard = self.houses[at.node].hears(&query, visitor).await;
                self.leave(heard, visitor, at.node).await
            }
            Event::UpstreamLogout {
                browser,
                person,
                node,
            } => {
                let said = format!(
                    "subject={}&sessions={}&id={}",
                    PEOPLE[person],
                    books.upstream_session(browser, person),
                    self.next_message()
                );
                self.houses[node].is_called("adfs", &said).await.unwrap();
                Seen::Nothing
            }
            Event::Amid(ref event, ref end, calls) => {
                let deed = self.deed(end, books).await;
                Box::pin(self.interrupted(event, deed, calls, books)).await
            }
            _ => {
                if let Some(deed) = self.deed(event, books).await {
                    deed.carry_out(self.store()).await;
                }
                Seen::Nothing
            }
        }
    }

    pub(super) async fn show(&mut self, login: usize, visitor: Visitor, node: usize) -> Seen {
        let page = self.logins[&login].page.clone().unwrap();
        let shown = Box::pin(self.houses[node].engine.show(&page, visitor)).await;
        self.see(shown, login)
    }

    fn next_message(&mut self) -> usize {
        self.messages += 1;
        self.messages
    }

    async fn open(&mut self, books: &Oracle, at: At, app: App, ask: Ask) -> Seen {
        let more = match ask {
            Ask::Plain => String::new(),
            Ask::Anew => "&force=1".to_owned(),
            Ask::Passive => "&passive=1".to_owned(),
            Ask::NoOlder(age) => format!("&max_age={age}"),
            Ask::For(person) => format!("&hint={}@acme.example", PEOPLE[person]),
        };
        let query = format!("app={}&id=r{more}", app.name());
        let visitor = self.visitor(books, at.browser, at.shows);
        let arrived = Box::pin(self.houses[at.node].arrive(&query, visitor)).await;
        let number = books.next_login();
        self.logins.insert(number, Held::default());
        self.see(arrived, number)
    }

    async fn answer(&mut self, books: &Oracle, nth: usize, person: usize, node: usize) -> Seen {
        let Some(login) = books.login(nth) else {
            return Seen::Nothing;
        };
        let held = &self.logins[&login.number];
        let query = format!(
            "handle={}&subject={}&session={}",
            held.handle,
            PEOPLE[person],
            books.upstream_session(login.browser, person)
        );
        // From the upstream's page: no cookie goes with it.
        let visitor = Visitor {
            browser: None,
            ..browser(1)
        };
        if held.handle.is_empty() {
            // Nobody was sent to the upstream, so there is nothing that it could answer.
            return Seen::Nothing;
        }
        let callback = Callback { query, form: None };
        let adfs = upstream("adfs");
        let taken = self.houses[node].engine.callback(&adfs, callback, visitor);
        let taken = Box::pin(taken).await;
        self.see(taken, login.number)
    }

    async fn prove(&mut self, books: &Oracle, nth: usize, shows: Shows, node: usize) -> Seen {
        let Some(login) = books.login(nth) else {
            return Seen::Nothing;
        };
        let Stage::Between(between, page) = &login.stage else {
            return Seen::Nothing;
        };
        let screen = self.logins[&login.number].screen.clone().unwrap();
        let secret = match (&screen.ask, page) {
            (Asked::ScanSecret { secret, .. }, _) => secret.clone(),
            (_, Page::Code(factor)) => self.factors[*factor].1.clone(),
            (other, page) => panic!("{other:?} is no {page:?}"),
        };
        let code = Act::Code(self.houses[0].code(&secret));
        let visitor = self.visitor(books, login.browser, shows);
        let outcome = self.houses[node].act(&screen, code, visitor).await;
        if *page == Page::SetUp {
            let known = |id: EnrolmentId| self.factors.iter().any(|(known, _)| *known == id);
            let theirs = self.houses[0].factors(PEOPLE[between.person]).await;
            let new = theirs.into_iter().map(|factor| factor.id);
            let new: Vec<_> = new.filter(|id| !known(*id)).collect();
            self.factors
                .extend(new.into_iter().map(|id| (id, secret.clone())));
        }
        self.see(outcome, login.number)
    }

    /// What came of it, in the words of the model; what the browser got is kept for later.
    fn see(&mut self, outcome: Outcome, login: usize) -> Seen {
        let held = self.logins.get_mut(&login).unwrap();
        match outcome {
            Ok(Shown::ToUpstream(Reply::Redirect(url), _)) => {
                let query = url.query().unwrap();
                held.handle = field(query, "handle").unwrap();
                held.screen = None;
                let anew = field(query, "anew").is_some();
                Seen::FirstDoor { anew }
            }
            Ok(Shown::Screen(screen)) => {
                held.page = Some(screen.handle.clone());
                let seen = match &screen.ask {
                    Asked::Code { .. } => Seen::Code,
                    Asked::ScanSecret { .. } => Seen::SetUp,
                    Asked::Refused(_) => Seen::Denied,
                    other => panic!("{other:?} is not asked in these walks"),
                };
                held.screen = Some(*screen);
                seen
            }
            Ok(Shown::Onward(page)) => {
                held.page = Some(page);
                Seen::Onward
            }
            Ok(Shown::Answer(Reply::Redirect(url), _)) => self.told(url.query().unwrap(), false),
            Ok(Shown::SignedIn(token, Reply::Redirect(url), _)) => {
                self.cookies.push(token);
                self.told(url.query().unwrap(), true)
            }
            Err(problem) if problem.kind == ProblemKind::Expired => Seen::Expired,
            other => panic!("{other:?} is not to be seen in these walks"),
        }
    }

    fn told(&mut self, query: &str, gets_cookie: bool) -> Seen {
        match field(query, "refused").as_deref() {
            Some("interaction") => return Seen::Refused("interaction"),
            Some(other) => panic!("{other} is no refusal of these walks"),
            None => {}
        }
        let get = |name| field(query, name).unwrap();
        let number = |of: &str| self.factors.iter().position(|(id, _)| id.to_string() == of);
        let proofs = get("proofs");
        let proofs = proofs.split_whitespace().map(|proof| {
            let (factor, at) = proof.split_once('@').unwrap();
            (number(factor).unwrap(), seconds(at.parse().unwrap()))
        });
        // Of two with one factor it is the later that counts; they come in the order of time.
        let proofs: Proofs = proofs.collect();
        let since = seconds(get("since").parse().unwrap());
        let id = SessionId::parse(&get("session")).unwrap();
        Seen::In(Told {
            person: number_of(get("person").trim_start_matches("adfs/")),
            session: self.session_number(id),
            since,
            proofs: proofs.into_iter().collect(),
            gets_cookie,
        })
    }

    /// Its number; the next one, if it is new.
    pub(super) fn session_number(&mut self, id: SessionId) -> usize {
        let known = self.sessions.iter().position(|known| *known == id);
        known.unwrap_or_else(|| {
            self.sessions.push(id);
            self.sessions.len() - 1
        })
    }

    /// The browser goes wherever it is sent in a logout, from node to node; where it came by.
    async fn leave(&self, begun: Outcome, visitor: Visitor, node: usize) -> Seen {
        let forgets = matches!(
            begun,
            Ok(Shown::LogoutAt { forgets: true, .. } | Shown::SignedOut)
        );
        let (mut at, mut node, mut visited) = (begun, node, Vec::new());
        loop {
            node = 1 - node;
            let house = &self.houses[node];
            let answer = match &at {
                Ok(Shown::LogoutAt { .. }) => {
                    at = house.follows(at, visitor).await;
                    continue;
                }
                Ok(Shown::Leave(Reply::Redirect(url), _)) => {
                    let handle = field(url.query().unwrap(), "handle");
                    let app = url.host_str().unwrap().split('.').next().unwrap();
                    handle.map(|handle| (app.to_owned(), handle))
                }
                Ok(Shown::Logout(_) | Shown::Nobody | Shown::SignedOut) => None,
                other => panic!("{other:?} is no part of a logout"),
            };
            let Some((app, handle)) = answer else {
                return Seen::SignedOut { visited, forgets };
            };
            visited.push(App::named(&app));
            let query = format!("app={app}&to={handle}");
            at = house.hears(&query, visitor).await;
        }
    }
}
