//! Scopes (RFC 6749 section 3.3).
//!
//! Owns their syntax, their number, and the rule that a refresh may only narrow them. What a scope gives is the
//! caller's.

use std::collections::BTreeSet;

/// The most scopes in one request: a handful is usual, ten thousand are an attack (OO-12).
pub const MAX_SCOPES: usize = 64;

/// Why a scope is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeRejection {
    /// Characters that a scope cannot have, or nothing between two spaces.
    #[error("the scope is not a list of scope names with single spaces between them")]
    Malformed,
    /// More than [`MAX_SCOPES`].
    #[error("the request names more than {MAX_SCOPES} scopes")]
    TooMany,
    /// A scope that was not granted (RFC 6749 section 6).
    #[error("the request names a scope that was not granted before")]
    Widened,
}

impl ScopeRejection {
    /// The stable reason code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "scope_malformed",
            Self::TooMany => "scope_too_many",
            Self::Widened => "scope_widened",
        }
    }
}

/// Reads a list of scopes.
///
/// # Errors
/// [`ScopeRejection::Malformed`] or [`ScopeRejection::TooMany`].
pub fn parse(text: &str) -> Result<BTreeSet<String>, ScopeRejection> {
    // RFC 6749 appendix A.4: scope-token.
    let in_a_scope = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    let mut scopes = BTreeSet::new();
    for (count, name) in text.split(' ').enumerate() {
        if count == MAX_SCOPES {
            return Err(ScopeRejection::TooMany);
        }
        if name.is_empty() || !name.bytes().all(in_a_scope) {
            return Err(ScopeRejection::Malformed);
        }
        scopes.insert(name.to_owned());
    }
    Ok(scopes)
}

/// The scopes of a refresh: those that were granted, or the fewer that are asked for.
///
/// # Errors
/// [`ScopeRejection`].
pub fn narrowed(
    requested: Option<&str>,
    granted: &BTreeSet<String>,
) -> Result<BTreeSet<String>, ScopeRejection> {
    let Some(requested) = requested else {
        return Ok(granted.clone());
    };
    let requested = parse(requested)?;
    if requested.is_subset(granted) {
        Ok(requested)
    } else {
        Err(ScopeRejection::Widened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn oo_12_scopes_are_bounded_and_well_formed() {
        let (most, flood) = (vec!["a"; 64].join(" "), vec!["a"; 10_000].join(" "));
        let cases = [
            ("openid", Ok(set(&["openid"]))),
            ("openid email openid", Ok(set(&["email", "openid"]))),
            (
                "https://api.example/read:all",
                Ok(set(&["https://api.example/read:all"])),
            ),
            (most.as_str(), Ok(set(&["a"]))),
            (flood.as_str(), Err(ScopeRejection::TooMany)),
            ("", Err(ScopeRejection::Malformed)),
            ("openid  email", Err(ScopeRejection::Malformed)),
            (" openid", Err(ScopeRejection::Malformed)),
            ("openid\temail", Err(ScopeRejection::Malformed)),
            ("a\"b", Err(ScopeRejection::Malformed)),
            ("a\\b", Err(ScopeRejection::Malformed)),
            ("caf\u{e9}", Err(ScopeRejection::Malformed)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), expected, "{}", text.get(..40).unwrap_or(text));
        }
    }

    #[test]
    fn oo_07_a_refresh_can_only_narrow() {
        let granted = set(&["email", "offline_access", "openid"]);
        let cases = [
            (None, Ok(granted.clone())),
            (Some("openid"), Ok(set(&["openid"]))),
            (Some("openid email offline_access"), Ok(granted.clone())),
            (Some("openid groups"), Err(ScopeRejection::Widened)),
            (Some("OpenID"), Err(ScopeRejection::Widened)),
            (Some("openid "), Err(ScopeRejection::Malformed)),
        ];
        for (requested, expected) in cases {
            assert_eq!(narrowed(requested, &granted), expected, "{requested:?}");
        }
    }
}
