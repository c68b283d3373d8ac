//! When an upstream is believed about a second factor: `upstreams.<id>.second_factor`.

use vestibule_core::{policy::Belief, session::Limits};

use super::UpstreamProtocol;
use crate::config::{
    duration,
    reader::Reader,
    setting::{Key, Section},
};

/// Keys of the section.
pub(super) const SECTION: Section = Section {
    path: "upstreams.<id>.second_factor",
    about: "What this upstream must say, in an answer that it signed, to be believed that the person passed a second factor there. Values are compared byte for byte; at least one of `contexts` and `methods` is needed. What it said is weighed anew at each decision.",
    keys: &[
        Key::optional(
            "contexts",
            "one or more texts",
            "none",
            "Values of `AuthnContextClassRef` (SAML) or `acr` (OpenID Connect) of which each means a second factor, as `https://refeds.org/profile/mfa`.",
        )
        .danger("Name only what the provider says of nobody who passed a password alone. Keycloak gives a client's default `acr` to a password too."),
        Key::optional(
            "methods",
            "one or more texts",
            "none",
            "The same for values of `amr` (OpenID Connect), as `mfa`, or for what AD FS and Entra ID name in `http://schemas.microsoft.com/claims/authnmethodsreferences` (SAML), as `http://schemas.microsoft.com/claims/multipleauthn`. Others may stand beside them.",
        )
        .danger("In SAML this is an attribute: where people or other administrators can write attributes, name `contexts` alone."),
        Key::needed(
            "max_age",
            "a length of time from `1m` to `24h`",
            "How long ago it may have authenticated the person (`AuthnInstant`, `auth_time`); without that moment its word does not count. An OpenID provider is asked for no older login (`max_age`).",
        )
        .danger("Who takes over a session at the provider passes the second door so long."),
    ],
};

/// What every provider says of somebody who typed a password: SAML's classes (saml-authn-context-2.0-os 3.4), those of
/// AD FS and Entra ID, and RFC 8176's values; or of a cookie alone: `acr` `0` (OpenID Connect Core 2).
const OF_ONE_FACTOR: [&str; 9] = [
    "0",
    "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password",
    "pwd",
    "urn:federation:authentication:windows",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:PreviousSession",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified",
    "urn:oasis:names:tc:SAML:1.0:am:password",
];

/// Reads the section.
pub(super) fn read(reader: &Reader<'_>, protocol: &UpstreamProtocol) -> Option<Belief> {
    let fields = reader.section(&SECTION)?;
    let contexts = fields.get("contexts").map(|reader| values(&reader));
    let methods = fields.get("methods").map(|reader| values(&reader));
    let max_age = fields.get("max_age");
    let max_age =
        max_age.and_then(|reader| duration::read(&reader, 60..=Limits::LONGEST.num_seconds()));
    match protocol {
        UpstreamProtocol::Local(_) => {
            reader.mistake(
                "second_factor_of_nobody",
                "who types a password here passes no second factor elsewhere",
                "remove this",
            );
            return None;
        }
        UpstreamProtocol::Saml(saml) if saml.danger_accept_sha1 => {
            reader.mistake(
                "second_factor_by_sha1",
                "a signature with SHA-1 is good enough here, and so whoever forges one passes both doors",
                "remove `danger_accept_sha1`, or this",
            );
            return None;
        }
        UpstreamProtocol::Oidc(_) | UpstreamProtocol::Saml(_) => {}
    }
    if let (None, None) = (&contexts, &methods) {
        reader.mistake(
            "believes_nothing",
            "it names no value, so nothing that the provider says would be believed",
            "name values in `contexts` or `methods`, or remove it",
        );
        return None;
    }
    // **Invariant:** with a value that could not be read nothing is believed.
    let [contexts, methods] = [
        contexts.unwrap_or(Some(vec![]))?,
        methods.unwrap_or(Some(vec![]))?,
    ];
    Some(Belief {
        contexts: contexts.into_iter().collect(),
        methods: methods.into_iter().collect(),
        max_age: max_age?,
    })
}

/// All of them, or `None`.
fn values(reader: &Reader<'_>) -> Option<Vec<String>> {
    let texts = reader.each_once(value);
    let is_whole = !texts.is_empty() && texts.len() == reader.one_or_many().len();
    is_whole.then_some(texts)
}

fn value(reader: &Reader<'_>) -> Option<String> {
    let text = reader.text()?;
    if OF_ONE_FACTOR.contains(&text.as_str()) {
        reader.mistake(
            "one_factor",
            format!("`{text}` is what a provider says of a password, or of nothing in particular"),
            "name what it says of a second factor, or remove this",
        );
        return None;
    }
    Some(text)
}
