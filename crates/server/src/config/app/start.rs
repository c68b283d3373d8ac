//! Logins that begin with us: `apps.<id>.saml.idp_initiated`.

use vestibule_downstream::saml::{IdpInitiated, LONGEST_RELAY_STATE};

use crate::config::{
    reader::Reader,
    setting::{Key, Section},
};

pub(super) const KEY: Key = Key::optional(
    "idp_initiated",
    "a map",
    "off",
    "Logins that begin with a link to `<public_url>/saml/start/<id>`. It opens a page that asks first; no other site can log anybody in.",
);

/// Keys of the section.
pub(super) const SECTION: Section = Section {
    path: "apps.<id>.saml.idp_initiated",
    about: "Logins that begin with us, without a request of the application.",
    keys: &[
        Key::optional(
            "enabled",
            "`true` or `false`",
            "false",
            "Offer them.",
        )
        .danger("The application takes an answer then that it did not ask for, and cannot tell whether it was meant for this browser."),
        Key::optional(
            "relay_states",
            "one or more texts",
            "none: the answer has no RelayState",
            "What `?relay_state=` of the link may be, compared character by character; the first stands there if the link has none. Most applications lead to the address that it holds.",
        ),
    ],
};

/// Reads the section.
pub(super) fn read(reader: &Reader<'_>) -> Option<IdpInitiated> {
    let fields = reader.section(&SECTION)?;
    let enabled = fields.get("enabled").and_then(|reader| reader.flag());
    let relay_states = fields.get("relay_states");
    let relay_states = relay_states.map(|reader| reader.each_once(relay_state));
    enabled.unwrap_or_default().then(|| IdpInitiated {
        relay_states: relay_states.unwrap_or_default(),
    })
}

fn relay_state(reader: &Reader<'_>) -> Option<String> {
    let text = reader.text()?;
    if text.len() > LONGEST_RELAY_STATE {
        reader.mistake(
            "not_in_range",
            format!("a RelayState has at most {LONGEST_RELAY_STATE} bytes"),
            "use a shorter address",
        );
        return None;
    }
    Some(text)
}
