//! Whether a parser sees in our text what we meant to write.
//!
//! Owns: the comparison of a tree that was built with the tree that was read back from its text. A signer runs it
//! before it digests anything: sign what you see (attack SO-06).
//! Does not own: the parser, or what the tree means.

use super::{Content, Element};
use crate::xml::read;

impl Element {
    /// Whether `read` has the same names, namespaces, attributes, text and children.
    ///
    /// Elements that were signed before were compared then; here they count as one child each.
    pub(crate) fn is_mirrored_by(&self, read: read::Element<'_>) -> bool {
        read.is(self.namespace().uri(), self.name())
            && self.same_attributes(read)
            && self.same_content(read)
    }

    fn same_attributes(&self, read: read::Element<'_>) -> bool {
        read.attribute_count() == self.attributes().len()
            && self.attributes().iter().all(|(name, value)| {
                let found = match name.strip_prefix("xml:") {
                    Some(local) => read.attribute_of(crate::xml::names::XML, local),
                    None => read.attribute(name),
                };
                found == Some(value.as_str())
            })
    }

    fn same_content(&self, read: read::Element<'_>) -> bool {
        let text: String = self
            .content()
            .iter()
            .filter_map(|content| match content {
                Content::Text(text) => Some(text.as_str()),
                Content::Element(_) | Content::Verbatim(_) => None,
            })
            .collect();
        let written = self
            .content()
            .iter()
            .filter(|content| !matches!(content, Content::Text(_)));
        if written.clone().next().is_none() {
            return read.text().is_ok_and(|read| read == text);
        }
        let mut children = read.children();
        // We never mix text and elements, so text beside elements is never the mirror of anything.
        text.is_empty()
            && written
                .into_iter()
                .all(|content| match (content, children.next()) {
                    (Content::Element(element), Some(child)) => element.is_mirrored_by(child),
                    (Content::Verbatim(_), Some(_)) => true,
                    (Content::Text(_), _) | (_, None) => false,
                })
            && children.next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Element, Namespace};
    use crate::xml::{Document, Limits};

    #[test]
    fn so_06_only_the_same_tree_is_the_mirror() {
        let element = Element::new(Namespace::Assertion, "Attribute")
            .attribute("Name", "mail")
            .child(Element::new(Namespace::Assertion, "AttributeValue").text("a & b"));
        let mirrored = |xml: &str| {
            let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
            element.is_mirrored_by(document.root())
        };
        let own = element.to_xml().unwrap();
        assert!(mirrored(&own));
        for (from, to) in [
            ("a &amp; b", "a"),
            ("\"mail\"", "\"role\""),
            ("Name=", "Extra=\"1\" Name="),
            (
                "</saml:AttributeValue>",
                "</saml:AttributeValue><saml:AttributeValue>admin</saml:AttributeValue>",
            ),
            ("a &amp; b", "a <saml:Advice/> b"),
            ("a &amp; b", "a &amp;<!----> b"),
            ("2.0:assertion", "2.0:protocol"),
        ] {
            let changed = own.replace(from, to);
            assert_ne!(changed, own);
            assert!(!mirrored(&changed), "{changed}");
        }
    }
}
