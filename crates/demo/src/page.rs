//! Pages of the stand-ins: headers, the style sheet, and turning a template into an answer.
//!
//! Owns what all pages have in common. Does not own what they say.

use std::net::SocketAddr;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderMap, HeaderName,
    HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{Error, HttpRequest, HttpResponse};
use askama::Template;

/// Where a form of a page may lead besides the stand-in itself.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FormsLead<'a> {
    /// Nowhere else.
    Home,
    /// To this origin.
    To(&'a str),
}

#[derive(Template)]
#[template(path = "message.html")]
struct Problem<'a> {
    who: &'a str,
    heading: &'a str,
    text: &'a str,
}

/// The style sheet and the script that submits a form.
pub(crate) fn assets(config: &mut ServiceConfig) {
    config
        .route("/static/demo.css", web::get().to(style))
        .route("/static/submit.js", web::get().to(script));
}

/// A page.
pub(crate) fn html(status: StatusCode, forms: FormsLead<'_>, page: &impl Template) -> HttpResponse {
    let leads = match forms {
        FormsLead::Home => String::new(),
        FormsLead::To(origin) => format!(" {origin}"),
    };
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'{leads}; frame-ancestors 'none'; \
         base-uri 'none'"
    );
    match page.render() {
        Ok(body) => HttpResponse::build(status)
            .insert_header((CONTENT_SECURITY_POLICY, policy))
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .body(body),
        Err(cause) => {
            tracing::error!(%cause, "a page of a stand-in cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// A page of a stand-in, `who`, that says why it goes no further.
pub(crate) fn problem(status: StatusCode, who: &str, heading: &str, text: &str) -> HttpResponse {
    html(status, FormsLead::Home, &Problem { who, heading, text })
}

/// Sends the browser on with a GET.
pub(crate) fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header(("location", location))
        .finish()
}

/// Whether a machine asks.
pub(crate) fn prefers_json(request: &HttpRequest) -> bool {
    let accept = request
        .headers()
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.starts_with("application/json"))
}

/// What a stand-in calls itself in `Host`.
#[derive(Debug)]
pub(crate) struct Authority(pub(crate) SocketAddr);

/// Refuses requests for other hosts, and sets the headers that a handler did not set itself.
///
/// A foreign site whose name is made to point at loopback must not read the passwords off the guide (DNS rebinding).
pub(crate) async fn harden(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    if !is_for_us(&request) {
        let refusal = HttpResponse::MisdirectedRequest().finish();
        return Ok(request.into_response(refusal).map_into_right_body());
    }
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    set_default(headers, CACHE_CONTROL, "no-store");
    set_default(
        headers,
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    );
    set_default(headers, REFERRER_POLICY, "same-origin");
    set_default(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    Ok(response.map_into_left_body())
}

fn is_for_us(request: &ServiceRequest) -> bool {
    let host = request
        .headers()
        .get(HOST)
        .and_then(|value| value.to_str().ok());
    let authority = request.app_data::<Data<Authority>>();
    match (host, authority) {
        (Some(host), Some(authority)) => {
            host == authority.0.to_string() || host == format!("localhost:{}", authority.0.port())
        }
        _ => false,
    }
}

fn set_default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/css; charset=utf-8"))
        .body(include_str!("../static/demo.css"))
}

async fn script() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .body(include_str!("../static/submit.js"))
}
