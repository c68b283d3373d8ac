//! A form of one of our own pages: the only kind of message that acts on a login.

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, dev::Payload, error::InternalError, web::Data,
};
use futures_util::future::LocalBoxFuture;

use super::{
    Site,
    body::{Fields, raw_form},
    origin, respond,
};

/// The fields of a form that one of our pages sent. A handler that takes it cannot forget to ask where it comes from
/// (attack row WA-01).
pub(super) struct OurForm(pub(super) Fields);

impl FromRequest for OurForm {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let Some(site) = request.app_data::<Data<Site>>() else {
                return Err(refused(HttpResponse::InternalServerError().finish()));
            };
            if !origin::is_ours(site, &request) {
                return Err(refused(respond::foreign_form(site)));
            }
            match raw_form(&request, payload).await {
                Ok(raw) => Ok(Self(Fields::parse(&raw))),
                Err(bad) => Err(refused(respond::bad_body(site, bad))),
            }
        })
    }
}

fn refused(response: HttpResponse) -> actix_web::Error {
    InternalError::from_response("the form was refused", response).into()
}
