//! Strict JSON: one object, no member twice, nothing behind it.
//!
//! Owns reading; it does not know what the members mean. RFC 7515 section 4 and RFC 7519 section 4
//! let a parser keep the last of two equal members; two readers that choose differently then see
//! two different tokens, so a repeated member is a fault here, at every depth.

use std::{cell::RefCell, fmt};

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Why bytes are not a strict JSON object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JsonFault {
    /// A member of this name occurs twice in one object.
    Duplicate(String),
    /// Well-formed JSON, but no object.
    NotAnObject,
    /// Not JSON; line and column as the parser tells them, without the text.
    Syntax { line: usize, column: usize },
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate(name) => write!(f, "the member {name:?} occurs twice"),
            Self::NotAnObject => write!(f, "it is JSON, but not an object"),
            Self::Syntax { line, column } => {
                write!(f, "it is not JSON (line {line}, column {column})")
            }
        }
    }
}

/// Reads one JSON object.
pub(crate) fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, JsonFault> {
    let duplicate = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let parsed = Strict {
        duplicate: &duplicate,
    }
    .deserialize(&mut reader)
    .and_then(|value| reader.end().map(|()| value));
    match parsed {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(JsonFault::NotAnObject),
        Err(fault) => Err(match duplicate.into_inner() {
            Some(name) => JsonFault::Duplicate(name),
            None => JsonFault::Syntax {
                line: fault.line(),
                column: fault.column(),
            },
        }),
    }
}

/// Reads a [`Value`] and leaves the name of a repeated member in `duplicate`.
#[derive(Clone, Copy)]
struct Strict<'a> {
    duplicate: &'a RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                self.duplicate.replace(Some(name));
                return Err(A::Error::custom("repeated member"));
            }
            object.insert(name, members.next_value_seed(self)?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_read_as_it_is() {
        let text = br#"{"a":1,"b":[true,null,-2,1.5,"x"],"c":{"d":{}}}"#;
        let expected = json!({"a":1,"b":[true,null,-2,1.5,"x"],"c":{"d":{}}});
        assert_eq!(Value::Object(parse_object(text).unwrap()), expected);
    }

    #[test]
    fn what_is_not_strict_is_a_fault() {
        let cases: [(&str, JsonFault); 7] = [
            (r#"{"a":1,"a":1}"#, JsonFault::Duplicate("a".into())),
            (r#"{"a":1,"\u0061":2}"#, JsonFault::Duplicate("a".into())),
            (r#"{"x":[{"b":1,"b":2}]}"#, JsonFault::Duplicate("b".into())),
            ("[]", JsonFault::NotAnObject),
            ("{} {}", JsonFault::Syntax { line: 1, column: 4 }),
            ("{'a':1}", JsonFault::Syntax { line: 1, column: 2 }),
            ("", JsonFault::Syntax { line: 1, column: 0 }),
        ];
        for (text, fault) in cases {
            assert_eq!(parse_object(text.as_bytes()), Err(fault), "{text}");
        }
        let deep = "{\"a\":".repeat(5_000);
        assert!(matches!(
            parse_object(deep.as_bytes()),
            Err(JsonFault::Syntax { .. })
        ));
    }
}
