//! Why messages are not accepted, or not believed about a second factor, in plain words: every code with what it means and
//! what to do.
//!
//! Owns the sentences, one table for each part of a message, and the reference page that is made of them. Does not own
//! the codes: they are those of the rooms that judge, as the audit log has them and `vestibule inspect` prints them. A
//! test compares the tables with those rooms.

mod authorization;
mod clients;
mod envelope;
mod logout;
mod metadata;
mod oidc;
mod response;
mod second_factor;
mod signature;
mod upstream;
mod xml;

use std::fmt::Write;

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The code.
    pub code: &'static str,
    /// What it means: one sentence.
    pub meaning: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

/// A part of the page.
struct Section {
    title: &'static str,
    rows: &'static [Known],
}

const fn known(code: &'static str, meaning: &'static str, remedy: &'static str) -> Known {
    Known {
        code,
        meaning,
        remedy,
    }
}

/// For what no provider in good order sends.
const HOSTILE: &str = "No provider in good order sends this. Keep the message, look at where it came from, and ask the provider's administrator whether it was theirs.";

const SECTIONS: [&Section; 11] = [
    &response::SECTION,
    &signature::SECTION,
    &envelope::SECTION,
    &xml::SECTION,
    &metadata::SECTION,
    &oidc::SECTION,
    &authorization::SECTION,
    &clients::SECTION,
    &upstream::SECTION,
    &second_factor::SECTION,
    &logout::SECTION,
];

/// What is known of a code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Known> {
    all().find(|known| known.code == code)
}

fn all() -> impl Iterator<Item = &'static Known> {
    SECTIONS.iter().flat_map(|section| section.rows)
}

const OPENING: &str = "\
# Rejections

Why a message of an identity provider or an application was not accepted. The code stands in the audit log as `reason`
(`vestibule audit list`) and in the output of `vestibule inspect`; where an application called by itself, with no person
at it (token, introspection, userinfo, revocation), it stands in the log. The detail beside it says what was expected and
what came. Codes are stable: a later version may add some and changes none.

Nothing is refused by a code that begins with `upstream_factor_`: it stands in the log where [what a provider says of a
second factor](#second-factors-of-providers) was not enough, with the reference of the login.

How to find out what is wrong with one message: [A login fails](../inspect.md).
";

/// The page, in Markdown.
#[must_use]
pub fn page() -> String {
    let mut page = OPENING.to_owned();
    for section in SECTIONS {
        push(&mut page, format_args!("\n## {}\n\n", section.title));
        push(
            &mut page,
            format_args!("| code | meaning | remedy |\n|---|---|---|\n"),
        );
        for row in section.rows {
            push(
                &mut page,
                format_args!("| `{}` | {} | {} |\n", row.code, row.meaning, row.remedy),
            );
        }
    }
    page
}

fn push(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = page.write_fmt(text);
}

#[cfg(test)]
mod tests;
