//! How sessions end with OpenID Connect applications: they ask by the browser (RP-Initiated Logout 1.0), and are told by us
//! (Back-Channel Logout 1.0) or in a frame (Front-Channel Logout 1.0).
//!
//! Owns which session a request means, and what we say to applications. Does not own the wire (the room `oidc` does), nor
//! whether the person is asked first: that follows from how much a request says for itself.
//!
//! **Invariant:** an ID token that comes as a hint ends the session that it names in the browser that has it, and no
//! other: whoever has an old one can sign nobody else out. The browser goes on only to an address that is registered when
//! it leaves (attack row OI-220).

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;
use vestibule_core::{
    id::AppId,
    logout::{LogoutRequest, Standing, Way},
    port::{
        DownstreamError, Incoming, LogoutAnswer, LogoutMessage, Notification, Receipt, Rejection,
        SignOff, Tell, Telling,
    },
    request::{Memo, Protocol, Reply, UnreadableMemo},
};
use vestibule_oidc::{
    logout_token::LogoutTarget,
    provider::{
        front_channel::logout_url,
        logout_request::{LogoutFault, LogoutRequest as Asked, VerifiedHint, WayBack},
        logout_token::{Delivery, LogoutTokenClaims},
    },
};

use super::{
    OidcApp, OidcProvider,
    answer::failed,
    hint::{self, Hint},
    issued::Told,
};

/// Whom a request is about, in the words of a verified hint.
#[derive(Serialize, Deserialize)]
struct About {
    subject: Option<String>,
}

#[async_trait]
impl SignOff for OidcProvider {
    fn protocol(&self) -> Protocol {
        Protocol::Oidc
    }

    async fn hear(
        &self,
        incoming: &Incoming,
        _: DateTime<Utc>,
    ) -> Result<LogoutMessage, Rejection> {
        let asked = match &incoming.form {
            Some(body) => Asked::from_form(&incoming.query, body),
            None => Asked::from_query(&incoming.query),
        };
        let asked = asked.map_err(|fault| refused(None, &fault))?;
        let Some(token) = asked.id_token_hint() else {
            return self.judged(asked, None);
        };
        match hint::verify(&self.registry, token) {
            Ok(hint) => self.judged(asked, Some(hint)),
            // A key that was retired since signed it, or anybody did: it proves nothing, and the person is asked.
            Err(fault) if fault.is_unknown_key() => {
                let claimed = hint::claimed_client(token);
                self.judged(asked.without_hint(claimed), None)
            }
            Err(fault) => Err(Rejection {
                detail: fault.to_string(),
                ..refused(None, &LogoutFault::HintInvalid)
            }),
        }
    }

    fn known_as(&self, told: &Memo) -> Option<String> {
        told.read::<Told>().ok().map(|told| told.sid)
    }

    fn is_about(&self, request: &LogoutRequest, told: &Memo) -> bool {
        let (Ok(about), Ok(told)) = (request.about.read::<About>(), told.read::<Told>()) else {
            return false;
        };
        about.subject.as_deref() == Some(&told.sub) && request.sessions.contains(&told.sid)
    }

    fn way(&self, app: &AppId, _: &Memo) -> Way {
        match self.enabled(app) {
            Some(app) if app.back_channel_logout.is_some() => Way::Call,
            Some(app) if app.client.front_channel_logout_uri().is_some() => Way::Frame,
            _ => Way::Nothing,
        }
    }

    async fn tell(&self, telling: Telling<'_>) -> Result<Notification, DownstreamError> {
        let id = telling.app;
        let told: Told = telling
            .told
            .read()
            .map_err(|error: UnreadableMemo| failed(id, "memo_unreadable", &error.to_string()))?;
        let app = self.enabled(id).ok_or_else(|| {
            failed(
                id,
                "app_disabled",
                "it was disabled or removed since the login",
            )
        })?;
        if let Some(url) = &app.back_channel_logout {
            return Ok(Notification::Call {
                url: url.clone(),
                body: self.logout_token(id, app, told, telling.now)?,
            });
        }
        let uri = app.client.front_channel_logout_uri().ok_or_else(|| {
            failed(
                id,
                "logout_unregistered",
                "it has no address for logouts any more",
            )
        })?;
        let address = logout_url(uri, self.registry.issuer(), &told.sid);
        Url::parse(&address)
            .map(Notification::Frame)
            .map_err(|error| failed(id, "binding_address", &error.to_string()))
    }

    fn receipt(&self, status: u16) -> Receipt {
        match Delivery::of_status(status) {
            Delivery::Done => Receipt::Done,
            Delivery::Refused => Receipt::Refused,
            Delivery::TryAgain => Receipt::TryAgain,
        }
    }

    async fn answer(&self, answer: LogoutAnswer<'_>) -> Result<Option<Reply>, DownstreamError> {
        let Some(id) = answer.app else {
            return Ok(None);
        };
        let back: Option<WayBack> = answer
            .reply
            .read()
            .map_err(|error: UnreadableMemo| failed(id, "memo_unreadable", &error.to_string()))?;
        let (Some(back), Some(app)) = (back, self.enabled(id)) else {
            return Ok(None);
        };
        // It may have been taken away since the request came.
        app.client
            .judge_post_logout_redirect_uri(back.uri())
            .map_err(|fault| {
                failed(
                    id,
                    "logout_request_unknown_redirect_uri",
                    &fault.to_string(),
                )
            })?;
        Url::parse(&back.url())
            .map(|url| Some(Reply::Redirect(url)))
            .map_err(|error| failed(id, "binding_address", &error.to_string()))
    }
}

impl OidcProvider {
    fn enabled(&self, id: &AppId) -> Option<&OidcApp> {
        self.registry.app(id).filter(|app| !app.disabled)
    }

    fn judged(&self, asked: Asked, hint: Option<Hint>) -> Result<LogoutMessage, Rejection> {
        let verified = hint.as_ref().map(|hint| VerifiedHint {
            client_id: &hint.client_id,
        });
        let found = asked
            .client_id(verified)
            .and_then(|client_id| self.registry.of_client(client_id))
            .filter(|(_, app)| !app.disabled);
        let id = found.map(|(id, _)| id);
        let accepted = asked
            .judge(verified, found.map(|(_, app)| &app.client))
            .map_err(|fault| refused(id, &fault))?;
        let unwritable = |error: UnreadableMemo| Rejection {
            code: "memo_unwritable",
            detail: error.to_string(),
            app: id.cloned(),
            tell: Tell::Nobody,
        };
        let (subject, session) = match hint {
            Some(hint) => (Some(hint.subject), hint.session),
            None => (None, None),
        };
        let standing = if session.is_some() {
            Standing::Hinted
        } else {
            Standing::Unproven
        };
        Ok(LogoutMessage::Request {
            request: LogoutRequest {
                app: id.cloned(),
                protocol: Protocol::Oidc,
                standing,
                about: Memo::of(&About { subject }).map_err(unwritable)?,
                sessions: session.into_iter().collect(),
                reply: Memo::of(&accepted.back).map_err(unwritable)?,
            },
            // To ask twice ends nothing twice: what is ended is this browser's session.
            once: None,
        })
    }

    /// Minted anew for each try, for it lives two minutes.
    fn logout_token(
        &self,
        id: &AppId,
        app: &OidcApp,
        told: Told,
        now: DateTime<Utc>,
    ) -> Result<String, DownstreamError> {
        let algorithm = app.id_token_algorithm;
        let key = self.registry.keys.load().signer(id, algorithm);
        let key = key.ok_or_else(|| {
            failed(
                id,
                "logout_unregistered",
                &format!("there is no key for {}", algorithm.name()),
            )
        })?;
        let target = LogoutTarget::PersonsSession {
            subject: told.sub,
            session: told.sid,
        };
        let random = u128::from_be_bytes(self.entropy.bytes());
        let claims = LogoutTokenClaims {
            issuer: self.registry.issuer(),
            client_id: app.client.id(),
            target: &target,
            id: &format!("{random:032x}"),
            issued_at: now,
        };
        let token = claims.mint(&key);
        let token = token.map_err(|fault| failed(id, fault.code(), &fault.to_string()))?;
        Ok(token.request_body())
    }
}

fn refused(id: Option<&AppId>, fault: &LogoutFault) -> Rejection {
    Rejection {
        code: fault.code(),
        detail: match id {
            Some(id) => format!("application `{id}`: {fault}"),
            None => fault.to_string(),
        },
        app: id.cloned(),
        tell: Tell::Nobody,
    }
}
