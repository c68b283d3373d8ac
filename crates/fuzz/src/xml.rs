//! Any bytes as an XML document: what our parser accepts, another parser reads in the same way (attack row SI-82l).

use std::sync::LazyLock;

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
    let ours: Vec<Element<'_>> = document.elements().collect();
    let theirs: Vec<_> = other.descendants().filter(|it| it.is_element()).collect();
    assert!(ours.len() <= limits.nodes, "more elements than allowed");
    assert_eq!(
        ours.len(),
        theirs.len(),
        "another number of elements: {text}"
    );
    for (ours, theirs) in ours.iter().zip(&theirs) {
        same(ours, theirs);
    }
    true
}

fn same(ours: &Element<'_>, theirs: &roxmltree::Node<'_, '_>) {
    let name = theirs.tag_name();
    assert_eq!(ours.local_name(), name.name(), "another name");
    assert_eq!(
        ours.namespace(),
        name.namespace().unwrap_or_default(),
        "another namespace of {}",
        name.name()
    );
    for attribute in theirs.attributes() {
        let value = match attribute.namespace() {
            None => ours.attribute(attribute.name()),
            Some(namespace) => ours.attribute_of(namespace, attribute.name()),
        };
        assert_eq!(value, Some(attribute.value()), "{}", attribute.name());
    }
    if let Ok(text) = ours.text() {
        let theirs: String = theirs.children().filter_map(|it| it.text()).collect();
        assert_eq!(text, theirs, "another text");
    }
}
