//! Step 5: from what an upstream proved to the person we know.
//!
//! Owns the mapping of attributes to a [`Person`]. Does not verify anything: a [`VerifiedIdentity`] is built by an
//! upstream adapter from verified bytes only.

mod groups;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::groups::GroupBounds;
use crate::{id::UpstreamId, port::ReplayMark, request::Memo};

/// The longest value that is taken over from an upstream, in bytes.
pub const LONGEST_VALUE: usize = 1024;
/// The most groups that one person may bring.
pub const MOST_GROUPS: usize = 2000;

/// Attributes by name, each with all its values in the order received.
pub type Attributes = BTreeMap<String, Vec<String>>;

/// What an upstream said about a person, read from the bytes whose signature (or password) was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedIdentity {
    /// Who said it.
    pub upstream: UpstreamId,
    /// The upstream's own name for the person: NameID with format and qualifiers, `sub`, or user name.
    pub subject: Subject,
    /// Everything else it said.
    pub attributes: Attributes,
    /// How it says it authenticated the person: AuthnContextClassRef or `acr`.
    pub authn_context: Option<String>,
    /// Methods it names: `amr` (RFC 8176).
    pub methods: Vec<String>,
    /// When it authenticated the person.
    pub authenticated_at: Option<DateTime<Utc>>,
    /// Its session, for logout later.
    pub session: Option<String>,
    /// Ends our session too, if the upstream says so.
    pub session_ends: Option<DateTime<Utc>>,
    /// What its adapter needs to end that session later; `None` where there is nothing to end.
    #[serde(default)]
    pub for_logout: Option<Memo>,
    /// What must be consumed with this answer so that it counts once.
    pub once: Option<ReplayMark>,
}

/// An upstream's name for a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// The value, byte for byte.
    pub value: String,
    /// NameID format; `None` where the protocol has none.
    pub format: Option<String>,
    /// The name's scope: SAML's NameQualifier and SPNameQualifier, joined.
    pub qualifier: Option<String>,
}

impl Subject {
    /// A name without format or scope, as OIDC and passwords have it.
    #[must_use]
    pub fn plain(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            format: None,
            qualifier: None,
        }
    }
}

/// SAML core 8.3.8: a transient name is another one at each login, so nobody can be known by it.
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

/// What stands between a name and its scope in a person's key.
const SCOPE_MARK: &str = "@@";

/// A person's key in every store: the upstream and its stable name for the person.
///
/// Two upstreams that use the same name mean two people (attack row SI-66c).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId {
    upstream: UpstreamId,
    name: String,
}

impl PersonId {
    /// The person whom `upstream` calls `name`.
    #[must_use]
    pub fn new(upstream: UpstreamId, name: impl Into<String>) -> Self {
        Self {
            upstream,
            name: name.into(),
        }
    }

    /// Whose name it is.
    #[must_use]
    pub fn upstream(&self) -> &UpstreamId {
        &self.upstream
    }

    /// The stable name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// `upstream/name`: an upstream id holds no slash, so the first one parts them.
impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.upstream, self.name)
    }
}

impl std::str::FromStr for PersonId {
    type Err = InvalidPersonId;
    fn from_str(text: &str) -> Result<Self, InvalidPersonId> {
        let (upstream, name) = text.split_once('/').ok_or(InvalidPersonId)?;
        let upstream = UpstreamId::new(upstream).map_err(|_| InvalidPersonId)?;
        if name.is_empty() {
            Err(InvalidPersonId)
        } else {
            Ok(Self::new(upstream, name))
        }
    }
}

/// The name of a local account: what people type, made one spelling.
///
/// **Invariant:** whatever is looked up, counted or locked under a typed name goes through here, so that no second
/// spelling of one account has a tally of its own (attack row MF-24).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Username(String);

impl Username {
    /// The longest one, in bytes.
    pub const LONGEST: usize = 256;

    /// Reads what somebody typed: without spaces around it, in lower case. `None` if nothing is left, it is too long,
    /// or it holds a control character.
    #[must_use]
    pub fn typed(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > Self::LONGEST || text.chars().any(char::is_control) {
            return None;
        }
        let name = text.to_lowercase();
        (name.len() <= Self::LONGEST).then_some(Self(name))
    }

    /// The one spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is not `upstream/name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("write a person as upstream/name, for example `keycloak/alice`")]
pub struct InvalidPersonId;

/// A person, as policy and applications see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The stable key.
    pub id: PersonId,
    /// What the upstream calls them, whole.
    pub subject: Subject,
    /// The mail address that applications get.
    pub mail: Option<String>,
    /// Name for people to read.
    pub display_name: Option<String>,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// Group names that the upstream may say, exactly as received (less one leading slash where the mapping says so).
    pub groups: BTreeSet<String>,
    /// How and when the upstream authenticated them.
    pub upstream_proof: UpstreamProof,
    /// The rest of what the upstream said, for attribute templates.
    pub attributes: Attributes,
}

impl Person {
    /// What to call the person on a page: display name, else mail, else the stable name.
    #[must_use]
    pub fn label(&self) -> &str {
        self.display_name
            .as_deref()
            .or(self.mail.as_deref())
            .unwrap_or_else(|| self.id.name())
    }
}

/// What the upstream says it checked. It counts as a second factor only where a [`Belief`](crate::policy::Belief) says so
/// (invariant 7).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamProof {
    /// AuthnContextClassRef or `acr`.
    pub authn_context: Option<String>,
    /// `amr`.
    pub methods: Vec<String>,
    /// When.
    pub authenticated_at: Option<DateTime<Utc>>,
    /// What it calls its own session: SAML's SessionIndex, or `sid`. By that it tells us that the session is over.
    #[serde(default)]
    pub session: Option<String>,
    /// When its own session is over, as far as it says (SAML's SessionNotOnOrAfter). Ours ends no later.
    #[serde(default)]
    pub session_ends: Option<DateTime<Utc>>,
    /// What its adapter needs to end that session, in its own words.
    #[serde(default)]
    pub for_logout: Option<Memo>,
}

/// For the audit record: whatever it says of how and when.
impl fmt::Display for UpstreamProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let context = self.authn_context.as_deref().unwrap_or("no context");
        write!(f, "{context}; methods: {}; ", self.methods.join(", "))?;
        match self.authenticated_at {
            Some(at) => write!(f, "{}", at.to_rfc3339_opts(SecondsFormat::Secs, true)),
            None => f.write_str("no moment"),
        }
    }
}

/// Which attributes hold what. Presets fill it; an administrator overrides it per upstream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    /// Attribute with the stable name; `None`: the subject itself, which then must not be transient.
    pub id: Option<String>,
    /// Attributes that may hold the mail address, first match wins.
    pub mail: Vec<String>,
    /// Attributes that may hold the name to show, first match wins.
    pub display_name: Vec<String>,
    /// Attributes that may hold the first name, first match wins.
    pub given_name: Vec<String>,
    /// Attributes that may hold the last name, first match wins.
    pub family_name: Vec<String>,
    /// Attributes whose values are group names; all of them are gathered.
    pub groups: Vec<String>,
    /// Groups that this upstream may speak of.
    pub group_bounds: GroupBounds,
    /// Drop one leading `/` from group names, as Keycloak writes them with full path.
    pub strip_group_slash: bool,
    /// Take the subject for the mail address when no mail attribute came and the subject looks like one.
    pub subject_is_mail: bool,
    /// Domains of the mail addresses that this upstream may speak for, in lower case; none: any (attack row SO-07).
    pub mail_domains: BTreeSet<String>,
}

impl Mapping {
    /// May this upstream name people of this mail address?
    #[must_use]
    pub fn speaks_for(&self, mail: &str) -> bool {
        let domain = mail
            .rsplit_once('@')
            .map(|(_, domain)| domain.to_lowercase());
        self.mail_domains.is_empty()
            || domain.is_some_and(|domain| self.mail_domains.contains(&domain))
    }
}

/// Why no person could be made of an upstream's answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdentityError {
    /// An attribute that must have one value has several.
    #[error("attribute `{name}` has {count} different values where one is needed")]
    Ambiguous {
        /// Its name.
        name: String,
        /// How many different values came.
        count: usize,
    },
    /// The name holds the marks that join a name and its scope, in a place where it would be another person's.
    #[error(
        "the name, or its scope, holds `@@` or `!` in a place where it could be read as another person's; map `id` to another lasting attribute"
    )]
    Confusable,
    /// The mail address is of a domain that this upstream does not speak for.
    #[error("the mail address `{mail}` is in none of the domains of `mail_domains`")]
    ForeignMail {
        /// The address.
        mail: String,
    },
    /// The lasting name holds a control character: it could not be kept, shown or compared safely.
    #[error("the name of the person holds a control character")]
    Illegible,
    /// The attribute that names the person did not come.
    #[error("attribute `{name}`, which names the person, is missing or empty")]
    MissingId {
        /// Its name.
        name: String,
    },
    /// A value or the number of groups is beyond the bounds.
    #[error("`{name}` is too long or has too many values")]
    TooLarge {
        /// Which.
        name: String,
    },
    /// The subject changes at each login.
    #[error(
        "the subject is transient: it is another one at each login; map `id` to a lasting attribute"
    )]
    Transient,
}

impl IdentityError {
    /// The reason code for the audit record.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ambiguous { .. } => "identity_ambiguous",
            Self::Confusable => "identity_confusable",
            Self::ForeignMail { .. } => "mail_domain_foreign",
            Self::Illegible => "identity_illegible",
            Self::MissingId { .. } => "identity_missing_id",
            Self::TooLarge { .. } => "identity_too_large",
            Self::Transient => "identity_transient",
        }
    }
}

/// Turns a verified identity into a person.
///
/// # Errors
/// [`IdentityError`] when the person has no lasting name, a single value is ambiguous, or something is too large.
pub fn normalise(identity: &VerifiedIdentity, mapping: &Mapping) -> Result<Person, IdentityError> {
    let name = stable_name(identity, mapping)?;
    let pick = |names: &[String]| first_of(&identity.attributes, names);
    let mail = match pick(&mapping.mail)? {
        None if mapping.subject_is_mail && looks_like_mail(&identity.subject.value) => {
            Some(identity.subject.value.clone())
        }
        found => found,
    };
    if let Some(mail) = &mail {
        check_domain(mail, mapping)?;
    }
    Ok(Person {
        id: PersonId::new(identity.upstream.clone(), name),
        subject: identity.subject.clone(),
        mail,
        display_name: pick(&mapping.display_name)?,
        given_name: pick(&mapping.given_name)?,
        family_name: pick(&mapping.family_name)?,
        groups: mapping.groups(&identity.attributes)?,
        upstream_proof: UpstreamProof {
            authn_context: identity.authn_context.clone(),
            methods: identity.methods.clone(),
            authenticated_at: identity.authenticated_at,
            session: identity.session.clone(),
            session_ends: identity.session_ends,
            for_logout: identity.for_logout.clone(),
        },
        attributes: mapping.within_bounds(&identity.attributes),
    })
}

fn stable_name(identity: &VerifiedIdentity, mapping: &Mapping) -> Result<String, IdentityError> {
    let name = match &mapping.id {
        Some(attribute) => {
            single(&identity.attributes, attribute)?.ok_or_else(|| IdentityError::MissingId {
                name: attribute.clone(),
            })?
        }
        None if identity.subject.format.as_deref() == Some(TRANSIENT) => {
            return Err(IdentityError::Transient);
        }
        None => scoped(&identity.subject)?,
    };
    if name.is_empty() {
        return Err(IdentityError::MissingId {
            name: "subject".into(),
        });
    }
    if name.chars().any(char::is_control) {
        return Err(IdentityError::Illegible);
    }
    bounded("subject", name)
}

/// The scope belongs to the name: the same value in another scope is another person. What could be read as another
/// value in another scope is nobody's name: the last `@@` parts the two, and one `!` the parts of the scope.
fn scoped(subject: &Subject) -> Result<String, IdentityError> {
    let value = &subject.value;
    match &subject.qualifier {
        Some(scope) => {
            let is_clear = !scope.starts_with('@')
                && !scope.contains(SCOPE_MARK)
                && scope.matches('!').count() == 1;
            is_clear
                .then(|| format!("{value}{SCOPE_MARK}{scope}"))
                .ok_or(IdentityError::Confusable)
        }
        None => {
            let tail = value.rsplit_once(SCOPE_MARK).map(|(_, tail)| tail);
            match tail {
                Some(tail) if tail.contains('!') => Err(IdentityError::Confusable),
                _ => Ok(value.clone()),
            }
        }
    }
}

fn first_of(attributes: &Attributes, names: &[String]) -> Result<Option<String>, IdentityError> {
    for name in names {
        if let Some(value) = single(attributes, name)? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// One value, or none; never silently the first of several (attack row SI-82m).
fn single(attributes: &Attributes, name: &str) -> Result<Option<String>, IdentityError> {
    let Some(values) = attributes.get(name) else {
        return Ok(None);
    };
    let distinct: BTreeSet<&String> = values.iter().filter(|value| !value.is_empty()).collect();
    match distinct.len() {
        0 => Ok(None),
        1 => distinct
            .into_iter()
            .next()
            .map(|value| bounded(name, value.clone()))
            .transpose(),
        count => Err(IdentityError::Ambiguous {
            name: name.into(),
            count,
        }),
    }
}

fn bounded(name: &str, value: String) -> Result<String, IdentityError> {
    if value.len() > LONGEST_VALUE {
        Err(IdentityError::TooLarge { name: name.into() })
    } else {
        Ok(value)
    }
}

/// Applications find accounts by mail address, so an upstream must not name those of another.
fn check_domain(mail: &str, mapping: &Mapping) -> Result<(), IdentityError> {
    if mapping.speaks_for(mail) {
        Ok(())
    } else {
        Err(IdentityError::ForeignMail {
            mail: mail.to_owned(),
        })
    }
}

fn looks_like_mail(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.contains('@')
    })
}

#[cfg(test)]
mod tests;
