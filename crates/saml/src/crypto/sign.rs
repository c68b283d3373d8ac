//! Signing keys and the making of signatures.
//!
//! Owns: a private key that was parsed once and is kept parsed, its certificate, detached signatures (HTTP-Redirect
//! binding) and enveloped XML signatures made with it.
//! Does not own: where keys are stored, when they are rotated (callers), or what a signed message says.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    encoding::AsDer as _,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use zeroize::Zeroizing;

use super::{CryptoError, DigestAlgorithm, ENGINE, SignatureAlgorithm, VerifyingKey};
use crate::{
    signature::ENVELOPED_SIGNATURE,
    xml::{
        Document, Limits, XmlError, names,
        write::{Element, Namespace, SignedXml, WriteError},
    },
};

/// Why a key cannot be used or a signature cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The element cannot be canonicalized.
    #[error(transparent)]
    Canonicalize(#[from] CryptoError),
    /// The certificate cannot be parsed.
    #[error("the certificate cannot be parsed: {reason}")]
    CertificateInvalid {
        /// What the parser said.
        reason: String,
    },
    /// The certificate is for another key.
    #[error("the certificate belongs to another key than the private key given with it")]
    CertificateMismatch,
    /// The cryptographic library refused to sign or to generate.
    #[error("the key operation failed: {reason}")]
    Engine {
        /// What the library said.
        reason: String,
    },
    /// The element to be signed has no `ID` to refer to.
    #[error("the element to be signed has no ID")]
    IdMissing,
    /// The private key is not one that we can use.
    #[error(
        "the private key is refused: {reason}; use an unencrypted PKCS#8 key, RSA of 2048 to 8192 bits or EC P-256"
    )]
    KeyRejected {
        /// What the library said.
        reason: String,
    },
    /// A parser sees something else in our text than we meant to sign. Nothing was signed.
    #[error("the text to be signed does not read back as what was meant")]
    NotMirrored,
    /// The element to be signed cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Our own parser refuses the text, most likely because it is too large.
    #[error("the text to be signed is refused: {0}")]
    Xml(#[from] XmlError),
}

impl SignError {
    /// The stable reason code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Canonicalize(error) => error.code(),
            Self::CertificateInvalid { .. } => "certificate_invalid",
            Self::CertificateMismatch => "certificate_mismatch",
            Self::Engine { .. } => "signing_failed",
            Self::IdMissing => "signing_id_missing",
            Self::KeyRejected { .. } => "private_key_rejected",
            Self::NotMirrored => "signing_not_mirrored",
            Self::Write(error) => error.code(),
            Self::Xml(error) => error.code(),
        }
    }
}

/// The parsed private key. It signs through AWS-LC and is never parsed again.
enum PrivateKey {
    EcP256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl PrivateKey {
    fn from_pkcs8(der: &[u8]) -> Result<Self, SignError> {
        match RsaKeyPair::from_pkcs8(der) {
            Ok(key) => Ok(Self::Rsa(key)),
            // The library does not tell what kind of key it was given, so each kind is tried.
            Err(rsa) => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
                .map(Self::EcP256)
                .map_err(|ec| SignError::KeyRejected {
                    reason: format!("as RSA {rsa}, as EC P-256 {ec}"),
                }),
        }
    }

    /// PKCS#1 `RSAPublicKey`, or the uncompressed point: what an X.509 `subjectPublicKey` bit string holds.
    fn public_key(&self) -> &[u8] {
        match self {
            Self::EcP256(key) => key.public_key().as_ref(),
            Self::Rsa(key) => key.public_key().as_ref(),
        }
    }

    /// RSA: PKCS#1 v1.5. EC: `r || s` of fixed length, as XML-DSig asks (RFC 9231 clause 2.3.6).
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
        let random = SystemRandom::new();
        match self {
            Self::EcP256(key) => Ok(key.sign(&random, message)?.as_ref().to_vec()),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)?;
                Ok(signature)
            }
        }
    }
}

/// A private key with its certificate, ready to sign. Cloning shares the parsed key.
#[derive(Clone)]
pub struct SigningKey {
    private: Arc<PrivateKey>,
    certificate: Arc<[u8]>,
}

impl fmt::Debug for SigningKey {
    /// Names the algorithm only: keys must not reach a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Takes an unencrypted PKCS#8 private key (RFC 5958) and the DER of the certificate that is published for it.
    ///
    /// # Errors
    /// If the key is neither RSA of 2048 to 8192 bits nor EC P-256, or the certificate is not for this key.
    pub fn from_pkcs8_der(pkcs8: &[u8], certificate: &[u8]) -> Result<Self, SignError> {
        Self::new(PrivateKey::from_pkcs8(pkcs8)?, certificate)
    }

    /// Takes the PEM forms of the same: `PRIVATE KEY` (RFC 7468 clause 10) and `CERTIFICATE` (clause 5).
    ///
    /// # Errors
    /// As [`SigningKey::from_pkcs8_der`], and if either text is not such a PEM block.
    pub fn from_pem(private_key: &str, certificate: &str) -> Result<Self, SignError> {
        let key = pem_block(private_key, "PRIVATE KEY")
            .map_err(|reason| SignError::KeyRejected { reason })?;
        let certificate = pem_block(certificate, "CERTIFICATE")
            .map_err(|reason| SignError::CertificateInvalid { reason })?;
        Self::from_pkcs8_der(&key, &certificate)
    }

    fn new(private: PrivateKey, certificate: &[u8]) -> Result<Self, SignError> {
        let (rest, parsed) = x509_parser::parse_x509_certificate(certificate).map_err(|error| {
            SignError::CertificateInvalid {
                reason: error.to_string(),
            }
        })?;
        if !rest.is_empty() {
            let reason = format!("{} bytes follow it", rest.len());
            return Err(SignError::CertificateInvalid { reason });
        }
        if parsed.public_key().subject_public_key.data.as_ref() != private.public_key() {
            return Err(SignError::CertificateMismatch);
        }
        Ok(Self {
            private: Arc::new(private),
            certificate: certificate.into(),
        })
    }

    /// The certificate, in DER.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// How this key signs: always with SHA-256.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        match *self.private {
            PrivateKey::EcP256(_) => SignatureAlgorithm::EcdsaSha256,
            PrivateKey::Rsa(_) => SignatureAlgorithm::RsaSha256,
        }
    }

    /// The key that verifies what this one signs.
    ///
    /// # Errors
    /// [`SignError::CertificateInvalid`] if the certificate holds a key that verifiers refuse.
    pub fn verifying_key(&self) -> Result<VerifyingKey, SignError> {
        VerifyingKey::from_certificate_der(&self.certificate).map_err(|error| {
            SignError::CertificateInvalid {
                reason: error.to_string(),
            }
        })
    }

    /// The private key as PKCS#8, for sealing at rest. The bytes are wiped when dropped.
    ///
    /// # Errors
    /// [`SignError::Engine`] if the library cannot serialise it.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, SignError> {
        match &*self.private {
            PrivateKey::EcP256(key) => key.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
            PrivateKey::Rsa(key) => key.as_der().map(|der| der.as_ref().to_vec()),
        }
        .map(Zeroizing::new)
        .map_err(|error| SignError::Engine {
            reason: error.to_string(),
        })
    }

    /// A detached signature over `message`, as the HTTP-Redirect binding carries it (SAML bindings 3.4.4.1).
    ///
    /// # Errors
    /// [`SignError::Engine`] if the library fails.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.private
            .sign(message)
            .map_err(|error| SignError::Engine {
                reason: error.to_string(),
            })
    }

    /// Signs `element`, which carries an `ID`, with an enveloped signature at child position `position`
    /// (SAML core 5.4: one reference, exclusive canonicalization, SHA-256).
    ///
    /// The text of the element is parsed again and compared with what was meant before anything is digested.
    ///
    /// # Errors
    /// If a value cannot be written as XML, the text is too large or reads differently, or the engine fails.
    pub(crate) fn sign_element(
        &self,
        mut element: Element,
        position: usize,
    ) -> Result<SignedXml, SignError> {
        let id = element
            .attributes()
            .iter()
            .find_map(|(name, value)| (*name == "ID").then_some(value.as_str()))
            .ok_or(SignError::IdMissing)?;
        let digest = DigestAlgorithm::Sha256.digest(&canonical(&element)?);
        let signed_info = self.signed_info(id, digest.as_ref());
        let value = self.sign(&canonical(&signed_info)?)?;
        let signature = ds("Signature")
            .child(signed_info)
            .child(ds("SignatureValue").text(BASE64.encode(value)))
            .child(key_info(&self.certificate));
        element.insert(position, signature);
        Ok(SignedXml::from_signer(element.to_xml()?))
    }

    fn signed_info(&self, id: &str, digest: &[u8]) -> Element {
        let with_algorithm = |name, uri| ds(name).attribute("Algorithm", uri);
        let transforms = ds("Transforms")
            .child(with_algorithm("Transform", ENVELOPED_SIGNATURE))
            .child(with_algorithm("Transform", names::EXC_C14N));
        let reference = ds("Reference")
            .attribute("URI", format!("#{id}"))
            .child(transforms)
            .child(with_algorithm(
                "DigestMethod",
                DigestAlgorithm::Sha256.uri(),
            ))
            .child(ds("DigestValue").text(BASE64.encode(digest)));
        ds("SignedInfo")
            .child(with_algorithm("CanonicalizationMethod", names::EXC_C14N))
            .child(with_algorithm("SignatureMethod", self.algorithm().uri()))
            .child(reference)
    }
}

/// The text of `element`, parsed again and compared with what was meant.
///
/// # Errors
/// If a value cannot be written as XML, or the text is too large or reads differently.
pub(crate) fn checked_xml(element: &Element) -> Result<String, SignError> {
    let xml = element.to_xml()?;
    mirrored(element, &xml)?;
    Ok(xml)
}

/// The exclusive canonical form of what a parser sees in the text of `element`.
fn canonical(element: &Element) -> Result<Vec<u8>, SignError> {
    let xml = element.to_xml()?;
    let document = mirrored(element, &xml)?;
    Ok(ENGINE.canonicalize(document.root())?)
}

/// Parses `xml`, and refuses it if it is not what `element` means.
fn mirrored<'x>(element: &Element, xml: &'x str) -> Result<Document<'x>, SignError> {
    let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE)?;
    if element.is_mirrored_by(document.root()) {
        Ok(document)
    } else {
        Err(SignError::NotMirrored)
    }
}

/// `ds:KeyInfo` with one certificate (XML-DSig 4.4.4).
pub(crate) fn key_info(certificate: &[u8]) -> Element {
    let certificate = ds("X509Certificate").text(BASE64.encode(certificate));
    ds("KeyInfo").child(ds("X509Data").child(certificate))
}

const fn ds(name: &'static str) -> Element {
    Element::new(Namespace::Signature, name)
}

/// The bytes of the first PEM block, which must bear `label`.
fn pem_block(text: &str, label: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    let (_, block) = x509_parser::pem::parse_x509_pem(text.as_bytes())
        .map_err(|error| format!("not a PEM block: {error}"))?;
    if block.label == label {
        Ok(Zeroizing::new(block.contents))
    } else {
        Err(format!(
            "the PEM block is a {:?}, not a {label:?}",
            block.label
        ))
    }
}
