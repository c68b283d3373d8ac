//! An application's view of us: it sends requests, and reads answers as a strict service provider does.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

use vestibule_core::identity::VerifiedIdentity;
use vestibule_saml::{
    authn_request::{AuthnRequest as Wanted, NameIdPolicy},
    crypto::generate::{CertificateProfile, RsaSize},
    encryption::Decryption,
    response::{self, Expectation, VerifiedAssertion},
};

use super::super::*;
use crate::{
    conformance::{grant, now},
    preset::AppPreset,
    told::PairwiseKey,
};

pub(in crate::saml) const IDP: &str = "https://sso.test/saml/metadata";
pub(in crate::saml) const SSO: &str = "https://sso.test/saml/sso";
pub(in crate::saml) const SLO: &str = "https://sso.test/saml/slo";
pub(in crate::saml) const ATLASSIAN: &str = "https://auth.atlassian.com/saml/1234";
pub(in crate::saml) const ACS: &str =
    "https://auth.atlassian.com/login/callback?connection=saml-1234";
pub(in crate::saml) const WIKI: &str = "https://wiki.test/sp";
pub(in crate::saml) const WIKI_ACS: &str = "https://wiki.test/acs";

pub(in crate::saml) static OUR_KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    SigningKey::generate_rsa(
        RsaSize::Bits2048,
        &CertificateProfile::starting(now(), "us"),
    )
    .unwrap()
});
pub(in crate::saml) static APP_KEY: LazyLock<SigningKey> = LazyLock::new(|| key("application"));
pub(in crate::saml) static OTHER_KEY: LazyLock<SigningKey> = LazyLock::new(|| key("somebody"));

fn key(name: &str) -> SigningKey {
    SigningKey::generate_ec_p256(&CertificateProfile::starting(now(), name)).unwrap()
}

/// Counts up: never the same twice.
pub(in crate::saml) struct Counter(AtomicU64);

impl Entropy for Counter {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let next = self.0.fetch_add(1, Ordering::SeqCst);
            chunk.copy_from_slice(&next.to_be_bytes()[..chunk.len()]);
        }
    }
}

pub(in crate::saml) fn app_id(name: &str) -> AppId {
    AppId::new(name).unwrap()
}

/// `atlassian` by its preset; `wiki`, which is generic and signs.
pub(in crate::saml) fn settings() -> SamlSettings {
    let wiki = ServiceProvider {
        signing_keys: vec![APP_KEY.verifying_key().unwrap()],
        ..ServiceProvider::typed(WIKI, [WIKI_ACS])
    };
    SamlSettings {
        entity_id: IDP.into(),
        sso_url: Url::parse(SSO).unwrap(),
        slo_url: Url::parse(SLO).unwrap(),
        keys: IdpKeys::only(OUR_KEY.clone()).ring(),
        pairwise_key: PairwiseKey::new(&[7; 32]),
        apps: [
            (
                app_id("atlassian"),
                AppPreset::AtlassianCloud.app(ServiceProvider::typed(ATLASSIAN, [ACS])),
            ),
            (app_id("wiki"), AppPreset::Generic.app(wiki)),
        ]
        .into(),
        skew: Skew::default(),
    }
}

pub(in crate::saml) fn idp(change: impl FnOnce(&mut SamlSettings)) -> SamlIdp {
    let mut settings = settings();
    change(&mut settings);
    SamlIdp::new(settings, Arc::new(Counter(AtomicU64::new(1)))).unwrap()
}

/// A request as Atlassian's stand-in sends it: no `NameIDPolicy`, no `RequestedAuthnContext`, unsigned.
pub(in crate::saml) fn wanted() -> Wanted<'static> {
    Wanted {
        id: "_request-1",
        issue_instant: now(),
        destination: SSO,
        issuer: ATLASSIAN,
        acs_url: ACS,
        force_authn: false,
        is_passive: false,
        name_id_policy: None,
        requested_authn_context: None,
    }
}

pub(in crate::saml) fn name_id_policy(format: &str) -> Option<NameIdPolicy> {
    Some(NameIdPolicy {
        format: Some(format.to_owned()),
        sp_name_qualifier: None,
        allow_create: true,
    })
}

pub(in crate::saml) fn by_redirect(wanted: &Wanted<'_>, signer: Option<&SigningKey>) -> Incoming {
    let xml = wanted.to_xml().unwrap();
    let url = redirect::encode(
        SSO,
        MessageKind::Request,
        &xml,
        Some("relay & state"),
        signer,
    )
    .unwrap();
    Incoming {
        query: url.split_once('?').unwrap().1.to_owned(),
        form: None,
    }
}

pub(in crate::saml) fn by_post(xml: &str) -> Incoming {
    let form = post::encode(SSO, MessageKind::Request, xml, None).unwrap();
    Incoming {
        query: String::new(),
        form: Some(encoded(form.fields)),
    }
}

fn encoded<N: AsRef<str>>(fields: Vec<(N, String)>) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// The XML that leaves, and the RelayState beside it.
pub(in crate::saml) fn sent(reply: &Reply) -> (String, Vec<u8>, Option<String>) {
    let Reply::PostForm { action, fields } = reply else {
        panic!("{reply:?}");
    };
    let message = post::decode(encoded(fields.clone()).as_bytes()).unwrap();
    assert_eq!(message.kind(), MessageKind::Response);
    let relay_state = message.relay_state().map(str::to_owned);
    (
        action.as_str().to_owned(),
        message.xml().to_vec(),
        relay_state,
    )
}

/// Reads an answer as a strict service provider does.
pub(in crate::saml) fn verify(
    xml: &[u8],
    entity_id: &str,
    acs_url: &str,
) -> Result<VerifiedAssertion, response::ResponseError> {
    verify_reply(xml, entity_id, acs_url, "_request-1")
}

/// The same, for the answer to any request.
pub(in crate::saml) fn verify_reply(
    xml: &[u8],
    entity_id: &str,
    acs_url: &str,
    in_response_to: &str,
) -> Result<VerifiedAssertion, response::ResponseError> {
    verify_decrypting(
        xml,
        entity_id,
        acs_url,
        in_response_to,
        Decryption::default(),
    )
}

/// The same, by an application that can decrypt.
pub(in crate::saml) fn verify_decrypting(
    xml: &[u8],
    entity_id: &str,
    acs_url: &str,
    in_response_to: &str,
    decryption: Decryption<'_>,
) -> Result<VerifiedAssertion, response::ResponseError> {
    let expectation = Expectation {
        acs_url,
        danger_accept_sha1: false,
        decryption,
        idp_entity_id: IDP,
        in_response_to,
        keys: &[OUR_KEY.verifying_key().unwrap()],
        now: now(),
        require_signed_response: false,
        skew: Skew::default(),
        sp_entity_id: entity_id,
    };
    response::verify(xml, &expectation)
}

/// The whole way of a request by `wanted`.
pub(in crate::saml) async fn answered(
    idp: &SamlIdp,
    incoming: &Incoming,
    identity: VerifiedIdentity,
    second_factor: bool,
) -> Result<Reply, DownstreamError> {
    let request = idp.receive(incoming, now()).await.unwrap();
    let answered = idp.answer(grant(request, identity, second_factor)).await;
    answered.map(|answered| answered.reply)
}
