//! Why an answer of a security key does not count.

use thiserror::Error;
use webauthn_rs::prelude::WebauthnError;

/// Why an answer does not count. Each is a reason code of its own in the audit log; a person reads one sentence for
/// all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Rejected {
    /// The key signs with an algorithm that was not offered (WebAuthn L3 section 7.1 step 20).
    #[error("the algorithm was not offered")]
    Algorithm,
    /// The person has registered this key already (section 7.1 step 26).
    #[error("the key is registered already")]
    AlreadyRegistered,
    /// The backup flags contradict each other, or what was registered (section 6.1.3).
    #[error("the backup flags cannot be")]
    BackupFlags,
    /// The challenge is not the one that was put in this login (sections 7.1 step 8, 7.2 step 12).
    #[error("the challenge is another one")]
    Challenge,
    /// The signature counter did not go on: there may be a copy of the key (section 6.1.1).
    #[error("the signature counter did not go on")]
    CloneSuspected,
    /// The answer was given in a frame of another site (sections 7.1 step 10, 7.2 step 14).
    #[error("the page was framed by another site")]
    CrossOrigin,
    /// The challenge is older than a ceremony may take.
    #[error("the challenge has expired")]
    Expired,
    /// It is no answer that a browser gives: not JSON, not base64url, not CBOR, or with something left over.
    #[error("the answer is malformed")]
    Malformed,
    /// The name for the key is too long, or holds characters that cannot be shown.
    #[error("the name cannot be shown")]
    Name,
    /// The page was not ours (sections 7.1 step 9, 7.2 step 13).
    #[error("the origin is not ours")]
    Origin,
    /// The public key is none that a signature can be checked with.
    #[error("the public key is unusable")]
    PublicKey,
    /// The key was asked for another relying party (sections 7.1 step 14, 7.2 step 16).
    #[error("the relying party is another one")]
    RelyingParty,
    /// The signature is not the key's (section 7.2 step 21).
    #[error("the signature is wrong")]
    Signature,
    /// It belongs to the other ceremony: registered instead of used, or used instead of registered.
    #[error("the answer belongs to the other ceremony")]
    Type,
    /// The key is none of those that may answer.
    #[error("the credential is not one that may answer")]
    UnknownCredential,
    /// The key names another person (section 7.2 step 6).
    #[error("the user handle is another person's")]
    UserHandle,
    /// Nobody touched the key.
    #[error("nobody was present")]
    UserNotPresent,
    /// The key did not verify its holder, and had to.
    #[error("the holder was not verified")]
    UserNotVerified,
}

impl Rejected {
    /// The reason code for the audit record.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Algorithm => "webauthn_algorithm",
            Self::AlreadyRegistered => "webauthn_already_registered",
            Self::BackupFlags => "webauthn_backup_flags",
            Self::Challenge => "webauthn_challenge",
            Self::CloneSuspected => "webauthn_clone_suspected",
            Self::CrossOrigin => "webauthn_cross_origin",
            Self::Expired => "webauthn_expired",
            Self::Malformed => "webauthn_malformed",
            Self::Name => "webauthn_name",
            Self::Origin => "webauthn_origin",
            Self::PublicKey => "webauthn_public_key",
            Self::RelyingParty => "webauthn_relying_party",
            Self::Signature => "webauthn_signature",
            Self::Type => "webauthn_type",
            Self::UnknownCredential => "webauthn_credential_unknown",
            Self::UserHandle => "webauthn_user_handle",
            Self::UserNotPresent => "webauthn_user_not_present",
            Self::UserNotVerified => "webauthn_user_not_verified",
        }
    }
}

impl From<WebauthnError> for Rejected {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::AuthenticationFailure | WebauthnError::SignatureInvalid => {
                Self::Signature
            }
            WebauthnError::COSEKeyECDSAInvalidCurve
            | WebauthnError::COSEKeyECDSAXYInvalid
            | WebauthnError::COSEKeyEDDSAInvalidCurve
            | WebauthnError::COSEKeyEDDSAXInvalid
            | WebauthnError::COSEKeyInvalidCBORValue
            | WebauthnError::COSEKeyInvalidType
            | WebauthnError::COSEKeyRSANEInvalid
            | WebauthnError::EcdsaPointInvalid
            | WebauthnError::RsaParametersInvalid => Self::PublicKey,
            WebauthnError::COSEKeyEDUnsupported
            | WebauthnError::COSEKeyInvalidAlgorithm
            | WebauthnError::CredentialAlteredAlgFromRequest
            | WebauthnError::CredentialInsecureCryptography
            | WebauthnError::SshPublicKeyEDUnsupported => Self::Algorithm,
            WebauthnError::CredentialBackupEligibilityInconsistent
            | WebauthnError::CredentialMayNotBeHardwareBound => Self::BackupFlags,
            WebauthnError::CredentialCrossOrigin => Self::CrossOrigin,
            WebauthnError::CredentialNotFound => Self::UnknownCredential,
            WebauthnError::CredentialPossibleCompromise => Self::CloneSuspected,
            WebauthnError::InvalidClientDataType => Self::Type,
            WebauthnError::InvalidRPIDHash => Self::RelyingParty,
            WebauthnError::InvalidRPOrigin => Self::Origin,
            WebauthnError::MismatchedChallenge => Self::Challenge,
            WebauthnError::UserNotPresent => Self::UserNotPresent,
            WebauthnError::UserNotVerified => Self::UserNotVerified,
            // Whatever else the library finds is something that no browser sends.
            _ => Self::Malformed,
        }
    }
}
