//! Logout messages in plain words.

use async_trait::async_trait;
use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use url::Url;
use vestibule_core::{
    audit::AuditEvent,
    id::AppId,
    logout::{Heard, LogoutRequest, Standing, Way},
    port::*,
    request::{Memo, Protocol, Reply},
    session::SessionKey,
};
use vestibule_engine::{LogoutAsk, LogoutScreen, Shown, Visitor};

use super::{House, Outcome, SignedIn, field, showing};

/// A request is `app=…&sessions=a,b&standing=…&id=…`, an answer `app=…&to=…&heard=…`. Applications can be told in the
/// way that their names say.
pub(crate) struct TestSignOff;

#[async_trait]
impl SignOff for TestSignOff {
    fn protocol(&self) -> Protocol {
        Protocol::Saml
    }

    async fn hear(
        &self,
        incoming: &Incoming,
        now: DateTime<Utc>,
    ) -> Result<LogoutMessage, Rejection> {
        let get = |name| field(&incoming.query, name);
        let app = get("app").and_then(|app| AppId::new(app).ok());
        if get("forged").is_some() {
            return Err(Rejection {
                code: "signature_missing",
                detail: "unsigned".into(),
                app,
                tell: Tell::default(),
            });
        }
        if let (Some(handle), Some(app)) = (get("to"), &app) {
            return Ok(LogoutMessage::Answer {
                app: app.clone(),
                handle,
                heard: match get("heard").as_deref() {
                    Some("refused") => Heard::Refused,
                    _ => Heard::Done,
                },
            });
        }
        let sessions = get("sessions").unwrap_or_default();
        let once = get("id").map(|value| ReplayMark {
            purpose: ReplayPurpose::SamlLogoutRequest,
            owner: "test".into(),
            value,
            keep_until: now + chrono::TimeDelta::minutes(5),
        });
        Ok(LogoutMessage::Request {
            request: LogoutRequest {
                app,
                protocol: Protocol::Saml,
                standing: match get("standing").as_deref() {
                    Some("hinted") => Standing::Hinted,
                    Some("unproven") => Standing::Unproven,
                    _ => Standing::Proven,
                },
                about: Memo::default(),
                sessions: sessions
                    .split(',')
                    .filter(|name| !name.is_empty())
                    .map(str::to_owned)
                    .collect(),
                reply: Memo::of(&get("reply")).unwrap(),
            },
            once,
        })
    }

    fn known_as(&self, told: &Memo) -> Option<String> {
        told.read().ok()
    }

    fn is_about(&self, request: &LogoutRequest, told: &Memo) -> bool {
        let told: String = told.read().unwrap();
        request.sessions.is_empty() || request.sessions.contains(&told)
    }

    fn way(&self, app: &AppId, _: &Memo) -> Way {
        match app.as_str() {
            "called" => Way::Call,
            "framed" => Way::Frame,
            "untold" => Way::Nothing,
            _ => Way::Visit,
        }
    }

    async fn tell(&self, telling: Telling<'_>) -> Result<Notification, DownstreamError> {
        let mut url = Url::parse(&format!("https://{}.example/slo", telling.app)).unwrap();
        url.query_pairs_mut()
            .append_pair("handle", telling.handle)
            .append_pair("session", &telling.told.read::<String>().unwrap());
        match telling.app.as_str() {
            "framed" => Ok(Notification::Frame(url)),
            "mute" => Err(DownstreamError {
                code: "mute",
                detail: "nothing can be said".into(),
                tell: None,
            }),
            _ => Ok(Notification::Visit(Reply::Redirect(url))),
        }
    }

    fn receipt(&self, _: u16) -> Receipt {
        Receipt::TryAgain
    }

    async fn answer(&self, answer: LogoutAnswer<'_>) -> Result<Option<Reply>, DownstreamError> {
        let (Some(app), Some(reply)) = (answer.app, answer.reply.read::<Option<String>>().unwrap())
        else {
            return Ok(None);
        };
        let mut url = Url::parse(&format!("https://{app}.example/slo")).unwrap();
        url.query_pairs_mut()
            .append_pair("answers", &reply)
            .append_pair("complete", &answer.is_complete.to_string());
        Ok(Some(Reply::Redirect(url)))
    }
}

impl House {
    /// What the forms of this session's pages carry. The account page itself wants a second factor.
    pub(crate) fn form_of(&self, session: SessionKey) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[9; 32]);
        let mut context = hmac::Context::with_key(&key);
        context.update(&session.0);
        context.update(b"account form");
        URL_SAFE_NO_PAD.encode(context.sign())
    }

    /// Somebody of the office, who is asked for no factor, at these applications in one browser.
    pub(crate) async fn in_at(&self, subject: &str, apps: &[&str], visitor: Visitor) -> SignedIn {
        let visitor = Visitor {
            address: Some("203.0.113.7".parse().unwrap()),
            ..visitor
        };
        let answer = format!("subject={subject}&groups=staff");
        let Ok(Shown::SignedIn(token, ..)) = self.log_in(&answer, visitor).await else {
            panic!("{subject} gets in")
        };
        let signed_in = SignedIn::with(token.clone(), visitor);
        let known = showing(&token, visitor);
        for app in apps.iter().filter(|app| **app != "jira") {
            let arrived = self.arrive(&format!("app={app}&id=r2"), known).await;
            assert!(
                matches!(arrived, Ok(Shown::Answer(..))),
                "{app}: {arrived:?}"
            );
        }
        signed_in
    }

    /// The name that applications know the browser's session by.
    pub(crate) async fn session_name(&self, signed_in: &SignedIn) -> String {
        let session = self.store.session(signed_in.token.key()).await.unwrap();
        session.unwrap().id().to_string()
    }

    /// What the audit log says beside this reason, of each logout that has it.
    pub(crate) async fn details_of(&self, reason: &str) -> Vec<String> {
        let all = AuditFilter {
            most: 999,
            ..AuditFilter::default()
        };
        let entries = self.store.entries(&all).await.unwrap();
        let records = entries.into_iter().map(|entry| entry.record);
        records
            .filter(|record| record.event == AuditEvent::Logout && record.reason == reason)
            .filter_map(|record| record.detail)
            .collect()
    }

    /// An application's message in a browser.
    pub(crate) async fn hears(&self, query: &str, visitor: Visitor) -> Outcome {
        let incoming = Incoming {
            query: query.into(),
            form: None,
        };
        let heard = self.engine.hear_logout(Protocol::Saml, &incoming, visitor);
        Box::pin(heard).await
    }

    /// The browser follows our redirect.
    pub(crate) async fn follows(&self, outcome: Outcome, visitor: Visitor) -> Outcome {
        match outcome {
            Ok(Shown::LogoutAt { handle, .. }) => {
                Box::pin(self.engine.show_logout(&handle, visitor)).await
            }
            other => other,
        }
    }
}

/// Where the browser leaves for, and a value of that address.
pub(crate) fn leaves_with(outcome: &Outcome, name: &str) -> (String, Option<String>) {
    match outcome {
        Ok(Shown::Leave(Reply::Redirect(url), _)) => (
            url.host_str().unwrap().to_owned(),
            field(url.query().unwrap_or_default(), name),
        ),
        other => panic!("the browser should leave: {other:?}"),
    }
}

pub(crate) fn logout_screen(outcome: Outcome) -> LogoutScreen {
    match outcome {
        Ok(Shown::Logout(screen)) => *screen,
        other => panic!("a page of a logout was expected, not {other:?}"),
    }
}

/// What the last page says of each application.
pub(crate) fn told(outcome: Outcome) -> Vec<String> {
    match logout_screen(outcome).ask {
        LogoutAsk::Over { partings, .. } => partings
            .into_iter()
            .map(|parting| format!("{}: {:?}", parting.app, parting.state))
            .collect(),
        other => panic!("the end was expected, not {other:?}"),
    }
}
