//! Headers on every response, errors too (attack row WA-04).
//!
//! Owns which headers a browser is told to be strict by, and what the forms of a page may lead to. Does not own cookies
//! ([`super::browser`]), nor how long a file of ours may be kept ([`super::assets`]).

use std::collections::BTreeSet;

use actix_web::{
    Error, HttpResponseBuilder,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue,
        REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    },
    middleware::Next,
    web::Data,
};
use url::Url;

use super::Site;

const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

/// Where a page's forms may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormsLead {
    /// To us, and by a redirect from there to another site. Browsers hold redirects after a form against `form-action`,
    /// and an application may redirect further than its reply address; so the scheme is all that can be pinned.
    Away,
    /// To us.
    Home,
}

/// The policy of a page: nothing but our own style, our own script and pictures made of data.
pub(super) fn policy(site: &Site, forms: FormsLead) -> String {
    let forms = match (forms, site.is_secure()) {
        (FormsLead::Home, _) => "'self'",
        (FormsLead::Away, true) => "'self' https:",
        // Loopback http, as in the demo.
        (FormsLead::Away, false) => "'self' https: http://localhost:* http://127.0.0.1:*",
    };
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action {forms}; \
         frame-ancestors 'none'; base-uri 'none'"
    )
}

/// The policy of a page with frames from the sites of these addresses.
pub(super) fn policy_framing(site: &Site, frames: &[Url]) -> String {
    let sites: BTreeSet<String> = frames
        .iter()
        .map(|frame| frame.origin().ascii_serialization())
        .collect();
    let sites: Vec<String> = sites.into_iter().collect();
    format!(
        "{}; frame-src {}",
        policy(site, FormsLead::Away),
        sites.join(" ")
    )
}

/// Adds the policy of a page to a response.
pub(super) fn with_policy<'r>(
    response: &'r mut HttpResponseBuilder,
    site: &Site,
    forms: FormsLead,
) -> &'r mut HttpResponseBuilder {
    response.insert_header((CONTENT_SECURITY_POLICY, policy(site, forms)))
}

/// Middleware: fills in what a handler did not set itself.
///
/// # Errors
/// Those of the handler.
pub async fn harden(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let site = request.app_data::<Data<Site>>().cloned();
    let mut response = next.call(request).await?;
    fill_in(
        response.headers_mut(),
        site.is_some_and(|site| site.is_secure()),
    );
    Ok(response)
}

/// Adds the headers that are not there yet.
pub(super) fn fill_in(headers: &mut HeaderMap, is_secure: bool) {
    // Forms of our own pages must carry our origin, so `same-origin`, not `no-referrer`; nothing leaves for other
    // sites.
    set_default(headers, REFERRER_POLICY, "same-origin");
    set_default(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set_default(headers, CACHE_CONTROL, "no-store");
    set_default(headers, OPENER, "same-origin");
    set_default(
        headers,
        PERMISSIONS,
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    set_default(
        headers,
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    if is_secure {
        set_default(headers, STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

fn set_default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
