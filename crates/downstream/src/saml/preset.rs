//! What is known of applications, so that an administrator writes five lines.
//!
//! Owns the defaults of a [`SamlApp`] per kind of application: data. Each can be overridden.

use std::{fmt, str::FromStr};

use thiserror::Error;
use vestibule_saml::issue::MAX_LIFETIME;

use super::{
    context::{AuthnContexts, PASSWORD_PROTECTED},
    settings::{AttributeRule, NameIdRule, SamlApp, ServiceProvider, Sign, Source},
};

/// SAML core 8.3.2.
const EMAIL_ADDRESS: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

/// SAML core 8.2.2: the names of our attributes for Atlassian are URIs.
const URI: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
/// SAML core 8.2.3: plain words.
const BASIC: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";

/// A kind of application.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AppPreset {
    /// Atlassian Cloud (Guard, formerly Access).
    AtlassianCloud,
    /// Anything that follows the standard.
    #[default]
    Generic,
}

/// A name that is no preset.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a preset of an application: use atlassian-cloud or generic")]
pub struct UnknownPreset(String);

impl AppPreset {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::AtlassianCloud, Self::Generic];

    /// Its name in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AtlassianCloud => "atlassian-cloud",
            Self::Generic => "generic",
        }
    }

    /// An application of this kind.
    #[must_use]
    pub fn app(self, sp: ServiceProvider) -> SamlApp {
        match self {
            Self::AtlassianCloud => atlassian_cloud(sp),
            Self::Generic => generic(sp),
        }
    }
}

impl fmt::Display for AppPreset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for AppPreset {
    type Err = UnknownPreset;
    fn from_str(text: &str) -> Result<Self, UnknownPreset> {
        Self::ALL
            .into_iter()
            .find(|preset| preset.name() == text)
            .ok_or_else(|| UnknownPreset(text.chars().take(64).collect()))
    }
}

/// Atlassian Cloud finds the account by NameID, which must be the account's mail address, and keeps it by an id that does
/// not change with the address. Guides disagree under which name that id is read, so it is sent under all three.
///
/// Requests are not signed. Both Response and assertion are signed, for it is published nowhere which of them is checked.
/// `AuthnContext` says "password over TLS" with a second factor too: that is true, if not all of the truth, and it is what
/// every guide shows; an administrator may set the REFEDS class.
fn atlassian_cloud(sp: ServiceProvider) -> SamlApp {
    let claim = |name: &str, source: Source| AttributeRule {
        name: format!("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/{name}"),
        name_format: Some(URI.to_owned()),
        source,
    };
    SamlApp {
        name_id: NameIdRule {
            source: Source::Mail,
            format: Some(EMAIL_ADDRESS.to_owned()),
        },
        // The format looks ignored there; a policy in its request must not keep anybody out.
        ignore_name_id_policy: true,
        attributes: vec![
            claim("givenname", Source::GivenName),
            claim("surname", Source::FamilyName),
            claim("emailaddress", Source::Mail),
            claim("name", Source::Id),
            claim("nameidentifier", Source::Id),
            claim("upn", Source::Id),
        ],
        sign: Sign::Both,
        require_signed_requests: false,
        danger_accept_sha1: false,
        authn_context: AuthnContexts {
            plain: PASSWORD_PROTECTED.to_owned(),
            second_factor: PASSWORD_PROTECTED.to_owned(),
        },
        lifetime: MAX_LIFETIME,
        disabled: false,
        sp,
    }
}

/// The mail address as NameID, plain words as attributes, a signed assertion, and the whole truth in `AuthnContext`.
fn generic(sp: ServiceProvider) -> SamlApp {
    let plain = |name: &str, source: Source| AttributeRule {
        name: name.to_owned(),
        name_format: Some(BASIC.to_owned()),
        source,
    };
    SamlApp {
        name_id: NameIdRule {
            source: Source::Mail,
            format: Some(EMAIL_ADDRESS.to_owned()),
        },
        ignore_name_id_policy: false,
        attributes: vec![
            plain("mail", Source::Mail),
            plain("displayName", Source::DisplayName),
            plain("givenName", Source::GivenName),
            plain("sn", Source::FamilyName),
            plain("groups", Source::Groups),
        ],
        sign: Sign::Assertion,
        require_signed_requests: false,
        danger_accept_sha1: false,
        authn_context: AuthnContexts::default(),
        lifetime: MAX_LIFETIME,
        disabled: false,
        sp,
    }
}
