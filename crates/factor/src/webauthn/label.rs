//! The name that a person gives to a key.

use vestibule_core::evidence::Enrolment;

use super::rejected::Rejected;

/// The name of the first key, until the person types another.
const FIRST: &str = "Security key";

/// The longest name, in characters; what is behind is dropped.
const LONGEST: usize = 64;

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
/// [`Rejected::Name`] if it holds control characters, or such as turn the text around them: in a log or a list it could
/// pass for something else (attack row MF-69).
pub(super) fn chosen(typed: Option<&str>, suggested: &str) -> Result<String, Rejected> {
    let typed = typed.unwrap_or_default().trim();
    if typed.chars().any(misleads) {
        return Err(Rejected::Name);
    }
    let name: String = typed.chars().take(LONGEST).collect();
    let name = name.trim_end();
    Ok(if name.is_empty() { suggested } else { name }.to_owned())
}

/// Control characters; marks that reverse the direction of text, separate lines, or have no width (Unicode UAX #9, UTR #36).
fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
        )
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
            "a\u{200b}b",
            "a\u{2028}b",
            "a\u{feff}b",
        ] {
            assert_eq!(
                chosen(Some(name), "Security key"),
                Err(Rejected::Name),
                "{name:?}"
            );
        }
        let long = "x".repeat(1000);
        assert_eq!(chosen(Some(&long), "").unwrap().len(), LONGEST);
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
