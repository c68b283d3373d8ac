//! The arguments about an OpenID provider that every token has.

use std::rc::Rc;

use clap::Args;
use serde::{Deserialize, Serialize};
use vestibule_upstream::oidc::{Algorithm, Jwks};

use super::{Fault, Materials, needed, value::one_or_many};

/// Whose tokens are judged, and for whom they are.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Provider {
    /// The provider's keys: a JWK set in a file, or the JSON itself.
    #[arg(
        long,
        value_name = "FILE",
        allow_hyphen_values = true,
        required_unless_present = "batch"
    )]
    jwks: Option<String>,
    /// The provider's issuer, compared byte for byte.
    #[arg(long, value_name = "URL", required_unless_present = "batch")]
    issuer: Option<String>,
    /// Our client id there.
    #[arg(long, value_name = "ID", required_unless_present = "batch")]
    client_id: Option<String>,
    /// A signature algorithm that is accepted; repeat it for more. RS256 unless given.
    #[arg(long, value_name = "NAME")]
    #[serde(deserialize_with = "one_or_many")]
    algorithm: Vec<String>,
    /// An audience that may stand beside us; repeat it for more.
    #[arg(long, value_name = "ID")]
    #[serde(deserialize_with = "one_or_many")]
    trusted_audience: Vec<String>,
}

impl Provider {
    pub(super) fn issuer(&self) -> Result<&str, Fault> {
        needed(self.issuer.as_deref(), "issuer")
    }

    pub(super) fn client_id(&self) -> Result<&str, Fault> {
        needed(self.client_id.as_deref(), "client_id")
    }

    pub(super) fn keys(&self, materials: &mut Materials) -> Result<Rc<Jwks>, Fault> {
        materials.jwks(needed(self.jwks.as_deref(), "jwks")?)
    }

    pub(super) fn trusted_audiences(&self) -> &[String] {
        &self.trusted_audience
    }

    pub(super) fn algorithms(&self) -> Result<Vec<Algorithm>, Fault> {
        if self.algorithm.is_empty() {
            return Ok(vec![Algorithm::Rs256]);
        }
        let known = |name: &String| {
            Algorithm::from_name(name).ok_or_else(|| Fault::Unusable {
                argument: "algorithm",
                why: format!(
                    "cannot be used: {name:?} is none of {}",
                    Algorithm::ALL.map(Algorithm::name).join(", ")
                ),
            })
        };
        self.algorithm.iter().map(known).collect()
    }
}
