//! From verified claims to attributes.
//!
//! Owns which claims become attributes and how values are written. Does not decide what an attribute means: the mapping
//! does. What the mapping names must be readable: "the groups are to be fetched elsewhere" is not "no groups".

use serde_json::Value;
use vestibule_core::identity::Attributes;
use vestibule_oidc::claims::{Claims, Lookup};

use super::settings::EmailTrust;

/// Where an address goes that the provider does not vouch for: nothing maps it, but whoever reads the record sees it.
pub(super) const UNVERIFIED_EMAIL: &str = "unverified_email";

/// Claims of the protocol itself. They say nothing about the person.
const PROTOCOL: [&str; 14] = [
    "_claim_names",
    "_claim_sources",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "c_hash",
    "exp",
    "iat",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "s_hash",
];

/// A claim that the mapping names and that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ClaimFault {
    /// It is to be fetched elsewhere.
    #[error(
        "the claim `{0}` is too large for the token and must be fetched elsewhere, which is not done: let the provider send only the groups that are assigned to this client"
    )]
    Elsewhere(String),
    /// It is neither text nor a list of texts.
    #[error(
        "the claim `{0}` is neither text nor a list of texts; name a claim below it, as in `{0}.roles`"
    )]
    Unreadable(String),
}

impl ClaimFault {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Elsewhere(_) => "claim_elsewhere",
            Self::Unreadable(_) => "claim_unreadable",
        }
    }
}

/// The attributes of a person: every readable claim under its own name, and each of `paths` under the path.
pub(super) fn attributes(
    claims: &Claims,
    paths: &[String],
    email: EmailTrust,
) -> Result<Attributes, ClaimFault> {
    let mut attributes = Attributes::new();
    for (name, _) in claims.iter().filter(|(name, _)| !PROTOCOL.contains(name)) {
        if let Lookup::Values(values) = claims.lookup(name) {
            attributes.insert(name.to_owned(), values);
        }
    }
    for path in paths {
        match claims.lookup(path) {
            Lookup::Absent => {}
            Lookup::Elsewhere => return Err(ClaimFault::Elsewhere(path.clone())),
            Lookup::Unreadable => return Err(ClaimFault::Unreadable(path.clone())),
            Lookup::Values(values) => {
                attributes.insert(path.clone(), values);
            }
        }
    }
    if !is_believed(claims, email)
        && let Some(address) = attributes.remove("email")
    {
        attributes.insert(UNVERIFIED_EMAIL.to_owned(), address);
    }
    Ok(attributes)
}

fn is_believed(claims: &Claims, email: EmailTrust) -> bool {
    match email {
        EmailTrust::DangerAlways => true,
        EmailTrust::UnlessDenied => {
            let denied = |name| claims.value(name).is_some_and(|value| !says_yes(value));
            // Entra speaks of the domain's owner instead (attack row OI-159).
            !denied("email_verified") && !denied("xms_edov")
        }
        EmailTrust::Verified => claims.verified_email().is_some(),
    }
}

/// `true`, and what Entra writes for it.
fn says_yes(value: &Value) -> bool {
    matches!(value, Value::Bool(true))
        || value.as_u64() == Some(1)
        || matches!(value.as_str(), Some("true" | "1"))
}
