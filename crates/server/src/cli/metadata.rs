//! `vestibule metadata`: what the other sides need to know of us.

use std::{collections::BTreeMap, path::Path};

use clap::Args;
use serde::Serialize;
use vestibule_core::id::UpstreamId;

use super::{Exit, Terminal, failure::Failure, load, wait};
use crate::{
    config::{Config, UpstreamProtocol},
    wiring,
};

/// Print what the other sides need to know of us.
///
/// Without arguments: the three values for Atlassian, where each metadata file is served, and the redirect URI for each
/// OpenID provider. On the first run this makes the signing keys and keeps them, sealed, in the store.
#[derive(Debug, Args)]
pub(super) struct Metadata {
    /// Our metadata as identity provider, for applications, as XML.
    #[arg(long, conflicts_with_all = ["json", "upstream"])]
    idp: bool,
    /// Our metadata as service provider for this upstream, as XML.
    #[arg(long, value_name = "ID", conflicts_with = "json")]
    upstream: Option<UpstreamId>,
    /// Print the values as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Values<'a> {
    entity_id: &'a str,
    sso_url: &'a str,
    certificate: &'a str,
    idp_metadata_url: String,
    sp_metadata_urls: BTreeMap<UpstreamId, String>,
    oidc_redirect_uris: BTreeMap<UpstreamId, String>,
}

impl Metadata {
    pub(super) fn run(&self, path: &Path, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        let config = load(path)?;
        let face = wait(async { Ok(wiring::face(&config).await?) })?;
        if self.idp {
            terminal.print(&face.idp.metadata)?;
            return Ok(Exit::Yes);
        }
        if let Some(id) = &self.upstream {
            let metadata = face.sp_metadata.get(id);
            terminal.print(metadata.ok_or_else(|| without_metadata(&config, id))?)?;
            return Ok(Exit::Yes);
        }
        let address = |path: &str| config.server.address(path).to_string();
        let of_each = |protocol: &str, path: &str| {
            let speakers = config.upstreams.iter();
            speakers
                .filter(|(_, upstream)| upstream.protocol.name() == protocol)
                .map(|(id, _)| (id.clone(), address(&format!("/upstream/{id}/{path}"))))
                .collect()
        };
        let values = Values {
            entity_id: &face.idp.entity_id,
            sso_url: &face.idp.sso_url,
            certificate: &face.idp.certificate_pem,
            idp_metadata_url: address("/saml/metadata"),
            sp_metadata_urls: of_each("saml", "saml/metadata"),
            oidc_redirect_uris: of_each("oidc", "oidc/callback"),
        };
        if self.json {
            terminal.print_json(&values)?;
        } else {
            tell(terminal, &values)?;
        }
        Ok(Exit::Yes)
    }
}

fn tell(terminal: &mut dyn Terminal, values: &Values<'_>) -> Result<(), Failure> {
    terminal
        .print("For Atlassian (Security > Identity providers > Set up SAML single sign-on):")?;
    terminal.print(&format!(
        "  Identity provider Entity ID: {}",
        values.entity_id
    ))?;
    terminal.print(&format!(
        "  Identity provider SSO URL:   {}",
        values.sso_url
    ))?;
    terminal.print("  Public x509 certificate:")?;
    terminal.print(values.certificate.trim_end())?;
    terminal.print(&format!(
        "For other applications: {}",
        values.idp_metadata_url
    ))?;
    for (id, url) in &values.sp_metadata_urls {
        terminal.print(&format!(
            "For the identity provider `{id}`, metadata: {url}"
        ))?;
    }
    for (id, uri) in &values.oidc_redirect_uris {
        terminal.print(&format!(
            "For the identity provider `{id}`, redirect URI: {uri}"
        ))?;
    }
    Ok(())
}

/// Why there is no metadata for this upstream.
fn without_metadata(config: &Config, id: &UpstreamId) -> Failure {
    let protocol = config.upstreams.get(id).map(|upstream| &upstream.protocol);
    Failure::No(match protocol {
        Some(UpstreamProtocol::Oidc(_)) => format!(
            "the upstream `{id}` speaks OpenID Connect, which has no metadata of ours; it needs the redirect URI {}",
            config
                .server
                .address(&format!("/upstream/{id}/oidc/callback")),
        ),
        Some(UpstreamProtocol::Local(_)) => {
            format!(
                "the upstream `{id}` has accounts of our own; there is nobody to give metadata to"
            )
        }
        Some(UpstreamProtocol::Saml(_)) | None => format!("there is no upstream `{id}`"),
    })
}
