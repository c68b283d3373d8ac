//! One public key of a JWK set.
//!
//! Owns what makes a key usable: its kind, its declared purpose, its numbers. Does not choose among
//! keys.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents, VerificationAlgorithm,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value};

use super::MAX_KID_BYTES;
use crate::algorithm::Algorithm;

/// RSA moduli in bits that are accepted: what is shorter can be factored, what is longer costs us.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// The longest RSA exponent in bits; a long one makes each verification slow.
const RSA_EXPONENT_BITS: usize = 33;

/// Members of a JWK that only a private or symmetric key has (RFC 7518 sections 6.2.2, 6.3.2, 6.4).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "dp", "dq", "k", "oth", "p", "q", "qi"];

/// Why a key of a set is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// `alg` names no signature algorithm that exists here, or one that the key cannot do.
    #[error("its \"alg\" is not a signature algorithm for a key of this kind")]
    Algorithm,
    /// A member is missing, has the wrong type, length or encoding.
    #[error("a member is missing or malformed")]
    Malformed,
    /// The point is not on the curve, or the numbers are no public key.
    #[error("its numbers are not a valid public key")]
    NotAKey,
    /// `use` or `key_ops` says that it does not verify signatures (RFC 7517 sections 4.2, 4.3).
    #[error("it is not for signatures")]
    NotForSignatures,
    /// It holds its own private half, which therefore everybody knows.
    #[error("its private half is published; whoever reads it can sign")]
    PrivateKeyPublished,
    /// The RSA modulus has the mark of a generator whose keys can be factored (CVE-2017-15361).
    #[error("its RSA modulus comes from a generator whose keys can be broken (ROCA)")]
    Roca,
    /// A symmetric key.
    #[error("it is a symmetric key")]
    Symmetric,
    /// The RSA modulus or exponent is too small, too large or even.
    #[error("its RSA modulus is not an odd number of 2048 to 8192 bits, or its exponent is unsafe")]
    UnsafeRsa,
    /// A kind of key or a curve that does not exist here.
    #[error("its kind or curve is not supported")]
    Unsupported,
}

/// A key that can verify signatures.
pub(super) struct PublicKey {
    pub(super) kid: Option<String>,
    pub(super) verifier: DecodingKey,
    algorithms: Vec<Algorithm>,
}

impl PublicKey {
    /// Reads one entry of `keys`.
    pub(super) fn read(entry: &Value) -> Result<Self, KeyFault> {
        let members = entry.as_object().ok_or(KeyFault::Malformed)?;
        let kid = match members.get("kid") {
            None => None,
            Some(Value::String(kid)) if kid.len() <= MAX_KID_BYTES => Some(kid.clone()),
            Some(_) => return Err(KeyFault::Malformed),
        };
        let kind = text(members, "kty")?;
        if kind == "oct" {
            return Err(KeyFault::Symmetric);
        }
        if PRIVATE_MEMBERS
            .iter()
            .any(|name| members.contains_key(*name))
        {
            return Err(KeyFault::PrivateKeyPublished);
        }
        if !verifies(members) {
            return Err(KeyFault::NotForSignatures);
        }
        let (verifier, mut algorithms) = match kind {
            "EC" => ec(members)?,
            "OKP" => okp(members)?,
            "RSA" => rsa(members)?,
            _ => return Err(KeyFault::Unsupported),
        };
        if let Some(alg) = members.get("alg") {
            let declared = alg.as_str().and_then(Algorithm::from_name);
            algorithms.retain(|algorithm| Some(*algorithm) == declared);
            if algorithms.is_empty() {
                return Err(KeyFault::Algorithm);
            }
        }
        Ok(Self {
            kid,
            verifier,
            algorithms,
        })
    }

    /// Whether the key is for that algorithm: by its kind, and by its `alg` if it has one.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }
}

/// Whether `use` and `key_ops`, where present, allow the verification of signatures.
fn verifies(members: &Map<String, Value>) -> bool {
    let purpose = members.get("use").is_none_or(|purpose| purpose == "sig");
    let operations = members.get("key_ops").is_none_or(|operations| {
        operations
            .as_array()
            .is_some_and(|list| list.iter().any(|name| name == "verify"))
    });
    purpose && operations
}

/// RFC 7518 section 6.2.
fn ec(members: &Map<String, Value>) -> Result<(DecodingKey, Vec<Algorithm>), KeyFault> {
    let (algorithm, size, check): (_, _, &'static dyn VerificationAlgorithm) =
        match text(members, "crv")? {
            "P-256" => (Algorithm::Es256, 32, &ECDSA_P256_SHA256_FIXED),
            "P-384" => (Algorithm::Es384, 48, &ECDSA_P384_SHA384_FIXED),
            _ => return Err(KeyFault::Unsupported),
        };
    let (x, y) = (number(members, "x")?, number(members, "y")?);
    if x.len() != size || y.len() != size {
        return Err(KeyFault::Malformed);
    }
    let point = [&[0x04], x.as_slice(), y.as_slice()].concat();
    ParsedPublicKey::new(check, &point).map_err(|_| KeyFault::NotAKey)?;
    Ok((DecodingKey::from_ec_der(&point), vec![algorithm]))
}

/// RFC 8037 section 2.
fn okp(members: &Map<String, Value>) -> Result<(DecodingKey, Vec<Algorithm>), KeyFault> {
    if text(members, "crv")? != "Ed25519" {
        return Err(KeyFault::Unsupported);
    }
    let x = number(members, "x")?;
    if x.len() != 32 {
        return Err(KeyFault::Malformed);
    }
    // Any 32 bytes are taken; an x that is no point verifies no signature (RFC 8032 section 5.1.7).
    Ok((DecodingKey::from_ed_der(&x), vec![Algorithm::EdDsa]))
}

/// RFC 7518 section 6.3.
fn rsa(members: &Map<String, Value>) -> Result<(DecodingKey, Vec<Algorithm>), KeyFault> {
    let (n, e) = (number(members, "n")?, number(members, "e")?);
    // Some providers write the sign byte of their big-integer type; it carries no value.
    let (n, e) = (without_leading_zeros(&n), without_leading_zeros(&e));
    let odd = |digits: &[u8]| digits.last().is_some_and(|last| last & 1 == 1);
    let exponent_bits = 2..=RSA_EXPONENT_BITS;
    if !RSA_BITS.contains(&bits(n)) || !odd(n) || !odd(e) || !exponent_bits.contains(&bits(e)) {
        return Err(KeyFault::UnsafeRsa);
    }
    if has_roca_mark(n) {
        return Err(KeyFault::Roca);
    }
    RsaPublicKeyComponents { n, e }
        .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
        .map_err(|_| KeyFault::NotAKey)?;
    let algorithms = vec![
        Algorithm::Ps256,
        Algorithm::Ps384,
        Algorithm::Ps512,
        Algorithm::Rs256,
        Algorithm::Rs384,
        Algorithm::Rs512,
    ];
    Ok((DecodingKey::from_rsa_raw_components(n, e), algorithms))
}

/// A member that must be a string.
fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a str, KeyFault> {
    members
        .get(name)
        .and_then(Value::as_str)
        .ok_or(KeyFault::Malformed)
}

/// A member that must be base64url bytes.
fn number(members: &Map<String, Value>, name: &str) -> Result<Vec<u8>, KeyFault> {
    BASE64_URL_SAFE_NO_PAD
        .decode(text(members, name)?)
        .map_err(|_| KeyFault::Malformed)
}

fn without_leading_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    digits.split_at(zeros).1
}

/// Length of a big-endian number without leading zeros, in bits.
fn bits(digits: &[u8]) -> usize {
    digits
        .first()
        .map_or(0, |first| digits.len() * 8 - first.leading_zeros() as usize)
}

/// Whether a modulus looks like one of the generator of CVE-2017-15361: modulo each small prime it
/// is a power of 65537 (Nemec et al., ACM CCS 2017, section 2.2). An honest modulus passes all of
/// these primes by chance about once in 2^28.
fn has_roca_mark(modulus: &[u8]) -> bool {
    const PRIMES: [u32; 17] = [
        11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
    ];
    PRIMES.iter().all(|prime| {
        let rest = modulus
            .iter()
            .fold(0, |rest, digit| (rest * 256 + u32::from(*digit)) % prime);
        let mut power = 1;
        (0..*prime).any(|_| {
            power = power * (65537 % prime) % prime;
            power == rest
        })
    })
}
