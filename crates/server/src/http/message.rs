//! A message from elsewhere, as it came: the query, and the form where there is one.
//!
//! Owns that it is bounded, and read exactly as sent, for signatures are made over raw bytes. Does not own what it means,
//! nor whether it came from a page of ours ([`super::form`]).

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, dev::Payload, error::InternalError, http::Method,
    web::Data,
};
use futures_util::future::LocalBoxFuture;
use vestibule_core::port::Incoming;

use super::{Site, body::raw_form, respond};

/// A message of an application or an upstream, brought by a browser or sent by its server. A POST has a form; a handler
/// that takes this does not see one whose body is too large, too slow, or no form.
pub(super) struct Message(pub(super) Incoming);

impl FromRequest for Message {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let query = request.query_string().to_owned();
            if request.method() != Method::POST {
                return Ok(Self(Incoming { query, form: None }));
            }
            match raw_form(&request, payload).await {
                Ok(raw) => Ok(Self(Incoming {
                    query,
                    form: Some(raw),
                })),
                Err(bad) => {
                    let refused = match request.app_data::<Data<Site>>() {
                        Some(site) => respond::bad_body(site, bad),
                        None => HttpResponse::InternalServerError().finish(),
                    };
                    Err(InternalError::from_response("the body was refused", refused).into())
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{http::header::CONTENT_TYPE, test::TestRequest};

    use super::*;

    async fn read(request: TestRequest) -> Result<(String, Option<String>), actix_web::Error> {
        let (request, mut payload) = request.to_http_parts();
        let Message(incoming) = Message::from_request(&request, &mut payload).await?;
        Ok((incoming.query, incoming.form))
    }

    #[actix_web::test]
    async fn a_message_is_read_as_it_was_sent() {
        let form = "application/x-www-form-urlencoded";
        let get = TestRequest::get().uri("/x?a=%2f&a=+").set_payload("b=c");
        assert_eq!(read(get).await.unwrap(), ("a=%2f&a=+".into(), None));
        let post = TestRequest::post()
            .uri("/x?a=1")
            .insert_header((CONTENT_TYPE, form))
            .set_payload("b=%2F&b=+");
        assert_eq!(
            read(post).await.unwrap(),
            ("a=1".into(), Some("b=%2F&b=+".into()))
        );
        // What is no form is no message without one.
        let post = TestRequest::post()
            .insert_header((CONTENT_TYPE, "text/plain"))
            .set_payload("b=c");
        assert!(read(post).await.is_err());
    }
}
