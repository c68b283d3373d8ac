//! What all pages have in common.
//!
//! Owns how a page becomes a response, what stands around it, and the choices that it offers. Does not own what any page
//! says.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header::CONTENT_TYPE},
};
use vestibule_core::id::FactorKind;

use super::{
    Site,
    headers::{FormsLead, with_policy},
};
use crate::view::{Choice, Layout, Template};

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

/// A label and a description.
type Words = (String, Option<&'static str>);

/// A choice with words of its own: value, label, description.
pub(super) type Labelled = (String, String, Option<&'static str>);

pub(super) fn labels(kinds: &[FactorKind], words: impl Fn(&FactorKind) -> Words) -> Vec<Labelled> {
    let label = |kind: &FactorKind| {
        let (label, description) = words(kind);
        (kind.to_string(), label, description)
    };
    kinds.iter().map(label).collect()
}

pub(super) fn choices(labels: &[Labelled]) -> Vec<Choice<'_>> {
    labels
        .iter()
        .map(|(value, label, description)| Choice {
            value,
            label,
            description: *description,
        })
        .collect()
}
