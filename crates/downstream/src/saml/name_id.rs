//! What an application calls people (SAML core 2.2.3 and 8.3), and what it may ask of that (3.4.1.1).
//!
//! Owns the choice of a format, and the names that are made here: pairwise and transient ones. Does not own the key that
//! pairwise names are made with, nor the wire's spelling of a NameID.
//!
//! **Invariant:** a format is never put on a value of another kind, and no application gets a name that was made for
//! another one (attack row SO-10).

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use vestibule_core::identity::Person;
use vestibule_saml::authn_request::NameIdPolicy;

use crate::told::{PairwiseKey, Source, View};

const EMAIL_ADDRESS: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

/// Where the upstream adapter puts an address that the provider does not vouch for.
const UNVERIFIED_EMAIL: &str = "unverified_email";

/// A format of a NameID (SAML core 8.3).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum NameIdFormat {
    /// A mail address (8.3.2).
    EmailAddress,
    /// An opaque name for this application alone, always the same for a person (8.3.7).
    Persistent,
    /// An opaque name for one login (8.3.8).
    Transient,
    /// Whatever the two sides have agreed on (8.3.1), such as a user name.
    Unspecified,
    /// Another one, as a URI.
    Other(String),
}

impl NameIdFormat {
    /// The URI.
    #[must_use]
    pub fn uri(&self) -> &str {
        match self {
            Self::EmailAddress => EMAIL_ADDRESS,
            Self::Persistent => PERSISTENT,
            Self::Transient => TRANSIENT,
            Self::Unspecified => UNSPECIFIED,
            Self::Other(uri) => uri,
        }
    }

    /// Is the value made here, whatever the application is configured to call people?
    #[must_use]
    pub fn is_made_here(&self) -> bool {
        matches!(self, Self::Persistent | Self::Transient)
    }
}

impl From<String> for NameIdFormat {
    fn from(uri: String) -> Self {
        match uri.as_str() {
            EMAIL_ADDRESS => Self::EmailAddress,
            PERSISTENT => Self::Persistent,
            TRANSIENT => Self::Transient,
            UNSPECIFIED => Self::Unspecified,
            _ => Self::Other(uri),
        }
    }
}

impl From<NameIdFormat> for String {
    fn from(format: NameIdFormat) -> Self {
        format.uri().to_owned()
    }
}

impl fmt::Display for NameIdFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.uri())
    }
}

/// What an application calls people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameIdRule {
    /// What the name is filled with, unless it is made here; exactly one value must come.
    pub source: Source,
    /// The format of an answer to a request that asks for none.
    pub usual: NameIdFormat,
    /// Others that a request may ask for.
    pub others: Vec<NameIdFormat>,
}

impl NameIdRule {
    /// A name of one format.
    #[must_use]
    pub fn only(source: Source, format: NameIdFormat) -> Self {
        Self {
            source,
            usual: format,
            others: Vec::new(),
        }
    }

    /// Every format that the application can have, the usual one first.
    pub fn formats(&self) -> impl Iterator<Item = &NameIdFormat> {
        std::iter::once(&self.usual).chain(&self.others)
    }

    /// The format for this policy of a request by the application `sp`.
    ///
    /// `AllowCreate` does not count: no name is stored that would have to be made first. Transient names are outside of
    /// it (SAML errata E14), and all others exist for everybody from the beginning.
    pub(super) fn choose(
        &self,
        policy: Option<&NameIdPolicy>,
        sp: &str,
    ) -> Result<&NameIdFormat, Unavailable> {
        let Some(policy) = policy else {
            return Ok(&self.usual);
        };
        if let Some(other) = policy.sp_name_qualifier.as_deref().filter(|one| *one != sp) {
            return Err(Unavailable::Namespace(other.to_owned()));
        }
        let Some(uri) = policy.format.as_deref() else {
            return Ok(&self.usual);
        };
        self.formats()
            .find(|format| format.uri() == uri)
            // SAML core 3.4.1.1: that word leaves the choice to us.
            .or_else(|| (uri == UNSPECIFIED).then_some(&self.usual))
            .ok_or_else(|| Unavailable::Format {
                wanted: uri.to_owned(),
                given: self.formats().map(ToString::to_string).collect(),
            })
    }

    /// The name of this format.
    pub(super) fn name(
        &self,
        format: &NameIdFormat,
        view: View<'_>,
        made: Made<'_>,
    ) -> Result<Name, Missing> {
        let source = match format {
            NameIdFormat::Persistent => return Ok(Name::pairwise(view.person, made)),
            NameIdFormat::Transient => return Ok(Name::plain(format, made.fresh.to_owned())),
            // A mail address that was not agreed on as the usual name is that of the person.
            NameIdFormat::EmailAddress if self.usual != *format => &Source::Mail,
            NameIdFormat::EmailAddress | NameIdFormat::Other(_) | NameIdFormat::Unspecified => {
                &self.source
            }
        };
        Ok(Name::plain(format, single(source, view)?))
    }
}

/// What names that are made here are made of.
#[derive(Clone, Copy)]
pub(super) struct Made<'a> {
    /// Pairwise ones.
    pub(super) key: &'a PairwiseKey,
    /// Our entity ID.
    pub(super) idp: &'a str,
    /// The application's entity ID.
    pub(super) sp: &'a str,
    /// A random name that was never used.
    pub(super) fresh: &'a str,
}

/// A name as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) value: String,
    pub(super) format: NameIdFormat,
    pub(super) name_qualifier: Option<String>,
    pub(super) sp_name_qualifier: Option<String>,
}

impl Name {
    fn plain(format: &NameIdFormat, value: String) -> Self {
        Self {
            value,
            format: format.clone(),
            name_qualifier: None,
            sp_name_qualifier: None,
        }
    }

    /// SAML core 8.3.7: the qualifiers say whose name it is and for whom.
    fn pairwise(person: &Person, made: Made<'_>) -> Self {
        Self {
            name_qualifier: Some(made.idp.to_owned()),
            sp_name_qualifier: Some(made.sp.to_owned()),
            ..Self::plain(
                &NameIdFormat::Persistent,
                made.key.saml_name(made.sp, &person.id),
            )
        }
    }
}

/// What a request asks of a name, and it is not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unavailable {
    Format { wanted: String, given: Vec<String> },
    Namespace(String),
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format { wanted, given } => write!(
                f,
                "its request wants a NameID of the format {wanted:?}, and it gets {}; add the format to `name_id_format`, or let the application ask for none",
                given.join(", ")
            ),
            Self::Namespace(other) => write!(
                f,
                "its request wants a name out of the namespace {other:?}, which is not its own"
            ),
        }
    }
}

/// What a person lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing {
    source: Source,
    several: bool,
}

impl Missing {
    pub(super) fn code(&self) -> &'static str {
        match (&self.source, self.several) {
            (_, true) => "name_id_ambiguous",
            (Source::Mail, _) => "mail_missing",
            _ => "name_id_missing",
        }
    }

    /// Cause and remedy, for an administrator.
    pub(super) fn told(&self, person: &Person) -> String {
        let upstream = person.id.upstream();
        if self.several {
            return format!(
                "people are known to it by {}, and upstream `{upstream}` gave several values of it for {}; choose one with a single value",
                self.source, person.id
            );
        }
        let remedy = match self.source {
            Source::Mail if person.attributes.contains_key(UNVERIFIED_EMAIL) => format!(
                "upstream `{upstream}` sent one that it does not call verified (`email_verified`): verify it there, or set `email` of that upstream"
            ),
            Source::Username => format!(
                "set `name_id: attribute:<name>` to the attribute that holds it; upstream `{upstream}` sent {}",
                listed(person)
            ),
            Source::Mail => format!(
                "map it below `upstreams.{upstream}.mapping` to the attribute that holds it, or give an account of our own one: `vestibule user set {} --mail <address>`; upstream `{upstream}` sent {}",
                person.id,
                listed(person)
            ),
            _ => format!(
                "map it below `upstreams.{upstream}.mapping` to the attribute that holds it; it sent {}",
                listed(person)
            ),
        };
        format!(
            "people are known to it by {}, and {} has none; {remedy}",
            self.source, person.id
        )
    }
}

/// Names of attributes, never their values.
fn listed(person: &Person) -> String {
    let names: Vec<_> = person
        .attributes
        .keys()
        .take(20)
        .map(String::as_str)
        .collect();
    if names.is_empty() {
        "no attributes".to_owned()
    } else {
        names.join(", ")
    }
}

/// Exactly one value.
fn single(source: &Source, view: View<'_>) -> Result<String, Missing> {
    let distinct: BTreeSet<String> = source.values(view).into_iter().collect();
    let several = distinct.len() > 1;
    match distinct.into_iter().next() {
        Some(name) if !several => Ok(name),
        _ => Err(Missing {
            source: source.clone(),
            several,
        }),
    }
}
