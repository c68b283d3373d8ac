//! Random surgery on messages: what can be cut, moved, renamed and put in, and how it is done.

use proptest::{
    prelude::*,
    sample::{Index, select},
};

use super::{DS, SAML, SAMLP, forged, tree::Node};

/// One cut. Places are numbers of nodes in document order.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
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
    "_a1", "_r1", "_evil", "#_a1", "#_r1", "#_evil", "", SAML, DS, "urn:evil",
];
const SPLITS: [&str; 6] = [
    "<!---->",
    "<!--x-->",
    "<![CDATA[]]>",
    "<![CDATA[admin]]>",
    "<?x?>",
    "<x/>",
];

/// Any cut.
pub(crate) fn edits() -> impl Strategy<Value = Edit> {
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

/// Makes the cut.
pub(crate) fn apply(root: &mut Node, edit: &Edit) {
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
                    ("xmlns:saml".to_owned(), SAML.to_owned()),
                    ("xmlns:samlp".to_owned(), SAMLP.to_owned()),
                    ("xmlns:ds".to_owned(), DS.to_owned()),
                ],
                children: vec![inner],
            };
        }
    }
}
