//! Introspection (RFC 7662): a client asks what a token is worth.
//!
//! Owns the request and the answer, and the rule who may know. Finding the token is the caller's.
//!
//! **Invariant:** a token that is not the asker's business, is of another kind, has ended or never was is answered in
//! one and the same way (section 2.2, OO-15).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{
    client_auth::AuthenticatedClient,
    endpoint::{ClientForm, EndpointRejection},
    shown_token::ShownToken,
};

/// Reads the request. A public client could be anybody, and may not ask (section 2.1).
///
/// # Errors
/// [`EndpointRejection`].
pub fn read(
    form: &mut ClientForm,
    client: &AuthenticatedClient,
) -> Result<ShownToken, EndpointRejection> {
    if !client.is_confidential() {
        return Err(EndpointRejection::ConfidentialClientsOnly);
    }
    Ok(ShownToken::read(form)?)
}

/// A token that is good at this moment.
#[derive(Clone, Debug)]
pub struct ActiveToken<'a> {
    /// The client that it was given to.
    pub client_id: &'a str,
    /// Whom it is meant for beside that client: they may ask about it, too.
    pub audiences: &'a [&'a str],
    /// `iss`.
    pub issuer: &'a str,
    /// `sub`, as that client knows the person.
    pub subject: &'a str,
    /// `scope`.
    pub scopes: &'a BTreeSet<String>,
    /// `iat`.
    pub issued_at: DateTime<Utc>,
    /// `exp`.
    pub expires_at: DateTime<Utc>,
    /// `auth_time` (RFC 9470 section 6.2).
    pub auth_time: DateTime<Utc>,
    /// `acr` (RFC 9470 section 6.2).
    pub acr: Option<&'a str>,
    /// Whether it is an access token; a refresh token has no `token_type`.
    pub is_access_token: bool,
}

/// The answer to `client` about a token, `None` if there is no good one; to be sent with
/// [`super::endpoint::NOT_TO_BE_STORED`].
#[must_use]
pub fn answer(client: &AuthenticatedClient, token: Option<&ActiveToken<'_>>) -> Value {
    let asker = client.client_id();
    let theirs = token.filter(|token| {
        token.client_id == asker || (token.is_access_token && token.audiences.contains(&asker))
    });
    theirs.map_or_else(|| json!({ "active": false }), ActiveToken::body)
}

impl ActiveToken<'_> {
    fn body(&self) -> Value {
        let audiences = (!self.audiences.is_empty()).then(|| json!(self.audiences));
        let scopes: Vec<&str> = self.scopes.iter().map(String::as_str).collect();
        let members = [
            ("acr", self.acr.map(Value::from)),
            ("active", Some(true.into())),
            ("aud", audiences),
            ("auth_time", Some(self.auth_time.timestamp().into())),
            ("client_id", Some(self.client_id.into())),
            ("exp", Some(self.expires_at.timestamp().into())),
            ("iat", Some(self.issued_at.timestamp().into())),
            ("iss", Some(self.issuer.into())),
            ("scope", Some(scopes.join(" ").into())),
            ("sub", Some(self.subject.into())),
            ("token_type", self.is_access_token.then(|| "Bearer".into())),
        ];
        let present = members
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(present.collect::<Map<_, _>>())
    }
}

#[cfg(test)]
mod tests;
