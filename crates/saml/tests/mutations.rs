//! Random surgery on signed messages: whatever is accepted says exactly what the benign message said.

mod support;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use support::tree::Node;
use support::wrapping;
use support::{around_signed, assertion, forged, signed_around, signed_both, verify};
use vestibule_saml::response::VerifiedAssertion;

/// One cut. Places are numbers of nodes in document order.
#[derive(Clone, Debug)]
enum Edit {
    Copy {
        from: Index,
        to: Index,
        position: usize,
    },
    Delete(Index),
    Forge {
        to: Index,
        position: usize,
        id: &'static str,
    },
    Insert {
        to: Index,
        position: usize,
        raw: &'static str,
    },
    Move {
        from: Index,
        to: Index,
        position: usize,
    },
    Rename {
        at: Index,
        name: &'static str,
    },
    SetAttribute {
        at: Index,
        name: &'static str,
        value: &'static str,
    },
    SetText {
        at: Index,
        text: &'static str,
    },
    SplitText {
        at: Index,
        by: &'static str,
    },
    Wrap {
        at: Index,
        name: &'static str,
    },
}

const NAMES: [&str; 12] = [
    "saml:Assertion",
    "saml:Advice",
    "saml:NameID",
    "saml:Subject",
    "saml:Attribute",
    "saml:Conditions",
    "samlp:Extensions",
    "samlp:Response",
    "ds:Signature",
    "ds:Object",
    "ds:SignedInfo",
    "x",
];
const ATTRIBUTES: [&str; 14] = [
    "ID",
    "Id",
    "id",
    "xml:id",
    "samlp:ID",
    "URI",
    "Algorithm",
    "Name",
    "Format",
    "InResponseTo",
    "xmlns",
    "xmlns:saml",
    "xmlns:samlp",
    "xmlns:ds",
];
const VALUES: [&str; 10] = [
    "_a1",
    "_r1",
    "_evil",
    "#_a1",
    "#_r1",
    "#_evil",
    "",
    support::SAML,
    support::DS,
    "urn:evil",
];
const SPLITS: [&str; 6] = [
    "<!---->",
    "<!--x-->",
    "<![CDATA[]]>",
    "<![CDATA[admin]]>",
    "<?x?>",
    "<x/>",
];

fn edits() -> impl Strategy<Value = Edit> {
    let place = any::<Index>;
    let position = || 0..8usize;
    prop_oneof![
        (place(), place(), position()).prop_map(|(from, to, position)| Edit::Copy {
            from,
            to,
            position
        }),
        place().prop_map(Edit::Delete),
        (place(), position(), select(&["_a1", "_evil"][..]))
            .prop_map(|(to, position, id)| Edit::Forge { to, position, id }),
        (place(), position(), select(&SPLITS[..])).prop_map(|(to, position, raw)| Edit::Insert {
            to,
            position,
            raw
        }),
        (place(), place(), position()).prop_map(|(from, to, position)| Edit::Move {
            from,
            to,
            position
        }),
        (place(), select(&NAMES[..])).prop_map(|(at, name)| Edit::Rename { at, name }),
        (place(), select(&ATTRIBUTES[..]), select(&VALUES[..]))
            .prop_map(|(at, name, value)| Edit::SetAttribute { at, name, value }),
        (
            place(),
            select(&["admin@a.test", "admins", "", "alice@a.test"][..])
        )
            .prop_map(|(at, text)| Edit::SetText { at, text }),
        (place(), select(&SPLITS[..])).prop_map(|(at, by)| Edit::SplitText { at, by }),
        (place(), select(&NAMES[..])).prop_map(|(at, name)| Edit::Wrap { at, name }),
    ]
}

fn apply(root: &mut Node, edit: &Edit) {
    let count = root.count();
    match edit {
        Edit::Copy { from, to, position } => {
            let copy = root.at(from.index(count)).clone();
            root.at(to.index(count)).insert(*position, copy);
        }
        Edit::Delete(at) => {
            root.take(at.index(count));
        }
        Edit::Forge { to, position, id } => root
            .at(to.index(count))
            .insert(*position, Node::parse(&forged(id))),
        Edit::Insert { to, position, raw } => root
            .at(to.index(count))
            .insert(*position, Node::Raw((*raw).to_owned())),
        Edit::Move { from, to, position } => {
            let moved = root.take(from.index(count));
            let count = root.count();
            root.at(to.index(count)).insert(*position, moved);
        }
        Edit::Rename { at, name } => {
            if let Node::Element { name: old, .. } = root.at(at.index(count)) {
                *old = (*name).to_owned();
            }
        }
        Edit::SetAttribute { at, name, value } => {
            if let Node::Element { attributes, .. } = root.at(at.index(count)) {
                attributes.retain(|(old, _)| old != name);
                attributes.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        Edit::SetText { at, text } => {
            if let Node::Raw(old) = root.at(at.index(count)) {
                *old = (*text).to_owned();
            }
        }
        Edit::SplitText { at, by } => {
            if let Node::Raw(text) = root.at(at.index(count)) {
                let middle = text
                    .char_indices()
                    .nth(text.chars().count() / 2)
                    .map_or(0, |(at, _)| at);
                text.insert_str(middle, by);
            }
        }
        Edit::Wrap { at, name } => {
            let inner = root.take(at.index(count));
            *root.at(at.index(count)) = Node::Element {
                name: (*name).to_owned(),
                attributes: vec![
                    ("xmlns:saml".to_owned(), support::SAML.to_owned()),
                    ("xmlns:samlp".to_owned(), support::SAMLP.to_owned()),
                    ("xmlns:ds".to_owned(), support::DS.to_owned()),
                ],
                children: vec![inner],
            };
        }
    }
}

/// Benign messages, and wrapping vectors that one more cut might disarm the defence against.
fn starts() -> Vec<String> {
    vec![
        around_signed(&assertion("_a1")),
        signed_around(&assertion("_a1")),
        signed_both(&assertion("_a1")),
        wrapping::si_01(),
        wrapping::si_02(),
        wrapping::si_03(),
        wrapping::si_04(),
        wrapping::si_05(),
        wrapping::si_06(),
        wrapping::si_07(),
        wrapping::si_08(),
        wrapping::si_09(""),
        wrapping::si_11(),
    ]
}

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "the number of cases comes from the environment, as proptest has it"
)]
fn whatever_is_accepted_says_what_was_signed() {
    let starts = starts();
    let benign: VerifiedAssertion = verify(&starts[0]).unwrap();
    let accepted = std::cell::Cell::new(0_u32);
    let usual = ProptestConfig::default();
    let config = ProptestConfig {
        // 40 s; `make fuzz` runs any number.
        cases: std::env::var_os("PROPTEST_CASES").map_or(20_000, |_| usual.cases),
        max_shrink_iters: 1_000,
        failure_persistence: None,
        ..usual
    };
    proptest!(config, |(start in any::<Index>(), edits in prop::collection::vec(edits(), 1..=3))| {
        let mut tree = Node::parse(&starts[start.index(starts.len())]);
        for edit in &edits {
            apply(&mut tree, edit);
        }
        let mut xml = String::new();
        tree.write(&mut xml);
        if let Ok(read) = verify(&xml) {
            accepted.set(accepted.get() + 1);
            prop_assert!(read == benign, "another identity was read from {xml}");
        }
    });
    // Cuts that change nothing must be among them, or the oracle was never asked.
    assert!(accepted.get() > 0, "no mutation was accepted");
    println!(
        "{} mutations were accepted, all unchanged in meaning",
        accepted.get()
    );
}
