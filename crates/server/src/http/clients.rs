//! Our face towards OpenID Connect applications, as far as their servers come to it themselves.
//!
//! Owns what HTTP brings and takes of such a request. There are no cookies and no pages: a browser is there only where
//! the application is a script in one, and what its script may read is [`super::cors`]'s to say.

use std::{borrow::Cow, net::IpAddr};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    web::{Bytes, Data, Payload},
};
use metrics::counter;
use vestibule_downstream::oidc::service::{
    Call, Denied, MAX_REQUEST_BYTES, Message, NOT_TO_BE_STORED,
};

use super::{
    Site,
    body::{BadBody, raw_start},
    browser::address_of,
};

/// A request, read. Of a body that is too large there is so much that it shows.
struct Sent {
    method: String,
    query: String,
    content_type: Option<String>,
    authorization: Option<String>,
    authorization_repeated: bool,
    address: Option<IpAddr>,
    body: Bytes,
}

impl Sent {
    async fn read(site: &Site, request: &HttpRequest, payload: Payload) -> Result<Self, BadBody> {
        let (authorization, authorization_repeated) = header(request, &AUTHORIZATION);
        let (content_type, of_two_kinds) = header(request, &CONTENT_TYPE);
        Ok(Self {
            method: request.method().to_string(),
            query: request.query_string().to_owned(),
            content_type: content_type.filter(|_| !of_two_kinds),
            authorization,
            authorization_repeated,
            address: address_of(site, request),
            body: raw_start(payload.into_inner(), MAX_REQUEST_BYTES).await?,
        })
    }

    fn call(&self) -> Call<'_> {
        Call {
            message: Message {
                method: &self.method,
                query: Some(&self.query),
                content_type: self.content_type.as_deref(),
                authorization: self.authorization.as_deref(),
                body: &self.body,
            },
            authorization_repeated: self.authorization_repeated,
            address: self.address,
        }
    }
}

/// The first header of that name, and whether there are more.
fn header(request: &HttpRequest, name: &HeaderName) -> (Option<String>, bool) {
    let mut values = request.headers().get_all(name);
    let first = values
        .next()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .map(Cow::into_owned);
    (first, values.next().is_some())
}

/// Tokens for a code or a refresh token (RFC 6749 section 3.2).
pub(super) async fn token(
    site: Data<Site>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    match Sent::read(&site, &request, payload).await {
        Ok(sent) => told(site.tokens.token(sent.call()).await.map(ok)),
        Err(bad) => unread(bad),
    }
}

/// The claims about a person (OpenID Connect Core 5.3).
pub(super) async fn userinfo(
    site: Data<Site>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    match Sent::read(&site, &request, payload).await {
        Ok(sent) => told(site.tokens.userinfo(sent.call()).await.map(ok)),
        Err(bad) => unread(bad),
    }
}

/// What a token is worth (RFC 7662).
pub(super) async fn introspect(
    site: Data<Site>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    match Sent::read(&site, &request, payload).await {
        Ok(sent) => told(site.tokens.introspect(sent.call()).await.map(ok)),
        Err(bad) => unread(bad),
    }
}

/// A token is given back (RFC 7009).
pub(super) async fn revoke(
    site: Data<Site>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    match Sent::read(&site, &request, payload).await {
        Ok(sent) => told(
            site.tokens
                .revoke(sent.call())
                .await
                .map(|()| (StatusCode::OK, None)),
        ),
        Err(bad) => unread(bad),
    }
}

/// A request is handed over before the browser comes (RFC 9126).
pub(super) async fn push(site: Data<Site>, request: HttpRequest, payload: Payload) -> HttpResponse {
    match Sent::read(&site, &request, payload).await {
        Ok(sent) => told(
            site.tokens
                .push(sent.call())
                .await
                .map(|name| (StatusCode::CREATED, Some(name.to_string()))),
        ),
        Err(bad) => unread(bad),
    }
}

fn ok(answer: impl ToString) -> (StatusCode, Option<String>) {
    (StatusCode::OK, Some(answer.to_string()))
}

/// The answer, or why there is none.
fn told(outcome: Result<(StatusCode, Option<String>), Denied>) -> HttpResponse {
    let (status, body, denied) = match outcome {
        Ok((status, body)) => (status, body, None),
        Err(denied) => {
            note(&denied);
            let status = StatusCode::from_u16(denied.status());
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let body = denied.body().map(|body| body.to_string());
            (status, body, Some(denied))
        }
    };
    let mut response = HttpResponse::build(status);
    for header in NOT_TO_BE_STORED {
        response.insert_header(header);
    }
    if let Some(denied) = denied {
        if let Some(challenge) = denied.challenge() {
            response.insert_header((WWW_AUTHENTICATE, challenge));
        }
        if let Some(seconds) = denied.retry_after() {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if let Some(methods) = denied.allow() {
            response.insert_header((ALLOW, methods));
        }
    }
    match body {
        Some(body) => response.content_type("application/json").body(body),
        None => response.finish(),
    }
}

/// For operators: applications are told as little as the protocol lets us.
fn note(denied: &Denied) {
    let (code, detail) = (denied.code(), denied.detail());
    let app = denied.app.as_ref().map(ToString::to_string);
    counter!("vestibule_denials_total", "code" => code).increment(1);
    if denied.is_ours() {
        tracing::error!(code, app, detail, "an application's request failed");
    } else {
        tracing::info!(code, app, detail, "an application's request was refused");
    }
}

/// A body that did not arrive.
fn unread(bad: BadBody) -> HttpResponse {
    match bad {
        BadBody::TooSlow => HttpResponse::RequestTimeout().finish(),
        BadBody::NotAForm | BadBody::TooLarge => HttpResponse::BadRequest().finish(),
    }
}
