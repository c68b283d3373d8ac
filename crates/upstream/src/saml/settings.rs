//! What the `saml` upstream must be told.
//!
//! Owns the checked values of one SAML identity provider. Does not read keys or know the configuration's spelling.

use std::path::PathBuf;

use thiserror::Error;
use url::Url;
use vestibule_core::id::UpstreamId;
use vestibule_saml::metadata::{IdpDescription, SingleLogoutService};
pub use vestibule_saml::{
    authn_request::{Comparison, RequestedAuthnContext},
    crypto::{DecryptionKey, VerifyingKey, sign::SigningKey},
    instant::Skew,
};

use super::keys::SpKeyRing;

/// One SAML identity provider. Start with [`SamlSettings::new`].
#[derive(Debug, Clone)]
pub struct SamlSettings {
    /// Its id here.
    pub id: UpstreamId,
    /// Where its metadata is.
    pub metadata: MetadataSource,
    /// Our entity ID towards it: `<public_url>/upstream/<id>/saml/metadata`. One per upstream, so that an assertion for
    /// one is not good for another.
    pub sp_entity_id: String,
    /// Where it answers: `<public_url>/upstream/<id>/saml/acs`.
    pub acs_url: Url,
    /// Where it says that a session is over: `<public_url>/upstream/<id>/saml/slo`. Answers are signed with `keys`.
    pub slo_url: Option<Url>,
    /// Sign people out there who leave here. Otherwise nothing is kept for it.
    pub sign_out_there: bool,
    /// Our own keys, as they are at the moment: they sign requests.
    pub keys: Option<SpKeyRing>,
    /// Sign requests even if the provider does not ask for it.
    pub sign_requests: bool,
    /// How requests travel, where the provider leaves the choice.
    pub binding: RequestBinding,
    /// Ask for this `NameIDPolicy`. AD FS fails on a format that it cannot meet exactly, so the default is none.
    pub name_id_format: Option<String>,
    /// Ask for this authentication. AD FS and Entra fail on one that they do not know, so the default is none.
    pub requested_authn_context: Option<RequestedAuthnContext>,
    /// How far its clock may differ.
    pub skew: Skew,
    /// Keys for what it encrypts that were brought along, the current one first.
    pub decryption_keys: Vec<DecryptionKey>,
    /// Decrypt with our own keys, too. Without any key encrypted assertions are refused.
    pub decrypt_with_ring: bool,
    /// Publish their certificates in our metadata. Many providers encrypt as soon as they know one.
    pub offer_encryption: bool,
    /// Refuse Responses that are not signed themselves, whatever is in them.
    pub require_signed_response: bool,
    /// Accept AES-CBC, which does not notice changes, in what it encrypts.
    pub danger_accept_cbc: bool,
    /// Accept SHA-1, which is broken, in its signatures.
    pub danger_accept_sha1: bool,
}

/// How requests travel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RequestBinding {
    /// A form that posts itself.
    Post,
    /// A redirect.
    #[default]
    Redirect,
}

/// Where metadata is, and what makes it believed.
#[derive(Debug, Clone)]
pub struct MetadataSource {
    /// The place.
    pub place: MetadataPlace,
    /// The entity that is meant, if the file describes several.
    pub entity_id: Option<String>,
    /// Keys of which one must have signed the file; empty: it is believed for the way it came.
    pub signed_by: Vec<VerifyingKey>,
}

/// A place of metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetadataPlace {
    /// A file. Who may write it is trusted, for keys that appear later too.
    File(PathBuf),
    /// The XML itself.
    Inline(String),
    /// An address. What it says when the broker starts is believed; keys that appear later are used after a restart, or
    /// at once if the file is signed ([`MetadataSource::signed_by`]).
    Url(Url),
}

impl MetadataPlace {
    /// Metadata of a provider that publishes none, made of what its administrator tells: entity ID, the address that
    /// takes requests (by redirect and by form), the one that takes logout messages if it has one, and the keys that it
    /// signs with.
    ///
    /// # Errors
    /// [`UnusableMetadata`].
    pub fn typed(
        entity_id: &str,
        sso_url: &Url,
        slo_url: Option<&Url>,
        keys: &[VerifyingKey],
    ) -> Result<Self, UnusableMetadata> {
        if keys.is_empty() {
            return Err(UnusableMetadata("there is no certificate".to_owned()));
        }
        let description = IdpDescription {
            entity_id,
            sso_url: sso_url.as_str(),
            certificates: keys
                .iter()
                .map(|key| key.certificate().der.as_slice())
                .collect(),
            want_authn_requests_signed: false,
            single_logout: slo_url
                .map(|address| SingleLogoutService::everywhere(address.as_str()))
                .unwrap_or_default(),
            name_id_formats: Vec::new(),
            valid_until: None,
        };
        description
            .to_xml(None)
            .map(Self::Inline)
            .map_err(|error| UnusableMetadata(error.to_string()))
    }
}

/// Typed values that make no metadata.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct UnusableMetadata(String);

impl From<MetadataPlace> for MetadataSource {
    fn from(place: MetadataPlace) -> Self {
        Self {
            place,
            entity_id: None,
            signed_by: Vec::new(),
        }
    }
}

/// Why settings make no upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SamlSettingsError {
    /// Encryption is offered, and nothing could be decrypted.
    #[error("`offer_encryption` needs a decryption key")]
    DecryptionKey,
    /// Requests are to be signed, with nothing.
    #[error("`sign_requests` needs a signing key")]
    SigningKey,
}

impl SamlSettings {
    /// Settings with the safe defaults: requests by redirect, signed where the provider wants it, no `NameIDPolicy`, no
    /// `RequestedAuthnContext`, 60 s, nothing decrypted, nobody signed out there.
    #[must_use]
    pub fn new(
        id: UpstreamId,
        metadata: impl Into<MetadataSource>,
        sp_entity_id: impl Into<String>,
        acs_url: Url,
    ) -> Self {
        Self {
            id,
            metadata: metadata.into(),
            sp_entity_id: sp_entity_id.into(),
            acs_url,
            slo_url: None,
            sign_out_there: false,
            keys: None,
            sign_requests: false,
            binding: RequestBinding::default(),
            name_id_format: None,
            requested_authn_context: None,
            skew: Skew::default(),
            decryption_keys: Vec::new(),
            decrypt_with_ring: false,
            offer_encryption: false,
            require_signed_response: false,
            danger_accept_cbc: false,
            danger_accept_sha1: false,
        }
    }

    pub(super) fn check(&self) -> Result<(), SamlSettingsError> {
        if self.sign_requests && self.keys.is_none() {
            return Err(SamlSettingsError::SigningKey);
        }
        let can_decrypt =
            !self.decryption_keys.is_empty() || (self.decrypt_with_ring && self.keys.is_some());
        if self.offer_encryption && !can_decrypt {
            return Err(SamlSettingsError::DecryptionKey);
        }
        Ok(())
    }
}
