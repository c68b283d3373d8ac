//! One turn of a login: what was loaded, what is decided so far, and what the one transaction at its end will hold.
//!
//! Owns the loading of a login for the browser that it is bound to, and its commit. Does not own any step: each puts its
//! part into the turn.

use vestibule_core::{
    audit::AuditRecord,
    flow::{FlowError, Login},
    id::LoginId,
    port::{Commit, LoginChange, StoreError},
    session::{Live, Session},
};

use crate::{
    Engine, ProblemKind, Visitor,
    handle::Purpose,
    stop::{Stop, Turned},
};

/// A login in hand, with everything that must be committed together with its next state.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) login: Login,
    pub(crate) visitor: Visitor,
    pub(crate) commit: Commit,
    /// The session that was read in this very turn for the login to go on from, until a decision rests on it.
    pub(crate) resumed: Option<Box<Session>>,
    standing: Standing,
}

/// How the login in hand differs from the stored one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Changed,
    /// It began and ended in this turn: nobody comes back to it, so it has no row.
    Momentary,
    New,
    Same,
}

impl Turn {
    /// A login that is not stored yet.
    pub(crate) fn opened(login: Login, visitor: Visitor) -> Self {
        Self {
            login,
            visitor,
            commit: Commit::default(),
            resumed: None,
            standing: Standing::New,
        }
    }

    /// A login as it was read.
    pub(crate) fn loaded(login: Login, visitor: Visitor) -> Self {
        Self {
            login,
            visitor,
            commit: Commit::default(),
            resumed: None,
            standing: Standing::Same,
        }
    }

    /// The login as it stands, with nothing to be committed: what there is to go back to if this turn comes to nothing.
    pub(crate) fn untouched(&self) -> Self {
        Self::loaded(self.login.clone(), self.visitor)
    }

    /// There is a row of this login.
    pub(crate) fn is_stored(&self) -> bool {
        !matches!(self.standing, Standing::Momentary | Standing::New)
    }

    /// The login is over. One that was opened in this very turn needs no row.
    pub(crate) fn over(self, login: Login) -> Self {
        let standing = match self.standing {
            Standing::New => Standing::Momentary,
            _ => Standing::Changed,
        };
        Self {
            login,
            standing,
            ..self
        }
    }

    /// The login goes on from this session, if from any. The first decision rests on what was read of it just now; any
    /// other reads it anew.
    pub(crate) fn resumed_from(self, live: Option<Live>) -> Self {
        Self {
            resumed: live.map(|live| Box::new(live.into_session())),
            ..self
        }
    }

    /// Moves the login on; what is to be committed stays with it.
    pub(crate) fn step(
        self,
        engine: &Engine,
        transition: impl FnOnce(Login) -> Result<Login, FlowError>,
    ) -> Turned<Self> {
        let before = self.login.clone();
        let login = transition(self.login).map_err(|error| engine.out_of_step(&before, error))?;
        let changed = login != before;
        Ok(Self { login, ..self }.marked(changed))
    }

    /// The login in the state that the core settled on.
    pub(crate) fn settled(self, login: Login) -> Self {
        Self { login, ..self }.marked(true)
    }

    /// Adds a record to the transaction.
    pub(crate) fn noting(mut self, record: AuditRecord) -> Self {
        self.commit.audit.push(record);
        self
    }

    fn marked(self, changed: bool) -> Self {
        let standing = match self.standing {
            Standing::Same if changed => Standing::Changed,
            standing => standing,
        };
        Self { standing, ..self }
    }
}

impl Engine {
    /// Finds the login behind a page's handle, for the browser that it is bound to.
    pub(crate) async fn load_page(&self, handle: &str, visitor: Visitor) -> Turned<Turn> {
        let unknown = || {
            self.stray(
                ProblemKind::UnknownLogin,
                "login_unknown",
                "no login has this handle",
            )
        };
        let id = self
            .parts
            .handles
            .open(Purpose::Page, handle)
            .ok_or_else(unknown)?;
        let login = self.load(id).await?.ok_or_else(unknown)?;
        let Some(browser) = visitor.browser else {
            return Err(self.out_of_step(&login, FlowError::OtherBrowser));
        };
        Turn::loaded(login, visitor).step(self, |login| login.bind(browser))
    }

    pub(crate) async fn load(&self, id: LoginId) -> Turned<Option<Login>> {
        let loaded = self.parts.store.login(id).await;
        loaded.map_err(|error| self.stray(ProblemKind::Unavailable, error.code(), error))
    }

    /// Step 9: all that this turn decided becomes true, or nothing of it. Returns the turn as it stands then.
    pub(crate) async fn commit(&self, turn: Turn) -> Turned<Turn> {
        self.try_commit(turn)
            .await
            .map_err(|(login, error)| self.store_failed(&login, &error))
    }

    /// [`commit`](Self::commit), for those who know what to do about a conflict.
    pub(crate) async fn try_commit(&self, turn: Turn) -> Result<Turn, (Box<Login>, StoreError)> {
        let Turn {
            login,
            visitor,
            mut commit,
            resumed: _,
            standing,
        } = turn;
        let revision = match standing {
            Standing::Momentary | Standing::Same => login.revision(),
            Standing::New => {
                commit.login = Some(LoginChange::Open(login.clone()));
                login.revision()
            }
            Standing::Changed => {
                commit.login = Some(LoginChange::Replace(login.clone()));
                login.revision() + 1
            }
        };
        if !commit.is_empty()
            && let Err(error) = self.parts.store.commit(commit).await
        {
            return Err((Box::new(login), error));
        }
        Ok(Turn::loaded(login.at_revision(revision), visitor))
    }

    /// The handle in the address of a login's pages.
    pub(crate) fn page_of(&self, login: &Login) -> String {
        self.parts.handles.mint(Purpose::Page, login.id())
    }

    /// Something that was configured when the login began is not any more.
    pub(crate) fn not_configured(&self, login: &Login, what: &str) -> Stop {
        let detail = format!("{what} is not configured any more");
        self.problem(login, ProblemKind::NoWay, "not_configured", detail)
    }
}
