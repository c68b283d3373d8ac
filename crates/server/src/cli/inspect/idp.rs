//! The arguments about an identity provider that every SAML message has.

use std::rc::Rc;

use clap::Args;
use serde::{Deserialize, Serialize};
use vestibule_upstream::saml::IdpMetadata;

use super::{Fault, Materials, needed, value::one_or_many};

/// Where the metadata of the identity provider is.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Idp {
    /// The identity provider's metadata: a file, or the XML itself.
    #[arg(
        long,
        value_name = "FILE",
        allow_hyphen_values = true,
        required_unless_present = "batch"
    )]
    idp_metadata: Option<String>,
    /// The entity that is meant, if the metadata describes several identity providers.
    #[arg(long, value_name = "ID")]
    idp_entity_id: Option<String>,
    /// A certificate, PEM, whose key must have signed the metadata; repeat it for more. Without one the file is
    /// believed.
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    #[serde(deserialize_with = "one_or_many")]
    metadata_signed_by: Vec<String>,
}

impl Idp {
    /// Its metadata, if it can be read and is signed as it should be.
    pub(super) fn metadata(&self, materials: &mut Materials) -> Result<Rc<IdpMetadata>, Fault> {
        materials.metadata(
            needed(self.idp_metadata.as_deref(), "idp_metadata")?,
            self.idp_entity_id.as_deref(),
            &self.metadata_signed_by,
        )
    }
}
