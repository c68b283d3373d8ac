//! The `saml` upstream: a SAML 2.0 identity provider, asked with the Web Browser SSO profile (SAML profiles 4.1).
//!
//! Owns the way of one login to a provider and back: the request, what is kept with the login, and the making of a
//! verified identity. Does not own the checks (the room `saml` does), the replay marks (the engine consumes what
//! [`VerifiedIdentity::once`] names), or the schedule of metadata refreshes (the server's).
//!
//! **Invariant:** a Response is judged only against the request of its own login: its `InResponseTo`, the provider that
//! was asked and that provider's keys (attack rows SI-56 to SI-58, SI-66, SI-67). Unsolicited Responses are refused.
//!
//! Signing and verifying cost under half a millisecond of CPU, so both happen where they are called.

mod captured;
mod certificates;
mod identity;
mod judge;
mod keys;
mod leave;
mod logout;
mod metadata;
mod provider;
mod redirected;
mod remedy;
mod settings;
mod sign_off;
mod status;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;
use vestibule_core::{
    id::UpstreamId,
    identity::VerifiedIdentity,
    port::{Answer, Begin, Callback, Entropy, Prompt, Upstream, UpstreamError, UpstreamSignOff},
    request::Memo,
};
use vestibule_saml::{
    authn_request::{AuthnRequest, NameIdPolicy},
    binding::{BindingError, MessageKind, post, redirect},
    metadata::{DecryptionOffer, SingleLogoutService, SpDescription},
};
pub use vestibule_saml::{
    crypto::Certificate, encryption::Decryption, metadata::IdpMetadata, response::VerifiedAssertion,
};

use self::provider::ProviderCache;
pub use self::{
    captured::{MAX_BODY_BYTES, answered_request, response_xml},
    certificates::CertificateUse,
    identity::attributes,
    judge::Terms,
    keys::{SpKeyRing, SpKeys},
    logout::LogoutTerms,
    metadata::{check_metadata, read_metadata},
    provider::Refreshed,
    redirected::{MAX_QUERY_BYTES, RedirectTerms, VerifiedMessage},
    settings::{
        Comparison, DecryptionKey, MetadataPlace, MetadataSource, RequestBinding,
        RequestedAuthnContext, SamlSettings, SamlSettingsError, SigningKey, Skew, UnusableMetadata,
        VerifyingKey,
    },
};
use crate::http::Http;

/// What is kept with a login.
#[derive(Serialize, Deserialize)]
struct Pending {
    request_id: String,
    handle: String,
    idp_entity_id: String,
    /// The person was to authenticate anew, and not before this time.
    anew_since: Option<DateTime<Utc>>,
}

/// A SAML identity provider.
pub struct SamlUpstream {
    settings: SamlSettings,
    cache: ProviderCache,
    entropy: Arc<dyn Entropy>,
}

impl SamlUpstream {
    /// An upstream. Its metadata is read by the first [`refresh`](Self::refresh) or login: a provider that is down does
    /// not keep the broker from starting.
    ///
    /// # Errors
    /// [`SamlSettingsError`].
    pub fn new(
        settings: SamlSettings,
        http: Arc<dyn Http>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, SamlSettingsError> {
        settings.check()?;
        let cache = ProviderCache::new(&settings, http);
        Ok(Self {
            settings,
            cache,
            entropy,
        })
    }

    /// Reads the metadata now. If that fails, the last good one is kept. Meant for the start, and for a task that calls
    /// again after [`Refreshed::again_after`].
    ///
    /// # Errors
    /// [`UpstreamError`] if it cannot be had, is not accepted, or describes another provider than before.
    pub async fn refresh(&self, now: DateTime<Utc>) -> Result<Refreshed, UpstreamError> {
        self.cache.refresh(now).await
    }

    /// Our metadata for this provider, as `/upstream/{id}/saml/metadata` serves it.
    ///
    /// # Errors
    /// [`UpstreamError::Misbehaved`] if a configured value cannot be written as XML.
    pub fn sp_metadata(&self) -> Result<String, UpstreamError> {
        let keys = self.settings.keys.as_ref().map(|ring| ring.load_full());
        let decrypting = self.offered_keys(keys.as_deref());
        let description = SpDescription {
            entity_id: &self.settings.sp_entity_id,
            acs_urls: vec![self.settings.acs_url.as_str()],
            certificates: keys
                .as_deref()
                .map(SpKeys::certificates)
                .unwrap_or_default(),
            decryption: DecryptionOffer {
                certificates: decrypting.iter().map(|key| key.certificate_der()).collect(),
                cbc: self.settings.danger_accept_cbc,
            },
            authn_requests_signed: self.settings.sign_requests,
            single_logout: self.logout_services(),
            name_id_formats: self
                .settings
                .name_id_format
                .as_deref()
                .into_iter()
                .collect(),
            valid_until: None,
        };
        description
            .to_xml(None)
            .map_err(|error| self.misbehaved(error.code(), &error.to_string()))
    }

    /// The keys that the provider may encrypt for: of those that are made here the active one alone, so that it moves on
    /// to the next one while the one before still decrypts.
    fn offered_keys<'a>(&'a self, keys: Option<&'a SpKeys>) -> Vec<&'a DecryptionKey> {
        if !self.settings.offer_encryption {
            return Vec::new();
        }
        let made_here = keys.filter(|_| self.settings.decrypt_with_ring);
        let active = made_here.and_then(|keys| keys.decryption_keys().first());
        self.settings.decryption_keys.iter().chain(active).collect()
    }

    /// Where the provider may say that a session is over: only if we can sign the answer.
    fn logout_services(&self) -> Vec<SingleLogoutService> {
        let address = self.settings.slo_url.as_ref();
        address
            .filter(|_| self.settings.keys.is_some())
            .map(|address| SingleLogoutService::everywhere(address.as_str()))
            .unwrap_or_default()
    }

    /// SAML core 1.3.4: 128 random bits; an XML name does not begin with a digit.
    fn fresh_id(&self) -> String {
        let mut id = [0; 16];
        self.entropy.fill(&mut id);
        format!("_{:032x}", u128::from_be_bytes(id))
    }

    /// All keys that decrypt what the provider sends.
    fn decryption_keys(&self) -> Vec<DecryptionKey> {
        let mut all = self.settings.decryption_keys.clone();
        if let Some(ring) = self
            .settings
            .keys
            .as_ref()
            .filter(|_| self.settings.decrypt_with_ring)
        {
            all.extend_from_slice(ring.load().decryption_keys());
        }
        all
    }

    fn request<'a>(
        &'a self,
        begin: &Begin<'_>,
        pending: &'a Pending,
        destination: &'a str,
    ) -> AuthnRequest<'a> {
        let format = self.settings.name_id_format.clone();
        AuthnRequest {
            id: &pending.request_id,
            issue_instant: begin.now,
            destination,
            issuer: &self.settings.sp_entity_id,
            acs_url: self.settings.acs_url.as_str(),
            force_authn: begin.request.force_authn || begin.wishes_anew,
            is_passive: begin.request.passive,
            name_id_policy: format.map(|format| NameIdPolicy {
                format: Some(format),
                sp_name_qualifier: None,
                allow_create: true,
            }),
            requested_authn_context: self.settings.requested_authn_context.clone(),
        }
    }

    /// The key that signs requests, if they must be signed.
    fn signer(&self, idp: &IdpMetadata) -> Result<Option<SigningKey>, UpstreamError> {
        if !idp.signs_requests(self.settings.sign_requests) {
            return Ok(None);
        }
        match &self.settings.keys {
            Some(ring) => Ok(Some(ring.load().signing(&self.settings.id).clone())),
            None => Err(self.misbehaved(
                "request_signing_key_missing",
                "its metadata wants signed requests, and there is no signing key for it; configure one",
            )),
        }
    }

    fn prompt(
        &self,
        begin: &Begin<'_>,
        pending: &Pending,
        idp: &IdpMetadata,
    ) -> Result<Prompt, UpstreamError> {
        let signer = self.signer(idp)?;
        let signer = signer.as_ref();
        let relay_state = Some(pending.handle.as_str());
        let unwritable = |code: &'static str, error: &dyn std::fmt::Display| {
            self.misbehaved(code, &error.to_string())
        };
        let by_redirect = |endpoint: &str| {
            let request = self.request(begin, pending, endpoint);
            let xml = request
                .to_xml()
                .map_err(|error| unwritable(error.code(), &error))?;
            let url = redirect::encode(endpoint, MessageKind::Request, &xml, relay_state, signer)
                .map_err(|error| unwritable(error.code(), &error))?;
            self.url(&url).map(Prompt::Redirect)
        };
        let by_post = |endpoint: &str| {
            let request = self.request(begin, pending, endpoint);
            let xml = match signer {
                Some(key) => request
                    .to_signed_xml(key)
                    .map_err(|error| unwritable(error.code(), &error))?
                    .into_string(),
                None => request
                    .to_xml()
                    .map_err(|error| unwritable(error.code(), &error))?,
            };
            let form = post::encode(endpoint, MessageKind::Request, &xml, relay_state)
                .map_err(|error| unwritable(error.code(), &error))?;
            let fields = form
                .fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value));
            Ok(Prompt::PostForm {
                action: self.url(&form.action)?,
                fields: fields.collect(),
            })
        };
        match (self.settings.binding, &idp.sso_redirect, &idp.sso_post) {
            (RequestBinding::Redirect, Some(endpoint), _) | (_, Some(endpoint), None) => {
                by_redirect(endpoint)
            }
            (_, _, Some(endpoint)) => by_post(endpoint),
            (_, None, None) => Err(self.misbehaved(
                "metadata_service_missing",
                "its metadata names no address for requests",
            )),
        }
    }

    fn url(&self, text: &str) -> Result<Url, UpstreamError> {
        Url::parse(text)
            .map_err(|error| self.misbehaved("binding_address", &format!("{text}: {error}")))
    }

    /// What a Response to this login is held against.
    fn terms<'a>(
        &'a self,
        pending: &'a Pending,
        idp: &'a IdpMetadata,
        decryption_keys: &'a [DecryptionKey],
        now: DateTime<Utc>,
    ) -> Terms<'a> {
        Terms {
            idp,
            sp_entity_id: &self.settings.sp_entity_id,
            acs_url: self.settings.acs_url.as_str(),
            request_id: &pending.request_id,
            requested_context: self.settings.requested_authn_context.as_ref(),
            anew_since: pending.anew_since,
            decryption: Decryption {
                keys: decryption_keys,
                danger_accept_cbc: self.settings.danger_accept_cbc,
            },
            require_signed_response: self.settings.require_signed_response,
            danger_accept_sha1: self.settings.danger_accept_sha1,
            skew: self.settings.skew,
            now,
        }
    }

    fn binding(&self, error: &BindingError) -> UpstreamError {
        self.misbehaved(error.code(), &error.to_string())
    }

    fn misbehaved(&self, code: &'static str, cause: &str) -> UpstreamError {
        UpstreamError::Misbehaved {
            code,
            detail: self.detail(cause),
        }
    }

    fn detail(&self, cause: &str) -> String {
        format!("upstream `{}`: {cause}", self.settings.id)
    }
}

#[async_trait]
impl Upstream for SamlUpstream {
    fn id(&self) -> &UpstreamId {
        &self.settings.id
    }

    fn sign_off(&self) -> Option<&dyn UpstreamSignOff> {
        Some(self)
    }

    async fn begin(&self, begin: Begin<'_>) -> Result<(Prompt, Memo), UpstreamError> {
        let idp = self.cache.known(begin.now).await?;
        let pending = Pending {
            request_id: self.fresh_id(),
            handle: begin.handle.to_owned(),
            idp_entity_id: idp.entity_id.clone(),
            anew_since: begin.request.force_authn.then_some(begin.now),
        };
        let prompt = self.prompt(&begin, &pending, &idp)?;
        let memo = Memo::of(&pending)
            .map_err(|error| self.misbehaved("memo_unwritable", &error.to_string()))?;
        Ok((prompt, memo))
    }

    fn handle_in(&self, callback: &Callback) -> Option<String> {
        post::relay_state(callback.form.as_deref()?.as_bytes()).ok()?
    }

    async fn finish(
        &self,
        memo: &Memo,
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<VerifiedIdentity, UpstreamError> {
        let Answer::Callback(callback) = answer else {
            return Err(self.misbehaved("answer_unexpected", "a callback was expected"));
        };
        let pending: Pending = memo
            .read()
            .map_err(|error| self.misbehaved("memo_unreadable", &error.to_string()))?;
        // SAML profiles 4.1.2: a Response does not travel by redirect.
        let form = callback.form.as_deref().ok_or_else(|| {
            self.misbehaved(
                "binding_post_required",
                "the answer came by GET; let the provider use HTTP-POST",
            )
        })?;
        let message = post::decode(form.as_bytes()).map_err(|error| self.binding(&error))?;
        if message.kind() != MessageKind::Response {
            return Err(
                self.misbehaved("not_a_response", "the message is a request, not a Response")
            );
        }
        if message.relay_state() != Some(&pending.handle) {
            return Err(self.misbehaved(
                "relay_state_mismatch",
                "the answer belongs to another login: its RelayState is not the one of this login",
            ));
        }
        let idp = self.cache.known(now).await?;
        if idp.entity_id != pending.idp_entity_id {
            return Err(self.misbehaved(
                "idp_changed",
                "the provider was exchanged while this login was under way; log in again",
            ));
        }
        let decryption_keys = self.decryption_keys();
        let assertion = self
            .terms(&pending, &idp, &decryption_keys, now)
            .judge(message.xml())
            .map_err(|rejection| rejection.at(&self.settings.id))?;
        let for_logout = self
            .settings
            .sign_out_there
            .then(|| leave::known_by(&assertion))
            .transpose()
            .map_err(|error| self.misbehaved("memo_unwritable", &error.to_string()))?;
        Ok(VerifiedIdentity {
            for_logout,
            ..identity::identity(self.settings.id.clone(), &assertion)
        })
    }
}

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod tests;
