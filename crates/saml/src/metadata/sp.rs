//! What a service provider says about itself.
//!
//! Owns: reading an `SPSSODescriptor` (SAML metadata 2.4.4) and the choice of the default address.
//! Does not own: whether that service provider may use us.

use super::{
    MetadataError, SingleLogoutService,
    entity::{Role, Source, Validity},
    logout,
    role::{self, SigningKeys, UnusableKey},
};
use crate::{
    binding::uri::POST,
    crypto::{EncryptionKey, VerifyingKey},
    xml::{Element, names},
};

/// An address to which responses may be posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionConsumerService {
    /// The address, compared byte for byte.
    pub location: String,
    /// Its number, by which a request can name it.
    pub index: u16,
    /// `isDefault`, if it is said.
    pub is_default: Option<bool>,
}

impl AssertionConsumerService {
    /// The only address of a service provider that is configured by hand.
    #[must_use]
    pub fn only(location: impl Into<String>) -> Self {
        Self {
            location: location.into(),
            index: 0,
            is_default: Some(true),
        }
    }

    /// The address that counts if a request names none: the first that says so, else the first that does not deny it,
    /// else the first (SAML metadata 2.2.3).
    #[must_use]
    pub fn default_of(services: &[Self]) -> Option<&Self> {
        let says = |wanted| {
            services
                .iter()
                .find(move |service| service.is_default == wanted)
        };
        says(Some(true))
            .or_else(|| says(None))
            .or_else(|| services.first())
    }
}

/// A service provider, as its metadata describes it.
#[derive(Clone, Debug)]
pub struct SpMetadata {
    /// Its entity ID, which is the `Issuer` of its requests and the `Audience` of our assertions.
    pub entity_id: String,
    /// Where responses may be posted; at least one, by HTTP-POST only.
    pub assertion_consumer_services: Vec<AssertionConsumerService>,
    /// Its signing keys; may be none if it does not sign.
    pub signing_keys: Vec<VerifyingKey>,
    /// Keys that it publishes and that we do not use.
    pub unusable_keys: Vec<UnusableKey>,
    /// Keys that assertions for it can be encrypted with, the preferred one first.
    pub encryption_keys: Vec<EncryptionKey>,
    /// Where it takes logout messages; may be nowhere.
    pub single_logout: Vec<SingleLogoutService>,
    /// The `NameIDFormat`s that it lists, in its order.
    pub name_id_formats: Vec<String>,
    /// How long this holds.
    pub validity: Validity,
    authn_requests_signed: bool,
    want_assertions_signed: bool,
}

impl SpMetadata {
    /// Reads the service provider that is meant in `source`.
    ///
    /// # Errors
    /// Any [`MetadataError`]. Expiry is not looked at here; see [`Validity::check`].
    pub fn parse(source: &Source<'_>) -> Result<Self, MetadataError> {
        source.with_role("SPSSODescriptor", read)
    }

    /// Whether its requests must be signed: if `ours` says so, or if it says that it always signs (attack MD-02).
    #[must_use]
    pub const fn requires_signed_requests(&self, ours: bool) -> bool {
        ours || self.authn_requests_signed
    }

    /// Whether the assertion itself must be signed, not only the response around it (attack MD-02).
    #[must_use]
    pub const fn wants_signed_assertions(&self, ours: bool) -> bool {
        ours || self.want_assertions_signed
    }
}

fn read(role: Role<'_>) -> Result<SpMetadata, MetadataError> {
    let descriptor = role.descriptor;
    let SigningKeys { usable, unusable } = role::signing_keys(descriptor)?;
    let authn_requests_signed = role::flag(descriptor, "AuthnRequestsSigned")?;
    if authn_requests_signed && usable.is_empty() {
        return Err(MetadataError::SigningKeyMissing { unusable });
    }
    Ok(SpMetadata {
        entity_id: role.entity_id.to_owned(),
        assertion_consumer_services: assertion_consumer_services(descriptor)?,
        signing_keys: usable,
        unusable_keys: unusable,
        encryption_keys: role::encryption_keys(descriptor),
        single_logout: logout::services(descriptor)?,
        name_id_formats: role::name_id_formats(descriptor)?,
        validity: role.validity,
        authn_requests_signed,
        want_assertions_signed: role::flag(descriptor, "WantAssertionsSigned")?,
    })
}

fn assertion_consumer_services(
    descriptor: Element<'_>,
) -> Result<Vec<AssertionConsumerService>, MetadataError> {
    const SERVICE: &str = "AssertionConsumerService";
    let mut services: Vec<AssertionConsumerService> = Vec::new();
    for endpoint in descriptor.children_named(names::MD, SERVICE) {
        if endpoint.required_attribute("Binding")? != POST {
            continue;
        }
        let text = endpoint.required_attribute("index")?;
        let index = text
            .parse()
            .map_err(|_| MetadataError::value("index", text))?;
        if services.iter().any(|service| service.index == index) {
            return Err(MetadataError::value("index", text));
        }
        let is_default = match endpoint.attribute("isDefault") {
            None => None,
            Some(_) => Some(role::flag(endpoint, "isDefault")?),
        };
        services.push(AssertionConsumerService {
            location: role::location(endpoint, SERVICE)?,
            index,
            is_default,
        });
    }
    if services.is_empty() {
        return Err(MetadataError::ServiceMissing { service: SERVICE });
    }
    Ok(services)
}
