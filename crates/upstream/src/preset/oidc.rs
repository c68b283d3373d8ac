//! What is known of OpenID providers.

use vestibule_core::identity::Mapping;

use super::{Names, Preset, claim_paths};
use crate::oidc::{EmailTrust, OidcSettings, ResponseMode};

/// What a counterpart asks of [`OidcSettings`], and its mapping.
#[derive(Debug)]
pub struct OidcPreset {
    names: Names,
    scopes: &'static [&'static str],
    userinfo: bool,
    email: EmailTrust,
    response_mode: ResponseMode,
    other_hosts: &'static [&'static str],
}

impl OidcPreset {
    /// Which claims hold what.
    #[must_use]
    pub fn mapping(&self) -> Mapping {
        self.names.mapping()
    }

    /// Writes what the preset knows into settings.
    pub fn apply(&self, settings: &mut OidcSettings) {
        let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        settings.scopes = owned(self.scopes);
        settings.userinfo = self.userinfo;
        settings.email = self.email;
        settings.response_mode = self.response_mode;
        settings.other_hosts = owned(self.other_hosts);
        settings.claim_paths = claim_paths(&self.mapping());
    }
}

pub(super) fn of(preset: Preset) -> &'static OidcPreset {
    match preset {
        Preset::Adfs => &ADFS,
        Preset::Auth0 => &AUTH0,
        Preset::Entra => &ENTRA,
        Preset::Generic | Preset::Okta | Preset::Shibboleth => &STANDARD,
        Preset::Keycloak => &KEYCLOAK,
    }
}

/// The claims of Core section 5.1, and `groups`, which is no standard claim but everybody's habit.
const STANDARD_NAMES: Names = Names {
    id: None,
    mail: &["email"],
    display_name: &["name"],
    given_name: &["given_name"],
    family_name: &["family_name"],
    groups: &["groups"],
    strip_group_slash: false,
    subject_is_mail: false,
};

static STANDARD: OidcPreset = OidcPreset {
    names: STANDARD_NAMES,
    scopes: &["profile", "email"],
    userinfo: true,
    email: EmailTrust::Verified,
    response_mode: ResponseMode::Query,
    other_hosts: &[],
};

/// Mail and groups reach the ID token only with `form_post`; userinfo holds nothing but `sub`; there is no
/// `email_verified`. `allatclaims` is not asked for: it must be granted first, and is refused otherwise.
static ADFS: OidcPreset = OidcPreset {
    names: Names {
        display_name: &["name", "unique_name"],
        groups: &["groups", "group", "role"],
        ..STANDARD_NAMES
    },
    scopes: &["profile", "email"],
    userinfo: false,
    email: EmailTrust::UnlessDenied,
    response_mode: ResponseMode::FormPost,
    other_hosts: &[],
};

/// Groups and roles have the name that an action gives them; these are the usual ones.
static AUTH0: OidcPreset = OidcPreset {
    names: Names {
        groups: &["groups", "roles"],
        ..STANDARD_NAMES
    },
    scopes: &["profile", "email"],
    userinfo: true,
    email: EmailTrust::Verified,
    response_mode: ResponseMode::Query,
    other_hosts: &[],
};

/// People are known by `oid`: `sub` is another one for each client. The issuer pins the tenant, whose domains are
/// verified; tenants without mailboxes have no `email`, but a user name that looks like one.
static ENTRA: OidcPreset = OidcPreset {
    names: Names {
        id: Some("oid"),
        mail: &["email", "upn", "preferred_username"],
        ..STANDARD_NAMES
    },
    scopes: &["profile", "email"],
    userinfo: false,
    email: EmailTrust::UnlessDenied,
    response_mode: ResponseMode::Query,
    // Its metadata names a userinfo endpoint there.
    other_hosts: &["graph.microsoft.com"],
};

/// Group names come with their path (`/staff/jira`) unless the mapper is told otherwise.
static KEYCLOAK: OidcPreset = OidcPreset {
    names: Names {
        strip_group_slash: true,
        ..STANDARD_NAMES
    },
    scopes: &["profile", "email"],
    userinfo: true,
    email: EmailTrust::Verified,
    response_mode: ResponseMode::Query,
    other_hosts: &[],
};
