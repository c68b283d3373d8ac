//! Whether what a code or token stands for is still so.
//!
//! Owns the one answer for all endpoints. Everything is read at every use (attack row SO-17): nobody is told that a
//! person was disabled, or that a session ended, in any other way.

use vestibule_core::{
    id::SessionId,
    identity::PersonId,
    port::{PersonGuard, SessionChange, StoreError},
    session::Session,
    token::{TokenKey, TokenPurpose, TokenRecord},
};

use super::{Denied, TokenService};
use crate::oidc::{OidcApp, issued::Issued, opaque};

/// What a code or token rests on, to be held in the transaction that acts on it.
pub(super) struct Footing {
    pub(super) person: PersonId,
    pub(super) guard: PersonGuard,
    session: Option<SessionId>,
}

impl Footing {
    /// The session must still be there, where there is one.
    pub(super) fn hold(&self) -> Option<SessionChange> {
        self.session.map(SessionChange::Hold)
    }
}

/// A token that is good at this moment.
pub(super) struct Good<'r> {
    /// The application that it was given to, as it is configured now.
    pub(super) app: &'r OidcApp,
    pub(super) record: TokenRecord,
    pub(super) issued: Issued,
}

impl TokenService {
    /// What is kept of a code or token that somebody shows; `None` if it is none of this purpose, or was forgotten.
    pub(super) async fn find(
        &self,
        purpose: TokenPurpose,
        shown: &str,
    ) -> Result<Option<(TokenKey, TokenRecord)>, StoreError> {
        let Some(key) = opaque::key_of(purpose, shown) else {
            return Ok(None);
        };
        let record = self.shelf.token(purpose, key).await?;
        Ok(record.map(|record| (key, record)))
    }

    /// What it rests on, if all of that is still so.
    pub(super) async fn footing(
        &self,
        record: &TokenRecord,
        issued: &Issued,
    ) -> Result<Option<Footing>, StoreError> {
        let Some(id) = &record.person else {
            return Ok(None);
        };
        let person = self.shelf.person(id).await?;
        let stands = |person: &vestibule_core::port::PersonRecord| {
            !person.disabled && person.valid_from <= issued.known_since
        };
        let Some(person) = person.filter(stands) else {
            return Ok(None);
        };
        if !self.upstreams.contains(id.upstream()) {
            return Ok(None);
        }
        if let Some(session) = record.session {
            let session = self.shelf.session_by_id(session).await?;
            let now = self.clock.now();
            let lasts = |session: &Session| {
                session.person().id == *id && session.lasts(self.limits, now).is_ok()
            };
            if !session.as_ref().is_some_and(lasts) {
                return Ok(None);
            }
        }
        Ok(Some(Footing {
            guard: PersonGuard {
                person: id.clone(),
                enrolments: None,
                valid_from: person.valid_from,
            },
            person: person.id,
            session: record.session,
        }))
    }

    /// The access or refresh token that somebody shows, if it is good at this moment. It opens nothing by itself: whose
    /// it is must be compared.
    pub(super) async fn good(
        &self,
        purpose: TokenPurpose,
        shown: &str,
    ) -> Result<Option<Good<'_>>, Denied> {
        let Some((_, record)) = self.find(purpose, shown).await? else {
            return Ok(None);
        };
        if record.used_at.is_some() || self.clock.now() >= record.expires_at {
            return Ok(None);
        }
        let issued = read(&record)?;
        let app = self.registry.app(&record.app);
        let theirs = app.filter(|app| !app.disabled && app.client.id() == issued.client_id);
        let Some(app) = theirs else {
            return Ok(None);
        };
        let stands = self.footing(&record, &issued).await?.is_some();
        Ok(stands.then_some(Good {
            app,
            record,
            issued,
        }))
    }
}

/// The facts behind an access or refresh token.
pub(super) fn read(record: &TokenRecord) -> Result<Issued, Denied> {
    record
        .body
        .read()
        .map_err(|error| Denied::fault("memo_unreadable", error, &record.app))
}
