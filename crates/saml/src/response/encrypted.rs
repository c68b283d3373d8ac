//! An encrypted assertion: decrypted, parsed, and believed only for a signature (SAML core 2.3.4).
//!
//! Decrypting proves nothing: anybody can encrypt for us. What counts is the assertion's own signature, or that of the
//! Response if it covers the ciphertext, as Shibboleth sends it. Everything else that is encrypted and unsigned is
//! refused (attack row SI-73).
//!
//! With AES-CBC an attacker can change the text without knowing it, and learn it from how we answer. Therefore all that
//! can go wrong up to the signature is one error there, and takes about the same time (SI-76).

use super::{
    Around, Covered, Expectation, ResponseError, VerifiedAssertion, assertion, decoy,
    error::Concealed, structure,
};
use crate::{
    crypto::{ENGINE, Encrypted, SignedBytes},
    encryption, signature,
    xml::{Document, Element, Limits},
};

pub(super) fn consume(
    element: Element<'_>,
    around: Around<'_>,
    expectation: &Expectation<'_>,
) -> Result<VerifiedAssertion, ResponseError> {
    let recipient = expectation.sp_entity_id;
    let encrypted = encryption::read(element, recipient, expectation.decryption)?;
    let authentic = authenticate(element, &encrypted, around, expectation).map_err(|cause| {
        if encrypted.cipher.is_cbc() {
            decoy::make_up_for(&cause, encrypted.ciphertext.len(), expectation.trust());
            ResponseError::Undecryptable(Concealed::behind(cause))
        } else {
            cause
        }
    })?;
    match &authentic {
        Authentic::Signed(signed) => {
            assertion::read(&Covered::alone(&signed.parse()?), expectation)
        }
        Authentic::Covered(bytes, response) => {
            let document = Document::parse(bytes, &Limits::MESSAGE.canonical())?;
            assertion::read(&Covered::by_ciphertext(&document, response), expectation)
        }
    }
}

/// What was decrypted, and why it is believed. Both are canonical bytes.
enum Authentic<'d> {
    /// The Response is signed.
    Covered(Vec<u8>, &'d crate::crypto::SignedDocument<'d>),
    /// It has a signature of its own.
    Signed(SignedBytes),
}

fn authenticate<'d>(
    element: Element<'_>,
    encrypted: &Encrypted,
    around: Around<'d>,
    expectation: &Expectation<'_>,
) -> Result<Authentic<'d>, ResponseError> {
    let plaintext = ENGINE
        .decrypt(encrypted, expectation.decryption.keys)
        .map_err(encryption::EncryptionError::from)?;
    let text = encryption::in_context(element, &plaintext);
    let document = Document::parse(&text, &Limits::MESSAGE)?;
    let assertion = structure::check_decrypted(&document)?;
    let signed = signature::verify(assertion, expectation.trust());
    if let (Err(cause), true) = (&signed, encrypted.cipher.is_cbc()) {
        decoy::make_up_for_the_digest(cause, assertion);
    }
    match (signed?, around) {
        (Some(signed), _) => Ok(Authentic::Signed(signed)),
        (None, Around::Signed(response)) => {
            let bytes = ENGINE
                .canonicalize(assertion)
                .map_err(signature::SignatureError::from)?;
            Ok(Authentic::Covered(bytes, response))
        }
        (None, Around::Unsigned) => Err(ResponseError::SignatureMissing),
    }
}
