//! Random walks over a logout, whose books the model keeps for itself.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    fixture::{self, at},
    flow::BrowserKey,
    id::{AppId, LogoutId, Reference, UpstreamId},
    identity::PersonId,
    request::{Memo, Protocol},
    session::Participation,
};

const APPS: [&str; 5] = ["bamboo", "bitbucket", "crowd", "jira", "wiki"];

fn app(name: &str) -> AppId {
    AppId::new(name).unwrap()
}

fn alice() -> PersonId {
    fixture::alice().id
}

fn name() -> Name {
    Name {
        id: LogoutId::from_bytes([1; 16]),
        reference: Reference::from_random([1; 8]),
        browser: Some(BrowserKey([1; 32])),
    }
}

fn participation(name: &str) -> Participation {
    Participation {
        app: app(name),
        protocol: Protocol::Saml,
        told: Memo::default(),
        known_as: None,
        at: at(0),
    }
}

fn request(name: &str) -> LogoutRequest {
    LogoutRequest {
        app: Some(app(name)),
        protocol: Protocol::Saml,
        standing: Standing::Proven,
        about: Memo::default(),
        sessions: vec![],
        reply: Memo::default(),
    }
}

fn door(state: FirstDoorState) -> FirstDoor {
    FirstDoor {
        upstream: UpstreamId::new("adfs").unwrap(),
        known_by: Some(Memo::default()),
        state,
    }
}

fn by(asker: Asker, ways: &[(&str, Way)]) -> Logout {
    through(asker, ways, None)
}

fn through(asker: Asker, ways: &[(&str, Way)], first_door: Option<FirstDoorState>) -> Logout {
    let partings = ways
        .iter()
        .map(|(name, way)| (participation(name), *way))
        .collect();
    let ended = Ended {
        first_door: first_door.map(door),
        ..ended(partings)
    };
    Logout::begun(name(), asker, ended, at(0))
}

fn ended(partings: Vec<(Participation, Way)>) -> Ended {
    Ended {
        person: alice(),
        partings,
        first_door: None,
        is_elsewhere: false,
    }
}

fn states(logout: &Logout) -> Vec<PartingState> {
    logout
        .partings()
        .iter()
        .map(|parting| parting.state)
        .collect()
}

#[derive(Debug, Clone)]
enum Event {
    Framed,
    Heard(&'static str, bool),
    HeardThere,
    Leaving,
    Onward,
    UnspokenThere,
    Unspoken(&'static str),
    Visiting(&'static str),
    WithoutAnswer,
    Finish,
    Wait(i64),
    /// Whatever is due.
    Due,
}

fn events() -> impl Strategy<Value = Event> {
    let app = || prop::sample::select(APPS.to_vec());
    prop_oneof![
        1 => Just(Event::Framed),
        1 => (app(), any::<bool>()).prop_map(|(app, done)| Event::Heard(app, done)),
        1 => Just(Event::HeardThere),
        1 => Just(Event::Leaving),
        1 => Just(Event::Onward),
        1 => Just(Event::UnspokenThere),
        1 => app().prop_map(Event::Unspoken),
        1 => app().prop_map(Event::Visiting),
        1 => Just(Event::WithoutAnswer),
        1 => Just(Event::Finish),
        1 => (0..60_i64).prop_map(Event::Wait),
        6 => Just(Event::Due),
    ]
}

fn ways() -> impl Strategy<Value = Vec<(&'static str, Way)>> {
    let way = || prop::sample::select(vec![Way::Call, Way::Frame, Way::Nothing, Way::Visit]);
    prop::collection::vec(way(), APPS.len()).prop_flat_map(|ways| {
        let all: Vec<_> = APPS.into_iter().zip(ways).collect();
        prop::sample::subsequence(all, 0..=APPS.len())
    })
}

/// What happened so far, by the model's own account.
#[derive(Default)]
struct Books {
    visits: BTreeMap<String, usize>,
    visits_there: usize,
    answers: usize,
}

/// Something is still to be done about it in the browser.
fn is_open(state: PartingState) -> bool {
    matches!(
        state,
        PartingState::Asked { .. } | PartingState::ToBeFramed | PartingState::ToBeVisited
    )
}

/// As that of an application.
fn is_open_there(state: FirstDoorState) -> bool {
    matches!(
        state,
        FirstDoorState::Asked { .. } | FirstDoorState::ToBeAsked
    )
}

/// What is due, as an event; nothing when it is over.
fn due(logout: &Logout) -> Option<Event> {
    let known = |app: &AppId| APPS.into_iter().find(|name| *name == app.as_str());
    match logout.next() {
        Next::Answer => Some(Event::Finish),
        Next::Decide(_) | Next::Over => None,
        Next::Frames => Some(Event::Framed),
        Next::Leave(_) => Some(Event::Leaving),
        Next::Visit(parting) => known(&parting.app).map(Event::Visiting),
        Next::Wait(parting) => known(&parting.app).map(|app| Event::Heard(app, true)),
        Next::WaitThere(_) => Some(Event::HeardThere),
    }
}

fn step(logout: Logout, event: &Event, now: &mut i64, books: &mut Books) -> Logout {
    let before = logout.clone();
    let moved = match event {
        Event::Due => {
            return match due(&logout) {
                Some(event) => step(logout, &event, now, books),
                None => logout,
            };
        }
        Event::Wait(seconds) => {
            *now += seconds;
            return logout;
        }
        Event::Finish => match logout.finish() {
            Ok((logout, farewell)) => {
                books.answers += 1;
                assert!(!states(&before).into_iter().any(is_open), "{before:?}");
                let there = before.first_door().map(|door| door.state);
                assert!(!there.is_some_and(is_open_there), "{before:?}");
                let complete = states(&before).iter().all(|state| state.is_done())
                    && there.is_none_or(FirstDoorState::is_done);
                assert_eq!(farewell.is_complete(), complete);
                Ok(logout)
            }
            Err(fault) => Err(fault),
        },
        Event::Framed => logout.framed(&APPS.map(app)),
        Event::Heard(name, done) => {
            let heard = if *done { Heard::Done } else { Heard::Refused };
            logout.heard(&app(name), heard, at(*now))
        }
        Event::HeardThere => {
            let adfs = UpstreamId::new("adfs").unwrap();
            logout.heard_there(&adfs, Heard::Done, at(*now))
        }
        Event::Leaving => {
            let moved = logout.leaving(at(*now));
            if moved.is_ok() {
                books.visits_there += 1;
                assert!(
                    !states(&before).into_iter().any(is_open),
                    "the applications come first: {before:?}"
                );
            }
            moved
        }
        Event::Onward => {
            let moved = logout.onward();
            assert!(moved.is_err() || books.answers == 1, "whoever asked waits");
            moved
        }
        Event::UnspokenThere => logout.unspoken_there(),
        Event::Unspoken(name) => logout.unspoken(&app(name)),
        Event::Visiting(name) => {
            let moved = logout.visiting(&app(name), at(*now));
            if moved.is_ok() {
                *books.visits.entry((*name).to_owned()).or_default() += 1;
            }
            moved
        }
        Event::WithoutAnswer => logout.without_answer(),
    };
    match moved {
        Ok(moved) => {
            assert_ne!(moved, before, "each step settles something");
            moved
        }
        Err(_) => before,
    }
}

proptest! {
    #[test]
    fn each_application_is_visited_once_and_whoever_asked_answered_last_and_once(
        ways in ways(),
        asks in prop::option::of(prop::sample::select(APPS.to_vec())),
        there in prop::option::of(prop::sample::select(vec![
            FirstDoorState::Left,
            FirstDoorState::Offered,
            FirstDoorState::ToBeAsked,
        ])),
        walk in prop::collection::vec(events(), 0..60),
    ) {
        let asker = asks.map_or(Asker::Person, |name| Asker::Application(request(name)));
        let mut logout = through(asker, &ways, there);
        let (mut now, mut books) = (0, Books::default());
        for event in &walk {
            logout = step(logout, event, &mut now, &mut books);
        }
        // From wherever it is, doing what is due ends it: two steps for each application and the upstream, and the answer.
        let most = 2 * APPS.len() + 4;
        let mut steps = 0;
        while logout.next() != Next::Over {
            // Nobody has to answer in time.
            logout = match logout.next() {
                Next::Wait(_) | Next::WaitThere(_) => logout.without_answer().unwrap(),
                _ => step(logout, &Event::Due, &mut now, &mut books),
            };
            steps += 1;
            prop_assert!(steps <= most, "{logout:?}");
        }
        prop_assert_eq!(books.answers, 1);
        prop_assert!(books.visits.values().all(|visits| *visits == 1), "{:?}", books.visits);
        prop_assert!(books.visits_there <= 1);
        if !matches!(there, Some(FirstDoorState::Offered | FirstDoorState::ToBeAsked)) {
            prop_assert_eq!(books.visits_there, 0);
        }
        if let Some(asks) = asks {
            prop_assert!(!books.visits.contains_key(asks), "whoever asks is answered, not visited");
        }
        prop_assert!(logout.clone().finish().is_err());
    }
}

#[test]
fn who_cannot_be_told_or_does_not_answer_makes_it_partial() {
    let complete_with = |ways: &[(&str, Way)], heard: Option<Heard>, shown: &[&str]| {
        let mut logout = by(Asker::Person, ways);
        if let Next::Visit(parting) = logout.clone().next() {
            logout = logout.visiting(&parting.app, at(0)).unwrap();
            logout = match heard {
                Some(heard) => logout.heard(&parting.app, heard, at(1)).unwrap(),
                None => logout.without_answer().unwrap(),
            };
        }
        if logout.next() == Next::Frames {
            let shown: Vec<AppId> = shown.iter().map(|name| app(name)).collect();
            logout = logout.framed(&shown).unwrap();
        }
        logout.finish().unwrap().1.is_complete()
    };
    let complete = |ways: &[(&str, Way)], heard| complete_with(ways, heard, &["wiki"]);
    assert!(complete(&[], None));
    assert!(complete(&[("jira", Way::Call)], None));
    assert!(complete(&[("jira", Way::Visit)], Some(Heard::Done)));
    assert!(!complete(&[("jira", Way::Visit)], Some(Heard::Refused)));
    assert!(!complete(&[("jira", Way::Visit)], None));
    assert!(!complete(&[("jira", Way::Nothing)], None));
    let frame = &[("wiki", Way::Frame)];
    assert!(!complete(frame, None), "a frame gives no answer");
    assert!(!complete_with(frame, None, &[]), "no address could be made");
}

#[test]
fn only_who_was_asked_gave_no_answer() {
    let framed = by(
        Asker::Person,
        &[("crowd", Way::Frame), ("wiki", Way::Frame)],
    );
    let framed = framed.framed(&[app("wiki")]).unwrap();
    assert_eq!(
        states(&framed),
        [PartingState::Untold, PartingState::Framed]
    );
    let visits = by(Asker::Person, &[("jira", Way::Visit)]);
    let unspoken = visits.clone().unspoken(&app("jira")).unwrap();
    assert_eq!(states(&unspoken), [PartingState::Untold]);
    let asked = visits.visiting(&app("jira"), at(0)).unwrap();
    let silent = asked.without_answer().unwrap();
    assert_eq!(states(&silent), [PartingState::Silent]);
}

#[test]
fn an_answer_counts_from_whoever_was_asked_and_in_time() {
    let logout = by(Asker::Person, &[("jira", Way::Visit), ("wiki", Way::Visit)]);
    let early = logout.clone().heard(&app("jira"), Heard::Done, at(0));
    assert_eq!(early, Err(LogoutFault::OutOfOrder), "nobody was asked");
    let asked = logout.visiting(&app("jira"), at(0)).unwrap();
    let other = asked.clone().heard(&app("wiki"), Heard::Done, at(1));
    assert_eq!(other, Err(LogoutFault::OutOfOrder));
    let late = asked.clone().heard(&app("jira"), Heard::Done, at(600));
    assert_eq!(late, Err(LogoutFault::Expired));
    let heard = asked.heard(&app("jira"), Heard::Done, at(599)).unwrap();
    let twice = heard.clone().heard(&app("jira"), Heard::Refused, at(599));
    assert_eq!(twice, Err(LogoutFault::OutOfOrder));
    assert_eq!(
        states(&heard),
        [PartingState::Confirmed, PartingState::ToBeVisited]
    );
}

#[test]
fn wa_02_a_logout_goes_on_in_its_own_browser_and_for_its_time() {
    let (ours, other) = (BrowserKey([1; 32]), BrowserKey([2; 32]));
    let logout = by(Asker::Person, &[]);
    assert!(logout.clone().bind(ours, at(599)).is_ok());
    assert_eq!(
        logout.clone().bind(other, at(1)),
        Err(LogoutFault::OtherBrowser)
    );
    assert_eq!(logout.bind(ours, at(600)), Err(LogoutFault::Expired));
    let nobodys = Name {
        browser: None,
        ..name()
    };
    let parked = Logout::asked(nobodys, request("jira"), at(0));
    let bound = parked.bind(other, at(1)).unwrap();
    assert_eq!(bound.bind(ours, at(1)), Err(LogoutFault::OtherBrowser));
}

#[test]
fn nothing_is_told_before_a_session_has_ended() {
    let parked = Logout::asked(name(), request("jira"), at(0));
    assert!(matches!(parked.next(), Next::Decide(_)));
    assert!(parked.clone().finish().is_err());
    assert!(parked.clone().framed(&[app("wiki")]).is_err());
    assert!(parked.clone().visiting(&app("wiki"), at(0)).is_err());
    let over = parked.clone().dismissed().unwrap();
    assert_eq!(over.next(), Next::Over);
    assert!(over.dismissed().is_err(), "it is answered once");
    let told = vec![
        (participation("jira"), Way::Visit),
        (participation("wiki"), Way::Visit),
    ];
    let granted = parked.granted(ended(told.clone())).unwrap();
    assert_eq!(
        states(&granted),
        [PartingState::Asker, PartingState::ToBeVisited]
    );
    assert_eq!(granted.granted(ended(told)), Err(LogoutFault::OutOfOrder));
}

#[test]
fn the_upstream_is_told_as_it_is_configured_and_never_what_it_said_itself() {
    let mut known = fixture::alice();
    let unknown = known.clone();
    known.upstream_proof.for_logout = Some(Memo::default());
    let theirs = Asker::Upstream {
        upstream: UpstreamId::new("adfs").unwrap(),
        reply: Memo::default(),
    };
    use FirstDoorState::{Left, Offered, ToBeAsked, Unspoken};
    for (onward, is_known, may_lead, expect) in [
        (Onward::Always, true, true, ToBeAsked),
        (Onward::Always, false, true, ToBeAsked),
        (Onward::Always, true, false, Unspoken),
        (Onward::Offered, true, true, Offered),
        (Onward::Offered, false, true, Left),
        (Onward::Offered, true, false, Left),
        (Onward::None, true, true, Left),
        (Onward::None, true, false, Left),
    ] {
        let person = if is_known { &known } else { &unknown };
        let found = FirstDoor::of(person, onward, &Asker::Person, may_lead).unwrap();
        assert_eq!(found.state, expect, "{onward:?} {is_known} {may_lead}");
        assert_eq!(found.known_by, person.upstream_proof.for_logout);
        assert_eq!(FirstDoor::of(person, onward, &theirs, may_lead), None);
    }
}

#[test]
fn an_upstream_answers_once_in_time_and_for_itself() {
    let adfs = UpstreamId::new("adfs").unwrap();
    let other = UpstreamId::new("other").unwrap();
    let logout = through(Asker::Person, &[], Some(FirstDoorState::ToBeAsked));
    let heard = |logout: &Logout, upstream, now| {
        let heard = logout.clone().heard_there(upstream, Heard::Partly, at(now));
        heard.map(|logout| logout.first_door().map(|door| door.state))
    };
    assert_eq!(
        heard(&logout, &adfs, 0),
        Err(LogoutFault::OutOfOrder),
        "nobody was sent"
    );
    let asked = logout.leaving(at(0)).unwrap();
    assert_eq!(heard(&asked, &other, 1), Err(LogoutFault::OutOfOrder));
    assert_eq!(heard(&asked, &adfs, 600), Err(LogoutFault::Expired));
    assert_eq!(heard(&asked, &adfs, 599), Ok(Some(FirstDoorState::Partly)));
    let silent = asked.without_answer().unwrap();
    assert_eq!(
        heard(&silent, &adfs, 1),
        Err(LogoutFault::OutOfOrder),
        "too late"
    );
    let (over, farewell) = silent.finish().unwrap();
    assert!(!farewell.is_complete());
    assert_eq!(
        over.clone().onward(),
        Err(LogoutFault::OutOfOrder),
        "it was told"
    );
    assert_eq!(over.next(), Next::Over);
}

#[test]
fn wa_01_oi_220_who_may_not_end_the_browsers_session_asks_the_person() {
    use Standing::{Hinted, Proven, Unproven};
    for (standing, cookie, session, parked, expect) in [
        (Unproven, true, true, false, Unmet::Ask),
        (Unproven, true, true, true, Unmet::Ask),
        (Hinted, true, true, false, Unmet::Ask),
        (Proven, true, true, false, Unmet::Nothing),
        (Unproven, true, false, false, Unmet::Nothing),
        (Hinted, true, false, true, Unmet::Nothing),
        (Unproven, false, false, false, Unmet::Park),
        (Proven, false, false, false, Unmet::Park),
        (Proven, false, false, true, Unmet::Nothing),
    ] {
        let shows = Shows {
            cookie,
            session,
            parked,
        };
        let found = standing.unmet(shows);
        assert_eq!(found, expect, "{standing:?} {shows:?}");
    }
    for (standing, held, named) in [
        (Hinted, true, false),
        (Proven, true, true),
        (Unproven, false, false),
    ] {
        assert_eq!(standing.may_end_held(), held, "{standing:?}");
        assert_eq!(standing.may_end_named(), named, "{standing:?}");
    }
}
