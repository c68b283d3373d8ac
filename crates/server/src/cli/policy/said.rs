//! What an upstream says of how it authenticated somebody, as `policy explain` is told of it.
//!
//! Owns how that is written. Does not own whether it is believed.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use vestibule_core::identity::UpstreamProof;

use super::passed::length;

/// A value, wherever the upstream says such: `mfa`, or `mfa=20m` where a session remembers it.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) value: String,
    pub(super) age: Option<TimeDelta>,
}

impl FromStr for Said {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // An address may hold `=` itself: what stands behind the last one is an age, or a part of it.
        let aged = text
            .rsplit_once('=')
            .map(|(value, age)| (value, length(age)));
        Ok(match aged {
            Some((value, Ok(age))) => Self {
                value: value.to_owned(),
                age: Some(age),
            },
            Some((_, Err(_))) | None => Self {
                value: text.to_owned(),
                age: None,
            },
        })
    }
}

/// The same as the upstream would say it; nothing without it.
pub(super) fn proof(said: Option<&Said>, now: DateTime<Utc>) -> UpstreamProof {
    UpstreamProof {
        authn_context: said.map(|said| said.value.clone()),
        methods: said.iter().map(|said| said.value.clone()).collect(),
        authenticated_at: said.map(|said| now - said.age.unwrap_or_default()),
        session: None,
        session_ends: None,
        for_logout: None,
    }
}
