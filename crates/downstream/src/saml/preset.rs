//! What is known of applications, so that an administrator writes five lines.
//!
//! Owns the defaults of a [`SamlApp`] per kind of application: data. Each can be overridden.

use std::fmt;

use vestibule_saml::issue::MAX_LIFETIME;

use super::{
    context::{AuthnContexts, PASSWORD_PROTECTED},
    settings::{AttributeRule, NameIdRule, SamlApp, ServiceProvider, Sign, Source},
};

/// SAML core 8.3.2.
const EMAIL_ADDRESS: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

/// What Atlassian's entity IDs begin with; an id follows.
const ATLASSIAN_ENTITY: &str = "https://auth.atlassian.com/saml/";
/// What Atlassian's reply addresses begin with; the same id follows.
const ATLASSIAN_REPLY: &str = "https://auth.atlassian.com/login/callback?connection=saml-";

/// A kind of application.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AppPreset {
    /// Atlassian Cloud (Guard, formerly Access).
    AtlassianCloud,
    /// Anything that follows the standard.
    #[default]
    Generic,
}

/// What looks odd about an application of a known kind, but need not be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Stable reason code.
    pub code: &'static str,
    /// What is odd.
    pub reason: &'static str,
    /// What to do.
    pub remedy: String,
}

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

    /// What looks odd about this application.
    #[must_use]
    pub fn doubts(self, sp: &ServiceProvider) -> Option<Doubt> {
        match self {
            Self::AtlassianCloud => atlassian_ids(sp),
            Self::Generic => None,
        }
    }
}

impl fmt::Display for AppPreset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Atlassian's entity ID and reply address end in the same id; a slip of the hand here costs an afternoon.
fn atlassian_ids(sp: &ServiceProvider) -> Option<Doubt> {
    let id = sp.entity_id.strip_prefix(ATLASSIAN_ENTITY)?;
    let expected = format!("{ATLASSIAN_REPLY}{id}");
    let is_there = sp
        .services
        .iter()
        .any(|service| service.location == expected);
    (!is_there).then(|| Doubt {
        code: "atlassian_ids_differ",
        reason: "Atlassian's entity ID and reply address usually end in the same id; these do not",
        remedy: format!("compare with Atlassian's page; `acs_url: {expected}` would match"),
    })
}

/// Atlassian Cloud finds the account by NameID, which must be the account's mail address, and keeps it by an id that
/// does not change with the address. Guides disagree under which name that id is read, so it is sent under all three.
///
/// Requests are not signed. Both Response and assertion are signed, for it is published nowhere which of them is
/// checked. `AuthnContext` says "password over TLS" with a second factor too: that is true, if not all of the truth,
/// and it is what every guide shows; an administrator may set the REFEDS class.
fn atlassian_cloud(sp: ServiceProvider) -> SamlApp {
    let claim = |name: &str, source: Source| {
        AttributeRule::named(
            format!("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/{name}"),
            source,
        )
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
        encryption: None,
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
    let plain = |name: &str, source: Source| AttributeRule::named(name, source);
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
        encryption: None,
        require_signed_requests: false,
        danger_accept_sha1: false,
        authn_context: AuthnContexts::default(),
        lifetime: MAX_LIFETIME,
        disabled: false,
        sp,
    }
}
