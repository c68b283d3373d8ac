//! Its answers: an assertion or a code for a person, a refusal without one.
//!
//! Owns the answer in both protocols. Does not own what it says about the person, which is [`super::claims`], and does
//! not decide who gets it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};
use vestibule_oidc::provider::answer::{Answer, ErrorCode};
use vestibule_oidc::provider::authorization::AcceptedAuthorization;
use vestibule_saml::authn_request::AcceptedAuthnRequest;
use vestibule_saml::binding::{MessageKind, post};
use vestibule_saml::issue::{
    Assertion, IssuedResponse, MAX_LIFETIME, NameId, Reason, Refusal, Reply, Sign,
};

use super::claims;
use super::code::Code;
use super::{Ask, Idp, NAME_ID_FORMAT, WHO};
use crate::page::{self, FormsLead};
use crate::people::Person;
use crate::random;

const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";

/// Why there is no login.
#[derive(Clone, Copy, Debug)]
pub(super) enum Why {
    /// Nobody may be asked, and there is no session.
    NobodyThere,
    /// The person went back.
    NotLoggedIn,
}

#[derive(Template)]
#[template(path = "post_form.html")]
struct PostForm<'a> {
    form: &'a post::PostForm,
}

/// Tells the broker who logged in, and when.
pub(super) fn vouch(idp: &Idp, ask: &Ask, person: &Person, since: DateTime<Utc>) -> HttpResponse {
    match ask {
        Ask::Oidc(request) => hand_out_code(idp, request, person, since),
        Ask::Saml(request) => {
            let issued = assertion(idp, request, person, since);
            post_back(idp, request, issued)
        }
    }
}

/// Tells the broker that nobody logged in.
pub(super) fn refuse(idp: &Idp, ask: &Ask, why: Why) -> HttpResponse {
    match ask {
        Ask::Oidc(request) => {
            let (error, text) = match why {
                Why::NobodyThere => (ErrorCode::LoginRequired, "nobody is logged in"),
                Why::NotLoggedIn => (ErrorCode::AccessDenied, "the person did not log in"),
            };
            let issuer = &idp.facts.identity_provider.oidc_issuer;
            tell(idp, request.reply.with_error(error, text, issuer))
        }
        Ask::Saml(request) => {
            let reason = match why {
                Why::NobodyThere => Reason::NoPassive,
                Why::NotLoggedIn => Reason::AuthnFailed,
            };
            let issued = with_reply(idp, request, |reply| {
                Ok(reply.refuse(&Refusal::because(reason), &idp.keys.saml)?)
            });
            post_back(idp, request, issued)
        }
    }
}

/// Sends an answer of OpenID Connect the way that it travels.
pub(super) fn tell(idp: &Idp, answer: Answer) -> HttpResponse {
    match answer {
        Answer::FormPost { action, fields } => leave(idp, &post::PostForm { action, fields }),
        Answer::Redirect(url) => page::see_other(&url),
    }
}

/// A fault of the stand-in itself.
pub(super) fn failed(cause: &(dyn std::error::Error + 'static)) -> HttpResponse {
    tracing::error!(cause, "the stand-in identity provider failed");
    page::problem(
        StatusCode::INTERNAL_SERVER_ERROR,
        WHO,
        "This did not work",
        "The log of the demo says why.",
    )
}

fn hand_out_code(
    idp: &Idp,
    request: &AcceptedAuthorization,
    person: &Person,
    since: DateTime<Utc>,
) -> HttpResponse {
    let code = Code {
        request: request.clone(),
        username: person.username,
        since,
    };
    match idp.codes.put(Utc::now(), code) {
        Ok(code) => {
            let issuer = &idp.facts.identity_provider.oidc_issuer;
            tell(idp, request.reply.with_code(&code, issuer))
        }
        Err(cause) => failed(&cause),
    }
}

/// As AD FS: the assertion is signed, the Response around it is not.
fn assertion(
    idp: &Idp,
    request: &AcceptedAuthnRequest,
    person: &Person,
    since: DateTime<Utc>,
) -> Result<IssuedResponse, Fault> {
    let (id, session_index) = (random::xml_id()?, random::xml_id()?);
    let attributes = claims::saml(person);
    let name = person.pseudonym("saml");
    let assertion = Assertion {
        id: &id,
        audience: &request.issuer,
        name_id: NameId {
            value: &name,
            format: Some(NAME_ID_FORMAT),
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        attributes: &attributes,
        authn_context: PASSWORD,
        authn_instant: since,
        session_index: Some(&session_index),
        lifetime: MAX_LIFETIME,
        session_not_on_or_after: None,
    };
    with_reply(idp, request, |reply| {
        Ok(reply.vouch(&assertion, Sign::Assertion, &idp.keys.saml)?)
    })
}

/// Why an answer cannot be made.
type Fault = Box<dyn std::error::Error>;

fn with_reply(
    idp: &Idp,
    request: &AcceptedAuthnRequest,
    make: impl FnOnce(&Reply<'_>) -> Result<IssuedResponse, Fault>,
) -> Result<IssuedResponse, Fault> {
    let id = random::xml_id()?;
    make(&Reply {
        id: &id,
        issue_instant: Utc::now(),
        issuer: &idp.facts.identity_provider.saml_entity_id,
        acs_url: &request.acs_url,
        in_response_to: Some(&request.id),
    })
}

fn post_back(
    idp: &Idp,
    request: &AcceptedAuthnRequest,
    issued: Result<IssuedResponse, Fault>,
) -> HttpResponse {
    let form = issued.and_then(|issued| {
        let relay_state = request.relay_state.as_deref();
        Ok(post::encode(
            &request.acs_url,
            MessageKind::Response,
            issued.as_str(),
            relay_state,
        )?)
    });
    match form {
        Ok(form) => leave(idp, &form),
        Err(cause) => failed(&*cause),
    }
}

/// A page whose form goes back to the broker.
fn leave(idp: &Idp, form: &post::PostForm) -> HttpResponse {
    let leads = FormsLead::To(&idp.partner_origin);
    page::html(StatusCode::OK, leads, &PostForm { form })
}
