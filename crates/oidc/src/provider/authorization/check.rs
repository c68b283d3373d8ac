//! The checks of a request, in their order.
//!
//! Owns the table: each check reads its parameters and writes what it found into the draft. The first
//! that finds a fault ends it.

use super::{
    Route,
    accepted::AcceptedAuthorization,
    claims_request::ClaimsRequest,
    prompt::Prompts,
    refusal::{Refusal, RequestFault},
};
use crate::{
    authorize::ResponseMode,
    form::Parameters,
    pkce::Challenge,
    provider::{answer::ReplyAddress, client::Client, scope},
};

/// The most values of `acr_values`.
pub const MAX_ACR_VALUES: usize = 32;

/// The largest `max_age`, in seconds: ten years. What is more is a mistake or a test of ours.
pub const MAX_MAX_AGE: u32 = 315_360_000;

/// The most languages that are looked at; those behind are ignored.
const MAX_LOCALES: usize = 16;

/// What a check sees and fills.
struct Draft<'c> {
    parameters: Parameters,
    route: Route,
    client: &'c Client,
    accepted: AcceptedAuthorization,
}

type Check = fn(&mut Draft<'_>) -> Result<(), RequestFault>;

/// In this order. What would change the meaning of the others comes first.
const CHECKS: [Check; 15] = [
    request_object,
    request_uri,
    registration,
    pushed_if_it_must_be,
    response_type,
    response_mode,
    resource,
    scope,
    pkce,
    prompt,
    max_age,
    acr_values,
    claims,
    essential_acr,
    hints,
];

/// Runs them all; what they refuse is told at `reply`.
pub(super) fn all(
    parameters: Parameters,
    route: Route,
    client: &Client,
    reply: ReplyAddress,
) -> Result<AcceptedAuthorization, Refusal> {
    let mut draft = Draft {
        parameters,
        route,
        client,
        accepted: AcceptedAuthorization::new(client.id(), reply),
    };
    for check in CHECKS {
        if let Err(fault) = check(&mut draft) {
            let reply = Box::new(draft.accepted.reply);
            return Err(Refusal::ToClient { reply, fault });
        }
    }
    Ok(draft.accepted)
}

/// How an answer travels, even one that says that the mode is wrong: then by the default of the code flow.
pub(super) fn reply_mode(parameters: &Parameters, client: &Client) -> ResponseMode {
    parameters
        .peek("response_mode")
        .and_then(ResponseMode::from_name)
        .filter(|mode| client.response_modes.contains(mode))
        .unwrap_or(ResponseMode::Query)
}

/// A request object would override what is checked here (Core section 6.1).
fn request_object(draft: &mut Draft<'_>) -> Result<(), RequestFault> {
    absent(draft, "request", RequestFault::RequestObject)
}

/// One that names a pushed request never comes here; any other would have us fetch it. In a pushed request
/// there must be none (RFC 9126 section 2.1).
fn request_uri(draft: &mut Draft<'_>) -> Result<(), RequestFault> {
    absent(draft, "request_uri", RequestFault::RequestUri)
}

/// Core section 7.2.1.
fn registration(draft: &mut Draft<'_>) -> Result<(), RequestFault> {
    absent(draft, "registration", RequestFault::Registration)
}

/// RFC 9126 section 6.
fn pushed_if_it_must_be(draft: &mut Draft<'_>) -> Result<(), RequestFault> {
    if draft.client.require_pushed && draft.route == Route::Browser {
        return Err(RequestFault::PushRequired);
    }
    Ok(())
}

/// Only the code flow (RFC 9700 section 2.1.2).
fn response_type(draft: &mut Draft<'_>) -> Result<(), RequestFault> {
    match draft.parameters.take("response_type").as_deref() {
        Some("code") => Ok(()),
        Some(_) => Err(RequestFault::ResponseType),
        None => Err(RequestFault::ResponseTypeMissing),
    }
}

/// What is asked for, or the default, must be what [`reply_mode`] chose.
fn response_mode(draft: &mut Draft<'_>) -> Result<(), RequestFault> {
    let asked = draft.parameters.take("response_mode");
    let mode = asked.map_or(Some(ResponseMode::Query), |name| {
        ResponseMode::from_name(&name)
    });
    mode.filter(|mode| draft.client.response_modes.contains(mode))
        .map(|_| ())
        .ok_or(RequestFault::ResponseMode)
}

/// Our access tokens are for the userinfo endpoint; whoever asks for another audience must not believe
/// that he got it (RFC 8707 section 2).
fn resource(draft: &mut Draft<'_>) -> Result<(), RequestFault> {
    absent(draft, "resource", RequestFault::Resource)
}

/// Scopes that the client may not have, or that nobody knows, are left out (Core section 3.1.2.1).
fn scope(draft: &mut Draft<'_>) -> Result<(), RequestFault> {
    let asked = draft.parameters.take("scope");
    let mut scopes = scope::parse(&asked.ok_or(RequestFault::ScopeOpenid)?)?;
    if !scopes.contains("openid") {
        return Err(RequestFault::ScopeOpenid);
    }
    scopes.retain(|scope| draft.client.may_have(scope));
    draft.accepted.scopes = scopes;
    Ok(())
}

/// RFC 7636 section 4.3; RFC 9700 section 2.1.1.
fn pkce(draft: &mut Draft<'_>) -> Result<(), RequestFault> {
    let challenge = draft.parameters.take("code_challenge");
    let method = draft.parameters.take("code_challenge_method");
    draft.accepted.challenge = match challenge {
        Some(challenge) => Some(Challenge::parse(&challenge, method.as_deref())?),
        // A method alone is a challenge that somebody took out on the way (RFC 9700 section 4.8).
        None if draft.client.requires_pkce() || method.is_some() => {
            return Err(RequestFault::PkceMissing);
        }
        None => None,
    };
    Ok(())
}

/// Core section 3.1.2.1.
fn prompt(draft: &mut Draft<'_>) -> Result<(), RequestFault> {
    let asked = draft.parameters.take("prompt").unwrap_or_default();
    draft.accepted.prompts = Prompts::read(words(&asked))?;
    Ok(())
}

/// Core section 3.1.2.1: seconds, digits only.
fn max_age(draft: &mut Draft<'_>) -> Result<(), RequestFault> {
    let Some(asked) = draft.parameters.take("max_age") else {
        return Ok(());
    };
    let seconds = asked.parse::<u32>().ok().filter(|seconds| {
        // The library reads a sign, too.
        *seconds <= MAX_MAX_AGE && asked.bytes().all(|byte| byte.is_ascii_digit())
    });
    draft.accepted.max_age = Some(seconds.ok_or(RequestFault::MaxAge)?);
    Ok(())
}

/// A wish, in order of preference (Core section 3.1.2.1).
fn acr_values(draft: &mut Draft<'_>) -> Result<(), RequestFault> {
    let asked = draft.parameters.take("acr_values").unwrap_or_default();
    if words(&asked).count() > MAX_ACR_VALUES {
        return Err(RequestFault::AcrValuesTooMany);
    }
    draft.accepted.acr_values = words(&asked).map(str::to_owned).collect();
    Ok(())
}

/// Core section 5.5.
fn claims(draft: &mut Draft<'_>) -> Result<(), RequestFault> {
    if let Some(asked) = draft.parameters.take("claims") {
        draft.accepted.claims = ClaimsRequest::read(&asked)?;
    }
    Ok(())
}

/// Core section 5.5.1.1: an essential context is a demand. One that cannot be reached is refused now, before
/// anybody is asked for anything (OO-09); a wish is added to the wishes.
fn essential_acr(draft: &mut Draft<'_>) -> Result<(), RequestFault> {
    let Some(wish) = draft.accepted.claims.id_token.get("acr") else {
        return Ok(());
    };
    let asked = wish.texts().map(str::to_owned);
    if !wish.essential {
        draft.accepted.acr_values.extend(asked);
        return Ok(());
    }
    let reachable: Vec<_> = asked
        .filter(|acr| draft.client.acr_values.contains(acr))
        .collect();
    if reachable.is_empty() && !wish.values.is_empty() {
        return Err(RequestFault::AcrUnreachable);
    }
    draft.accepted.essential_acr = reachable;
    Ok(())
}

/// What is only carried on.
fn hints(draft: &mut Draft<'_>) -> Result<(), RequestFault> {
    let (parameters, accepted) = (&mut draft.parameters, &mut draft.accepted);
    accepted.nonce = parameters.take("nonce");
    accepted.login_hint = parameters.take("login_hint");
    accepted.id_token_hint = parameters.take("id_token_hint");
    accepted.ui_locales = locales(&parameters.take("ui_locales").unwrap_or_default());
    Ok(())
}

/// The tags that can be tags (RFC 5646 section 2.1); a language that we do not have is no error (Core
/// section 3.1.2.1).
pub(in crate::provider) fn locales(list: &str) -> Vec<String> {
    let is_tag = |tag: &&str| {
        tag.len() <= 35
            && tag.split('-').all(|part| {
                (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
            })
    };
    words(list)
        .take(MAX_LOCALES)
        .filter(is_tag)
        .map(str::to_owned)
        .collect()
}

fn absent(draft: &Draft<'_>, parameter: &str, fault: RequestFault) -> Result<(), RequestFault> {
    // An empty one counts as absent (RFC 6749 section 3.1).
    match draft.parameters.peek(parameter) {
        Some(_) => Err(fault),
        None => Ok(()),
    }
}

/// A space-separated list (RFC 6749 section 3.3).
fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(' ').filter(|word| !word.is_empty())
}
