//! A `local` upstream from its settings.

use std::collections::BTreeMap;

use vestibule_core::{id::UpstreamId, port::LocalAccount};
use vestibule_upstream::local::{Directory, LocalUpstream};

use super::Common;
use crate::{config::LocalPerson, wiring::WiringError};

pub(super) fn build(
    id: &UpstreamId,
    people: &BTreeMap<String, LocalPerson>,
    common: &Common<'_>,
) -> Result<LocalUpstream, WiringError> {
    let account = |(username, person): (&String, &LocalPerson)| LocalAccount {
        upstream: id.clone(),
        username: username.clone(),
        password_hash: person.password_hash.clone(),
        mail: person.mail.clone(),
        display_name: person.display_name.clone(),
        given_name: person.given_name.clone(),
        family_name: person.family_name.clone(),
        groups: person.groups.iter().cloned().collect(),
        disabled: person.disabled,
    };
    let configured = people.iter().map(account).collect();
    let directory =
        Directory::new(configured, Some(common.accounts.clone())).map_err(|faults| {
            let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
            WiringError::new(format!("upstreams.{id}.local"), told.join("; "))
        })?;
    Ok(LocalUpstream::new(
        id.clone(),
        directory,
        common.passwords.clone(),
    ))
}
