//! The name that a person gives to a key.

use vestibule_core::{account::FactorName, evidence::Enrolment};

use super::rejected::Rejected;

/// The name of the first key, until the person types another.
const FIRST: &str = "Security key";

/// A name that none of the person's keys has: `Security key`, `Security key 2` …
pub(super) fn suggested(enrolled: &[Enrolment]) -> String {
    let mut names = std::iter::once(FIRST.to_owned())
        .chain((2..).map(|number: u32| format!("{FIRST} {number}")));
    names
        .find(|name| enrolled.iter().all(|key| key.label != *name))
        .unwrap_or_else(|| FIRST.to_owned())
}

/// The name as typed; the suggested one if nothing was.
///
/// # Errors
/// [`Rejected::Name`] if it is no [`FactorName`]: in a log or a list it could pass for something else (attack row
/// MF-69).
pub(super) fn chosen(typed: Option<&str>, suggested: &str) -> Result<String, Rejected> {
    let typed = typed.unwrap_or_default();
    if typed.trim().is_empty() {
        return Ok(suggested.to_owned());
    }
    let name = FactorName::typed(typed).ok_or(Rejected::Name)?;
    Ok(name.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use vestibule_core::{id::FactorKind, request::Memo};

    use super::*;
    use crate::fixture::{enrolment, person};

    #[test]
    fn mf_69_a_name_is_one_line_of_shown_text() {
        for name in [
            "YubiKey",
            "Schlüssel für Büro",
            "<img onerror=alert(1)>",
            "鍵",
            "🔑",
        ] {
            assert_eq!(chosen(Some(name), "Security key"), Ok(name.to_owned()));
        }
        for name in [
            "a\r\nuser=mallory",
            "a\u{0}b",
            "\u{1b}[31mred",
            "a\u{202e}b",
            "a\u{2028}b",
        ] {
            assert_eq!(
                chosen(Some(name), "Security key"),
                Err(Rejected::Name),
                "{name:?}"
            );
        }
        let long = |length| chosen(Some(&"x".repeat(length)), "").map(|name| name.len());
        assert_eq!(long(FactorName::LONGEST), Ok(FactorName::LONGEST));
        assert_eq!(long(FactorName::LONGEST + 1), Err(Rejected::Name));
        for nothing in [None, Some(""), Some("  ")] {
            assert_eq!(
                chosen(nothing, "Security key 2"),
                Ok("Security key 2".to_owned())
            );
        }
    }

    #[test]
    fn the_suggested_name_is_new() {
        let key = |label: &str| Enrolment {
            label: label.to_owned(),
            ..enrolment(
                &person("alice", None),
                FactorKind::webauthn(),
                Memo::default(),
            )
        };
        assert_eq!(suggested(&[]), "Security key");
        assert_eq!(suggested(&[key("YubiKey")]), "Security key");
        let two = [key("Security key"), key("Security key 2")];
        assert_eq!(suggested(&two), "Security key 3");
    }
}
