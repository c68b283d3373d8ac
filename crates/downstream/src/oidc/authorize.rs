//! Step 1: a request of an application becomes an [`AuthnRequest`] (OpenID Connect Core 3.1.2).
//!
//! Owns which application asks, what its request demands of the login, and what is kept for the answer. Does not own the
//! checks of the message (the room `oidc` does).
//!
//! **Invariant:** before it is certain who asks and where answers go, nothing leaves; afterwards every refusal is told
//! there, at once (RFC 6749 section 4.1.2.1).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use vestibule_core::{
    id::AppId,
    port::{Incoming, Rejection, Tell},
    reason,
    request::{AuthnRequest, Memo, Protocol},
    token::{TokenKey, TokenPurpose},
};
use vestibule_oidc::{
    authorize::Prompt,
    provider::{
        answer::{ErrorCode, ReplyAddress},
        authorization::{
            AcceptedAuthorization, IncomingAuthorization, PageReason, Refusal as Refused,
        },
        pushed::RequestUri,
    },
};

use super::{OidcApp, OidcProvider, acr::Asked, hint, opaque, reply};
use crate::slip;

/// What is kept of a request until its answer.
#[derive(Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) accepted: AcceptedAuthorization,
    /// Whom the answer must be about, if the application named somebody: by a hint, by a claim, or both.
    pub(super) subjects: Vec<String>,
    /// The pushed request that this was, to be used up by the answer.
    pub(super) pushed: Option<TokenKey>,
}

impl OidcProvider {
    pub(super) async fn request(
        &self,
        incoming: &Incoming,
        now: DateTime<Utc>,
    ) -> Result<AuthnRequest, Rejection> {
        let read = match &incoming.form {
            Some(form) => IncomingAuthorization::from_form(&incoming.query, form),
            None => IncomingAuthorization::from_query(&incoming.query),
        };
        let incoming = read.map_err(|reason| on_page(None, &reason))?;
        let (id, app) = self.asker(incoming.client_id())?;
        let (accepted, pushed) = match incoming {
            IncomingAuthorization::Direct(request) => {
                let accepted = request
                    .judge(&app.client)
                    .map_err(|refused| self.refused(id, &refused))?;
                (accepted, None)
            }
            IncomingAuthorization::Pushed {
                client_id,
                request_uri,
            } => {
                let (accepted, key) = self.pushed(id, &request_uri, now).await?;
                let accepted = accepted
                    .resume(&client_id, &app.client)
                    .map_err(|reason| on_page(Some(id), &reason))?;
                (accepted, Some(key))
            }
        };
        self.wanted(id, app, accepted, pushed)
    }

    /// What a request that was accepted asks of the login.
    fn wanted(
        &self,
        id: &AppId,
        app: &OidcApp,
        mut accepted: AcceptedAuthorization,
        pushed: Option<TokenKey>,
    ) -> Result<AuthnRequest, Rejection> {
        let demand = app.acr.demand(Asked {
            essential: &accepted.essential_acr,
            wished: &accepted.acr_values,
        });
        let subjects = self.subjects(id, &mut accepted)?;
        // What is longer than a mail address finds nobody the way.
        let login_hint = accepted
            .login_hint
            .take()
            .filter(|hint| hint.len() <= AuthnRequest::LONGEST_HINT);
        // Who is to choose an account is to be asked by the upstream, which alone knows them.
        let force_authn =
            accepted.forces_login() || accepted.prompts.contains(Prompt::SelectAccount);
        let (max_age, passive) = (accepted.max_age, accepted.is_passive());
        let pending = Pending {
            accepted,
            subjects,
            pushed,
        };
        Ok(AuthnRequest {
            app: id.clone(),
            protocol: Protocol::Oidc,
            reply: Memo::of(&pending)
                .map_err(|error| rejected(id, "memo_unwritable", &error.to_string()))?,
            login_hint,
            force_authn,
            max_age,
            passive,
            demand,
        })
    }

    /// No application is called so.
    fn unknown(&self, client_id: &str) -> Rejection {
        let registered = self.registry.apps().map(|(_, app)| app.client.id());
        let compare = "compare it, character by character, with `client_id` below `apps` (if there is none, it is the application's id)";
        Rejection {
            code: "app_unknown",
            detail: format!(
                "no application has the client id {:?}; {}",
                client_id.chars().take(256).collect::<String>(),
                slip::hint(client_id, registered, compare)
            ),
            app: None,
            tell: Tell::Nobody,
        }
    }

    /// The application that a request claims to come from. Asked at every use: it may have been disabled since.
    fn asker(&self, client_id: &str) -> Result<(&AppId, &OidcApp), Rejection> {
        let found = self.registry.of_client(client_id);
        let (id, app) = found.ok_or_else(|| self.unknown(client_id))?;
        if app.disabled {
            let detail = "it is disabled in the configuration";
            return Err(rejected(id, "app_disabled", detail));
        }
        Ok((id, app))
    }

    /// A request that was pushed, if it is good still. It is used up by the answer: who reloads the page before has asked
    /// once (RFC 9126 section 4).
    async fn pushed(
        &self,
        id: &AppId,
        request_uri: &RequestUri,
        now: DateTime<Utc>,
    ) -> Result<(AcceptedAuthorization, TokenKey), Rejection> {
        let unknown = || on_page(Some(id), &PageReason::PushedUnknown);
        let key = opaque::key_of(TokenPurpose::PushedRequest, request_uri.secret())
            .ok_or_else(unknown)?;
        let record = self.tokens.token(TokenPurpose::PushedRequest, key).await;
        let record = record
            .map_err(|error| rejected(id, error.code(), &error.to_string()))?
            .filter(|record| record.used_at.is_none() && now < record.expires_at)
            .ok_or_else(unknown)?;
        if record.app != *id {
            return Err(on_page(Some(id), &PageReason::PushedByAnother));
        }
        let accepted = record.body.read();
        let accepted =
            accepted.map_err(|error| rejected(id, "memo_unreadable", &error.to_string()))?;
        Ok((accepted, key))
    }

    /// Whom the answer must be about (OpenID Connect Core 3.1.2.2). A hint that is not our own ID token for this
    /// application is a fault of the application, and no hint.
    fn subjects(
        &self,
        id: &AppId,
        accepted: &mut AcceptedAuthorization,
    ) -> Result<Vec<String>, Rejection> {
        let by_claim = accepted.claims.subject().map(|value| match value.as_str() {
            Some(text) => text.to_owned(),
            // Nobody is called by a number.
            None => value.to_string(),
        });
        let mut subjects: Vec<String> = by_claim.into_iter().collect();
        if let Some(token) = accepted.id_token_hint.take() {
            let known = hint::verify(&self.registry, &token)
                .map_err(|fault| fault.to_string())
                .and_then(|hint| {
                    let is_theirs = hint.client_id == accepted.client_id;
                    is_theirs
                        .then_some(hint.subject)
                        .ok_or_else(|| "it was issued to another client".to_owned())
                });
            subjects.push(known.map_err(|fault| {
                let told = format!(
                    "id_token_hint is not an ID token of this provider for this client: {fault}"
                );
                self.told_at_once(
                    id,
                    &accepted.reply,
                    reason::named("id_token_hint_invalid"),
                    ErrorCode::InvalidRequest,
                    &told,
                )
            })?);
        }
        Ok(subjects)
    }

    fn refused(&self, id: &AppId, refused: &Refused) -> Rejection {
        match refused {
            Refused::OnPage(reason) => on_page(Some(id), reason),
            Refused::ToClient { reply, fault } => {
                self.told_at_once(id, reply, fault.code(), fault.error(), &fault.to_string())
            }
        }
    }

    /// The application hears of it, in its own words.
    fn told_at_once(
        &self,
        id: &AppId,
        address: &ReplyAddress,
        code: &'static str,
        error: ErrorCode,
        description: &str,
    ) -> Rejection {
        let answer = address.with_error(error, description, self.registry.issuer());
        let tell = match reply::of(answer) {
            Ok(reply) => Tell::AtOnce(Box::new(reply)),
            Err(_) => Tell::Nobody,
        };
        Rejection {
            tell,
            ..rejected(id, code, description)
        }
    }
}

fn on_page(id: Option<&AppId>, reason: &PageReason) -> Rejection {
    let Some(id) = id else {
        return Rejection {
            code: reason.code(),
            detail: format!("a request that no application can be made out for: {reason}"),
            app: None,
            tell: Tell::Nobody,
        };
    };
    rejected(id, reason.code(), &reason.to_string())
}

fn rejected(app: &AppId, code: &'static str, cause: &str) -> Rejection {
    Rejection {
        code,
        detail: format!("application `{app}`: {cause}"),
        app: Some(app.clone()),
        tell: Tell::Nobody,
    }
}
