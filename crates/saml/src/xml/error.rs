//! Why XML is refused: a stable code for machines, a sentence for administrators.

/// Why a document, or a place in it, is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlError {
    /// An attribute that must be there is not.
    #[error("the element {element} has no attribute {attribute}")]
    AttributeMissing {
        /// Local name of the element.
        element: String,
        /// Name of the attribute.
        attribute: &'static str,
    },
    /// A document type declaration; it could change what the document means.
    #[error("the document has a DOCTYPE, which is never accepted")]
    Doctype,
    /// Two elements have the same id, so that a reference to it is ambiguous.
    #[error("the id {0:?} occurs more than once")]
    DuplicateId(String),
    /// An element that must be there is not.
    #[error("the element {parent} has no child {child}")]
    ElementMissing {
        /// Local name of the parent.
        parent: String,
        /// Local name of the child.
        child: &'static str,
    },
    /// An element that may stand once stands several times.
    #[error("the element {parent} has more than one child {child}")]
    ElementRepeated {
        /// Local name of the parent.
        parent: String,
        /// Local name of the child.
        child: &'static str,
    },
    /// Not UTF-8, or declared to be something else.
    #[error("the document is not UTF-8")]
    Encoding,
    /// A web page, where an address leads to one for people and not to SAML.
    #[error("the document looks like an HTML page; is the address right?")]
    HtmlPage,
    /// An attribute that some implementations take for an id and others do not.
    #[error("the attribute {attribute} on {element} could be mistaken for an id")]
    IdAttribute {
        /// Name of the attribute as written.
        attribute: String,
        /// Local name of the element.
        element: String,
    },
    /// Not well-formed.
    #[error("the document is not well-formed XML: {0}")]
    Malformed(String),
    /// A namespace name beyond the limit.
    #[error("a namespace name is longer than {limit} bytes")]
    NamespaceTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// A processing instruction; SAML has no use for any.
    #[error("the document has a processing instruction, which is never accepted")]
    ProcessingInstruction,
    /// A namespace name that is not an absolute URI. Canonicalization is not defined for it (XML C14N 1.3).
    #[error("the namespace name {0:?} is not an absolute URI")]
    RelativeNamespace(String),
    /// Text was wanted, but the element holds comments or elements as well.
    #[error("the element {0} must hold plain text, without comments or elements")]
    TextNotPlain(String),
    /// Elements are nested too deeply.
    #[error("elements are nested more than {limit} deep")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Too many bytes.
    #[error("the document is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Too many attributes on one element.
    #[error("an element has more than {limit} attributes")]
    TooManyAttributes {
        /// The limit.
        limit: usize,
    },
    /// Too many namespace declarations in force at one place.
    #[error("more than {limit} namespace declarations are in force at one place")]
    TooManyNamespaces {
        /// The limit.
        limit: usize,
    },
    /// Too many tags.
    #[error("the document has more than {limit} tags")]
    TooManyNodes {
        /// The limit.
        limit: usize,
    },
}

impl XmlError {
    /// Stable reason code for logs, audit and tests.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AttributeMissing { .. } => "attribute_missing",
            Self::Doctype => "doctype_refused",
            Self::DuplicateId(_) => "duplicate_id",
            Self::ElementMissing { .. } => "element_missing",
            Self::ElementRepeated { .. } => "element_repeated",
            Self::Encoding => "encoding_refused",
            Self::HtmlPage => "html_page",
            Self::IdAttribute { .. } => "id_attribute_refused",
            Self::Malformed(_) => "xml_malformed",
            Self::NamespaceTooLong { .. } => "xml_namespace_too_long",
            Self::ProcessingInstruction => "processing_instruction_refused",
            Self::RelativeNamespace(_) => "relative_namespace_refused",
            Self::TextNotPlain(_) => "text_not_plain",
            Self::TooDeep { .. } => "xml_too_deep",
            Self::TooLarge { .. } => "xml_too_large",
            Self::TooManyAttributes { .. } => "xml_too_many_attributes",
            Self::TooManyNamespaces { .. } => "xml_too_many_namespaces",
            Self::TooManyNodes { .. } => "xml_too_many_nodes",
        }
    }

    pub(super) fn unfinished() -> Self {
        Self::Malformed("it ends inside a tag, comment or CDATA section".to_owned())
    }
}
