//! SAML service providers: we are their identity provider (SAML profiles 4.1).
//!
//! Owns the way from an application's request to its answer: which application asks, what is kept for the answer, what
//! the answer says about the person. Does not own the checks of messages or their signatures (the room `saml` does), or
//! the decision: an assertion is made of a [`Grant`], by value.
//!
//! **Invariant:** an answer goes only to an address that is registered for the application, byte for byte, both when
//! the request comes and when the answer leaves (attack rows SO-01, SO-02). A request that is refused is answered by
//! our own page. One application's answer is for that application alone: audience, recipient and `InResponseTo` are its
//! own.
//!
//! Signing costs about 0.4 ms of CPU with the kept-parsed RSA key, so it happens where it is called.

mod context;
mod facts;
mod keys;
mod person;
mod preset;
mod settings;
mod wishes;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;
use vestibule_core::{
    grant::Grant,
    id::AppId,
    identity::Person,
    port::{Downstream, DownstreamError, Entropy, Incoming, Rejection},
    request::{AuthnRequest, Memo, Protocol, Refusal, Reply},
};
use vestibule_saml::{
    authn_request::{AcceptedAuthnRequest, ParsedAuthnRequest, Received, Receiver, RegisteredSp},
    binding::{BindingError, MessageKind, post, redirect},
    issue::{self, Assertion, IssuedResponse, NameId, Reason},
};

use self::context::Wish;
pub use self::{
    facts::{IdpFacts, pem},
    keys::{IdpKeyRing, IdpKeys},
    preset::{AppPreset, Doubt},
    settings::{
        AttributeRule, AuthnContexts, Cipher, Encryption, EncryptionKey, KeyTransport, NameIdRule,
        SamlApp, SamlFault, SamlSettings, ServiceProvider, ServiceProviderError, Sign, SigningKey,
        Skew, Source, VerifyingKey, faults,
    },
};

/// For whoever makes our signing keys.
pub use vestibule_saml::crypto::generate::{CertificateProfile, RsaSize};

/// What is kept of a request until its answer.
#[derive(Serialize, Deserialize)]
struct Pending {
    request_id: String,
    acs_url: String,
    relay_state: Option<String>,
    /// Whom the answer must be about, if the application named somebody.
    subject: Option<String>,
    context: Option<Wish>,
}

/// Us as a SAML identity provider.
pub struct SamlIdp {
    settings: SamlSettings,
    by_entity_id: BTreeMap<String, AppId>,
    entropy: Arc<dyn Entropy>,
}

impl SamlIdp {
    /// An identity provider for these applications.
    ///
    /// # Errors
    /// All [`SamlFault`]s at once.
    pub fn new(settings: SamlSettings, entropy: Arc<dyn Entropy>) -> Result<Self, Vec<SamlFault>> {
        let faults = faults(&settings.apps);
        if !faults.is_empty() {
            return Err(faults);
        }
        let by_entity_id = settings
            .apps
            .iter()
            .map(|(id, app)| (app.sp.entity_id.clone(), id.clone()))
            .collect();
        Ok(Self {
            settings,
            by_entity_id,
            entropy,
        })
    }
}

#[async_trait]
impl Downstream for SamlIdp {
    fn protocol(&self) -> Protocol {
        Protocol::Saml
    }

    async fn receive(
        &self,
        incoming: &Incoming,
        now: DateTime<Utc>,
    ) -> Result<AuthnRequest, Rejection> {
        let received =
            received(incoming).map_err(|error| unattributed(error.code(), &error.to_string()))?;
        let (app, settings, accepted) = self.accept(received, now)?;
        let subject = accepted.subject.map(|subject| subject.value);
        // What is longer than a mail address finds nobody the way. The answer is held against it all the same.
        let login_hint = subject
            .clone()
            .filter(|subject| subject.len() <= AuthnRequest::LONGEST_HINT);
        let context = accepted.requested_authn_context.map(Wish::from);
        let demand = settings.authn_context.demand(context.as_ref());
        let pending = Pending {
            request_id: accepted.id,
            acs_url: accepted.acs_url,
            relay_state: accepted.relay_state,
            subject,
            context,
        };
        Ok(AuthnRequest {
            app: app.clone(),
            protocol: Protocol::Saml,
            reply: Memo::of(&pending)
                .map_err(|error| rejected(app, "memo_unwritable", &error.to_string()))?,
            login_hint,
            force_authn: accepted.force_authn,
            passive: accepted.is_passive,
            demand,
        })
    }

    async fn answer(&self, grant: Grant) -> Result<Reply, DownstreamError> {
        let (app, pending) = self.reopen(grant.request())?;
        let response = self.vouch(app, &pending, &grant)?;
        as_form(&grant.request().app, &pending, &response)
    }

    async fn refuse(
        &self,
        request: &AuthnRequest,
        why: Refusal,
        now: DateTime<Utc>,
    ) -> Result<Reply, DownstreamError> {
        let (_, pending) = self.reopen(request)?;
        let id = self.fresh_id();
        let keys = self.settings.keys.load();
        let response = self
            .reply(&id, &pending, now)
            .refuse(&refusal(why), keys.signing(&request.app))
            .map_err(|error| failed(&request.app, error.code(), &error.to_string()))?;
        as_form(&request.app, &pending, &response)
    }
}

impl SamlIdp {
    /// The application that a request claims to come from. Nothing of it is checked yet.
    fn find(&self, parsed: &ParsedAuthnRequest) -> Result<(&AppId, &SamlApp), Rejection> {
        let issuer = parsed.claimed_issuer();
        let found = self
            .by_entity_id
            .get(issuer)
            .and_then(|id| self.settings.apps.get_key_value(id));
        let (id, app) = found.ok_or_else(|| Rejection {
            code: "app_unknown",
            detail: format!(
                "no application has the entity ID {:?}; compare it, character by character, with `entity_id` below `apps`",
                issuer.chars().take(256).collect::<String>()
            ),
            app: None,
        })?;
        if app.disabled {
            return Err(rejected(
                id,
                "app_disabled",
                "it is disabled in the configuration",
            ));
        }
        Ok((id, app))
    }

    fn accept(
        &self,
        received: Received,
        now: DateTime<Utc>,
    ) -> Result<(&AppId, &SamlApp, AcceptedAuthnRequest), Rejection> {
        let parsed = ParsedAuthnRequest::parse(received)
            .map_err(|error| unattributed(error.code(), &error.to_string()))?;
        let (id, app) = self.find(&parsed)?;
        let sp = RegisteredSp {
            entity_id: &app.sp.entity_id,
            assertion_consumer_services: &app.sp.services,
            signing_keys: &app.sp.signing_keys,
            require_signature: app.require_signed_requests || app.sp.requests_signed,
            danger_accept_sha1: app.danger_accept_sha1,
        };
        let receiver = Receiver {
            sso_url: self.settings.sso_url.as_str(),
            now,
            skew: self.settings.skew,
        };
        let accepted = parsed
            .accept(&sp, &receiver)
            .map_err(|error| rejected(id, error.code(), &error.to_string()))?;
        wishes::check(id, app, &accepted)?;
        Ok((id, app, accepted))
    }

    /// The application as it stands now, and what was kept of its request: both are read at every use, for an
    /// application may have been disabled, or lost an address, since it asked.
    fn reopen(&self, request: &AuthnRequest) -> Result<(&SamlApp, Pending), DownstreamError> {
        let id = &request.app;
        let app = self
            .settings
            .apps
            .get(id)
            .filter(|app| !app.disabled)
            .ok_or_else(|| {
                failed(
                    id,
                    "app_disabled",
                    "it was disabled or removed while the login was under way",
                )
            })?;
        let pending: Pending = request
            .reply
            .read()
            .map_err(|error| failed(id, "memo_unreadable", &error.to_string()))?;
        if !app
            .sp
            .services
            .iter()
            .any(|service| service.location == pending.acs_url)
        {
            return Err(failed(
                id,
                "acs_url_unregistered",
                &format!(
                    "its address {} was removed while the login was under way",
                    pending.acs_url
                ),
            ));
        }
        Ok((app, pending))
    }

    /// SAML core 1.3.4: 128 random bits.
    fn fresh_id(&self) -> String {
        let mut random = [0; 16];
        self.entropy.fill(&mut random);
        xml_name(random)
    }

    fn vouch(
        &self,
        app: &SamlApp,
        pending: &Pending,
        grant: &Grant,
    ) -> Result<IssuedResponse, DownstreamError> {
        let id = &grant.request().app;
        let person = grant.person();
        let name = person::name_id(&app.name_id.source, person)
            .map_err(|missing| failed(id, missing.code(), &missing.told(person)))?;
        if pending
            .subject
            .as_ref()
            .is_some_and(|wanted| *wanted != name)
        {
            return Err(failed(
                id,
                "subject_mismatch",
                "it asked for another person than the one who logged in (SAML core 3.4.1); log in there with the same account as here",
            ));
        }
        let second_factor = grant.assurance().second_factor;
        let context = app
            .authn_context
            .answer(pending.context.as_ref(), second_factor)
            // The grant was made for what was asked, so this is a configuration that changed since.
            .ok_or_else(|| {
                failed(
                    id,
                    "authn_context_unmet",
                    "the authentication that it asked for (RequestedAuthnContext) cannot be stated any more; has `authn_context` been changed?",
                )
            })?;
        let (response_id, session_index) = (self.fresh_id(), self.fresh_id());
        let assertion_id = xml_name(*grant.answer().as_bytes());
        let attributes = person::attributes(&app.attributes, person);
        let assertion = Assertion {
            id: &assertion_id,
            audience: &app.sp.entity_id,
            name_id: NameId {
                value: &name,
                format: app.name_id.format.as_deref(),
                name_qualifier: None,
                sp_name_qualifier: None,
            },
            attributes: &attributes,
            authn_context: &context,
            authn_instant: authenticated_at(person, grant.at()),
            session_index: Some(&session_index),
            lifetime: app.lifetime,
            session_not_on_or_after: None,
        };
        let reply = self.reply(&response_id, pending, grant.at());
        let keys = self.settings.keys.load();
        let key = keys.signing(id);
        match &app.encryption {
            Some(encryption) => reply.vouch_encrypted(&assertion, app.sign, key, encryption),
            None => reply.vouch(&assertion, app.sign, key),
        }
        .map_err(|error| failed(id, error.code(), &error.to_string()))
    }

    fn reply<'a>(
        &'a self,
        id: &'a str,
        pending: &'a Pending,
        now: DateTime<Utc>,
    ) -> issue::Reply<'a> {
        issue::Reply {
            id,
            issue_instant: now,
            issuer: &self.settings.entity_id,
            acs_url: &pending.acs_url,
            in_response_to: Some(&pending.request_id),
        }
    }
}

/// The message in a query or form.
fn received(incoming: &Incoming) -> Result<Received, BindingError> {
    match &incoming.form {
        Some(form) => post::decode(form.as_bytes()).map(Received::Post),
        None => redirect::decode(&incoming.query).map(Received::Redirect),
    }
}

/// An XML name does not begin with a digit.
fn xml_name(bits: [u8; 16]) -> String {
    format!("_{:032x}", u128::from_be_bytes(bits))
}

/// When the upstream authenticated the person; never later than now, whatever its clock says.
fn authenticated_at(person: &Person, now: DateTime<Utc>) -> DateTime<Utc> {
    person
        .upstream_proof
        .authenticated_at
        .map_or(now, |at| at.min(now))
}

fn refusal(why: Refusal) -> issue::Refusal<'static> {
    let (reason, message) = match why {
        Refusal::Assurance => (
            Reason::NoAuthnContext,
            "the login does not prove what was asked for",
        ),
        Refusal::Cancelled => (Reason::AuthnFailed, "the login was not finished"),
        Refusal::Denied => (Reason::RequestDenied, "access is not allowed"),
        Refusal::NoFactor => (Reason::AuthnFailed, "no second factor is available"),
        Refusal::Passive => (Reason::NoPassive, "the person would have to be asked"),
        Refusal::Upstream => (
            Reason::AuthnFailed,
            "the identity provider did not confirm the login",
        ),
    };
    issue::Refusal::because(reason).with_message(message)
}

/// The answer as a page that posts itself (SAML bindings 3.5).
fn as_form(
    id: &AppId,
    pending: &Pending,
    response: &IssuedResponse,
) -> Result<Reply, DownstreamError> {
    let relay_state = pending.relay_state.as_deref();
    let form = post::encode(
        &pending.acs_url,
        MessageKind::Response,
        response.as_str(),
        relay_state,
    )
    .map_err(|error| failed(id, error.code(), &error.to_string()))?;
    let action = Url::parse(&form.action)
        .map_err(|error| failed(id, "binding_address", &error.to_string()))?;
    let fields = form
        .fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    Ok(Reply::PostForm {
        action,
        fields: fields.collect(),
    })
}

fn unattributed(code: &'static str, cause: &str) -> Rejection {
    Rejection {
        code,
        detail: format!("a request that no application can be made out for: {cause}"),
        app: None,
    }
}

fn rejected(app: &AppId, code: &'static str, cause: &str) -> Rejection {
    Rejection {
        code,
        detail: format!("application `{app}`: {cause}"),
        app: Some(app.clone()),
    }
}

fn failed(app: &AppId, code: &'static str, cause: &str) -> DownstreamError {
    DownstreamError {
        code,
        detail: format!("application `{app}`: {cause}"),
    }
}

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod tests;
