//! The arguments about an application that speaks SAML.

use chrono::{DateTime, Utc};
use clap::Args;
use serde::{Deserialize, Serialize};
use vestibule_downstream::saml::ServiceProvider;

use super::{Fault, Materials, needed, value::one_or_many};

/// Who the application is: its metadata, or entity ID and addresses.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Sp {
    /// The application's metadata: a file, or the XML itself.
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    sp_metadata: Option<String>,
    /// Its entity ID; with metadata, the entity that is meant if several are described.
    #[arg(
        long,
        value_name = "ID",
        required_unless_present_any = ["batch", "sp_metadata"]
    )]
    sp_entity_id: Option<String>,
    /// An address for answers that is registered, the usual one first; repeat it for more.
    #[arg(
        long,
        value_name = "URL",
        required_unless_present_any = ["batch", "sp_metadata"],
        conflicts_with = "sp_metadata"
    )]
    #[serde(deserialize_with = "one_or_many")]
    acs_url: Vec<String>,
    /// A certificate, PEM, whose key signs its messages, besides those of its metadata; repeat it for more.
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    #[serde(deserialize_with = "one_or_many")]
    certificate: Vec<String>,
    /// A certificate, PEM, whose key must have signed the metadata; repeat it for more. Without one the file is
    /// believed.
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    #[serde(deserialize_with = "one_or_many")]
    metadata_signed_by: Vec<String>,
}

impl Sp {
    /// The application, as it is known at that moment.
    pub(super) fn known(
        &self,
        materials: &mut Materials,
        now: DateTime<Utc>,
    ) -> Result<ServiceProvider, Fault> {
        let keys = materials.certificates("certificate", &self.certificate)?;
        let entity_id = self.sp_entity_id.as_deref();
        let sp = match &self.sp_metadata {
            None => {
                needed(self.acs_url.first().map(String::as_str), "acs_url")?;
                ServiceProvider::typed(needed(entity_id, "sp_entity_id")?, &self.acs_url)
            }
            Some(_) if !self.acs_url.is_empty() => {
                return Err(Fault::Unusable {
                    argument: "acs_url",
                    why: "cannot be used beside metadata, which says it".to_owned(),
                });
            }
            Some(source) => {
                materials.service_provider(source, entity_id, &self.metadata_signed_by, now)?
            }
        };
        Ok(sp.with_keys(keys))
    }
}
