//! What is known of SAML identity providers.

use vestibule_core::identity::Mapping;

use super::{Names, Preset};

/// What a counterpart means for a SAML upstream.
#[derive(Debug)]
pub struct SamlPreset {
    names: Names,
    expects_encryption_key: bool,
}

impl SamlPreset {
    /// Which attributes hold what.
    #[must_use]
    pub fn mapping(&self) -> Mapping {
        self.names.mapping()
    }

    /// Whether logins fail there unless our metadata offers encryption.
    #[must_use]
    pub const fn expects_encryption_key(&self) -> bool {
        self.expects_encryption_key
    }
}

pub(super) fn of(preset: Preset) -> &'static SamlPreset {
    match preset {
        Preset::Adfs => &ADFS,
        Preset::Auth0 => &AUTH0,
        Preset::Entra => &ENTRA,
        Preset::Generic => &GENERIC,
        Preset::Keycloak => &KEYCLOAK,
        Preset::Okta => &OKTA,
        Preset::Shibboleth => &SHIBBOLETH,
    }
}

macro_rules! claim {
    ($name:literal) => {
        concat!(
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/",
            $name
        )
    };
}

macro_rules! microsoft {
    ($name:literal) => {
        concat!(
            "http://schemas.microsoft.com/ws/2008/06/identity/claims/",
            $name
        )
    };
}

/// eduPerson, inetOrgPerson and the like, in NameFormat `uri`.
mod oid {
    pub(super) const AFFILIATION: &str = "urn:oid:1.3.6.1.4.1.5923.1.1.1.9";
    pub(super) const COMMON_NAME: &str = "urn:oid:2.5.4.3";
    pub(super) const DISPLAY_NAME: &str = "urn:oid:2.16.840.1.113730.3.1.241";
    pub(super) const EMAIL_PKCS9: &str = "urn:oid:1.2.840.113549.1.9.1";
    pub(super) const ENTITLEMENT: &str = "urn:oid:1.3.6.1.4.1.5923.1.1.1.7";
    pub(super) const GIVEN_NAME: &str = "urn:oid:2.5.4.42";
    pub(super) const IS_MEMBER_OF: &str = "urn:oid:1.3.6.1.4.1.5923.1.5.1.1";
    pub(super) const MAIL: &str = "urn:oid:0.9.2342.19200300.100.1.3";
    pub(super) const SURNAME: &str = "urn:oid:2.5.4.4";
}

/// A person is known by the NameID, which a claim rule makes; it must be one that lasts. The user principal name is no
/// mail address, and is not taken for one.
static ADFS: SamlPreset = SamlPreset {
    names: Names {
        id: None,
        mail: &[
            claim!("emailaddress"),
            "http://schemas.xmlsoap.org/claims/EmailAddress",
        ],
        display_name: &[
            claim!("name"),
            "http://schemas.xmlsoap.org/claims/CommonName",
        ],
        given_name: &[claim!("givenname")],
        family_name: &[claim!("surname")],
        groups: &[
            "http://schemas.xmlsoap.org/claims/Group",
            microsoft!("groups"),
            microsoft!("role"),
        ],
        strip_group_slash: false,
        subject_is_mail: true,
    },
    expects_encryption_key: false,
};

/// The NameID is `connection|id` and lasts. Groups have the name that an action gives them.
static AUTH0: SamlPreset = SamlPreset {
    names: Names {
        id: None,
        mail: &[claim!("emailaddress")],
        display_name: &[claim!("name")],
        given_name: &[claim!("givenname")],
        family_name: &[claim!("surname")],
        groups: &[
            "http://schemas.auth0.com/groups",
            "http://schemas.auth0.com/roles",
        ],
        strip_group_slash: false,
        subject_is_mail: false,
    },
    expects_encryption_key: false,
};

/// People are known by the object id: user names change. Tenants without mailboxes have no address, but a user
/// principal name in `name` that looks like one.
static ENTRA: SamlPreset = SamlPreset {
    names: Names {
        id: Some("http://schemas.microsoft.com/identity/claims/objectidentifier"),
        mail: &[claim!("emailaddress"), claim!("name")],
        display_name: &["http://schemas.microsoft.com/identity/claims/displayname"],
        given_name: &[claim!("givenname")],
        family_name: &[claim!("surname")],
        groups: &[microsoft!("groups"), microsoft!("role")],
        strip_group_slash: false,
        subject_is_mail: false,
    },
    expects_encryption_key: false,
};

/// Names that guides of several products suggest.
static GENERIC: SamlPreset = SamlPreset {
    names: Names {
        id: None,
        mail: &["mail", "email", claim!("emailaddress"), oid::MAIL],
        display_name: &["displayName", "name", oid::DISPLAY_NAME, oid::COMMON_NAME],
        given_name: &[
            "givenName",
            "firstName",
            claim!("givenname"),
            oid::GIVEN_NAME,
        ],
        family_name: &["sn", "surname", "lastName", claim!("surname"), oid::SURNAME],
        groups: &[
            "groups",
            "memberOf",
            microsoft!("groups"),
            oid::IS_MEMBER_OF,
        ],
        strip_group_slash: false,
        subject_is_mail: true,
    },
    expects_encryption_key: false,
};

/// Its own mappers and the X.500 ones. Group names come with their path unless the mapper is told otherwise; `member`
/// is what the group mapper calls them by default. Roles are no groups.
static KEYCLOAK: SamlPreset = SamlPreset {
    names: Names {
        id: None,
        mail: &["email", "mail", oid::EMAIL_PKCS9, oid::MAIL],
        display_name: &["name", "displayName", oid::DISPLAY_NAME],
        given_name: &["firstName", "givenName", oid::GIVEN_NAME],
        family_name: &["lastName", "surname", "sn", oid::SURNAME],
        groups: &["groups", "member"],
        strip_group_slash: true,
        subject_is_mail: true,
    },
    expects_encryption_key: false,
};

/// Attribute statements are written by the administrator; these are the names of its guides.
static OKTA: SamlPreset = SamlPreset {
    names: Names {
        id: None,
        mail: &["email", "mail", "Email"],
        display_name: &["displayName", "name"],
        given_name: &["firstName", "givenName", "FirstName"],
        family_name: &["lastName", "surname", "LastName"],
        groups: &["groups", "Groups"],
        strip_group_slash: false,
        subject_is_mail: true,
    },
    expects_encryption_key: false,
};

/// The NameID is transient by default, so a person is known by the subject identifier of the OASIS profile; where that
/// is not released, an administrator names another lasting one. `eduPersonPrincipalName` may be given to another
/// person. It encrypts by default, and shows the person an error where it finds no key for that.
static SHIBBOLETH: SamlPreset = SamlPreset {
    names: Names {
        id: Some("urn:oasis:names:tc:SAML:attribute:subject-id"),
        mail: &[oid::MAIL],
        display_name: &[oid::DISPLAY_NAME, oid::COMMON_NAME],
        given_name: &[oid::GIVEN_NAME],
        family_name: &[oid::SURNAME],
        groups: &[oid::IS_MEMBER_OF, oid::ENTITLEMENT, oid::AFFILIATION],
        strip_group_slash: false,
        subject_is_mail: false,
    },
    expects_encryption_key: true,
};
