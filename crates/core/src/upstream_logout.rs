//! A logout that an upstream tells us of: its session is over, and ours that began with it are over with it.
//!
//! Owns what such a message says once it was checked, and which of our sessions it means. Does not own the message (each
//! protocol's adapter does), nor how the sessions end and who is told of it.
//!
//! **Invariant:** a message of one upstream never means a session that began with another, whatever names it uses.

use serde::{Deserialize, Serialize};

use crate::{id::UpstreamId, logout::Heard, port::ReplayMark, request::Memo, session::Session};

/// Who carries an upstream's message to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// A browser, which goes on with our answer.
    Browser,
    /// The upstream itself, which reads from the status of our answer whether it was heard.
    Upstream,
}

/// What a message of an upstream is, once it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpstreamMessage {
    /// It answers us, whom the browser left for it.
    Answer {
        /// The handle that it was told with: whose answer it is.
        handle: String,
        /// What it made of it.
        heard: Heard,
        /// It signed that. Else it counts in the browser of the logout only: whoever knows the handle could say so.
        is_signed: bool,
    },
    /// It says that a session is over.
    Logout(UpstreamLogout),
}

/// What an upstream says is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamLogout {
    /// Who says so.
    pub upstream: UpstreamId,
    /// Its name for the person, byte for byte; `None` if it names sessions only.
    pub subject: Option<String>,
    /// The rest of that name, in the adapter's words.
    pub about: Memo,
    /// Its names for its sessions; none: all of the person.
    pub sessions: Vec<String>,
    /// What the answer needs, in the adapter's words.
    pub reply: Memo,
    /// The message is used up by this, so that it counts once.
    pub once: ReplayMark,
}

/// By what an upstream finds sessions again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpstreamName {
    /// Its name for a session of its own: SAML's SessionIndex, or `sid`.
    Session(String),
    /// Its name for a person: the value of SAML's NameID, or `sub`.
    Subject(String),
}

impl UpstreamLogout {
    /// The names to look for. A person's sessions are found by the person: among them may be one that the upstream never
    /// gave a name.
    #[must_use]
    pub fn names(&self) -> Vec<UpstreamName> {
        match &self.subject {
            Some(subject) => vec![UpstreamName::Subject(subject.clone())],
            None => self
                .sessions
                .iter()
                .cloned()
                .map(UpstreamName::Session)
                .collect(),
        }
    }

    /// Is this session meant? One that the upstream gave no name is, if it is the person's: nobody could say later that
    /// it was another one. The rest of the person's name is the adapter's to compare.
    #[must_use]
    pub fn means(&self, session: &Session) -> bool {
        let person = session.person();
        let is_theirs = self
            .subject
            .as_ref()
            .map(|subject| *subject == person.subject.value);
        let is_named = match &person.upstream_proof.session {
            _ if self.sessions.is_empty() => is_theirs.is_some(),
            Some(name) => self.sessions.contains(name),
            None => is_theirs.is_some(),
        };
        *person.id.upstream() == self.upstream && is_theirs.unwrap_or(true) && is_named
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::{
        fixture::{BROWSER, alice, at, session},
        identity::{Person, UpstreamProof},
        port::ReplayPurpose,
        session::Session,
    };

    /// A session that began with one of her upstream, of this name.
    fn session_at_upstream(name: &str) -> Session {
        let upstream_proof = UpstreamProof {
            session: Some(name.to_owned()),
            ..UpstreamProof::default()
        };
        let alice = Person {
            upstream_proof,
            ..alice()
        };
        Session::of(alice, BROWSER, vec![], at(0))
    }

    fn told(subject: Option<&str>, sessions: &[&str]) -> UpstreamLogout {
        UpstreamLogout {
            upstream: UpstreamId::new("adfs").unwrap(),
            subject: subject.map(str::to_owned),
            about: Memo::default(),
            sessions: sessions.iter().map(|&name| name.to_owned()).collect(),
            reply: Memo::default(),
            once: ReplayMark {
                purpose: ReplayPurpose::LogoutToken,
                owner: "adfs".into(),
                value: "1".into(),
                keep_until: DateTime::UNIX_EPOCH,
            },
        }
    }

    #[test]
    fn a_logout_means_the_persons_sessions_of_that_name_and_no_others() {
        let named = session_at_upstream("s-1");
        let nameless = session(vec![], 0);
        for (subject, sessions, means_named, means_nameless) in [
            (Some("alice"), &[][..], true, true),
            (Some("alice"), &["s-1"][..], true, true),
            (Some("alice"), &["s-0", "s-1"][..], true, true),
            (Some("alice"), &["s-2"][..], false, true),
            (Some("bob"), &[][..], false, false),
            (Some("bob"), &["s-1"][..], false, false),
            (Some("Alice"), &[][..], false, false),
            (None, &["s-1"][..], true, false),
            (None, &["s-2"][..], false, false),
            (None, &[][..], false, false),
        ] {
            let told = told(subject, sessions);
            let case = format!("{subject:?} {sessions:?}");
            assert_eq!(told.means(&named), means_named, "{case}");
            assert_eq!(told.means(&nameless), means_nameless, "{case}");
        }
    }

    #[test]
    fn another_upstream_ends_nothing_by_the_same_names() {
        let named = session_at_upstream("s-1");
        for (subject, sessions) in [(Some("alice"), &[][..]), (None, &["s-1"][..])] {
            let ours = told(subject, sessions);
            let other = UpstreamLogout {
                upstream: UpstreamId::new("keycloak").unwrap(),
                ..ours.clone()
            };
            assert!(ours.means(&named));
            assert!(!other.means(&named));
        }
    }
}
