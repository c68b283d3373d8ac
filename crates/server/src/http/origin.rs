//! Forms are taken from our own pages only (attack row WA-01).

use actix_web::{
    HttpRequest,
    http::header::{HeaderName, ORIGIN},
};

use super::Site;

/// Sent by every browser of the last years: where a request comes from, in the browser's own words.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Did one of our pages send this? A request that says nothing about where it comes from did not.
pub(super) fn is_ours(site: &Site, request: &HttpRequest) -> bool {
    let mut origins = request.headers().get_all(ORIGIN);
    match (origins.next(), origins.next()) {
        (Some(only), None) => {
            only.as_bytes() == site.public_url.origin().ascii_serialization().as_bytes()
        }
        (None, _) => request
            .headers()
            .get(FETCH_SITE)
            .is_some_and(|site| site.as_bytes() == b"same-origin"),
        (Some(_), Some(_)) => false,
    }
}
