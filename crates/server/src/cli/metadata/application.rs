//! What one application needs to know of us.
//!
//! Owns the words that its administrator sees on its own screens, as far as a preset knows them. **Invariant:** the
//! certificate is that of the key which signs for this application, not that of the key which signs for the rest: during
//! a change of keys these are two.

use serde::Serialize;
use vestibule_core::{
    id::{AppId, KeyId},
    key::{KeyPurpose, Partner},
    port::KeyShelf,
};
use vestibule_downstream::{preset::AppPreset, saml::pem};

use crate::{
    cli::failure::Failure,
    config::{App, AppProtocol, Config},
    wiring::IdpFace,
};

/// What one application needs.
#[derive(Debug, Serialize)]
pub(super) struct Application {
    label: String,
    #[serde(skip)]
    preset: AppPreset,
    disabled: bool,
    #[serde(flatten)]
    needs: Needs,
}

/// By protocol.
#[derive(Debug, Serialize)]
#[serde(tag = "protocol", rename_all = "lowercase")]
enum Needs {
    Oidc {
        issuer: String,
        discovery_url: String,
        client_id: String,
    },
    Saml {
        entity_id: String,
        sso_url: String,
        slo_url: String,
        metadata_url: String,
        /// The key that signs for it.
        key: KeyId,
        certificate: String,
    },
}

/// What screens call the values of a SAML identity provider.
struct SamlWords {
    place: &'static str,
    entity_id: &'static str,
    sso_url: &'static str,
    certificate: &'static str,
}

impl Application {
    /// As it is configured, with the keys of now.
    pub(super) fn of(
        config: &Config,
        id: &AppId,
        app: &App,
        face: &IdpFace,
        shelf: &KeyShelf,
    ) -> Result<Self, Failure> {
        let address = |path: &str| config.server.address(path).to_string();
        let needs = match &app.protocol {
            AppProtocol::Oidc(oidc) => Needs::Oidc {
                issuer: face.issuer.clone(),
                discovery_url: format!("{}/.well-known/openid-configuration", face.issuer),
                client_id: oidc.client.id().to_owned(),
            },
            AppProtocol::Saml(_) => {
                let (key, certificate) = signing(shelf, id)?;
                Needs::Saml {
                    entity_id: face.entity_id.clone(),
                    sso_url: face.sso_url.clone(),
                    slo_url: address("/saml/slo"),
                    metadata_url: address("/saml/metadata"),
                    key,
                    certificate,
                }
            }
        };
        Ok(Self {
            label: app.label.clone(),
            preset: app.preset,
            disabled: app.disabled,
            needs,
        })
    }

    /// For people.
    pub(super) fn lines(&self, id: &AppId) -> Vec<String> {
        let heading = |place: &str| {
            let disabled = if self.disabled { ", disabled" } else { "" };
            format!("For the application `{id}` ({place}{disabled}):")
        };
        match &self.needs {
            Needs::Oidc {
                issuer,
                discovery_url,
                client_id,
            } => {
                let name = match self.preset {
                    AppPreset::Generic => "Issuer",
                    _ => "Issuer URL",
                };
                vec![
                    heading("OpenID Connect"),
                    format!("  {name}: {issuer}"),
                    format!("  Discovery: {discovery_url}"),
                    format!("  Client ID: {client_id}"),
                ]
            }
            Needs::Saml {
                entity_id,
                sso_url,
                slo_url,
                metadata_url,
                key,
                certificate,
            } => {
                let words = saml_words(self.preset);
                let mut lines = vec![heading(words.place)];
                if self.preset == AppPreset::Generic {
                    lines.push(format!("  Metadata, which has all of it: {metadata_url}"));
                }
                lines.push(format!("  {}: {entity_id}", words.entity_id));
                lines.push(format!("  {}: {sso_url}", words.sso_url));
                // Atlassian's products take no logout messages.
                if self.preset == AppPreset::Generic {
                    lines.push(format!("  Single logout URL: {slo_url}"));
                }
                lines.push(format!("  {} (key {key}):", words.certificate));
                lines.push(certificate.trim_end().to_owned());
                lines
            }
        }
    }
}

fn saml_words(preset: AppPreset) -> SamlWords {
    match preset {
        AppPreset::AtlassianCloud => SamlWords {
            place: "Atlassian: Security > Identity providers > Set up SAML single sign-on",
            entity_id: "Identity provider Entity ID",
            sso_url: "Identity provider SSO URL",
            certificate: "Public x509 certificate",
        },
        AppPreset::BitbucketDataCenter
        | AppPreset::ConfluenceDataCenter
        | AppPreset::JiraDataCenter => SamlWords {
            place: "Authentication methods > SAML single sign-on",
            entity_id: "Single sign-on issuer",
            sso_url: "Identity provider single sign-on URL",
            certificate: "X.509 certificate",
        },
        AppPreset::Generic => SamlWords {
            place: "SAML",
            entity_id: "Entity ID",
            sso_url: "Single sign-on URL",
            certificate: "Certificate",
        },
    }
}

/// The key that signs for this application, and its certificate.
fn signing(shelf: &KeyShelf, app: &AppId) -> Result<(KeyId, String), Failure> {
    let purpose = KeyPurpose::SamlIdentityProvider;
    let serving = shelf.book.serving(purpose, &Partner::App(app.clone()));
    let kept = serving.and_then(|record| {
        let mut keys = shelf.keys.iter();
        keys.find(|key| key.record.id == record.id)
    });
    let found =
        kept.and_then(|key| Some((key.record.id.clone(), pem(key.certificate.as_deref()?))));
    found
        .ok_or_else(|| Failure::Unable(format!("there is no key with a certificate for {purpose}")))
}
