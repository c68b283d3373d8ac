//! Where an application's RelayState may lead: `apps.<id>.saml.relay_state_sites`.

use url::Url;
use vestibule_downstream::saml::RelayStateSites;

use crate::config::{reader::Reader, setting::Key};

pub(super) const KEY: Key = Key::optional(
    "relay_state_sites",
    "one or more addresses",
    "any",
    "Sites (scheme, host and port) that the RelayState of a request may lead to, besides those of its reply addresses, if no signature covers it. A request with another one is refused.",
)
.danger("Whoever makes a person follow a link chooses the RelayState of an unsigned request, and many applications go to the address that it holds.");

/// Reads them. One that could not be read is a mistake, and makes the list shorter, never "any".
pub(super) fn read(reader: &Reader<'_>) -> RelayStateSites {
    let sites: Vec<Url> = reader.each_once(|item| item.url());
    RelayStateSites::of(&sites)
}
