//! A broker in this process, by a clock that a test can set.

use std::{
    net::SocketAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
};

use actix_web::{dev::ServerHandle, rt::System};
use chrono::{DateTime, TimeDelta, Utc};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use vestibule_core::port::Clock;
use vestibule_server::{config::Config, http::serve, wiring};

use super::Served;

/// The broker; it stops when this is dropped.
pub(crate) struct ByClock {
    pub(crate) address: SocketAddr,
    clock: Arc<Jumping>,
    server: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

/// The system's clock, so many seconds off.
#[derive(Default)]
struct Jumping(AtomicI64);

impl Clock for Jumping {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::seconds(self.0.load(Ordering::Relaxed))
    }
}

impl ByClock {
    /// Serves this folder, in the place of the program.
    pub(crate) fn of(served: &Served) -> Self {
        let clock = Arc::new(Jumping::default());
        let (config, _) = Config::load(&served.path().join("broker.yaml")).unwrap();
        let (started, start) = mpsc::channel();
        let by = clock.clone();
        let thread = thread::spawn(move || {
            System::with_tokio_rt(|| {
                let runtime = tokio::runtime::Builder::new_multi_thread();
                { runtime }.worker_threads(2).enable_all().build().unwrap()
            })
            .block_on(async move {
                let broker = wiring::broker_with_clock(&config, metrics(), by)
                    .await
                    .unwrap();
                let ready = |address, server| started.send((address, server)).unwrap();
                serve(broker.app, broker.listener, ready).await.unwrap();
            });
        });
        let (address, server) = start.recv().unwrap();
        Self {
            address,
            clock,
            server,
            thread: Some(thread),
        }
    }

    /// From now on the clock is so far off; zero is right.
    pub(crate) fn is_off_by(&self, off: TimeDelta) {
        self.clock.0.store(off.num_seconds(), Ordering::Relaxed);
    }
}

impl Drop for ByClock {
    fn drop(&mut self) {
        // The command is sent by the call; the thread ends when it was carried out.
        drop(self.server.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn metrics() -> PrometheusHandle {
    static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();
    METRICS
        .get_or_init(|| PrometheusBuilder::new().build_recorder().handle())
        .clone()
}
