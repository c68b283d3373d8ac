//! Limits on a document, checked in one cheap pass over its bytes before a tree is built.
//!
//! Owns: size, depth, counts, the refusal of DOCTYPE and processing instructions, and blanks in attribute values.
//! Does not own: well-formedness, which the parser decides afterwards. The pass may misjudge a document that is not
//! well-formed; that is harmless because the parser then refuses it, within the same depth.

use std::borrow::Cow;

use memchr::memchr_iter;

use super::error::XmlError;

/// What a document may cost us. All limits are inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Attributes of one element, namespace declarations included.
    pub attributes: usize,
    /// Size in bytes.
    pub bytes: usize,
    /// Elements nested in one another.
    pub depth: usize,
    /// Length in bytes of one namespace declaration. Canonicalization may repeat it on each element.
    pub namespace_length: usize,
    /// Namespace declarations in force at any one place.
    pub namespaces: usize,
    /// How often `<` may occur: tags, comments and CDATA sections together, an upper bound for the number of elements.
    pub nodes: usize,
}

impl Limits {
    /// For protocol messages. A person in a thousand groups, each an attribute of its own, has some four thousand tags;
    /// whoever sends junk must not make us build a tree that costs more than the messages which somebody signed.
    pub const MESSAGE: Self = Self {
        attributes: 64,
        bytes: 256 * 1024,
        depth: 64,
        namespace_length: 256,
        namespaces: 64,
        nodes: 5_000,
    };

    /// For metadata of one partner. That of AD FS, with its WS-Federation roles, is about 70 kB.
    pub const METADATA: Self = Self {
        bytes: 2 * 1024 * 1024,
        nodes: 100_000,
        ..Self::MESSAGE
    };

    /// For the canonical form of a document that kept to these limits: escapes and repeated namespace declarations
    /// make it longer, but only a hostile document doubles.
    #[must_use]
    pub const fn canonical(self) -> Self {
        Self {
            bytes: self.bytes.saturating_mul(2),
            nodes: self.nodes.saturating_mul(2),
            ..self
        }
    }

    /// Refuses `xml` if it exceeds a limit or carries a DOCTYPE or a processing instruction. Gives it back as it must
    /// be parsed: with each tab and line end in an attribute value as one space (XML 1.0, 3.3.3), which our parser
    /// leaves undone. Without that, a signed line end that was written as a reference could be swapped for a real one.
    pub(super) fn check<'x>(&self, xml: &'x str) -> Result<Cow<'x, str>, XmlError> {
        if xml.len() > self.bytes {
            return Err(XmlError::TooLarge { limit: self.bytes });
        }
        // First, because it is next to nothing beside the pass.
        if memchr_iter(b'<', xml.as_bytes()).count() > self.nodes {
            return Err(XmlError::TooManyNodes { limit: self.nodes });
        }
        let mut scan = Scan {
            rest: xml,
            open: Vec::with_capacity(16),
            blanks: Vec::new(),
            length: xml.len(),
            limits: self,
        };
        scan.run()?;
        Ok(with_spaces(xml, &scan.blanks))
    }
}

/// The pass itself.
struct Scan<'a> {
    rest: &'a str,
    /// For each open element, the namespace declarations in force inside it.
    open: Vec<usize>,
    /// Where tabs and line feeds stand in attribute values, from the start of the document.
    blanks: Vec<usize>,
    /// Bytes of the document.
    length: usize,
    limits: &'a Limits,
}

impl Scan<'_> {
    fn run(&mut self) -> Result<(), XmlError> {
        self.rest = self.rest.strip_prefix('\u{feff}').unwrap_or(self.rest);
        // The XML declaration looks like a processing instruction but is none (XML 1.0, 2.8).
        if self.rest.starts_with("<?xml ") {
            self.skip_past("?>")?;
        }
        while let Some(at) = self.rest.find('<') {
            self.advance(at);
            if self.rest.starts_with("<!--") {
                self.advance("<!--".len());
                self.skip_past("-->")?;
            } else if self.rest.starts_with("<![CDATA[") {
                self.skip_past("]]>")?;
            } else if self.rest.starts_with("<!") {
                return Err(XmlError::Doctype);
            } else if self.rest.starts_with("<?") {
                return Err(XmlError::ProcessingInstruction);
            } else if self.rest.starts_with("</") {
                self.open.pop();
                self.skip_past(">")?;
            } else {
                self.start_tag()?;
            }
        }
        Ok(())
    }

    fn start_tag(&mut self) -> Result<(), XmlError> {
        let inherited = self.open.last().copied().unwrap_or(0);
        let bytes = self.rest.as_bytes();
        let (mut attributes, mut declared, mut at) = (0, 0, 1);
        while let Some(found) = position(bytes, at, |byte| matches!(byte, b'=' | b'>')) {
            at = found;
            if bytes.get(at) == Some(&b'>') {
                break;
            }
            let value = Quoted::after(bytes, at + 1).ok_or_else(XmlError::unfinished)?;
            attributes += 1;
            let offset = self.length - self.rest.len();
            let blanks = bytes.get(value.start..value.end).unwrap_or_default();
            let blanks = blanks
                .iter()
                .enumerate()
                .filter(|(_, byte)| is_blank(**byte));
            let blanks = blanks.map(|(at, _)| offset + value.start + at);
            self.blanks.extend(blanks);
            if declares_namespace(bytes.get(..at).unwrap_or_default()) {
                declared += 1;
                if value.end - value.start > self.limits.namespace_length {
                    return Err(XmlError::NamespaceTooLong {
                        limit: self.limits.namespace_length,
                    });
                }
            }
            at = value.end + 1;
        }
        if bytes.get(at) != Some(&b'>') {
            return Err(XmlError::unfinished());
        }
        if attributes > self.limits.attributes {
            return Err(XmlError::TooManyAttributes {
                limit: self.limits.attributes,
            });
        }
        let in_force = inherited + declared;
        if in_force > self.limits.namespaces {
            return Err(XmlError::TooManyNamespaces {
                limit: self.limits.namespaces,
            });
        }
        if bytes.get(at - 1) != Some(&b'/') {
            self.open.push(in_force);
            if self.open.len() > self.limits.depth {
                return Err(XmlError::TooDeep {
                    limit: self.limits.depth,
                });
            }
        }
        self.advance(at + 1);
        Ok(())
    }

    fn skip_past(&mut self, end: &str) -> Result<(), XmlError> {
        let at = self.rest.find(end).ok_or_else(XmlError::unfinished)?;
        self.advance(at + end.len());
        Ok(())
    }

    fn advance(&mut self, by: usize) {
        self.rest = self.rest.get(by..).unwrap_or_default();
    }
}

/// Where a quoted attribute value lies, quotes excluded.
struct Quoted {
    start: usize,
    end: usize,
}

impl Quoted {
    fn after(bytes: &[u8], from: usize) -> Option<Self> {
        let open = position(bytes, from, |byte| !byte.is_ascii_whitespace())?;
        let quote = *bytes
            .get(open)
            .filter(|byte| matches!(byte, b'"' | b'\''))?;
        let end = position(bytes, open + 1, |byte| byte == quote)?;
        Some(Self {
            start: open + 1,
            end,
        })
    }
}

/// A blank that is not a space.
const fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n')
}

/// `xml` with a space for each of these blanks.
fn with_spaces<'x>(xml: &'x str, blanks: &[usize]) -> Cow<'x, str> {
    if blanks.is_empty() {
        return Cow::Borrowed(xml);
    }
    let mut text = String::with_capacity(xml.len());
    let mut from = 0;
    for &at in blanks {
        text.push_str(xml.get(from..at).unwrap_or_default());
        text.push(' ');
        from = at + 1;
    }
    text.push_str(xml.get(from..).unwrap_or_default());
    Cow::Owned(text)
}

/// Whether the tag text before a `=` ends in the name of a namespace declaration.
fn declares_namespace(before: &[u8]) -> bool {
    let name = before.trim_ascii_end();
    let start = name
        .iter()
        .rposition(u8::is_ascii_whitespace)
        .map_or(0, |at| at + 1);
    name.get(start..)
        .is_some_and(|name| name == b"xmlns" || name.starts_with(b"xmlns:"))
}

fn position(bytes: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let tail = bytes.get(from..)?;
    tail.iter()
        .position(|byte| wanted(*byte))
        .map(|at| from + at)
}
