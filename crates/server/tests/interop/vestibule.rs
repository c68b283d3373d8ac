//! A whole Vestibule from a file, on a thread of its own, as `vestibule serve` runs it.

use std::{
    path::Path,
    sync::{OnceLock, mpsc},
    thread::{self, JoinHandle},
};

use actix_web::{dev::ServerHandle, rt::System};
use metrics_exporter_prometheus::PrometheusHandle;
use vestibule_server::{
    config::{Config, Finding},
    http::{install_metrics, serve},
    wiring,
};

/// A running Vestibule; it stops when this is dropped.
pub(crate) struct Vestibule {
    pub(crate) config: Config,
    server: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Vestibule {
    /// Loads `file` and starts what it says. A mistake or a risk in it ends the test.
    pub(crate) fn start(file: &Path) -> Self {
        let config = load(file);
        let (started, address) = mpsc::channel();
        let told = config.clone();
        let thread = thread::spawn(move || {
            System::with_tokio_rt(|| {
                let runtime = tokio::runtime::Builder::new_multi_thread();
                { runtime }.enable_all().build().unwrap()
            })
            .block_on(async move {
                let broker = wiring::broker(&told, metrics()).await.unwrap();
                let _upkeep = broker.upkeep.start();
                let ready = |_, server| started.send(server).unwrap();
                serve(broker.app, broker.listener, ready).await.unwrap();
            });
        });
        match address.recv() {
            Ok(server) => Self {
                config,
                server,
                thread: Some(thread),
            },
            Err(_) => panic!("Vestibule did not start: {:?}", thread.join()),
        }
    }
}

impl Vestibule {
    /// Stops it; the port is free when this returns.
    pub(crate) fn stop(&mut self) {
        // The command is sent by the call; the thread ends when it was carried out, and the port is free again.
        drop(self.server.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Vestibule {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Loads the example. What `vestibule check` says about it is one risk, taken on purpose: see its rule for
/// administrators. Where an upstream is believed, its people set their first factor up here all the same.
pub(crate) fn load(file: &Path) -> Config {
    let (config, risks) = Config::load(file).unwrap_or_else(|refused| {
        let told: Vec<String> = refused.mistakes.iter().map(Finding::to_string).collect();
        panic!("{}", told.join("\n"))
    });
    let codes: Vec<&str> = risks.iter().map(|risk| risk.code).collect();
    let mut upstreams = config.upstreams.values();
    let believes = upstreams.any(|upstream| upstream.second_factor.is_some());
    let taken: &[&str] = match believes {
        true => &["accepts_and_enrols", "no_way_back"],
        false => &["no_way_back"],
    };
    assert_eq!(codes, taken, "{risks:?}");
    config
}

/// One recorder for the process.
fn metrics() -> PrometheusHandle {
    static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();
    METRICS.get_or_init(|| install_metrics().unwrap()).clone()
}
