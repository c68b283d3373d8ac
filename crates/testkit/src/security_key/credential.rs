//! One credential of a security key: a key pair, its COSE form (RFC 9053), and signatures by it.

use aws_lc_rs::{
    rand::{SystemRandom, fill},
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    },
};
use ciborium::Value as Cbor;

use super::encoded;

/// What a credential signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// COSE -7: ECDSA on P-256 with SHA-256. What nearly every key does.
    Es256,
    /// COSE -35: ECDSA on P-384 with SHA-384.
    Es384,
    /// COSE -8: Ed25519.
    EdDsa,
    /// COSE -257: RSASSA-PKCS1-v1_5 with SHA-256. What a TPM may do.
    Rs256,
}

#[derive(Debug)]
pub(super) struct Credential {
    pub(super) id: Vec<u8>,
    /// Whose it is, as the page said when it was made.
    pub(super) handle: Vec<u8>,
    pub(super) counter: u32,
    pair: Pair,
}

#[derive(Debug)]
enum Pair {
    Ecdsa(Algorithm, EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

impl Credential {
    pub(super) fn generate(algorithm: Algorithm, handle: Vec<u8>) -> Option<Self> {
        let mut id = vec![0; 32];
        fill(&mut id).ok()?;
        let pair = match algorithm {
            Algorithm::Es256 => Pair::Ecdsa(
                algorithm,
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).ok()?,
            ),
            Algorithm::Es384 => Pair::Ecdsa(
                algorithm,
                EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).ok()?,
            ),
            Algorithm::EdDsa => Pair::Ed25519(Ed25519KeyPair::generate().ok()?),
            Algorithm::Rs256 => Pair::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).ok()?)),
        };
        Some(Self {
            id,
            handle,
            counter: 0,
            pair,
        })
    }

    /// The public key as `COSE_Key`.
    pub(super) fn cose(&self) -> Vec<u8> {
        let number = |value: i64| Cbor::from(value);
        let map = match &self.pair {
            Pair::Ecdsa(algorithm, pair) => {
                // SEC 1 section 2.3.3: 4, x, y.
                let point = pair.public_key().as_ref().get(1..).unwrap_or_default();
                let (x, y) = point.split_at(point.len() / 2);
                let (alg, curve) = match algorithm {
                    Algorithm::Es384 => (-35, 2),
                    _ => (-7, 1),
                };
                vec![
                    (number(1), number(2)),
                    (number(3), number(alg)),
                    (number(-1), number(curve)),
                    (number(-2), Cbor::Bytes(x.to_vec())),
                    (number(-3), Cbor::Bytes(y.to_vec())),
                ]
            }
            Pair::Ed25519(pair) => vec![
                (number(1), number(1)),
                (number(3), number(-8)),
                (number(-1), number(6)),
                (number(-2), Cbor::Bytes(pair.public_key().as_ref().to_vec())),
            ],
            Pair::Rsa(pair) => {
                let public = pair.public_key();
                let n = public.modulus().big_endian_without_leading_zero().to_vec();
                let e = public.exponent().big_endian_without_leading_zero().to_vec();
                vec![
                    (number(1), number(3)),
                    (number(3), number(-257)),
                    (number(-1), Cbor::Bytes(n)),
                    (number(-2), Cbor::Bytes(e)),
                ]
            }
        };
        encoded(&Cbor::Map(map))
    }

    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ecdsa(_, pair) => Some(pair.sign(&random, message).ok()?.as_ref().to_vec()),
            Pair::Ed25519(pair) => Some(pair.sign(message).as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .ok()?;
                Some(signature)
            }
        }
    }
}
