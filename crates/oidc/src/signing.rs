//! Signing keys of a provider, and signing with them.
//!
//! Owns the parsed private key, its public face (JWK, JWK set) and its id. It does not store keys,
//! seal them or decide when to rotate: PKCS#8 bytes come in.
//!
//! The key is parsed once and kept: parsing an RSA key costs more than signing with it.
//!
//! New keys and signatures draw on the cryptographic library's own randomness: it cannot be handed
//! in, and no test depends on it.
//!
//! **Invariant:** what [`SigningKey::jwk`] returns is built from the public key alone.

use std::fmt;

use aws_lc_rs::{
    digest,
    encoding::{AsDer, Pkcs8V1Der},
    error::Unspecified,
    pkcs8::Document,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
        RsaKeyPair,
    },
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::{algorithm::Algorithm, jwks};

/// A kind of key that we sign with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Ed25519, for `EdDSA`.
    Ed25519,
    /// P-256, for `ES256`.
    P256,
    /// RSA with 2048 bits, for `RS256`.
    Rsa2048,
    /// RSA with 3072 bits, for `RS256`.
    Rsa3072,
    /// RSA with 4096 bits, for `RS256`; signing costs several times that of 2048 bits.
    Rsa4096,
}

/// Why a key cannot be used or a token not be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningFault {
    /// The cryptographic library refused; no cause is given by it.
    #[error("the signature could not be made")]
    Failed,
    /// Not PKCS#8 of an RSA (2048 to 8192 bits), P-256 or Ed25519 private key, or a key known to be weak.
    #[error(
        "the signing key is not PKCS#8 of a sound RSA (2048 to 8192 bits), P-256 or Ed25519 key"
    )]
    UnusableKey,
}

impl SigningFault {
    /// The stable reason code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Failed => "signing_failed",
            Self::UnusableKey => "signing_unusable_key",
        }
    }
}

enum Private {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// A private key, ready to sign.
pub struct SigningKey {
    private: Private,
    public: Map<String, Value>,
    kid: String,
}

impl SigningKey {
    /// Parses PKCS#8 DER, made here or elsewhere. A key whose public half we would refuse from others is refused.
    ///
    /// # Errors
    /// [`SigningFault::UnusableKey`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, SigningFault> {
        let private = if let Ok(pair) = RsaKeyPair::from_pkcs8(der) {
            Private::Rsa(pair)
        } else if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der) {
            Private::P256(pair)
        } else if let Ok(pair) = Ed25519KeyPair::from_pkcs8(der) {
            Private::Ed25519(pair)
        } else {
            return Err(SigningFault::UnusableKey);
        };
        let public = private.public()?;
        let kid = thumbprint(&public);
        let key = Self {
            private,
            public,
            kid,
        };
        jwks::check(&key.jwk()).map_err(|_| SigningFault::UnusableKey)?;
        Ok(key)
    }

    /// Makes a new private key as PKCS#8 DER, with the library's own source of randomness.
    ///
    /// # Errors
    /// [`SigningFault::Failed`].
    pub fn generate_pkcs8(kind: KeyKind) -> Result<Zeroizing<Vec<u8>>, SigningFault> {
        match kind {
            KeyKind::Ed25519 => {
                let pair = Ed25519KeyPair::generate();
                kept(pair.and_then(|pair| pair.to_pkcs8v1()))
            }
            KeyKind::P256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
                kept(pair.and_then(|pair| pair.to_pkcs8v1()))
            }
            KeyKind::Rsa2048 => generate_rsa(KeySize::Rsa2048),
            KeyKind::Rsa3072 => generate_rsa(KeySize::Rsa3072),
            KeyKind::Rsa4096 => generate_rsa(KeySize::Rsa4096),
        }
    }

    /// The algorithm that this key signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.private {
            Private::Ed25519(_) => Algorithm::EdDsa,
            Private::P256(_) => Algorithm::Es256,
            Private::Rsa(_) => Algorithm::Rs256,
        }
    }

    /// The key id: the JWK thumbprint with SHA-256 (RFC 7638), so that it follows from the key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as a JWK with `kid`, `use` and `alg`.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let mut jwk = self.public.clone();
        jwk.insert("alg".to_owned(), self.algorithm().name().into());
        jwk.insert("kid".to_owned(), self.kid.as_str().into());
        jwk.insert("use".to_owned(), "sig".into());
        Value::Object(jwk)
    }

    /// Signs `claims` as a JWT in compact form.
    ///
    /// # Errors
    /// [`SigningFault::Failed`].
    pub fn sign(&self, claims: &Map<String, Value>) -> Result<String, SigningFault> {
        self.sign_as("JWT", claims)
    }

    /// As [`Self::sign`], for a token of a kind that names itself in `typ` (RFC 8725 section 3.11).
    ///
    /// # Errors
    /// [`SigningFault::Failed`].
    pub fn sign_as(&self, typ: &str, claims: &Map<String, Value>) -> Result<String, SigningFault> {
        let header = json!({ "alg": self.algorithm().name(), "kid": self.kid, "typ": typ });
        let claims = serde_json::to_vec(claims).map_err(|_| SigningFault::Failed)?;
        self.sign_parts(header.to_string().as_bytes(), &claims)
    }

    /// Signs any header and payload; the header is the caller's word.
    pub(crate) fn sign_parts(&self, header: &[u8], payload: &[u8]) -> Result<String, SigningFault> {
        let mut token = BASE64_URL_SAFE_NO_PAD.encode(header);
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = self.private.sign(token.as_bytes())?;
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm())
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// The algorithms that a provider may sign with here, the one that every client knows first (Core section 15.1).
pub const ALGORITHMS: [Algorithm; 3] = [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];

/// The JWK set of some keys, in the given order: those that sign, those that will, those that did (RFC 7517 section 5).
/// A key that is given twice is published once.
#[must_use]
pub fn jwk_set<'a>(keys: impl IntoIterator<Item = &'a SigningKey>) -> Value {
    let mut published: Vec<&SigningKey> = Vec::new();
    for key in keys {
        if published.iter().all(|known| known.kid != key.kid) {
            published.push(key);
        }
    }
    json!({ "keys": published.into_iter().map(SigningKey::jwk).collect::<Vec<_>>() })
}

fn generate_rsa(size: KeySize) -> Result<Zeroizing<Vec<u8>>, SigningFault> {
    let pair = RsaKeyPair::generate(size).map_err(|_| SigningFault::Failed)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| SigningFault::Failed)?;
    Ok(Zeroizing::new(der.as_ref().to_vec()))
}

/// The bytes of a new key, in memory that is wiped.
fn kept(document: Result<Document, Unspecified>) -> Result<Zeroizing<Vec<u8>>, SigningFault> {
    let document = document.map_err(|_| SigningFault::Failed)?;
    Ok(Zeroizing::new(document.as_ref().to_vec()))
}

impl Private {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningFault> {
        let random = SystemRandom::new();
        match self {
            Self::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Self::P256(pair) => pair
                .sign(&random, message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| SigningFault::Failed),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(|_| SigningFault::Failed)?;
                Ok(signature)
            }
        }
    }

    /// The required members of the public JWK, and nothing else (RFC 7638 section 3.2).
    fn public(&self) -> Result<Map<String, Value>, SigningFault> {
        let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let members = match self {
            Self::Ed25519(pair) => vec![
                ("crv", "Ed25519".to_owned()),
                ("kty", "OKP".to_owned()),
                ("x", text(pair.public_key().as_ref())),
            ],
            Self::P256(pair) => {
                // SEC 1 section 2.3.3: 0x04, then both coordinates.
                let point = pair.public_key().as_ref();
                let (x, y) = point
                    .strip_prefix(&[0x04])
                    .and_then(|coordinates| coordinates.split_at_checked(32))
                    .ok_or(SigningFault::UnusableKey)?;
                vec![
                    ("crv", "P-256".to_owned()),
                    ("kty", "EC".to_owned()),
                    ("x", text(x)),
                    ("y", text(y)),
                ]
            }
            Self::Rsa(pair) => {
                let public = pair.public_key();
                vec![
                    (
                        "e",
                        text(public.exponent().big_endian_without_leading_zero()),
                    ),
                    ("kty", "RSA".to_owned()),
                    (
                        "n",
                        text(public.modulus().big_endian_without_leading_zero()),
                    ),
                ]
            }
        };
        Ok(members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect())
    }
}

/// RFC 7638 section 3: SHA-256 over the required members, sorted by name, without white space.
fn thumbprint(public: &Map<String, Value>) -> String {
    let mut members: Vec<_> = public.iter().collect();
    members.sort_by_key(|(name, _)| *name);
    let members: Vec<_> = members
        .into_iter()
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    let canonical = format!("{{{}}}", members.join(","));
    let hash = digest::digest(&digest::SHA256, canonical.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(hash)
}

#[cfg(test)]
mod tests;
