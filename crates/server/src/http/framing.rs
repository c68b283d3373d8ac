//! Requests that a proxy before us could read in another way (attack rows WA-06, WA-07).
//!
//! Owns what RFC 9112 lets a server refuse and the HTTP library takes. Does not look at hosts themselves: no address
//! that we give out comes from one.

use actix_web::{
    Error, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Version,
        header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING},
    },
    middleware::Next,
};

/// Middleware: answers 400 to what is ambiguous, and closes the connection, so that nothing behind it is read.
///
/// # Errors
/// Those of the handler.
pub(super) async fn check_framing(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if let Some(code) = ambiguity(&request) {
        tracing::info!(code, "a request that can be read in two ways");
        let refused = HttpResponse::BadRequest().force_close().finish();
        return Ok(request.into_response(refused).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// The reason code of what is ambiguous.
fn ambiguity(request: &ServiceRequest) -> Option<&'static str> {
    let count = |name| request.headers().get_all(name).count();
    // RFC 9112 3.2: one Host, and in HTTP/1.1 not none. HTTP/2 has a field of its own for it.
    let hosts = count(HOST);
    if hosts > 1 {
        return Some("host_doubled");
    }
    if hosts == 0 && request.version() == Version::HTTP_11 {
        return Some("host_missing");
    }
    // RFC 9112 6.1: both together may be an attempt to smuggle a request.
    if count(TRANSFER_ENCODING) > 0 && count(CONTENT_LENGTH) > 0 {
        return Some("length_ambiguous");
    }
    None
}
