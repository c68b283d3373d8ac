//! What we take from a provider's metadata, and when we take it.
//!
//! Owns the reading of a file and the check of what it says, one function each: a file is read once, and holds or does
//! not hold at each moment anew. Does not own where it comes from or how long it is kept.

use chrono::{DateTime, Utc};
use vestibule_saml::{
    crypto::VerifyingKey,
    metadata::{IdpMetadata, MetadataError, Source},
    signature::Trust,
};

use crate::rejection::Rejection;

/// Reads metadata: of the entity that is meant if the file describes several, signed by one of `signed_by` unless that
/// is empty.
///
/// # Errors
/// [`Rejection`].
pub fn read_metadata(
    xml: &[u8],
    entity_id: Option<&str>,
    signed_by: &[VerifyingKey],
) -> Result<IdpMetadata, Rejection> {
    let trust = (!signed_by.is_empty()).then_some(Trust {
        keys: signed_by,
        danger_accept_sha1: false,
    });
    let source = Source {
        xml,
        entity_id,
        trust,
    };
    IdpMetadata::parse(&source).map_err(|error| refused(&error))
}

/// Refuses metadata that is over at `now`, and our own.
///
/// # Errors
/// [`Rejection`].
pub fn check_metadata(
    metadata: &IdpMetadata,
    sp_entity_id: &str,
    now: DateTime<Utc>,
) -> Result<(), Rejection> {
    metadata
        .validity
        .check(now)
        .map_err(|error| refused(&error))?;
    if metadata.entity_id == sp_entity_id {
        return Err(Rejection::of(
            "metadata_our_own",
            "the metadata is our own; give that of the identity provider",
        ));
    }
    Ok(())
}

fn refused(error: &MetadataError) -> Rejection {
    Rejection::of(error.code(), format!("its metadata: {error}"))
}
