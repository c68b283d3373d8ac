//! The assertion: whom we vouch for, towards whom, how long (SAML core 2.3.3).
//!
//! Owns: the elements of the assertion, in the order of the schema, and the bounds of its life.
//! Does not own: the names and values that go into it.

use chrono::{DateTime, TimeDelta, Utc};

use super::{IssueError, Reply, not_empty, saml};
use crate::{instant, response, xml::write::Element};

/// The longest that an assertion may live after it was issued, and the usual lifetime (attack SO-14).
pub const MAX_LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// How far `NotBefore` lies before the moment of issue, for applications whose clock is behind ours.
pub const NOT_BEFORE_TOLERANCE: TimeDelta = TimeDelta::seconds(60);

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// What is said about a person.
#[derive(Clone, Debug)]
pub struct Assertion<'a> {
    /// A fresh ID for the assertion, an `NCName` of at least 128 bit of randomness and nothing else.
    pub id: &'a str,
    /// Entity ID of the application.
    pub audience: &'a str,
    /// Who the person is.
    pub name_id: NameId<'a>,
    /// What else the application is told; each name once, with all its values.
    pub attributes: &'a [Attribute],
    /// How the person was authenticated, as a URI: what truly happened.
    pub authn_context: &'a str,
    /// When the person was authenticated.
    pub authn_instant: DateTime<Utc>,
    /// Name of our session, for logout; it must not be the handle of that session.
    pub session_index: Option<&'a str>,
    /// How long the assertion may be used, at most [`MAX_LIFETIME`].
    pub lifetime: TimeDelta,
    /// When a session that is built on it must end.
    pub session_not_on_or_after: Option<DateTime<Utc>>,
}

/// The name of a person towards one application (SAML core 2.2.3).
#[derive(Clone, Copy, Debug)]
pub struct NameId<'a> {
    /// The name.
    pub value: &'a str,
    /// Its format, as a URI.
    pub format: Option<&'a str>,
    /// The domain that the name is unique in.
    pub name_qualifier: Option<&'a str>,
    /// The application that the name is for; absent or equal to the audience.
    pub sp_name_qualifier: Option<&'a str>,
}

/// One attribute with all its values (SAML core 2.7.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// What kind of name it is, as a URI.
    pub name_format: Option<String>,
    /// A name for people.
    pub friendly_name: Option<String>,
    /// Its values, in order.
    pub values: Vec<String>,
}

impl Assertion<'_> {
    pub(super) fn element(&self, reply: &Reply<'_>) -> Result<Element, IssueError> {
        let end = self.end(reply.issue_instant)?;
        Ok(saml("Assertion")
            .attribute("ID", self.id)
            .attribute("Version", "2.0")
            .attribute("IssueInstant", instant::format(reply.issue_instant))
            .child(reply.issuer_element()?)
            .child(self.subject(reply, end)?)
            .child(self.conditions(reply, end)?)
            .child(self.authn_statement()?)
            .optional_child(self.attribute_statement()?))
    }

    fn end(&self, issued: DateTime<Utc>) -> Result<DateTime<Utc>, IssueError> {
        let seconds = self.lifetime.num_seconds();
        let bounded = seconds > 0 && self.lifetime <= MAX_LIFETIME;
        let end = issued.checked_add_signed(self.lifetime).filter(|_| bounded);
        end.ok_or(IssueError::Lifetime { seconds })
    }

    /// Profiles 4.1.4.2: one bearer confirmation with recipient, end and the request, and without `NotBefore`.
    fn subject(&self, reply: &Reply<'_>, end: DateTime<Utc>) -> Result<Element, IssueError> {
        let data = saml("SubjectConfirmationData")
            .attribute("NotOnOrAfter", instant::format(end))
            .attribute("Recipient", reply.acs_url)
            .optional_attribute("InResponseTo", reply.in_response_to);
        let confirmation = saml("SubjectConfirmation")
            .attribute("Method", BEARER)
            .child(data);
        Ok(saml("Subject")
            .child(self.name_id.element()?)
            .child(confirmation))
    }

    /// One restriction with one audience: some applications compare only the first of several.
    fn conditions(&self, reply: &Reply<'_>, end: DateTime<Utc>) -> Result<Element, IssueError> {
        let begin = reply
            .issue_instant
            .checked_sub_signed(NOT_BEFORE_TOLERANCE)
            .unwrap_or(reply.issue_instant);
        let audience = saml("Audience").text(not_empty(self.audience, "audience")?);
        Ok(saml("Conditions")
            .attribute("NotBefore", instant::format(begin))
            .attribute("NotOnOrAfter", instant::format(end))
            .child(saml("AudienceRestriction").child(audience)))
    }

    fn authn_statement(&self) -> Result<Element, IssueError> {
        let class =
            saml("AuthnContextClassRef").text(not_empty(self.authn_context, "authn_context")?);
        Ok(saml("AuthnStatement")
            .attribute("AuthnInstant", instant::format(self.authn_instant))
            .optional_attribute("SessionIndex", self.session_index)
            .optional_attribute(
                "SessionNotOnOrAfter",
                self.session_not_on_or_after.map(instant::format),
            )
            .child(saml("AuthnContext").child(class)))
    }

    fn attribute_statement(&self) -> Result<Option<Element>, IssueError> {
        let mut statement = saml("AttributeStatement");
        for (position, attribute) in self.attributes.iter().enumerate() {
            if self
                .attributes
                .iter()
                .take(position)
                .any(|other| other.name == attribute.name)
            {
                return Err(IssueError::AttributeRepeated(attribute.name.clone()));
            }
            statement = statement.child(attribute.element()?);
        }
        Ok((!self.attributes.is_empty()).then_some(statement))
    }
}

/// The name that an identity provider gave, as it goes back to it in a logout.
impl<'a> From<&'a response::NameId> for NameId<'a> {
    fn from(given: &'a response::NameId) -> Self {
        Self {
            value: &given.value,
            format: Some(&given.format),
            name_qualifier: given.name_qualifier.as_deref(),
            sp_name_qualifier: given.sp_name_qualifier.as_deref(),
        }
    }
}

impl NameId<'_> {
    pub(crate) fn element(&self) -> Result<Element, IssueError> {
        Ok(saml("NameID")
            .optional_attribute("NameQualifier", self.name_qualifier)
            .optional_attribute("SPNameQualifier", self.sp_name_qualifier)
            .optional_attribute("Format", self.format)
            .text(not_empty(self.value, "name_id")?))
    }
}

impl Attribute {
    fn element(&self) -> Result<Element, IssueError> {
        Ok(saml("Attribute")
            .attribute("Name", not_empty(&self.name, "an attribute's name")?)
            .optional_attribute("NameFormat", self.name_format.as_deref())
            .optional_attribute("FriendlyName", self.friendly_name.as_deref())
            .children(
                self.values
                    .iter()
                    .map(|value| saml("AttributeValue").text(value.as_str())),
            ))
    }
}
