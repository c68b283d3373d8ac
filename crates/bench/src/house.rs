//! The folder of one server: an ordinary `broker.yaml`, and the files that it names.
//!
//! Owns the configuration that is measured. It is what an administrator would write; logging is as it comes (JSON,
//! level info, into a file).

use std::{
    fmt::Write as _,
    fs,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    provider::Provider,
    suite::{self, Suite},
};

/// The applications of a house.
#[derive(Clone, Copy)]
pub(crate) enum Apps<'a> {
    /// So many that speak SAML.
    Alike(u32),
    /// Those of both protocols that people go between; all their people come by OpenID Connect.
    Suite(&'a Suite),
}

/// The upstream that speaks SAML.
pub(crate) const SAML: &str = "corp";
/// The upstream that speaks OpenID Connect.
pub(crate) const OIDC: &str = "partners";
/// The application whose people come by SAML, and whose answers have one signature.
pub(crate) const ONE: &str = "one";
/// The same with two.
pub(crate) const BOTH: &str = "both";
/// The application whose people come by OpenID Connect.
pub(crate) const BY_OIDC: &str = "by-oidc";

/// Every store of a measurement is sealed with this key: it protects nobody.
pub(crate) const MASTER_KEY: [u8; 32] = [7; 32];

/// An application's entity ID.
pub(crate) fn entity_id(app: &str) -> String {
    format!("https://{app}.acme.example/saml/metadata")
}

/// Where an application takes answers.
pub(crate) fn acs_url(app: &str) -> String {
    format!("https://{app}.acme.example/login/callback?connection=saml-{app}")
}

/// Fills a folder; the path of the configuration.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn furnish(
    folder: &Path,
    port: u16,
    apps: Apps<'_>,
    provider: &Provider,
) -> Result<PathBuf> {
    fs::write(folder.join("corp.xml"), provider.saml_metadata()?)?;
    secret(&folder.join("client-secret"), provider.client_secret())?;
    secret(&folder.join("master.key"), &STANDARD.encode(MASTER_KEY))?;
    let (listed, routing) = match apps {
        Apps::Alike(count) => (
            alike(count),
            format!("  - {{ when: {{ apps: [{BY_OIDC}] }}, to: {OIDC} }}\n  - {{ to: {SAML} }}"),
        ),
        Apps::Suite(suite) => {
            secret(&folder.join("app-secret"), &suite::client_secret())?;
            fs::write(folder.join("apps.pem"), suite.certificate())?;
            (suite.listed(), format!("  - {{ to: {OIDC} }}"))
        }
    };
    let file = folder.join("broker.yaml");
    fs::write(
        &file,
        configuration(port, &listed, &routing, provider.issuer()),
    )?;
    Ok(file)
}

fn secret(path: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| path.display().to_string())?;
    Ok(file.write_all(text.as_bytes())?)
}

/// Applications that speak SAML, in the configuration.
fn alike(apps: u32) -> String {
    let mut listed = String::new();
    let others = (3..apps).map(|number| format!("app-{number:04}"));
    let named = [ONE, BOTH, BY_OIDC].map(str::to_owned);
    for app in named.into_iter().chain(others) {
        let sign = if app == BOTH { "both" } else { "assertion" };
        // Writing into a text does not fail.
        let _ = writeln!(
            listed,
            "  {app}:\n    label: {app}\n    preset: generic\n    saml: {{ entity_id: \"{}\", acs_url: \"{}\", sign: {sign} }}",
            entity_id(&app),
            acs_url(&app)
        );
    }
    listed
}

fn configuration(port: u16, listed: &str, routing: &str, issuer: &str) -> String {
    format!(
        r#"public_url: "http://localhost:{port}"
listen: "127.0.0.1:{port}"
trusted_proxies: [127.0.0.1]
store: sqlite:vestibule.db
secrets: {{ master_key_file: master.key }}
upstreams:
  {SAML}:
    label: Acme account
    mail_domains: [acme.example]
    preset: generic
    saml: {{ metadata_file: corp.xml }}
  {OIDC}:
    label: Partners
    mail_domains: [acme.example]
    oidc:
      issuer: "{issuer}"
      client_id: vestibule
      client_secret_file: client-secret
      userinfo: false
apps:
{listed}
routing:
{routing}
policy:
  - {{ name: Contractors keep out, when: {{ groups: [contractors] }}, deny: true }}
  - {{ name: Everyone else, require: {{ factors: [totp] }} }}
notify: {{ file: mail }}
"#
    )
}
