//! Any bytes as an XML document: what our parser accepts, another parser reads in the same way (attack row SI-82l).

use std::{borrow::Cow, sync::LazyLock};

use roxmltree::Node;
use vestibule_saml::{
    issue::Sign,
    xml::{Document, Element, Limits},
};

use crate::{genuine, splice::splice};

/// How many genuine documents there are.
pub const STARTS: usize = 3;

static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    vec![
        genuine::response(Sign::Both).into_bytes(),
        genuine::sp_metadata().into_bytes(),
        br#"<?xml version="1.0"?><a xmlns="urn:a" xmlns:b="urn:b"><b:c d="1&#10;2" b:d="&amp;">t&lt;<![CDATA[<>]]>u</b:c><!--x--><e/></a>"#.to_vec(),
    ]
});

/// Parses, walks, and compares with the other parser.
///
/// # Panics
/// If the limits do not hold, or the two parsers disagree.
pub fn run(script: &[u8]) -> bool {
    let bytes = splice(&GENUINE, script);
    let limits = Limits::MESSAGE;
    let Ok(document) = Document::parse(&bytes, &limits) else {
        return false;
    };
    let text = std::str::from_utf8(&bytes).expect("what is accepted is UTF-8");
    // The other parser leaves a carriage return in front of a reference, against XML 1.0, 2.11.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let other = roxmltree::Document::parse(&text)
        .unwrap_or_else(|error| panic!("only our parser accepts it ({error}): {text}"));
    assert!(
        document.elements().count() <= limits.nodes,
        "more elements than allowed"
    );
    if let Err(difference) = same(&document, &other) {
        panic!("{difference}: {text}");
    }
    true
}

/// Compares the two trees, or tells how they differ. As many children of each element, in document order, are the same
/// tree and the same number of elements.
fn same(ours: &Document<'_>, theirs: &roxmltree::Document<'_>) -> Result<(), String> {
    let theirs = theirs.descendants().filter(Node::is_element);
    for (ours, theirs) in ours.elements().zip(theirs) {
        same_element(ours, theirs).map_err(|what| format!("{what} of {}", ours.local_name()))?;
    }
    Ok(())
}

fn same_element(ours: Element<'_>, theirs: Node<'_, '_>) -> Result<(), &'static str> {
    let name = theirs.tag_name();
    let agree = |same: bool, what: &'static str| if same { Ok(()) } else { Err(what) };
    agree(ours.local_name() == name.name(), "another name")?;
    let namespace = name.namespace().unwrap_or_default();
    agree(ours.namespace() == namespace, "another namespace")?;
    let children = theirs.children().filter(Node::is_element).count();
    agree(
        ours.children().count() == children,
        "another number of children",
    )?;
    let attributes = theirs.attributes();
    agree(
        ours.attribute_count() == attributes.len(),
        "another number of attributes",
    )?;
    for attribute in attributes {
        let value = match attribute.namespace() {
            None => ours.attribute(attribute.name()),
            Some(namespace) => ours.attribute_of(namespace, attribute.name()),
        };
        agree(value == Some(attribute.value()), "another attribute")?;
    }
    let is_plain = theirs.children().all(|child| child.is_text());
    let text = is_plain.then(|| theirs.children().filter_map(|it| it.text()).collect());
    agree(
        ours.text().ok().map(Cow::into_owned) == text,
        "another text",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_is_seen() {
        let table = [
            ("<a><b/><c/></a>", "<a><b/><c/></a>", Ok(())),
            ("<a>x<!---->y</a>", "<a>x<!---->y</a>", Ok(())),
            ("<a>x</a>", "<a><![CDATA[x]]></a>", Ok(())),
            (
                "<a><b/></a>",
                "<a/>",
                Err("another number of children of a"),
            ),
            // As many elements of the same names in the same order.
            (
                "<a><b><c/></b></a>",
                "<a><b/><c/></a>",
                Err("another number of children of a"),
            ),
            ("<a/>", "<b/>", Err("another name of a")),
            ("<a/>", "<a xmlns='urn:a'/>", Err("another namespace of a")),
            (
                "<a b='1'/>",
                "<a/>",
                Err("another number of attributes of a"),
            ),
            (
                "<a/>",
                "<a b='1'/>",
                Err("another number of attributes of a"),
            ),
            ("<a b='1'/>", "<a b='2'/>", Err("another attribute of a")),
            ("<a b='1'/>", "<a c='1'/>", Err("another attribute of a")),
            (
                "<a xmlns:b='urn:b' b:c='1'/>",
                "<a xmlns:b='urn:d' b:c='1'/>",
                Err("another attribute of a"),
            ),
            ("<a>x</a>", "<a>y</a>", Err("another text of a")),
            ("<a>xy</a>", "<a>x<!---->y</a>", Err("another text of a")),
            ("<a>x<!---->y</a>", "<a>xy</a>", Err("another text of a")),
        ];
        for (ours, theirs, expect) in table {
            let (one, other) = (
                Document::parse(ours.as_bytes(), &Limits::MESSAGE).unwrap(),
                roxmltree::Document::parse(theirs).unwrap(),
            );
            let expect = expect.map_err(str::to_owned);
            assert_eq!(same(&one, &other), expect, "{ours} {theirs}");
        }
    }
}
