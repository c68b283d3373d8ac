//! By what an upstream finds again the sessions that began with it.
//!
//! Owns the digests of its names that stand beside a session, and the search by them. Does not own which of those found
//! are meant: they are opened, and compared as they are sealed.

use aws_lc_rs::digest::{Context, SHA256};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vestibule_core::{id::UpstreamId, session::Session, upstream_logout::UpstreamName};

use crate::{error::Failure, schema::sessions, seal::Sealer, session::SessionRow};

rows! {
    /// The columns of `sessions` for upstreams.
    UpstreamSessionRows {
        /// Reads the sessions that an upstream knows by this name.
        async fn find_sessions_at_upstream(
            &mut self,
            sealer: &Sealer,
            upstream: &UpstreamId,
            name: &UpstreamName,
            after: &str,
            most: u32,
        ) -> Result<Vec<Session>, Failure> {
            let digest = Some(digest_of(upstream, name));
            let page = sessions::table
                .filter(sessions::id.gt(after))
                .order(sessions::id)
                .limit(i64::from(most))
                .select(SessionRow::as_select());
            let rows: Vec<SessionRow> = match name {
                UpstreamName::Session(_) => {
                    page.filter(sessions::upstream_session.eq(digest))
                        .load(self)
                        .await?
                }
                UpstreamName::Subject(_) => {
                    page.filter(sessions::upstream_subject.eq(digest))
                        .load(self)
                        .await?
                }
            };
            rows.into_iter().map(|row| row.open(sealer)).collect()
        }
    }
}

/// The upstream's name for its session, if it gave one.
pub(crate) fn session_digest(session: &Session) -> Option<Vec<u8>> {
    let person = session.person();
    let name = person.upstream_proof.session.clone()?;
    let name = UpstreamName::Session(name);
    Some(digest_of(person.id.upstream(), &name))
}

/// The upstream's name for the person.
pub(crate) fn subject_digest(session: &Session) -> Vec<u8> {
    let person = session.person();
    let name = UpstreamName::Subject(person.subject.value.clone());
    digest_of(person.id.upstream(), &name)
}

/// SHA-256 of the sort of name, the upstream and the name, with a zero byte between. No id holds one, so they cannot run
/// together.
fn digest_of(upstream: &UpstreamId, name: &UpstreamName) -> Vec<u8> {
    let (sort, name) = match name {
        UpstreamName::Session(name) => ("session", name),
        UpstreamName::Subject(name) => ("subject", name),
    };
    let mut context = Context::new(&SHA256);
    for part in [sort, upstream.as_str()] {
        context.update(part.as_bytes());
        context.update(&[0]);
    }
    context.update(name.as_bytes());
    context.finish().as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_two_sorts_or_upstreams_are_two_names() {
        let upstream = |id| UpstreamId::new(id).unwrap();
        let subject = UpstreamName::Subject("s".into());
        let session = UpstreamName::Session("s".into());
        let digest = digest_of(&upstream("a"), &subject);
        assert_eq!(digest, digest_of(&upstream("a"), &subject));
        assert_ne!(digest, digest_of(&upstream("a"), &session));
        assert_ne!(digest, digest_of(&upstream("b"), &subject));
    }
}
