//! What scripts of other sites may read (Fetch standard, section 3.2; OAuth 2.0 for Browser-Based Apps).
//!
//! Owns which of our addresses are open to which origins. All others are to none, and say nothing of it. Does not own
//! which origins those are: applications are registered with them.
//!
//! **Invariant:** never with credentials. A browser adds no cookie of ours to such a request, so no page can do in
//! somebody's name what it could not do from a server of its own.

use actix_cors::Cors;
use actix_web::{
    http::{
        Method,
        header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    web::Data,
};

use super::Site;

/// For how long a browser need not ask again what is open, in seconds.
const KEPT: usize = 600;

/// What is published for everybody: the metadata document and the keys.
pub(super) fn for_everybody() -> Cors {
    Cors::default()
        .allow_any_origin()
        .send_wildcard()
        // The answer is the same for all, and caches may know.
        .disable_vary_header()
        .allowed_methods([Method::GET, Method::HEAD])
        .max_age(KEPT)
}

/// What applications ask for themselves, for those that are scripts in a browser.
pub(super) fn for_scripts<const N: usize>(site: &Data<Site>, methods: [Method; N]) -> Cors {
    let tokens = site.tokens.clone();
    Cors::default()
        .allowed_origin_fn(move |origin, _| {
            let origin = origin.to_str();
            origin.is_ok_and(|origin| tokens.is_for_scripts_of(origin))
        })
        .allowed_methods(methods)
        .allowed_headers([AUTHORIZATION, CONTENT_TYPE])
        .expose_headers([RETRY_AFTER, WWW_AUTHENTICATE])
        .max_age(KEPT)
}
