//! Single Logout with SAML service providers, in the browser (SAML profiles 4.4).
//!
//! Owns whose logout messages count, which session one is about, and what we say to applications. Does not own the checks
//! of messages or their signatures (the room `saml` does), nor which sessions there are or who is told in which order.
//!
//! **Invariant:** a logout message without a signature of its application is refused, whatever else is configured for
//! its requests: anybody could end sessions with it. Ours go only to addresses that are registered now.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use url::Url;
use vestibule_core::{
    id::AppId,
    logout::{Heard, LogoutRequest, Standing, Way},
    port::{
        DownstreamError, Incoming, LogoutAnswer, LogoutMessage, Notification, Receipt, Rejection,
        ReplayMark, ReplayPurpose, SignOff, Telling,
    },
    request::{Memo, Protocol, Reply},
};
use vestibule_saml::{
    binding::Delivery,
    issue::{IssueError, NameId},
    logout::{
        AcceptedLogout, AcceptedLogoutRequest, AcceptedLogoutResponse, KeptName, KeptRequest,
        LogoutOutcome, LogoutReason, LogoutRequest as Outgoing, LogoutResponse, LogoutStatus,
        Namespaces, ParsedLogout, handle_of, request_id,
    },
    metadata::SingleLogoutService,
};

use super::{
    KnownAs, LogoutMessageTerms, SamlApp, SamlIdp, failed, received, rejected, unattributed,
};

/// How long a request of ours is meant: an old page ends nobody's session anew.
const MEANT: TimeDelta = TimeDelta::minutes(5);

#[async_trait]
impl SignOff for SamlIdp {
    fn protocol(&self) -> Protocol {
        Protocol::Saml
    }

    async fn hear(
        &self,
        incoming: &Incoming,
        now: DateTime<Utc>,
    ) -> Result<LogoutMessage, Rejection> {
        let parsed = received(incoming)
            .map_err(|error| unattributed(error.code(), &error.to_string()))
            .and_then(|received| {
                ParsedLogout::parse(received)
                    .map_err(|error| unattributed(error.code(), &error.to_string()))
            })?;
        let (id, app) = self.find(parsed.claimed_issuer())?;
        let provider = self.descriptions.provider(id, app);
        provider.check(id, app, now)?;
        let terms = LogoutMessageTerms {
            partner: &app.sp.entity_id,
            signing_keys: &provider.signing_keys,
            danger_accept_sha1: app.danger_accept_sha1,
            slo_url: self.settings.slo_url.as_str(),
            skew: self.settings.skew,
            now,
        };
        let accepted = terms
            .judge(&parsed)
            .map_err(|error| rejected(id, error.code(), &error.to_string()))?;
        match accepted {
            AcceptedLogout::Request(request) => asked(id, app, request),
            AcceptedLogout::Response(response) => answered(id, &response),
        }
    }

    fn known_as(&self, told: &Memo) -> Option<String> {
        told.read::<KnownAs>().ok().map(|told| told.session_index)
    }

    fn is_about(&self, request: &LogoutRequest, told: &Memo) -> bool {
        let app = request
            .app
            .as_ref()
            .and_then(|app| self.settings.apps.get(app));
        let (Some(app), Ok(about), Ok(told)) = (
            app,
            request.about.read::<KeptName>(),
            told.read::<KnownAs>(),
        ) else {
            return false;
        };
        let within = Namespaces {
            idp: &self.settings.entity_id,
            sp: &app.sp.entity_id,
        };
        let sessions = &request.sessions;
        within.same(about.name_id(), told.name_id())
            && (sessions.is_empty() || sessions.contains(&told.session_index))
    }

    fn way(&self, app: &AppId, _: &Memo) -> Way {
        match self.logout_service(app) {
            Some(_) => Way::Visit,
            None => Way::Nothing,
        }
    }

    async fn tell(&self, telling: Telling<'_>) -> Result<Notification, DownstreamError> {
        let id = telling.app;
        let service = self.logout_service(id).ok_or_else(|| nowhere(id))?;
        let told: KnownAs = telling
            .told
            .read()
            .map_err(|error| failed(id, "memo_unreadable", &error.to_string()))?;
        let message_id = request_id(telling.handle);
        let request = Outgoing {
            id: &message_id,
            issue_instant: telling.now,
            destination: &service.location,
            issuer: &self.settings.entity_id,
            name_id: told.name_id(),
            session_indexes: &[&told.session_index],
            reason: Some(LogoutReason::User),
            not_on_or_after: telling.now.checked_add_signed(MEANT),
        };
        let keys = self.settings.keys.load();
        let sent = request.send(service.binding, None, keys.signing(id));
        Ok(Notification::Visit(on_its_way(id, sent)?))
    }

    fn receipt(&self, _: u16) -> Receipt {
        // SAML's call (the SOAP binding) is not spoken here.
        Receipt::Refused
    }

    async fn answer(&self, answer: LogoutAnswer<'_>) -> Result<Option<Reply>, DownstreamError> {
        let Some(id) = answer.app else {
            return Ok(None);
        };
        let pending: KeptRequest = answer
            .reply
            .read()
            .map_err(|error| failed(id, "memo_unreadable", &error.to_string()))?;
        if pending.asynchronous {
            return Ok(None);
        }
        let service = self.logout_service(id).ok_or_else(|| nowhere(id))?;
        let response_id = self.fresh_id();
        let response = LogoutResponse {
            id: &response_id,
            issue_instant: answer.now,
            destination: service.response_location(),
            issuer: &self.settings.entity_id,
            in_response_to: &pending.request_id,
            status: if answer.is_complete {
                LogoutStatus::Done
            } else {
                LogoutStatus::Partial
            },
        };
        let keys = self.settings.keys.load();
        let sent = response.send(
            service.binding,
            pending.relay_state.as_deref(),
            keys.signing(id),
        );
        on_its_way(id, sent).map(Some)
    }
}

impl SamlIdp {
    /// Where an application takes logout messages now, if it does.
    fn logout_service(&self, id: &AppId) -> Option<SingleLogoutService> {
        let app = self.settings.apps.get(id).filter(|app| !app.disabled)?;
        let provider = self.descriptions.provider(id, app);
        SingleLogoutService::preferred(&provider.single_logout).cloned()
    }
}

fn asked(
    id: &AppId,
    app: &SamlApp,
    request: AcceptedLogoutRequest,
) -> Result<LogoutMessage, Rejection> {
    let unwritable = |error: vestibule_core::request::UnreadableMemo| {
        rejected(id, "memo_unwritable", &error.to_string())
    };
    let once = ReplayMark {
        purpose: ReplayPurpose::SamlLogoutRequest,
        owner: app.sp.entity_id.clone(),
        value: request.id.clone(),
        keep_until: request.acceptable_until,
    };
    Ok(LogoutMessage::Request {
        request: LogoutRequest {
            app: Some(id.clone()),
            protocol: Protocol::Saml,
            standing: Standing::Proven,
            // Whom it is about (SAML core 3.7.1).
            about: Memo::of(&KeptName::from(&request.name_id)).map_err(unwritable)?,
            reply: Memo::of(&KeptRequest::from(&request)).map_err(unwritable)?,
            sessions: request.session_indexes,
        },
        once: Some(once),
    })
}

/// The answer says which request it answers; only whoever knows that request learns more of it.
fn answered(id: &AppId, response: &AcceptedLogoutResponse) -> Result<LogoutMessage, Rejection> {
    let asked = &response.in_response_to;
    let outcome = response
        .outcome_of(asked)
        .map_err(|error| rejected(id, error.code(), &error.to_string()))?;
    Ok(LogoutMessage::Answer {
        app: id.clone(),
        handle: handle_of(asked).to_owned(),
        heard: match outcome {
            LogoutOutcome::Done => Heard::Done,
            LogoutOutcome::Partial => Heard::Partly,
            LogoutOutcome::Refused(_) => Heard::Refused,
        },
    })
}

fn on_its_way(id: &AppId, sent: Result<Delivery, IssueError>) -> Result<Reply, DownstreamError> {
    let parse = |address: &str| {
        Url::parse(address).map_err(|error| failed(id, "binding_address", &error.to_string()))
    };
    match sent.map_err(|error| failed(id, error.code(), &error.to_string()))? {
        Delivery::Form(form) => Ok(Reply::PostForm {
            action: parse(&form.action)?,
            fields: form
                .fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        }),
        Delivery::Redirect(address) => parse(&address).map(Reply::Redirect),
    }
}

fn nowhere(id: &AppId) -> DownstreamError {
    failed(
        id,
        "logout_unregistered",
        "no address for its logout messages is known; write `slo_url`, or give its metadata anew",
    )
}

impl KnownAs {
    fn name_id(&self) -> NameId<'_> {
        NameId {
            value: &self.name_id,
            format: Some(&self.format),
            name_qualifier: self.name_qualifier.as_deref(),
            sp_name_qualifier: self.sp_name_qualifier.as_deref(),
        }
    }
}
