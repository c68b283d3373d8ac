//! `vestibule metadata`: what the other sides need to know of us.
//!
//! Owns who is told what: each configured application and identity provider its own part, and nobody who is not there.

mod application;
mod upstream;

use std::{collections::BTreeMap, path::Path};

use clap::Args;
use serde::Serialize;
use vestibule_core::{
    id::{AppId, UpstreamId},
    port::Keys,
};

use self::{application::Application, upstream::IdentityProvider};
use super::{Exit, Terminal, failure::Failure, load, wait};
use crate::{
    config::{Config, UpstreamProtocol},
    wiring::{self, Face},
};

/// Print what the other sides need to know of us.
///
/// Without arguments: for each application and each identity provider of the configuration, what is typed in or read
/// there. On the first run this makes the signing keys and keeps them, sealed, in the store.
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

/// What each of them needs.
#[derive(Debug, Serialize)]
struct Values {
    applications: BTreeMap<AppId, Application>,
    upstreams: BTreeMap<UpstreamId, IdentityProvider>,
}

impl Values {
    async fn of(config: &Config, face: &Face) -> Result<Self, Failure> {
        let shelf = wiring::open_existing_store(config).await?.keys().await?;
        let applications = config.apps.iter().map(|(id, app)| {
            let application = Application::of(config, id, app, &face.idp, &shelf)?;
            Ok((id.clone(), application))
        });
        let upstreams = config.upstreams.iter().filter_map(|(id, upstream)| {
            let provider = IdentityProvider::of(config, id, upstream)?;
            Some((id.clone(), provider))
        });
        Ok(Self {
            applications: applications.collect::<Result<_, Failure>>()?,
            upstreams: upstreams.collect(),
        })
    }

    fn lines(&self) -> Vec<String> {
        let applications = self.applications.iter();
        let applications = applications.flat_map(|(id, app)| app.lines(id));
        let upstreams = self.upstreams.iter();
        applications
            .chain(upstreams.flat_map(|(id, upstream)| upstream.lines(id)))
            .collect()
    }
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
        let values = wait(Values::of(&config, &face))?;
        if self.json {
            terminal.print_json(&values)?;
            return Ok(Exit::Yes);
        }
        for line in values.lines() {
            terminal.print(&line)?;
        }
        Ok(Exit::Yes)
    }
}

/// Why there is no metadata for this upstream.
fn without_metadata(config: &Config, id: &UpstreamId) -> Failure {
    let protocol = config.upstreams.get(id).map(|upstream| &upstream.protocol);
    match protocol {
        Some(UpstreamProtocol::Oidc(_)) => Failure::No(format!(
            "the upstream `{id}` speaks OpenID Connect, which has no metadata of ours; it needs the redirect URI {}",
            config
                .server
                .address(&format!("/upstream/{id}/oidc/callback")),
        )),
        Some(UpstreamProtocol::Local(_)) => Failure::No(format!(
            "the upstream `{id}` has accounts of our own; there is nobody to give metadata to"
        )),
        Some(UpstreamProtocol::Saml(_)) => Failure::No(format!(
            "the upstream `{id}` is disabled; nothing is served for it"
        )),
        None => {
            let known: Vec<&str> = config.upstreams.keys().map(UpstreamId::as_str).collect();
            Failure::Usage(format!(
                "there is no upstream `{id}` in {}: there are {}",
                config.file.display(),
                known.join(", ")
            ))
        }
    }
}
