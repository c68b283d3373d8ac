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

mod attribute;
pub mod captured;
mod context;
mod description;
mod facts;
mod judge;
mod keys;
mod name_id;
mod preset;
mod relay_state;
mod settings;
mod sign_off;
mod start;
mod wishes;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;
use vestibule_core::{
    grant::Grant,
    id::AppId,
    port::{Downstream, DownstreamError, Entropy, Incoming, Rejection, Start, Tell},
    request::{Answered, AuthnRequest, Memo, Protocol, Refusal, Reply},
};
use vestibule_saml::{
    authn_request::{AcceptedAuthnRequest, ParsedAuthnRequest, Received},
    binding::{BindingError, MessageKind, post, redirect},
    issue::{self, Assertion, IssuedResponse, NameId, Reason},
};

use self::context::Wish;
use self::{
    description::Descriptions,
    name_id::{Made, Name},
};
pub use self::{
    description::{Described, MetadataAddress},
    facts::{IdpFacts, pem},
    judge::{LogoutMessageTerms, RequestTerms},
    keys::{IdpKeyRing, IdpKeys},
    preset::Doubt,
    relay_state::RelayStateSites,
    settings::{
        AttributeRule, AuthnContexts, Cipher, Encryption, EncryptionKey, IdpInitiated,
        KeyTransport, LONGEST_RELAY_STATE, NameIdFormat, NameIdRule, SamlApp, SamlFault,
        SamlSettings, ServiceProvider, ServiceProviderError, Sign, SigningKey, Skew, VerifyingKey,
        faults,
    },
};
use crate::{
    slip,
    told::{View, authenticated_at, told_session},
};

/// For whoever makes our signing keys.
pub use vestibule_saml::crypto::generate::{CertificateProfile, RsaSize};

/// What is kept of a request until its answer.
#[derive(Serialize, Deserialize)]
struct Pending {
    /// `None`: nobody asked, and the answer is unsolicited.
    request_id: Option<String>,
    acs_url: String,
    relay_state: Option<String>,
    /// Whom the answer must be about, if the application named somebody.
    subject: Option<String>,
    /// Which kind of name it gets.
    name_id: NameIdFormat,
    context: Option<Wish>,
}

/// What an application was told of a person, by which it knows them when they leave (SAML core 3.7.1).
#[derive(Serialize, Deserialize)]
struct KnownAs {
    name_id: String,
    format: String,
    name_qualifier: Option<String>,
    sp_name_qualifier: Option<String>,
    session_index: String,
}

/// Us as a SAML identity provider.
pub struct SamlIdp {
    settings: SamlSettings,
    by_entity_id: BTreeMap<String, AppId>,
    descriptions: Descriptions,
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
            descriptions: Descriptions::of(&settings.apps),
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
        let name_id = wishes::check(settings, &accepted)
            .map_err(|vain| self.unmet(app, &accepted, vain, now))?;
        let subject = accepted.subject.map(|subject| subject.value);
        // What is longer than a mail address finds nobody the way. The answer is held against it all the same.
        let login_hint = subject
            .clone()
            .filter(|hint| hint.len() <= AuthnRequest::LONGEST_HINT && !name_id.is_made_here());
        let context = accepted.requested_authn_context.map(Wish::from);
        let demand = settings.authn_context.demand(context.as_ref());
        let pending = Pending {
            request_id: Some(accepted.id),
            acs_url: accepted.acs_url,
            relay_state: accepted.relay_state,
            subject,
            name_id,
            context,
        };
        Ok(AuthnRequest {
            app: app.clone(),
            protocol: Protocol::Saml,
            reply: Memo::of(&pending)
                .map_err(|error| rejected(app, "memo_unwritable", &error.to_string()))?,
            login_hint,
            force_authn: accepted.force_authn,
            max_age: None,
            passive: accepted.is_passive,
            demand,
        })
    }

    async fn start(&self, start: Start<'_>, now: DateTime<Utc>) -> Result<AuthnRequest, Rejection> {
        self.begin_at(start, now)
    }

    async fn answer(&self, grant: Grant) -> Result<Answered, DownstreamError> {
        let (app, pending) = self.reopen(grant.request())?;
        let (response, told) = self.vouch(app, &pending, &grant)?;
        let id = &grant.request().app;
        let told =
            Memo::of(&told).map_err(|error| failed(id, "memo_unwritable", &error.to_string()))?;
        Ok(Answered {
            reply: as_form(id, &pending, &response)?,
            told: Some(told),
            tokens: Vec::new(),
        })
    }

    async fn refuse(
        &self,
        request: &AuthnRequest,
        why: Refusal,
        now: DateTime<Utc>,
    ) -> Result<Reply, DownstreamError> {
        let (_, pending) = self.reopen(request)?;
        self.refused(&request.app, &pending, &refusal(why), now)
    }
}

impl SamlIdp {
    /// The application that a message claims to come from. Nothing of it is checked yet.
    fn find(&self, issuer: &str) -> Result<(&AppId, &SamlApp), Rejection> {
        let found = self
            .by_entity_id
            .get(issuer)
            .and_then(|id| self.settings.apps.get_key_value(id));
        let registered = || self.by_entity_id.keys().map(String::as_str);
        let (id, app) = found.ok_or_else(|| unknown(issuer, registered()))?;
        enabled(id, app)?;
        Ok((id, app))
    }

    fn accept(
        &self,
        received: Received,
        now: DateTime<Utc>,
    ) -> Result<(&AppId, &SamlApp, AcceptedAuthnRequest), Rejection> {
        let binding = received.binding();
        let parsed = ParsedAuthnRequest::parse(received)
            .map_err(|error| unattributed(error.code(), &error.to_string()))?;
        let (id, app) = self.find(parsed.claimed_issuer())?;
        let provider = self.descriptions.provider(id, app);
        provider.check(id, app, now)?;
        let terms = RequestTerms {
            app,
            sp: &provider,
            sso_url: self.settings.sso_url.as_str(),
            skew: self.settings.skew,
            now,
        };
        let accepted = terms
            .judge(&parsed)
            .map_err(|error| rejected(id, error.code(), &error.to_string()))?;
        relay_state::check(app, &provider, binding, &accepted)
            .map_err(|stray| rejected(id, stray.code, stray.detail))?;
        Ok((id, app, accepted))
    }

    /// A refusal on its way. It is signed, too, so that nobody else can end a login.
    fn refused(
        &self,
        app: &AppId,
        pending: &Pending,
        refusal: &issue::Refusal<'_>,
        now: DateTime<Utc>,
    ) -> Result<Reply, DownstreamError> {
        let id = self.fresh_id();
        let response = self
            .reply(&id, pending, now)
            .refuse(refusal, self.settings.keys.load().signing(app))
            .map_err(|error| failed(app, error.code(), &error.to_string()))?;
        as_form(app, pending, &response)
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
        if !self
            .descriptions
            .provider(id, app)
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
    ) -> Result<(IssuedResponse, KnownAs), DownstreamError> {
        let id = &grant.request().app;
        let person = grant.person();
        let response_id = self.fresh_id();
        let session_index = told_session(grant.session(), id);
        let view = View {
            person,
            groups: &app.groups,
        };
        let name = self.name(app, pending, view, id)?;
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
        let assertion_id = xml_name(*grant.answer().as_bytes());
        let attributes = attribute::attributes(&app.attributes, view);
        let assertion = Assertion {
            id: &assertion_id,
            audience: &app.sp.entity_id,
            name_id: NameId {
                value: &name.value,
                format: Some(name.format.uri()),
                name_qualifier: name.name_qualifier.as_deref(),
                sp_name_qualifier: name.sp_name_qualifier.as_deref(),
            },
            attributes: &attributes,
            authn_context: &context,
            authn_instant: authenticated_at(grant),
            session_index: Some(&session_index),
            lifetime: app.lifetime,
            session_not_on_or_after: app
                .session_lifetime
                .and_then(|lifetime| grant.at().checked_add_signed(lifetime)),
        };
        let reply = self.reply(&response_id, pending, grant.at());
        let keys = self.settings.keys.load();
        let key = keys.signing(id);
        let response = match &app.encryption {
            Some(encryption) => reply.vouch_encrypted(&assertion, app.sign, key, encryption),
            None => reply.vouch(&assertion, app.sign, key),
        }
        .map_err(|error| failed(id, error.code(), &error.to_string()))?;
        let told = KnownAs {
            name_id: name.value,
            format: name.format.uri().to_owned(),
            name_qualifier: name.name_qualifier,
            sp_name_qualifier: name.sp_name_qualifier,
            session_index,
        };
        Ok((response, told))
    }

    /// What the person is called; who was asked for is called the same, or is somebody else.
    fn name(
        &self,
        app: &SamlApp,
        pending: &Pending,
        view: View<'_>,
        id: &AppId,
    ) -> Result<Name, DownstreamError> {
        let made = Made {
            key: &self.settings.pairwise_key,
            idp: &self.settings.entity_id,
            sp: &app.sp.entity_id,
            fresh: &self.fresh_id(),
        };
        let name = app
            .name_id
            .name(&pending.name_id, view, made)
            .map_err(|missing| failed(id, missing.code(), &missing.told(view.person)))?;
        match &pending.subject {
            Some(wanted) if *wanted != name.value => Err(failed(
                id,
                "subject_mismatch",
                "it asked for another person than the one who logged in (SAML core 3.4.1); log in there with the same account as here",
            )),
            _ => Ok(name),
        }
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
            in_response_to: pending.request_id.as_deref(),
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

fn refusal(why: Refusal) -> issue::Refusal<'static> {
    let (reason, message) = match why {
        Refusal::Assurance => (
            Reason::NoAuthnContext,
            "the login does not prove what was asked for",
        ),
        Refusal::Cancelled => (Reason::AuthnFailed, "the login was not finished"),
        Refusal::Denied => (Reason::RequestDenied, "access is not allowed"),
        Refusal::NoFactor => (Reason::AuthnFailed, "no second factor is available"),
        Refusal::Interaction => (Reason::NoPassive, "the person would have to do something"),
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

/// No application is called so.
fn unknown<'a>(issuer: &str, registered: impl Iterator<Item = &'a str>) -> Rejection {
    let compare =
        "compare it, character by character, with `entity_id`, or `base_url`, below `apps`";
    Rejection {
        code: "app_unknown",
        detail: format!(
            "no application has the entity ID {:?}; {}",
            issuer.chars().take(256).collect::<String>(),
            slip::hint(issuer, registered, compare)
        ),
        app: None,
        tell: Tell::Nobody,
    }
}

fn unattributed(code: &'static str, cause: &str) -> Rejection {
    Rejection {
        code,
        detail: format!("a request that no application can be made out for: {cause}"),
        app: None,
        tell: Tell::Nobody,
    }
}

fn rejected(app: &AppId, code: &'static str, cause: &str) -> Rejection {
    Rejection {
        code,
        detail: format!("application `{app}`: {cause}"),
        app: Some(app.clone()),
        tell: Tell::Nobody,
    }
}

/// Asked at every use: an application may have been disabled since.
fn enabled(id: &AppId, app: &SamlApp) -> Result<(), Rejection> {
    if app.disabled {
        return Err(rejected(
            id,
            "app_disabled",
            "it is disabled in the configuration",
        ));
    }
    Ok(())
}

fn failed(app: &AppId, code: &'static str, cause: &str) -> DownstreamError {
    DownstreamError {
        code,
        detail: format!("application `{app}`: {cause}"),
        tell: None,
    }
}

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod tests;
