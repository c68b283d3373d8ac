//! What can happen, and walks of it: proper logins with noise between their steps.

use proptest::{collection::vec, prelude::*};

use super::app::App;

/// People and browsers are counted from zero.
pub(super) const PEOPLE: [&str; 2] = ["alice", "bob"];
pub(super) const BROWSERS: usize = 2;

/// One thing that happens, at one of two nodes where that makes a difference. Logins and sessions are counted from the
/// latest, over and over: whatever the number, one of them is meant as long as there is one.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// An application asks, in a browser.
    Open { at: At, app: App, ask: Ask },
    /// The upstream says who it is. Nobody looks at it yet.
    Answer {
        login: usize,
        person: usize,
        node: usize,
    },
    /// The browser comes to the page of a login.
    Show {
        login: usize,
        shows: Shows,
        node: usize,
    },
    /// The person types the code that is asked for, half a minute later.
    Prove {
        login: usize,
        shows: Shows,
        node: usize,
    },
    /// On the account page.
    SignOut(At),
    /// An application asks for the end of the browser's session, or of the one that it names.
    AppLogout {
        at: At,
        app: App,
        session: Option<usize>,
    },
    /// The upstream says that the session is over that it has with this person in this browser.
    UpstreamLogout {
        browser: usize,
        person: usize,
        node: usize,
    },
    /// `vestibule session revoke --user`.
    Revoke(usize),
    /// `vestibule session revoke ID`.
    RevokeOne(usize),
    /// `vestibule user disable`, or `enable`.
    Disable(usize, bool),
    /// `vestibule user remove-factor`.
    ResetFactor(usize),
    /// The person removes their factor, in this browser: all their other sessions end.
    DropFactor(usize),
    /// This session, by its number.
    End(usize),
    /// So many seconds.
    Wait(i64),
    /// The second happens while the first is under way at its node: before the store is called there for the so manieth
    /// time.
    Amid(Box<Event>, Box<Event>, usize),
    /// What is over is cleared away.
    ClearAway,
}

/// A browser's request, at a node.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub(super) browser: usize,
    pub(super) shows: Shows,
    pub(super) node: usize,
}

/// Which session's cookie a request brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    /// The one that the browser has.
    Its,
    /// One that it had, so many before the last that it was given.
    Old(usize),
    /// The one that the other browser has.
    Others,
}

/// What an application says besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    Plain,
    /// `ForceAuthn`, `prompt=login`.
    Anew,
    /// `IsPassive`, `prompt=none`.
    Passive,
    /// `max_age`, in seconds.
    NoOlder(i64),
    /// `login_hint`.
    For(usize),
}

impl Event {
    /// How many seconds before it pass. What is voided was proved before, not at the same moment.
    pub(super) fn takes(&self) -> i64 {
        match self {
            Self::Wait(seconds) => *seconds,
            Self::Prove { .. } => 30,
            Self::Amid(first, second, _) => first.takes() + second.takes(),
            Self::AppLogout { .. }
            | Self::Disable(..)
            | Self::DropFactor(_)
            | Self::End(_)
            | Self::ResetFactor(_)
            | Self::Revoke(_)
            | Self::RevokeOne(_)
            | Self::SignOut(_)
            | Self::UpstreamLogout { .. } => 1,
            Self::Answer { .. } | Self::ClearAway | Self::Open { .. } | Self::Show { .. } => 0,
        }
    }
}

fn person() -> impl Strategy<Value = usize> + Clone {
    prop_oneof![3 => Just(0), 1 => Just(1)]
}

fn browser() -> impl Strategy<Value = usize> + Clone {
    prop_oneof![3 => Just(0), 1 => Just(1)]
}

fn node() -> impl Strategy<Value = usize> + Clone {
    0..2_usize
}

/// Mostly the latest.
fn login() -> impl Strategy<Value = usize> + Clone {
    prop_oneof![4 => Just(0), 1 => 0..4_usize]
}

fn shows() -> impl Strategy<Value = Shows> + Clone {
    prop_oneof![
        8 => Just(Shows::Its),
        2 => (0..3_usize).prop_map(Shows::Old),
        1 => Just(Shows::Others),
    ]
}

fn at() -> impl Strategy<Value = At> {
    (browser(), shows(), node()).prop_map(|(browser, shows, node)| At {
        browser,
        shows,
        node,
    })
}

fn app() -> impl Strategy<Value = App> {
    prop::sample::select(App::ALL.to_vec())
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        6 => Just(Ask::Plain),
        1 => Just(Ask::Anew),
        2 => Just(Ask::Passive),
        1 => prop::sample::select(vec![0, 60, 3600]).prop_map(Ask::NoOlder),
        1 => person().prop_map(Ask::For),
    ]
}

fn open() -> impl Strategy<Value = Event> {
    (at(), app(), ask()).prop_map(|(at, app, ask)| Event::Open { at, app, ask })
}

fn pause() -> impl Strategy<Value = Event> {
    let minutes = vec![1, 9, 11, 16, 50, 59, 61, 721];
    prop::sample::select(minutes).prop_map(|minutes| Event::Wait(minutes * 60))
}

fn event() -> impl Strategy<Value = Event> {
    let answer = (login(), person(), node()).prop_map(|(login, person, node)| Event::Answer {
        login,
        person,
        node,
    });
    let show = (login(), shows(), node()).prop_map(|(login, shows, node)| Event::Show {
        login,
        shows,
        node,
    });
    let prove = (login(), shows(), node()).prop_map(|(login, shows, node)| Event::Prove {
        login,
        shows,
        node,
    });
    let named = prop_oneof![1 => Just(None), 2 => (0..3_usize).prop_map(Some)];
    let app_logout =
        (at(), app(), named).prop_map(|(at, app, session)| Event::AppLogout { at, app, session });
    let upstream_logout =
        (browser(), person(), node()).prop_map(|(browser, person, node)| Event::UpstreamLogout {
            browser,
            person,
            node,
        });
    prop_oneof![
        8 => open(),
        2 => answer,
        2 => show,
        3 => prove,
        1 => at().prop_map(Event::SignOut),
        2 => app_logout,
        1 => upstream_logout,
        1 => person().prop_map(Event::Revoke),
        1 => (0..3_usize).prop_map(Event::RevokeOne),
        1 => (person(), any::<bool>()).prop_map(|(person, off)| Event::Disable(person, off)),
        1 => person().prop_map(Event::ResetFactor),
        1 => browser().prop_map(Event::DropFactor),
        3 => pause(),
        1 => Just(Event::ClearAway),
    ]
}

/// An end, in the middle of something that rests on what ends.
fn amid() -> impl Strategy<Value = Event> {
    let show = (login(), node()).prop_map(|(login, node)| Event::Show {
        login,
        shows: Shows::Its,
        node,
    });
    let prove = (login(), node()).prop_map(|(login, node)| Event::Prove {
        login,
        shows: Shows::Its,
        node,
    });
    let end = prop_oneof![
        1 => person().prop_map(Event::Revoke),
        1 => person().prop_map(|person| Event::Disable(person, true)),
        2 => (0..2_usize).prop_map(Event::RevokeOne),
    ];
    let under_way = prop_oneof![3 => open(), 1 => show, 3 => prove];
    (under_way, end, 0..12_usize)
        .prop_map(|(event, end, calls)| Event::Amid(Box::new(event), Box::new(end), calls))
}

/// A login by both doors, with something else happening between its steps or not.
fn login_by_both_doors() -> impl Strategy<Value = Vec<Event>> {
    let noise = || prop_oneof![8 => Just(vec![]), 1 => vec(event(), 1..3), 1 => vec(amid(), 1)];
    let who = (browser(), person(), node(), shows());
    (who, app(), noise(), noise(), noise()).prop_map(|(who, app, first, second, third)| {
        let (browser, person, node, shows) = who;
        let other = 1 - node;
        let at = At {
            browser,
            shows: Shows::Its,
            node,
        };
        let ask = Ask::For(person);
        let mut steps = vec![Event::Open { at, app, ask }];
        steps.extend(first);
        steps.push(Event::Answer {
            login: 0,
            person,
            node: other,
        });
        steps.extend(second);
        steps.push(Event::Show {
            login: 0,
            shows,
            node,
        });
        steps.extend(third);
        steps.push(Event::Prove {
            login: 0,
            shows,
            node: other,
        });
        steps
    })
}

/// Two logins in two tabs, step by step.
fn two_tabs() -> impl Strategy<Value = Vec<Event>> {
    let who = (browser(), person(), node());
    (who, app(), app()).prop_map(|((browser, person, node), first, second)| {
        let shows = Shows::Its;
        let open = |app| Event::Open {
            at: At {
                browser,
                shows,
                node,
            },
            app,
            ask: Ask::Anew,
        };
        let answer = |login| Event::Answer {
            login,
            person,
            node,
        };
        let show = |login| Event::Show { login, shows, node };
        let prove = |node| Event::Prove {
            login: 0,
            shows,
            node,
        };
        vec![
            open(first),
            open(second),
            answer(0),
            answer(1),
            show(0),
            show(1),
            prove(node),
            prove(1 - node),
        ]
    })
}

/// An application asks, and the person comes by the first door.
fn to_the_second_door(at: At, app: App, person: usize) -> [Event; 3] {
    let At { shows, node, .. } = at;
    let (ask, login) = (Ask::Anew, 0);
    [
        Event::Open { at, app, ask },
        Event::Answer {
            login,
            person,
            node,
        },
        Event::Show { login, shows, node },
    ]
}

/// Of the latest login that is under way.
fn prove(At { shows, node, .. }: At) -> Event {
    let login = 0;
    Event::Prove { login, shows, node }
}

fn its_own(browser: usize, node: usize) -> At {
    At {
        browser,
        shows: Shows::Its,
        node,
    }
}

/// A login waits between the doors while another tab comes by both.
fn waiting_tab() -> impl Strategy<Value = Vec<Event>> {
    let pieces = (browser(), person(), node(), app(), app());
    pieces.prop_map(|(browser, person, node, first, second)| {
        let at = its_own(browser, node);
        let mut steps = to_the_second_door(at, first, person).to_vec();
        steps.push(Event::Wait(60));
        steps.extend(to_the_second_door(at, second, person));
        steps.extend([prove(at), prove(its_own(browser, 1 - node))]);
        steps
    })
}

/// Somebody gets in, and comes again after a while, perhaps without their factor.
fn comes_again() -> impl Strategy<Value = Vec<Event>> {
    let pieces = (browser(), person(), node(), app(), any::<bool>(), pause());
    (pieces, app()).prop_map(|((browser, person, node, first, drops, pause), second)| {
        let at = its_own(browser, node);
        let mut steps = to_the_second_door(at, first, person).to_vec();
        steps.push(prove(at));
        steps.extend(drops.then_some(Event::DropFactor(browser)));
        steps.push(pause);
        steps.push(Event::Open {
            at,
            app: second,
            ask: Ask::Plain,
        });
        steps
    })
}

/// Something is proved, and somebody comes with the cookie from before.
fn old_cookie() -> impl Strategy<Value = Vec<Event>> {
    (login_by_both_doors(), at(), app()).prop_map(|(mut steps, at, app)| {
        let shows = Shows::Old(0);
        steps.push(Event::Open {
            at: At { shows, ..at },
            app,
            ask: Ask::Plain,
        });
        steps
    })
}

/// Somebody gets in, and then anything.
pub(super) fn walks() -> impl Strategy<Value = Vec<Event>> {
    let parts = prop_oneof![
        2 => login_by_both_doors(),
        1 => two_tabs(),
        1 => waiting_tab(),
        1 => old_cookie(),
        1 => comes_again(),
        10 => event().prop_map(|event| vec![event]),
        3 => amid().prop_map(|event| vec![event]),
    ];
    (login_by_both_doors(), vec(parts, 4..24)).prop_map(|(first, rest)| {
        let rest = rest.into_iter().flatten();
        first.into_iter().chain(rest).collect()
    })
}
