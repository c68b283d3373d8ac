//! What applications need to know of us.
//!
//! Owns our metadata as an identity provider, and its values for screens that take no metadata, such as Atlassian's. Does
//! not own the address that serves it, nor which key signs for whom: there is no one certificate of ours.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use vestibule_core::port::DownstreamError;
use vestibule_saml::metadata::{IdpDescription, SingleLogoutService};

use super::{NameIdFormat, SamlIdp};

/// Letters in a line of PEM (RFC 7468 clause 2).
const LINE: usize = 64;

/// What an administrator types into an application, beside the certificate of the key that signs for it ([`pem`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdpFacts {
    /// Atlassian: "Identity provider Entity ID".
    pub entity_id: String,
    /// Atlassian: "Identity provider SSO URL".
    pub sso_url: String,
}

impl SamlIdp {
    /// Our values.
    #[must_use]
    pub fn facts(&self) -> IdpFacts {
        IdpFacts {
            entity_id: self.settings.entity_id.clone(),
            sso_url: self.settings.sso_url.as_str().to_owned(),
        }
    }

    /// Our metadata, as `/saml/metadata` serves it.
    ///
    /// # Errors
    /// [`DownstreamError`] if a configured value cannot be written as XML.
    pub fn metadata(&self) -> Result<String, DownstreamError> {
        let apps = &self.settings.apps;
        let mut formats: Vec<&str> = apps
            .values()
            .flat_map(|app| app.name_id.formats())
            .map(NameIdFormat::uri)
            .collect();
        formats.sort_unstable();
        formats.dedup();
        let keys = self.settings.keys.load();
        let description = IdpDescription {
            entity_id: &self.settings.entity_id,
            sso_url: self.settings.sso_url.as_str(),
            certificates: keys.certificates(),
            want_authn_requests_signed: !apps.is_empty()
                && apps.values().all(|app| app.require_signed_requests),
            single_logout: SingleLogoutService::everywhere(self.settings.slo_url.as_str()),
            name_id_formats: formats,
            valid_until: None,
        };
        description.to_xml(None).map_err(|error| DownstreamError {
            code: error.code(),
            detail: format!("our SAML metadata cannot be written: {error}"),
            tell: None,
        })
    }
}

/// A certificate as administrators paste it.
#[must_use]
pub fn pem(der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let mut lines = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at_checked(LINE).unwrap_or((rest, ""));
        lines.push_str(line);
        lines.push('\n');
        rest = more;
    }
    lines.push_str("-----END CERTIFICATE-----\n");
    lines
}
