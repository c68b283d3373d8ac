//! The HTTP bindings: Redirect and POST.
//!
//! Owns: how a message travels through a browser, in both directions: which parameters there are, their encodings,
//! sizes and, for Redirect, the detached signature.
//! Does not own: what the message says, or the HTTP server. Decoders take the raw query or the raw body exactly as
//! received, because a signature covers those bytes and because two readers of one query are a way around it.

mod delivery;
pub mod post;
mod received;
pub mod redirect;

pub use self::{delivery::Delivery, received::Received};
use crate::{crypto::CryptoError, xml::read::excerpt};

/// The binding URIs (SAML bindings 3.4.1, 3.5.1).
pub mod uri {
    /// HTTP-Redirect.
    pub const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
    /// HTTP-POST.
    pub const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
}

/// The bindings that we speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binding {
    /// HTTP-POST: the message in a form, signed inside.
    Post,
    /// HTTP-Redirect: the message in a query, signed over the query.
    Redirect,
}

impl Binding {
    /// The URI.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Post => uri::POST,
            Self::Redirect => uri::REDIRECT,
        }
    }

    /// The binding of that URI, if we speak it.
    #[must_use]
    pub fn of_uri(text: &str) -> Option<Self> {
        [Self::Post, Self::Redirect]
            .into_iter()
            .find(|binding| binding.uri() == text)
    }
}

/// The longest XML message that we take or send, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 256 * 1024;

/// The longest RelayState of our own making, in bytes (SAML bindings 3.4.3 and 3.5.3). It travels out with a request
/// and comes back with the response.
pub const MAX_OWN_RELAY_STATE_BYTES: usize = 80;

/// The longest RelayState of a service provider that we carry, in bytes. It comes in with a request and goes back with
/// the response. More than the 80 bytes of the standard, because products in the field put a whole return address
/// there.
pub const MAX_FOREIGN_RELAY_STATE_BYTES: usize = 1024;

/// Whether a message asks or answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// `SAMLRequest`.
    Request,
    /// `SAMLResponse`.
    Response,
}

impl MessageKind {
    /// The name of the parameter, byte for byte.
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }
}

/// Why a message is not taken from, or cannot be put onto, a binding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// The address of the other side is not an `http` or `https` URL without fragment.
    #[error("the address {address:?} cannot be used: it is not an http(s) URL without fragment")]
    Address {
        /// The address.
        address: String,
    },
    /// `SAMLart` is present: the artifact binding is not spoken here.
    #[error("the parameter SAMLart was received; the artifact binding is not supported")]
    Artifact,
    /// A value is not base64 (RFC 4648 clause 4).
    #[error("{parameter} is not base64")]
    Base64 {
        /// Its parameter.
        parameter: &'static str,
    },
    /// Both `SAMLRequest` and `SAMLResponse` are present.
    #[error("both SAMLRequest and SAMLResponse were received")]
    BothKinds,
    /// A parameter of SAML is present more than once.
    #[error("the parameter {parameter} was received more than once")]
    Duplicate {
        /// Which.
        parameter: &'static str,
    },
    /// `SAMLEncoding` names another encoding than DEFLATE (SAML bindings 3.4.4).
    #[error("SAMLEncoding is {received:?}; only DEFLATE is supported")]
    Encoding {
        /// What was received.
        received: String,
    },
    /// The message is not a complete raw DEFLATE stream (RFC 1951).
    #[error("the message is not one complete raw DEFLATE stream")]
    Inflate,
    /// Neither `SAMLRequest` nor `SAMLResponse` is present, or it is empty.
    #[error("there is no SAMLRequest and no SAMLResponse")]
    Missing,
    /// The name of a parameter of SAML is percent-encoded.
    #[error("the name of the parameter {name:?} is percent-encoded")]
    NameEncoded {
        /// The name as received, shortened.
        name: String,
    },
    /// A percent escape is broken, or a decoded value is not UTF-8.
    #[error("{parameter} is not percent-encoded UTF-8")]
    PercentEncoding {
        /// Its parameter.
        parameter: &'static str,
    },
    /// The RelayState is too long.
    #[error("RelayState has {bytes} bytes, more than {limit}")]
    RelayStateTooLong {
        /// Its length.
        bytes: usize,
        /// The limit that was passed.
        limit: usize,
    },
    /// The signature is not that of a trusted key, or made with an algorithm that is not accepted.
    #[error("the signature of the query is refused: {0}")]
    Signature(#[from] CryptoError),
    /// There is a `Signature` without `SigAlg`, or the other way round.
    #[error("Signature and SigAlg must be received together")]
    SignatureIncomplete,
    /// A signature is needed, and there is none.
    #[error("the message is not signed")]
    SignatureMissing,
    /// The signature cannot be made.
    #[error("the message cannot be signed: {reason}")]
    Signing {
        /// What the key said.
        reason: String,
    },
    /// The message is too large.
    #[error("the message is larger than {limit} bytes")]
    TooLarge {
        /// The limit that was passed.
        limit: usize,
    },
}

impl BindingError {
    /// The stable reason code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Address { .. } => "binding_address",
            Self::Artifact => "binding_artifact_unsupported",
            Self::Base64 { .. } => "binding_base64",
            Self::BothKinds => "binding_request_and_response",
            Self::Duplicate { .. } => "binding_parameter_repeated",
            Self::Encoding { .. } => "binding_encoding_unsupported",
            Self::Inflate => "binding_inflate",
            Self::Missing => "binding_message_missing",
            Self::NameEncoded { .. } => "binding_parameter_name_encoded",
            Self::PercentEncoding { .. } => "binding_percent_encoding",
            Self::RelayStateTooLong { .. } => "binding_relay_state_too_long",
            Self::Signature(error) => error.code(),
            Self::SignatureIncomplete => "binding_signature_incomplete",
            Self::SignatureMissing => "signature_missing",
            Self::Signing { .. } => "binding_signing",
            Self::TooLarge { .. } => "binding_too_large",
        }
    }
}

/// The parameters of SAML in a form-encoded text, still encoded, each at most once.
///
/// Other parameters are tolerated and never read. A parameter of SAML must be spelled with the literal bytes of its
/// name, so that no other reader of the same text can see another one (attack SR-14).
#[derive(Default)]
struct Parameters<'a> {
    request: Option<&'a str>,
    response: Option<&'a str>,
    relay_state: Option<&'a str>,
    sig_alg: Option<&'a str>,
    signature: Option<&'a str>,
    encoding: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    fn split(form: &'a str) -> Result<Self, BindingError> {
        let mut found = Self::default();
        for pair in form.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (parameter, slot) = match name {
                "SAMLRequest" => ("SAMLRequest", &mut found.request),
                "SAMLResponse" => ("SAMLResponse", &mut found.response),
                "RelayState" => ("RelayState", &mut found.relay_state),
                "SigAlg" => ("SigAlg", &mut found.sig_alg),
                "Signature" => ("Signature", &mut found.signature),
                "SAMLEncoding" => ("SAMLEncoding", &mut found.encoding),
                "SAMLart" => return Err(BindingError::Artifact),
                encoded if is_disguised(encoded) => {
                    return Err(BindingError::NameEncoded {
                        name: excerpt(encoded),
                    });
                }
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(BindingError::Duplicate { parameter });
            }
        }
        Ok(found)
    }

    /// The one message, not empty.
    fn message(&self) -> Result<(MessageKind, &'a str), BindingError> {
        match (self.request, self.response) {
            (Some(_), Some(_)) => Err(BindingError::BothKinds),
            (Some(raw), None) if !raw.is_empty() => Ok((MessageKind::Request, raw)),
            (None, Some(raw)) if !raw.is_empty() => Ok((MessageKind::Response, raw)),
            _ => Err(BindingError::Missing),
        }
    }

    /// The RelayState, decoded and bounded.
    fn relay_state(&self, kind: MessageKind) -> Result<Option<String>, BindingError> {
        let decoded = self
            .relay_state
            .map(|raw| decode(raw, "RelayState"))
            .transpose()?;
        // What comes in with a request is theirs; what comes in with a response was ours.
        let limit = match kind {
            MessageKind::Request => MAX_FOREIGN_RELAY_STATE_BYTES,
            MessageKind::Response => MAX_OWN_RELAY_STATE_BYTES,
        };
        check_relay_state(decoded.as_deref(), limit)?;
        Ok(decoded)
    }
}

/// Refuses to send a RelayState that is too long: ours goes out with a request, theirs with a response.
fn check_outgoing_relay_state(kind: MessageKind, value: Option<&str>) -> Result<(), BindingError> {
    let limit = match kind {
        MessageKind::Request => MAX_OWN_RELAY_STATE_BYTES,
        MessageKind::Response => MAX_FOREIGN_RELAY_STATE_BYTES,
    };
    check_relay_state(value, limit)
}

fn check_relay_state(value: Option<&str>, limit: usize) -> Result<(), BindingError> {
    match value.map(str::len) {
        Some(bytes) if bytes > limit => Err(BindingError::RelayStateTooLong { bytes, limit }),
        _ => Ok(()),
    }
}

/// Whether `name` decodes to the name of a parameter of SAML without being spelled like it.
fn is_disguised(name: &str) -> bool {
    const NAMES: [&[u8]; 7] = [
        b"SAMLRequest",
        b"SAMLResponse",
        b"RelayState",
        b"SigAlg",
        b"Signature",
        b"SAMLEncoding",
        b"SAMLart",
    ];
    name.contains('%') && {
        let decoded = percent_encoding::percent_decode_str(name).collect::<Vec<u8>>();
        NAMES.contains(&decoded.as_slice())
    }
}

/// Decodes a value of a form (WHATWG URL, `application/x-www-form-urlencoded`), where broken escapes are errors.
fn decode(raw: &str, parameter: &'static str) -> Result<String, BindingError> {
    let broken = || BindingError::PercentEncoding { parameter };
    let mut bytes = Vec::with_capacity(raw.len());
    let mut pieces = raw.split('%');
    bytes.extend(literal(pieces.next().unwrap_or_default()));
    for piece in pieces {
        let (escape, rest) = piece.split_at_checked(2).ok_or_else(broken)?;
        bytes.push(escaped(escape).ok_or_else(broken)?);
        bytes.extend(literal(rest));
    }
    String::from_utf8(bytes).map_err(|_| broken())
}

/// What stands for itself, but for the plus sign.
fn literal(text: &str) -> impl Iterator<Item = u8> {
    text.bytes()
        .map(|byte| if byte == b'+' { b' ' } else { byte })
}

/// The byte that two hexadecimal digits stand for.
fn escaped(digits: &str) -> Option<u8> {
    let mut values = digits.chars().map(|digit| digit.to_digit(16));
    let (high, low) = (values.next()??, values.next()??);
    u8::try_from(high * 16 + low).ok()
}

/// Refuses addresses that a browser must not be sent to.
fn check_address(address: &str) -> Result<(), BindingError> {
    let usable = url::Url::parse(address)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.fragment().is_none());
    if usable {
        Ok(())
    } else {
        Err(BindingError::Address {
            address: excerpt(address),
        })
    }
}
