//! Single Logout at a SAML identity provider that says that its session is over (SAML profiles 4.4).
//!
//! Owns the judging of its LogoutRequest with the keys of the moment, whom that means, and our LogoutResponse. Does not
//! own the checks (the room `saml` does), the replay mark, or the sessions that end.
//!
//! **Invariant:** a LogoutRequest that the provider did not sign is refused, and answers go only to addresses of its
//! metadata: anybody could end sessions, or have a browser sent anywhere.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use vestibule_core::{
    identity::Subject,
    port::{Callback, ReplayMark, ReplayPurpose, UpstreamError, UpstreamSignOff},
    request::{Memo, Reply},
    upstream_logout::{Carrier, UpstreamLogout},
};
use vestibule_saml::{
    binding::{Binding, BindingError, Delivery, Received, post, redirect},
    encryption::Decryption,
    issue::NameId,
    logout::{
        AcceptedLogout, AcceptedLogoutRequest, LogoutPeer, LogoutReceiver, LogoutResponse,
        LogoutStatus, Namespaces, ParsedLogout,
    },
    metadata::SingleLogoutService,
};

use super::SamlUpstream;

/// The rest of the name in a request, and whose names are meant if it does not say so.
#[derive(Serialize, Deserialize)]
struct About {
    format: String,
    name_qualifier: Option<String>,
    sp_name_qualifier: Option<String>,
    idp_entity_id: String,
}

/// What is kept of a request until its answer.
#[derive(Serialize, Deserialize)]
struct Pending {
    request_id: String,
    relay_state: Option<String>,
    /// It wants no answer.
    asynchronous: bool,
}

#[async_trait]
impl UpstreamSignOff for SamlUpstream {
    fn carrier(&self) -> Carrier {
        Carrier::Browser
    }

    async fn hear(
        &self,
        message: &Callback,
        now: DateTime<Utc>,
    ) -> Result<UpstreamLogout, UpstreamError> {
        let slo_url = self.slo_url()?;
        let received = received(message).map_err(|error| self.binding(&error))?;
        let parsed = ParsedLogout::parse(received)
            .map_err(|error| self.misbehaved(error.code(), &error.to_string()))?;
        let idp = self.cache.known(now).await?;
        let decryption_keys = self.decryption_keys();
        let peer = LogoutPeer {
            entity_id: &idp.entity_id,
            signing_keys: &idp.signing_keys,
            danger_accept_unsigned: false,
            danger_accept_sha1: self.settings.danger_accept_sha1,
        };
        let receiver = LogoutReceiver {
            entity_id: &self.settings.sp_entity_id,
            slo_url,
            decryption: Decryption {
                keys: &decryption_keys,
                danger_accept_cbc: self.settings.danger_accept_cbc,
            },
            now,
            skew: self.settings.skew,
        };
        let accepted = parsed
            .accept(&peer, &receiver)
            .map_err(|error| self.misbehaved(error.code(), &error.to_string()))?;
        match accepted {
            AcceptedLogout::Request(request) => self.asked(request),
            AcceptedLogout::Response(_) => Err(self.misbehaved(
                "logout_answer_unexpected",
                "it answers a logout request that we did not send",
            )),
        }
    }

    fn is_about(&self, logout: &UpstreamLogout, subject: &Subject) -> bool {
        let (Some(asked), Ok(about)) = (&logout.subject, logout.about.read::<About>()) else {
            return false;
        };
        let (name_qualifier, sp_name_qualifier) = qualifiers(subject);
        let told = NameId {
            value: &subject.value,
            format: subject.format.as_deref(),
            name_qualifier,
            sp_name_qualifier,
        };
        let asked = NameId {
            value: asked,
            format: Some(&about.format),
            name_qualifier: about.name_qualifier.as_deref(),
            sp_name_qualifier: about.sp_name_qualifier.as_deref(),
        };
        let within = Namespaces {
            idp: &about.idp_entity_id,
            sp: &self.settings.sp_entity_id,
        };
        within.same(asked, told)
    }

    async fn answer(
        &self,
        reply: &Memo,
        is_complete: bool,
        now: DateTime<Utc>,
    ) -> Result<Option<Reply>, UpstreamError> {
        let pending: Pending = reply
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
        self.sent(response, service.binding, pending.relay_state.as_deref())
            .map(Some)
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
        let about = About {
            format: request.name_id.format,
            name_qualifier: request.name_id.name_qualifier,
            sp_name_qualifier: request.name_id.sp_name_qualifier,
            idp_entity_id: request.issuer,
        };
        let pending = Pending {
            request_id: request.id,
            relay_state: request.relay_state,
            asynchronous: request.asynchronous,
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

    fn sent(
        &self,
        response: LogoutResponse<'_>,
        binding: Binding,
        relay_state: Option<&str>,
    ) -> Result<Reply, UpstreamError> {
        let keys = self.settings.keys.as_ref().ok_or_else(|| {
            self.misbehaved("logout_unregistered", "there is no key to answer it with")
        })?;
        let sent = response
            .send(binding, relay_state, keys.load().signing(&self.settings.id))
            .map_err(|error| self.misbehaved(error.code(), &error.to_string()))?;
        match sent {
            Delivery::Form(form) => Ok(Reply::PostForm {
                action: self.url(&form.action)?,
                fields: form
                    .fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect(),
            }),
            Delivery::Redirect(address) => self.url(&address).map(Reply::Redirect),
        }
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
