//! Where a login begins: the guide, a start page per service, and the request (SAML profiles 4.1.1, SP-initiated).
//!
//! Owns the AuthnRequest. It looks like those of Atlassian's login, which is Auth0's passport-wsfed-saml2: by
//! HTTP-Redirect, not signed, without NameIDPolicy.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use chrono::Utc;
use vestibule_saml::authn_request::AuthnRequest;
use vestibule_saml::binding::{MessageKind, redirect};

use super::{Login, Site};
use crate::page::{self, FormsLead};
use crate::{Service, random};

/// How it calls itself on its pages.
const WHO: &str = "application";

#[derive(Template)]
#[template(path = "app_start.html")]
struct Start<'a> {
    service: &'a Service,
}

/// `/`: the guide.
pub(super) async fn guide(site: Data<Site>) -> HttpResponse {
    page::html(StatusCode::OK, FormsLead::Home, &site.guide().page())
}

/// `/jira`: a page with one button.
pub(super) async fn show(site: Data<Site>, id: Path<String>) -> HttpResponse {
    match site.service(&id) {
        Some(service) => page::html(StatusCode::OK, FormsLead::Home, &Start { service }),
        None => unknown(),
    }
}

/// `/jira/login`: sends the browser to the broker.
pub(super) async fn begin(site: Data<Site>, id: Path<String>) -> HttpResponse {
    let Some(service) = site.service(&id) else {
        return unknown();
    };
    match request(&site, service) {
        Ok(location) => HttpResponse::Found()
            .insert_header(("location", location))
            .finish(),
        Err(cause) => {
            tracing::error!(cause, "the stand-in application cannot ask for a login");
            let text = "The log of the demo says why.";
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            page::problem(status, WHO, "This did not work", text)
        }
    }
}

/// The address that carries the request.
fn request(site: &Site, service: &Service) -> Result<String, Box<dyn std::error::Error>> {
    let now = Utc::now();
    let destination = site.broker.sso_redirect.as_deref();
    let destination = destination.ok_or("the broker takes no requests by HTTP-Redirect")?;
    let id = random::xml_id()?;
    let xml = AuthnRequest {
        id: &id,
        issue_instant: now,
        destination,
        issuer: &service.entity_id,
        acs_url: &service.acs_url,
        force_authn: false,
        is_passive: false,
        name_id_policy: None,
        requested_authn_context: None,
    }
    .to_xml()?;
    let relay_state = site.logins.put(
        now,
        Login {
            service: service.id,
            request: id,
            began: now,
            answered: false,
        },
    )?;
    Ok(redirect::encode(
        destination,
        MessageKind::Request,
        &xml,
        Some(&relay_state),
        None,
    )?)
}

fn unknown() -> HttpResponse {
    page::problem(
        StatusCode::NOT_FOUND,
        WHO,
        "There is nothing here",
        "The guide at / says where to go.",
    )
}
