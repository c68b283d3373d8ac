//! Applications that ask us: `apps`.
//!
//! Does not own what a preset stands for, nor the reading of an application's metadata: the application adapters do.

mod encryption;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use vestibule_core::id::AppId;
use vestibule_downstream::saml::{
    AppPreset, AuthnContexts, NameIdRule, SamlApp, SamlFault, ServiceProvider, Sign, faults,
};

use super::{
    file,
    reader::{Fields, Reader},
    setting::{Key, Section},
};

/// One application.
#[derive(Debug, Clone)]
pub struct App {
    /// What people read on our pages.
    pub label: String,
    /// How we speak with it.
    pub protocol: AppProtocol,
    /// It gets no answers.
    pub disabled: bool,
}

/// How we speak with an application.
#[derive(Debug, Clone)]
pub enum AppProtocol {
    /// SAML 2.0: the preset's settings with the differences.
    Saml(Box<SamlApp>),
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
            "`atlassian-cloud` or `generic`",
            "generic",
            "What is known about this kind of application: NameID, attributes, what is signed.",
        ),
        Key::needed("saml", "a map", "It is a SAML 2.0 service provider."),
        Key::optional(
            "disabled",
            "`true` or `false`",
            "false",
            "Its requests are refused.",
        ),
    ],
};

/// Keys below `saml`.
pub(super) const SAML: Section = Section {
    path: "apps.<id>.saml",
    about: "A SAML 2.0 service provider: its metadata, or `entity_id` and `acs_url` by hand. `vestibule metadata` prints what it needs of us.",
    keys: &[
        Key::optional("metadata_file", "a file", "none", "The application's metadata."),
        Key::optional(
            "entity_id",
            "a text",
            "from the metadata",
            "The application's name; no two applications may have the same.",
        ),
        Key::optional(
            "acs_url",
            "one or more https addresses",
            "from the metadata",
            "Where answers go, the usual one first; compared character by character, query included.",
        )
        .danger("Whoever controls such an address receives people's identities."),
        Key::optional(
            "sign",
            "`assertion`, `response` or `both`",
            "by the preset; else `assertion`",
            "What we sign.",
        ),
        encryption::ENCRYPT,
        encryption::CERTIFICATE,
        encryption::CIPHER,
        encryption::KEY_TRANSPORT,
        Key::optional(
            "require_signed_requests",
            "`true` or `false`",
            "as its metadata says; else `false`",
            "Refuse requests that are not signed by one of the application's keys.",
        ),
        Key::optional(
            "certificate_file",
            "one or more PEM files",
            "from the metadata",
            "Certificates with the keys of its requests.",
        ),
        Key::optional(
            "name_id",
            "`mail`, `id`, `subject`, or `attribute:<name>`",
            "by the preset; else `mail`",
            "What the NameID holds. `id` is an opaque id of 40 hexadecimal digits that never changes for a person.",
        )
        .danger("The application knows people by it. A value that people can set themselves at the upstream is a way into somebody else's account."),
        Key::optional(
            "name_id_format",
            "a SAML format URN",
            "by the preset",
            "The NameID's format.",
        ),
        Key::optional(
            "authn_context",
            "a URI",
            "by the preset",
            "The AuthnContextClassRef for a login with a second factor.",
        ),
        Key::optional(
            "attributes",
            "a map: name → `mail`, `display_name`, `given_name`, `family_name`, `groups`, `id`, `subject`, `attribute:<name>` or `constant:<text>`",
            "by the preset",
            "Attributes that the application gets, by the name that it knows.",
        ),
        Key::optional(
            "danger_accept_sha1",
            "`true` or `false`",
            "false",
            "Accept SHA-1 in the signatures of its requests.",
        )
        .danger("SHA-1 is broken: a signature with it says little about who asks."),
    ],
};

/// All sections of this topic.
pub(super) const SECTIONS: [&Section; 2] = [&SECTION, &SAML];

/// Reads the topic; the ids are all, also those with mistakes in them.
pub(super) fn read(reader: Option<Reader<'_>>) -> (BTreeMap<AppId, App>, BTreeSet<AppId>) {
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
    (read, known)
}

/// Tells what the adapter would not take, at the key that is nearest.
fn judge(apps: &BTreeMap<AppId, App>, entries: &[(AppId, Reader<'_>)]) {
    let settings = apps.iter().map(|(id, app)| {
        let AppProtocol::Saml(app) = &app.protocol;
        (id.clone(), SamlApp::clone(app))
    });
    for fault in faults(&settings.collect()) {
        let keys: &[&str] = match fault {
            SamlFault::EntityIdTwice { .. } => &["metadata_file", "entity_id"],
            SamlFault::NoAddress(_) => &["metadata_file", "acs_url"],
            SamlFault::NoKey(_) => &["require_signed_requests"],
            SamlFault::AttributeTwice { .. } => &["attributes"],
            SamlFault::Lifetime(_) => &[],
        };
        if let Some((_, reader)) = entries.iter().find(|(id, _)| id == fault.app()) {
            let reader = reader.nearest("saml", keys);
            reader.mistake(fault.code(), fault.to_string(), fault.remedy());
        }
    }
}

fn one(id: &AppId, reader: &Reader<'_>) -> Option<App> {
    let fields = reader.section(&SECTION)?;
    let label = fields.get("label").and_then(|reader| reader.text());
    let presets = AppPreset::ALL.map(|preset| (preset.name(), preset));
    let preset = fields.get("preset");
    let preset = preset.and_then(|reader| reader.one_of(&presets));
    let saml = fields.get("saml");
    let saml = saml.and_then(|reader| saml_app(preset.unwrap_or_default(), &reader));
    let disabled = fields.get("disabled").and_then(|reader| reader.flag());
    let disabled = disabled.unwrap_or_default();
    Some(App {
        label: label.unwrap_or_else(|| id.to_string()),
        protocol: AppProtocol::Saml(Box::new(SamlApp { disabled, ..saml? })),
        disabled,
    })
}

fn saml_app(preset: AppPreset, reader: &Reader<'_>) -> Option<SamlApp> {
    let fields = reader.section(&SAML)?;
    let sp = service_provider(preset, &fields);
    let keys = fields.get("certificate_file");
    let keys = keys.map(|reader| reader.each_once(file::verifying_keys));
    let sign = fields.get("sign").and_then(|reader| {
        reader.one_of(&[
            ("assertion", Sign::Assertion),
            ("both", Sign::Both),
            ("response", Sign::Response),
        ])
    });
    let require = fields.get("require_signed_requests");
    let require = require.and_then(|reader| reader.flag());
    let name_id = fields.get("name_id");
    let name_id = name_id.and_then(|reader| source::name_id(&reader));
    let attributes = fields.get("attributes");
    let attributes = attributes.map(|reader| source::attributes(&reader));
    let text = |key| fields.get(key).and_then(|reader: Reader<'_>| reader.text());
    let (name_id_format, authn_context) = (text("name_id_format"), text("authn_context"));
    let danger_accept_sha1 = file::accepts_sha1(&fields);
    let sp = sp?;
    let encryption = encryption::read(&fields, &sp.encryption_keys);
    let usual = preset.app(sp.with_keys(keys.unwrap_or_default().concat()));
    Some(SamlApp {
        name_id: NameIdRule {
            source: name_id.unwrap_or(usual.name_id.source),
            format: name_id_format.or(usual.name_id.format),
        },
        attributes: attributes.unwrap_or(usual.attributes),
        sign: sign.unwrap_or(usual.sign),
        encryption,
        require_signed_requests: require.unwrap_or(usual.require_signed_requests),
        danger_accept_sha1,
        authn_context: AuthnContexts {
            second_factor: authn_context.unwrap_or(usual.authn_context.second_factor),
            ..usual.authn_context
        },
        ..usual
    })
}

fn service_provider(preset: AppPreset, fields: &Fields<'_>) -> Option<ServiceProvider> {
    let entity_id = fields.get("entity_id");
    let acs_urls = fields.get("acs_url");
    if let Some(reader) = fields.get("metadata_file") {
        for extra in [entity_id, acs_urls].into_iter().flatten() {
            extra.mistake(
                "not_together",
                "`metadata_file` says this already",
                "keep the one or the other",
            );
        }
        return described(&reader);
    }
    let (Some(entity_reader), Some(acs_reader)) = (entity_id, acs_urls) else {
        fields.whole().mistake(
            "missing",
            "nothing says who this application is",
            "add `entity_id` and `acs_url`, or `metadata_file`",
        );
        return None;
    };
    let entity_id = entity_reader.text();
    let acs_urls = acs_reader.each_once(acs_url);
    if acs_urls.is_empty() {
        // What is wrong with the addresses is told already.
        return None;
    }
    let sp = ServiceProvider::typed(entity_id?, acs_urls);
    // An address with a mistake in it may be the one that is missed.
    let is_complete = sp.services.len() == acs_reader.one_or_many().len();
    if let Some(doubt) = preset.doubts(&sp).filter(|_| is_complete) {
        entity_reader.warn(doubt.code, doubt.reason, doubt.remedy);
    }
    Some(sp)
}

fn described(reader: &Reader<'_>) -> Option<ServiceProvider> {
    let (path, content) = file::readable_file(reader)?;
    ServiceProvider::from_metadata(&content, None)
        .map_err(|error| {
            reader.mistake(
                "bad_metadata",
                format!("{} cannot be used: {error}", path.display()),
                "give the application's SAML 2.0 metadata as it publishes it",
            );
        })
        .ok()
}

fn acs_url(reader: &Reader<'_>) -> Option<String> {
    if reader.url()?.fragment().is_some() {
        reader.mistake(
            "bad_url",
            "a reply address has no fragment",
            "remove what begins with `#`",
        );
        return None;
    }
    reader.text()
}
