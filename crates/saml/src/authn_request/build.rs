//! The request that we send as a service provider.
//!
//! Owns: its elements, in the order of the schema (SAML core 3.4.1).
//! Does not own: the binding that carries it. Over HTTP-Redirect it is signed outside the XML
//! ([`crate::binding::redirect::encode`]), over HTTP-POST inside.

use chrono::{DateTime, Utc};

use super::{NameIdPolicy, RequestedAuthnContext};
use crate::{
    binding::uri::POST,
    crypto::sign::{SignError, SigningKey},
    instant,
    xml::write::{Element, Namespace, SignedXml, WriteError},
};

/// A request for an authentication.
#[derive(Clone, Debug)]
pub struct AuthnRequest<'a> {
    /// A fresh ID, an `NCName` of at least 128 bit of randomness; the answer repeats it.
    pub id: &'a str,
    /// Now.
    pub issue_instant: DateTime<Utc>,
    /// Where it goes: the address from the identity provider's metadata.
    pub destination: &'a str,
    /// Our entity ID.
    pub issuer: &'a str,
    /// Where we want the answer, by HTTP-POST.
    pub acs_url: &'a str,
    /// The person must be authenticated anew.
    pub force_authn: bool,
    /// Nobody must be asked anything.
    pub is_passive: bool,
    /// Usually `None`: AD FS fails on a format that it cannot meet exactly.
    pub name_id_policy: Option<NameIdPolicy>,
    /// Usually `None`: AD FS and Entra fail on one that they do not know.
    pub requested_authn_context: Option<RequestedAuthnContext>,
}

impl AuthnRequest<'_> {
    /// Writes the request without a signature, for HTTP-Redirect or for partners that want none.
    ///
    /// # Errors
    /// [`WriteError`] if a value cannot be written as XML.
    pub fn to_xml(&self) -> Result<String, WriteError> {
        self.element().to_xml()
    }

    /// Writes the request with a signature inside, for HTTP-POST.
    ///
    /// # Errors
    /// If a value cannot be written as XML, or signing fails.
    pub fn to_signed_xml(&self, key: &SigningKey) -> Result<SignedXml, SignError> {
        // The signature stands behind the Issuer (SAML core 3.2.1).
        key.sign_element(self.element(), 1)
    }

    fn element(&self) -> Element {
        let issuer = Element::new(Namespace::Assertion, "Issuer").text(self.issuer);
        samlp("AuthnRequest")
            .attribute("ID", self.id)
            .attribute("Version", "2.0")
            .attribute("IssueInstant", instant::format(self.issue_instant))
            .attribute("Destination", self.destination)
            .optional_attribute("ForceAuthn", self.force_authn.then_some("true"))
            .optional_attribute("IsPassive", self.is_passive.then_some("true"))
            .attribute("ProtocolBinding", POST)
            .attribute("AssertionConsumerServiceURL", self.acs_url)
            .child(issuer)
            .optional_child(self.name_id_policy.as_ref().map(name_id_policy))
            .optional_child(
                self.requested_authn_context
                    .as_ref()
                    .map(requested_authn_context),
            )
    }
}

const fn samlp(name: &'static str) -> Element {
    Element::new(Namespace::Protocol, name)
}

fn name_id_policy(policy: &NameIdPolicy) -> Element {
    samlp("NameIDPolicy")
        .optional_attribute("Format", policy.format.as_deref())
        .optional_attribute("SPNameQualifier", policy.sp_name_qualifier.as_deref())
        .optional_attribute("AllowCreate", policy.allow_create.then_some("true"))
}

fn requested_authn_context(context: &RequestedAuthnContext) -> Element {
    let classes = context.class_refs.iter().map(|class| {
        Element::new(Namespace::Assertion, "AuthnContextClassRef").text(class.as_str())
    });
    samlp("RequestedAuthnContext")
        .attribute("Comparison", context.comparison.as_str())
        .children(classes)
}
