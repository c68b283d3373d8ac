//! The applications that take part in a session.
//!
//! Owns their rows, which outlast the session's: until the application was told of its end. What it was told is sealed to
//! the session and to the application.

use diesel::{prelude::*, upsert::excluded};
use diesel_async::RunQueryDsl;
use vestibule_core::{
    id::{AppId, SessionId},
    identity::PersonId,
    session::Participation,
};

use crate::{
    error::Failure,
    prepared::Prepare,
    schema::participations,
    seal::{Place, Sealer},
};

rows! {
    /// The table `participations`.
    ParticipationRows {
        /// An application takes part from now on, or was told something else now.
        async fn take_part(
            &mut self,
            sealer: &Sealer,
            session: SessionId,
            participation: &Participation,
            person: Option<&PersonId>,
        ) -> Result<(), Failure> {
            let (session, app) = (session.to_string(), participation.app.as_str());
            let row = (
                participations::session.eq(&session),
                participations::app.eq(app),
                participations::known_as.eq(participation.known_as.as_deref()),
                participations::person.eq(person.map(ToString::to_string)),
                participations::sealed.eq(sealer.seal_value(place(&[&session, app]), participation)?),
            );
            diesel::insert_into(participations::table)
                .values(row)
                .on_conflict((participations::session, participations::app))
                .do_update()
                .set((
                    participations::known_as.eq(excluded(participations::known_as)),
                    participations::person.eq(excluded(participations::person)),
                    participations::sealed.eq(excluded(participations::sealed)),
                ))
                .prepared()
                .execute(self)
                .await?;
            Ok(())
        }

        /// Those of one session, by name.
        async fn find_participations(
            &mut self,
            sealer: &Sealer,
            session: SessionId,
        ) -> Result<Vec<Participation>, Failure> {
            let session = session.to_string();
            let rows: Vec<(String, Vec<u8>)> = participations::table
                .filter(participations::session.eq(&session))
                .order(participations::app)
                .select((participations::app, participations::sealed))
                .load(self)
                .await?;
            rows.into_iter()
                .map(|(app, sealed)| sealer.open_value(place(&[&session, &app]), &sealed))
                .collect()
        }

        /// The session that goes on, and that an application knows by this name.
        async fn find_known_as(
            &mut self,
            app: &AppId,
            name: &str,
        ) -> Result<Option<SessionId>, Failure> {
            let session: Option<String> = participations::table
                .filter(participations::app.eq(app.as_str()))
                .filter(participations::known_as.eq(Some(name)))
                .filter(participations::due_at.is_null())
                .select(participations::session)
                .first(self)
                .await
                .optional()?;
            Ok(session.as_deref().and_then(SessionId::parse))
        }

        /// These sessions are over: their applications are to be told, from now on.
        async fn part(&mut self, sessions: &[String]) -> Result<(), Failure> {
            if sessions.is_empty() {
                return Ok(());
            }
            let theirs = participations::table
                .filter(participations::session.eq_any(sessions))
                .filter(participations::due_at.is_null());
            diesel::update(theirs)
                .set(participations::due_at.eq(Some(0)))
                .execute(self)
                .await?;
            Ok(())
        }
    }
}

pub(crate) fn place<'a>(owner: &'a [&'a str]) -> Place<'a> {
    Place {
        table: "participations",
        owner,
        purpose: "participation",
    }
}
