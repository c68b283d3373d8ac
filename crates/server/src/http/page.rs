//! What all pages have in common.
//!
//! Owns how a page becomes a response, what stands around it, and the choices that it offers. Does not own what any page
//! says.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue},
    },
};
use url::Url;
use vestibule_core::id::FactorKind;

use super::{
    Site,
    headers::{FormsLead, policy_framing, with_policy},
};
use crate::view::{Choice, Layout, Template};

/// The page as a response.
pub(super) fn render(
    site: &Site,
    status: StatusCode,
    forms: FormsLead,
    page: &impl Template,
) -> HttpResponse {
    match page.render() {
        Ok(html) => with_policy(&mut HttpResponseBuilder::new(status), site, forms)
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .body(html),
        Err(error) => {
            tracing::error!(code = "page_unrenderable", %error, "a page could not be rendered");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// The page as a response, with frames from the sites of these addresses.
pub(super) fn render_framing(site: &Site, frames: &[Url], page: &impl Template) -> HttpResponse {
    let mut response = render(site, StatusCode::OK, FormsLead::Away, page);
    match HeaderValue::from_str(&policy_framing(site, frames)) {
        Ok(policy) => {
            response
                .headers_mut()
                .insert(CONTENT_SECURITY_POLICY, policy);
        }
        Err(error) => {
            tracing::error!(code = "page_unframed", %error, "a page keeps its frames out");
        }
    }
    response
}

/// What stands around a page that belongs to no login.
pub(super) fn bare(site: &Site) -> Layout<'_> {
    Layout {
        lang: "en",
        product: &site.brand,
        app: None,
        person: None,
        reference: None,
        support: site.support.as_deref(),
        step: None,
        cancel: None,
        goes_back: true,
    }
}

/// A kind of factor as something to choose.
pub(super) struct Labelled {
    kind: String,
    label: String,
    description: Option<&'static str>,
}

/// These kinds in words: of each, a label and a description.
pub(super) fn labels(
    kinds: &[FactorKind],
    words: impl Fn(&FactorKind) -> (String, Option<&'static str>),
) -> Vec<Labelled> {
    let labelled = |kind: &FactorKind| {
        let (label, description) = words(kind);
        Labelled {
            kind: kind.to_string(),
            label,
            description,
        }
    };
    kinds.iter().map(labelled).collect()
}

/// The choices that a template shows.
pub(super) fn choices(labels: &[Labelled]) -> Vec<Choice<'_>> {
    labels
        .iter()
        .map(|labelled| Choice {
            value: &labelled.kind,
            label: &labelled.label,
            description: labelled.description,
        })
        .collect()
}
