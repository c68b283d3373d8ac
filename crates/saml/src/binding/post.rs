//! HTTP-POST: the message in a form (SAML bindings 3.5).
//!
//! Owns: the fields of the form, in both directions.
//! Does not own: the page with the form, or signatures, which on this binding are inside the XML.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use memchr::memchr2_iter;

use super::{
    BindingError, MAX_MESSAGE_BYTES, MessageKind, Parameters, check_outgoing_relay_state,
    decode as decode_value,
};

/// The longest form body that we read, in bytes: the largest message in base64, each byte of it percent-encoded, would
/// be longer still, but no sender escapes letters.
pub const MAX_BODY_BYTES: usize = 512 * 1024;

/// The form that the browser is to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostForm {
    /// Where the form goes.
    pub action: String,
    /// Names and values, not escaped for HTML.
    pub fields: Vec<(&'static str, String)>,
}

/// Builds the form for `xml`.
///
/// # Errors
/// If the address or the RelayState cannot be used, or the message is too large.
pub fn encode(
    action: &str,
    kind: MessageKind,
    xml: &str,
    relay_state: Option<&str>,
) -> Result<PostForm, BindingError> {
    super::check_address(action)?;
    check_outgoing_relay_state(kind, relay_state)?;
    if xml.len() > MAX_MESSAGE_BYTES {
        return Err(BindingError::TooLarge {
            limit: MAX_MESSAGE_BYTES,
        });
    }
    let mut fields = vec![(kind.parameter(), BASE64.encode(xml))];
    fields.extend(relay_state.map(|value| ("RelayState", value.to_owned())));
    Ok(PostForm {
        action: action.to_owned(),
        fields,
    })
}

/// A message as it came in. Nothing in it is verified.
#[derive(Clone, Debug)]
pub struct PostMessage {
    kind: MessageKind,
    xml: Vec<u8>,
    relay_state: Option<String>,
}

impl PostMessage {
    /// Whether it asks or answers.
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        self.kind
    }

    /// The XML, at most [`MAX_MESSAGE_BYTES`].
    #[must_use]
    pub fn xml(&self) -> &[u8] {
        &self.xml
    }

    /// The RelayState. No signature covers it.
    #[must_use]
    pub fn relay_state(&self) -> Option<&str> {
        self.relay_state.as_deref()
    }
}

/// Reads the body of an `application/x-www-form-urlencoded` request, exactly as it was received.
///
/// # Errors
/// [`BindingError`] for anything that two readers could understand in two ways, and for what is too large.
pub fn decode(body: &[u8]) -> Result<PostMessage, BindingError> {
    let parameters = split(body)?;
    let (kind, raw) = parameters.message()?;
    let relay_state = parameters.relay_state(kind)?;
    let xml = decode_base64(kind, &decode_value(raw, kind.parameter())?)?;
    Ok(PostMessage {
        kind,
        xml,
        relay_state,
    })
}

/// The RelayState of such a body, by which the message is found out to be expected before anything is spent on it.
///
/// # Errors
/// As [`decode`], but for what is wrong with the message itself.
pub fn relay_state(body: &[u8]) -> Result<Option<String>, BindingError> {
    let parameters = split(body)?;
    let (kind, _) = parameters.message()?;
    parameters.relay_state(kind)
}

fn split(body: &[u8]) -> Result<Parameters<'_>, BindingError> {
    if body.len() > MAX_BODY_BYTES {
        return Err(BindingError::TooLarge {
            limit: MAX_BODY_BYTES,
        });
    }
    let body = std::str::from_utf8(body).map_err(|_| BindingError::PercentEncoding {
        parameter: "the form",
    })?;
    Parameters::split(body)
}

/// Reads the value of a field: base64 with line breaks, as MIME writes it (SAML bindings 3.5.4), and nothing else that
/// is not base64.
///
/// A space is an error, not a line break: it is what an unescaped `+` of the alphabet turns into.
///
/// # Errors
/// [`BindingError::Base64`], [`BindingError::TooLarge`].
pub fn decode_base64(kind: MessageKind, text: &str) -> Result<Vec<u8>, BindingError> {
    let parameter = kind.parameter();
    let line_breaks = memchr2_iter(b'\r', b'\n', text.as_bytes()).count();
    if (text.len() - line_breaks) / 4 * 3 > MAX_MESSAGE_BYTES + 3 {
        return Err(BindingError::TooLarge {
            limit: MAX_MESSAGE_BYTES,
        });
    }
    let dense = match line_breaks {
        0 => Cow::Borrowed(text.as_bytes()),
        _ => text
            .bytes()
            .filter(|it| !matches!(it, b'\r' | b'\n'))
            .collect(),
    };
    BASE64
        .decode(dense)
        .map_err(|_| BindingError::Base64 { parameter })
}
