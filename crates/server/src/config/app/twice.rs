//! Two applications that would be one and the same on the wire, while one of them has other mistakes.
//!
//! Owns what the adapters cannot tell, because they are handed whole applications only. Without it the mistake would be
//! told in the next run, after the others were mended.

use std::collections::BTreeMap;

use vestibule_core::id::AppId;
use vestibule_downstream::{oidc::OidcFault, saml::SamlFault};

use super::{App, AppProtocol};
use crate::config::reader::Reader;

/// By what an application is known, in which section that stands.
type Known = (&'static str, String);

/// Tells of each application that could not be read, or follows one that could not, if it is known by the name of
/// another.
pub(super) fn tell(apps: &BTreeMap<AppId, App>, entries: &[(AppId, Reader<'_>)]) {
    let mut seen: BTreeMap<Known, &AppId> = BTreeMap::new();
    for (id, reader) in entries {
        let Some(known) = known_by(id, apps.get(id), reader) else {
            continue;
        };
        let Some(other) = seen.get(&known).copied() else {
            seen.insert(known, id);
            continue;
        };
        // Of two that could be read the adapters tell it.
        if apps.contains_key(id) && apps.contains_key(other) {
            continue;
        }
        let (app, other) = (id.clone(), other.clone());
        let (section, name) = known;
        match section {
            "oidc" => {
                let fault = OidcFault::ClientIdTwice {
                    app,
                    other,
                    client_id: name,
                };
                let reader = reader.nearest(section, &["client_id"]);
                reader.mistake(fault.code(), fault.to_string(), fault.remedy());
            }
            _ => {
                let fault = SamlFault::EntityIdTwice {
                    app,
                    other,
                    entity_id: name,
                };
                let reader = reader.nearest(section, &["metadata_file", "base_url", "entity_id"]);
                reader.mistake(fault.code(), fault.to_string(), fault.remedy());
            }
        }
    }
}

/// As it was read; else as far as it stands there.
fn known_by(id: &AppId, app: Option<&App>, reader: &Reader<'_>) -> Option<Known> {
    let written = |section, key| Some(reader.child(section)?.child(key)?.written()?.to_owned());
    match app.map(|app| &app.protocol) {
        Some(AppProtocol::Oidc(app)) => Some(("oidc", app.client.id().to_owned())),
        Some(AppProtocol::Saml(app)) => Some(("saml", app.sp.entity_id.clone())),
        None if reader.child("oidc").is_some() => {
            let client_id = written("oidc", "client_id");
            Some(("oidc", client_id.unwrap_or_else(|| id.to_string())))
        }
        None => Some(("saml", written("saml", "entity_id")?)),
    }
}
