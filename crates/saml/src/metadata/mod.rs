//! Metadata of identity providers and service providers, in and out (SAML metadata 2).
//!
//! Owns: what a partner says about itself (keys, addresses, name formats, how long it holds) and what we say about us.
//! Does not own: fetching, caching, or the approval of a change; the caller compares what it has with what it got.
//!
//! **Invariant:** metadata can make us stricter, never laxer. A partner's wish for signatures adds to ours; the lack of
//! one takes nothing away, and a key without `use` does not switch a check off (attacks MD-01 and MD-02).

mod build;
mod duration;
mod entity;
mod idp;
mod logout;
mod role;
mod sp;

pub use self::{
    build::{DecryptionOffer, IdpDescription, MetadataSignature, SpDescription},
    entity::{Source, Validity},
    idp::IdpMetadata,
    logout::SingleLogoutService,
    role::UnusableKey,
    sp::{AssertionConsumerService, SpMetadata},
};
use crate::{
    crypto::sign::SignError,
    signature::SignatureError,
    xml::{XmlError, read::excerpt, write::WriteError},
};

/// Why metadata is refused, or cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// Several entities have the wanted role, and nobody said which one is meant.
    #[error("the file describes {count} entities with this role; say which entity ID is meant")]
    EntityAmbiguous {
        /// How many.
        count: usize,
    },
    /// No entity has the wanted role or entity ID.
    #[error("the file describes no {role}{}", of(.entity_id.as_deref()))]
    EntityMissing {
        /// The role that was looked for.
        role: &'static str,
        /// The entity ID that was looked for, if any.
        entity_id: Option<String>,
    },
    /// The same entity ID occurs more than once.
    #[error("the file describes the entity {entity_id:?} more than once")]
    EntityRepeated {
        /// Which.
        entity_id: String,
    },
    /// It is no longer valid.
    #[error("the metadata was valid until {valid_until} only")]
    Expired {
        /// Its `validUntil`.
        valid_until: String,
    },
    /// An address is not `https`, nor `http` on the loopback interface.
    #[error(
        "the address {location:?} of {service} is refused: only https is accepted (http on loopback)"
    )]
    Location {
        /// Which service.
        service: &'static str,
        /// The address.
        location: String,
    },
    /// There is no address that we can use.
    #[error("the metadata has no {service} with a binding that we speak")]
    ServiceMissing {
        /// Which service.
        service: &'static str,
    },
    /// Metadata of ours cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The signature of the metadata is refused.
    #[error("the signature of the metadata is refused: {0}")]
    Signature(#[from] SignatureError),
    /// A signature is needed, and the document has none on its root.
    #[error("the metadata is not signed")]
    SignatureMissing,
    /// There is no key with which signatures could be checked.
    #[error("the metadata has no usable signing key{}", reasons(.unusable))]
    SigningKeyMissing {
        /// The keys that were there and could not be used.
        unusable: Vec<UnusableKey>,
    },
    /// A value is not what its type asks for.
    #[error("the value {received:?} of {name} is not valid")]
    Value {
        /// Attribute or element.
        name: &'static str,
        /// What was received, shortened.
        received: String,
    },
    /// Metadata of ours cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The document is refused by the parser.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

impl MetadataError {
    /// The stable reason code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EntityAmbiguous { .. } => "metadata_entity_ambiguous",
            Self::EntityMissing { .. } => "metadata_entity_missing",
            Self::EntityRepeated { .. } => "metadata_entity_repeated",
            Self::Expired { .. } => "metadata_expired",
            Self::Location { .. } => "metadata_location",
            Self::ServiceMissing { .. } => "metadata_service_missing",
            Self::Sign(error) => error.code(),
            Self::Signature(error) => error.code(),
            Self::SignatureMissing => "signature_missing",
            Self::SigningKeyMissing { .. } => "metadata_signing_key_missing",
            Self::Value { .. } => "metadata_value",
            Self::Write(error) => error.code(),
            Self::Xml(error) => error.code(),
        }
    }

    fn value(name: &'static str, received: &str) -> Self {
        Self::Value {
            name,
            received: excerpt(received),
        }
    }
}

fn of(entity_id: Option<&str>) -> String {
    entity_id.map_or_else(String::new, |entity_id| format!(" of {entity_id:?}"))
}

fn reasons(unusable: &[UnusableKey]) -> String {
    let reasons: Vec<&str> = unusable.iter().map(|key| key.reason.as_str()).collect();
    if reasons.is_empty() {
        String::new()
    } else {
        format!(" ({})", reasons.join("; "))
    }
}
