//! People who come to a second application in the same browser.

use vestibule_core::{
    id::SessionId, identity::PersonId, port::*, request::Reply, session::Session,
};
use vestibule_engine::{Act, Ask, SessionToken, Shown, Visitor};

use super::*;

/// What a person meets when they open an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Met {
    /// The first door, which wants to be passed anew whatever session the upstream has.
    Anew,
    /// Which first door it shall be.
    Choice,
    /// A code of their app is asked for.
    Code,
    /// The first door.
    FirstDoor,
    /// Nothing: they are in.
    In,
    /// The application is told no.
    Refused(String),
    /// An app must be set up.
    SetUp,
}

pub(crate) fn met(outcome: Outcome) -> Met {
    match outcome {
        Ok(Shown::ToUpstream(Reply::Redirect(url), _)) => {
            match field(url.query().unwrap_or_default(), "anew") {
                Some(_) => Met::Anew,
                None => Met::FirstDoor,
            }
        }
        Ok(Shown::Screen(screen)) => match screen.ask {
            Ask::ChooseUpstream(_) => Met::Choice,
            Ask::Code { .. } => Met::Code,
            Ask::ScanSecret { .. } => Met::SetUp,
            other => panic!("something else was asked: {other:?}"),
        },
        Ok(
            Shown::Answer(Reply::Redirect(url), _) | Shown::SignedIn(_, Reply::Redirect(url), _),
        ) => match field(url.query().unwrap_or_default(), "refused") {
            Some(why) => Met::Refused(why),
            None => Met::In,
        },
        other => panic!("something else came: {other:?}"),
    }
}

/// The token that an application's answer brings along.
pub(crate) fn token_of(outcome: Outcome) -> SessionToken {
    match outcome {
        Ok(Shown::SignedIn(token, ..)) => token,
        other => panic!("a session was expected, not {other:?}"),
    }
}

/// Somebody whom a rule lets pass by the first door alone, as long as they are in the office.
pub(crate) fn in_office(visitor: Visitor) -> Visitor {
    Visitor {
        address: Some("203.0.113.5".parse().unwrap()),
        ..visitor
    }
}

impl House {
    /// One where this application takes so much of a session.
    pub(crate) async fn taking(app: &str, takes: SingleSignOn) -> Self {
        let id = AppId::new(app).unwrap();
        Self::with(|parts| parts.apps.get_mut(&id).unwrap().single_sign_on = takes).await
    }

    /// With a code of the app, into Jira.
    pub(crate) async fn signs_in(&self, subject: &str, secret: &str, visitor: Visitor) -> SignedIn {
        let page = self.at_code(subject, visitor).await;
        self.passes(&page, secret, visitor).await
    }

    /// Types the code that is asked for, and is in.
    pub(crate) async fn passes(&self, page: &Screen, secret: &str, visitor: Visitor) -> SignedIn {
        let code = Act::Code(self.code(secret));
        let token = token_of(self.act(page, code, visitor).await);
        self.clock.forward(30);
        SignedIn::with(token, visitor)
    }

    /// Somebody who is in with an app: their secret and their browser.
    pub(crate) async fn known(&self, subject: &str, visitor: Visitor) -> (String, SignedIn) {
        let (secret, _) = self.enrolled(subject, visitor).await;
        let signed_in = self.signs_in(subject, &secret, visitor).await;
        (secret, signed_in)
    }

    /// Somebody who is in by the first door alone, and has an app: their secret and their browser, outside of the office.
    pub(crate) async fn known_by_one_door(&self, visitor: Visitor) -> (String, SignedIn) {
        let (secret, _) = self.enrolled("bob", visitor).await;
        let office = in_office(visitor);
        let token = token_of(self.log_in("subject=bob&groups=staff", office).await);
        (secret, SignedIn::with(token, visitor))
    }

    /// What is met at this request.
    pub(crate) async fn meets(&self, query: &str, signed_in: &SignedIn) -> Met {
        met(self.arrive(query, signed_in.visitor).await)
    }

    /// The session behind a token, as the store has it.
    pub(crate) async fn session_of(&self, signed_in: &SignedIn) -> Option<Session> {
        self.store.session(signed_in.token.key()).await.unwrap()
    }

    /// The applications that take part in a session.
    pub(crate) async fn taking_part(&self, id: SessionId) -> Vec<String> {
        let all = self.store.participations(id).await.unwrap();
        all.into_iter().map(|one| one.app.to_string()).collect()
    }

    /// What the person proved before counts no more.
    pub(crate) async fn revoke(&self, subject: &str, factors: Vec<EnrolmentChange>) {
        let commit = Commit {
            enrolments: factors,
            session: Some(SessionChange::Revoke {
                person: PersonId::new(upstream("adfs"), subject),
                at: self.clock.now(),
            }),
            ..Commit::default()
        };
        self.store.commit(commit).await.unwrap();
    }
}
