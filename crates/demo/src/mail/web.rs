//! The page that shows caught mails; JSON for machines.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::caught::{Caught, Mail};
use crate::page::{self, FormsLead};

#[derive(Template)]
#[template(path = "mail.html")]
struct List {
    mails: Vec<Mail>,
}

/// `/`.
pub(crate) fn routes(caught: Arc<Caught>) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let caught = Data::from(caught);
    move |config: &mut ServiceConfig| {
        config
            .app_data(caught.clone())
            .configure(page::assets)
            .route("/", web::get().to(show));
    }
}

async fn show(caught: Data<Caught>, request: HttpRequest) -> HttpResponse {
    let mails = caught.all();
    if page::prefers_json(&request) {
        return HttpResponse::Ok().json(mails);
    }
    page::html(StatusCode::OK, FormsLead::Home, &List { mails })
}
