//! When an upstream is believed about a second factor: `upstreams.<id>.second_factor`.
//!
//! Owns the spelling of it, and the values that mean one factor whoever says them. Does not own how a word is weighed
//! ([`Belief`]), nor for which rules it counts: that stands at each rule (`accept_upstream`).

use std::collections::BTreeSet;

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
            "a length of time from `5m` to `24h`",
            "How long ago it may have authenticated the person (`AuthnInstant`, `auth_time`); without that moment its word does not count. An OpenID provider is asked for no older login (`max_age`).",
        )
        .danger("Who takes over a session at the provider passes the second door so long."),
    ],
};

/// Clocks differ, and some providers name the moment of the password, which comes first; in seconds.
const SHORTEST: i64 = 5 * 60;

/// Values that mean one factor or none, whichever provider says them: SAML's classes of a password, an address, a ticket, a
/// session that was there before and of nothing in particular (saml-authn-context-2.0-os 3.4), the password of SAML 1.1,
/// what AD FS and Entra ID say of a password and of a login at Windows, Okta's and REFEDS' names for a single factor,
/// RFC 8176's values for what is none alone, and the `acr` of a cookie (OpenID Connect Core 2) and of Keycloak's password.
const OF_ONE_FACTOR: [&str; 27] = [
    "0",
    "1",
    "geo",
    "http://schemas.microsoft.com/claims/wiaormultiauthn",
    "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password",
    "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/windows",
    "https://refeds.org/profile/sfa",
    "kba",
    "pin",
    "pwd",
    "rba",
    "urn:federation:authentication:windows",
    "urn:oasis:names:tc:SAML:1.0:am:password",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocol",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileOneFactorContract",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileOneFactorUnregistered",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:PreviousSession",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified",
    "urn:okta:loa:1fa:any",
    "urn:okta:loa:1fa:pwd",
    "urn:okta:loa:2fa:any:ifpossible",
    "user",
    "wia",
];

/// Reads the section.
pub(super) fn read(reader: &Reader<'_>, protocol: &UpstreamProtocol) -> Option<Belief> {
    let fields = reader.section(&SECTION)?;
    let [contexts, methods] = ["contexts", "methods"].map(|key| values(fields.get(key).as_ref()));
    let max_age = fields.get("max_age");
    let max_age = max_age
        .and_then(|reader| duration::read(&reader, SHORTEST..=Limits::LONGEST.num_seconds()));
    match protocol {
        UpstreamProtocol::Local(_) => {
            reader.mistake(
                "second_factor_of_nobody",
                "`local` asks for a password here, and for nothing else, so there is no second factor to believe",
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
    // **Invariant:** with a value that could not be read nothing is believed.
    let (contexts, methods) = (contexts?, methods?);
    if contexts.is_empty() && methods.is_empty() {
        reader.mistake(
            "believes_nothing",
            "it names no value, so nothing that the provider says would be believed",
            "name values in `contexts` or `methods`, or remove it",
        );
        return None;
    }
    Some(Belief {
        contexts,
        methods,
        max_age: max_age?,
    })
}

/// Those of a key, none where it is not given; `None` if one of them could not be read.
fn values(reader: Option<&Reader<'_>>) -> Option<BTreeSet<String>> {
    let Some(reader) = reader else {
        return Some(BTreeSet::new());
    };
    let texts = reader.each_once(value);
    let is_whole = !texts.is_empty() && texts.len() == reader.one_or_many().len();
    is_whole.then(|| texts.into_iter().collect())
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
