//! HTTP-Redirect: the message in the query string (SAML bindings 3.4).
//!
//! Owns: DEFLATE, base64 and percent-encoding of the query, its detached signature, and the octets that a received
//! signature covers.
//! Does not own: which key belongs to whom, or whether a signature is demanded.

use std::cell::RefCell;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    BindingError, MAX_MESSAGE_BYTES, MessageKind, Parameters, check_outgoing_relay_state,
    decode as decode_value,
};
use crate::{
    crypto::{SignatureAlgorithm, VerifyingKey, sign::SigningKey},
    xml::read::excerpt,
};

/// The longest query that we read, in bytes.
pub const MAX_QUERY_BYTES: usize = 64 * 1024;

/// Messages that come by redirect are rarely longer, expanded.
const USUAL_MESSAGE_BYTES: usize = 4 * 1024;

/// The only `SAMLEncoding` (SAML bindings 3.4.4.1).
const DEFLATE: &str = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";

/// What is encoded: everything but the unreserved characters of RFC 3986 clause 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Builds the address to which the browser is sent.
///
/// `endpoint` is the other side's address from its metadata; a query of its own is kept. With a `signer`, `SigAlg` and
/// `Signature` are added over exactly the octets that go out (SAML bindings 3.4.4.1).
///
/// # Errors
/// If the address or the RelayState cannot be used, the message is too large, or signing fails.
pub fn encode(
    endpoint: &str,
    kind: MessageKind,
    xml: &str,
    relay_state: Option<&str>,
    signer: Option<&SigningKey>,
) -> Result<String, BindingError> {
    super::check_address(endpoint)?;
    check_outgoing_relay_state(kind, relay_state)?;
    let message = BASE64.encode(deflate(xml)?);
    let mut query = format!("{}={}", kind.parameter(), percent(&message));
    if let Some(relay_state) = relay_state {
        query.push_str("&RelayState=");
        query.push_str(&percent(relay_state));
    }
    if let Some(key) = signer {
        query.push_str("&SigAlg=");
        query.push_str(&percent(key.algorithm().uri()));
        let signature = key
            .sign(query.as_bytes())
            .map_err(|error| BindingError::Signing {
                reason: error.to_string(),
            })?;
        query.push_str("&Signature=");
        query.push_str(&percent(&BASE64.encode(signature)));
    }
    let separator = match endpoint.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some((_, own)) if own.ends_with('&') => "",
        Some(_) => "&",
    };
    Ok(format!("{endpoint}{separator}{query}"))
}

/// A message as it came in. Nothing in it is verified.
#[derive(Clone, Debug)]
pub struct RedirectMessage {
    kind: MessageKind,
    xml: Vec<u8>,
    relay_state: Option<String>,
    signature: Option<DetachedSignature>,
}

/// A signature of the query, not verified.
#[derive(Clone, Debug)]
struct DetachedSignature {
    /// The URI of the algorithm that the sender names.
    algorithm: String,
    /// The octets that it covers: the received bytes, in the order of the standard.
    signed_octets: String,
    /// The value of the signature.
    value: Vec<u8>,
}

impl RedirectMessage {
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

    /// The RelayState. The signature, if there is one, covers it.
    #[must_use]
    pub fn relay_state(&self) -> Option<&str> {
        self.relay_state.as_deref()
    }

    /// Whether a signature was received. It may be anybody's.
    #[must_use]
    pub const fn carries_signature(&self) -> bool {
        self.signature.is_some()
    }

    /// Checks the signature with the keys of the sender; one that verifies is enough.
    ///
    /// # Errors
    /// [`BindingError::SignatureMissing`], or [`BindingError::Signature`] for algorithms off the list, keys of another
    /// family and signatures that no key made.
    pub fn verify(
        &self,
        keys: &[VerifyingKey],
        danger_accept_sha1: bool,
    ) -> Result<VerifiedRedirect<'_>, BindingError> {
        let signature = self
            .signature
            .as_ref()
            .ok_or(BindingError::SignatureMissing)?;
        let algorithm = SignatureAlgorithm::accepted(&signature.algorithm, danger_accept_sha1)?;
        let octets = signature.signed_octets.as_bytes();
        VerifyingKey::verify_any(keys, algorithm, octets, &signature.value)?;
        Ok(VerifiedRedirect(self))
    }
}

/// Proof: a trusted key signed this message and its RelayState.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedRedirect<'m>(&'m RedirectMessage);

impl<'m> VerifiedRedirect<'m> {
    /// The signed XML.
    #[must_use]
    pub fn xml(&self) -> &'m [u8] {
        self.0.xml()
    }

    /// The signed RelayState.
    #[must_use]
    pub fn relay_state(&self) -> Option<&'m str> {
        self.0.relay_state()
    }
}

/// Reads the query string, without its `?`, exactly as it was received.
///
/// # Errors
/// [`BindingError`] for anything that two readers could understand in two ways, and for what is too large.
pub fn decode(query: &str) -> Result<RedirectMessage, BindingError> {
    if query.len() > MAX_QUERY_BYTES {
        return Err(BindingError::TooLarge {
            limit: MAX_QUERY_BYTES,
        });
    }
    let parameters = Parameters::split(query)?;
    if let Some(raw) = parameters.encoding {
        let received = decode_value(raw, "SAMLEncoding")?;
        if received != DEFLATE {
            return Err(BindingError::Encoding {
                received: excerpt(&received),
            });
        }
    }
    let (kind, raw) = parameters.message()?;
    let relay_state = parameters.relay_state(kind)?;
    let signature = detached_signature(&parameters, kind, raw)?;
    let xml = inflate(&base64_value(raw, kind.parameter())?)?;
    Ok(RedirectMessage {
        kind,
        xml,
        relay_state,
        signature,
    })
}

/// Collects the octets that the signature covers from the raw values, never encoding anything anew: AD FS writes
/// `%2f`, others `%2F`, and only the bytes as sent verify (SAML bindings 3.4.4.1, attack SR-12).
fn detached_signature(
    parameters: &Parameters<'_>,
    kind: MessageKind,
    message: &str,
) -> Result<Option<DetachedSignature>, BindingError> {
    let (sig_alg, signature) = match (parameters.sig_alg, parameters.signature) {
        (None, None) => return Ok(None),
        (Some(sig_alg), Some(signature)) => (sig_alg, signature),
        _ => return Err(BindingError::SignatureIncomplete),
    };
    let mut signed_octets = format!("{}={message}", kind.parameter());
    if let Some(relay_state) = parameters.relay_state {
        signed_octets.push_str("&RelayState=");
        signed_octets.push_str(relay_state);
    }
    signed_octets.push_str("&SigAlg=");
    signed_octets.push_str(sig_alg);
    Ok(Some(DetachedSignature {
        algorithm: decode_value(sig_alg, "SigAlg")?,
        signed_octets,
        value: base64_value(signature, "Signature")?,
    }))
}

fn base64_value(raw: &str, parameter: &'static str) -> Result<Vec<u8>, BindingError> {
    let text = decode_value(raw, parameter)?;
    // Line feeds and other white space are dropped by the receiver (SAML bindings 3.4.4.1).
    let dense: String = text.split_ascii_whitespace().collect();
    BASE64
        .decode(dense)
        .map_err(|_| BindingError::Base64 { parameter })
}

fn percent(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

thread_local! {
    // Tables of a quarter of a megabyte: made for each message, they would cost more than the message.
    static COMPRESSOR: RefCell<Compress> = RefCell::new(Compress::new(Compression::default(), false));
    static EXPANDER: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

/// Compresses to a raw DEFLATE stream (RFC 1951).
fn deflate(xml: &str) -> Result<Vec<u8>, BindingError> {
    if xml.len() > MAX_MESSAGE_BYTES {
        return Err(BindingError::TooLarge {
            limit: MAX_MESSAGE_BYTES,
        });
    }
    // Stored blocks bound the growth: five bytes per 16 KiB, plus the end.
    let mut out = Vec::with_capacity(xml.len() + xml.len() / 1024 + 64);
    let compressed = COMPRESSOR.with_borrow_mut(|stream| {
        stream.reset();
        stream.compress_vec(xml.as_bytes(), &mut out, FlushCompress::Finish)
    });
    match compressed {
        Ok(Status::StreamEnd) => Ok(out),
        _ => Err(BindingError::TooLarge {
            limit: MAX_MESSAGE_BYTES,
        }),
    }
}

/// Expands a raw DEFLATE stream, which must end exactly at the last byte.
///
/// The output grows as it must, and never beyond one byte more than the limit, whatever the ratio (attack SI-80).
fn inflate(compressed: &[u8]) -> Result<Vec<u8>, BindingError> {
    EXPANDER.with_borrow_mut(|stream| {
        stream.reset(false);
        inflate_with(stream, compressed)
    })
}

fn inflate_with(stream: &mut Decompress, compressed: &[u8]) -> Result<Vec<u8>, BindingError> {
    let mut out = Vec::with_capacity(USUAL_MESSAGE_BYTES);
    loop {
        let before = (stream.total_in(), stream.total_out());
        let read = usize::try_from(stream.total_in()).map_err(|_| BindingError::Inflate)?;
        let rest = compressed.get(read..).ok_or(BindingError::Inflate)?;
        let status = stream
            .decompress_vec(rest, &mut out, FlushDecompress::None)
            .map_err(|_| BindingError::Inflate)?;
        if out.len() > MAX_MESSAGE_BYTES {
            return Err(BindingError::TooLarge {
                limit: MAX_MESSAGE_BYTES,
            });
        }
        if status == Status::StreamEnd {
            let all_read = usize::try_from(stream.total_in()) == Ok(compressed.len());
            return all_read.then_some(out).ok_or(BindingError::Inflate);
        }
        if out.len() == out.capacity() {
            let most = (out.len() * 4).min(MAX_MESSAGE_BYTES + 1);
            out.reserve_exact(most - out.len());
        } else if before == (stream.total_in(), stream.total_out()) {
            // There is room, nothing moves, and the end has not come: it is cut off.
            return Err(BindingError::Inflate);
        }
    }
}
