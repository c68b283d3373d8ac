//! Bodies that are answered before their end (attack row WA-07).
//!
//! Owns what becomes of the connection then: it is closed behind the answer. The HTTP library does so by itself where a
//! length was announced, but waits without end for the rest of a body in chunks once its handler has let go of it.

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    Error, HttpMessage,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    http::header::TRANSFER_ENCODING,
    middleware::Next,
    web::Bytes,
};
use futures_util::Stream;

/// Middleware: holds on to a body in chunks until the answer is sent. The outermost one, so that whoever answers first
/// is within.
///
/// # Errors
/// Those of the handler.
pub(super) async fn hold_unread(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if !request.headers().contains_key(TRANSFER_ENCODING) {
        return Ok(next.call(request).await?.map_into_right_body());
    }
    let chunks = Chunks(Rc::new(RefCell::new(request.take_payload())));
    let payload = Box::pin(chunks.clone());
    request.set_payload(Payload::Stream { payload });
    let response = next.call(request).await?;
    let holding = response.map_body(|_, body| Holding {
        answer: body.boxed(),
        _chunks: chunks,
    });
    Ok(holding.map_into_left_body())
}

/// The body of a request, with two owners.
#[derive(Clone)]
struct Chunks(Rc<RefCell<Payload>>);

impl Stream for Chunks {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

/// An answer that keeps hold of what was asked.
struct Holding {
    answer: BoxBody,
    _chunks: Chunks,
}

impl MessageBody for Holding {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.answer).poll_next(context)
    }
}
