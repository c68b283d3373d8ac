//! What upstreams say of logouts: their session is over, and those of ours that began with it end; or they answer us.
//!
//! Owns which sessions those are, in every browser and for every node at once, and that each message counts once. Does not
//! own how a message is judged (the adapter does), nor the way from one application to the next, which is that of every
//! logout.
//!
//! Whom we do not know is answered like somebody who was signed out: nobody learns who is signed in.

use std::collections::BTreeMap;

use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    id::{SessionId, UpstreamId},
    identity::PersonId,
    logout::Asker,
    port::{Callback, Commit, SessionChange, UpstreamError, UpstreamSignOff},
    request::{Memo, Reply},
    session::Session,
    upstream_logout::{Carrier, UpstreamLogout, UpstreamMessage},
};

use super::{begin::Beginning, first_door::Back, once::Sender};
use crate::{
    Engine, Outcome, Problem, ProblemKind, Shown, Visitor,
    stop::{Stop, Turned},
};

/// So many sessions are read at once.
const PAGE: u32 = 256;

impl Engine {
    /// An upstream says so itself, without a browser (OpenID Connect Back-Channel Logout 1.0). Applications that can be
    /// told without one are told.
    ///
    /// # Errors
    /// [`Problem`]; nothing ended then.
    pub async fn upstream_calls(
        &self,
        upstream: &UpstreamId,
        message: Callback,
        visitor: Visitor,
    ) -> Result<(), Box<Problem>> {
        let ended = async {
            let (sign_off, message) = self
                .heard_from(upstream, Carrier::Upstream, &message, visitor)
                .await?;
            let UpstreamMessage::Logout(logout) = message else {
                return Err(self.answer_unexpected(upstream, visitor).await);
            };
            let meant = self.meant_by(sign_off, &logout).await?;
            self.end_at_once(logout, meant, visitor).await?;
            Ok(Shown::SignedOut)
        };
        self.tell(ended.await).map(drop)
    }

    /// A browser brings an upstream's message. Applications are told in the browser, as far as it is that of the session;
    /// where it answers us, the logout goes on.
    ///
    /// # Errors
    /// [`Problem`] to be told on our own page; nothing ended then, and nothing is sent anywhere.
    pub async fn upstream_logout(
        &self,
        upstream: &UpstreamId,
        message: Callback,
        visitor: Visitor,
    ) -> Outcome {
        let ended = async {
            let (sign_off, message) = self
                .heard_from(upstream, Carrier::Browser, &message, visitor)
                .await?;
            let logout = match message {
                UpstreamMessage::Logout(logout) => logout,
                UpstreamMessage::Answer {
                    handle,
                    heard,
                    is_signed,
                } => {
                    let back = Back {
                        handle: &handle,
                        heard,
                        is_signed,
                    };
                    return self.back_from(upstream, back, visitor).await;
                }
            };
            let mut meant = self.meant_by(sign_off, &logout).await?;
            let held = self.held_session(visitor).await?;
            let held = held.and_then(|held| meant.remove(&held.id()));
            let Some(first) = held.or_else(|| meant.pop_first().map(|(_, first)| first)) else {
                let reply = logout.reply.clone();
                self.end_at_once(logout, meant, visitor).await?;
                return Ok(match self.answer_upstream(upstream, &reply, true).await {
                    Some((reply, label)) => Shown::Leave(reply, label),
                    None => Shown::Nobody,
                });
            };
            let others = meant.into_values().collect();
            let ending = self.ending(first, others).await?;
            let asker = Asker::Upstream {
                upstream: logout.upstream,
                reply: logout.reply,
            };
            let beginning = Beginning {
                once: Some(logout.once),
                ..Beginning::by(visitor)
            };
            self.end(ending, asker, beginning).await
        };
        self.tell(ended.await)
    }

    /// The answer to an upstream that asked, and what that is called. One that cannot be made is for the log: the person
    /// is signed out all the same, and reads that on our own page.
    pub(super) async fn answer_upstream(
        &self,
        upstream: &UpstreamId,
        reply: &Memo,
        is_complete: bool,
    ) -> Option<(Reply, String)> {
        let part = self.parts.upstreams.get(upstream)?;
        let now = self.parts.clock.now();
        match part
            .adapter
            .sign_off()?
            .answer(reply, is_complete, now)
            .await
        {
            Ok(reply) => Some((reply?, part.label.clone())),
            Err(error) => {
                tracing::warn!(%upstream, code = error.code(), %error, "an upstream cannot be told that its logout is done");
                None
            }
        }
    }

    async fn heard_from(
        &self,
        upstream: &UpstreamId,
        carrier: Carrier,
        message: &Callback,
        visitor: Visitor,
    ) -> Turned<(&dyn UpstreamSignOff, UpstreamMessage)> {
        let part = self.parts.upstreams.get(upstream);
        let sign_off = part.and_then(|part| part.adapter.sign_off());
        let Some(sign_off) = sign_off.filter(|sign_off| sign_off.comes_by(carrier)) else {
            return Err(self.stray(
                ProblemKind::LogoutRejected,
                "upstream_unknown",
                "no upstream that says so in this way has this address",
            ));
        };
        match sign_off
            .hear(carrier, message, self.parts.clock.now())
            .await
        {
            Ok(message) => Ok((sign_off, message)),
            Err(error) => Err(self.logout_unheard(upstream, &error, visitor).await),
        }
    }

    /// The sessions that are meant, each once. Those are found by the upstream's names; what was sealed decides.
    async fn meant_by(
        &self,
        sign_off: &dyn UpstreamSignOff,
        logout: &UpstreamLogout,
    ) -> Turned<BTreeMap<SessionId, Session>> {
        let mut meant = BTreeMap::new();
        for name in logout.names() {
            let mut after = None;
            loop {
                let found = self
                    .parts
                    .store
                    .sessions_at_upstream(&logout.upstream, &name, after, PAGE)
                    .await
                    .map_err(|error| self.logout_failed(&error))?;
                after = found.last().map(Session::id);
                let is_last = found.len() < PAGE as usize;
                for session in found {
                    let subject = &session.person().subject;
                    if logout.means(&session) && sign_off.is_about(logout, subject) {
                        meant.insert(session.id(), session);
                    }
                }
                if is_last {
                    break;
                }
            }
        }
        Ok(meant)
    }

    /// All of them end, in one transaction; nobody waits for their applications.
    async fn end_at_once(
        &self,
        logout: UpstreamLogout,
        meant: BTreeMap<SessionId, Session>,
        visitor: Visitor,
    ) -> Turned<()> {
        let mut people: BTreeMap<&PersonId, Vec<String>> = BTreeMap::new();
        for session in meant.values() {
            let theirs = people.entry(&session.person().id).or_default();
            theirs.push(session.id().to_string());
        }
        let record =
            |person: Option<&PersonId>, result, reason, detail: Option<&str>| AuditRecord {
                reference: Some(self.new_reference()),
                person: person.cloned(),
                ..self.upstream_record(&logout.upstream, visitor, result, reason, detail)
            };
        let audit = if people.is_empty() {
            vec![record(
                None,
                AuditResult::Failure,
                "logout_no_session",
                None,
            )]
        } else {
            let ended = people.iter().map(|(person, sessions)| {
                let sessions = sessions.join(", ");
                let detail = Some(sessions.as_str());
                record(Some(person), AuditResult::Success, "session_ended", detail)
            });
            ended.collect()
        };
        tracing::info!(upstream = %logout.upstream, sessions = meant.len(), "an upstream ended sessions");
        let commit = Commit {
            once: vec![logout.once],
            session: (!meant.is_empty()).then(|| SessionChange::End {
                ids: meant.into_keys().collect(),
                at: self.parts.clock.now(),
            }),
            audit,
            ..Commit::default()
        };
        let sender = Sender::Upstream(logout.upstream);
        self.commit_once(commit, sender, visitor).await
    }

    /// An answer to what we did not ask, or do not ask any more.
    pub(super) async fn answer_unexpected(&self, upstream: &UpstreamId, visitor: Visitor) -> Stop {
        let unexpected = UpstreamError::Misbehaved {
            code: "logout_answer_unexpected",
            detail: format!("upstream `{upstream}` answers a logout request that is not pending"),
        };
        self.logout_unheard(upstream, &unexpected, visitor).await
    }

    /// A message that is not the upstream's, makes no sense, or cannot be judged now.
    pub(super) async fn logout_unheard(
        &self,
        upstream: &UpstreamId,
        error: &UpstreamError,
        visitor: Visitor,
    ) -> Stop {
        let kind = match error {
            UpstreamError::Unreachable { .. } => ProblemKind::LogoutUnavailable,
            _ => ProblemKind::LogoutRejected,
        };
        let detail = error.to_string();
        let problem = self.stray_problem(kind, error.code(), &detail);
        let failed = AuditResult::Failure;
        let record = AuditRecord {
            reference: Some(problem.reference.clone()),
            ..self.upstream_record(upstream, visitor, failed, error.code(), Some(&detail))
        };
        self.write_down_stray(record, visitor).await;
        Stop::Problem(Box::new(problem))
    }

    pub(super) fn upstream_record(
        &self,
        upstream: &UpstreamId,
        visitor: Visitor,
        result: AuditResult,
        reason: &str,
        detail: Option<&str>,
    ) -> AuditRecord {
        let record = AuditRecord::new(self.parts.clock.now(), AuditEvent::Logout, result);
        AuditRecord {
            upstream: Some(upstream.clone()),
            address: visitor.address,
            ..record.because(reason, detail)
        }
    }
}
