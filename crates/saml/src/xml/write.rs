//! Writing XML: everything that is escaped is escaped here.
//!
//! Owns: the tree of a message that we are about to send, the escaping of its text, the refusal of characters that XML
//! cannot carry, and where namespaces are declared.
//! Does not own: what a message means, or its signature.
//!
//! **Invariant:** names of elements and attributes are literals of this program; only values come from outside. Each
//! value is escaped exactly once, so no value can become markup.

use std::fmt::Write as _;

use super::names;

mod mirror;

/// The namespaces that we write. Each has one fixed prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// SAML assertions (SAML core 2).
    Assertion,
    /// XML encryption.
    Encryption,
    /// What XML encryption 1.1 adds.
    Encryption11,
    /// SAML metadata (SAML metadata 2).
    Metadata,
    /// SAML protocols (SAML core 3).
    Protocol,
    /// XML signatures (XML-DSig 4).
    Signature,
}

impl Namespace {
    /// The prefix under which this program writes the namespace.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Assertion => "saml",
            Self::Encryption => "xenc",
            Self::Encryption11 => "xenc11",
            Self::Metadata => "md",
            Self::Protocol => "samlp",
            Self::Signature => "ds",
        }
    }

    /// The namespace name.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Assertion => names::SAML,
            Self::Encryption => names::XENC,
            Self::Encryption11 => names::XENC11,
            Self::Metadata => names::MD,
            Self::Protocol => names::SAMLP,
            Self::Signature => names::DS,
        }
    }
}

/// Why a tree cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A value holds a character outside the `Char` production (XML 1.0 clause 2.2), such as U+0000 or U+FFFE.
    #[error("a value in {element} holds the character U+{code_point:04X}, which XML cannot carry")]
    IllegalCharacter {
        /// The element that was to hold the value.
        element: &'static str,
        /// The character.
        code_point: u32,
    },
}

impl WriteError {
    /// The stable reason code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::IllegalCharacter { .. } => "xml_illegal_character",
        }
    }
}

/// An element to be written.
#[derive(Clone, Debug)]
pub struct Element {
    namespace: Namespace,
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    content: Vec<Content>,
}

/// What stands inside an element.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Element(Element),
    Text(String),
    Verbatim(SignedXml),
}

/// An element that was written and signed, and that must not change by one byte any more.
///
/// It declares every namespace that it uses, so it can be set into another element without touching its digest
/// (exclusive canonicalisation, exc-c14n 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedXml(String);

impl SignedXml {
    /// Takes over what the signer wrote.
    pub(crate) const fn from_signer(xml: String) -> Self {
        Self(xml)
    }

    /// The text as it goes over the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Hands the text over.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Element {
    /// An empty element.
    #[must_use]
    pub const fn new(namespace: Namespace, name: &'static str) -> Self {
        Self {
            namespace,
            name,
            attributes: Vec::new(),
            content: Vec::new(),
        }
    }

    /// Adds an attribute without namespace, or `xml:lang`.
    #[must_use]
    pub fn attribute(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// Adds an attribute if there is a value.
    #[must_use]
    pub fn optional_attribute(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.attribute(name, value),
            None => self,
        }
    }

    /// Adds a child behind the others.
    #[must_use]
    pub fn child(mut self, child: Self) -> Self {
        self.content.push(Content::Element(child));
        self
    }

    /// Adds a child if there is one.
    #[must_use]
    pub fn optional_child(self, child: Option<Self>) -> Self {
        match child {
            Some(child) => self.child(child),
            None => self,
        }
    }

    /// Adds several children in order.
    #[must_use]
    pub fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.content
            .extend(children.into_iter().map(Content::Element));
        self
    }

    /// Adds a signed element, byte for byte.
    #[must_use]
    pub fn signed_child(mut self, child: SignedXml) -> Self {
        self.content.push(Content::Verbatim(child));
        self
    }

    /// Adds text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.content.push(Content::Text(text.into()));
        self
    }

    /// Sets `child` at `position` among the children; at the end if there are fewer.
    pub(crate) fn insert(&mut self, position: usize, child: Self) {
        self.content
            .insert(position.min(self.content.len()), Content::Element(child));
    }

    pub(crate) const fn namespace(&self) -> Namespace {
        self.namespace
    }

    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn attributes(&self) -> &[(&'static str, String)] {
        &self.attributes
    }

    pub(crate) fn content(&self) -> &[Content] {
        &self.content
    }

    /// Writes the tree, without an XML declaration and without white space of its own.
    ///
    /// # Errors
    /// [`WriteError::IllegalCharacter`] if a value holds what XML 1.0 cannot carry; nothing is dropped or replaced.
    pub fn to_xml(&self) -> Result<String, WriteError> {
        let mut out = String::with_capacity(1024);
        self.write(&mut out, &[])?;
        Ok(out)
    }

    fn write(&self, out: &mut String, declared: &[Namespace]) -> Result<(), WriteError> {
        let prefix = self.namespace.prefix();
        out.extend(["<", prefix, ":", self.name]);
        let in_scope;
        let declared = if declared.contains(&self.namespace) {
            declared
        } else {
            out.extend([" xmlns:", prefix, "=\"", self.namespace.uri(), "\""]);
            in_scope = [declared, &[self.namespace]].concat();
            &in_scope
        };
        for (name, value) in &self.attributes {
            out.extend([" ", name, "=\""]);
            escape(value, Place::Attribute, self.name, out)?;
            out.push('"');
        }
        if self.content.is_empty() {
            out.push_str("/>");
            return Ok(());
        }
        out.push('>');
        for content in &self.content {
            match content {
                Content::Element(child) => child.write(out, declared)?,
                Content::Text(text) => escape(text, Place::Text, self.name, out)?,
                Content::Verbatim(signed) => out.push_str(signed.as_str()),
            }
        }
        out.extend(["</", prefix, ":", self.name, ">"]);
        Ok(())
    }
}

/// Where a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Attribute,
    Text,
}

/// Writes `value` so that a parser gives back exactly the same characters.
///
/// Carriage returns always, and tabs and line feeds in attributes, become character references, because a parser
/// would normalise them away (XML 1.0 clauses 2.11 and 3.3.3).
fn escape(
    value: &str,
    place: Place,
    element: &'static str,
    out: &mut String,
) -> Result<(), WriteError> {
    for character in value.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if place == Place::Attribute => out.push_str("&quot;"),
            '\r' => out.push_str("&#xD;"),
            '\t' | '\n' if place == Place::Attribute => {
                // Writing into a String cannot fail.
                let _ = write!(out, "&#x{:X};", u32::from(character));
            }
            legal if is_xml_char(legal) => out.push(legal),
            illegal => {
                return Err(WriteError::IllegalCharacter {
                    element,
                    code_point: u32::from(illegal),
                });
            }
        }
    }
    Ok(())
}

/// The `Char` production of XML 1.0 clause 2.2. Surrogates cannot occur in a `char`.
pub(crate) const fn is_xml_char(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Whether `text` may be the value of an `ID` attribute: an `NCName` (XML names 3) in ASCII, of at most 256 bytes.
///
/// Narrower than the standard, because IDs also go into logs, stores and the XML of others.
pub(crate) fn is_id(text: &str) -> bool {
    const MAX_BYTES: usize = 256;
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    begins && text.len() <= MAX_BYTES && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Result<String, WriteError> {
        Element::new(Namespace::Assertion, "Issuer")
            .text(value)
            .to_xml()
    }

    fn attribute(value: &str) -> Result<String, WriteError> {
        Element::new(Namespace::Assertion, "Issuer")
            .attribute("Format", value)
            .to_xml()
    }

    #[test]
    fn namespaces_are_declared_where_they_are_first_used() {
        let xml = Element::new(Namespace::Protocol, "Response")
            .child(Element::new(Namespace::Assertion, "Issuer").text("a"))
            .child(Element::new(Namespace::Protocol, "Status"))
            .to_xml();
        let expected = "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
                        <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">a</saml:Issuer>\
                        <samlp:Status/></samlp:Response>";
        assert_eq!(xml.as_deref(), Ok(expected));
    }

    #[test]
    fn so_06_markup_in_values_stays_text() {
        for (value, expected) in [
            (
                "</saml:Issuer><saml:Issuer>admin",
                "&lt;/saml:Issuer&gt;&lt;saml:Issuer&gt;admin",
            ),
            ("]]>", "]]&gt;"),
            ("<!---->", "&lt;!----&gt;"),
            ("a&amp;b", "a&amp;amp;b"),
            ("\r\n", "&#xD;\n"),
        ] {
            let xml = text(value).unwrap();
            assert!(
                xml.ends_with(&format!(">{expected}</saml:Issuer>")),
                "{value:?} became {xml}"
            );
        }
    }

    #[test]
    fn so_06_quotes_and_white_space_in_attributes_stay_values() {
        let xml = attribute("\" onload=\"x\t\n\r<").unwrap();
        assert!(
            xml.ends_with(" Format=\"&quot; onload=&quot;x&#x9;&#xA;&#xD;&lt;\"/>"),
            "{xml}"
        );
    }

    #[test]
    fn so_06_characters_outside_xml_are_refused() {
        for illegal in ['\0', '\u{1}', '\u{B}', '\u{1F}', '\u{FFFE}', '\u{FFFF}'] {
            let value = format!("a{illegal}b");
            let expected = WriteError::IllegalCharacter {
                element: "Issuer",
                code_point: u32::from(illegal),
            };
            assert_eq!(text(&value), Err(expected.clone()));
            assert_eq!(attribute(&value), Err(expected));
        }
        for legal in [
            '\t',
            ' ',
            '\u{7F}',
            '\u{D7FF}',
            '\u{E000}',
            '\u{FFFD}',
            '\u{1F600}',
            '\u{10FFFF}',
        ] {
            assert!(text(&legal.to_string()).is_ok(), "{legal:?}");
        }
    }
}
