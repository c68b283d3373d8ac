//! A SAML service provider: `apps.<id>.saml`.
//!
//! Does not own what a preset stands for, nor the reading of an application's metadata: the adapter does.

use vestibule_downstream::{
    preset::AppPreset,
    saml::{AuthnContexts, MetadataAddress, NameIdRule, SamlApp, ServiceProvider, Sign},
};

use super::{attribute, encryption, name_id, relay_state, start};
use crate::config::{
    duration, file,
    reader::{Fields, Reader},
    setting::{Key, Section},
};

/// Keys below `saml`.
pub(super) const SECTION: Section = Section {
    path: "apps.<id>.saml",
    about: "A SAML 2.0 service provider: its metadata, or `entity_id` and `acs_url` by hand, or only `base_url` where the preset knows the rest. `vestibule metadata` prints what it needs of us.",
    keys: &[
        Key::optional("metadata_file", "a file", "none", "The application's metadata."),
        Key::optional(
            "metadata_url",
            "an https address",
            "none",
            "Where the application publishes its metadata; it is read at the start and again from time to time, and what was read last is kept. `entity_id` is needed beside it.",
        )
        .danger("Whoever controls this address decides where people's identities go. An address for answers at a site that was not there at the start is not used before a restart, unless `metadata_signed_by` vouches for it."),
        Key::optional(
            "metadata_signed_by",
            "one or more PEM files",
            "none: the metadata is believed for the way it came",
            "Certificates of which one must have signed what stands at `metadata_url`.",
        ),
        Key::optional(
            "base_url",
            "an https address",
            "none",
            "For the presets of Data Center: the base URL as the application itself shows it. Entity ID and reply address follow from it.",
        )
        .danger("Whoever controls this address receives people's identities."),
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
        name_id::NAME_ID,
        name_id::FORMAT,
        Key::optional(
            "authn_context",
            "a URI",
            "by the preset",
            "The AuthnContextClassRef for a login with a second factor.",
        ),
        Key::optional(
            "password_authn_context",
            "a URI",
            "`urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport`",
            "The AuthnContextClassRef for a login by the word of the upstream alone. A request may ask for the two by these names, and be compared with them.",
        ),
        Key::optional(
            "session_lifetime",
            "a duration, such as `8h` or `30m`",
            "none: the application decides",
            "How long a session there may last that is built on an answer (`SessionNotOnOrAfter`), from one minute to 30 days. Not every application keeps to it.",
        ),
        attribute::KEY,
        start::KEY,
        relay_state::KEY,
        Key::optional(
            "slo_url",
            "an https address",
            "from the metadata",
            "Where it takes logout messages, by HTTP-Redirect. Without one it is not told when people sign out; its own requests must be signed in any case.",
        )
        .danger("Browsers of people who sign out are led there, with the name that the application knows them by."),
        Key::optional(
            "danger_accept_sha1",
            "`true` or `false`",
            "false",
            "Accept SHA-1 in the signatures of its requests.",
        )
        .danger("SHA-1 is broken: a signature with it says little about who asks."),
    ],
};

/// Shortest and longest session, in seconds.
const SESSION: std::ops::RangeInclusive<i64> = 60..=30 * 24 * 3600;

/// Reads the section.
pub(super) fn read(preset: AppPreset, reader: &Reader<'_>) -> Option<SamlApp> {
    let fields = reader.section(&SECTION)?;
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
    let name_id = name_id::read(&fields);
    let attributes = fields.get(attribute::KEY.name);
    let attributes = attributes.map(|reader| attribute::read(&reader));
    let text = |key| fields.get(key).and_then(|reader: Reader<'_>| reader.text());
    let (second_factor, plain) = (text("authn_context"), text("password_authn_context"));
    let session_lifetime = fields.get("session_lifetime");
    let session_lifetime = session_lifetime.and_then(|reader| duration::read(&reader, SESSION));
    let metadata = metadata(&fields);
    let idp_initiated = fields.get(start::KEY.name);
    let idp_initiated = idp_initiated.and_then(|reader| start::read(&reader));
    let relay_state_sites = fields.get(relay_state::KEY.name);
    let relay_state_sites = relay_state_sites.map(|reader| relay_state::read(&reader));
    let danger_accept_sha1 = file::accepts_sha1(&fields);
    let slo_url = fields.get("slo_url").and_then(|reader| logout_url(&reader));
    let sp = match slo_url {
        Some(address) => sp?.with_logout_at(address),
        None => sp?,
    };
    let encryption = encryption::read(&fields, &sp.encryption_keys);
    let usual = preset.app(sp.with_keys(keys.unwrap_or_default().concat()));
    let (format, others) = name_id
        .formats
        .unwrap_or((usual.name_id.usual, usual.name_id.others));
    Some(SamlApp {
        name_id: NameIdRule {
            source: name_id.source.unwrap_or(usual.name_id.source),
            usual: format,
            others,
        },
        attributes: attributes.unwrap_or(usual.attributes),
        sign: sign.unwrap_or(usual.sign),
        encryption,
        require_signed_requests: require.unwrap_or(usual.require_signed_requests),
        danger_accept_sha1,
        authn_context: AuthnContexts {
            plain: plain.unwrap_or(usual.authn_context.plain),
            second_factor: second_factor.unwrap_or(usual.authn_context.second_factor),
        },
        session_lifetime,
        idp_initiated,
        relay_state_sites,
        metadata,
        ..usual
    })
}

/// Taken as it was typed: it is the destination of our messages.
fn logout_url(reader: &Reader<'_>) -> Option<String> {
    if reader.url()?.fragment().is_some() {
        reader.mistake(
            "bad_url",
            "an address for logout messages has no fragment",
            "remove what begins with `#`",
        );
        return None;
    }
    reader.text()
}

fn service_provider(preset: AppPreset, fields: &Fields<'_>) -> Option<ServiceProvider> {
    let typed = ["entity_id", "acs_url"].map(|key| fields.get(key));
    match fields.exactly_one(&["metadata_file", "metadata_url", "base_url"], true) {
        // The rest of it is read where it stands.
        Some(("metadata_url", reader)) => distant(&reader, typed),
        Some((key, reader)) => {
            for extra in typed.into_iter().flatten() {
                extra.mistake(
                    "not_together",
                    format!("`{key}` says this already"),
                    "keep the one or the other",
                );
            }
            match key {
                "base_url" => at_base(preset, &reader),
                _ => described(&reader),
            }
        }
        None => by_hand(preset, fields, typed),
    }
}

/// Where it describes itself. What is wrong with the address is told where it is read as the one way of several.
fn metadata(fields: &Fields<'_>) -> Option<MetadataAddress> {
    let address = fields.get("metadata_url");
    let signed_by = fields.get("metadata_signed_by");
    let Some(address) = address else {
        if let Some(reader) = signed_by {
            reader.mistake(
                "not_together",
                "there is no `metadata_url` whose metadata could be signed",
                "remove this, or add `metadata_url`",
            );
        }
        return None;
    };
    let keys = signed_by.map(|reader| reader.each_once(file::verifying_keys));
    Some(MetadataAddress {
        url: address.url()?,
        signed_by: keys.unwrap_or_default().concat(),
    })
}

/// Of one that describes itself elsewhere only the name is known, so that no description can take another one's place.
fn distant(
    reader: &Reader<'_>,
    [entity_id, acs_urls]: [Option<Reader<'_>>; 2],
) -> Option<ServiceProvider> {
    if let Some(extra) = acs_urls {
        extra.mistake(
            "not_together",
            "`metadata_url` says this already",
            "keep the one or the other",
        );
    }
    let Some(entity_id) = entity_id else {
        reader.mistake(
            "missing",
            "nothing says which application is described there",
            "add `entity_id`, as its metadata has it",
        );
        return None;
    };
    Some(ServiceProvider::typed(entity_id.text()?, [""; 0]))
}

fn by_hand(
    preset: AppPreset,
    fields: &Fields<'_>,
    [entity_id, acs_urls]: [Option<Reader<'_>>; 2],
) -> Option<ServiceProvider> {
    let (Some(entity_reader), Some(acs_reader)) = (entity_id, acs_urls) else {
        let remedy = if preset.knows_base_urls() {
            "add `base_url` with the base URL that the application shows"
        } else {
            "add `entity_id` and `acs_url`, or `metadata_file`"
        };
        fields
            .whole()
            .mistake("missing", "nothing says who this application is", remedy);
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

fn at_base(preset: AppPreset, reader: &Reader<'_>) -> Option<ServiceProvider> {
    let url = reader.url()?;
    if url.query().is_some() || url.fragment().is_some() {
        reader.mistake(
            "bad_url",
            "a base URL has neither a query nor a fragment",
            "write it as the application shows it below its general settings",
        );
        return None;
    }
    let base = reader.text()?;
    let sp = preset.at_base_url(&base);
    if sp.is_none() {
        reader.mistake(
            "not_together",
            format!("the preset `{preset}` does not say what belongs to a base URL"),
            "use one of the presets of Data Center, or write `entity_id` and `acs_url`",
        );
    }
    sp
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
