//! A request, checked against the application that sent it.
//!
//! Owns: the checks, one function each, and the result.
//! Does not own: whether the application is enabled, or whether what it asks for can be done.

use chrono::{DateTime, Utc};

use super::{
    Comparison, NameIdPolicy, RequestError, RequestedAuthnContext,
    parse::{ParsedAuthnRequest, authn_request},
};
use crate::{
    binding::uri::POST,
    coverage::Coverage,
    crypto::VerifyingKey,
    header,
    instant::Skew,
    metadata::AssertionConsumerService,
    signature::Trust,
    xml::{Document, Element, Limits, names, read::excerpt},
};

/// More registered addresses than are worth showing to an administrator.
const SHOWN_ADDRESSES: usize = 3;

// What a request asks for is kept until its answer, and a short query inflates to a long message: each text has a bound.
/// The longest name of a person or of a namespace, in bytes: as long as an entity ID (SAML core 8.3.6). A persistent
/// name has at most 256 characters (SAML core 8.3.7).
const LONGEST_NAME: usize = 1024;
/// The longest URI of a format or of a class, in bytes. Those of published profiles stay below 100.
const LONGEST_URI: usize = 256;
/// The most classes of one `RequestedAuthnContext`.
const MOST_CLASSES: usize = 16;

/// An application, as it is registered with us.
#[derive(Clone, Debug)]
pub struct RegisteredSp<'a> {
    /// Its entity ID.
    pub entity_id: &'a str,
    /// Where answers may go.
    pub assertion_consumer_services: &'a [AssertionConsumerService],
    /// Its keys; signatures are checked whenever there are some.
    pub signing_keys: &'a [VerifyingKey],
    /// Refuse requests without a signature.
    pub require_signature: bool,
    /// Accept SHA-1, which is broken, for this application.
    pub danger_accept_sha1: bool,
}

/// Where and when a request arrived.
#[derive(Clone, Copy, Debug)]
pub struct Receiver<'a> {
    /// The address that received it.
    pub sso_url: &'a str,
    /// The moment of receipt.
    pub now: DateTime<Utc>,
    /// How far the application's clock may differ.
    pub skew: Skew,
}

/// A request that passed every check. It can only come from [`ParsedAuthnRequest::accept`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AcceptedAuthnRequest {
    /// Its `ID`, which the answer repeats.
    pub id: String,
    /// Entity ID of the application.
    pub issuer: String,
    /// Where the answer goes: one of the registered addresses.
    pub acs_url: String,
    /// When it was issued.
    pub issue_instant: DateTime<Utc>,
    /// The person must be authenticated anew.
    pub force_authn: bool,
    /// Nobody must be asked anything.
    pub is_passive: bool,
    /// What the subject shall be called; `None` leaves it to us.
    pub name_id_policy: Option<NameIdPolicy>,
    /// How the person shall be authenticated; `None` leaves it to us.
    pub requested_authn_context: Option<RequestedAuthnContext>,
    /// Whom the answer must be about, if that matters.
    pub subject: Option<RequestedSubject>,
    /// How many identity providers may be asked on the way; `Some(0)` forbids us to ask any (SAML core 3.4.1.2).
    pub proxy_count: Option<u32>,
    /// To be given back with the answer.
    pub relay_state: Option<String>,
    /// Whether a key of the application signed it.
    pub signed: bool,
}

/// The person whom an application asks for (SAML core 3.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedSubject {
    /// The name.
    pub value: String,
    /// Its format, if it is said.
    pub format: Option<String>,
}

impl ParsedAuthnRequest {
    /// Checks the request against the application that it claims to come from.
    ///
    /// If it is signed, and the application has keys, only what the signature covers is read.
    ///
    /// # Errors
    /// The first check that fails. The answer to any of them is our own page.
    pub fn accept(
        &self,
        sp: &RegisteredSp<'_>,
        receiver: &Receiver<'_>,
    ) -> Result<AcceptedAuthnRequest, RequestError> {
        let received = Document::parse(self.received.xml(), &Limits::MESSAGE)?;
        let trust = Trust {
            keys: sp.signing_keys,
            danger_accept_sha1: sp.danger_accept_sha1,
        };
        match Coverage::of::<RequestError>(&self.received, &received, trust)? {
            Coverage::Enveloped(signed) => self.check(signed.parse()?.root(), true, sp, receiver),
            Coverage::Detached => self.check(received.root(), true, sp, receiver),
            Coverage::Unsigned if sp.require_signature => Err(RequestError::SignatureMissing),
            Coverage::Unsigned => self.check(received.root(), false, sp, receiver),
        }
    }

    fn check(
        &self,
        root: Element<'_>,
        signed: bool,
        sp: &RegisteredSp<'_>,
        receiver: &Receiver<'_>,
    ) -> Result<AcceptedAuthnRequest, RequestError> {
        let request = authn_request(root)?;
        header::check_version(request)?;
        let id = header::id(request)?;
        header::check_issuer(request, sp.entity_id)?;
        check_destination(request, signed, receiver)?;
        let issue_instant = header::issue_instant(request, receiver.skew, receiver.now)?;
        check_protocol_binding(request)?;
        Ok(AcceptedAuthnRequest {
            id,
            issuer: sp.entity_id.to_owned(),
            acs_url: acs_url(request, sp)?,
            issue_instant,
            force_authn: flag(request, "ForceAuthn")?,
            is_passive: flag(request, "IsPassive")?,
            name_id_policy: name_id_policy(request)?,
            requested_authn_context: requested_authn_context(request)?,
            subject: subject(request)?,
            proxy_count: proxy_count(request)?,
            relay_state: self.received.relay_state().map(str::to_owned),
            signed,
        })
    }
}

/// SAML bindings 3.4.5.2 and 3.5.5.2: a signed message must say where it goes. Compared as text.
fn check_destination(
    request: Element<'_>,
    signed: bool,
    receiver: &Receiver<'_>,
) -> Result<(), RequestError> {
    let found = request.attribute("Destination");
    if found == Some(receiver.sso_url) || (found.is_none() && !signed) {
        return Ok(());
    }
    Err(RequestError::DestinationMismatch {
        expected: receiver.sso_url.to_owned(),
        found: found.map(excerpt),
    })
}

/// SAML core 3.4.1. We answer by HTTP-POST only; HTTP-Redirect is not allowed for answers (profiles 4.1.2).
fn check_protocol_binding(request: Element<'_>) -> Result<(), RequestError> {
    match request.attribute("ProtocolBinding") {
        None | Some(POST) => Ok(()),
        Some(other) => Err(RequestError::ProtocolBinding(excerpt(other))),
    }
}

/// The registered address that the request names, by text or by number, or the default one (SAML core 3.4.1).
fn acs_url(request: Element<'_>, sp: &RegisteredSp<'_>) -> Result<String, RequestError> {
    let services = sp.assertion_consumer_services;
    let url = request.attribute("AssertionConsumerServiceURL");
    let index = request.attribute("AssertionConsumerServiceIndex");
    let found = match (url, index) {
        (Some(_), Some(_)) => return Err(RequestError::AcsAmbiguous),
        (Some(url), None) => services
            .iter()
            .find(|service| service.location == url)
            .ok_or_else(|| unregistered(url, services)),
        (None, Some(text)) => services
            .iter()
            .find(|service| service.index.to_string() == text)
            .ok_or_else(|| RequestError::AcsIndex(excerpt(text))),
        (None, None) => {
            AssertionConsumerService::default_of(services).ok_or(RequestError::AcsMissing)
        }
    };
    found.map(|service| service.location.clone())
}

fn unregistered(url: &str, services: &[AssertionConsumerService]) -> RequestError {
    let shown = services.iter().take(SHOWN_ADDRESSES);
    RequestError::AcsUrl {
        found: excerpt(url),
        registered: shown.map(|service| excerpt(&service.location)).collect(),
    }
}

/// An `xs:boolean` attribute; absent is `false`.
fn flag(element: Element<'_>, name: &'static str) -> Result<bool, RequestError> {
    match element.attribute(name) {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(other) => Err(RequestError::value(name, other)),
    }
}

fn name_id_policy(request: Element<'_>) -> Result<Option<NameIdPolicy>, RequestError> {
    let Some(policy) = request.child(names::SAMLP, "NameIDPolicy")? else {
        return Ok(None);
    };
    Ok(Some(NameIdPolicy {
        format: bounded_attribute(policy, "Format", LONGEST_URI)?,
        sp_name_qualifier: bounded_attribute(policy, "SPNameQualifier", LONGEST_NAME)?,
        allow_create: flag(policy, "AllowCreate")?,
    }))
}

fn requested_authn_context(
    request: Element<'_>,
) -> Result<Option<RequestedAuthnContext>, RequestError> {
    let Some(context) = request.child(names::SAMLP, "RequestedAuthnContext")? else {
        return Ok(None);
    };
    let comparison = match context.attribute("Comparison") {
        None | Some("exact") => Comparison::Exact,
        Some("better") => Comparison::Better,
        Some("maximum") => Comparison::Maximum,
        Some("minimum") => Comparison::Minimum,
        Some(other) => return Err(RequestError::value("Comparison", other)),
    };
    let references = ["AuthnContextClassRef", "AuthnContextDeclRef"];
    let class_refs = context
        .children()
        .filter(|child| references.iter().any(|name| child.is(names::SAML, name)))
        // One more than may be is enough to know that there are too many.
        .take(MOST_CLASSES + 1)
        .map(|child| bounded("RequestedAuthnContext", child.text()?.trim(), LONGEST_URI))
        .collect::<Result<Vec<_>, RequestError>>()?;
    if class_refs.is_empty() {
        return Err(RequestError::value("RequestedAuthnContext", ""));
    }
    if class_refs.len() > MOST_CLASSES {
        return Err(RequestError::ClassesTooMany(MOST_CLASSES));
    }
    Ok(Some(RequestedAuthnContext {
        comparison,
        class_refs,
    }))
}

/// A subject that we cannot read must not be ignored: the answer would be about somebody else.
fn subject(request: Element<'_>) -> Result<Option<RequestedSubject>, RequestError> {
    let Some(subject) = request.child(names::SAML, "Subject")? else {
        return Ok(None);
    };
    let name_id = subject.required_child(names::SAML, "NameID")?;
    Ok(Some(RequestedSubject {
        value: bounded("NameID", &name_id.text()?, LONGEST_NAME)?,
        format: bounded_attribute(name_id, "Format", LONGEST_URI)?,
    }))
}

/// A text that is kept, if it has at most `longest` bytes.
fn bounded(name: &'static str, text: &str, longest: usize) -> Result<String, RequestError> {
    if text.len() > longest {
        let received = text.len();
        return Err(RequestError::ValueTooLong {
            name,
            received,
            longest,
        });
    }
    Ok(text.to_owned())
}

fn bounded_attribute(
    element: Element<'_>,
    name: &'static str,
    longest: usize,
) -> Result<Option<String>, RequestError> {
    let value = element.attribute(name);
    value.map(|value| bounded(name, value, longest)).transpose()
}

fn proxy_count(request: Element<'_>) -> Result<Option<u32>, RequestError> {
    let Some(scoping) = request.child(names::SAMLP, "Scoping")? else {
        return Ok(None);
    };
    scoping
        .attribute("ProxyCount")
        .map(|text| {
            text.parse()
                .map_err(|_| RequestError::value("ProxyCount", text))
        })
        .transpose()
}
