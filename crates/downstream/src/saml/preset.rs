//! What is known of applications, so that an administrator writes five lines.
//!
//! Owns the defaults of a [`SamlApp`] per kind of application: data. Each can be overridden. Does not own the kinds.

use vestibule_saml::issue::MAX_LIFETIME;

use super::{
    context::{AuthnContexts, PASSWORD_PROTECTED},
    settings::{AttributeRule, NameIdFormat, NameIdRule, SamlApp, ServiceProvider, Sign},
};
use crate::{
    preset::{AppPreset, NO_GROUPS},
    told::{GroupFilter, Source},
};

/// What Atlassian's entity IDs begin with; an id follows.
const ATLASSIAN_ENTITY: &str = "https://auth.atlassian.com/saml/";
/// What Atlassian's reply addresses begin with; the same id follows.
const ATLASSIAN_REPLY: &str = "https://auth.atlassian.com/login/callback?connection=saml-";

/// Where Atlassian's Data Center products take answers, below their base URL.
const SAML_CONSUMER: &str = "/plugins/servlet/samlconsumer";
/// Atlassian's entity ID before there were organisations.
const ATLASSIAN_OLD_ENTITY: &str = "https://id.atlassian.com/login";

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
    /// An application of this kind.
    #[must_use]
    pub fn app(self, sp: ServiceProvider) -> SamlApp {
        match self {
            Self::AtlassianCloud => atlassian_cloud(sp),
            Self::BitbucketDataCenter | Self::ConfluenceDataCenter | Self::JiraDataCenter => {
                data_center(sp)
            }
            Self::Generic => generic(sp),
        }
    }

    /// Does everything follow from the address that the application calls its base URL?
    #[must_use]
    pub fn knows_base_urls(self) -> bool {
        match self {
            Self::BitbucketDataCenter | Self::ConfluenceDataCenter | Self::JiraDataCenter => true,
            Self::AtlassianCloud | Self::Generic => false,
        }
    }

    /// The application at this base URL, with its context path if it has one.
    #[must_use]
    pub fn at_base_url(self, base_url: &str) -> Option<ServiceProvider> {
        let base_url = base_url.trim_end_matches('/');
        self.knows_base_urls()
            .then(|| ServiceProvider::typed(base_url, [format!("{base_url}{SAML_CONSUMER}")]))
    }

    /// What looks odd about this application.
    #[must_use]
    pub fn doubts(self, sp: &ServiceProvider) -> Option<Doubt> {
        match self {
            Self::AtlassianCloud => atlassian_ids(sp),
            Self::BitbucketDataCenter
            | Self::ConfluenceDataCenter
            | Self::Generic
            | Self::JiraDataCenter => None,
        }
    }
}

/// Atlassian's entity ID and reply address end in the same id; a slip of the hand here costs an afternoon.
fn atlassian_ids(sp: &ServiceProvider) -> Option<Doubt> {
    if sp.entity_id == ATLASSIAN_OLD_ENTITY {
        return Some(Doubt {
            code: "atlassian_ids_old",
            reason: "this is the entity ID that Atlassian gave to sites before there were organisations",
            remedy: format!(
                "copy both values anew from Atlassian's page; they begin with {ATLASSIAN_ENTITY} and {ATLASSIAN_REPLY}"
            ),
        });
    }
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
        name_id: NameIdRule::only(Source::Mail, NameIdFormat::EmailAddress),
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
        groups: GroupFilter::default(),
        sign: Sign::Both,
        encryption: None,
        require_signed_requests: false,
        danger_accept_sha1: false,
        authn_context: AuthnContexts {
            plain: PASSWORD_PROTECTED.to_owned(),
            second_factor: PASSWORD_PROTECTED.to_owned(),
        },
        lifetime: MAX_LIFETIME,
        session_lifetime: None,
        idp_initiated: None,
        relay_state_sites: None,
        metadata: None,
        disabled: false,
        sp,
    }
}

/// The mail address as NameID, plain words as attributes, a signed assertion, and the whole truth in `AuthnContext`.
fn generic(sp: ServiceProvider) -> SamlApp {
    let plain = |name: &str, source: Source| AttributeRule::named(name, source);
    SamlApp {
        name_id: NameIdRule::only(Source::Mail, NameIdFormat::EmailAddress),
        ignore_name_id_policy: false,
        attributes: vec![
            plain("mail", Source::Mail),
            plain("displayName", Source::DisplayName),
            plain("givenName", Source::GivenName),
            plain("sn", Source::FamilyName),
            plain("groups", Source::Groups),
        ],
        groups: GroupFilter::default(),
        sign: Sign::Assertion,
        encryption: None,
        require_signed_requests: false,
        danger_accept_sha1: false,
        authn_context: AuthnContexts::default(),
        lifetime: MAX_LIFETIME,
        session_lifetime: None,
        idp_initiated: None,
        relay_state_sites: None,
        metadata: None,
        disabled: false,
        sp,
    }
}

/// Jira, Confluence and Bitbucket Data Center know people by user name. Where they create users at their first login,
/// they take the groups from every answer, and a login without that attribute fails: so it is never missing.
///
/// The format of the name is that of their own metadata; a policy in a request must not keep anybody out. Both Response
/// and assertion are signed, as in the guides; they cannot decrypt.
fn data_center(sp: ServiceProvider) -> SamlApp {
    let plain = |name: &str, source: Source| AttributeRule::named(name, source);
    SamlApp {
        name_id: NameIdRule::only(Source::Username, NameIdFormat::Unspecified),
        ignore_name_id_policy: true,
        attributes: vec![
            plain("username", Source::Username),
            plain("mail", Source::Mail),
            plain("displayName", Source::DisplayName),
            plain("givenName", Source::GivenName),
            plain("sn", Source::FamilyName),
            plain("groups", Source::Groups).or(NO_GROUPS),
        ],
        sign: Sign::Both,
        ..generic(sp)
    }
}
