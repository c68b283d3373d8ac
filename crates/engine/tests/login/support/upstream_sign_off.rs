//! Logout messages of upstreams in plain words.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use url::Url;
use vestibule_core::{
    identity::Subject,
    logout::Heard,
    port::*,
    request::{Memo, Reply},
    upstream_logout::{Carrier, UpstreamLogout, UpstreamMessage},
};
use vestibule_engine::{Problem, UpstreamPart, Visitor};

use super::{House, Outcome, TestUpstream, field, part, upstream};

/// A message is `subject=…&sessions=a,b&id=…&reply=…`.
#[async_trait]
impl UpstreamSignOff for TestUpstream {
    fn comes_by(&self, carrier: Carrier) -> bool {
        self.1 == carrier
    }

    async fn hear(
        &self,
        _: Carrier,
        message: &Callback,
        now: DateTime<Utc>,
    ) -> Result<UpstreamMessage, UpstreamError> {
        let said = message.form.as_deref().unwrap_or(&message.query);
        let get = |name| field(said, name);
        if get("forged").is_some() {
            return Err(UpstreamError::Misbehaved {
                code: "signature_missing",
                detail: "unsigned".into(),
            });
        }
        if let Some(handle) = get("to") {
            return Ok(UpstreamMessage::Answer {
                handle,
                heard: match get("heard").as_deref() {
                    Some("partly") => Heard::Partly,
                    Some("refused") => Heard::Refused,
                    _ => Heard::Done,
                },
                is_signed: get("unsigned").is_none(),
            });
        }
        let sessions = get("sessions").unwrap_or_default();
        Ok(UpstreamMessage::Logout(UpstreamLogout {
            upstream: self.0.clone(),
            subject: get("subject"),
            about: Memo::of(&get("scope")).unwrap(),
            sessions: sessions
                .split(',')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            reply: Memo::of(&get("reply")).unwrap(),
            once: ReplayMark {
                purpose: ReplayPurpose::LogoutToken,
                owner: self.0.to_string(),
                value: get("id").unwrap(),
                keep_until: now + TimeDelta::minutes(5),
            },
        }))
    }

    /// Names of another scope are those of others.
    fn is_about(&self, logout: &UpstreamLogout, _: &Subject) -> bool {
        logout.about.read::<Option<String>>().unwrap().is_none()
    }

    async fn answer(
        &self,
        reply: &Memo,
        is_complete: bool,
        _: DateTime<Utc>,
    ) -> Result<Option<Reply>, UpstreamError> {
        let Some(reply) = reply.read::<Option<String>>().unwrap() else {
            return Ok(None);
        };
        let mut url = Url::parse(&format!("https://{}.example/slo", self.0)).unwrap();
        url.query_pairs_mut()
            .append_pair("answers", &reply)
            .append_pair("complete", &is_complete.to_string());
        Ok(Some(Reply::Redirect(url)))
    }

    fn can_be_left(&self) -> bool {
        self.1 == Carrier::Browser
    }

    async fn leave(&self, leaving: Leaving<'_>) -> Result<Reply, UpstreamError> {
        let known_by: String = leaving.known_by.read().unwrap();
        if known_by == "mute" {
            return Err(UpstreamError::Misbehaved {
                code: "logout_unregistered",
                detail: "nothing can be said".into(),
            });
        }
        let mut url = Url::parse(&format!("https://{}.example/slo", self.0)).unwrap();
        url.query_pairs_mut()
            .append_pair("handle", leaving.handle)
            .append_pair("known_by", &known_by);
        Ok(Reply::Redirect(url))
    }
}

/// An upstream that calls us itself.
pub(crate) fn calling(name: &str) -> UpstreamPart {
    UpstreamPart {
        adapter: Arc::new(TestUpstream(upstream(name), Carrier::Upstream)),
        ..part(name)
    }
}

impl House {
    /// An upstream calls, from a machine of its own.
    pub(crate) async fn is_called(&self, name: &str, said: &str) -> Result<(), Box<Problem>> {
        let message = Callback {
            query: String::new(),
            form: Some(said.to_owned()),
        };
        let machine = Visitor {
            browser: None,
            session: None,
            address: Some("192.0.2.1".parse().unwrap()),
        };
        let upstream = upstream(name);
        let called = self.engine.upstream_calls(&upstream, message, machine);
        Box::pin(called).await
    }

    /// A browser brings an upstream's message.
    pub(crate) async fn is_brought(&self, name: &str, said: &str, visitor: Visitor) -> Outcome {
        let message = Callback {
            query: said.to_owned(),
            form: None,
        };
        let upstream = upstream(name);
        let brought = self.engine.upstream_logout(&upstream, message, visitor);
        Box::pin(brought).await
    }
}
