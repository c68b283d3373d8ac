//! What the tests of the endpoints share: requests as a client sends them, and clients that proved themselves.

use super::{
    client_auth::{AuthenticatedClient, PresentedClient, RegisteredAuth, SecretHash},
    endpoint::{ClientForm, Incoming},
};
use crate::fixture::{ISSUER, now};

/// A POST of a form.
pub(super) fn post<'a>(body: &'a str, authorization: Option<&'a str>) -> Incoming<'a> {
    Incoming {
        method: "POST",
        query: None,
        content_type: Some("application/x-www-form-urlencoded"),
        authorization,
        body: body.as_bytes(),
    }
}

/// The same, read.
pub(super) fn form(body: &str) -> ClientForm {
    ClientForm::read(&post(body, None)).unwrap()
}

/// A client that showed its secret.
pub(super) fn confidential(id: &str) -> AuthenticatedClient {
    let presented = PresentedClient::read(&mut form(&format!("client_id={id}&client_secret=s")));
    let secrets = [SecretHash::of("s")];
    let registered = RegisteredAuth::SecretPost(&secrets);
    let client = presented.unwrap().verify(Some(&registered), ISSUER, now());
    client.unwrap()
}

/// A client that has none.
pub(super) fn public(id: &str) -> AuthenticatedClient {
    let presented = PresentedClient::read(&mut form(&format!("client_id={id}"))).unwrap();
    presented
        .verify(Some(&RegisteredAuth::None), ISSUER, now())
        .unwrap()
}
