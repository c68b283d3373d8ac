//! Work without a result, so that failures of different kinds take about the same time (attack row SI-76).
//!
//! Owns: a document of our own that takes the way of a decrypted assertion as far as a wrong signature. Does not own:
//! the promise that two failures take exactly the same time. It takes away what many measurements over a network could
//! show best: whether a text was parsed, and whether its signature was looked at.

use std::hint::black_box;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{ResponseError, structure};
use crate::{
    crypto::{CryptoError, DigestAlgorithm, ENGINE, SignatureAlgorithm, VerifyingKey},
    signature::{self, ENVELOPED_SIGNATURE, SignatureError, Trust},
    xml::{Document, Element, Limits, names},
};

/// Does what was left out when a text of `length` bytes was refused for `cause`, before its signature was looked at.
pub(super) fn make_up_for(cause: &ResponseError, length: usize, trust: Trust<'_>) {
    if let ResponseError::Signature(SignatureError::Crypto(
        CryptoError::Digest | CryptoError::Mismatch(_),
    )) = cause
    {
        return;
    }
    let decoy = text(length, trust);
    let Ok(document) = Document::parse(decoy.as_bytes(), &Limits::MESSAGE) else {
        return;
    };
    if let Ok(assertion) = structure::check_decrypted(&document)
        && let Err(error) = signature::verify(assertion, trust)
    {
        make_up_for_the_digest(&error, assertion);
    }
}

/// Does what was left out when the signature value of `element` was refused, which is looked at before the digest.
pub(super) fn make_up_for_the_digest(cause: &SignatureError, element: Element<'_>) {
    if let SignatureError::Crypto(CryptoError::Mismatch(_)) = cause {
        let _ = black_box(ENGINE.canonicalize(element));
    }
}

/// An assertion of about `length` bytes with a signature of the right shape that no key made.
fn text(length: usize, trust: Trust<'_>) -> String {
    /// As claims usually look.
    const ATTRIBUTE: &str = "<saml:Attribute Name=\"http://schemas.example/claims/name\">\
         <saml:AttributeValue>value</saml:AttributeValue></saml:Attribute>";
    let usual = trust.keys.first().and_then(VerifyingKey::usual_signature);
    let (algorithm, value_length) = usual.unwrap_or((SignatureAlgorithm::RsaSha256, 256));
    let value = STANDARD.encode(vec![0x5a; value_length]);
    let (signed_with, digested_with) = (algorithm.uri(), DigestAlgorithm::Sha256.uri());
    let digest = STANDARD.encode([0x5a; 32]);
    let (saml, ds, exclusive) = (names::SAML, names::DS, names::EXC_C14N);
    let mut text = format!(
        "<decrypted><saml:Assertion xmlns:saml=\"{saml}\" ID=\"_decoy\">\
         <ds:Signature xmlns:ds=\"{ds}\"><ds:SignedInfo>\
         <ds:CanonicalizationMethod Algorithm=\"{exclusive}\"/>\
         <ds:SignatureMethod Algorithm=\"{signed_with}\"/>\
         <ds:Reference URI=\"#_decoy\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{ENVELOPED_SIGNATURE}\"/>\
         <ds:Transform Algorithm=\"{exclusive}\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{digested_with}\"/>\
         <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>\
         <ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>\
         <saml:AttributeStatement>"
    );
    while text.len() + ATTRIBUTE.len() < length {
        text.push_str(ATTRIBUTE);
    }
    text.push_str("</saml:AttributeStatement></saml:Assertion></decrypted>");
    text
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::crypto::{
        generate::{CertificateProfile, RsaSize},
        sign::SigningKey,
    };

    /// A decoy that is refused early would make up for nothing.
    #[test]
    fn si_76_the_decoy_comes_as_far_as_the_signature() {
        let profile = CertificateProfile::starting(DateTime::UNIX_EPOCH, "idp");
        let rsa = SigningKey::generate_rsa(RsaSize::Bits2048, &profile).unwrap();
        let ec = SigningKey::generate_ec_p256(&profile).unwrap();
        for key in [rsa, ec] {
            let keys = [key.verifying_key().unwrap()];
            let trust = Trust {
                keys: &keys,
                danger_accept_sha1: false,
            };
            for length in [0, 1_000, 20_000] {
                let decoy = text(length, trust);
                assert!(decoy.len().abs_diff(length) < 200 || length < 2_000);
                let document = Document::parse(decoy.as_bytes(), &Limits::MESSAGE).unwrap();
                let assertion = structure::check_decrypted(&document).unwrap();
                let refused = signature::verify(assertion, trust).unwrap_err();
                assert_eq!(refused.code(), "signature_mismatch");
                assert!(ENGINE.canonicalize(assertion).is_ok());
            }
        }
    }
}
