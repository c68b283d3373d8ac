//! The SAML messages of the two others: the application's request, and the identity provider's answer.

use std::sync::OnceLock;

use chrono::Utc;
use vestibule_saml::{
    authn_request::{AuthnRequest, RequestedAuthnContext},
    binding::{MessageKind, post, redirect},
    crypto::{
        generate::{CertificateProfile, RsaSize},
        sign::SigningKey,
    },
    issue::{Assertion, Attribute, IssueError, IssuedResponse, NameId, Reply, Sign},
    metadata::{IdpDescription, SingleLogoutService},
};
use vestibule_testkit::browser::Page;

use super::{OUR_ACS, PUBLIC};

/// The identity provider's name.
pub(crate) const IDP: &str = "https://idp.acme.example/saml";
/// Where it takes logout messages.
const IDP_SLO: &str = "https://idp.acme.example/slo";
/// The application's name.
pub(crate) const APP: &str = "https://auth.atlassian.example/saml/1";
/// Where it takes our answers.
pub(crate) const ACS: &str = "https://auth.atlassian.example/login/callback?connection=saml-1";

/// The identity provider's key; made once for a run, since making it takes long.
pub(crate) fn idp_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| {
        let profile = CertificateProfile::starting(Utc::now(), "test identity provider");
        SigningKey::generate_rsa(RsaSize::Bits2048, &profile).unwrap()
    })
}

/// What the identity provider publishes.
pub(crate) fn idp_metadata() -> String {
    IdpDescription {
        entity_id: IDP,
        sso_url: "https://idp.acme.example/sso",
        certificates: vec![idp_key().certificate_der()],
        want_authn_requests_signed: false,
        single_logout: SingleLogoutService::everywhere(IDP_SLO),
        name_id_formats: vec![],
        valid_until: None,
    }
    .to_xml(None)
    .unwrap()
}

/// The application's request, as an address of ours.
pub(crate) fn request(id: &str) -> String {
    request_for(id, None)
}

/// The same, for an authentication of one of these kinds.
pub(crate) fn request_for(id: &str, context: Option<RequestedAuthnContext>) -> String {
    let xml = AuthnRequest {
        id,
        issue_instant: Utc::now(),
        destination: &format!("{PUBLIC}/saml/sso"),
        issuer: APP,
        acs_url: ACS,
        force_authn: false,
        is_passive: false,
        name_id_policy: None,
        requested_authn_context: context,
    }
    .to_xml()
    .unwrap();
    redirect::encode(
        &format!("{PUBLIC}/saml/sso"),
        MessageKind::Request,
        &xml,
        Some("there"),
        None,
    )
    .unwrap()
}

/// What the identity provider is asked.
pub(crate) struct Asked {
    /// The request's ID.
    id: String,
    relay_state: String,
}

impl Asked {
    /// Reads the redirect that carries the request.
    pub(crate) fn by(sent: &Page) -> Self {
        let there = sent.redirect();
        let there = there.unwrap_or_else(|| panic!("{}", sent.unlike("no redirect")));
        assert_eq!(
            (there.host_str(), there.path()),
            (Some("idp.acme.example"), "/sso")
        );
        let message = redirect::decode(there.query().unwrap()).unwrap();
        let xml = String::from_utf8(message.xml().to_vec()).unwrap();
        let (_, rest) = xml.split_once(" ID=\"").unwrap();
        Self {
            id: rest.split('"').next().unwrap().to_owned(),
            relay_state: message.relay_state().unwrap().to_owned(),
        }
    }

    /// What the identity provider says of somebody, as a form body for our ACS.
    pub(crate) fn answered(&self, name: &str, group: &str, key: &SigningKey) -> String {
        let vouch = |reply: &Reply<'_>, assertion: &Assertion<'_>| {
            reply.vouch(assertion, Sign::Assertion, key)
        };
        self.posted(&self.vouched(name, group, vouch))
    }

    /// The Response alone, for `vouch` to sign.
    pub(crate) fn vouched(
        &self,
        name: &str,
        group: &str,
        vouch: impl FnOnce(&Reply<'_>, &Assertion<'_>) -> Result<IssuedResponse, IssueError>,
    ) -> String {
        let claim = |name: &str, value: &str| Attribute {
            name: name.to_owned(),
            name_format: None,
            friendly_name: None,
            values: vec![value.to_owned()],
        };
        let claims = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";
        let attributes = [
            claim(
                &format!("{claims}/emailaddress"),
                &format!("{name}@acme.example"),
            ),
            claim(&format!("{claims}/givenname"), name),
            claim(&format!("{claims}/surname"), "Example"),
            claim("http://schemas.xmlsoap.org/claims/Group", group),
        ];
        let acs = format!("{PUBLIC}{OUR_ACS}");
        let unique = Utc::now().timestamp_nanos_opt().unwrap();
        let (response, assertion) = (format!("_r{unique}"), format!("_a{unique}"));
        let reply = Reply {
            id: &response,
            issue_instant: Utc::now(),
            issuer: IDP,
            acs_url: &acs,
            in_response_to: Some(&self.id),
        };
        let assertion = Assertion {
            id: &assertion,
            audience: &format!("{PUBLIC}/upstream/adfs/saml/metadata"),
            name_id: NameId {
                value: name,
                format: None,
                name_qualifier: None,
                sp_name_qualifier: None,
            },
            attributes: &attributes,
            authn_context: "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
            authn_instant: Utc::now(),
            session_index: Some("s1"),
            lifetime: chrono::TimeDelta::minutes(5),
            session_not_on_or_after: None,
        };
        vouch(&reply, &assertion).unwrap().into_string()
    }

    /// A Response as a form body for our ACS.
    pub(crate) fn posted(&self, xml: &str) -> String {
        let acs = format!("{PUBLIC}{OUR_ACS}");
        let relay_state = Some(self.relay_state.as_str());
        let form = post::encode(&acs, MessageKind::Response, xml, relay_state).unwrap();
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form.fields)
            .finish()
    }
}
