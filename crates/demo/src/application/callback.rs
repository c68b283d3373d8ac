//! The assertion consumer service (SAML profiles 4.1.4.3): a Response comes in by HTTP-POST.
//!
//! Owns the order: find the login that is answered, verify, take it once. Does not own how the result looks.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use vestibule_saml::binding::{MessageKind, post};
use vestibule_saml::crypto::VerifyingKey;
use vestibule_saml::encryption::Decryption;
use vestibule_saml::instant::Skew;
use vestibule_saml::response::{self, Expectation, ResponseError, VerifiedAssertion};

use super::verdict::{Evidence, Rejection, Verdict};
use super::{Login, Site};
use crate::Service;
use crate::page::{self, FormsLead};

/// Takes a Response and shows what became of it: a page, or JSON for who prefers it.
pub(super) async fn take(site: Data<Site>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let verdict = judge(&site, request.query_string(), &body);
    let status = if verdict.is_accepted() {
        StatusCode::OK
    } else {
        StatusCode::FORBIDDEN
    };
    if page::prefers_json(&request) {
        return HttpResponse::build(status).json(verdict);
    }
    page::html(status, FormsLead::Home, &verdict)
}

fn judge(site: &Site, query: &str, body: &[u8]) -> Verdict {
    let message = match post::decode(body) {
        Ok(message) if message.kind() == MessageKind::Response => message,
        Ok(_) => return Verdict::rejected(None, "", Rejection::NotAResponse),
        Err(error) => return Verdict::rejected(None, "", Rejection::Binding(error)),
    };
    let xml = String::from_utf8_lossy(message.xml()).into_owned();
    let now = Utc::now();
    let relay_state = message.relay_state().unwrap_or_default();
    let found = site.logins.look(now, relay_state);
    let found = found.and_then(|login| Some((site.service(login.service)?, login)));
    let Some((service, login)) = found else {
        return Verdict::rejected(None, &xml, Rejection::NobodyAsked);
    };
    // The query is part of the address (SAML bindings 3.5.5.2 compares all of it).
    if service.acs_url.split_once('?').map(|(_, query)| query) != Some(query) {
        return Verdict::rejected(Some(service), &xml, Rejection::WrongAddress);
    }
    let evidence = Evidence {
        service,
        login: &login,
        broker: &site.broker.entity_id,
        now,
        xml: &xml,
    };
    match verify(site, service, &login, &site.broker.signing_keys, &evidence) {
        Ok(assertion) => {
            let key = signer(site, service, &login, &evidence);
            if !site.memory.is_first(&assertion, now) {
                return Verdict::not_now(&evidence, key, Rejection::Replayed);
            }
            if !claim(site, relay_state, now) {
                return Verdict::not_now(&evidence, key, Rejection::AlreadyAnswered);
            }
            Verdict::accepted(&evidence, key, &assertion)
        }
        Err(ResponseError::Status(status)) if status.signed => {
            let key = signer(site, service, &login, &evidence);
            if !claim(site, relay_state, now) {
                return Verdict::not_now(&evidence, key, Rejection::AlreadyAnswered);
            }
            Verdict::refused(&evidence, key, &status)
        }
        Err(error) => Verdict::unverified(&evidence, &error),
    }
}

fn verify(
    site: &Site,
    service: &Service,
    login: &Login,
    keys: &[VerifyingKey],
    evidence: &Evidence<'_>,
) -> Result<VerifiedAssertion, ResponseError> {
    let expectation = Expectation {
        acs_url: &service.acs_url,
        danger_accept_sha1: false,
        decryption: Decryption::default(),
        idp_entity_id: &site.broker.entity_id,
        in_response_to: &login.request,
        keys,
        now: evidence.now,
        require_signed_response: false,
        skew: Skew::default(),
        sp_entity_id: &service.entity_id,
    };
    response::verify(evidence.xml.as_bytes(), &expectation)
}

/// Which of the broker's keys it was, so that the page can name its certificate.
fn signer<'s>(
    site: &'s Site,
    service: &Service,
    login: &Login,
    evidence: &Evidence<'_>,
) -> Option<&'s VerifyingKey> {
    site.broker.signing_keys.iter().find(|key| {
        match verify(site, service, login, std::slice::from_ref(key), evidence) {
            Ok(_) => true,
            Err(ResponseError::Status(status)) => status.signed,
            Err(_) => false,
        }
    })
}

/// Marks the login as answered; whether it was not.
fn claim(site: &Site, relay_state: &str, now: DateTime<Utc>) -> bool {
    let was = site.logins.change(now, relay_state, |login| {
        std::mem::replace(&mut login.answered, true)
    });
    was == Some(false)
}
