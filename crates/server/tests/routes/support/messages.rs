//! The SAML messages of the two others: the application's request, and the identity provider's answer.

use std::sync::OnceLock;

use chrono::Utc;
use vestibule_saml::{
    authn_request::{AuthnRequest, RequestedAuthnContext},
    binding::{MessageKind, post, redirect},
    crypto::{
        DecryptionKey, EncryptionKey,
        generate::{CertificateProfile, RsaSize},
        sign::SigningKey,
    },
    encryption::Decryption,
    instant::Skew,
    issue::{Assertion, Attribute, Encryption, NameId, Reply, Sign},
    metadata::{IdpDescription, IdpMetadata, Source, SpMetadata},
    response::{self, Expectation, ResponseError, VerifiedAssertion},
};
use vestibule_testkit::browser::Page;

use super::{OUR_ACS, PUBLIC};

const IDP: &str = "https://idp.acme.example/saml";
const APP: &str = "https://auth.atlassian.example/saml/1";
const ACS: &str = "https://auth.atlassian.example/login/callback?connection=saml-1";

/// The identity provider's key; made once for a run, since making it takes long.
pub(crate) fn idp_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| {
        let profile = CertificateProfile::starting(Utc::now(), "test identity provider");
        SigningKey::generate_rsa(RsaSize::Bits2048, &profile).unwrap()
    })
}

/// What the identity provider publishes.
pub(super) fn idp_metadata() -> String {
    IdpDescription {
        entity_id: IDP,
        sso_url: "https://idp.acme.example/sso",
        certificates: vec![idp_key().certificate_der()],
        want_authn_requests_signed: false,
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
        self.posted(&self.response(name, group, key, None))
    }

    /// The same, encrypted for `ours`; with `spoil` done to the message.
    pub(crate) fn answered_encrypted(
        &self,
        name: &str,
        key: &SigningKey,
        ours: &EncryptionKey,
        spoil: impl FnOnce(String) -> String,
    ) -> String {
        let encryption = Encryption::with(ours.clone());
        self.posted(&spoil(self.response(name, "staff", key, Some(&encryption))))
    }

    fn response(
        &self,
        name: &str,
        group: &str,
        key: &SigningKey,
        encryption: Option<&Encryption>,
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
        match encryption {
            None => reply.vouch(&assertion, Sign::Assertion, key),
            Some(encryption) => reply.vouch_encrypted(&assertion, Sign::Assertion, key, encryption),
        }
        .unwrap()
        .into_string()
    }

    fn posted(&self, xml: &str) -> String {
        let acs = format!("{PUBLIC}{OUR_ACS}");
        let relay_state = Some(self.relay_state.as_str());
        let form = post::encode(&acs, MessageKind::Response, xml, relay_state).unwrap();
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form.fields)
            .finish()
    }
}

/// The key that our metadata as service provider offers for encryption.
pub(crate) fn offered_key(sp_metadata: &str) -> EncryptionKey {
    let read = SpMetadata::parse(&Source::trusted(sp_metadata.as_bytes())).unwrap();
    read.encryption_keys.first().unwrap().clone()
}

/// The application's key for what is encrypted for it.
pub(crate) fn app_key() -> &'static DecryptionKey {
    static KEY: OnceLock<DecryptionKey> = OnceLock::new();
    KEY.get_or_init(|| {
        let profile = CertificateProfile::starting(Utc::now(), "test application");
        DecryptionKey::generate(RsaSize::Bits2048, &profile).unwrap()
    })
}

/// What the application makes of our answer.
pub(crate) fn verified(page: &Page, idp_metadata: &str, in_response_to: &str) -> VerifiedAssertion {
    verified_with(page, idp_metadata, in_response_to, Decryption::default()).unwrap()
}

/// The same, by an application that can decrypt.
pub(crate) fn verified_with(
    page: &Page,
    idp_metadata: &str,
    in_response_to: &str,
    decryption: Decryption<'_>,
) -> Result<VerifiedAssertion, ResponseError> {
    let form = page.message_form();
    let form = form.unwrap_or_else(|| panic!("{}", page.unlike("no message")));
    assert_eq!(form.action.as_str(), ACS);
    assert_eq!(form.value("RelayState"), Some("there"));
    let message = post::decode(form.encoded().as_bytes()).unwrap();
    let source = Source {
        xml: idp_metadata.as_bytes(),
        entity_id: None,
        trust: None,
    };
    let idp = IdpMetadata::parse(&source).unwrap();
    let expectation = Expectation {
        acs_url: ACS,
        danger_accept_sha1: false,
        decryption,
        idp_entity_id: &idp.entity_id,
        in_response_to,
        keys: &idp.signing_keys,
        now: Utc::now(),
        require_signed_response: false,
        skew: Skew::default(),
        sp_entity_id: APP,
    };
    response::verify(message.xml(), &expectation)
}
