//! Applications that ask us: `apps`.
//!
//! Does not own what a protocol needs to know: each has a file below.

mod attribute;
mod encryption;
mod groups;
mod name_id;
mod oidc;
mod relay_state;
mod saml;
mod start;
mod twice;

use std::collections::{BTreeMap, BTreeSet};

use vestibule_core::{id::AppId, session::SingleSignOn};
use vestibule_downstream::{
    oidc::{self as provider, ClientKind, OidcApp, OidcFault, SubjectType},
    preset::AppPreset,
    saml::{NameIdFormat, SamlApp, SamlFault, faults},
    told::Source,
};

use super::{
    reader::Reader,
    setting::{Key, Section},
};

/// One application.
#[derive(Debug, Clone)]
pub struct App {
    /// What people read on our pages.
    pub label: String,
    /// What kind of application it is.
    pub preset: AppPreset,
    /// How we speak with it.
    pub protocol: AppProtocol,
    /// What it takes of a session.
    pub single_sign_on: SingleSignOn,
    /// It gets no answers.
    pub disabled: bool,
}

/// How we speak with an application.
#[derive(Debug, Clone)]
pub enum AppProtocol {
    /// OpenID Connect: the preset's settings with the differences.
    Oidc(Box<OidcApp>),
    /// SAML 2.0: the preset's settings with the differences.
    Saml(Box<SamlApp>),
}

impl AppProtocol {
    /// What it takes of a session where nothing is said. Nothing proves that an installed app is the one that it claims
    /// to be, so the person has to be there.
    fn usual_single_sign_on(&self) -> SingleSignOn {
        match self {
            Self::Oidc(app) if app.client.kind() == ClientKind::Native => SingleSignOn::Off,
            Self::Oidc(_) | Self::Saml(_) => SingleSignOn::Shared,
        }
    }
}

/// The key of this topic, at the top of the file.
pub(super) const KEY: Key = Key::needed(
    "apps",
    "a map: id → application",
    "Applications that ask Vestibule who somebody is.",
);

/// Keys of one application.
pub(super) const SECTION: Section = Section {
    path: "apps.<id>",
    about: "One application.",
    keys: &[
        Key::optional(
            "label",
            "a text",
            "the id",
            "What people read on the pages.",
        ),
        Key::optional(
            "preset",
            "`atlassian-cloud`, `bitbucket-data-center`, `confluence-data-center`, `generic` or `jira-data-center`",
            "generic",
            "What is known about this kind of application: names, attributes and claims, what is signed.",
        ),
        Key::optional(
            "saml",
            "a map",
            "none: it has `oidc`",
            "It is a SAML 2.0 service provider.",
        ),
        Key::optional(
            "oidc",
            "a map",
            "none: it has `saml`",
            "It is an OpenID Connect relying party.",
        ),
        Key::optional("groups", "a map", "all groups", "Which groups it hears of."),
        Key::optional(
            "single_sign_on",
            "`shared`, `own_factor` or `off`",
            "shared; `off` for installed apps (`native`)",
            "What counts here of a login to another application, or an earlier one to this: everything, as long as the rules take it; all but the second factor, which is asked for at each login; or nothing, so that the person logs in anew at the identity provider too.",
        )
        .danger("With `shared`, whoever sits down at an unlocked computer reaches this application as long as the session lasts. For an installed app, any program on the same computer can pretend to be it (RFC 8252 section 8.6), and would get its tokens without anybody seeing a page."),
        Key::optional(
            "disabled",
            "`true` or `false`",
            "false",
            "Its requests are refused.",
        ),
    ],
};

/// All sections of this topic.
pub(super) const SECTIONS: [&Section; 7] = [
    &SECTION,
    &saml::SECTION,
    &attribute::SECTION,
    &start::SECTION,
    &oidc::SECTION,
    &oidc::CLAIM,
    &groups::SECTION,
];

/// Reads the topic, where so many upstreams may be asked; the ids are all, also those with mistakes in them.
pub(super) fn read(
    reader: Option<Reader<'_>>,
    upstreams: usize,
) -> (BTreeMap<AppId, App>, BTreeSet<AppId>) {
    let entries: Vec<(AppId, Reader<'_>)> = reader.as_ref().map(Reader::by_id).unwrap_or_default();
    let mut known: BTreeSet<AppId> = entries.iter().map(|(id, _)| id.clone()).collect();
    // Rules may name our own account page, and no application may take its name.
    if !known.insert(AppId::account()) {
        let taken = entries.iter().filter(|(id, _)| *id == AppId::account());
        for (_, reader) in taken {
            reader.mistake(
                "reserved",
                "`account` is the account page of Vestibule itself",
                "give the application another id",
            );
        }
    }
    if let (true, Some(reader)) = (
        entries.is_empty(),
        reader.as_ref().filter(|reader| reader.is_map()),
    ) {
        reader.mistake("missing", "there is no application", "add one");
    }
    let read: BTreeMap<AppId, App> = entries
        .iter()
        .filter_map(|(id, reader)| Some((id.clone(), one(id, reader)?)))
        .collect();
    judge(&read, &entries);
    twice::tell(&read, &entries);
    doubt_names(&read, &entries, upstreams);
    (read, known)
}

/// Tells what the adapters would not take, at the key that is nearest.
fn judge(apps: &BTreeMap<AppId, App>, entries: &[(AppId, Reader<'_>)]) {
    let (mut saml, mut oidc) = (BTreeMap::new(), BTreeMap::new());
    for (id, app) in apps {
        match &app.protocol {
            AppProtocol::Oidc(app) => drop(oidc.insert(id.clone(), OidcApp::clone(app))),
            AppProtocol::Saml(app) => drop(saml.insert(id.clone(), SamlApp::clone(app))),
        }
    }
    let at = |app: &AppId, section: &str, keys: &[&str]| {
        let found = entries.iter().find(|(id, _)| id == app);
        found.map(|(_, reader)| reader.nearest(section, keys))
    };
    for fault in faults(&saml) {
        let keys: &[&str] = match fault {
            SamlFault::EntityIdTwice { .. } => &["metadata_file", "base_url", "entity_id"],
            SamlFault::NoAddress(_) => &["metadata_file", "base_url", "acs_url"],
            SamlFault::NoKey(_) => &["require_signed_requests"],
            SamlFault::AttributeTwice { .. } => &["attributes"],
            SamlFault::Lifetime(_) => &[],
        };
        if let Some(reader) = at(fault.app(), "saml", keys) {
            reader.mistake(fault.code(), fault.to_string(), fault.remedy());
        }
    }
    for fault in provider::faults(&oidc) {
        let keys: &[&str] = match fault {
            OidcFault::ClientIdTwice { .. } => &["client_id"],
            OidcFault::ClaimTwice { .. } | OidcFault::ProtocolClaim { .. } => &["claims"],
            OidcFault::NoRedirectUri(_) => &["redirect_uris", "base_url"],
            OidcFault::NoSector(_) => &["subject"],
            OidcFault::NothingToPush(_) => &["require_pushed_requests"],
        };
        if let Some(reader) = at(fault.app(), "oidc", keys) {
            reader.mistake(fault.code(), fault.to_string(), fault.remedy());
        }
    }
}

/// Tells which applications know people by a name that two upstreams may give to two of them (attack row SO-07). A mail
/// address is held against `mail_domains`, and names that are made here have the upstream in them.
fn doubt_names(apps: &BTreeMap<AppId, App>, entries: &[(AppId, Reader<'_>)], upstreams: usize) {
    if upstreams < 2 {
        return;
    }
    for (id, reader) in entries {
        let Some(app) = apps.get(id).filter(|app| !app.disabled) else {
            continue;
        };
        let (section, key, source) = match &app.protocol {
            AppProtocol::Oidc(oidc) => ("oidc", "subject", known_by(app.preset, oidc)),
            AppProtocol::Saml(saml) => {
                let is_made_here = saml.name_id.formats().all(NameIdFormat::is_made_here);
                let source = (!is_made_here).then_some(&saml.name_id.source);
                ("saml", "name_id", source)
            }
        };
        let mixed = source.filter(|source| !matches!(source, Source::Id | Source::Mail));
        if let Some(source) = mixed {
            let remedy = format!(
                "let one upstream only lead there (a rule with `upstreams` and `deny: true`), or choose `{key}: mail` together with `mail_domains`"
            );
            reader.nearest(section, &[key, "base_url"]).warn(
                "names_of_several_upstreams",
                format!(
                    "people are known there by {source}, and different upstreams may give the same one to different people"
                ),
                remedy,
            );
        }
    }
}

/// By what a relying party knows people; `None`: by a name that is made here for it alone.
fn known_by(preset: AppPreset, app: &OidcApp) -> Option<&Source> {
    match app.client.subject_type {
        // They find people by `preferred_username`, whatever `sub` is.
        _ if preset.knows_base_urls() => Some(&Source::Username),
        SubjectType::Pairwise { .. } => None,
        SubjectType::Public => Some(&app.subject),
    }
}

fn one(id: &AppId, reader: &Reader<'_>) -> Option<App> {
    let fields = reader.section(&SECTION)?;
    let label = fields.get("label").and_then(|reader| reader.text());
    let presets = AppPreset::ALL.map(|preset| (preset.name(), preset));
    let preset = fields.get("preset");
    let preset = preset.and_then(|reader| reader.one_of(&presets));
    let groups = fields.get("groups");
    let groups = groups.and_then(|reader| groups::read(&reader));
    let groups = groups.unwrap_or_default();
    let disabled = fields.get("disabled").and_then(|reader| reader.flag());
    let disabled = disabled.unwrap_or_default();
    let kind = preset.unwrap_or_default();
    let protocol = match fields.exactly_one(&["saml", "oidc"], false) {
        Some(("oidc", reader)) => oidc::read(kind, id, &reader).map(|app| {
            AppProtocol::Oidc(Box::new(OidcApp {
                disabled,
                groups,
                ..app
            }))
        }),
        Some((_, reader)) => saml::read(kind, &reader).map(|app| {
            AppProtocol::Saml(Box::new(SamlApp {
                disabled,
                groups,
                ..app
            }))
        }),
        None => None,
    };
    let single_sign_on = fields.get("single_sign_on").and_then(|reader| {
        reader.one_of(&[
            ("shared", SingleSignOn::Shared),
            ("own_factor", SingleSignOn::OwnFactor),
            ("off", SingleSignOn::Off),
        ])
    });
    let protocol = protocol?;
    Some(App {
        label: label.unwrap_or_else(|| id.to_string()),
        preset: kind,
        single_sign_on: single_sign_on.unwrap_or_else(|| protocol.usual_single_sign_on()),
        protocol,
        disabled,
    })
}
