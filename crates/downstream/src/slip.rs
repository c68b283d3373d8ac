//! What somebody may have meant who is not known by the name that they gave.
//!
//! Owns which slips of the pen are told: a slash at the end, and upper and lower case. Does not own who is known: a name
//! that is only alike is nobody's, for it belongs to whoever owns it.

use std::fmt;

/// How a name is alike one that is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slip {
    /// In some letters' case.
    Case,
    /// In both.
    CaseAndSlash,
    /// In the slash at the end.
    Slash,
}

impl fmt::Display for Slip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Case => "upper and lower case",
            Self::CaseAndSlash => "the slash at the end, and upper and lower case",
            Self::Slash => "the slash at the end",
        })
    }
}

impl Slip {
    fn between(name: &str, registered: &str) -> Option<Self> {
        let [bare, registered_bare] =
            [name, registered].map(|text| text.strip_suffix('/').unwrap_or(text));
        let same_end = name.ends_with('/') == registered.ends_with('/');
        match (bare == registered_bare, same_end) {
            (true, true) => None,
            (true, false) => Some(Self::Slash),
            (false, _) if !bare.eq_ignore_ascii_case(registered_bare) => None,
            (false, true) => Some(Self::Case),
            (false, false) => Some(Self::CaseAndSlash),
        }
    }
}

/// What to say of a name that is not registered: which one is alike, or `otherwise`.
pub(crate) fn hint<'a>(
    name: &str,
    mut registered: impl Iterator<Item = &'a str>,
    otherwise: &str,
) -> String {
    registered
        .find_map(|one| Some((one, Slip::between(name, one)?)))
        .map_or_else(
            || otherwise.to_owned(),
            |(one, slip)| format!("{one:?} differs from it only in {slip}"),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_and_anything_else_is_not() {
        for (name, slip) in [
            ("https://jira.acme.test/", Some(Slip::Slash)),
            ("https://Jira.acme.test", Some(Slip::Case)),
            ("https://JIRA.acme.test/", Some(Slip::CaseAndSlash)),
            ("https://jira.acme.test", None),
            ("https://jira.acme.test//", None),
            ("https://jira.acme.test/x", None),
            ("https://jira.acme", None),
            ("http://jira.acme.test", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(
                Slip::between(name, "https://jira.acme.test"),
                slip,
                "{name}"
            );
        }
        let slashed = "https://jira.acme.test/jira/";
        let name = "https://jira.acme.test/jira";
        assert_eq!(Slip::between(name, slashed), Some(Slip::Slash));
    }
}
