//! JSON Web Signatures in compact form.
//!
//! Owns the header checks, the choice of algorithm and key, and the signature. It does not read the
//! payload: [`VerifiedJws`] hands on its bytes, and whoever reads them holds proof that they were
//! signed. Serialisations other than the compact one, encryption and unsigned tokens do not exist
//! here.
//!
//! **Invariant:** the members `jwk`, `jku`, `x5u` and `x5c` of a header are never read: a token
//! cannot bring its own key, nor send us anywhere to fetch one (RFC 8725 section 3.10, OI-04).

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::{
    algorithm::Algorithm,
    json,
    jwks::{Jwks, MAX_KID_BYTES, NoChoice},
};

/// The largest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 128 * 1024;

/// The largest encoded header, in bytes.
pub const MAX_HEADER_BYTES: usize = 8 * 1024;

/// Header members that change how the rest is to be understood; we understand none of them.
const FORBIDDEN: [&str; 5] = ["b64", "crit", "cty", "enc", "zip"];

/// Why a JWS is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsRejection {
    /// The header has no `alg`, or it is not a string.
    #[error("the token's header names no signature algorithm")]
    AlgorithmMissing,
    /// `alg` is `none` in some spelling.
    #[error("the token is unsigned (alg \"none\"); unsigned tokens are never accepted")]
    AlgorithmNone,
    /// `alg` names no algorithm of the allow-list.
    #[error(
        "the token is signed with {alg:?}, which is not allowed for this provider (allowed: {allowed}); set the algorithm at the provider, or allow it here"
    )]
    AlgorithmNotAllowed {
        /// `alg` of the header, shortened.
        alg: String,
        /// Names of the allowed algorithms.
        allowed: String,
    },
    /// `alg` is an HMAC. A key that both sides know proves nothing about the sender.
    #[error(
        "the token is signed with the symmetric algorithm {alg:?}; only public-key signatures are accepted: set RS256 or ES256 at the provider"
    )]
    AlgorithmSymmetric {
        /// `alg` of the header, shortened.
        alg: String,
    },
    /// Several published keys fit; which one is meant is not said.
    #[error("several keys of the provider fit the token{}; the provider must give each key its own id", id_text(.kid.as_deref()))]
    AmbiguousKey {
        /// `kid` of the header.
        kid: Option<String>,
    },
    /// The signature was not made over these bytes with the provider's key.
    #[error("the token's signature is not valid for the provider's key{}", id_text(.kid.as_deref()))]
    BadSignature {
        /// `kid` of the header.
        kid: Option<String>,
    },
    /// A part is not unpadded base64url (RFC 7515 section 2).
    #[error("the token's {part} is not unpadded base64url")]
    Encoding {
        /// Which part.
        part: &'static str,
    },
    /// The header has a member that would change the meaning of the token.
    #[error("the token's header has the member {name:?}, which is not supported")]
    ForbiddenHeader {
        /// The member.
        name: &'static str,
    },
    /// The header is no strict JSON object.
    #[error("the token's header cannot be read: {fault}")]
    MalformedHeader {
        /// What is wrong with it.
        fault: String,
    },
    /// Not the three parts of the compact form (five would be an encrypted token).
    #[error("a signed token has 3 parts, this one has {parts}")]
    NotThreeParts {
        /// How many parts.
        parts: usize,
    },
    /// The third part is empty.
    #[error("the token's signature is missing")]
    SignatureMissing,
    /// More bytes than a token may have.
    #[error(
        "the token is larger than {MAX_TOKEN_BYTES} bytes, or its header than {MAX_HEADER_BYTES}"
    )]
    TooLarge,
    /// `typ` says that this is another kind of token.
    #[error(
        "the token says of itself that it is a {typ:?}; a token of that kind is not accepted here"
    )]
    UnexpectedType {
        /// `typ` of the header, shortened.
        typ: String,
    },
    /// No published key fits. The issuer may have rotated: fetch the keys once more, then try again.
    #[error("the provider publishes no signing key that fits the token{}", id_text(.kid.as_deref()))]
    UnknownKey {
        /// `kid` of the header.
        kid: Option<String>,
    },
}

impl JwsRejection {
    fn without_key(none: NoChoice, kid: Option<&str>) -> Self {
        let kid = kid.map(str::to_owned);
        match none {
            NoChoice::NoneFits => Self::UnknownKey { kid },
            NoChoice::SeveralFit => Self::AmbiguousKey { kid },
        }
    }

    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AlgorithmMissing => "jws_algorithm_missing",
            Self::AlgorithmNone => "jws_algorithm_none",
            Self::AlgorithmNotAllowed { .. } => "jws_algorithm_not_allowed",
            Self::AlgorithmSymmetric { .. } => "jws_algorithm_symmetric",
            Self::AmbiguousKey { .. } => "jws_ambiguous_key",
            Self::BadSignature { .. } => "jws_bad_signature",
            Self::Encoding { .. } => "jws_encoding",
            Self::ForbiddenHeader { .. } => "jws_forbidden_header",
            Self::MalformedHeader { .. } => "jws_malformed_header",
            Self::NotThreeParts { .. } => "jws_not_three_parts",
            Self::SignatureMissing => "jws_signature_missing",
            Self::TooLarge => "jws_too_large",
            Self::UnexpectedType { .. } => "jws_unexpected_type",
            Self::UnknownKey { .. } => "jws_unknown_key",
        }
    }
}

/// A JWS whose signature was checked with a key of the issuer.
pub struct VerifiedJws {
    algorithm: Algorithm,
    payload: Vec<u8>,
}

impl VerifiedJws {
    /// The algorithm that the signature was checked with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The bytes that were signed.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }
}

impl fmt::Debug for VerifiedJws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedJws")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// Checks `token` against the issuer's keys; only algorithms of `allowed` are tried.
///
/// `typ` must be absent or `JWT` (RFC 7519 section 5.1): tokens of other kinds name themselves, so
/// that one cannot stand in for another (RFC 8725 section 3.11).
///
/// # Errors
/// [`JwsRejection`]; on [`JwsRejection::UnknownKey`] the caller may fetch the keys again, once.
pub fn verify(
    token: &str,
    allowed: &[Algorithm],
    keys: &Jwks,
) -> Result<VerifiedJws, JwsRejection> {
    verify_of_type(token, allowed, keys, &["JWT"])
}

/// As [`verify`], for tokens of another kind: `typ` must be absent or one of `types`, in any case of letters.
pub(crate) fn verify_of_type(
    token: &str,
    allowed: &[Algorithm],
    keys: &Jwks,
    types: &[&str],
) -> Result<VerifiedJws, JwsRejection> {
    let compact = Compact::split(token)?;
    let header = Header::read(compact.header, allowed, types)?;
    if compact.signature.is_empty() {
        return Err(JwsRejection::SignatureMissing);
    }
    let payload = decode("payload", compact.payload)?;
    decode("signature", compact.signature)?;
    let kid = header.kid.as_deref();
    let key = keys
        .select(header.algorithm, kid)
        .map_err(|none| JwsRejection::without_key(none, kid))?;
    let valid = jsonwebtoken::crypto::verify(
        compact.signature,
        compact.signing_input.as_bytes(),
        key,
        header.algorithm.library(),
    );
    if !valid.unwrap_or(false) {
        return Err(JwsRejection::BadSignature { kid: header.kid });
    }
    Ok(VerifiedJws {
        algorithm: header.algorithm,
        payload,
    })
}

/// The payload of a token that nobody has vouched for: good for looking up whose keys to check it with, and for
/// nothing else.
pub(crate) fn danger_unverified_payload(token: &str) -> Option<Vec<u8>> {
    decode("payload", Compact::split(token).ok()?.payload).ok()
}

/// The parts of a compact serialisation (RFC 7515 section 7.1), still encoded.
struct Compact<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    signing_input: &'a str,
}

impl<'a> Compact<'a> {
    fn split(token: &'a str) -> Result<Self, JwsRejection> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(JwsRejection::TooLarge);
        }
        let wrong = || JwsRejection::NotThreeParts {
            parts: token.split('.').count(),
        };
        let (signing_input, signature) = token.rsplit_once('.').ok_or_else(wrong)?;
        let (header, payload) = signing_input.split_once('.').ok_or_else(wrong)?;
        if payload.contains('.') {
            return Err(wrong());
        }
        if header.len() > MAX_HEADER_BYTES {
            return Err(JwsRejection::TooLarge);
        }
        Ok(Self {
            header,
            payload,
            signature,
            signing_input,
        })
    }
}

/// What is used of a header.
struct Header {
    algorithm: Algorithm,
    kid: Option<String>,
}

impl Header {
    fn read(encoded: &str, allowed: &[Algorithm], types: &[&str]) -> Result<Self, JwsRejection> {
        let bytes = decode("header", encoded)?;
        let members =
            json::parse_object(&bytes).map_err(|fault| JwsRejection::MalformedHeader {
                fault: fault.to_string(),
            })?;
        let algorithm = algorithm(&members, allowed)?;
        if let Some(name) = FORBIDDEN
            .into_iter()
            .find(|name| members.contains_key(*name))
        {
            return Err(JwsRejection::ForbiddenHeader { name });
        }
        match members.get("typ") {
            None => {}
            Some(Value::String(typ))
                if types.iter().any(|known| known.eq_ignore_ascii_case(typ)) => {}
            Some(other) => {
                return Err(JwsRejection::UnexpectedType {
                    typ: shorten(other.as_str().unwrap_or("?")),
                });
            }
        }
        Ok(Self {
            algorithm,
            kid: key_id(&members)?,
        })
    }
}

/// Reads `alg` and compares it with the allow-list.
fn algorithm(
    members: &Map<String, Value>,
    allowed: &[Algorithm],
) -> Result<Algorithm, JwsRejection> {
    let alg = members
        .get("alg")
        .and_then(Value::as_str)
        .ok_or(JwsRejection::AlgorithmMissing)?;
    if let Some(known) = Algorithm::from_name(alg).filter(|known| allowed.contains(known)) {
        return Ok(known);
    }
    let upper = alg.trim().to_ascii_uppercase();
    if upper == "NONE" || upper.is_empty() {
        return Err(JwsRejection::AlgorithmNone);
    }
    let alg = shorten(alg);
    if upper.starts_with("HS") {
        return Err(JwsRejection::AlgorithmSymmetric { alg });
    }
    let allowed = allowed
        .iter()
        .map(|allowed| allowed.name())
        .collect::<Vec<_>>()
        .join(", ");
    Err(JwsRejection::AlgorithmNotAllowed { alg, allowed })
}

/// Reads `kid`; it is compared as it is and used for nothing else.
fn key_id(members: &Map<String, Value>) -> Result<Option<String>, JwsRejection> {
    match members.get("kid") {
        None => Ok(None),
        Some(Value::String(kid)) if kid.len() <= MAX_KID_BYTES => Ok(Some(kid.clone())),
        Some(_) => Err(JwsRejection::MalformedHeader {
            fault: format!("\"kid\" is not a string of at most {MAX_KID_BYTES} bytes"),
        }),
    }
}

/// Decodes one part; padding, other alphabets and stray bits are faults.
fn decode(part: &'static str, text: &str) -> Result<Vec<u8>, JwsRejection> {
    BASE64_URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| JwsRejection::Encoding { part })
}

/// What a foreign text may look like in a message for people.
fn shorten(text: &str) -> String {
    text.chars().take(64).collect()
}

/// ` (key id "…")`, or nothing.
fn id_text(kid: Option<&str>) -> String {
    kid.map_or_else(String::new, |kid| format!(" (key id {:?})", shorten(kid)))
}
