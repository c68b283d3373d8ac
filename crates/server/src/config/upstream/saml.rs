//! A SAML identity provider that we ask: `upstreams.<id>.saml`.

use vestibule_upstream::saml::{
    Comparison, MetadataPlace, MetadataSource, RequestBinding, RequestedAuthnContext, Skew,
    VerifyingKey, read_metadata,
};

use super::encryption::{self, Decrypting};
use crate::config::{
    file,
    reader::{Fields, Reader},
    setting::{Key, Section},
};

/// A SAML identity provider. What is `None` is by the adapter's own default.
#[derive(Debug, Clone)]
pub struct SamlUpstream {
    /// Where its name, address and keys come from, and what makes that believed.
    pub metadata: MetadataSource,
    /// Whether it takes logout messages, as far as that is known before it is asked.
    pub takes_logouts: Option<bool>,
    /// Sign our requests even if its metadata does not ask for it.
    pub sign_requests: bool,
    /// How our request goes there.
    pub binding: RequestBinding,
    /// The NameID format that we ask for.
    pub name_id_format: Option<String>,
    /// The authentication that we ask for.
    pub authn_context: Option<RequestedAuthnContext>,
    /// How far its clock may differ.
    pub skew: Skew,
    /// What it may encrypt for us.
    pub decrypting: Decrypting,
    /// Accept SHA-1 in its signatures.
    pub danger_accept_sha1: bool,
}

/// Keys of this section.
pub(super) const SECTION: Section = Section {
    path: "upstreams.<id>.saml",
    about: "A SAML 2.0 identity provider. Either its metadata, from a file or an address, or `entity_id`, `sso_url`, `certificate_file` and, for logouts, `slo_url` by hand. Ours for it is at `<public_url>/upstream/<id>/saml/metadata`; its logout messages go to `<public_url>/upstream/<id>/saml/slo`.",
    keys: &[
        Key::optional(
            "metadata_file",
            "a file",
            "none",
            "The provider's metadata. Certificates that it adds there are found when the file is renewed.",
        ),
        Key::optional(
            "metadata_url",
            "an https address",
            "none",
            "Where the provider publishes its metadata; it is asked again from time to time.",
        )
        .danger("Whoever controls this address decides who may log in. Use `metadata_file` where TLS alone is not enough."),
        Key::optional(
            "metadata_signed_by",
            "one or more PEM files",
            "none: the metadata is believed for the way it came",
            "Certificates of which one must have signed the metadata. New keys in it are then believed at once.",
        ),
        Key::optional(
            "entity_id",
            "a text",
            "from the metadata",
            "The provider's name. Needed without metadata, or where the metadata holds several providers.",
        ),
        Key::optional(
            "sso_url",
            "an https address",
            "from the metadata",
            "Its single sign-on service; only without metadata.",
        ),
        Key::optional(
            "slo_url",
            "an https address",
            "from the metadata",
            "Where it takes logout messages; only without metadata.",
        ),
        Key::optional(
            "certificate_file",
            "one or more PEM files",
            "from the metadata",
            "Its signing certificates; only without metadata. All of them are tried.",
        ),
        Key::optional(
            "sign_requests",
            "`true` or `false`",
            "as the metadata asks",
            "Sign our requests.",
        ),
        Key::optional(
            "binding",
            "`redirect` or `post`",
            "as the metadata offers",
            "How our request goes there.",
        ),
        Key::optional(
            "name_id_format",
            "a SAML format URN",
            "by the preset",
            "The NameID format that we ask for.",
        )
        .danger("A transient name is another one at each login: map `mapping.id` to a lasting attribute then."),
        Key::optional(
            "authn_context",
            "one or more URIs",
            "none",
            "AuthnContextClassRefs that we ask for, compared `exact`. An answer with another one is refused.",
        )
        .danger("Many providers refuse the login when they cannot meet it, Entra ID even when the person is logged in already."),
        Key::optional(
            "clock_skew",
            "seconds, 0 to 120",
            "60",
            "How far its clock may differ from ours.",
        )
        .danger("Old answers are accepted this much longer."),
        encryption::OFFER,
        encryption::KEY_FILES,
        encryption::GENERATED_KEY,
        encryption::REQUIRE_SIGNED_RESPONSE,
        encryption::ACCEPT_CBC,
        Key::optional(
            "danger_accept_sha1",
            "`true` or `false`",
            "false",
            "Accept SHA-1 in its signatures.",
        )
        .danger("SHA-1 is broken: who can make a provider sign chosen data may be able to forge an answer. For a provider that cannot do better, until it can."),
    ],
};

/// How far a clock may differ when nothing is said, in seconds.
pub(super) const SKEW: u32 = 60;

/// Reads the section.
pub(super) fn read(reader: &Reader<'_>) -> Option<SamlUpstream> {
    let fields = reader.section(&SECTION)?;
    let entity_id = fields.get("entity_id").and_then(|reader| reader.text());
    let described = metadata(&fields, entity_id);
    let sign_requests = fields.get("sign_requests");
    let binding = fields.get("binding").and_then(|reader| {
        reader.one_of(&[
            ("redirect", RequestBinding::Redirect),
            ("post", RequestBinding::Post),
        ])
    });
    let name_id_format = fields.get("name_id_format");
    let authn_context = fields.get("authn_context");
    let authn_context = authn_context.map(|reader| RequestedAuthnContext {
        comparison: Comparison::Exact,
        class_refs: reader.texts(),
    });
    let skew = Skew::capped(skew(&fields));
    let decrypting = encryption::read(&fields);
    let danger_accept_sha1 = file::accepts_sha1(&fields);
    let (metadata, takes_logouts) = described?;
    Some(SamlUpstream {
        metadata,
        takes_logouts,
        sign_requests: sign_requests
            .and_then(|reader| reader.flag())
            .unwrap_or_default(),
        binding: binding.unwrap_or_default(),
        name_id_format: name_id_format.and_then(|reader| reader.text()),
        authn_context,
        skew,
        decrypting,
        danger_accept_sha1,
    })
}

/// `clock_skew` in seconds, which both protocols have.
pub(super) fn skew(fields: &Fields<'_>) -> u32 {
    let seconds = fields.get("clock_skew");
    seconds
        .and_then(|reader| reader.number(0, 120))
        .unwrap_or(SKEW)
}

/// Where its metadata is, and whether that has an address for logouts, as far as it can be read now.
fn metadata(
    fields: &Fields<'_>,
    entity_id: Option<String>,
) -> Option<(MetadataSource, Option<bool>)> {
    let chosen = fields.exactly_one(&["metadata_file", "metadata_url"], true);
    let by_hand = ["sso_url", "certificate_file", "slo_url"].map(|key| fields.get(key));
    let signed_by = fields.get("metadata_signed_by");
    let Some((key, reader)) = chosen else {
        if let Some(reader) = signed_by {
            reader.mistake(
                "not_together",
                "there is no metadata that could be signed",
                "remove this, or add `metadata_url` or `metadata_file`",
            );
        }
        let takes_logouts = by_hand.iter().flatten().count() == by_hand.len();
        let place = inline(fields, entity_id.as_deref(), by_hand)?;
        return Some((place.into(), Some(takes_logouts)));
    };
    for extra in by_hand.into_iter().flatten() {
        extra.mistake(
            "not_together",
            format!("`{key}` says this already"),
            format!("keep `{key}` and remove this, or the other way round"),
        );
    }
    let keys = signed_by.map(|reader| reader.each_once(file::verifying_keys));
    let keys = keys.unwrap_or_default().concat();
    let (place, takes_logouts) = match key {
        "metadata_url" => (MetadataPlace::Url(reader.url()?), None),
        _ => metadata_file(&reader, entity_id.as_deref(), &keys)?,
    };
    let source = MetadataSource {
        place,
        entity_id,
        signed_by: keys,
    };
    Some((source, takes_logouts))
}

fn metadata_file(
    reader: &Reader<'_>,
    entity_id: Option<&str>,
    signed_by: &[VerifyingKey],
) -> Option<(MetadataPlace, Option<bool>)> {
    let (path, content) = file::readable_file(reader)?;
    if !content.contains(&b'<') {
        reader.mistake(
            "not_metadata",
            format!("{} holds no XML", path.display()),
            "give the file that the provider calls `FederationMetadata.xml` or `idp-metadata.xml`",
        );
        return None;
    }
    // Whether it is accepted is judged when it is read for use, and anew each time.
    let read = read_metadata(&content, entity_id, signed_by).ok();
    for key in read.iter().flat_map(|metadata| &metadata.signing_keys) {
        file::warn_of_the_end(reader, &path, key.certificate());
    }
    let takes_logouts = read.map(|metadata| !metadata.single_logout.is_empty());
    Some((MetadataPlace::File(path), takes_logouts))
}

fn inline(
    fields: &Fields<'_>,
    entity_id: Option<&str>,
    [sso_url, certificates, slo_url]: [Option<Reader<'_>>; 3],
) -> Option<MetadataPlace> {
    let (Some(entity_id), Some(sso_url), Some(certificates)) = (entity_id, sso_url, certificates)
    else {
        fields.whole().mistake(
            "missing",
            "nothing says who this provider is",
            "add `metadata_url` or `metadata_file`; or all of `entity_id`, `sso_url` and `certificate_file`",
        );
        return None;
    };
    let keys = certificates.each_once(file::verifying_keys).concat();
    let sso_url = sso_url.url()?;
    if keys.is_empty() {
        // What is wrong with the certificates is told already.
        return None;
    }
    let slo_url = match slo_url {
        Some(reader) => Some(reader.url()?),
        None => None,
    };
    MetadataPlace::typed(entity_id, &sso_url, slo_url.as_ref(), &keys)
        .map_err(|error| {
            fields.whole().mistake(
                "bad_metadata",
                format!("this provider cannot be described: {error}"),
                "compare `entity_id` and `sso_url` with what the provider tells",
            );
        })
        .ok()
}
