//! Reading XML: the only parser in the product, and a read-only view of its tree.
//!
//! Owns: what is refused before any meaning is looked for (DOCTYPE, processing instructions, excess, ambiguous ids,
//! relative namespace names), and safe access: elements by (namespace, local name), text only where it is plain.
//! Does not own: signatures and messages.
//!
//! **Invariant:** nothing else in the workspace parses SAML. Two parsers that disagree are a signature bypass.

use std::{borrow::Cow, collections::HashSet, fmt};

use uppsala::{NodeId, NodeKind};

use super::{error::XmlError, limits::Limits, names};

/// A parsed document that kept to its [`Limits`] and to the rules of this module.
#[derive(Debug)]
pub struct Document<'a> {
    tree: uppsala::Document<'a>,
    root: NodeId,
    limits: Limits,
}

impl<'a> Document<'a> {
    /// Parses UTF-8 XML.
    ///
    /// # Errors
    /// Every [`XmlError`] that concerns a whole document.
    pub fn parse(bytes: &'a [u8], limits: &Limits) -> Result<Self, XmlError> {
        if bytes.len() > limits.bytes {
            return Err(XmlError::TooLarge {
                limit: limits.bytes,
            });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| XmlError::Encoding)?;
        if is_web_page(text) {
            return Err(XmlError::HtmlPage);
        }
        check_characters(text)?;
        let tree = match with_line_feeds(text) {
            Cow::Borrowed(text) => match limits.check(text)? {
                Cow::Borrowed(text) => parse(text, limits)?,
                Cow::Owned(text) => parse(&text, limits)?.into_static(),
            },
            Cow::Owned(text) => parse(&limits.check(&text)?, limits)?.into_static(),
        };
        if let Some(encoding) = tree
            .xml_declaration
            .as_ref()
            .and_then(|it| it.encoding.as_deref())
            && !encoding.eq_ignore_ascii_case("utf-8")
        {
            return Err(XmlError::Encoding);
        }
        let root = tree
            .document_element()
            .ok_or_else(|| XmlError::Malformed("it has no element".to_owned()))?;
        let document = Self {
            tree,
            root,
            limits: *limits,
        };
        document.check_names_and_ids()?;
        Ok(document)
    }

    /// The document element.
    #[must_use]
    pub fn root(&self) -> Element<'_> {
        Element {
            document: self,
            node: self.root,
        }
    }

    /// All elements in document order, the root first.
    pub fn elements(&self) -> impl Iterator<Item = Element<'_>> {
        self.root().with_descendants()
    }

    /// Refuses the document if a comment stands inside an element that holds no elements, where it would split text.
    ///
    /// # Errors
    /// [`XmlError::TextNotPlain`].
    pub fn refuse_comments_in_text(&self) -> Result<(), XmlError> {
        for element in self.elements().filter(|it| !it.has_children()) {
            element.text()?;
        }
        Ok(())
    }

    /// The limits that the document was parsed with.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The tree, for the canonicalizer.
    pub(crate) const fn tree(&self) -> &uppsala::Document<'a> {
        &self.tree
    }

    fn check_names_and_ids(&self) -> Result<(), XmlError> {
        let mut ids = HashSet::new();
        for element in self.elements() {
            check_qualified_name(element.raw().map(|it| &it.name))?;
            for (prefix, uri) in element.declarations() {
                check_declaration(prefix, uri)?;
            }
            for attribute in element.raw_attributes() {
                check_qualified_name(Some(&attribute.name))?;
                if !attribute.name.local_name.eq_ignore_ascii_case("id") {
                    continue;
                }
                if !is_proper_id(element, attribute) {
                    return Err(XmlError::IdAttribute {
                        attribute: excerpt(&attribute.name.prefixed_name()),
                        element: element.local_name().to_owned(),
                    });
                }
                if !ids.insert(attribute.value.as_ref()) {
                    return Err(XmlError::DuplicateId(excerpt(&attribute.value)));
                }
            }
        }
        Ok(())
    }
}

fn parse<'x>(text: &'x str, limits: &Limits) -> Result<uppsala::Document<'x>, XmlError> {
    uppsala::parser::Parser::new()
        .with_forbid_dtd(true)
        .with_max_depth(u32::try_from(limits.depth).unwrap_or(u32::MAX))
        .parse(text)
        .map_err(|error| XmlError::Malformed(error.to_string()))
}

/// As a page begins that stands at an address where metadata was expected: with its DOCTYPE (HTML 13.1.1) or without.
fn is_web_page(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    ["<!doctype html", "<html"].iter().any(|beginning| {
        let begun = text.get(..beginning.len());
        begun.is_some_and(|begun| begun.eq_ignore_ascii_case(beginning))
            && text
                .get(beginning.len()..)
                .is_some_and(|rest| rest.starts_with([' ', '\t', '\r', '\n', '>']))
    })
}

/// XML 1.0, 2.2: the characters that a document may hold. The parser looks for others in text, not in attribute values.
fn check_characters(text: &str) -> Result<(), XmlError> {
    let control = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    if text.bytes().any(control) || text.contains('\u{fffe}') || text.contains('\u{ffff}') {
        return Err(XmlError::Malformed(
            "it holds a character that XML has not".to_owned(),
        ));
    }
    Ok(())
}

/// XML 1.0, 2.11: a line ends with a line feed, whatever it ended with. The parser leaves CDATA sections as they were.
fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// XML names 4: at most one colon, with a name on both sides. The parser lets `:a`, `a:b:c` and `a:-b` through, and
/// readers that do disagree on the namespace (CVE-2020-29509).
fn check_qualified_name(name: Option<&uppsala::QName<'_>>) -> Result<(), XmlError> {
    match name {
        Some(name) if is_part(&name.local_name) && name.prefix.as_deref().is_none_or(is_part) => {
            Ok(())
        }
        name => Err(XmlError::Malformed(format!(
            "{:?} is no qualified name",
            name.map(|it| excerpt(&it.prefixed_name()))
                .unwrap_or_default()
        ))),
    }
}

/// Whether what the parser takes for one side of a colon is a name by itself: not empty, without a colon, and not
/// beginning with what only continues one (XML 1.0, production 4a).
fn is_part(name: &str) -> bool {
    let continues = |it: char| {
        matches!(it, '-' | '.' | '0'..='9')
            || matches!(
                it,
                '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}' | '\u{2040}'
            )
    };
    !name.is_empty() && !name.starts_with(continues) && !name.contains(':')
}

/// XML names 2.2 and 3: namespace names are absolute URIs, a prefix cannot be undeclared, and `xml` and `xmlns` are
/// what they are.
fn check_declaration(prefix: &str, uri: &str) -> Result<(), XmlError> {
    const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
    if !(prefix.is_empty() || is_part(prefix))
        || prefix == "xmlns"
        || uri == XMLNS
        || (prefix == "xml") != (uri == names::XML)
        || (uri.is_empty() && !prefix.is_empty())
    {
        return Err(XmlError::Malformed(format!(
            "{:?} cannot be declared so",
            excerpt(prefix)
        )));
    }
    if !uri.is_empty() && !is_absolute(uri) {
        return Err(XmlError::RelativeNamespace(excerpt(uri)));
    }
    Ok(())
}

/// Whether an attribute that looks like an id is the one that the element's own schema makes an id.
///
/// SAML elements have `ID`, signature and encryption elements `Id`. Elsewhere `id` in any case is tolerated, because
/// extensions have their own; its values still take part in the search for duplicates. `xml:id` is refused everywhere:
/// it is an id for some parsers and an attribute like any other for the rest.
fn is_proper_id(element: Element<'_>, attribute: &uppsala::Attribute<'_>) -> bool {
    let local = attribute.name.local_name.as_ref();
    match (attribute.name.namespace_uri.as_deref(), element.namespace()) {
        (Some(names::XML), _) => false,
        (namespace, names::SAML | names::SAMLP | names::MD) => namespace.is_none() && local == "ID",
        (namespace, names::DS | names::XENC) => namespace.is_none() && local == "Id",
        _ => true,
    }
}

/// An element of a [`Document`].
#[derive(Clone, Copy)]
pub struct Element<'d> {
    document: &'d Document<'d>,
    node: NodeId,
}

impl<'d> Element<'d> {
    /// Whether this is the element `local` of `namespace`.
    #[must_use]
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.local_name() == local && self.namespace() == namespace
    }

    /// Local name, without prefix.
    #[must_use]
    pub fn local_name(&self) -> &'d str {
        self.raw().map_or("", |it| it.name.local_name.as_ref())
    }

    /// Namespace name; empty if the element is in none.
    #[must_use]
    pub fn namespace(&self) -> &'d str {
        self.raw()
            .and_then(|it| it.name.namespace_uri.as_deref())
            .unwrap_or("")
    }

    /// Value of an attribute that is in no namespace, as almost all of SAML's are.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&'d str> {
        self.raw_attributes()
            .iter()
            .find(|it| it.name.local_name == name && it.name.namespace_uri.is_none())
            .map(|it| it.value.as_ref())
    }

    /// Value of an attribute that is in a namespace.
    #[must_use]
    pub fn attribute_of(&self, namespace: &str, local: &str) -> Option<&'d str> {
        self.raw_attributes()
            .iter()
            .find(|it| it.name.matches(Some(namespace), local))
            .map(|it| it.value.as_ref())
    }

    /// As [`Self::attribute`], for one that must be there.
    ///
    /// # Errors
    /// [`XmlError::AttributeMissing`].
    pub fn required_attribute(&self, name: &'static str) -> Result<&'d str, XmlError> {
        self.attribute(name)
            .ok_or_else(|| XmlError::AttributeMissing {
                element: self.local_name().to_owned(),
                attribute: name,
            })
    }

    /// How many attributes there are; namespace declarations are none.
    #[must_use]
    pub fn attribute_count(&self) -> usize {
        self.raw_attributes().len()
    }

    /// Child elements in document order.
    pub fn children(&self) -> impl Iterator<Item = Element<'d>> + use<'d> {
        let document = self.document;
        document
            .tree
            .children_iter(self.node)
            .map(move |node| Element { document, node })
            .filter(|it| it.raw().is_some())
    }

    /// Child elements of that name, in document order.
    pub fn children_named<'n>(
        &self,
        namespace: &'n str,
        local: &'n str,
    ) -> impl Iterator<Item = Element<'d>> + use<'d, 'n> {
        self.children().filter(move |it| it.is(namespace, local))
    }

    /// The child of that name, if there is one.
    ///
    /// # Errors
    /// [`XmlError::ElementRepeated`] if there are several: none of them is the right one.
    pub fn child(
        &self,
        namespace: &str,
        local: &'static str,
    ) -> Result<Option<Element<'d>>, XmlError> {
        let mut found = self.children_named(namespace, local);
        let first = found.next();
        if found.next().is_some() {
            return Err(XmlError::ElementRepeated {
                parent: self.local_name().to_owned(),
                child: local,
            });
        }
        Ok(first)
    }

    /// As [`Self::child`], for one that must be there.
    ///
    /// # Errors
    /// [`XmlError::ElementMissing`], [`XmlError::ElementRepeated`].
    pub fn required_child(
        &self,
        namespace: &str,
        local: &'static str,
    ) -> Result<Element<'d>, XmlError> {
        self.child(namespace, local)?
            .ok_or_else(|| XmlError::ElementMissing {
                parent: self.local_name().to_owned(),
                child: local,
            })
    }

    /// The element around this one; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Element<'d>> {
        let document = self.document;
        let node = document.tree.parent(self.node)?;
        Some(Element { document, node }).filter(|it| it.raw().is_some())
    }

    /// This element and all elements inside it, in document order.
    pub fn with_descendants(&self) -> impl Iterator<Item = Element<'d>> + use<'d> {
        let (document, top) = (self.document, self.node);
        let mut next = Some(top);
        std::iter::from_fn(move || {
            loop {
                let node = next?;
                next = following(&document.tree, node, top);
                let element = Element { document, node };
                if element.raw().is_some() {
                    return Some(element);
                }
            }
        })
    }

    /// The text of an element that holds nothing but text, byte for byte: not trimmed, all text and CDATA sections
    /// joined.
    ///
    /// # Errors
    /// [`XmlError::TextNotPlain`] if a comment or an element stands inside. A comment splits the text in the tree, and
    /// a reader that takes the first piece reads another name than the one that was signed (CVE-2017-11428).
    pub fn text(&self) -> Result<Cow<'d, str>, XmlError> {
        let tree = &self.document.tree;
        let mut text = Cow::Borrowed("");
        for node in tree.children_iter(self.node) {
            let Some(NodeKind::Text(piece) | NodeKind::CData(piece)) = tree.node_kind(node) else {
                return Err(XmlError::TextNotPlain(self.local_name().to_owned()));
            };
            if text.is_empty() {
                text = Cow::Borrowed(piece.as_ref());
            } else {
                text.to_mut().push_str(piece);
            }
        }
        Ok(text)
    }

    /// Whether elements stand inside.
    #[must_use]
    pub fn has_children(&self) -> bool {
        self.children().next().is_some()
    }

    /// The document that this element belongs to.
    #[must_use]
    pub const fn document(&self) -> &'d Document<'d> {
        self.document
    }

    /// The node, for the canonicalizer.
    pub(crate) const fn node(&self) -> NodeId {
        self.node
    }

    fn raw(&self) -> Option<&'d uppsala::Element<'d>> {
        self.document.tree.element(self.node)
    }

    fn raw_attributes(&self) -> &'d [uppsala::Attribute<'d>] {
        self.raw().map_or(&[], |it| it.attributes.as_slice())
    }

    /// Prefixes and namespace names that are in force here, each prefix once; the default namespace has the prefix
    /// `""`.
    pub(crate) fn namespaces_in_force(&self) -> Vec<(&'d str, &'d str)> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        let mut at = Some(*self);
        while let Some(element) = at {
            for (prefix, uri) in element.declarations() {
                if !found.iter().any(|(known, _)| known == prefix) {
                    found.push((prefix, uri));
                }
            }
            at = element.parent();
        }
        found
    }

    fn declarations(&self) -> &'d [(Cow<'d, str>, Cow<'d, str>)] {
        self.raw()
            .map_or(&[], |it| it.namespace_declarations.as_slice())
    }
}

/// Two values are equal if they are the same place in the same document.
impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document) && self.node == other.node
    }
}

impl Eq for Element<'_> {}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}{}", self.namespace(), self.local_name())
    }
}

/// The node after `node` in document order, without leaving `top`. No recursion: depth costs no stack.
fn following(tree: &uppsala::Document<'_>, node: NodeId, top: NodeId) -> Option<NodeId> {
    if let Some(child) = tree.first_child(node) {
        return Some(child);
    }
    let mut at = node;
    while at != top {
        if let Some(sibling) = tree.next_sibling(at) {
            return Some(sibling);
        }
        at = tree.parent(at)?;
    }
    None
}

/// Whether a URI has a scheme (RFC 3986 3.1).
fn is_absolute(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|it: char| it.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || matches!(it, '+' | '-' | '.'))
    })
}

/// At most the first 200 characters, for messages to administrators.
pub(crate) fn excerpt(text: &str) -> String {
    const LIMIT: usize = 200;
    match text.char_indices().nth(LIMIT) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A value that may be absent, for messages to administrators.
pub(crate) fn or_nothing(value: Option<&str>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| format!("{value:?}"))
}

#[cfg(test)]
mod tests;
