//! What an identity provider says about itself.
//!
//! Owns: reading an `IDPSSODescriptor` (SAML metadata 2.4.3).
//! Does not own: the decision to believe it, or other roles of the same entity; AD FS describes four in one file, and
//! only this one's keys count.

use super::{
    MetadataError, SingleLogoutService,
    entity::{Role, Source, Validity},
    logout,
    role::{self, SigningKeys, UnusableKey},
};
use crate::{
    binding::uri::{POST, REDIRECT},
    crypto::VerifyingKey,
    xml::names,
};

/// An identity provider, as its metadata describes it.
#[derive(Clone, Debug)]
pub struct IdpMetadata {
    /// Its entity ID, which is the `Issuer` of all its messages.
    pub entity_id: String,
    /// Its signing keys; at least one.
    pub signing_keys: Vec<VerifyingKey>,
    /// Keys that it publishes and that we do not use.
    pub unusable_keys: Vec<UnusableKey>,
    /// Where requests go by HTTP-Redirect.
    pub sso_redirect: Option<String>,
    /// Where requests go by HTTP-POST. At least one of the two is there.
    pub sso_post: Option<String>,
    /// Where it takes logout messages; may be nowhere.
    pub single_logout: Vec<SingleLogoutService>,
    /// The `NameIDFormat`s that it lists, in its order.
    pub name_id_formats: Vec<String>,
    /// How long this holds.
    pub validity: Validity,
    want_authn_requests_signed: bool,
}

impl IdpMetadata {
    /// Reads the identity provider that is meant in `source`.
    ///
    /// # Errors
    /// Any [`MetadataError`]. Expiry is not looked at here; see [`Validity::check`].
    pub fn parse(source: &Source<'_>) -> Result<Self, MetadataError> {
        source.with_role("IDPSSODescriptor", read)
    }

    /// Whether requests to it must be signed: if `ours` says so, or if it wants them signed (attack MD-02).
    #[must_use]
    pub const fn signs_requests(&self, ours: bool) -> bool {
        ours || self.want_authn_requests_signed
    }
}

fn read(role: Role<'_>) -> Result<IdpMetadata, MetadataError> {
    const SERVICE: &str = "SingleSignOnService";
    let descriptor = role.descriptor;
    let SigningKeys { usable, unusable } = role::signing_keys(descriptor)?;
    if usable.is_empty() {
        return Err(MetadataError::SigningKeyMissing { unusable });
    }
    let (mut sso_redirect, mut sso_post) = (None, None);
    for endpoint in descriptor.children_named(names::MD, SERVICE) {
        let slot = match endpoint.required_attribute("Binding")? {
            REDIRECT => &mut sso_redirect,
            POST => &mut sso_post,
            _ => continue,
        };
        let location = role::location(endpoint, SERVICE)?;
        // The first of several is the preferred one.
        slot.get_or_insert(location);
    }
    if sso_redirect.is_none() && sso_post.is_none() {
        return Err(MetadataError::ServiceMissing { service: SERVICE });
    }
    Ok(IdpMetadata {
        entity_id: role.entity_id.to_owned(),
        signing_keys: usable,
        unusable_keys: unusable,
        sso_redirect,
        sso_post,
        single_logout: logout::services(descriptor)?,
        name_id_formats: role::name_id_formats(descriptor)?,
        validity: role.validity,
        want_authn_requests_signed: role::flag(descriptor, "WantAuthnRequestsSigned")?,
    })
}
