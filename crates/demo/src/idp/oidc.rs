//! OpenID Connect: discovery, authorization, token, userinfo, keys.
//!
//! Owns the endpoints and the access tokens. Does not ask people; that is [`super::login`].

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use chrono::Utc;
use serde_json::Value;
use url::Url;
use vestibule_oidc::authorize::ResponseMode;
use vestibule_oidc::provider::authorization::{
    AcceptedAuthorization, IncomingAuthorization, PageReason, Refusal,
};
use vestibule_oidc::provider::bearer::{self, BearerRejection};
use vestibule_oidc::provider::client::{Client, ClientKind};
use vestibule_oidc::provider::client_auth::{PresentedClient, RegisteredAuth, SecretHash};
use vestibule_oidc::provider::endpoint::{
    ClientForm, EndpointRejection, GrantRejection, Incoming, NOT_TO_BE_STORED,
};
use vestibule_oidc::provider::id_token::{HandedOut, IdTokenClaims};
use vestibule_oidc::provider::metadata::{Document, Endpoints, Facts};
use vestibule_oidc::provider::redirect_uri::UriFault;
use vestibule_oidc::provider::token_endpoint::{CodeTerms, TokenAnswer, TokenRequest};
use vestibule_oidc::provider::userinfo;
use vestibule_oidc::signing::jwk_set;

use super::{Ask, Idp, TOKEN_LIFETIME, WHO, claims, login, reply};
use crate::page;
use crate::people::Person;

/// What the broker may ask for beside `openid`.
const SCOPES: [&str; 4] = ["openid", "email", "groups", "profile"];

/// What an access token stands for.
#[derive(Clone, Debug)]
pub(super) struct Token {
    username: &'static str,
}

/// The metadata document (Discovery section 4).
pub(super) async fn discovery(idp: Data<Idp>) -> HttpResponse {
    let provider = &idp.facts.identity_provider;
    let Some(endpoints) = endpoints(&provider.url) else {
        return HttpResponse::InternalServerError().finish();
    };
    HttpResponse::Ok().json(Document::of(Facts {
        response_modes: &ResponseMode::ALL,
        scopes: &SCOPES,
        ..Facts::least(&provider.oidc_issuer, endpoints)
    }))
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
        Err(Refusal::ToClient { reply: to, fault }) => {
            let issuer = &idp.facts.identity_provider.oidc_issuer;
            let answer = to.with_error(fault.error(), &fault.to_string(), issuer);
            reply::tell(&idp, answer)
        }
    }
}

/// The token endpoint.
pub(super) async fn token(idp: Data<Idp>, request: HttpRequest, body: Bytes) -> HttpResponse {
    match redeem(&idp, &incoming(&request, &body)) {
        Ok(Some(answer)) => {
            let mut response = HttpResponse::Ok();
            for header in NOT_TO_BE_STORED {
                response.insert_header(header);
            }
            response.json(answer)
        }
        Ok(None) => HttpResponse::InternalServerError().finish(),
        Err(rejection) => {
            let mut response = HttpResponse::build(status(rejection.status()));
            if let Some(challenge) = rejection.challenge() {
                response.insert_header((WWW_AUTHENTICATE, challenge));
            }
            response.json(rejection.body())
        }
    }
}

/// The userinfo endpoint (Core section 5.3).
pub(super) async fn userinfo(idp: Data<Idp>, request: HttpRequest, body: Bytes) -> HttpResponse {
    match known(&idp, &incoming(&request, &body)) {
        Ok(person) => HttpResponse::Ok().json(userinfo::answer(
            &person.pseudonym("oidc"),
            claims::oidc(person),
        )),
        Err(rejection) => HttpResponse::build(status(rejection.status()))
            .insert_header((WWW_AUTHENTICATE, rejection.challenge()))
            .finish(),
    }
}

/// The person whom the access token of a request opens.
fn known<'a>(idp: &'a Idp, incoming: &Incoming<'_>) -> Result<&'a Person, BearerRejection> {
    let token = bearer::read(incoming)?;
    let token = idp.tokens.look(Utc::now(), token.secret());
    token
        .and_then(|token| idp.facts.people.find(token.username))
        .filter(|person| !person.disabled)
        .ok_or(BearerRejection::Unknown)
}

/// The broker, as it is registered here.
pub(super) fn client(facts: &crate::Facts, redirect_uri: &str) -> Result<Client, UriFault> {
    let id = &facts.identity_provider.oidc_client_id;
    let mut client = Client::new(id, ClientKind::Confidential);
    client.danger_register_localhost_uri(redirect_uri)?;
    client.scopes = SCOPES.map(str::to_owned).into();
    Ok(client)
}

fn check(idp: &Idp, query: &str) -> Result<AcceptedAuthorization, Refusal> {
    match IncomingAuthorization::from_query(query).map_err(Refusal::OnPage)? {
        IncomingAuthorization::Direct(request) => request.judge(&idp.client),
        // Nothing can be pushed here.
        IncomingAuthorization::Pushed { .. } => Err(Refusal::OnPage(PageReason::PushedUnknown)),
    }
}

/// Exchanges a code; `Ok(None)` if the stand-in itself fails.
fn redeem(idp: &Idp, incoming: &Incoming<'_>) -> Result<Option<Value>, EndpointRejection> {
    let provider = &idp.facts.identity_provider;
    let now = Utc::now();
    let mut form = ClientForm::read(incoming)?;
    let client = PresentedClient::read(&mut form)?;
    let secrets = [SecretHash::of(&provider.oidc_client_secret)];
    let registered = RegisteredAuth::SecretBasic(&secrets);
    let is_known = client.client_id() == provider.oidc_client_id;
    let client = client.verify(is_known.then_some(&registered), &provider.oidc_issuer, now)?;
    let TokenRequest::Code(request) = TokenRequest::read(&mut form)? else {
        return Err(EndpointRejection::GrantTypeNotAllowed {
            grant_type: "refresh_token",
        });
    };
    let presented = request.code.secret();
    // Taken, not looked at: a code is gone after one attempt (RFC 6749 section 4.1.2).
    let code = idp
        .codes
        .take(now, presented)
        .ok_or(GrantRejection::Unknown)?;
    let terms = CodeTerms {
        client_id: &code.request.client_id,
        redirect_uri: code.request.reply.redirect_uri(),
        challenge: code.request.challenge.as_ref(),
    };
    request.check(&client, &terms)?;
    let person = idp
        .facts
        .people
        .find(code.username)
        .filter(|person| !person.disabled)
        .ok_or(GrantRejection::Ended)?;
    let username = person.username;
    let Ok(access_token) = idp.tokens.put(now, Token { username }) else {
        return Ok(None);
    };
    let claims = IdTokenClaims {
        issuer: &provider.oidc_issuer,
        subject: &person.pseudonym("oidc"),
        client_id: &provider.oidc_client_id,
        other_audiences: &[],
        issued_at: now,
        expires_at: now + TOKEN_LIFETIME,
        auth_time: code.since,
        nonce: code.request.nonce.as_deref(),
        acr: None,
        amr: &["pwd"],
        session: None,
        extra: claims::oidc(person),
    };
    let with = HandedOut {
        access_token: Some(&access_token),
        code: Some(presented),
    };
    let Ok(id_token) = claims.mint(&idp.keys.oidc, with) else {
        return Ok(None);
    };
    let answer = TokenAnswer {
        access_token: &access_token,
        lifetime: Duration::from_secs(TOKEN_LIFETIME.num_seconds().unsigned_abs()),
        id_token: Some(&id_token),
        refresh_token: None,
        scopes: &code.request.scopes,
    };
    Ok(Some(answer.body()))
}

fn incoming<'a>(request: &'a HttpRequest, body: &'a [u8]) -> Incoming<'a> {
    let header = |name| request.headers().get(name)?.to_str().ok();
    Incoming {
        method: request.method().as_str(),
        query: Some(request.query_string()),
        content_type: header(CONTENT_TYPE),
        authorization: header(AUTHORIZATION),
        body,
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_REQUEST)
}

fn endpoints(base: &Url) -> Option<Endpoints> {
    let endpoint = |path: &str| base.join(path).ok();
    let (authorization, token) = (endpoint("oidc/authorize")?, endpoint("oidc/token")?);
    Some(Endpoints {
        userinfo: Some(endpoint("oidc/userinfo")?),
        ..Endpoints::least(authorization, token, endpoint("oidc/jwks")?)
    })
}
