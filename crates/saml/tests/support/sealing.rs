//! An encryptor that does what it is told, right or wrong.
//!
//! What it writes is in exclusive canonical form, like the templates, so that a Response around it can be signed.

#![allow(clippy::disallowed_methods, reason = "keys and nonces of one run")]

use std::sync::LazyLock;

use aws_lc_rs::{
    aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    cipher::{self, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey},
    iv::FixedLength,
    rand,
    rsa::{
        OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA512_MGF1SHA512,
        OaepPublicEncryptingKey, Pkcs1PublicEncryptingKey, PublicEncryptingKey,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use vestibule_saml::{
    crypto::{
        DecryptionKey,
        generate::{CertificateProfile, RsaSize},
    },
    encryption::Decryption,
    instant,
    response::{self, Expectation, ResponseError, VerifiedAssertion},
};

use super::{DS, NOW, SAML, corpus, expectation, keys, outcome};

const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";

pub(crate) const AES128_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
pub(crate) const AES192_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes192-cbc";
pub(crate) const AES256_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
pub(crate) const AES128_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
pub(crate) const AES192_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes192-gcm";
pub(crate) const AES256_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
pub(crate) const MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
pub(crate) const OAEP: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
pub(crate) const RSA_1_5: &str = "http://www.w3.org/2001/04/xmlenc#rsa-1_5";
pub(crate) const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
pub(crate) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
pub(crate) const SHA512: &str = "http://www.w3.org/2001/04/xmlenc#sha512";

/// Our decryption keys: the current one, and the one before.
pub(crate) static OURS: LazyLock<[DecryptionKey; 2]> =
    LazyLock::new(|| [decryption_key("current"), decryption_key("before")]);

pub(crate) fn decryption_key(name: &str) -> DecryptionKey {
    let profile = CertificateProfile::starting(instant::parse(NOW).unwrap(), name);
    DecryptionKey::generate(RsaSize::Bits2048, &profile).unwrap()
}

/// Where the wrapped key stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Beside the data, and the data points to it.
    Beside,
    /// Beside the data, and nothing points to it.
    BesideSilent,
    /// In the data's `KeyInfo`.
    Inside,
}

/// An `EncryptedAssertion` to be made. All fields can be bent; what is not bent is right.
#[derive(Clone)]
pub(crate) struct Sealing {
    plaintext: Vec<u8>,
    pub(crate) certificate: Vec<u8>,
    pub(crate) cipher: &'static str,
    pub(crate) transport: &'static str,
    pub(crate) digest: Option<&'static str>,
    pub(crate) mask: Option<&'static str>,
    pub(crate) place: Place,
    /// More attributes of `EncryptedKey`.
    pub(crate) key_attributes: String,
    /// More children of `EncryptedKey`.
    pub(crate) key_tail: String,
    /// `Type` of the data.
    pub(crate) data_type: String,
    pub(crate) retrieval_uri: String,
    /// Changes the ciphertext after encryption.
    pub(crate) spoil_data: Option<usize>,
    /// Changes the wrapped key after encryption.
    pub(crate) spoil_key: Option<usize>,
}

impl Sealing {
    /// AES-256-GCM and RSA-OAEP for our current key.
    pub(crate) fn of(plaintext: impl Into<Vec<u8>>) -> Self {
        Self {
            plaintext: plaintext.into(),
            certificate: OURS[0].certificate_der().to_vec(),
            cipher: AES256_GCM,
            transport: MGF1P,
            digest: Some(SHA1),
            mask: None,
            place: Place::Inside,
            key_attributes: String::new(),
            key_tail: String::new(),
            data_type: format!(" Type=\"{XENC}Element\""),
            retrieval_uri: "#_k1".to_owned(),
            spoil_data: None,
            spoil_key: None,
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The `saml:EncryptedAssertion`.
    pub(crate) fn seal(&self) -> String {
        let (mut data, mut key) = self.encrypt();
        for (bytes, at) in [(&mut data, self.spoil_data), (&mut key, self.spoil_key)] {
            if let Some(at) = at {
                bytes[at] ^= 1;
            }
        }
        let (data, key) = (STANDARD.encode(data), STANDARD.encode(key));
        let (inside, beside) = match self.place {
            Place::Inside => (
                format!(
                    r#"<ds:KeyInfo xmlns:ds="{DS}">{}</ds:KeyInfo>"#,
                    self.key(&key, "", "")
                ),
                String::new(),
            ),
            Place::Beside => (
                format!(
                    r#"<ds:KeyInfo xmlns:ds="{DS}"><ds:RetrievalMethod Type="{XENC}EncryptedKey" URI="{}"></ds:RetrievalMethod></ds:KeyInfo>"#,
                    self.retrieval_uri
                ),
                self.beside(&key),
            ),
            Place::BesideSilent => (String::new(), self.beside(&key)),
        };
        format!(
            r#"<saml:EncryptedAssertion xmlns:saml="{SAML}"><xenc:EncryptedData xmlns:xenc="{XENC}" Id="_e1"{}><xenc:EncryptionMethod Algorithm="{}"></xenc:EncryptionMethod>{inside}<xenc:CipherData><xenc:CipherValue>{data}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>{beside}</saml:EncryptedAssertion>"#,
            self.data_type, self.cipher
        )
    }

    fn beside(&self, wrapped: &str) -> String {
        self.key(
            wrapped,
            &format!(" xmlns:xenc=\"{XENC}\""),
            &format!(" xmlns:ds=\"{DS}\""),
        )
    }

    fn key(&self, wrapped: &str, declare_xenc: &str, declare_ds: &str) -> String {
        let digest = self.digest.map_or(String::new(), |uri| {
            format!(r#"<ds:DigestMethod{declare_ds} Algorithm="{uri}"></ds:DigestMethod>"#)
        });
        let mask = self.mask.map_or(String::new(), |uri| {
            format!(r#"<xenc11:MGF xmlns:xenc11="{XENC11}" Algorithm="{uri}"></xenc11:MGF>"#)
        });
        format!(
            r#"<xenc:EncryptedKey{declare_xenc} Id="_k1"{}><xenc:EncryptionMethod Algorithm="{}">{digest}{mask}</xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue>{wrapped}</xenc:CipherValue></xenc:CipherData>{}</xenc:EncryptedKey>"#,
            self.key_attributes, self.transport, self.key_tail
        )
    }

    fn encrypt(&self) -> (Vec<u8>, Vec<u8>) {
        let length = match self.cipher {
            AES128_CBC | AES128_GCM => 16,
            AES192_CBC | AES192_GCM => 24,
            _ => 32,
        };
        let mut key = vec![0; length];
        rand::fill(&mut key).unwrap();
        let data = if self.cipher.ends_with("cbc") {
            cbc(&key, &self.plaintext)
        } else {
            gcm(&key, &self.plaintext)
        };
        (data, self.wrap(&key))
    }

    fn wrap(&self, key: &[u8]) -> Vec<u8> {
        let (_, certificate) = x509_parser::parse_x509_certificate(&self.certificate).unwrap();
        let public = PublicEncryptingKey::from_der(certificate.public_key().raw).unwrap();
        let mut wrapped = vec![0; public.key_size_bytes()];
        if self.transport == RSA_1_5 {
            let public = Pkcs1PublicEncryptingKey::new(public).unwrap();
            return public.encrypt(key, &mut wrapped).unwrap().to_vec();
        }
        let algorithm = match self.digest {
            Some(SHA256) => &OAEP_SHA256_MGF1SHA256,
            Some(SHA512) => &OAEP_SHA512_MGF1SHA512,
            _ => &OAEP_SHA1_MGF1SHA1,
        };
        let public = OaepPublicEncryptingKey::new(public).unwrap();
        let wrapped = public.encrypt(algorithm, key, &mut wrapped, None);
        wrapped.unwrap().to_vec()
    }
}

fn gcm(key: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let algorithm = match key.len() {
        16 => &AES_128_GCM,
        24 => &AES_192_GCM,
        _ => &AES_256_GCM,
    };
    let mut nonce = [0; 12];
    rand::fill(&mut nonce).unwrap();
    let mut text = plaintext.to_vec();
    LessSafeKey::new(UnboundKey::new(algorithm, key).unwrap())
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut text)
        .unwrap();
    [nonce.as_slice(), &text].concat()
}

fn cbc(key: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let algorithm = match key.len() {
        16 => &cipher::AES_128,
        24 => &cipher::AES_192,
        _ => &cipher::AES_256,
    };
    let mut iv = [0; 16];
    rand::fill(&mut iv).unwrap();
    let mut text = plaintext.to_vec();
    PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(algorithm, key).unwrap())
        .unwrap()
        .less_safe_encrypt(&mut text, EncryptionContext::Iv128(FixedLength::from(iv)))
        .unwrap();
    [iv.as_slice(), &text].concat()
}

/// What may be decrypted in these tests.
pub(crate) fn decryption(danger_accept_cbc: bool) -> Decryption<'static> {
    Decryption {
        keys: &*OURS,
        danger_accept_cbc,
    }
}

/// As [`super::verify`], with our decryption keys.
pub(crate) fn verify_sealed(
    xml: &str,
    decryption: Decryption<'_>,
) -> Result<VerifiedAssertion, ResponseError> {
    corpus::keep(xml);
    let keys = [keys::idp().verifying.clone()];
    let expectation = Expectation {
        decryption,
        ..expectation(&keys)
    };
    response::verify(xml.as_bytes(), &expectation)
}

#[track_caller]
pub(crate) fn check_sealed(xml: &str, expected: &str) {
    check_with(xml, decryption(false), expected);
}

/// As [`check_sealed`], where CBC is accepted.
#[track_caller]
pub(crate) fn check_cbc(xml: &str, expected: &str) {
    check_with(xml, decryption(true), expected);
}

#[track_caller]
pub(crate) fn check_with(xml: &str, decryption: Decryption<'_>, expected: &str) {
    let result = verify_sealed(xml, decryption);
    let why = result.as_ref().err().map(|it| format!("{it:?}"));
    assert_eq!(outcome(result), expected, "{why:?}\n{xml}");
}
