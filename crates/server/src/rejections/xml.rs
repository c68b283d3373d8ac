//! XML, before anything in it has a meaning.

use super::{HOSTILE, Known, Section, known};

const MEND: &str = "Mend it at the side that made it; nothing between it and us may change XML.";

pub(super) const SECTION: Section = Section {
    title: "XML",
    rows: ROWS,
};

const ROWS: &[Known] = &[
    known(
        "attribute_missing",
        "An attribute that must be there is not.",
        MEND,
    ),
    known("doctype_refused", "The document has a DOCTYPE.", HOSTILE),
    known("duplicate_id", "Two parts have the same id.", HOSTILE),
    known(
        "element_missing",
        "An element that must be there is not.",
        MEND,
    ),
    known(
        "element_repeated",
        "An element that may stand once stands several times.",
        MEND,
    ),
    known("encoding_refused", "The document is not UTF-8.", MEND),
    known(
        "html_page",
        "The document looks like a web page.",
        "Open the address of the metadata in a browser: it may lead to a page for people, such as a login or an error, and not to XML.",
    ),
    known(
        "id_attribute_refused",
        "An attribute could be mistaken for an id.",
        HOSTILE,
    ),
    known(
        "processing_instruction_refused",
        "The document has a processing instruction.",
        MEND,
    ),
    known(
        "relative_namespace_refused",
        "The name of a namespace is no absolute address.",
        HOSTILE,
    ),
    known(
        "text_not_plain",
        "A comment or an element stands in a text.",
        HOSTILE,
    ),
    known(
        "xml_malformed",
        "The document is not well-formed.",
        "Was the whole value of `SAMLResponse` copied? Else mend it at the side that made it; nothing between it and us may change XML.",
    ),
    known(
        "xml_namespace_too_long",
        "The name of a namespace is too long.",
        HOSTILE,
    ),
    known("xml_too_deep", "Elements are nested too deeply.", HOSTILE),
    known(
        "xml_too_large",
        "The document is too large.",
        "Let the provider send fewer attributes, such as only the groups that are assigned to this application.",
    ),
    known(
        "xml_too_many_attributes",
        "An element has too many attributes.",
        HOSTILE,
    ),
    known(
        "xml_too_many_namespaces",
        "Too many namespaces are in force.",
        HOSTILE,
    ),
    known(
        "xml_too_many_nodes",
        "The document has too many elements.",
        HOSTILE,
    ),
];
