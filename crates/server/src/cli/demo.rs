//! `vestibule demo`: everything on this machine, to click through or to watch.
//!
//! Owns the start of the broker between its stand-ins. What it runs is an ordinary broker with an ordinary
//! configuration, which lies in the demo's folder to be read. Does not own the stand-ins.

mod house;

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
};

use clap::Args;
use tracing::Level;
use vestibule_demo::{
    Broker, DemoError, Guide, Places, Stage,
    once::{self, Scene, Step},
};

use self::house::House;
use super::{Exit, Terminal, failure::Failure, serving};
use crate::{
    config::{Config, LogFormat, Logging},
    http::{ServeError, install_metrics, serve},
    telemetry, wiring,
};

/// The port without `--port`.
const PORT: u16 = 8080;

/// Run everything on this machine: broker, identity provider, application, mail catcher, five people.
///
/// Loopback only; nothing needs the internet. Everything is made anew at each start and forgotten at the end.
#[derive(Debug, Args)]
#[command(arg(super::unread_config()))]
pub(super) struct Demo {
    /// Make the logins of alice, bob, carol and dave here and now, print each step with its outcome, and end: status 0
    /// if all ended as policy says. Security keys need a browser.
    #[arg(long)]
    once: bool,
    /// With `--once`: print the steps as JSON.
    #[arg(long, requires = "once")]
    json: bool,
    /// The broker's port. The four after it are for the identity provider, the application, the mail catcher's page, and
    /// the mail that it catches (SMTP). With 0 or `--once` all take any that is free.
    #[arg(long, default_value_t = PORT)]
    port: u16,
    /// Where to listen. Anything but a loopback address is refused.
    #[arg(long, default_value_t = Ipv4Addr::LOCALHOST.into())]
    host: std::net::IpAddr,
}

impl Demo {
    pub(super) fn run(&self, _: &Path, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        if !self.host.is_loopback() {
            let why = format!(
                "the demo listens on loopback addresses only, and {} is none: its passwords are printed",
                self.host
            );
            return Err(Failure::Usage(why));
        }
        let level = if self.once { Level::ERROR } else { Level::WARN };
        telemetry::start(Logging {
            level,
            format: LogFormat::Text,
        });
        serving(self.live(terminal)).map_err(with_hint)
    }

    async fn live(&self, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        let any_port = self.once || self.port == 0;
        let places = if any_port {
            Places::ephemeral()
        } else {
            Places::after(self.port).ok_or_else(|| {
                Failure::Usage(format!("there are not four ports after {}", self.port))
            })?
        };
        let stage = Stage::bind(Places {
            host: self.host,
            ..places
        })?;
        let port = if any_port {
            free_port(self.host)?
        } else {
            self.port
        };
        let house = House::furnish(stage.facts(), SocketAddr::new(self.host, port))?;
        let (config, _) = Config::load(&house.configuration())?;
        let broker = wiring::broker(&config, install_metrics()?).await?;
        let told = Broker {
            public_url: config.server.public_url.clone(),
            idp_metadata: broker.face.idp.metadata.clone(),
            sp_metadata: broker
                .face
                .sp_metadata
                .get(&house.saml_upstream()?)
                .cloned()
                .unwrap_or_default(),
            oidc_redirect_uri: config.server.address(house::OIDC_CALLBACK).into(),
        };
        let running = stage.start(&told)?;
        let _upkeep = broker.upkeep.start();
        let (started, ready) = tokio::sync::oneshot::channel();
        let serving =
            tokio::task::spawn_local(serve(broker.app, broker.listener, move |_, handle| {
                // Nobody waits any more when the start failed.
                let _ = started.send(handle);
            }));
        let Ok(handle) = ready.await else {
            // It ended before it was ready: its own words say why.
            serving
                .await
                .map_err(|error| Failure::No(error.to_string()))??;
            return Err(Failure::Unable(
                "the broker stopped at its start".to_owned(),
            ));
        };
        if self.once {
            let scene = Scene {
                broker: &told.public_url,
                facts: running.facts(),
                saml_upstream: house::SAML_UPSTREAM,
                oidc_upstream: house::OIDC_UPSTREAM,
            };
            let as_told = self.make_all_logins(scene, terminal).await?;
            handle.stop(false).await;
            running.stop().await;
            return Ok(if as_told { Exit::Yes } else { Exit::No });
        }
        terminal.print(&Guide::new(running.facts(), &told.public_url).to_string())?;
        terminal.print(&format!(
            "The broker's configuration: {}",
            house.configuration().display()
        ))?;
        serving
            .await
            .map_err(|error| Failure::No(error.to_string()))??;
        running.stop().await;
        Ok(Exit::Yes)
    }
}

impl Demo {
    /// Lets the robot do it, and prints what it saw. Did all end as policy says?
    async fn make_all_logins(
        &self,
        scene: Scene<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<bool, Failure> {
        let mut gone = Ok(());
        let mut tell = |step: &Step| {
            if !self.json && gone.is_ok() {
                gone = terminal.print(&step.to_string());
            }
        };
        let report = once::run(scene, &mut tell).await;
        let (ok, closing, json) = (
            report.ok,
            report.to_string(),
            serde_json::to_string_pretty(&report)?,
        );
        drop(report);
        gone?;
        terminal.print(if self.json { &json } else { &closing })?;
        Ok(ok)
    }
}

/// Most who find a port taken have a demo in another window.
fn with_hint(failure: Failure) -> Failure {
    match &failure {
        Failure::Demo(DemoError::Listen { cause, .. })
        | Failure::Serve(ServeError::Listen { cause, .. })
            if cause.kind() == ErrorKind::AddrInUse =>
        {
            Failure::No(format!(
                "{failure}\nIs another demo running? `--port 0` takes ports that are free."
            ))
        }
        _ => failure,
    }
}

/// A port that was free a moment ago: the public address must be known before the broker is built.
fn free_port(host: std::net::IpAddr) -> std::io::Result<u16> {
    Ok(TcpListener::bind((host, 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_brings_a_hint() {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 8081));
        let stand_in = |cause: ErrorKind| {
            Failure::Demo(DemoError::Listen {
                address,
                who: "identity provider",
                cause: cause.into(),
            })
        };
        let broker = Failure::Serve(ServeError::Listen {
            address,
            cause: ErrorKind::AddrInUse.into(),
        });
        for (failure, expect) in [
            (stand_in(ErrorKind::AddrInUse), true),
            (broker, true),
            (stand_in(ErrorKind::PermissionDenied), false),
        ] {
            let told = with_hint(failure).to_string();
            assert!(
                told.starts_with("cannot listen on 127.0.0.1:8081"),
                "{told}"
            );
            assert_eq!(told.contains("`--port 0`"), expect, "{told}");
        }
    }
}
