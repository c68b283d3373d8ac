//! `application/x-www-form-urlencoded`, strictly.
//!
//! Owns decoding of a raw query or body into parameters, and encoding. It does not know which
//! parameters a message has. RFC 6749 section 3.1: a parameter must not be included more than once,
//! and one without a value counts as absent.

use std::{collections::BTreeMap, fmt};

use percent_encoding::percent_decode_str;
use url::form_urlencoded;

/// Why a query or body cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FormFault {
    /// A name or value is not UTF-8 once decoded.
    Encoding,
    /// A parameter of this name occurs twice.
    Repeated(String),
    /// More bytes than the message may have.
    TooLarge,
}

impl fmt::Display for FormFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encoding => write!(f, "it is not UTF-8 text in form encoding"),
            Self::Repeated(name) => write!(f, "the parameter {name:?} occurs twice"),
            Self::TooLarge => write!(f, "it is larger than allowed"),
        }
    }
}

/// Decoded parameters, each at most once.
pub(crate) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Decodes `raw` as it came over the wire (without a leading `?`), at most `limit` bytes.
    pub(crate) fn parse(raw: &str, limit: usize) -> Result<Self, FormFault> {
        if raw.len() > limit {
            return Err(FormFault::TooLarge);
        }
        let mut parameters = BTreeMap::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name)?;
            if parameters.contains_key(&name) {
                return Err(FormFault::Repeated(name.chars().take(64).collect()));
            }
            parameters.insert(name, decode(value)?);
        }
        Ok(Self(parameters))
    }

    /// Takes a parameter out; one without a value counts as absent.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name).filter(|value| !value.is_empty())
    }

    /// Whether a parameter of that name is there, with or without a value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Looks at a parameter and leaves it; one without a value counts as absent.
    pub(crate) fn peek(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Encodes one value as a form would.
pub(crate) fn encode(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// Decodes one name or value; the inverse of [`encode`].
pub(crate) fn decode(text: &str) -> Result<String, FormFault> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced)
        .decode_utf8()
        .map(Into::into)
        .map_err(|_| FormFault::Encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_taken_once() {
        let mut form = Parameters::parse("a=1+2&b=%C3%A9%26&c=&d", 64).unwrap();
        assert_eq!(form.take("a").as_deref(), Some("1 2"));
        assert_eq!(form.take("a"), None);
        assert_eq!(form.take("b").as_deref(), Some("é&"));
        assert!(form.has("c") && form.has("d") && !form.has("e"));
        assert_eq!((form.take("c"), form.take("d")), (None, None));
    }

    #[test]
    fn faults_are_told_apart() {
        let cases = [
            ("a=1&a=1", FormFault::Repeated("a".into())),
            ("a=1&%61=2", FormFault::Repeated("a".into())),
            ("a=%ff", FormFault::Encoding),
            ("a=0123456789012345678901234567890", FormFault::TooLarge),
        ];
        for (raw, fault) in cases {
            assert_eq!(Parameters::parse(raw, 32).err(), Some(fault), "{raw}");
        }
    }
}
