//! How values are put together out of what is known about a person.
//!
//! Owns a grammar of one line, read once when the configuration is:
//!
//! ```text
//! value    = word                     ; `mail`, `groups`, `attribute:department`
//!          | "constant:" text         ; always this
//!          | 1*( text | "{" word "}" | "{{" | "}}" )
//! ```
//!
//! A braced word that has several values gives one value for each of them. If one of the words has no value for a person,
//! the whole template has none, for half a name is a wrong one; nor has it any if two words have several.

use std::{collections::BTreeSet, fmt};

use thiserror::Error;

use super::{Source, View};

/// The most values that are made for one attribute, as many as groups that an upstream may name.
const MOST_VALUES: usize = vestibule_core::identity::MOST_GROUPS;

/// A template that can be filled for anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Field(Source),
    Text(String),
}

/// What is wrong with a template, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{fault}, at character {at} of the text")]
pub struct TemplateError {
    /// Which character, from 1.
    pub at: usize,
    /// What.
    pub fault: Fault,
}

/// What can be wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A `{` or `}` without the other.
    Brace,
    /// `constant:` and nothing behind it, or nothing at all.
    Empty,
    /// The groups a second time.
    SecondList(String),
    /// A word that stands for nothing.
    Unknown(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Brace => f.write_str("a brace stands alone"),
            Self::Empty => f.write_str("there is nothing"),
            Self::SecondList(word) => write!(f, "{word} stand here twice"),
            Self::Unknown(word) => write!(f, "`{word}` is not known here"),
        }
    }
}

impl Fault {
    /// Stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Brace | Self::Empty | Self::SecondList(_) => "bad_template",
            Self::Unknown(_) => "unknown_word",
        }
    }

    /// What to do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Brace => "close what is open; write `{{` and `}}` for the signs themselves",
            Self::Empty => "write what the value shall be, or remove it",
            Self::SecondList(_) => "make two values of it, each with one of them",
            Self::Unknown(_) => {
                "write `mail`, `display_name`, `given_name`, `family_name`, `username`, `groups`, `id`, `subject`, `attribute:<name>` for an attribute of the upstream, or `constant:<text>`; between other text, the word in braces, as in `{given_name} {family_name}`"
            }
        }
    }
}

impl From<Source> for Template {
    fn from(source: Source) -> Self {
        Self(vec![Part::Field(source)])
    }
}

impl Template {
    /// Always this.
    #[must_use]
    pub fn constant(text: impl Into<String>) -> Self {
        Self(vec![Part::Text(text.into())])
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let whole = |fault| TemplateError { at: 1, fault };
        if let Some(constant) = text.strip_prefix("constant:") {
            return if constant.is_empty() {
                Err(whole(Fault::Empty))
            } else {
                Ok(Self::constant(constant))
            };
        }
        if text.contains(['{', '}']) {
            return parts(text).and_then(checked).map(Self);
        }
        Source::parse(text)
            .map(Self::from)
            .ok_or_else(|| whole(Fault::Unknown(text.to_owned())))
    }

    /// Fills it: no value, one, or as many as its list has.
    #[must_use]
    pub fn fill(&self, view: View<'_>) -> Vec<String> {
        let mut filled = vec![String::new()];
        for part in &self.0 {
            let values = match part {
                Part::Text(text) => vec![text.clone()],
                Part::Field(source) => source.values(view),
            };
            if filled.len() > 1 && values.len() > 1 {
                return Vec::new();
            }
            filled = appended(&filled, &values);
        }
        filled
    }

    /// What several templates make, each value once, in their order.
    #[must_use]
    pub fn fill_all(templates: &[Self], view: View<'_>) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let values = templates.iter().flat_map(|template| template.fill(view));
        values
            .filter(|value| seen.insert(value.clone()))
            .take(MOST_VALUES)
            .collect()
    }
}

fn appended(to: &[String], values: &[String]) -> Vec<String> {
    let each = |begun: &String| {
        let begun = begun.clone();
        values.iter().map(move |value| format!("{begun}{value}"))
    };
    to.iter().flat_map(each).collect()
}

/// Parts with the character at which each begins.
fn parts(text: &str) -> Result<Vec<(usize, Part)>, TemplateError> {
    let mut parts: Vec<(usize, Part)> = Vec::new();
    let mut plain = String::new();
    let mut rest = text.chars().zip(1..).peekable();
    while let Some((character, at)) = rest.next() {
        let doubled = matches!(character, '{' | '}')
            && rest.next_if(|(next, _)| *next == character).is_some();
        match character {
            '}' if !doubled => {
                return Err(TemplateError {
                    at,
                    fault: Fault::Brace,
                });
            }
            '{' if !doubled => {
                if !plain.is_empty() {
                    parts.push((at, Part::Text(std::mem::take(&mut plain))));
                }
                let mut word = String::new();
                loop {
                    match rest.next() {
                        Some(('}', _)) => break,
                        Some((inside, _)) if inside != '{' => word.push(inside),
                        _ => {
                            return Err(TemplateError {
                                at,
                                fault: Fault::Brace,
                            });
                        }
                    }
                }
                let source = Source::parse(&word).ok_or(TemplateError {
                    at,
                    fault: Fault::Unknown(word),
                })?;
                parts.push((at, Part::Field(source)));
            }
            other => plain.push(other),
        }
    }
    if !plain.is_empty() {
        parts.push((text.chars().count(), Part::Text(plain)));
    }
    Ok(parts)
}

fn checked(parts: Vec<(usize, Part)>) -> Result<Vec<Part>, TemplateError> {
    let is_list = |part: &Part| matches!(part, Part::Field(Source::Groups));
    let mut lists = parts.iter().filter(|(_, part)| is_list(part));
    if let Some((at, Part::Field(source))) = lists.nth(1) {
        return Err(TemplateError {
            at: *at,
            fault: Fault::SecondList(source.to_string()),
        });
    }
    Ok(parts.into_iter().map(|(_, part)| part).collect())
}

#[cfg(test)]
mod tests;
