//! `vestibule serve`: run the broker.

use std::path::Path;

use clap::Args;

use super::{Exit, Terminal, failure::Failure, serving};
use crate::{
    config::Config,
    http::{install_metrics, serve},
    telemetry, wiring,
};

/// Run the broker until it is told to stop.
///
/// On SIGTERM it takes no new requests and lets those under way finish, for 20 seconds at most.
#[derive(Debug, Args)]
pub(super) struct Serve {}

impl Serve {
    #[expect(clippy::unused_self, reason = "all commands are run alike")]
    pub(super) fn run(&self, path: &Path, _: &mut dyn Terminal) -> Result<Exit, Failure> {
        let (config, risks) = Config::load(path)?;
        telemetry::start(config.logging);
        for risk in &risks {
            tracing::warn!(code = "configuration_risk", "{risk}");
        }
        serving(async {
            let broker = wiring::broker(&config, install_metrics()?).await?;
            let mut upkeep = broker.upkeep.start();
            // As it is written in the configuration and in links.
            let public_url = config.server.public_url.as_str().trim_end_matches('/');
            serve(broker.app, broker.listener, |address, _| {
                tracing::info!(%address, public_url, "ready");
            })
            .await?;
            upkeep.shutdown().await;
            if let Err(error) = broker.store.wind_up().await {
                tracing::warn!(code = error.code(), %error, "the store could not be wound up");
            }
            tracing::info!("stopped");
            Ok(())
        })?;
        Ok(Exit::Yes)
    }
}
