//! The result: an assertion that may be believed.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{
    Attributes, Covered, Expectation, NameId, ResponseError, conditions, envelope, statements,
    subject,
};
use crate::xml::names;

/// An assertion whose signature and every condition held at the moment of receipt.
///
/// It can only come from [`super::verify`]. It is good for one login: see [`Self::replay_id`].
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedAssertion {
    attributes: Attributes,
    authn_context: Option<String>,
    authn_instant: DateTime<Utc>,
    id: String,
    issuer: String,
    name_id: NameId,
    one_time_use: bool,
    proxy_count: Option<u32>,
    remember_until: DateTime<Utc>,
    session_index: Option<String>,
    session_not_on_or_after: Option<DateTime<Utc>>,
}

/// What identifies an assertion for ever: its issuer and its `ID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReplayId<'a> {
    /// Entity ID of the identity provider.
    pub issuer: &'a str,
    /// `ID` of the assertion.
    pub assertion_id: &'a str,
}

impl VerifiedAssertion {
    /// What the identity provider says of the person.
    #[must_use]
    pub const fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// `AuthnContextClassRef`: how the person was authenticated, as a URI (SAML core 2.7.2.2).
    #[must_use]
    pub fn authn_context(&self) -> Option<&str> {
        self.authn_context.as_deref()
    }

    /// When the person was authenticated; with an old session at the identity provider this may be hours ago.
    #[must_use]
    pub const fn authn_instant(&self) -> DateTime<Utc> {
        self.authn_instant
    }

    /// `ID` of the assertion.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Entity ID of the identity provider.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Whom the assertion is about.
    #[must_use]
    pub const fn name_id(&self) -> &NameId {
        &self.name_id
    }

    /// Whether the identity provider asks that nothing be kept (SAML core 2.5.1.5). To us every assertion is for one
    /// use.
    #[must_use]
    pub const fn one_time_use(&self) -> bool {
        self.one_time_use
    }

    /// How many more parties may build on this assertion; `None` if that is not limited (SAML core 2.5.1.6).
    #[must_use]
    pub const fn proxy_count(&self) -> Option<u32> {
        self.proxy_count
    }

    /// The key to remember, so that the assertion is not used again (SAML profiles 4.1.4.5). The caller must store it
    /// in the transaction that uses the assertion, and refuse the assertion if it is there already.
    #[must_use]
    pub fn replay_id(&self) -> ReplayId<'_> {
        ReplayId {
            issuer: &self.issuer,
            assertion_id: &self.id,
        }
    }

    /// Until when [`Self::replay_id`] must be remembered; from then on the assertion is refused for its age.
    #[must_use]
    pub const fn remember_until(&self) -> DateTime<Utc> {
        self.remember_until
    }

    /// Name of the session at the identity provider, for logout.
    #[must_use]
    pub fn session_index(&self) -> Option<&str> {
        self.session_index.as_deref()
    }

    /// When a session built on this assertion must end (SAML core 2.7.2).
    #[must_use]
    pub const fn session_not_on_or_after(&self) -> Option<DateTime<Utc>> {
        self.session_not_on_or_after
    }
}

/// Names the assertion, not the person: logs get this.
impl fmt::Debug for VerifiedAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedAssertion")
            .field("id", &self.id)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// Checks and reads an assertion that a signature covers.
pub(super) fn read(
    covered: &Covered<'_>,
    expectation: &Expectation<'_>,
) -> Result<VerifiedAssertion, ResponseError> {
    let assertion = covered.assertion();
    envelope::check_version(assertion)?;
    envelope::check_issue_instant(assertion, expectation)?;
    envelope::check_issuer(assertion.child(names::SAML, "Issuer")?, expectation)?;
    let subject = subject::read(assertion, expectation)?;
    let conditions = conditions::read(assertion, expectation)?;
    let authentication = statements::authentication(assertion, expectation)?;
    let end = conditions
        .not_on_or_after
        .map_or(subject.confirmed_until, |end| {
            end.min(subject.confirmed_until)
        });
    Ok(VerifiedAssertion {
        attributes: statements::attributes(assertion)?,
        authn_context: authentication.context,
        authn_instant: authentication.instant,
        id: assertion.required_attribute("ID")?.to_owned(),
        issuer: expectation.idp_entity_id.to_owned(),
        name_id: subject.name_id,
        one_time_use: conditions.one_time_use,
        proxy_count: conditions.proxy_count,
        remember_until: expectation.skew.after(end),
        session_index: authentication.session_index,
        session_not_on_or_after: authentication.session_not_on_or_after,
    })
}
