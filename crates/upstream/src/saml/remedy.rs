//! What to do about a Response that is refused.
//!
//! Owns the remedies for the faults that set-ups usually have. Does not own the checks.

use vestibule_saml::{
    crypto::CryptoError, encryption::EncryptionError, response::ResponseError,
    signature::SignatureError,
};

/// What to do about the faults that set-ups usually have.
pub(super) fn remedy(error: &ResponseError) -> Option<&'static str> {
    match error {
        ResponseError::AudienceMismatch { .. } => {
            Some("register our entity ID at the provider as it stands in our metadata")
        }
        ResponseError::ConditionsExpired(_)
        | ResponseError::ConditionsNotYetValid(_)
        | ResponseError::ConfirmationExpired(_)
        | ResponseError::IssuedInFuture(_) => {
            Some("compare the clocks (NTP) of the provider and of this machine")
        }
        ResponseError::DestinationMismatch { .. } | ResponseError::RecipientMismatch { .. } => {
            Some(
                "register the address of our assertion consumer service at the provider; is `public_url` right?",
            )
        }
        ResponseError::EncryptedElement(_) => {
            Some("let the provider encrypt whole assertions for us, not single names or attributes")
        }
        ResponseError::EncryptedNotConfigured => Some(
            "switch assertion encryption off for us at the provider, or give us a decryption key",
        ),
        ResponseError::Encryption(error) => encryption(error),
        ResponseError::Undecryptable(_) => Some(KEY_CHANGED),
        ResponseError::InResponseToMismatch { .. } | ResponseError::Unsolicited => Some(
            "logins begin at the application; the person may have used an old page or a bookmark",
        ),
        ResponseError::IssuerMismatch { .. } => {
            Some("is this the metadata of the provider that answers?")
        }
        ResponseError::NameIdMissing => {
            Some("let the provider issue a NameID for us (AD FS: a claim rule)")
        }
        ResponseError::ResponseSignatureMissing => Some(
            "let the provider sign the whole Response too (AD FS: SamlResponseSignature MessageAndAssertion), or remove `require_signed_response`",
        ),
        ResponseError::Signature(error) => signature(error),
        ResponseError::SignatureMissing => Some("let the provider sign assertions for us"),
        _ => None,
    }
}

const KEY_CHANGED: &str = "has the provider the certificate of our current decryption key? let it read our metadata again; the log says more at level `debug`";

fn signature(error: &SignatureError) -> Option<&'static str> {
    match error {
        SignatureError::Crypto(CryptoError::Algorithm(_) | CryptoError::Sha1) => {
            Some("let the provider sign with RSA or ECDSA, and SHA-256")
        }
        SignatureError::Crypto(CryptoError::Digest) => {
            Some("was it changed after it was signed, or was the XML reformatted on the way?")
        }
        SignatureError::Crypto(CryptoError::KeyMismatch(_)) => {
            Some("has the provider changed its key? refresh its metadata")
        }
        SignatureError::Crypto(CryptoError::Mismatch(_)) => Some(
            "has the provider changed its key? refresh its metadata; or was the XML reformatted on the way?",
        ),
        SignatureError::ReferenceCount(_)
        | SignatureError::Shape(_)
        | SignatureError::Transforms => {
            Some("let the provider sign as SAML core 5.4 says, with one reference")
        }
        _ => None,
    }
}

fn encryption(error: &EncryptionError) -> Option<&'static str> {
    match error {
        EncryptionError::Crypto(CryptoError::Cbc) => Some(
            "let the provider encrypt with AES-GCM, or not at all; where it cannot, as AD FS, read about `danger_accept_cbc`",
        ),
        EncryptionError::Crypto(CryptoError::Algorithm(_) | CryptoError::OaepParameters) => Some(
            "let the provider encrypt with AES-GCM and RSA-OAEP, and with the same digest for both parts of OAEP",
        ),
        EncryptionError::Crypto(_) => Some(KEY_CHANGED),
        EncryptionError::Recipient { .. } => {
            Some("register our entity ID at the provider as it stands in our metadata")
        }
        _ => None,
    }
}
