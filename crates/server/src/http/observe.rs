//! What operators see: one log line and two figures for each request. Addresses of pages hold handles, so the route's
//! pattern is written down, never the address.

use std::time::{Duration, Instant};

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, histogram};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use metrics_util::MetricKindMask;
use url::Url;
use vestibule_core::request::Reply;
use vestibule_engine::{Problem, Shown};

use super::Site;

/// A gauge that nobody sets for so long is of something that is gone, such as a certificate that was replaced.
const FORGOTTEN: Duration = Duration::from_secs(3600);

/// Sets up the figures. Once for a process.
///
/// # Errors
/// [`BuildError`] if it was done before.
pub fn install_metrics() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .idle_timeout(MetricKindMask::GAUGE, Some(FORGOTTEN))
        .install_recorder()?;
    describe_counter!(
        "vestibule_answers_total",
        "Answers sent to applications, refusals included; the account page is none"
    );
    describe_counter!(
        "vestibule_denials_total",
        "Requests of applications' servers that were refused, by reason code"
    );
    describe_counter!(
        "vestibule_problems_total",
        "Problems told to people, by reason code"
    );
    describe_counter!("vestibule_requests_total", "Requests, by route and status");
    describe_counter!(
        "vestibule_logout_calls_total",
        "Applications called to tell them that a session is over, by result"
    );
    describe_gauge!(
        "vestibule_logout_calls_undelivered",
        "Applications that were given up: they do not know that a session is over"
    );
    describe_gauge!(
        "vestibule_logout_calls_waiting",
        "Applications that are still to be told that a session is over"
    );
    describe_gauge!(
        "vestibule_certificate_expires_seconds",
        "When a certificate in use ends, in seconds since 1970"
    );
    describe_gauge!(
        "vestibule_upstream_new_keys",
        "Signing keys in an upstream's metadata that are trusted only after a restart"
    );
    describe_gauge!(
        "vestibule_upstream_paused",
        "Addresses of an upstream that are left alone because they do not answer"
    );
    describe_histogram!(
        "vestibule_request_seconds",
        "Time from a request to its response, by route"
    );
    Ok(handle)
}

/// Counts what a step came to. Reason codes are a fixed set, so they are safe as a label.
pub(super) fn count(site: &Site, outcome: &Result<Shown, Box<Problem>>) {
    match outcome {
        Ok(Shown::Answer(reply, _) | Shown::SignedIn(_, reply, _))
            if !is_ours(&site.public_url, reply) =>
        {
            counter!("vestibule_answers_total").increment(1);
        }
        Ok(_) => {}
        Err(problem) => counter!("vestibule_problems_total", "code" => problem.code).increment(1),
    }
}

/// Where a login for the account page ends: no application is told anything.
fn is_ours(public_url: &Url, reply: &Reply) -> bool {
    matches!(reply, Reply::Redirect(url) if url.origin() == public_url.origin())
}

/// Writes one line and counts one request.
pub(super) async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = Instant::now();
    let method = request.method().clone();
    let outcome = next.call(request).await;
    let (route, status) = match &outcome {
        Ok(response) => (response.request().match_pattern(), response.status()),
        Err(error) => (None, error.as_response_error().status_code()),
    };
    let (route, status) = (route.unwrap_or_else(|| "none".to_owned()), status.as_u16());
    let seconds = begun.elapsed().as_secs_f64();
    tracing::info!(%method, route, status, milliseconds = (seconds * 1000.0).round(), "request");
    counter!("vestibule_requests_total", "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    histogram!("vestibule_request_seconds", "route" => route).record(seconds);
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_page_is_no_application() {
        let ours = Url::parse("https://sso.acme.example/").unwrap();
        for (address, expected) in [
            ("https://sso.acme.example/account/back", true),
            ("https://sso.acme.example/account", true),
            ("https://wiki.acme.example/account/back", false),
        ] {
            let reply = Reply::Redirect(Url::parse(address).unwrap());
            assert_eq!(is_ours(&ours, &reply), expected, "{address}");
        }
    }
}
