//! What an application is told about a person (OpenID Connect Core 5.1 and 5.4).
//!
//! Owns which scope brings which claim, and what is made of a rule for a person. Does not own where values come from
//! ([`crate::told`]), nor where a claim is written: [`super::issued`] keeps it until somebody asks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use vestibule_oidc::provider::authorization::claims_request::{ClaimWish, ClaimsRequest};

use super::issued::IssuedClaim;
use crate::told::{Source, Template, View};

/// What kind of JSON a claim is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimShape {
    /// A list, also with one value or none.
    List,
    /// A text. Who has several values gets no such claim: one of them would be a guess.
    Text,
    /// `true` if there is any value; else left out.
    True,
}

/// A claim that an application may get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRule {
    /// Its name.
    pub name: String,
    /// The scope that brings it; `None`: it always comes.
    pub scope: Option<String>,
    /// What it is filled with.
    pub values: Vec<Template>,
    /// What kind of JSON it is.
    pub shape: ClaimShape,
    /// What stands there instead of nothing.
    pub when_empty: Option<String>,
}

impl ClaimRule {
    /// A text that a scope brings.
    #[must_use]
    pub fn text(scope: &str, name: &str, source: Source) -> Self {
        Self {
            name: name.to_owned(),
            scope: Some(scope.to_owned()),
            values: vec![source.into()],
            shape: ClaimShape::Text,
            when_empty: None,
        }
    }

    /// The claims of the scopes `profile`, `email` (Core 5.4) and `groups`.
    ///
    /// A mail address of a person is one that their upstream vouches for, so it is called verified.
    #[must_use]
    pub fn usual() -> Vec<Self> {
        let with = |shape, rule| Self { shape, ..rule };
        vec![
            Self::text("profile", "name", Source::DisplayName),
            Self::text("profile", "given_name", Source::GivenName),
            Self::text("profile", "family_name", Source::FamilyName),
            Self::text("profile", "preferred_username", Source::Username),
            Self::text("email", "email", Source::Mail),
            with(
                ClaimShape::True,
                Self::text("email", "email_verified", Source::Mail),
            ),
            with(
                ClaimShape::List,
                Self::text("groups", "groups", Source::Groups),
            ),
        ]
    }

    fn value(&self, view: View<'_>) -> Option<Value> {
        let mut values = Template::fill_all(&self.values, view);
        if values.is_empty() {
            values.extend(self.when_empty.clone());
        }
        match (self.shape, values.as_slice()) {
            (ClaimShape::List, _) => Some(values.into()),
            (ClaimShape::Text, [only]) => Some(only.as_str().into()),
            (ClaimShape::True, [_, ..]) => Some(true.into()),
            (ClaimShape::Text | ClaimShape::True, _) => None,
        }
    }
}

/// What an application asks for, and may have.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The scopes that it gets.
    pub(super) scopes: &'a BTreeSet<String>,
    /// Single claims that it asks for.
    pub(super) claims: &'a ClaimsRequest,
    /// Claims of scopes come in the ID token, too.
    pub(super) in_id_token: bool,
}

/// What these rules make of a person, for what is wanted. `may_have` says which scopes the application could have: what
/// none of them would bring, it does not get by asking for the claim alone (Core 5.5).
pub(super) fn claims(
    rules: &[ClaimRule],
    wanted: Wanted<'_>,
    may_have: impl Fn(&str) -> bool,
    view: View<'_>,
) -> Vec<IssuedClaim> {
    let made = rules.iter().filter_map(|rule| {
        let is_asked = |place: &BTreeMap<String, ClaimWish>| {
            place.contains_key(&rule.name) && rule.scope.as_deref().is_none_or(&may_have)
        };
        let asked = [&wanted.claims.id_token, &wanted.claims.userinfo].map(is_asked);
        let by_scope = rule
            .scope
            .as_ref()
            .is_none_or(|scope| wanted.scopes.contains(scope));
        if !by_scope && asked == [false, false] {
            return None;
        }
        let [in_id_token, in_userinfo] = asked;
        Some(IssuedClaim {
            name: rule.name.clone(),
            value: rule.value(view)?,
            // What a scope brought goes with it, also if it was asked for by name beside it.
            scope: rule.scope.clone().filter(|_| by_scope),
            id_token: in_id_token || (by_scope && wanted.in_id_token),
            userinfo: in_userinfo || by_scope,
        })
    });
    made.collect()
}
