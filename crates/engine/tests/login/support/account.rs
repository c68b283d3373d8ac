//! People at the account page.

use vestibule_core::{
    account::Place, evidence::Enrolment, identity::PersonId, port::*, request::Reply,
};
use vestibule_engine::{
    AccountScreen, Act, Ask, Change, Problem, ProblemKind, SessionToken, Shown, Visitor,
};

use super::*;

pub(crate) type Outcome = Result<Shown, Box<Problem>>;

/// Somebody at the account page, in one browser.
pub(crate) struct SignedIn {
    /// With the token's key.
    pub(crate) visitor: Visitor,
    pub(crate) token: SessionToken,
}

impl SignedIn {
    pub(crate) fn with(token: SessionToken, visitor: Visitor) -> Self {
        Self {
            visitor: showing(&token, visitor),
            token,
        }
    }
}

/// The same browser, once it has this token.
pub(crate) fn showing(token: &SessionToken, visitor: Visitor) -> Visitor {
    Visitor {
        session: Some(token.key()),
        ..visitor
    }
}

pub(crate) fn account(outcome: Outcome) -> AccountScreen {
    match outcome {
        Ok(Shown::Account(screen)) => *screen,
        other => panic!("a page of the account was expected, not {other:?}"),
    }
}

pub(crate) fn signs_in(outcome: Outcome) -> (SessionToken, String) {
    match outcome {
        Ok(Shown::SignedIn(token, Reply::Redirect(url), _)) => (token, url.path().to_owned()),
        other => panic!("a session was expected, not {other:?}"),
    }
}

pub(crate) fn kind_of(outcome: Outcome) -> ProblemKind {
    match outcome {
        Err(problem) => problem.kind,
        other => panic!("a problem was expected, not {other:?}"),
    }
}

impl House {
    /// The first page after the upstream, on the way to the account.
    pub(crate) async fn towards_account(&self, answer: &str, visitor: Visitor) -> Outcome {
        let sent = Box::pin(self.engine.account(Place::Overview, visitor)).await;
        self.come_back(&handle_of(&sent.unwrap()), answer, visitor)
            .await
    }

    /// With a code of the app, into the account.
    pub(crate) async fn at_account(
        &self,
        subject: &str,
        secret: &str,
        visitor: Visitor,
    ) -> SignedIn {
        let page = self
            .towards_account(&format!("subject={subject}"), visitor)
            .await;
        let code = Act::Code(self.code(secret));
        let (token, path) = signs_in(self.act(&screen(page), code, visitor).await);
        assert_eq!(path, "/account");
        self.clock.forward(30);
        SignedIn::with(token, visitor)
    }

    pub(crate) async fn see(&self, signed_in: &SignedIn, place: Place) -> Outcome {
        // On the heap: a test that looks many times would need a large stack.
        Box::pin(self.engine.account(place, signed_in.visitor)).await
    }

    pub(crate) async fn overview(&self, signed_in: &SignedIn) -> AccountScreen {
        account(self.see(signed_in, Place::Overview).await)
    }

    /// Is the session still good for anything?
    pub(crate) async fn is_in(&self, signed_in: &SignedIn) -> bool {
        matches!(
            self.see(signed_in, Place::Overview).await,
            Ok(Shown::Account(_))
        )
    }

    pub(crate) async fn change(&self, signed_in: &SignedIn, change: Change) -> Outcome {
        let form = self.overview(signed_in).await.form;
        self.engine
            .change_account(Some(&form), change, signed_in.visitor)
            .await
    }

    pub(crate) async fn factors(&self, subject: &str) -> Vec<Enrolment> {
        let person = PersonId::new(upstream("adfs"), subject);
        self.store.enrolments(&person).await.unwrap()
    }

    pub(crate) async fn factor(&self, subject: &str, name: &str) -> Enrolment {
        let all = self.factors(subject).await;
        all.into_iter().find(|one| one.kind == kind(name)).unwrap()
    }

    /// Sets up one more app, with a proof that is fresh: the secret, and the session from then on.
    pub(crate) async fn add_app(&self, signed_in: &SignedIn) -> (String, SignedIn) {
        let page = screen(self.change(signed_in, Change::Add(kind("totp"))).await);
        let Ask::ScanSecret { secret, .. } = page.ask.clone() else {
            panic!("{page:?}")
        };
        let code = Act::Code(self.code(&secret));
        let (token, _) = signs_in(self.act(&page, code, signed_in.visitor).await);
        self.clock.forward(30);
        (secret, SignedIn::with(token, signed_in.visitor))
    }
}
