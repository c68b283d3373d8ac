//! Single Logout with a SAML identity provider, whichever side begins it (SAML profiles 4.4).
//!
//! Owns the judging of its messages with the keys of the moment, whom its LogoutRequest means, and our LogoutResponse. Does
//! not own the checks ([`super::logout`]), our own request ([`super::leave`]), the replay mark, or the sessions that end.
//!
//! **Invariant:** a logout message that the provider did not sign is refused, and answers go only to addresses of its
//! metadata: anybody could end sessions, or have a browser sent anywhere.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use vestibule_core::{
    identity::Subject,
    logout::Heard,
    port::{Callback, Leaving, ReplayMark, ReplayPurpose, UpstreamError, UpstreamSignOff},
    request::{Memo, Reply},
    upstream_logout::{Carrier, UpstreamLogout, UpstreamMessage},
};
use vestibule_saml::{
    binding::{BindingError, Received, post, redirect},
    encryption::Decryption,
    issue::NameId,
    logout::{
        AcceptedLogout, AcceptedLogoutRequest, AcceptedLogoutResponse, KeptName, KeptRequest,
        LogoutOutcome, LogoutResponse, LogoutStatus, Namespaces, ParsedLogout, handle_of,
    },
    metadata::SingleLogoutService,
};

use super::{LogoutTerms, SamlUpstream};

/// The name in a request, whole, and whose names are meant if it does not say so.
#[derive(Serialize, Deserialize)]
struct About {
    name: KeptName,
    idp_entity_id: String,
}

#[async_trait]
impl UpstreamSignOff for SamlUpstream {
    fn comes_by(&self, carrier: Carrier) -> bool {
        carrier == Carrier::Browser
    }

    async fn hear(
        &self,
        _: Carrier,
        message: &Callback,
        now: DateTime<Utc>,
    ) -> Result<UpstreamMessage, UpstreamError> {
        let slo_url = self.slo_url()?;
        let received = received(message).map_err(|error| self.binding(&error))?;
        let parsed = ParsedLogout::parse(received)
            .map_err(|error| self.misbehaved(error.code(), &error.to_string()))?;
        let idp = self.cache.known(now).await?;
        let decryption_keys = self.decryption_keys();
        let terms = LogoutTerms {
            idp_entity_id: &idp.entity_id,
            signing_keys: &idp.signing_keys,
            sp_entity_id: &self.settings.sp_entity_id,
            slo_url,
            decryption: Decryption {
                keys: &decryption_keys,
                danger_accept_cbc: self.settings.danger_accept_cbc,
            },
            danger_accept_sha1: self.settings.danger_accept_sha1,
            skew: self.settings.skew,
            now,
        };
        let accepted = terms
            .judge(&parsed)
            .map_err(|rejection| rejection.at(&self.settings.id))?;
        match accepted {
            AcceptedLogout::Request(request) => self.asked(request).map(UpstreamMessage::Logout),
            AcceptedLogout::Response(response) => self.answered(&response),
        }
    }

    fn is_about(&self, logout: &UpstreamLogout, subject: &Subject) -> bool {
        let Ok(about) = logout.about.read::<About>() else {
            return false;
        };
        let (name_qualifier, sp_name_qualifier) = qualifiers(subject);
        let told = NameId {
            value: &subject.value,
            format: subject.format.as_deref(),
            name_qualifier,
            sp_name_qualifier,
        };
        let within = Namespaces {
            idp: &about.idp_entity_id,
            sp: &self.settings.sp_entity_id,
        };
        within.same(about.name.name_id(), told)
    }

    async fn answer(
        &self,
        reply: &Memo,
        is_complete: bool,
        now: DateTime<Utc>,
    ) -> Result<Option<Reply>, UpstreamError> {
        let pending: KeptRequest = reply
            .read()
            .map_err(|error| self.misbehaved("memo_unreadable", &error.to_string()))?;
        let idp = self.cache.known(now).await?;
        let service = SingleLogoutService::preferred(&idp.single_logout);
        let Some(service) = service.filter(|_| !pending.asynchronous) else {
            return Ok(None);
        };
        let id = self.fresh_id();
        let response = LogoutResponse {
            id: &id,
            issue_instant: now,
            destination: service.response_location(),
            issuer: &self.settings.sp_entity_id,
            in_response_to: &pending.request_id,
            status: if is_complete {
                LogoutStatus::Done
            } else {
                LogoutStatus::Partial
            },
        };
        let keys = self.signing()?;
        let key = keys.signing(&self.settings.id);
        let sent = response.send(service.binding, pending.relay_state.as_deref(), key);
        self.carried(sent).map(Some)
    }

    fn can_be_left(&self) -> bool {
        let idp = self.cache.read_last();
        self.settings.sign_out_there
            && self.settings.keys.is_some()
            && idp.is_some_and(|idp| SingleLogoutService::preferred(&idp.single_logout).is_some())
    }

    async fn leave(&self, leaving: Leaving<'_>) -> Result<Reply, UpstreamError> {
        self.request_to_leave(leaving).await
    }
}

impl SamlUpstream {
    fn slo_url(&self) -> Result<&str, UpstreamError> {
        let address = self.settings.slo_url.as_ref();
        let address = address.filter(|_| self.settings.keys.is_some());
        address.map(url::Url::as_str).ok_or_else(|| {
            self.misbehaved("logout_unregistered", "there is no key to answer it with")
        })
    }

    fn asked(&self, request: AcceptedLogoutRequest) -> Result<UpstreamLogout, UpstreamError> {
        let unwritable = |error: vestibule_core::request::UnreadableMemo| {
            self.misbehaved("memo_unwritable", &error.to_string())
        };
        let once = ReplayMark {
            purpose: ReplayPurpose::SamlLogoutRequest,
            owner: request.issuer.clone(),
            value: request.id.clone(),
            keep_until: request.acceptable_until,
        };
        let pending = KeptRequest::from(&request);
        let about = About {
            name: KeptName::from(&request.name_id),
            idp_entity_id: request.issuer,
        };
        Ok(UpstreamLogout {
            upstream: self.settings.id.clone(),
            subject: Some(request.name_id.value),
            about: Memo::of(&about).map_err(unwritable)?,
            sessions: request.session_indexes,
            reply: Memo::of(&pending).map_err(unwritable)?,
            once,
        })
    }

    /// The answer says which request it answers; only whoever knows that request learns more of it.
    fn answered(
        &self,
        response: &AcceptedLogoutResponse,
    ) -> Result<UpstreamMessage, UpstreamError> {
        let asked = &response.in_response_to;
        let outcome = response
            .outcome_of(asked)
            .map_err(|error| self.misbehaved(error.code(), &error.to_string()))?;
        Ok(UpstreamMessage::Answer {
            handle: handle_of(asked).to_owned(),
            heard: match outcome {
                LogoutOutcome::Done => Heard::Done,
                LogoutOutcome::Partial => Heard::Partly,
                LogoutOutcome::Refused(_) => Heard::Refused,
            },
            is_signed: true,
        })
    }
}

/// What a browser brought: with a form over HTTP-POST, without one over HTTP-Redirect.
fn received(message: &Callback) -> Result<Received, BindingError> {
    match &message.form {
        Some(form) => post::decode(form.as_bytes()).map(Received::Post),
        None => redirect::decode(&message.query).map(Received::Redirect),
    }
}

/// NameQualifier and SPNameQualifier, as they are joined in a subject. An empty one was not there.
fn qualifiers(subject: &Subject) -> (Option<&str>, Option<&str>) {
    let joined = subject.qualifier.as_deref().unwrap_or_default();
    let (name, sp) = joined.split_once('!').unwrap_or((joined, ""));
    (
        Some(name).filter(|name| !name.is_empty()),
        Some(sp).filter(|sp| !sp.is_empty()),
    )
}
