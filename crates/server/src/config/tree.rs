//! The configuration file as a tree in which every value knows where it stands.
//!
//! Owns the reading of YAML and its bounds: size, depth, number of values. Does not own meaning: a scalar stays a text
//! until a topic asks for more. Anchors, aliases and tags are refused, so that nothing can be larger than it looks and
//! what a reviewer reads at a place is what holds there.

use std::borrow::Cow;

use granit_parser::{Event, Options, Parser, ScalarStyle, Span, Tag};

/// The largest file that is read, in bytes.
pub(super) const LARGEST_FILE: usize = 1024 * 1024;
/// The deepest nesting of lists and maps.
const DEEPEST: usize = 32;
/// The most values in a file.
const MOST_VALUES: usize = 100_000;

/// A position in the file, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
}

impl Place {
    /// The beginning of the file.
    pub const START: Self = Self { line: 1, column: 1 };
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// Where it begins.
    pub(super) at: Place,
    /// What it is.
    pub(super) value: Value,
}

/// A YAML value; scalars other than null are texts here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<Entry>),
    /// Nothing, `~` or `null`.
    Null,
    /// Anything else.
    Scalar {
        /// Without quotes and escapes.
        text: String,
        /// It stood without quotes, so it may be a number or a truth value.
        plain: bool,
    },
}

/// One entry of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The key.
    pub(super) key: String,
    /// Where the key stands.
    pub(super) at: Place,
    /// Its value.
    pub(super) node: Node,
}

/// Why a text is no such tree. Reading stops at the first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// Where.
    pub(super) at: Place,
    /// Stable code.
    pub(super) code: &'static str,
    /// Why.
    pub(super) reason: String,
    /// What to do.
    pub(super) remedy: String,
}

/// Reads the text of a file.
pub(super) fn parse(text: &str) -> Result<Node, Unreadable> {
    if text.len() > LARGEST_FILE {
        return Err(refuse(
            Place::START,
            "too_large",
            format!("the file is larger than {LARGEST_FILE} bytes"),
            "keep people and long lists elsewhere, for example in the store",
        ));
    }
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = DEEPEST;
    options.block_nesting_limit = DEEPEST;
    Builder {
        events: Parser::new_from_str_with_options(text, options),
        values: 0,
    }
    .document()
}

type Events<'t> = granit_parser::Parser<'t, granit_parser::StrInput<'t>>;

struct Builder<'t> {
    events: Events<'t>,
    values: usize,
}

impl<'t> Builder<'t> {
    fn document(mut self) -> Result<Node, Unreadable> {
        let empty = Node {
            at: Place::START,
            value: Value::Map(Vec::new()),
        };
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root.unwrap_or(empty)),
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) if root.is_some() => {
                    return Err(refuse(
                        place(&span),
                        "several_documents",
                        "the file holds more than one YAML document".into(),
                        "remove the line `---` and what follows it, or merge the two",
                    ));
                }
                Event::DocumentStart(..) => {
                    let (event, span) = self.next()?;
                    root = Some(self.node(event, &span, 0)?);
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Unreadable> {
        match self.events.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(refuse(
                Place {
                    line: error.marker().line(),
                    column: error.marker().col() + 1,
                },
                "syntax",
                format!("this is not YAML: {}", error.info()),
                "mind indentation (spaces, no tabs), colons and quotes; quote texts that hold `: `, `#` or begin with `*`, `&`, `!`",
            )),
            None => Err(refuse(
                Place::START,
                "syntax",
                "the file ends too early".into(),
                "complete it",
            )),
        }
    }

    fn node(&mut self, event: Event<'t>, span: &Span, depth: usize) -> Result<Node, Unreadable> {
        let at = place(span);
        self.values += 1;
        if depth > DEEPEST || self.values > MOST_VALUES {
            return Err(refuse(
                at,
                "too_large",
                "the file is nested too deeply or holds too many values".into(),
                "simplify it",
            ));
        }
        let value = match event {
            Event::Scalar(text, style, anchor, tag) => {
                plain_yaml_only(at, anchor, tag.as_ref())?;
                scalar(text, style)
            }
            Event::SequenceStart(_, anchor, tag) => {
                plain_yaml_only(at, anchor, tag.as_ref())?;
                Value::List(self.list(depth)?)
            }
            Event::MappingStart(_, anchor, tag) => {
                plain_yaml_only(at, anchor, tag.as_ref())?;
                Value::Map(self.map(depth)?)
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => return Err(no_aliases(at)),
            _ => Value::Null,
        };
        Ok(Node { at, value })
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Unreadable> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(items);
            }
            items.push(self.node(event, &span, depth + 1)?);
        }
    }

    fn map(&mut self, depth: usize) -> Result<Vec<Entry>, Unreadable> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(entries);
            }
            let at = place(&span);
            let key = self.node(event, &span, depth + 1)?;
            let Value::Scalar { text: key, .. } = key.value else {
                return Err(refuse(
                    at,
                    "syntax",
                    "a key must be a text".into(),
                    "write `key: value`",
                ));
            };
            let (event, span) = self.next()?;
            let node = self.node(event, &span, depth + 1)?;
            entries.push(Entry { key, at, node });
        }
    }
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle) -> Value {
    let plain = style == ScalarStyle::Plain;
    if plain && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL") {
        Value::Null
    } else {
        Value::Scalar {
            text: text.into_owned(),
            plain,
        }
    }
}

/// **Invariant:** no aliases, so the tree is never larger than the text (billion laughs).
fn plain_yaml_only(at: Place, anchor: usize, tag: Option<&Cow<'_, Tag>>) -> Result<(), Unreadable> {
    if anchor != 0 {
        return Err(no_aliases(at));
    }
    if tag.is_some() {
        return Err(refuse(
            at,
            "tag",
            "YAML tags (`!…`) are not read here".into(),
            "remove the tag; quote the text if it begins with `!`",
        ));
    }
    Ok(())
}

fn no_aliases(at: Place) -> Unreadable {
    refuse(
        at,
        "alias",
        "YAML anchors and aliases (`&…`, `*…`) are not read here".into(),
        "write the value out; quote the text if it begins with `&` or `*`",
    )
}

fn refuse(at: Place, code: &'static str, reason: String, remedy: &str) -> Unreadable {
    Unreadable {
        at,
        code,
        reason,
        remedy: remedy.into(),
    }
}

fn place(span: &Span) -> Place {
    Place {
        line: span.start.line(),
        column: span.start.col() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_place() {
        let root = parse("a: 1\nb:\n  - x\n  - { c: \"2\" }\n").unwrap();
        let Value::Map(entries) = root.value else {
            panic!("a map")
        };
        assert_eq!(entries[0].at, Place { line: 1, column: 1 });
        assert_eq!(entries[0].node.at, Place { line: 1, column: 4 });
        let Value::List(items) = &entries[1].node.value else {
            panic!("a list")
        };
        assert_eq!(items[0].at, Place { line: 3, column: 5 });
        let Value::Map(inner) = &items[1].value else {
            panic!("a map")
        };
        assert_eq!(
            inner[0].node.value,
            Value::Scalar {
                text: "2".into(),
                plain: false
            }
        );
    }

    #[test]
    fn what_could_grow_or_mislead_is_refused() {
        let table = [
            ("a: &x 1\nb: *x\n", "alias", 1),
            ("a: *x\n", "syntax", 1),
            ("a: !!binary aGk=\n", "tag", 1),
            ("a: 1\n---\nb: 2\n", "several_documents", 2),
            ("a: [1\n", "syntax", 1),
            ("a:\n\t- b\n", "syntax", 2),
            ("? [a]\n: b\n", "syntax", 1),
        ];
        for (text, code, line) in table {
            let error = parse(text).unwrap_err();
            assert_eq!((error.code, error.at.line), (code, line), "{text:?}");
        }
        assert_eq!(parse(&"[".repeat(40)).unwrap_err().code, "syntax");
        let nested = format!("{}1{}", "[".repeat(31), "]".repeat(31));
        assert!(parse(&nested).is_ok());
        assert_eq!(
            parse(&" ".repeat(LARGEST_FILE + 1)).unwrap_err().code,
            "too_large"
        );
        let many = "- 1\n".repeat(MOST_VALUES + 1);
        assert_eq!(parse(&many).unwrap_err().code, "too_large");
    }

    #[test]
    fn an_empty_file_is_an_empty_map() {
        for text in ["", "# only a comment\n"] {
            assert_eq!(parse(text).unwrap().value, Value::Map(vec![]), "{text:?}");
        }
    }
}
