//! A SAML identity provider without a network, and our adapter towards it.

use std::sync::{
    LazyLock,
    atomic::{AtomicU8, Ordering},
};

use chrono::TimeDelta;
use vestibule_core::{
    assurance::Demand,
    id::AppId,
    request::{AuthnRequest as CoreRequest, Protocol},
};
use vestibule_saml::{
    authn_request::{ParsedAuthnRequest, Received, Receiver, RegisteredSp},
    crypto::EncryptionKey,
    crypto::generate::{CertificateProfile, RsaSize},
    issue::{Assertion, Attribute, Encryption, NameId, Reply, Sign},
    metadata::{AssertionConsumerService, IdpDescription},
};

use super::super::*;
use crate::http::fake::FakeHttp;

pub(in crate::saml) const IDP: &str = "https://idp.test/saml";
pub(in crate::saml) const SSO: &str = "https://idp.test/saml/sso";
pub(in crate::saml) const ACS: &str = "https://sso.test/upstream/shib/saml/acs";
pub(in crate::saml) const SP: &str = "https://sso.test/upstream/shib/saml/metadata";
pub(in crate::saml) const METADATA: &str = "https://idp.test/metadata.xml";

pub(in crate::saml) static IDP_KEY: LazyLock<SigningKey> = LazyLock::new(|| key("idp"));
pub(in crate::saml) static NEXT_KEY: LazyLock<SigningKey> = LazyLock::new(|| key("idp, next"));
pub(in crate::saml) static OTHER_KEY: LazyLock<SigningKey> = LazyLock::new(|| key("other idp"));
pub(in crate::saml) static OUR_KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    SigningKey::generate_rsa(
        RsaSize::Bits2048,
        &CertificateProfile::starting(now(), "us"),
    )
    .unwrap()
});

/// Our decryption keys: the current one, the one before, and one that is none.
pub(in crate::saml) static DECRYPTION_KEYS: LazyLock<[DecryptionKey; 3]> = LazyLock::new(|| {
    ["current", "before", "none"].map(|name| {
        let profile = CertificateProfile::starting(now(), name);
        DecryptionKey::generate(RsaSize::Bits2048, &profile).unwrap()
    })
});

pub(in crate::saml) fn key(name: &str) -> SigningKey {
    SigningKey::generate_ec_p256(&CertificateProfile::starting(now(), name)).unwrap()
}

/// Differs from call to call, and is the same in each run.
#[derive(Default)]
pub(in crate::saml) struct Counter(AtomicU8);

impl Entropy for Counter {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(self.0.fetch_add(1, Ordering::SeqCst));
    }
}

pub(in crate::saml) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

pub(in crate::saml) fn metadata(
    entity_id: &str,
    keys: &[&SigningKey],
    wants_signed: bool,
) -> String {
    let description = IdpDescription {
        entity_id,
        sso_url: SSO,
        certificates: keys.iter().map(|key| key.certificate_der()).collect(),
        want_authn_requests_signed: wants_signed,
        single_logout: Vec::new(),
        name_id_formats: Vec::new(),
        valid_until: Some(now() + TimeDelta::days(10)),
    };
    description.to_xml(None).unwrap()
}

pub(in crate::saml) fn settings(place: MetadataPlace) -> SamlSettings {
    let id = UpstreamId::new("shib").unwrap();
    SamlSettings::new(id, place, SP, Url::parse(ACS).unwrap())
}

pub(in crate::saml) fn by_address() -> MetadataPlace {
    MetadataPlace::Url(Url::parse(METADATA).unwrap())
}

/// A provider without a network, and our adapter towards it.
pub(in crate::saml) struct Fixture {
    pub(in crate::saml) http: Arc<FakeHttp>,
    pub(in crate::saml) upstream: SamlUpstream,
}

impl Fixture {
    pub(in crate::saml) fn new() -> Self {
        Self::with(settings(MetadataPlace::Inline(metadata(
            IDP,
            &[&IDP_KEY],
            false,
        ))))
    }

    pub(in crate::saml) fn with(settings: SamlSettings) -> Self {
        let http = Arc::new(FakeHttp::default());
        let upstream =
            SamlUpstream::new(settings, http.clone(), Arc::new(Counter::default())).unwrap();
        Self { http, upstream }
    }

    pub(in crate::saml) async fn begin(
        &self,
        change: impl FnOnce(&mut CoreRequest),
    ) -> Result<Begun, UpstreamError> {
        self.begin_by(change, false).await
    }

    pub(in crate::saml) async fn begin_by(
        &self,
        change: impl FnOnce(&mut CoreRequest),
        wishes_anew: bool,
    ) -> Result<Begun, UpstreamError> {
        let mut request = CoreRequest {
            app: AppId::new("jira").unwrap(),
            protocol: Protocol::Saml,
            reply: Memo::default(),
            login_hint: None,
            force_authn: false,
            max_age: None,
            passive: false,
            demand: Demand::default(),
        };
        change(&mut request);
        let begin = Begin {
            handle: "handle-1",
            request: &request,
            wishes_anew,
            login_hint: None,
            now: now(),
        };
        let (prompt, memo) = self.upstream.begin(begin).await?;
        Ok(Begun { prompt, memo })
    }

    pub(in crate::saml) async fn begun(&self) -> Begun {
        self.begin(|_| {}).await.unwrap()
    }

    pub(in crate::saml) async fn finish(
        &self,
        begun: &Begun,
        callback: Callback,
    ) -> Result<VerifiedIdentity, UpstreamError> {
        let answer = Answer::Callback(callback);
        self.upstream.finish(&begun.memo, &answer, now()).await
    }

    /// The whole way, with an answer that the provider changed so.
    pub(in crate::saml) async fn login(
        &self,
        change: impl FnOnce(&mut Said),
    ) -> Result<VerifiedIdentity, UpstreamError> {
        let begun = self.begun().await;
        let mut said = Said::to(&begun);
        change(&mut said);
        self.finish(&begun, said.callback()).await
    }
}

pub(in crate::saml) struct Begun {
    pub(in crate::saml) prompt: Prompt,
    pub(in crate::saml) memo: Memo,
}

impl Begun {
    pub(in crate::saml) fn received(&self) -> Received {
        match &self.prompt {
            Prompt::Redirect(url) => {
                assert!(url.as_str().starts_with(SSO), "{url}");
                Received::Redirect(redirect::decode(url.query().unwrap()).unwrap())
            }
            Prompt::PostForm { action, fields } => {
                assert_eq!(action.as_str(), SSO);
                Received::Post(post::decode(form(fields).as_bytes()).unwrap())
            }
            other => panic!("{other:?}"),
        }
    }

    /// The request as an identity provider accepts it.
    pub(in crate::saml) fn request(
        &self,
        keys: &[VerifyingKey],
    ) -> vestibule_saml::authn_request::AcceptedAuthnRequest {
        self.try_request(keys).unwrap()
    }

    /// The same, where it may be refused.
    pub(in crate::saml) fn try_request(
        &self,
        keys: &[VerifyingKey],
    ) -> Result<
        vestibule_saml::authn_request::AcceptedAuthnRequest,
        vestibule_saml::authn_request::RequestError,
    > {
        let services = [AssertionConsumerService {
            location: ACS.into(),
            index: 0,
            is_default: Some(true),
        }];
        let sp = RegisteredSp {
            entity_id: SP,
            assertion_consumer_services: &services,
            signing_keys: keys,
            require_signature: !keys.is_empty(),
            danger_accept_sha1: false,
        };
        let receiver = Receiver {
            sso_url: SSO,
            now: now(),
            skew: Skew::default(),
        };
        let parsed = ParsedAuthnRequest::parse(self.received()).unwrap();
        parsed.accept(&sp, &receiver)
    }
}

pub(in crate::saml) fn form(fields: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// What an identity provider says. Starts as the right answer.
pub(in crate::saml) struct Said {
    pub(in crate::saml) assertion_id: String,
    pub(in crate::saml) in_response_to: Option<String>,
    pub(in crate::saml) issuer: String,
    pub(in crate::saml) audience: String,
    pub(in crate::saml) acs_url: String,
    pub(in crate::saml) name_id: String,
    pub(in crate::saml) attributes: Vec<Attribute>,
    pub(in crate::saml) relay_state: String,
    pub(in crate::saml) at: DateTime<Utc>,
    pub(in crate::saml) authn_context: String,
    pub(in crate::saml) authn_instant: DateTime<Utc>,
    pub(in crate::saml) key: &'static SigningKey,
    pub(in crate::saml) sign: Sign,
    pub(in crate::saml) encrypt_for: Option<&'static DecryptionKey>,
}

impl Said {
    pub(in crate::saml) fn to(begun: &Begun) -> Self {
        Self {
            assertion_id: "_assertion-1".into(),
            in_response_to: Some(begun.request(&[]).id),
            issuer: IDP.into(),
            audience: SP.into(),
            acs_url: ACS.into(),
            name_id: "alice".into(),
            attributes: vec![
                attribute("mail", &["alice@acme.test"]),
                attribute("groups", &["staff", "admins"]),
            ],
            relay_state: "handle-1".into(),
            at: now(),
            authn_context: "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
                .into(),
            authn_instant: now(),
            key: &IDP_KEY,
            sign: Sign::Assertion,
            encrypt_for: None,
        }
    }

    pub(in crate::saml) fn reply(&self) -> Reply<'_> {
        Reply {
            id: "_response-1",
            issue_instant: self.at,
            issuer: &self.issuer,
            acs_url: &self.acs_url,
            in_response_to: self.in_response_to.as_deref(),
        }
    }

    pub(in crate::saml) fn callback(&self) -> Callback {
        self.posted(&self.response())
    }

    /// The Response, signed.
    pub(in crate::saml) fn response(&self) -> String {
        let assertion = Assertion {
            id: &self.assertion_id,
            audience: &self.audience,
            name_id: NameId {
                value: &self.name_id,
                format: Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
                name_qualifier: Some(IDP),
                sp_name_qualifier: Some(SP),
            },
            attributes: &self.attributes,
            authn_context: &self.authn_context,
            authn_instant: self.authn_instant,
            session_index: Some("_session-1"),
            lifetime: TimeDelta::minutes(5),
            session_not_on_or_after: Some(now() + TimeDelta::hours(8)),
        };
        let reply = self.reply();
        let response = match self.encrypt_for {
            None => reply.vouch(&assertion, self.sign, self.key),
            Some(key) => {
                let key = EncryptionKey::from_certificate_der(key.certificate_der()).unwrap();
                reply.vouch_encrypted(&assertion, self.sign, self.key, &Encryption::with(key))
            }
        };
        response.unwrap().into_string()
    }

    pub(in crate::saml) fn posted(&self, xml: &str) -> Callback {
        let form_fields = post::encode(ACS, MessageKind::Response, xml, Some(&self.relay_state))
            .unwrap()
            .fields;
        let fields: Vec<_> = form_fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Callback {
            query: String::new(),
            form: Some(form(&fields)),
        }
    }
}

pub(in crate::saml) fn attribute(name: &str, values: &[&str]) -> Attribute {
    Attribute {
        name: name.into(),
        name_format: None,
        friendly_name: None,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

pub(in crate::saml) fn code<T>(outcome: Result<T, UpstreamError>) -> Option<&'static str> {
    outcome.err().map(|error| {
        assert!(error.to_string().contains("`shib`"), "{error}");
        error.code()
    })
}
