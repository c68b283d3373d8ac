//! What all roles have in common: keys, addresses, flags.
//!
//! Owns: `KeyDescriptor`, endpoints, `NameIDFormat` and boolean attributes (SAML metadata 2.2 and 2.4).
//! Does not own: which of them a role must have.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use url::{Host, Url};

use super::MetadataError;
use crate::{
    crypto::{EncryptionKey, VerifyingKey},
    xml::{Element, names, read::excerpt},
};

/// A key that the metadata publishes and that we do not use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusableKey {
    /// Why, for administrators.
    pub reason: String,
}

/// The keys that may sign for a role.
#[derive(Debug)]
pub(super) struct SigningKeys {
    pub(super) usable: Vec<VerifyingKey>,
    pub(super) unusable: Vec<UnusableKey>,
}

/// Reads the signing keys of a role, all of them, so that the partner can change keys without an interruption.
///
/// A `KeyDescriptor` without `use` serves both uses (SAML metadata 2.4.1.1). One that we cannot use does not spoil the
/// others; it is told.
pub(super) fn signing_keys(role: Element<'_>) -> Result<SigningKeys, MetadataError> {
    let mut keys = SigningKeys {
        usable: Vec::new(),
        unusable: Vec::new(),
    };
    for descriptor in role.children_named(names::MD, "KeyDescriptor") {
        match descriptor.attribute("use") {
            None | Some("signing") => {}
            Some("encryption") => continue,
            Some(other) => return Err(MetadataError::value("use", other)),
        }
        match signing_key(descriptor) {
            Ok(key) if keys.usable.contains(&key) => {}
            Ok(key) => keys.usable.push(key),
            Err(reason) => keys.unusable.push(UnusableKey { reason }),
        }
    }
    Ok(keys)
}

/// Reads the keys that messages for a role can be encrypted with, in its order: the first is the one that it prefers.
///
/// A key that cannot encrypt (an elliptic curve that also signs, say) is left out. Whoever wants to encrypt finds none.
pub(super) fn encryption_keys(role: Element<'_>) -> Vec<EncryptionKey> {
    role.children_named(names::MD, "KeyDescriptor")
        .filter(|descriptor| matches!(descriptor.attribute("use"), None | Some("encryption")))
        .filter_map(|descriptor| certificate(descriptor).ok())
        .filter_map(|der| EncryptionKey::from_certificate_der(&der).ok())
        .collect()
}

fn signing_key(descriptor: Element<'_>) -> Result<VerifyingKey, String> {
    let der = certificate(descriptor)?;
    VerifyingKey::from_certificate_der(&der).map_err(|error| error.to_string())
}

/// The first certificate of a `KeyDescriptor`. Others would be its issuers, and an issuer's key signs no messages
/// (SAML metadata interoperability profile 2.5.1).
fn certificate(descriptor: Element<'_>) -> Result<Vec<u8>, String> {
    let certificate = descriptor
        .children_named(names::DS, "KeyInfo")
        .flat_map(|key_info| key_info.children_named(names::DS, "X509Data"))
        .flat_map(|data| data.children_named(names::DS, "X509Certificate"))
        .next()
        .ok_or("a key without X509Certificate")?;
    let text = certificate.text().map_err(|error| error.to_string())?;
    let dense: String = text.split_ascii_whitespace().collect();
    BASE64
        .decode(dense)
        .map_err(|_| "a certificate that is not base64".to_owned())
}

/// The `NameIDFormat`s of a role.
pub(super) fn name_id_formats(role: Element<'_>) -> Result<Vec<String>, MetadataError> {
    role.children_named(names::MD, "NameIDFormat")
        .map(|format| Ok(format.text()?.trim().to_owned()))
        .collect()
}

/// An `xs:boolean` attribute; absent is `false`.
pub(super) fn flag(element: Element<'_>, name: &'static str) -> Result<bool, MetadataError> {
    match element.attribute(name) {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(other) => Err(MetadataError::value(name, other)),
    }
}

/// The `Location` of an endpoint, where a browser may be sent (attack MD-07).
pub(super) fn location(
    endpoint: Element<'_>,
    service: &'static str,
) -> Result<String, MetadataError> {
    acceptable(endpoint.required_attribute("Location")?, service)
}

/// Its `ResponseLocation`, if answers go elsewhere (SAML metadata 2.2.2).
pub(super) fn response_location(
    endpoint: Element<'_>,
    service: &'static str,
) -> Result<Option<String>, MetadataError> {
    let location = endpoint.attribute("ResponseLocation");
    location
        .map(|location| acceptable(location, service))
        .transpose()
}

fn acceptable(location: &str, service: &'static str) -> Result<String, MetadataError> {
    if is_acceptable(location) {
        Ok(location.to_owned())
    } else {
        Err(MetadataError::Location {
            service,
            location: excerpt(location),
        })
    }
}

/// `https` anywhere, `http` on loopback; no user name, no fragment, nothing that a browser would read differently.
fn is_acceptable(location: &str) -> bool {
    let Ok(url) = Url::parse(location) else {
        return false;
    };
    let plain = location
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    plain && bare && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_acceptable;

    #[test]
    fn md_07_only_https_or_loopback() {
        for (location, expected) in [
            ("https://idp.example/sso", true),
            ("https://idp.example:8443/sso?a=b", true),
            ("http://localhost:8080/sso", true),
            ("http://127.0.0.1/sso", true),
            ("http://[::1]:9/sso", true),
            ("http://idp.example/sso", false),
            ("http://localhost.evil.example/", false),
            ("http://127.0.0.1.evil.example/", false),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("https://good.example@evil.example/", false),
            ("https://idp.example/#fragment", false),
            ("https:\\\\idp.example\\", false),
            ("https://idp.example/a b", false),
            (" https://idp.example/", false),
            ("//idp.example/", false),
            ("/sso", false),
            ("", false),
        ] {
            assert_eq!(is_acceptable(location), expected, "{location:?}");
        }
    }
}
