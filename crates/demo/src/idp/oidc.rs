//! OpenID Connect: discovery, authorization, token, userinfo, keys.
//!
//! Owns the endpoints and the access tokens. Does not ask people; that is [`super::login`].

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use chrono::Utc;
use serde_json::{Value, json};
use url::Url;
use vestibule_oidc::provider::authorization::{
    AuthorizationRequest, PageReason, Refusal, UncheckedRequest,
};
use vestibule_oidc::provider::id_token::IdTokenClaims;
use vestibule_oidc::provider::metadata::{self, Endpoints};
use vestibule_oidc::provider::token_endpoint::{self, TokenError, TokenRequest};
use vestibule_oidc::signing::jwk_set;
use vestibule_oidc::{ClientSecret, algorithm::Algorithm};

use super::{Ask, Idp, TOKEN_LIFETIME, WHO, claims, login};
use crate::page;

/// What an access token stands for.
#[derive(Clone, Debug)]
pub(super) struct Token {
    username: &'static str,
}

/// The metadata document (Discovery section 4).
pub(super) async fn discovery(idp: Data<Idp>) -> HttpResponse {
    let provider = &idp.facts.identity_provider;
    let document = endpoints(&provider.url, &provider.oidc_issuer).and_then(|endpoints| {
        metadata::document(
            endpoints,
            &[Algorithm::Rs256],
            &["openid", "profile", "email", "groups"],
        )
    });
    let Some(Value::Object(mut document)) = document else {
        return HttpResponse::InternalServerError().finish();
    };
    // What this provider takes is less than what the crate can read.
    document.insert(
        "token_endpoint_auth_methods_supported".to_owned(),
        json!(["client_secret_basic"]),
    );
    HttpResponse::Ok().json(document)
}

/// The public key.
pub(super) async fn jwks(idp: Data<Idp>) -> HttpResponse {
    HttpResponse::Ok().json(jwk_set([&idp.keys.oidc]))
}

/// The authorization endpoint.
pub(super) async fn authorize(idp: Data<Idp>, request: HttpRequest) -> HttpResponse {
    match check(&idp, request.query_string()) {
        Ok(request) => login::begin(&idp, Ask::Oidc(Box::new(request))),
        Err(Refusal::OnPage(reason)) => page::problem(
            StatusCode::BAD_REQUEST,
            WHO,
            "This request is refused",
            &format!("{reason} ({})", reason.code()),
        ),
        Err(Refusal::ToClient(address, error, description)) => {
            let issuer = &idp.facts.identity_provider.oidc_issuer;
            page::see_other(address.with_error(error, description, issuer).as_str())
        }
    }
}

/// The token endpoint.
pub(super) async fn token(idp: Data<Idp>, request: HttpRequest, body: Bytes) -> HttpResponse {
    match redeem(&idp, &request, &body) {
        Ok(Some(answer)) => HttpResponse::Ok().json(answer),
        Ok(None) => HttpResponse::InternalServerError().finish(),
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
            let mut response = HttpResponse::build(status);
            if status == StatusCode::UNAUTHORIZED {
                response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"stand-in\""));
            }
            response.json(error.body())
        }
    }
}

/// The userinfo endpoint (Core section 5.3).
pub(super) async fn userinfo(idp: Data<Idp>, request: HttpRequest) -> HttpResponse {
    let bearer = header(&request).and_then(|header| header.strip_prefix("Bearer "));
    let token = bearer.and_then(|token| idp.tokens.look(Utc::now(), token));
    let person = token
        .and_then(|token| idp.facts.people.find(token.username))
        .filter(|person| !person.disabled);
    match person {
        Some(person) => {
            let mut claims = claims::oidc(person);
            claims.insert("sub".to_owned(), person.pseudonym("oidc").into());
            HttpResponse::Ok().json(claims)
        }
        None => HttpResponse::Unauthorized()
            .insert_header((WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""))
            .finish(),
    }
}

fn check(idp: &Idp, query: &str) -> Result<AuthorizationRequest, Refusal> {
    let request = UncheckedRequest::parse(query).map_err(Refusal::OnPage)?;
    if request.client_id() != idp.facts.identity_provider.oidc_client_id {
        let fault = "the client is not registered".to_owned();
        return Err(Refusal::OnPage(PageReason::Malformed { fault }));
    }
    request.check(&idp.redirect_uris)
}

/// Exchanges a code; `Ok(None)` if the stand-in itself fails.
fn redeem(idp: &Idp, request: &HttpRequest, body: &[u8]) -> Result<Option<Value>, TokenError> {
    let body = std::str::from_utf8(body).map_err(|_| TokenError::InvalidRequest)?;
    // Only `client_secret_basic` is offered.
    let authorization = header(request).ok_or(TokenError::InvalidClient)?;
    let request = TokenRequest::parse(body, Some(authorization))?;
    let provider = &idp.facts.identity_provider;
    let secret = ClientSecret::new(provider.oidc_client_secret.clone());
    if request.client_id != provider.oidc_client_id || !request.secret_is(&secret) {
        return Err(TokenError::InvalidClient);
    }
    let presented = request.code.secret();
    // Taken, not looked at: a code is gone after one attempt (RFC 6749 section 4.1.2).
    let code = idp
        .codes
        .take(Utc::now(), presented)
        .ok_or(TokenError::InvalidGrant)?;
    let is_theirs = code.request.client_id == request.client_id
        && code.request.redirect_uri == request.redirect_uri;
    if !is_theirs || code.request.challenge.verify(&request.verifier).is_err() {
        return Err(TokenError::InvalidGrant);
    }
    let person = idp
        .facts
        .people
        .find(code.username)
        .filter(|person| !person.disabled);
    let person = person.ok_or(TokenError::InvalidGrant)?;
    let now = Utc::now();
    let Ok(access_token) = idp.tokens.put(
        now,
        Token {
            username: person.username,
        },
    ) else {
        return Ok(None);
    };
    let claims = IdTokenClaims {
        issuer: &provider.oidc_issuer,
        subject: &person.pseudonym("oidc"),
        client_id: &provider.oidc_client_id,
        issued_at: now,
        expires_at: now + TOKEN_LIFETIME,
        auth_time: code.since,
        nonce: code.request.nonce.as_deref(),
        acr: None,
        amr: &["pwd"],
        extra: claims::oidc(person),
    };
    let Ok(id_token) = claims.mint(&idp.keys.oidc, &access_token, presented) else {
        return Ok(None);
    };
    let lifetime = Duration::from_secs(TOKEN_LIFETIME.num_seconds().unsigned_abs());
    Ok(token_endpoint::response(&access_token, lifetime, &id_token))
}

fn header(request: &HttpRequest) -> Option<&str> {
    request.headers().get(AUTHORIZATION)?.to_str().ok()
}

fn endpoints<'a>(base: &Url, issuer: &'a str) -> Option<Endpoints<'a>> {
    let endpoint = |path: &str| base.join(path).ok();
    Some(Endpoints {
        issuer,
        authorization: endpoint("oidc/authorize")?,
        token: endpoint("oidc/token")?,
        userinfo: endpoint("oidc/userinfo")?,
        jwks: endpoint("oidc/jwks")?,
    })
}
