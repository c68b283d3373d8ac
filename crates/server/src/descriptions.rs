//! Applications that describe themselves at an address: `metadata_url` below `apps`.
//!
//! Owns the fetching and its schedule. Does not own what is made of a description, nor what is kept of it: the adapter
//! does ([`SamlIdp::describe`]).

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;
use url::Url;
use vestibule_core::{id::AppId, port::Clock};
use vestibule_downstream::saml::SamlIdp;
use vestibule_upstream::http::{Http, Request, Words};

/// The largest description, in bytes (attack row MD-05).
const LARGEST: usize = 2 * 1024 * 1024;
/// The longest time for one.
const TIMEOUT: Duration = Duration::from_secs(5);
/// When one that could not be had is asked for again.
const RETRY: Duration = Duration::from_secs(60);

/// One application's description, read anew from time to time.
pub(crate) struct Describing {
    pub(crate) id: AppId,
    pub(crate) url: Url,
    pub(crate) idp: Arc<SamlIdp>,
    pub(crate) http: Arc<dyn Http>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Describing {
    /// Never ends.
    pub(crate) async fn run(self) {
        loop {
            sleep(self.once().await).await;
        }
    }

    /// Reads it once; says when to read it again.
    async fn once(&self) -> Duration {
        let (app, url) = (&self.id, &self.url);
        let xml = match self.fetch().await {
            Ok(xml) => xml,
            Err(cause) => {
                tracing::warn!(
                    %app, %url, code = "app_metadata_unreachable", cause,
                    "an application's metadata could not be had; what was read before is kept"
                );
                return RETRY;
            }
        };
        match self.idp.describe(app, &xml, self.clock.now()) {
            Ok(described) => {
                for address in &described.not_taken {
                    tracing::warn!(
                        %app, code = "app_metadata_new_site", address,
                        "an application's metadata has an address at a new site, which is not used: look at it, and restart to use it"
                    );
                }
                described.again_after
            }
            Err(error) => {
                tracing::warn!(
                    %app, %url, code = error.code, %error,
                    "an application's metadata is not accepted; what was read before is kept"
                );
                RETRY
            }
        }
    }

    async fn fetch(&self) -> Result<Vec<u8>, String> {
        let accept = "application/samlmetadata+xml, application/xml, text/xml";
        let request = Request::get(self.url.clone(), accept, LARGEST, TIMEOUT, Words::Ours);
        let response = self.http.send(request).await;
        let response = response.map_err(|error| error.to_string())?;
        match response.status {
            200 => Ok(response.body),
            status @ 300..400 => Err(format!(
                "HTTP status {status}; redirects are not followed: configure the address that it leads to"
            )),
            status => Err(format!("HTTP status {status}")),
        }
    }
}

#[cfg(test)]
mod tests;
