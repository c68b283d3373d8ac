//! Our face towards SAML applications.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::CONTENT_TYPE,
    web::{Data, Payload},
};
use vestibule_core::{port::Incoming, request::Protocol};

use super::{Site, body::raw_form, browser::Browser, respond};

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

/// An AuthnRequest by HTTP-Redirect.
pub(super) async fn sso_redirect(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::arriving(&site, &request);
    let incoming = Incoming {
        query: request.query_string().to_owned(),
        form: None,
    };
    let outcome = site
        .engine
        .receive(Protocol::Saml, &incoming, browser.visitor)
        .await;
    respond::outcome(&site, browser, outcome)
}

/// An AuthnRequest by HTTP-POST: as a rule from another site, so without our cookie.
pub(super) async fn sso_post(
    site: Data<Site>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let raw = match raw_form(&request, payload.into_inner()).await {
        Ok(raw) => raw,
        Err(bad) => return respond::bad_body(&site, bad),
    };
    let browser = Browser::known(&site, &request);
    let incoming = Incoming {
        query: request.query_string().to_owned(),
        form: Some(raw),
    };
    let outcome = site
        .engine
        .receive(Protocol::Saml, &incoming, browser.visitor)
        .await;
    respond::outcome(&site, browser, outcome)
}
