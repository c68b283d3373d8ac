//! Whom a command line names.
//!
//! Owns that a slip of the pen does not look like success: whoever is meant has logged in before, or has an account here.

use vestibule_core::{
    identity::PersonId,
    port::{Accounts, People},
};
use vestibule_store::Store;

use super::failure::Failure;
use crate::config::{Config, UpstreamProtocol};

/// Have they logged in before, or an account here? Of an upstream that does not exist nobody can be.
pub(super) async fn is_known(
    config: &Config,
    store: &Store,
    person: &PersonId,
) -> Result<bool, Failure> {
    if !config.upstreams.contains_key(person.upstream()) {
        return Err(Failure::Usage(format!(
            "there is no upstream `{}` in {}",
            person.upstream(),
            config.file.display()
        )));
    }
    if store.person(person).await?.is_some() {
        return Ok(true);
    }
    let account = store.account(person.upstream(), person.name()).await?;
    Ok(account.is_some() || is_in_configuration(config, person))
}

/// Local people may live in the configuration itself.
pub(super) fn is_in_configuration(config: &Config, person: &PersonId) -> bool {
    let upstream = config.upstreams.get(person.upstream());
    upstream.is_some_and(|upstream| match &upstream.protocol {
        UpstreamProtocol::Local(people) => people.contains_key(person.name()),
        UpstreamProtocol::Oidc(_) | UpstreamProtocol::Saml(_) => false,
    })
}

/// What is said where nobody is known by that name.
pub(super) fn unseen(person: &PersonId) -> String {
    format!("nobody called {person} has logged in yet; `vestibule user list` shows who has")
}
