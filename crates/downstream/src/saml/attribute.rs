//! What an application is told besides the name (SAML core 2.7.3).
//!
//! Owns the rule of one attribute and what is made of it for a person. Does not own where values come from
//! ([`crate::told`]).
//!
//! **Invariant:** all values of an attribute stand in one element. Some readers take only the first of several elements
//! of one name, and Jira Data Center refuses them.

use vestibule_saml::issue::Attribute;

use crate::told::{Template, View};

/// An attribute that an application gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeRule {
    /// The name that it knows.
    pub name: String,
    /// What kind of name that is, as a URI.
    pub name_format: Option<String>,
    /// A name for people who read the message.
    pub friendly_name: Option<String>,
    /// What it is filled with, each value once. Without any value it is left out.
    pub values: Vec<Template>,
    /// What stands there instead of nothing, for an application that fails where the attribute is missing.
    pub when_empty: Option<String>,
}

/// Attribute names that are URIs (SAML core 8.2.2).
const URI_NAME: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
/// Attribute names that are plain words (SAML core 8.2.3).
const BASIC_NAME: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";

impl AttributeRule {
    /// An attribute of this name, whose kind is told from its look: a URI has a colon.
    #[must_use]
    pub fn named(name: impl Into<String>, value: impl Into<Template>) -> Self {
        let name = name.into();
        let format = if name.contains(':') {
            URI_NAME
        } else {
            BASIC_NAME
        };
        Self {
            name,
            name_format: Some(format.to_owned()),
            friendly_name: None,
            values: vec![value.into()],
            when_empty: None,
        }
    }

    /// The same, with this instead of nothing.
    #[must_use]
    pub fn or(self, when_empty: impl Into<String>) -> Self {
        Self {
            when_empty: Some(when_empty.into()),
            ..self
        }
    }

    fn of(&self, view: View<'_>) -> Option<Attribute> {
        let mut values = Template::fill_all(&self.values, view);
        if values.is_empty() {
            values.extend(self.when_empty.clone());
        }
        (!values.is_empty()).then(|| Attribute {
            name: self.name.clone(),
            name_format: self.name_format.clone(),
            friendly_name: self.friendly_name.clone(),
            values,
        })
    }
}

/// What these rules make of a person.
pub(super) fn attributes(rules: &[AttributeRule], view: View<'_>) -> Vec<Attribute> {
    rules.iter().filter_map(|rule| rule.of(view)).collect()
}
