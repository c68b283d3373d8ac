//! Our own metadata, for each role.
//!
//! Owns: what a partner needs to know about us, in the order of the schema (SAML metadata 2.4).
//! Does not own: addresses and keys, which the caller decides. We publish nothing that we do not do: no artifact
//! resolution, no management of names.

use chrono::{DateTime, Utc};

use super::{MetadataError, SingleLogoutService};
use crate::{
    binding::uri::{POST, REDIRECT},
    crypto::{
        DataCipher, KeyTransport,
        sign::{SigningKey, key_info},
    },
    instant,
    xml::{
        names,
        write::{Element, Namespace},
    },
};

/// A signature over the whole file.
#[derive(Clone, Copy, Debug)]
pub struct MetadataSignature<'a> {
    /// The key, usually the one that signs messages.
    pub key: &'a SigningKey,
    /// A fresh ID for the root, an `NCName`.
    pub id: &'a str,
}

/// What a partner may encrypt for us (SAML metadata 2.4.1.1).
#[derive(Clone, Debug, Default)]
pub struct DecryptionOffer<'a> {
    /// Certificates (DER) of the keys that decrypt: the current one first, because many partners take the first, then
    /// the one before.
    pub certificates: Vec<&'a [u8]>,
    /// Name AES-CBC too, behind what is better.
    pub cbc: bool,
}

impl DecryptionOffer<'_> {
    /// One `KeyDescriptor` for each key, with the algorithms that we like (SAML metadata 2.4.1.1): partners that read
    /// the list keep to it. Of the key transports it names the one that needs no parameters.
    fn key_descriptors(&self) -> impl Iterator<Item = Element> {
        let methods: Vec<_> = DataCipher::ALL
            .into_iter()
            .filter(|cipher| self.cbc || !cipher.is_cbc())
            .map(DataCipher::uri)
            .chain([KeyTransport::OaepSha1.uri()])
            .map(|uri| md("EncryptionMethod").attribute("Algorithm", uri))
            .collect();
        self.certificates.iter().map(move |certificate| {
            md("KeyDescriptor")
                .attribute("use", "encryption")
                .child(key_info(certificate))
                .children(methods.clone())
        })
    }
}

/// Us as a service provider, towards one identity provider.
#[derive(Clone, Debug)]
pub struct SpDescription<'a> {
    /// Our entity ID.
    pub entity_id: &'a str,
    /// Where we take responses, by HTTP-POST. The first is the default.
    pub acs_urls: Vec<&'a str>,
    /// Certificates (DER) of the keys that sign our requests: the active one first, then those to come or to go.
    pub certificates: Vec<&'a [u8]>,
    /// What may be encrypted for us; nothing by default.
    pub decryption: DecryptionOffer<'a>,
    /// Whether all our requests are signed.
    pub authn_requests_signed: bool,
    /// Where we take logout messages; empty if we do not.
    pub single_logout: Vec<SingleLogoutService>,
    /// The name formats that we like, in order.
    pub name_id_formats: Vec<&'a str>,
    /// Until when this may be used.
    pub valid_until: Option<DateTime<Utc>>,
}

impl SpDescription<'_> {
    /// Writes the metadata.
    ///
    /// # Errors
    /// If a value cannot be written as XML, or signing fails.
    pub fn to_xml(
        &self,
        signature: Option<MetadataSignature<'_>>,
    ) -> Result<String, MetadataError> {
        let services = self.acs_urls.iter().zip(0_u16..).map(|(location, index)| {
            endpoint("AssertionConsumerService", POST, location)
                .attribute("index", index.to_string())
                .optional_attribute("isDefault", (index == 0).then_some("true"))
        });
        let role = role("SPSSODescriptor")
            .attribute(
                "AuthnRequestsSigned",
                self.authn_requests_signed.to_string(),
            )
            // We refuse responses whose assertion no signature covers; a signed assertion suits every partner.
            .attribute("WantAssertionsSigned", "true")
            .children(signing_keys(&self.certificates))
            .children(self.decryption.key_descriptors())
            .children(self.single_logout.iter().map(SingleLogoutService::element))
            .children(name_id_formats(&self.name_id_formats))
            .children(services);
        entity(self.entity_id, self.valid_until, role, signature)
    }
}

/// Us as an identity provider, towards applications.
#[derive(Clone, Debug)]
pub struct IdpDescription<'a> {
    /// Our entity ID.
    pub entity_id: &'a str,
    /// Where we take requests, by HTTP-Redirect and HTTP-POST.
    pub sso_url: &'a str,
    /// Certificates (DER) of the keys that sign our responses: the active one first, then those to come or to go.
    pub certificates: Vec<&'a [u8]>,
    /// Whether we refuse requests without a signature.
    pub want_authn_requests_signed: bool,
    /// Where we take logout messages; empty if we do not.
    pub single_logout: Vec<SingleLogoutService>,
    /// The name formats that we can issue, in order.
    pub name_id_formats: Vec<&'a str>,
    /// Until when this may be used.
    pub valid_until: Option<DateTime<Utc>>,
}

impl IdpDescription<'_> {
    /// Writes the metadata.
    ///
    /// # Errors
    /// If a value cannot be written as XML, or signing fails.
    pub fn to_xml(
        &self,
        signature: Option<MetadataSignature<'_>>,
    ) -> Result<String, MetadataError> {
        let services =
            [REDIRECT, POST].map(|binding| endpoint("SingleSignOnService", binding, self.sso_url));
        let role = role("IDPSSODescriptor")
            .attribute(
                "WantAuthnRequestsSigned",
                self.want_authn_requests_signed.to_string(),
            )
            .children(signing_keys(&self.certificates))
            .children(self.single_logout.iter().map(SingleLogoutService::element))
            .children(name_id_formats(&self.name_id_formats))
            .children(services);
        entity(self.entity_id, self.valid_until, role, signature)
    }
}

const fn md(name: &'static str) -> Element {
    Element::new(Namespace::Metadata, name)
}

fn role(name: &'static str) -> Element {
    md(name).attribute("protocolSupportEnumeration", names::SAMLP)
}

fn signing_keys(certificates: &[&[u8]]) -> impl Iterator<Item = Element> {
    certificates.iter().map(|certificate| {
        md("KeyDescriptor")
            .attribute("use", "signing")
            .child(key_info(certificate))
    })
}

fn name_id_formats(formats: &[&str]) -> impl Iterator<Item = Element> {
    formats
        .iter()
        .map(|format| md("NameIDFormat").text(*format))
}

pub(super) fn endpoint(name: &'static str, binding: &str, location: &str) -> Element {
    md(name)
        .attribute("Binding", binding)
        .attribute("Location", location)
}

fn entity(
    entity_id: &str,
    valid_until: Option<DateTime<Utc>>,
    role: Element,
    signature: Option<MetadataSignature<'_>>,
) -> Result<String, MetadataError> {
    let entity = md("EntityDescriptor")
        .attribute("entityID", entity_id)
        .optional_attribute("validUntil", valid_until.map(instant::format))
        .optional_attribute("ID", signature.map(|signature| signature.id))
        .child(role);
    match signature {
        None => Ok(entity.to_xml()?),
        Some(signature) => Ok(signature.key.sign_element(entity, 0)?.into_string()),
    }
}
