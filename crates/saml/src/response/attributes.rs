//! The attributes of an assertion (SAML core 2.7.3).
//!
//! One rule for repeated names, because identity providers differ: AD FS sends one `Attribute` with many values,
//! Keycloak one `Attribute` per role. All values of one `Name` are joined in document order. Who needs a single value
//! asks [`Attributes::single`], which refuses to choose.

use super::NameId;
use crate::xml::{Element, XmlError, names};

/// Attributes by name, in document order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    list: Vec<Attribute>,
}

/// One attribute: all values that were sent under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attribute {
    /// The name, byte for byte.
    pub name: String,
    /// What kind of name it is, as the first element of this name says.
    pub name_format: Option<String>,
    /// A name for people, as the first element of this name says. Never used to find an attribute.
    pub friendly_name: Option<String>,
    /// The values, in document order.
    pub values: Vec<Value>,
}

/// One value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// A name, as `eduPersonTargetedID` has it.
    NameId(NameId),
    /// `xsi:nil`: explicitly no value.
    Nil,
    /// Text, byte for byte; it may be empty.
    Text(String),
    /// Other XML, which we do not read.
    Xml,
}

/// Why an attribute has no single value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttributeError {
    /// Several different values, and no rule to choose.
    #[error("the attribute {name:?} has {count} different values where one is wanted")]
    Ambiguous {
        /// Name of the attribute.
        name: String,
        /// Number of different values.
        count: usize,
    },
    /// A value that is not text.
    #[error("the attribute {0:?} holds something else than text")]
    NotText(String),
}

impl AttributeError {
    /// Stable reason code for logs, audit and tests.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Ambiguous { .. } => "attribute_ambiguous",
            Self::NotText(_) => "attribute_not_text",
        }
    }
}

impl Attributes {
    /// All attributes, in document order of their first appearance.
    pub fn iter(&self) -> impl Iterator<Item = &Attribute> {
        self.list.iter()
    }

    /// The attribute of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Attribute> {
        self.list.iter().find(|it| it.name == name)
    }

    /// All text values of that name. Values of other kinds are left out.
    pub fn texts<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.find(name)
            .into_iter()
            .flat_map(|it| &it.values)
            .filter_map(|value| match value {
                Value::Text(text) => Some(text.as_str()),
                _ => None,
            })
    }

    /// The one text value of that name; `None` if the attribute is absent, has no value, or is nil. The same value sent
    /// twice is one value.
    ///
    /// # Errors
    /// [`AttributeError`] if there are several, or if one is not text: whoever links accounts by this value must not
    /// be given just the first.
    pub fn single(&self, name: &str) -> Result<Option<&str>, AttributeError> {
        let mut distinct = Vec::new();
        for value in self.find(name).into_iter().flat_map(|it| &it.values) {
            match value {
                Value::Nil => {}
                Value::Text(text) if distinct.contains(&text.as_str()) => {}
                Value::Text(text) => distinct.push(text),
                Value::NameId(_) | Value::Xml => {
                    return Err(AttributeError::NotText(name.to_owned()));
                }
            }
        }
        match distinct.as_slice() {
            [] => Ok(None),
            [value] => Ok(Some(value)),
            several => Err(AttributeError::Ambiguous {
                name: name.to_owned(),
                count: several.len(),
            }),
        }
    }

    pub(super) fn add(&mut self, element: Element<'_>) -> Result<(), XmlError> {
        let name = element.required_attribute("Name")?;
        let values = element
            .children_named(names::SAML, "AttributeValue")
            .map(Value::read)
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(known) = self.list.iter_mut().find(|it| it.name == name) {
            known.values.extend(values);
        } else {
            self.list.push(Attribute {
                name: name.to_owned(),
                name_format: element.attribute("NameFormat").map(str::to_owned),
                friendly_name: element.attribute("FriendlyName").map(str::to_owned),
                values,
            });
        }
        Ok(())
    }
}

impl Value {
    fn read(element: Element<'_>) -> Result<Self, XmlError> {
        let mut children = element.children();
        match (children.next(), children.next()) {
            (None, _) if is_nil(element) => Ok(Self::Nil),
            (None, _) => Ok(Self::Text(element.text()?.into_owned())),
            (Some(child), None) if child.is(names::SAML, "NameID") && !child.has_children() => {
                Ok(Self::NameId(NameId::read(child)?))
            }
            _ => Ok(Self::Xml),
        }
    }
}

/// XML Schema 1, 2.6.2.
fn is_nil(element: Element<'_>) -> bool {
    matches!(element.attribute_of(names::XSI, "nil"), Some("true" | "1"))
}
