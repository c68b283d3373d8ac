//! What is known of the usual counterparts, so that an administrator writes five lines.
//!
//! Owns, per counterpart and protocol, the default mapping of attributes and the settings that its quirks ask for:
//! data, no behaviour. Does not decide anything: each value can be overridden in the configuration. The facts are those
//! of the vendors' documentation; where a site chooses names itself, the names that its guides suggest stand here.

mod oidc;
mod saml;

use std::{collections::BTreeSet, fmt};

use vestibule_core::identity::{GroupBounds, Mapping};

pub use self::{oidc::OidcPreset, saml::SamlPreset};
use crate::local::attribute;

/// A counterpart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Preset {
    /// Microsoft AD FS (2.0 and later).
    Adfs,
    /// Auth0.
    Auth0,
    /// Microsoft Entra ID, one tenant.
    Entra,
    /// Anything that follows the standard.
    #[default]
    Generic,
    /// Keycloak (and Red Hat's build of it).
    Keycloak,
    /// Okta.
    Okta,
    /// Shibboleth Identity Provider, and federations like it.
    Shibboleth,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Adfs,
        Self::Auth0,
        Self::Entra,
        Self::Generic,
        Self::Keycloak,
        Self::Okta,
        Self::Shibboleth,
    ];

    /// Its name in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Adfs => "adfs",
            Self::Auth0 => "auth0",
            Self::Entra => "entra",
            Self::Generic => "generic",
            Self::Keycloak => "keycloak",
            Self::Okta => "okta",
            Self::Shibboleth => "shibboleth",
        }
    }

    /// What it means for an OpenID provider.
    #[must_use]
    pub fn oidc(self) -> &'static OidcPreset {
        oidc::of(self)
    }

    /// What it means for a SAML identity provider.
    #[must_use]
    pub fn saml(self) -> &'static SamlPreset {
        saml::of(self)
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Names of attributes, as constants; [`Mapping`] is their owned form.
#[derive(Debug, Clone, Copy)]
struct Names {
    id: Option<&'static str>,
    mail: &'static [&'static str],
    display_name: &'static [&'static str],
    given_name: &'static [&'static str],
    family_name: &'static [&'static str],
    groups: &'static [&'static str],
    strip_group_slash: bool,
    subject_is_mail: bool,
}

impl Names {
    fn mapping(&self) -> Mapping {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Mapping {
            id: self.id.map(str::to_owned),
            mail: owned(self.mail),
            display_name: owned(self.display_name),
            given_name: owned(self.given_name),
            family_name: owned(self.family_name),
            groups: owned(self.groups),
            strip_group_slash: self.strip_group_slash,
            subject_is_mail: self.subject_is_mail,
            mail_domains: BTreeSet::new(),
            group_bounds: GroupBounds::default(),
        }
    }
}

/// The mapping of a `local` upstream.
#[must_use]
pub fn local() -> Mapping {
    Names {
        id: Some(attribute::USERNAME),
        mail: &[attribute::MAIL],
        display_name: &[attribute::DISPLAY_NAME],
        given_name: &[attribute::GIVEN_NAME],
        family_name: &[attribute::FAMILY_NAME],
        groups: &[attribute::GROUPS],
        strip_group_slash: false,
        subject_is_mail: false,
    }
    .mapping()
}

/// The names of a mapping that lie inside other claims, such as `realm_access.roles`, and those that must be readable:
/// what [`crate::oidc::OidcSettings::claim_paths`] wants.
#[must_use]
pub fn claim_paths(mapping: &Mapping) -> Vec<String> {
    let lists = [
        &mapping.mail,
        &mapping.display_name,
        &mapping.given_name,
        &mapping.family_name,
        &mapping.groups,
    ];
    mapping
        .id
        .iter()
        .chain(lists.into_iter().flatten())
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_finds_a_mail_address() {
        for preset in Preset::ALL {
            for mapping in [preset.saml().mapping(), preset.oidc().mapping()] {
                assert!(!mapping.mail.is_empty(), "{preset}");
                let paths = claim_paths(&mapping);
                assert!(
                    mapping.groups.iter().all(|group| paths.contains(group)),
                    "{preset}"
                );
            }
        }
    }

    #[test]
    fn nobody_is_known_by_a_name_that_changes() {
        // Shibboleth and its kin send a transient NameID by default; Entra's `sub` differs per application.
        assert!(Preset::Shibboleth.saml().mapping().id.is_some());
        assert_eq!(Preset::Entra.oidc().mapping().id.as_deref(), Some("oid"));
    }

    #[test]
    fn local_accounts_are_known_by_user_name() {
        assert_eq!(local().id.as_deref(), Some("username"));
    }
}
