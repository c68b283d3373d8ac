//! Identity providers that we ask: `upstreams`.
//!
//! Owns what all upstreams share: label, preset, mapping, and the choice of a protocol. Each protocol has a file of its
//! own. Does not own what a preset stands for: the upstream adapters do.

mod encryption;
mod groups;
mod local;
mod mapping;
mod oidc;
mod saml;
mod second_factor;

use std::collections::{BTreeMap, BTreeSet};

use vestibule_core::{id::UpstreamId, identity::Mapping, logout::Onward, policy::Belief};
use vestibule_upstream::preset::{self, Preset};

pub use self::{
    encryption::Decrypting,
    local::LocalPerson,
    oidc::{ClientAuthentication, OidcUpstream},
    saml::SamlUpstream,
};
use super::{
    mail_domain,
    reader::Reader,
    setting::{Key, Section},
};

/// One identity provider.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// What people read on the page where they choose.
    pub label: String,
    /// What is known about its kind.
    pub preset: Preset,
    /// How we speak with it.
    pub protocol: UpstreamProtocol,
    /// What its attributes mean: as its preset has it, with the differences.
    pub mapping: Mapping,
    /// Whether it is told when a person leaves.
    pub logout: Onward,
    /// What it must say to be believed about a second factor; `None`: whatever it says is not.
    pub second_factor: Option<Belief>,
    /// Nobody is sent there.
    pub disabled: bool,
}

/// How we speak with an upstream.
#[derive(Debug, Clone)]
pub enum UpstreamProtocol {
    /// We check passwords ourselves, for these people and those in the store.
    Local(BTreeMap<String, LocalPerson>),
    /// OpenID Connect.
    Oidc(Box<OidcUpstream>),
    /// SAML 2.0.
    Saml(Box<SamlUpstream>),
}

impl Upstream {
    /// Is it believed about every group? What an administrator writes here about local people is.
    fn speaks_of_any_group(&self) -> bool {
        !self.disabled
            && !matches!(self.protocol, UpstreamProtocol::Local(_))
            && !self.mapping.groups.is_empty()
            && self.mapping.group_bounds.is_any()
    }
}

impl UpstreamProtocol {
    /// Its name, as in the configuration.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Local(_) => "local",
            Self::Oidc(_) => "oidc",
            Self::Saml(_) => "saml",
        }
    }
}

/// The key of this topic, at the top of the file.
pub(super) const KEY: Key = Key::needed(
    "upstreams",
    "a map: id → upstream",
    "Identity providers that Vestibule asks for the first factor. The id is part of addresses and of each person's key.",
)
.danger("Changing an id makes new people of everybody who came through it: their factors stay with the old id.");

/// Keys of one upstream.
pub(super) const SECTION: Section = Section {
    path: "upstreams.<id>",
    about: "One identity provider. Exactly one of `saml`, `oidc` and `local` says how Vestibule speaks with it.",
    keys: &[
        Key::optional(
            "label",
            "a text",
            "the id",
            "What people read where they choose an identity provider.",
        ),
        Key::optional(
            "preset",
            "`adfs`, `auth0`, `entra`, `generic`, `keycloak`, `okta` or `shibboleth`",
            "generic",
            "What is known about this kind of identity provider: names of attributes, habits.",
        ),
        Key::optional("saml", "a map", "none", "Speak SAML 2.0."),
        Key::optional("oidc", "a map", "none", "Speak OpenID Connect."),
        Key::optional(
            "local",
            "a map",
            "none",
            "Check passwords here: for trials, break-glass accounts, and people without an identity provider.",
        ),
        Key::optional(
            "mapping",
            "a map",
            "by the preset",
            "Which attributes hold what, where it differs from the preset.",
        ),
        Key::optional(
            "mail_domains",
            "a list of mail domains",
            "any",
            "The domains that this upstream may speak for. A mail address of another one is refused.",
        )
        .danger("Applications find accounts by mail address. Without it, whoever administers this upstream can log in as anybody of any other one."),
        Key::optional(
            "groups",
            "a map",
            "any",
            "The groups that this upstream may speak of. Others count nowhere.",
        )
        .danger("Rules and applications know people by groups. Without it, whoever administers this upstream can put anybody into every group that a rule names."),
        Key::optional(
            "logout",
            "`none`, `offered` or `always`",
            "offered",
            "Whether a logout here goes on to its own session: never, if the person presses the button on the last page, or in each logout.",
        )
        .danger("`none`: whoever uses the browser next comes in again without a password. `always`: the person is signed out of all that hangs on that session, also of what they opened elsewhere."),
        Key::optional(
            "second_factor",
            "a map",
            "none: whatever it says of a second factor counts nowhere",
            "What it must say to be believed when it says that somebody passed a second factor there. It counts by rules with `accept_upstream`.",
        )
        .danger("Whoever administers this upstream, or can make it say so, passes the second door."),
        Key::optional(
            "disabled",
            "`true` or `false`",
            "false",
            "Nobody is sent there, and its answers are refused.",
        ),
    ],
};

/// All sections of this topic.
pub(super) const SECTIONS: [&Section; 8] = [
    &SECTION,
    &saml::SECTION,
    &oidc::SECTION,
    &local::SECTION,
    &local::PERSON,
    &mapping::SECTION,
    &groups::SECTION,
    &second_factor::SECTION,
];

/// What other topics may name.
#[derive(Debug, Clone, Default)]
pub(super) struct Ids {
    /// All, also those with mistakes in them, so that a reference to them is not a second mistake.
    pub(super) known: BTreeSet<UpstreamId>,
    /// Those of them that are disabled.
    pub(super) disabled: BTreeSet<UpstreamId>,
    /// Those of the others that may say of anybody that they are in any group.
    pub(super) of_any_group: BTreeSet<UpstreamId>,
    /// Those that are not disabled, and are believed about a second factor; also those where a mistake stands in that.
    pub(super) with_second_factor: BTreeSet<UpstreamId>,
}

impl Ids {
    /// Those that people can be sent to.
    pub(super) fn enabled(&self) -> Vec<UpstreamId> {
        self.known.difference(&self.disabled).cloned().collect()
    }
}

/// Reads the topic.
pub(super) fn read(reader: Option<Reader<'_>>) -> (BTreeMap<UpstreamId, Upstream>, Ids) {
    let entries: Vec<(UpstreamId, Reader<'_>)> =
        reader.as_ref().map(Reader::by_id).unwrap_or_default();
    let known: BTreeSet<UpstreamId> = entries.iter().map(|(id, _)| id.clone()).collect();
    if let (true, Some(reader)) = (
        known.is_empty(),
        reader.as_ref().filter(|reader| reader.is_map()),
    ) {
        reader.mistake(
            "missing",
            "there is no upstream",
            "add one; `local: {}` is enough for a trial",
        );
    }
    let read: BTreeMap<UpstreamId, Upstream> = entries
        .iter()
        .filter_map(|(id, reader)| Some((id.clone(), one(id, reader)?)))
        .collect();
    if let Some(reader) = &reader {
        warn_of_strangers(reader, &read);
    }
    let those = |which: fn(&Upstream) -> bool| {
        let found = read.iter().filter(|(_, upstream)| which(upstream));
        found.map(|(id, _)| id.clone()).collect()
    };
    let disabled: BTreeSet<UpstreamId> = those(|upstream| upstream.disabled);
    let with_second_factor = entries
        .iter()
        .filter(|(id, reader)| !disabled.contains(id) && reader.child("second_factor").is_some())
        .map(|(id, _)| id.clone())
        .collect();
    let ids = Ids {
        disabled,
        of_any_group: those(Upstream::speaks_of_any_group),
        with_second_factor,
        known,
    };
    if let (false, true, Some(reader)) = (ids.known.is_empty(), ids.enabled().is_empty(), &reader) {
        reader.warn(
            "all_disabled",
            "every upstream is disabled, so nobody can log in",
            "enable one",
        );
    }
    (read, ids)
}

/// Where several upstreams give mail addresses, each could give those of another (attack row SO-07).
fn warn_of_strangers(reader: &Reader<'_>, read: &BTreeMap<UpstreamId, Upstream>) {
    let enabled = || read.iter().filter(|(_, upstream)| !upstream.disabled);
    let unbound = |upstream: &Upstream| {
        upstream.mapping.mail_domains.is_empty()
            && !matches!(upstream.protocol, UpstreamProtocol::Local(_))
    };
    if enabled().count() < 2 {
        return;
    }
    for (id, _) in enabled().filter(|(_, upstream)| unbound(upstream)) {
        reader.warn(
            "mail_of_any_domain",
            format!("`{id}` is believed about every mail address, those of people of the other upstreams too"),
            "name its domains: `mail_domains: [acme.example]`",
        );
    }
}

fn one(id: &UpstreamId, reader: &Reader<'_>) -> Option<Upstream> {
    let fields = reader.section(&SECTION)?;
    let label = fields.get("label").and_then(|reader| reader.text());
    let preset = fields.get("preset");
    let presets = Preset::ALL.map(|preset| (preset.name(), preset));
    let preset = preset.and_then(|reader| reader.one_of(&presets));
    let preset = preset.unwrap_or_default();
    let mapping = fields.get("mapping");
    let mapping = mapping.and_then(|reader| mapping::read(&reader));
    let mail_domains = fields.get("mail_domains");
    let mail_domains = mail_domains.map(|reader| reader.each_once(mail_domain::read));
    let groups = fields.get("groups");
    let group_bounds = groups.map(|reader| groups::read(&reader));
    let logout = fields.get("logout");
    let second_factor = fields.get("second_factor");
    let disabled = fields.get("disabled").and_then(|reader| reader.flag());
    let protocol = fields.exactly_one(&["saml", "oidc", "local"], false);
    let protocol = protocol.and_then(|(name, reader)| match name {
        "saml" => saml::read(&reader).map(|saml| UpstreamProtocol::Saml(Box::new(saml))),
        "oidc" => oidc::read(&reader).map(|oidc| UpstreamProtocol::Oidc(Box::new(oidc))),
        _ => local::read(&reader).map(UpstreamProtocol::Local),
    });
    let protocol = protocol?;
    let onward = logout.and_then(|reader| onward(&reader, &protocol));
    let belief = second_factor.and_then(|reader| second_factor::read(&reader, &protocol));
    let usual = match &protocol {
        UpstreamProtocol::Local(_) => preset::local(),
        UpstreamProtocol::Oidc(_) => preset.oidc().mapping(),
        UpstreamProtocol::Saml(_) => preset.saml().mapping(),
    };
    Some(Upstream {
        label: label.unwrap_or_else(|| id.to_string()),
        preset,
        protocol,
        mapping: Mapping {
            mail_domains: mail_domains.unwrap_or_default().into_iter().collect(),
            // **Invariant:** bounds that could not be read are a mistake, so "any" here is what was meant.
            group_bounds: group_bounds.flatten().unwrap_or_default(),
            ..mapping.unwrap_or_default().over(usual)
        },
        logout: onward.unwrap_or_default(),
        second_factor: belief,
        disabled: disabled.unwrap_or_default(),
    })
}

/// `logout`, with a word where it asks for what cannot be.
fn onward(reader: &Reader<'_>, protocol: &UpstreamProtocol) -> Option<Onward> {
    let onward = reader.one_of(&[
        ("none", Onward::None),
        ("offered", Onward::Offered),
        ("always", Onward::Always),
    ])?;
    match (onward, protocol) {
        (Onward::Always | Onward::Offered, UpstreamProtocol::Local(_)) => reader.warn(
            "logout_of_nothing",
            "who types a password here has no session elsewhere that could end",
            "remove this",
        ),
        (Onward::Always, UpstreamProtocol::Saml(saml)) if saml.takes_logouts == Some(false) => {
            reader.warn(
                "logout_cannot_work",
                "nothing says where it takes logout messages, so each logout ends with the word that it could not be told",
                "give its metadata with a `SingleLogoutService`, or `slo_url`; or `logout: none`",
            );
        }
        _ => {}
    }
    Some(onward)
}
