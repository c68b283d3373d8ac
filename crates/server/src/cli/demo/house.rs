//! The folder of a demo: an ordinary `broker.yaml`, and the files that it names.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use vestibule_core::id::UpstreamId;
use vestibule_demo::{Facts, people::People};

use crate::cli::failure::Failure;

/// The upstream that speaks SAML.
pub(super) const SAML_UPSTREAM: &str = "acme";
/// The upstream that speaks OpenID Connect.
pub(super) const OIDC_UPSTREAM: &str = "acme-openid";
/// Where the OpenID upstream sends people back to us.
pub(super) const OIDC_CALLBACK: &str = "/upstream/acme-openid/oidc/callback";

/// Atlassian's preset says the same of every login; one application is told, so that it can be seen.
const TOLD_OF_A_SECOND_FACTOR: &str =
    "      authn_context: https://refeds.org/profile/mfa # says that a second factor was passed\n";

/// The folder. It goes when this is dropped.
pub(super) struct House {
    folder: TempDir,
}

impl House {
    /// Writes the configuration of a broker at this address, between these stand-ins.
    pub(super) fn furnish(facts: &Facts, address: SocketAddr) -> Result<Self, Failure> {
        let house = Self {
            folder: tempfile::Builder::new()
                .prefix("vestibule-demo-")
                .tempdir()?,
        };
        fs::write(
            house.file("identity-provider.xml"),
            &facts.identity_provider.saml_metadata,
        )?;
        write_secret(
            &house.file("client-secret"),
            &facts.identity_provider.oidc_client_secret,
        )?;
        fs::write(house.configuration(), configuration(facts, address))?;
        Ok(house)
    }

    /// The configuration.
    pub(super) fn configuration(&self) -> PathBuf {
        self.file("broker.yaml")
    }

    pub(super) fn saml_upstream(&self) -> Result<UpstreamId, Failure> {
        UpstreamId::new(SAML_UPSTREAM).map_err(|error| Failure::No(error.to_string()))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn write_secret(path: &Path, secret: &str) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(secret.as_bytes())
}

/// What an administrator would write for these stand-ins. The values are ours, and hold nothing that YAML reads.
fn configuration(facts: &Facts, address: SocketAddr) -> String {
    let idp = &facts.identity_provider;
    let apps: String = facts
        .application
        .services()
        .map(|app| {
            let told = if app.id == facts.application.wiki.id {
                TOLD_OF_A_SECOND_FACTOR
            } else {
                ""
            };
            format!(
                "  {}:\n    label: {}\n    preset: atlassian-cloud\n    saml:\n      entity_id: \"{}\"\n      acs_url: \"{}\"\n{told}",
                app.id, app.name, app.entity_id, app.acs_url
            )
        })
        .collect();
    format!(
        r#"# The demo's broker: what an administrator would write for these stand-ins.
public_url: "http://localhost:{port}"
listen: "{address}"
store: sqlite:vestibule.db

upstreams:
  {SAML_UPSTREAM}:
    label: Acme account
    mail_domains: [acme.example]
    preset: adfs
    saml: {{ metadata_file: identity-provider.xml }}
  {OIDC_UPSTREAM}:
    label: Acme account (OpenID Connect)
    mail_domains: [acme.example]
    oidc:
      issuer: "{issuer}"
      client_id: {client_id}
      client_secret_file: client-secret

apps:
{apps}
routing:
  - {{ choose: [{SAML_UPSTREAM}, {OIDC_UPSTREAM}] }}

policy:
  - {{ name: Leavers are not let in, when: {{ groups: [{denied}] }}, deny: true }}
  - {{ name: Kiosks have no second factor, when: {{ groups: [{skip}] }}, skip: true }}
  - {{ name: Administrators may use a security key, when: {{ groups: [{keys}] }}, require: {{ factors: [webauthn, totp, backup_code] }} }}
  - {{ name: Everyone else, require: {{ factors: [totp, backup_code] }} }}

notify:
  smtp: {{ host: "{smtp_host}", port: {smtp_port}, security: danger_none, from: "Vestibule demo <vestibule@acme.example>" }}

branding: {{ product: Vestibule demo }}
"#,
        port = address.port(),
        issuer = idp.oidc_issuer,
        client_id = idp.oidc_client_id,
        denied = People::GROUP_DENIED,
        skip = People::GROUP_SKIP,
        keys = People::GROUP_KEYS,
        smtp_host = facts.mail.smtp.ip(),
        smtp_port = facts.mail.smtp.port(),
    )
}
