//! A fault of ours in one request ends that request alone (attack row WA-22).
//!
//! Owns what becomes of a panic in a handler: a page with a reference, and a log line with the same one. Does not write
//! down what the panic says, which may be a part of what was being read; where it was is logged by the
//! [panic hook](crate::telemetry).

use std::panic::AssertUnwindSafe;

use actix_web::{
    Error, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    middleware::Next,
    web::Data,
};
use aws_lc_rs::rand;
use futures_util::FutureExt;
use vestibule_core::id::Reference;

use super::{Site, headers, respond};

/// Middleware: a handler that panics answers 500, and its thread goes on. The innermost one, so that the others see an
/// answer.
///
/// What a handler has changed half way is dropped with it: what outlives a request is in the store, and a transaction
/// that is dropped is rolled back. The few locks in memory are made so that a panic under them leaves what is true.
///
/// # Errors
/// Those of the handler, and the page of a panic: the request that a response would name was dropped by the panic.
pub async fn contain(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let site = request.app_data::<Data<Site>>().cloned();
    let method = request.method().clone();
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(_) => {
            let reference = reference();
            let number = reference.as_ref().map(Reference::as_str);
            tracing::error!(code = "handler_panicked", reference = number, %method, "a request met a fault of ours");
            let mut page = site.as_ref().map_or_else(
                || HttpResponse::InternalServerError().finish(),
                |site| respond::fault_of_ours(site, number),
            );
            headers::fill_in(
                page.headers_mut(),
                site.is_some_and(|site| site.is_secure()),
            );
            Err(InternalError::from_response("a handler panicked", page).into())
        }
    }
}

/// Without randomness the page has no number; it is a page all the same.
fn reference() -> Option<Reference> {
    let mut bytes = [0; 8];
    rand::fill(&mut bytes).ok()?;
    Some(Reference::from_random(bytes))
}
