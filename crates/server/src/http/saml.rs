//! Our face towards SAML applications.

use actix_web::{HttpResponse, http::header::CONTENT_TYPE, web::Data};
use vestibule_core::request::Protocol;

use super::{Site, browser::Browser, message::Message, respond};

/// SAML metadata's own media type (SAML metadata 2.0, appendix A).
const METADATA: &str = "application/samlmetadata+xml";

/// What an application needs to know of us.
pub(super) async fn metadata(site: Data<Site>) -> HttpResponse {
    as_metadata(
        &site,
        site.idp.metadata().map_err(|error| error.to_string()),
    )
}

/// Metadata of ours. It was written once before we began to serve, so that it cannot be written now is a fault of ours.
pub(super) fn as_metadata(site: &Site, written: Result<String, String>) -> HttpResponse {
    match written {
        Ok(xml) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, METADATA))
            .body(xml),
        Err(error) => {
            tracing::error!(
                code = "metadata_unwritable",
                error,
                "our metadata cannot be written"
            );
            respond::fault_of_ours(site, None)
        }
    }
}

/// An AuthnRequest, by HTTP-Redirect or HTTP-POST.
pub(super) async fn sso(
    site: Data<Site>,
    browser: Browser,
    Message(incoming): Message,
) -> HttpResponse {
    let outcome = site
        .engine
        .receive(Protocol::Saml, &incoming, browser.visitor)
        .await;
    respond::outcome(&site, browser, outcome)
}
