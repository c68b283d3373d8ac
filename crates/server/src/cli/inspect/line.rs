//! One line of a batch.
//!
//! Owns the reading of lines, bounded, and what is a field of the batch itself: `id`, `message`, `replay`. Does not own
//! the other fields, which are arguments.

use std::{
    cell::RefCell,
    fmt,
    io::{self, BufRead},
};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value, error::Category};

/// The longest line that is read, in bytes. The largest message in base64, with metadata inline, is half of it.
pub(super) const LONGEST: usize = 8 * 1024 * 1024;

/// A line that can be judged.
pub(super) struct Line {
    /// A text, a number or null: given back as it came.
    pub(super) id: Value,
    /// Absent where it is one of the arguments.
    pub(super) message: Option<String>,
    pub(super) replay: Option<bool>,
    /// Arguments that are other than in the command line; null for those that are as if they had not been given.
    pub(super) overrides: Map<String, Value>,
}

/// A line that cannot.
pub(super) struct BadLine {
    /// Its id, as far as that could be read.
    pub(super) id: Value,
    pub(super) why: String,
}

/// Reads the next line into `buffer`, without its end; `None` after the last one, `Some(false)` if it is longer than
/// [`LONGEST`]. The rest of such a line is passed over without being kept.
pub(super) fn next(reader: &mut dyn BufRead, buffer: &mut Vec<u8>) -> io::Result<Option<bool>> {
    buffer.clear();
    let (mut any, mut whole) = (false, true);
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(any.then_some(whole));
        }
        any = true;
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let piece = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
        let room = LONGEST - buffer.len();
        whole &= piece.len() <= room;
        buffer.extend(piece.iter().take(room));
        let used = end.map_or(chunk.len(), |at| at + 1);
        reader.consume(used);
        if end.is_some() {
            return Ok(Some(whole));
        }
    }
}

/// Reads a line.
pub(super) fn parse(bytes: &[u8]) -> Result<Line, BadLine> {
    let id = RefCell::new(Value::Null);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let parsed = Fields { id: &id }
        .deserialize(&mut reader)
        .and_then(|fields| reader.end().map(|()| fields));
    let bad = |why: String| BadLine {
        id: id.borrow().clone(),
        why,
    };
    let mut fields = parsed.map_err(|error| match error.classify() {
        Category::Data => bad(format!("the line cannot be used: {error}")),
        _ => bad("the line is not JSON".to_owned()),
    })?;
    let message = match fields.remove("message") {
        Some(Value::String(message)) => Some(message),
        Some(_) => return Err(bad("`message` is not a text".to_owned())),
        None => None,
    };
    let replay = match fields.remove("replay") {
        Some(Value::Bool(replay)) => Some(replay),
        Some(Value::Null) => Some(false),
        Some(_) => return Err(bad("`replay` is neither true nor false".to_owned())),
        None => None,
    };
    Ok(Line {
        id: id.take(),
        message,
        replay,
        overrides: fields,
    })
}

/// Reads an object whose names occur once each. The id is kept as soon as it is read, so that a line which is broken or
/// cut behind it still has it.
struct Fields<'a> {
    id: &'a RefCell<Value>,
}

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = Map<String, Value>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `id` and `message`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value: Value = members.next_value()?;
            if name == "id" && !matches!(value, Value::Null | Value::Number(_) | Value::String(_)) {
                return Err(A::Error::custom("`id` is neither a text nor a number"));
            }
            if name == "id" && self.id.borrow().is_null() {
                self.id.replace(value.clone());
            }
            if fields.insert(name, value).is_some() {
                return Err(A::Error::custom("a field occurs twice"));
            }
        }
        fields.remove("id");
        Ok(fields)
    }
}
