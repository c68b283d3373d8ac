//! A SAML identity provider that we ask: `upstreams.<id>.saml`.

use std::{path::PathBuf, time::Duration};

use url::Url;

use crate::config::{
    file,
    reader::{Fields, Reader},
    setting::{Key, Section},
};

/// A SAML identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamlUpstream {
    /// Where its name, address and certificates come from.
    pub metadata: Metadata,
    /// Which of the identity providers in the metadata is meant, where it holds several. Not our own name.
    pub entity_id: Option<String>,
    /// Sign our requests; `None`: as the preset and its metadata want it.
    pub sign_requests: Option<bool>,
    /// How our request goes there; `None`: as its metadata offers it.
    pub binding: Option<RequestBinding>,
    /// The NameID format that we ask for; `None`: by the preset.
    pub name_id_format: Option<String>,
    /// AuthnContextClassRefs that we ask for; empty: none.
    pub authn_context: Vec<String>,
    /// How far its clock may differ.
    pub clock_skew: Duration,
}

/// Where a SAML identity provider's name, address and certificates come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Metadata {
    /// A file that somebody renews.
    File(PathBuf),
    /// Typed by hand.
    Inline {
        /// Its entity ID.
        entity_id: String,
        /// Its single sign-on service.
        sso_url: Url,
        /// PEM files, all of which are tried (rollover).
        certificates: Vec<PathBuf>,
    },
    /// An address that is asked from time to time.
    Url(Url),
}

/// How our request goes to a SAML identity provider (SAML bindings 3.4, 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestBinding {
    /// HTTP-POST.
    Post,
    /// HTTP-Redirect.
    Redirect,
}

/// Keys of this section.
pub(super) const SECTION: Section = Section {
    path: "upstreams.<id>.saml",
    about: "A SAML 2.0 identity provider. Either its metadata, from a file or an address, or `entity_id`, `sso_url` and `certificate_file` by hand. Ours for it is at `<public_url>/upstream/<id>/saml/metadata`.",
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
            "AuthnContextClassRefs that we ask for, compared `exact`.",
        )
        .danger("Many providers refuse the login when they cannot meet it, Entra ID even when the person is logged in already."),
        Key::optional(
            "clock_skew",
            "seconds, 0 to 120",
            "60",
            "How far its clock may differ from ours.",
        )
        .danger("Old answers are accepted this much longer."),
    ],
};

/// How far a clock may differ when nothing is said.
pub(super) const SKEW: Duration = Duration::from_secs(60);

/// Reads the section.
pub(super) fn read(reader: &Reader<'_>) -> Option<SamlUpstream> {
    let fields = reader.section(&SECTION)?;
    let entity_id = fields.get("entity_id").and_then(|reader| reader.text());
    let metadata = metadata(&fields, entity_id.as_deref());
    let sign_requests = fields.get("sign_requests");
    let binding = fields.get("binding");
    let name_id_format = fields.get("name_id_format");
    let authn_context = fields.get("authn_context");
    let clock_skew = skew(&fields);
    let metadata = metadata?;
    let by_hand = matches!(metadata, Metadata::Inline { .. });
    Some(SamlUpstream {
        metadata,
        entity_id: entity_id.filter(|_| !by_hand),
        sign_requests: sign_requests.and_then(|reader| reader.flag()),
        binding: binding.and_then(|reader| {
            reader.one_of(&[
                ("redirect", RequestBinding::Redirect),
                ("post", RequestBinding::Post),
            ])
        }),
        name_id_format: name_id_format.and_then(|reader| reader.text()),
        authn_context: authn_context
            .map(|reader| reader.texts())
            .unwrap_or_default(),
        clock_skew,
    })
}

/// `clock_skew`, which both protocols have.
pub(super) fn skew(fields: &Fields<'_>) -> Duration {
    let seconds = fields
        .get("clock_skew")
        .and_then(|reader| reader.number(0_u64, 120));
    seconds.map_or(SKEW, Duration::from_secs)
}

fn metadata(fields: &Fields<'_>, entity_id: Option<&str>) -> Option<Metadata> {
    let chosen = fields.exactly_one(&["metadata_file", "metadata_url"], true);
    let by_hand = ["sso_url", "certificate_file"].map(|key| fields.get(key));
    let Some((key, reader)) = chosen else {
        return inline(fields, entity_id, by_hand);
    };
    for extra in by_hand.into_iter().flatten() {
        extra.mistake(
            "not_together",
            format!("`{key}` says this already"),
            format!("keep `{key}` and remove this, or the other way round"),
        );
    }
    if key == "metadata_url" {
        return reader.url().map(Metadata::Url);
    }
    let (path, content) = file::readable_file(&reader)?;
    if !content.contains(&b'<') {
        reader.mistake(
            "not_metadata",
            format!("{} holds no XML", path.display()),
            "give the file that the provider calls `FederationMetadata.xml` or `idp-metadata.xml`",
        );
        return None;
    }
    Some(Metadata::File(path))
}

fn inline(
    fields: &Fields<'_>,
    entity_id: Option<&str>,
    [sso_url, certificates]: [Option<Reader<'_>>; 2],
) -> Option<Metadata> {
    let (Some(entity_id), Some(sso_url), Some(certificates)) = (entity_id, sso_url, certificates)
    else {
        fields.whole().mistake(
            "missing",
            "nothing says who this provider is",
            "add `metadata_url` or `metadata_file`; or all of `entity_id`, `sso_url` and `certificate_file`",
        );
        return None;
    };
    let certificates = certificates.each_once(file::certificate_file);
    Some(Metadata::Inline {
        entity_id: entity_id.into(),
        sso_url: sso_url.url()?,
        certificates,
    })
}
