//! The applications that are called when a session ends, played in this process.
//!
//! Owns their address, and how many calls came. What a call says is checked elsewhere; here it must hold a logout token.

use std::time::Duration;

use actix_web::{
    HttpResponse,
    dev::ServerHandle,
    web::{self, Bytes, Data},
};
use anyhow::{Context, Result};
use tokio::{sync::watch, time::timeout};
use url::form_urlencoded;

use crate::listener::Listener;

/// How long calls may be under way. One that comes to nothing is made again after five seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Takes calls.
pub(crate) struct Receiver {
    base: String,
    calls: watch::Receiver<usize>,
    handle: ServerHandle,
}

impl Receiver {
    /// Serves; needs a runtime around it.
    ///
    /// # Errors
    /// If no port is free.
    pub(crate) fn start() -> Result<Self> {
        let ours = Listener::bind()?;
        let base = ours.base().to_owned();
        let (sender, calls) = watch::channel(0);
        let sender = Data::new(sender);
        let handle = ours.serve(move |config| {
            config
                .app_data(sender.clone())
                .route("/{app}", web::post().to(called));
        })?;
        Ok(Self {
            base,
            calls,
            handle,
        })
    }

    /// Where an application is called.
    pub(crate) fn address(&self, app: &str) -> String {
        format!("{}/{app}", self.base)
    }

    /// How many calls came so far.
    pub(crate) fn count(&self) -> usize {
        *self.calls.borrow()
    }

    /// Waits until so many came.
    ///
    /// # Errors
    /// If they do not.
    pub(crate) async fn wait_for(&self, count: usize) -> Result<()> {
        let mut calls = self.calls.clone();
        let came = timeout(PATIENCE, calls.wait_for(|calls| *calls >= count)).await;
        came.with_context(|| format!("{} calls of {count} came", self.count()))??;
        Ok(())
    }

    /// Stops serving.
    pub(crate) async fn stop(self) {
        self.handle.stop(false).await;
    }
}

async fn called(calls: Data<watch::Sender<usize>>, body: Bytes) -> HttpResponse {
    let mut fields = form_urlencoded::parse(&body);
    if !fields.any(|(name, _)| name == "logout_token") {
        return HttpResponse::BadRequest().finish();
    }
    calls.send_modify(|calls| *calls += 1);
    HttpResponse::Ok().finish()
}
