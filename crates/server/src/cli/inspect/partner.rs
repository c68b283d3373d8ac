//! The arguments about whoever wants a session ended over SAML: an application, or an identity provider.

use chrono::{DateTime, Utc};
use clap::Args;
use serde::{Deserialize, Serialize};
use vestibule_downstream::saml::VerifyingKey;
use vestibule_upstream::saml::check_metadata;

use super::{Fault, Materials, needed, value::one_or_many};

/// Who it is: metadata of either role, or entity ID and certificate.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Partner {
    /// The metadata of the application: a file, or the XML itself.
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    sp_metadata: Option<String>,
    /// The metadata of the identity provider: a file, or the XML itself.
    #[arg(
        long,
        value_name = "FILE",
        allow_hyphen_values = true,
        conflicts_with = "sp_metadata"
    )]
    idp_metadata: Option<String>,
    /// Its entity ID; with metadata, the entity that is meant if several are described.
    #[arg(
        long,
        value_name = "ID",
        required_unless_present_any = ["batch", "sp_metadata", "idp_metadata"]
    )]
    entity_id: Option<String>,
    /// A certificate, PEM, whose key signs its messages, besides those of its metadata; repeat it for more.
    #[arg(
        long,
        value_name = "FILE",
        allow_hyphen_values = true,
        required_unless_present_any = ["batch", "sp_metadata", "idp_metadata"]
    )]
    #[serde(deserialize_with = "one_or_many")]
    certificate: Vec<String>,
    /// A certificate, PEM, whose key must have signed the metadata; repeat it for more. Without one the file is
    /// believed.
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    #[serde(deserialize_with = "one_or_many")]
    metadata_signed_by: Vec<String>,
}

/// Which side of a login a partner is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartnerRole {
    /// It asks us: messages come from whichever application they name.
    Application,
    /// We ask it, and its messages come to an address of its own.
    IdentityProvider,
}

/// What is known of it.
pub(super) struct Known {
    pub(super) role: PartnerRole,
    pub(super) entity_id: String,
    pub(super) signing_keys: Vec<VerifyingKey>,
}

impl Partner {
    /// The partner, as it is known at that moment.
    pub(super) fn known(
        &self,
        materials: &mut Materials,
        now: DateTime<Utc>,
    ) -> Result<Known, Fault> {
        let entity_id = self.entity_id.as_deref();
        let signed_by = &self.metadata_signed_by;
        let mut known = match (&self.sp_metadata, &self.idp_metadata) {
            (None, None) => Known {
                role: PartnerRole::Application,
                entity_id: needed(entity_id, "entity_id")?.to_owned(),
                signing_keys: Vec::new(),
            },
            (Some(_), Some(_)) => {
                return Err(Fault::Unusable {
                    argument: "idp_metadata",
                    why: "cannot be used beside the metadata of an application".to_owned(),
                });
            }
            (Some(source), None) => {
                let sp = materials.service_provider(source, entity_id, signed_by, now)?;
                Known {
                    role: PartnerRole::Application,
                    entity_id: sp.entity_id,
                    signing_keys: sp.signing_keys,
                }
            }
            (None, Some(source)) => {
                let idp = materials.metadata(source, entity_id, signed_by)?;
                check_metadata(&idp, "", now)?;
                Known {
                    role: PartnerRole::IdentityProvider,
                    entity_id: idp.entity_id.clone(),
                    signing_keys: idp.signing_keys.clone(),
                }
            }
        };
        let more = materials.certificates("certificate", &self.certificate)?;
        known.signing_keys.extend(more);
        Ok(known)
    }
}
