//! Applications that ask us: `apps`.
//!
//! Does not own what a preset stands for, nor the reading of an application's metadata: the application adapters do.

mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use vestibule_core::id::AppId;
use vestibule_downstream::saml::ServiceProvider;

pub use self::source::Source;
use super::{
    file,
    reader::{Fields, Reader},
    setting::{Key, Section},
};

/// One application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// What people read on our pages.
    pub label: String,
    /// What is known about its kind.
    pub preset: AppPreset,
    /// How we speak with it.
    pub protocol: AppProtocol,
    /// It gets no answers.
    pub disabled: bool,
}

/// What is known about a kind of application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppPreset {
    /// Atlassian Cloud (Guard, formerly Access).
    AtlassianCloud,
    /// Nothing is known.
    Generic,
}

/// How we speak with an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppProtocol {
    /// SAML 2.0.
    Saml(Box<SamlApp>),
}

/// A SAML service provider. What is `None` or empty is by the preset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamlApp {
    /// Where its name and addresses come from.
    pub metadata: AppMetadata,
    /// What we sign.
    pub sign: Option<Sign>,
    /// Refuse requests that are not signed.
    pub require_signed_requests: Option<bool>,
    /// PEM files with the keys of its requests, besides those in its metadata.
    pub certificates: Vec<PathBuf>,
    /// What its NameID holds.
    pub name_id: Option<Source>,
    /// The NameID's format.
    pub name_id_format: Option<String>,
    /// The AuthnContextClassRef that a login with a second factor is told with.
    pub authn_context: Option<String>,
    /// Attributes by the name that the application knows; `None`: those of the preset.
    pub attributes: Option<BTreeMap<String, Source>>,
}

/// Where an application's name and addresses come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppMetadata {
    /// Its metadata.
    File(PathBuf),
    /// Typed by hand.
    Inline {
        /// Its entity ID.
        entity_id: String,
        /// Assertion consumer services as they were written, for they are compared byte for byte; the usual one first.
        acs_urls: Vec<String>,
    },
}

/// What we sign in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The assertion.
    Assertion,
    /// The assertion, and then the response around it.
    Both,
    /// The response.
    Response,
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
            "What the NameID holds.",
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
            "a map: name → `mail`, `display_name`, `given_name`, `family_name`, `groups`, `id`, `subject` or `attribute:<name>`",
            "by the preset",
            "Attributes that the application gets, by the name that it knows.",
        ),
    ],
};

/// All sections of this topic.
pub(super) const SECTIONS: [&Section; 2] = [&SECTION, &SAML];

/// Reads the topic; the ids are all, also those with mistakes in them.
pub(super) fn read(reader: Option<Reader<'_>>) -> (BTreeMap<AppId, App>, BTreeSet<AppId>) {
    let entries: Vec<(AppId, Reader<'_>)> = reader.as_ref().map(Reader::by_id).unwrap_or_default();
    let known: BTreeSet<AppId> = entries.iter().map(|(id, _)| id.clone()).collect();
    if let (true, Some(reader)) = (
        known.is_empty(),
        reader.as_ref().filter(|reader| reader.is_map()),
    ) {
        reader.mistake("missing", "there is no application", "add one");
    }
    let mut names = BTreeMap::new();
    let mut read = BTreeMap::new();
    for (id, reader) in entries {
        if let Some(app) = one(&id, &reader, &mut names) {
            read.insert(id, app);
        }
    }
    (read, known)
}

/// Applications by entity ID, so that a request belongs to one of them only.
type Names = BTreeMap<String, AppId>;

fn one(id: &AppId, reader: &Reader<'_>, names: &mut Names) -> Option<App> {
    let fields = reader.section(&SECTION)?;
    let label = fields.get("label").and_then(|reader| reader.text());
    let preset = fields.get("preset").and_then(|reader| {
        reader.one_of(&[
            ("atlassian-cloud", AppPreset::AtlassianCloud),
            ("generic", AppPreset::Generic),
        ])
    });
    let preset = preset.unwrap_or(AppPreset::Generic);
    let saml = fields.get("saml");
    let saml = saml.and_then(|reader| saml_app(id, preset, &reader, names));
    let disabled = fields.get("disabled").and_then(|reader| reader.flag());
    Some(App {
        label: label.unwrap_or_else(|| id.to_string()),
        preset,
        protocol: AppProtocol::Saml(Box::new(saml?)),
        disabled: disabled.unwrap_or_default(),
    })
}

fn saml_app(
    id: &AppId,
    preset: AppPreset,
    reader: &Reader<'_>,
    names: &mut Names,
) -> Option<SamlApp> {
    let fields = reader.section(&SAML)?;
    let metadata = metadata(id, preset, &fields, names);
    let certificates = fields.get("certificate_file");
    let certificates = certificates.map(|reader| reader.each_once(file::certificate_file));
    let sign = fields.get("sign").and_then(|reader| {
        reader.one_of(&[
            ("assertion", Sign::Assertion),
            ("both", Sign::Both),
            ("response", Sign::Response),
        ])
    });
    let require = fields.get("require_signed_requests");
    let text = |key| fields.get(key).and_then(|reader: Reader<'_>| reader.text());
    let app = SamlApp {
        sign,
        require_signed_requests: require.as_ref().and_then(Reader::flag),
        certificates: certificates.unwrap_or_default(),
        name_id: fields
            .get("name_id")
            .and_then(|reader| source::name_id(&reader)),
        name_id_format: text("name_id_format"),
        authn_context: text("authn_context"),
        attributes: fields
            .get("attributes")
            .map(|reader| source::attributes(&reader)),
        metadata: metadata?,
    };
    let by_hand = matches!(app.metadata, AppMetadata::Inline { .. });
    if let (Some(true), true, true, Some(reader)) = (
        app.require_signed_requests,
        app.certificates.is_empty(),
        by_hand,
        require,
    ) {
        reader.mistake(
            "missing",
            "signed requests are required, but no key is known to check them with",
            "add `certificate_file` with the application's signing certificate",
        );
    }
    Some(app)
}

fn metadata(
    id: &AppId,
    preset: AppPreset,
    fields: &Fields<'_>,
    names: &mut Names,
) -> Option<AppMetadata> {
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
        return metadata_file(id, &reader, names).map(AppMetadata::File);
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
    if let Some(name) = &entity_id {
        must_be_the_only(id, name, &entity_reader, names);
    }
    let acs_urls = acs_reader.each_once(acs_url);
    let entity_id = entity_id?;
    if preset == AppPreset::AtlassianCloud {
        check_atlassian(&entity_reader, &entity_id, &acs_urls);
    }
    Some(AppMetadata::Inline {
        entity_id,
        acs_urls,
    })
}

fn metadata_file(id: &AppId, reader: &Reader<'_>, names: &mut Names) -> Option<PathBuf> {
    let (path, content) = file::readable_file(reader)?;
    match ServiceProvider::from_metadata(&content, None) {
        Ok(described) => {
            must_be_the_only(id, &described.entity_id, reader, names);
            Some(path)
        }
        Err(error) => {
            reader.mistake(
                "bad_metadata",
                format!("{} cannot be used: {error}", path.display()),
                "give the application's SAML 2.0 metadata as it publishes it",
            );
            None
        }
    }
}

/// A request is told to an application by the entity ID in it.
fn must_be_the_only(id: &AppId, name: &str, reader: &Reader<'_>, names: &mut Names) {
    if let Some(other) = names.insert(name.into(), id.clone()) {
        reader.mistake(
            "repeated",
            format!("the application `{other}` has the same entity ID, so a request could not be told to one of them"),
            "give each application its own, or keep one of the two",
        );
    }
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

/// Atlassian's entity ID and reply address end in the same id; a slip of the hand here costs an afternoon.
fn check_atlassian(reader: &Reader<'_>, entity_id: &str, acs_urls: &[String]) {
    let Some(id) = entity_id.strip_prefix("https://auth.atlassian.com/saml/") else {
        return;
    };
    let expected = format!("https://auth.atlassian.com/login/callback?connection=saml-{id}");
    if !acs_urls.contains(&expected) {
        reader.warn(
            "atlassian_ids_differ",
            "Atlassian's entity ID and reply address usually end in the same id; these do not",
            format!("compare with Atlassian's page; `acs_url: {expected}` would match"),
        );
    }
}
