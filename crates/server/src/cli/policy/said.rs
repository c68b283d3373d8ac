//! What an upstream says of how it authenticated somebody, as `policy explain` is told of it.
//!
//! Owns how that is written. Does not own whether it is believed.

use chrono::{DateTime, TimeDelta, Utc};
use clap::{ArgGroup, Args};
use vestibule_core::identity::UpstreamProof;

use super::passed::length;

/// What it says, believed or not: in this login, or where a session remembers it.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("upstream_values").args(["upstream_context", "upstream_method"]).multiple(true))]
pub(super) struct Said {
    /// What the upstream says of how it authenticated them: its AuthnContextClassRef or `acr`, believed or not.
    #[arg(
        id = "upstream_context",
        long = "upstream-context",
        value_name = "VALUE"
    )]
    pub(super) context: Option<String>,
    /// The same for a method: a value of `amr`, or of the attribute of AD FS and Entra ID. Repeat it for several.
    #[arg(id = "upstream_method", long = "upstream-method", value_name = "VALUE")]
    pub(super) methods: Vec<String>,
    /// How long ago it said so, as in `20m`: in a session that their browser has. Without it: in this login.
    #[arg(id = "upstream_age", long = "upstream-age", value_name = "AGE", requires = "upstream_values", value_parser = length)]
    pub(super) age: Option<TimeDelta>,
}

/// The same as the upstream would say it; nothing without it.
pub(super) fn proof(said: Option<&Said>, now: DateTime<Utc>) -> UpstreamProof {
    UpstreamProof {
        authn_context: said.and_then(|said| said.context.clone()),
        methods: said.map(|said| said.methods.clone()).unwrap_or_default(),
        authenticated_at: said.map(|said| now - said.age.unwrap_or_default()),
        ..UpstreamProof::default()
    }
}
