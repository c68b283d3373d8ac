//! From a verified assertion to a verified identity.
//!
//! Owns how SAML's names and attributes are written in the core's words. Does not check anything: who hands in a
//! [`VerifiedAssertion`] did.

use vestibule_core::{
    id::UpstreamId,
    identity::{Attributes, Subject, VerifiedIdentity},
    port::{ReplayMark, ReplayPurpose},
};
use vestibule_saml::response::{NameId, Value, VerifiedAssertion};

/// The methods that AD FS and Entra name; `AuthnContextClassRef` does not tell there whether a second factor was used.
const METHODS: &str = "http://schemas.microsoft.com/claims/authnmethodsreferences";

/// What Entra sends instead of groups when there are too many of them.
const GROUPS_LINK: &str = "http://schemas.microsoft.com/claims/groups.link";

/// Whether the groups are to be fetched elsewhere, which is not the same as "no groups".
pub(super) fn groups_are_elsewhere(assertion: &VerifiedAssertion) -> bool {
    assertion.attributes().find(GROUPS_LINK).is_some()
}

pub(super) fn identity(upstream: UpstreamId, assertion: &VerifiedAssertion) -> VerifiedIdentity {
    let name_id = assertion.name_id();
    let replay = assertion.replay_id();
    VerifiedIdentity {
        upstream,
        subject: Subject {
            value: name_id.value.clone(),
            format: Some(name_id.format.clone()),
            qualifier: qualifier(name_id),
        },
        attributes: attributes(assertion),
        authn_context: assertion.authn_context().map(str::to_owned),
        methods: assertion
            .attributes()
            .texts(METHODS)
            .map(str::to_owned)
            .collect(),
        authenticated_at: Some(assertion.authn_instant()),
        session: assertion.session_index().map(str::to_owned),
        session_ends: assertion.session_not_on_or_after(),
        for_logout: None,
        once: Some(ReplayMark {
            purpose: ReplayPurpose::SamlAssertion,
            owner: replay.issuer.to_owned(),
            value: replay.assertion_id.to_owned(),
            keep_until: assertion.remember_until(),
        }),
    }
}

/// NameQualifier and SPNameQualifier, joined as Shibboleth writes persistent names. Both belong to the name: the same
/// value in another scope is another person (SAML core 8.3.7).
fn qualifier(name_id: &NameId) -> Option<String> {
    match (&name_id.name_qualifier, &name_id.sp_name_qualifier) {
        (None, None) => None,
        (name, sp) => Some(format!(
            "{}!{}",
            name.as_deref().unwrap_or_default(),
            sp.as_deref().unwrap_or_default()
        )),
    }
}

/// A name behind its scope, as Shibboleth writes it as a text. `None` where it could be read as another name in another
/// scope: of a whole one the first two `!` part the pieces.
fn joined(scope: Option<&str>, name: &str) -> Option<String> {
    let marks = |text: &str| text.matches('!').count();
    match scope {
        Some(scope) => (marks(scope) == 1).then(|| format!("{scope}!{name}")),
        None => (marks(name) < 2).then(|| name.to_owned()),
    }
}

/// Texts as they stand, and names with their scope. Other values are left out: nothing could be mapped to them.
#[must_use]
pub fn attributes(assertion: &VerifiedAssertion) -> Attributes {
    let mut attributes = Attributes::new();
    for attribute in assertion.attributes().iter() {
        let values = attribute.values.iter().filter_map(|value| match value {
            Value::Text(text) => Some(text.clone()),
            Value::NameId(name) => joined(qualifier(name).as_deref(), &name.value),
            _ => None,
        });
        attributes
            .entry(attribute.name.clone())
            .or_default()
            .extend(values);
    }
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn si_66c_a_name_in_an_attribute_cannot_be_written_as_anothers() {
        for (scope, name, expect) in [
            (Some("idp!sp"), "a", Some("idp!sp!a")),
            (Some("idp!sp"), "a!b", Some("idp!sp!a!b")),
            (Some("!sp"), "a", Some("!sp!a")),
            (None, "a", Some("a")),
            (None, "a!b", Some("a!b")),
            // As the first would be written, and as the second.
            (None, "idp!sp!a", None),
            (Some("idp!sp!a"), "b", None),
        ] {
            assert_eq!(joined(scope, name).as_deref(), expect, "{scope:?} {name}");
        }
    }
}
