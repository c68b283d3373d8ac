//! Step 10: a grant becomes a code, a refusal an error (OpenID Connect Core 3.1.2.5 and 3.1.2.6).
//!
//! Owns what the application will be told, fixed at this moment and sealed into the code. Does not own the exchange of the
//! code for tokens.
//!
//! **Invariant:** a code leaves only after the commit that keeps it (attack row OO-04), and goes only to an address that
//! is registered at this moment (attack row OO-01).

use std::collections::BTreeSet;

use chrono::TimeDelta;
use vestibule_core::{
    grant::Grant,
    id::{AppId, FamilyId},
    identity::Person,
    port::DownstreamError,
    reason,
    request::{Answered, AuthnRequest, Memo, Refusal, Reply},
    token::{TokenChange, TokenPurpose, TokenRecord},
};
use vestibule_oidc::provider::answer::ErrorCode;

use super::{
    OidcApp, OidcProvider, SubjectType,
    authorize::Pending,
    claims::{Wanted, claims},
    issued::{CODE_KEPT, CODE_LIFETIME, Issued, IssuedCode, Told},
    opaque, reply,
};
use crate::told::{View, authenticated_at, told_session};

/// The longest subject, in bytes of ASCII (OpenID Connect Core 2).
const LONGEST_SUBJECT: usize = 255;

impl OidcProvider {
    /// Answers with a code.
    pub(super) fn hand_over(&self, grant: &Grant) -> Result<Answered, DownstreamError> {
        let id = &grant.request().app;
        let (app, pending) = self.reopen(grant.request())?;
        let issued = self.facts(app, &pending, grant)?;
        let told = Told {
            sub: issued.subject.clone(),
            sid: issued.sid.clone(),
        };
        let (code, key) = opaque::draw(TokenPurpose::AuthorizationCode, &*self.entropy);
        let accepted = pending.accepted;
        let body = IssuedCode {
            redirect_uri: accepted.reply.redirect_uri().to_owned(),
            challenge: accepted.challenge,
            nonce: accepted.nonce,
            issued,
        };
        let unwritable = |error: vestibule_core::request::UnreadableMemo| {
            failed(id, "memo_unwritable", &error.to_string())
        };
        let record = TokenRecord {
            key,
            purpose: TokenPurpose::AuthorizationCode,
            app: id.clone(),
            person: Some(grant.person().id.clone()),
            session: Some(grant.session()),
            family: FamilyId::from_bytes(self.entropy.bytes()),
            body: Memo::of(&body).map_err(unwritable)?,
            issued_at: grant.at(),
            expires_at: grant.at() + TimeDelta::seconds(CODE_LIFETIME),
            keep_until: grant.at() + TimeDelta::seconds(CODE_KEPT),
            used_at: None,
        };
        let used = pending.pushed.map(|key| TokenChange::Use {
            purpose: TokenPurpose::PushedRequest,
            key,
            at: grant.at(),
        });
        let answer = accepted.reply.with_code(&code, self.registry.issuer());
        Ok(Answered {
            reply: reply::of(answer)
                .map_err(|error| failed(id, "binding_address", &error.to_string()))?,
            told: Some(Memo::of(&told).map_err(unwritable)?),
            tokens: used.into_iter().chain([TokenChange::Add(record)]).collect(),
        })
    }

    /// Answers with an error.
    pub(super) fn turn_down(
        &self,
        request: &AuthnRequest,
        why: Refusal,
    ) -> Result<Reply, DownstreamError> {
        let (_, pending) = self.reopen(request)?;
        let (error, description) = refusal(why);
        let reply = &pending.accepted.reply;
        reply::of(reply.with_error(error, description, self.registry.issuer()))
            .map_err(|error| failed(&request.app, "binding_address", &error.to_string()))
    }

    /// The application as it stands now, and what was kept of its request: both are read at every use, for an
    /// application may have been disabled, or lost an address or a scope, since it asked.
    fn reopen(&self, request: &AuthnRequest) -> Result<(&OidcApp, Pending), DownstreamError> {
        let id = &request.app;
        let app = self.registry.app(id).filter(|app| !app.disabled);
        let app = app.ok_or_else(|| {
            failed(
                id,
                "app_disabled",
                "it was disabled or removed while the login was under way",
            )
        })?;
        let pending: Pending = request
            .reply
            .read()
            .map_err(|error| failed(id, "memo_unreadable", &error.to_string()))?;
        let client_id = pending.accepted.client_id.clone();
        let accepted = pending.accepted.resume(&client_id, &app.client);
        let accepted = accepted.map_err(|reason| {
            let cause = format!("{reason}; it was changed while the login was under way");
            failed(id, reason.code(), &cause)
        })?;
        Ok((
            app,
            Pending {
                accepted,
                ..pending
            },
        ))
    }

    /// Everything that the application will be told, whenever it asks.
    fn facts(
        &self,
        app: &OidcApp,
        pending: &Pending,
        grant: &Grant,
    ) -> Result<Issued, DownstreamError> {
        let id = &grant.request().app;
        let accepted = &pending.accepted;
        let view = View {
            person: grant.person(),
            groups: &app.groups,
        };
        let subject = self.subject(id, app, view)?;
        if pending.subjects.iter().any(|wanted| *wanted != subject) {
            return Err(self.not_them(id, pending));
        }
        let assurance = grant.assurance();
        let acr = app
            .acr
            .answer(&accepted.essential_acr, assurance.second_factor)
            // The grant was made for what was asked, so this is a configuration that changed since.
            .ok_or_else(|| {
                failed(
                    id,
                    "authn_context_unmet",
                    "the authentication that it insists on (acr) cannot be stated any more; has `acr` been changed?",
                )
            })?;
        let wanted = Wanted {
            scopes: &accepted.scopes,
            claims: &accepted.claims,
            in_id_token: app.claims_in_id_token,
        };
        Ok(Issued {
            client_id: accepted.client_id.clone(),
            subject,
            sid: told_session(grant.session(), id),
            scopes: accepted.scopes.clone(),
            auth_time: authenticated_at(grant),
            known_since: grant.known_since(),
            granted_at: grant.at(),
            reference: grant.reference().clone(),
            acr: acr.to_owned(),
            amr: assurance.amr.clone(),
            claims: claims(
                &app.claims,
                wanted,
                |scope| app.client.may_have(scope),
                view,
            ),
        })
    }

    /// What the application calls the person.
    fn subject(
        &self,
        id: &AppId,
        app: &OidcApp,
        view: View<'_>,
    ) -> Result<String, DownstreamError> {
        let person = view.person;
        if let SubjectType::Pairwise { .. } = app.client.subject_type {
            let sector = app.client.sector().ok_or_else(|| {
                failed(
                    id,
                    reason::named("sector_missing"),
                    "its pairwise subjects have no sector",
                )
            })?;
            let key = &self.registry.pairwise_key;
            return Ok(key.oidc_subject(&sector, &person.id));
        }
        let distinct: BTreeSet<String> = app.subject.values(view).into_iter().collect();
        let several = distinct.len() > 1;
        let subject = distinct.into_iter().next().filter(|_| !several);
        let fits = |subject: &String| subject.is_ascii() && subject.len() <= LONGEST_SUBJECT;
        subject
            .filter(fits)
            .ok_or_else(|| self.nameless(id, app, person, several))
    }

    fn nameless(
        &self,
        id: &AppId,
        app: &OidcApp,
        person: &Person,
        several: bool,
    ) -> DownstreamError {
        let (code, what) = if several {
            (
                reason::named("subject_ambiguous"),
                "has several values of it",
            )
        } else {
            (
                reason::named("subject_missing"),
                "has none that fits: one value of at most 255 ASCII characters",
            )
        };
        let cause = format!(
            "people are known to it by {}, and {} {what}; set `subject: id`, which everybody has",
            app.subject, person.id
        );
        failed(id, code, &cause)
    }

    /// Somebody else logged in than the application asked for: it hears that its person did not (OpenID Connect Core
    /// 3.1.2.2).
    fn not_them(&self, id: &AppId, pending: &Pending) -> DownstreamError {
        let told = "another person is logged in than the one that was asked for";
        let answer = pending.accepted.reply.with_error(
            ErrorCode::LoginRequired,
            told,
            self.registry.issuer(),
        );
        let cause = "it asked for another person than the one who logged in (id_token_hint, or a claim `sub`); log in there with the same account as here";
        DownstreamError {
            tell: reply::of(answer).ok().map(Box::new),
            ..failed(id, "subject_mismatch", cause)
        }
    }
}

/// What an application is told of a refusal.
fn refusal(why: Refusal) -> (ErrorCode, &'static str) {
    match why {
        Refusal::Assurance => (
            ErrorCode::UnmetAuthenticationRequirements,
            "the login does not prove what was asked for",
        ),
        Refusal::Cancelled => (ErrorCode::AccessDenied, "the login was not finished"),
        Refusal::Denied => (ErrorCode::AccessDenied, "access is not allowed"),
        Refusal::Interaction => (
            ErrorCode::InteractionRequired,
            "the person would have to do something",
        ),
        Refusal::NoFactor => (ErrorCode::AccessDenied, "no second factor is available"),
        Refusal::Passive => (ErrorCode::LoginRequired, "the person would have to log in"),
        Refusal::Upstream => (
            ErrorCode::AccessDenied,
            "the identity provider did not confirm the login",
        ),
    }
}

pub(super) fn failed(app: &AppId, code: &'static str, cause: &str) -> DownstreamError {
    DownstreamError {
        code,
        detail: format!("application `{app}`: {cause}"),
        tell: None,
    }
}
