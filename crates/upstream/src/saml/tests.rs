use std::sync::{
    LazyLock,
    atomic::{AtomicU8, Ordering},
};

use chrono::TimeDelta;
use vestibule_core::{
    id::AppId,
    port::{ReplayMark, ReplayPurpose},
    request::{AuthnRequest as CoreRequest, Protocol},
};
use vestibule_saml::{
    authn_request::{ParsedAuthnRequest, Received, Receiver, RegisteredSp},
    crypto::generate::{CertificateProfile, RsaSize},
    issue::{Assertion, Attribute, NameId, Reason, Refusal, Reply, Sign},
    metadata::{AssertionConsumerService, IdpDescription, Source, SpMetadata},
};

use super::*;
use crate::http::{Response, fake::FakeHttp};

pub(super) const IDP: &str = "https://idp.test/saml";
const SSO: &str = "https://idp.test/saml/sso";
const ACS: &str = "https://sso.test/upstream/shib/saml/acs";
const SP: &str = "https://sso.test/upstream/shib/saml/metadata";
const METADATA: &str = "https://idp.test/metadata.xml";

pub(super) static IDP_KEY: LazyLock<SigningKey> = LazyLock::new(|| key("idp"));
static NEXT_KEY: LazyLock<SigningKey> = LazyLock::new(|| key("idp, next"));
static OTHER_KEY: LazyLock<SigningKey> = LazyLock::new(|| key("other idp"));
static OUR_KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    SigningKey::generate_rsa(
        RsaSize::Bits2048,
        &CertificateProfile::starting(now(), "us"),
    )
    .unwrap()
});

fn key(name: &str) -> SigningKey {
    SigningKey::generate_ec_p256(&CertificateProfile::starting(now(), name)).unwrap()
}

/// Differs from call to call, and is the same in each run.
#[derive(Default)]
struct Counter(AtomicU8);

impl Entropy for Counter {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(self.0.fetch_add(1, Ordering::SeqCst));
    }
}

pub(super) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

pub(super) fn metadata(entity_id: &str, keys: &[&SigningKey], wants_signed: bool) -> String {
    let description = IdpDescription {
        entity_id,
        sso_url: SSO,
        certificates: keys.iter().map(|key| key.certificate_der()).collect(),
        want_authn_requests_signed: wants_signed,
        name_id_formats: Vec::new(),
        valid_until: Some(now() + TimeDelta::days(10)),
    };
    description.to_xml(None).unwrap()
}

pub(super) fn settings(place: MetadataPlace) -> SamlSettings {
    let id = UpstreamId::new("shib").unwrap();
    SamlSettings::new(id, place, SP, Url::parse(ACS).unwrap())
}

fn by_address() -> MetadataPlace {
    MetadataPlace::Url(Url::parse(METADATA).unwrap())
}

/// A provider without a network, and our adapter towards it.
pub(super) struct Fixture {
    http: Arc<FakeHttp>,
    pub(super) upstream: SamlUpstream,
}

impl Fixture {
    fn new() -> Self {
        Self::with(settings(MetadataPlace::Inline(metadata(
            IDP,
            &[&IDP_KEY],
            false,
        ))))
    }

    pub(super) fn with(settings: SamlSettings) -> Self {
        let http = Arc::new(FakeHttp::default());
        let upstream =
            SamlUpstream::new(settings, http.clone(), Arc::new(Counter::default())).unwrap();
        Self { http, upstream }
    }

    async fn begin(&self, change: impl FnOnce(&mut CoreRequest)) -> Result<Begun, UpstreamError> {
        let mut request = CoreRequest {
            app: AppId::new("jira").unwrap(),
            protocol: Protocol::Saml,
            reply: Memo::default(),
            login_hint: None,
            force_authn: false,
            passive: false,
        };
        change(&mut request);
        let begin = Begin {
            handle: "handle-1",
            request: &request,
            login_hint: None,
            now: now(),
        };
        let (prompt, memo) = self.upstream.begin(begin).await?;
        Ok(Begun { prompt, memo })
    }

    async fn begun(&self) -> Begun {
        self.begin(|_| {}).await.unwrap()
    }

    async fn finish(
        &self,
        begun: &Begun,
        callback: Callback,
    ) -> Result<VerifiedIdentity, UpstreamError> {
        let answer = Answer::Callback(callback);
        self.upstream.finish(&begun.memo, &answer, now()).await
    }

    /// The whole way, with an answer that the provider changed so.
    async fn login(
        &self,
        change: impl FnOnce(&mut Said),
    ) -> Result<VerifiedIdentity, UpstreamError> {
        let begun = self.begun().await;
        let mut said = Said::to(&begun);
        change(&mut said);
        self.finish(&begun, said.callback()).await
    }
}

pub(super) struct Begun {
    pub(super) prompt: Prompt,
    pub(super) memo: Memo,
}

impl Begun {
    fn received(&self) -> Received {
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
    pub(super) fn request(
        &self,
        keys: &[VerifyingKey],
    ) -> vestibule_saml::authn_request::AcceptedAuthnRequest {
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
        parsed.accept(&sp, &receiver).unwrap()
    }
}

fn form(fields: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// What an identity provider says. Starts as the right answer.
pub(super) struct Said {
    pub(super) assertion_id: String,
    in_response_to: Option<String>,
    issuer: String,
    audience: String,
    acs_url: String,
    name_id: String,
    attributes: Vec<Attribute>,
    pub(super) relay_state: String,
    at: DateTime<Utc>,
    authn_instant: DateTime<Utc>,
    key: &'static SigningKey,
    sign: Sign,
}

impl Said {
    pub(super) fn to(begun: &Begun) -> Self {
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
            authn_instant: now(),
            key: &IDP_KEY,
            sign: Sign::Assertion,
        }
    }

    pub(super) fn reply(&self) -> Reply<'_> {
        Reply {
            id: "_response-1",
            issue_instant: self.at,
            issuer: &self.issuer,
            acs_url: &self.acs_url,
            in_response_to: self.in_response_to.as_deref(),
        }
    }

    pub(super) fn callback(&self) -> Callback {
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
            authn_context: "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
            authn_instant: self.authn_instant,
            session_index: Some("_session-1"),
            lifetime: TimeDelta::minutes(5),
            session_not_on_or_after: Some(now() + TimeDelta::hours(8)),
        };
        let response = self.reply().vouch(&assertion, self.sign, self.key).unwrap();
        self.posted(response.as_str())
    }

    pub(super) fn posted(&self, xml: &str) -> Callback {
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

fn attribute(name: &str, values: &[&str]) -> Attribute {
    Attribute {
        name: name.into(),
        name_format: None,
        friendly_name: None,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

fn code<T>(outcome: Result<T, UpstreamError>) -> Option<&'static str> {
    outcome.err().map(|error| {
        assert!(error.to_string().contains("`shib`"), "{error}");
        error.code()
    })
}

#[tokio::test]
async fn a_login_goes_there_and_back() {
    let fixture = Fixture::new();
    let begun = fixture.begun().await;
    let request = begun.request(&[]);
    assert_eq!((request.force_authn, request.is_passive), (false, false));
    assert_eq!(
        (request.name_id_policy, request.requested_authn_context),
        (None, None)
    );
    assert_eq!(request.relay_state.as_deref(), Some("handle-1"));
    let callback = Said::to(&begun).callback();
    assert_eq!(
        fixture.upstream.handle_in(&callback).as_deref(),
        Some("handle-1")
    );
    let identity = fixture.finish(&begun, callback).await.unwrap();
    assert_eq!(identity.subject.value, "alice");
    assert_eq!(identity.subject.qualifier, Some(format!("{IDP}!{SP}")));
    assert_eq!(identity.attributes["groups"], ["staff", "admins"]);
    assert_eq!(
        identity.authn_context.as_deref(),
        Some("urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport")
    );
    assert_eq!(identity.authenticated_at, Some(now()));
    assert_eq!(identity.session.as_deref(), Some("_session-1"));
    assert_eq!(identity.session_ends, Some(now() + TimeDelta::hours(8)));
}

#[tokio::test]
async fn requests_are_signed_where_either_side_wants_it() {
    let keys = [OUR_KEY.verifying_key().unwrap()];
    for binding in [RequestBinding::Redirect, RequestBinding::Post] {
        for (theirs, ours) in [(true, false), (false, true)] {
            let mut settings = settings(MetadataPlace::Inline(metadata(IDP, &[&IDP_KEY], theirs)));
            settings.signing_key = Some(OUR_KEY.clone());
            settings.sign_requests = ours;
            settings.binding = binding;
            assert!(Fixture::with(settings).begun().await.request(&keys).signed);
        }
    }
    let wants = settings(MetadataPlace::Inline(metadata(IDP, &[&IDP_KEY], true)));
    let outcome = Fixture::with(wants).begin(|_| {}).await;
    assert_eq!(
        code(outcome.map(|_| ())),
        Some("request_signing_key_missing")
    );
    let mut nothing = settings(by_address());
    nothing.sign_requests = true;
    let made = SamlUpstream::new(
        nothing,
        Arc::new(FakeHttp::default()),
        Arc::new(Counter::default()),
    );
    assert_eq!(made.err(), Some(SamlSettingsError::SigningKey));
}

#[tokio::test]
async fn wishes_are_passed_on() {
    let mut settings = settings(MetadataPlace::Inline(metadata(IDP, &[&IDP_KEY], false)));
    settings.name_id_format = Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".into());
    settings.requested_authn_context = Some(RequestedAuthnContext {
        comparison: Comparison::Exact,
        class_refs: vec!["https://refeds.org/profile/mfa".into()],
    });
    let fixture = Fixture::with(settings.clone());
    let begun = fixture.begin(|request| {
        request.force_authn = true;
        request.passive = true;
    });
    let request = begun.await.unwrap().request(&[]);
    assert!(request.force_authn && request.is_passive);
    assert_eq!(
        request.name_id_policy.unwrap().format,
        settings.name_id_format
    );
    assert_eq!(
        request.requested_authn_context,
        settings.requested_authn_context
    );
}

#[tokio::test]
async fn si_56_58_an_answer_belongs_to_its_request() {
    let fixture = Fixture::new();
    for (in_response_to, expected) in [
        (None, Some("unsolicited_refused")),
        (Some("_other"), Some("in_response_to_mismatch")),
        (Some(""), Some("in_response_to_mismatch")),
    ] {
        let outcome = fixture
            .login(|said| said.in_response_to = in_response_to.map(str::to_owned))
            .await;
        assert_eq!(code(outcome), expected, "{in_response_to:?}");
    }
    assert_eq!(code(fixture.login(|_| {}).await), None);
}

#[tokio::test]
async fn si_58_an_answer_to_an_earlier_login_is_refused() {
    let fixture = Fixture::new();
    let (earlier, later) = (fixture.begun().await, fixture.begun().await);
    let callback = Said::to(&earlier).callback();
    let outcome = fixture.finish(&later, callback.clone()).await;
    assert_eq!(code(outcome), Some("in_response_to_mismatch"));
    assert_eq!(code(fixture.finish(&earlier, callback).await), None);
}

/// The engine consumes the mark; two answers with the same assertion have the same mark, also when they differ elsewhere.
#[tokio::test]
async fn si_62_a_posted_again_assertion_has_the_same_mark() {
    let fixture = Fixture::new();
    let begun = fixture.begun().await;
    let mut marks = Vec::new();
    for sign in [Sign::Assertion, Sign::Both] {
        let mut said = Said::to(&begun);
        said.sign = sign;
        let callback = said.callback();
        for _ in 0..2 {
            marks.push(
                fixture
                    .finish(&begun, callback.clone())
                    .await
                    .unwrap()
                    .once
                    .unwrap(),
            );
        }
    }
    let expected = ReplayMark {
        purpose: ReplayPurpose::SamlAssertion,
        owner: IDP.into(),
        value: "_assertion-1".into(),
        keep_until: now() + TimeDelta::seconds(360),
    };
    assert!(marks.iter().all(|mark| *mark == expected), "{marks:?}");
    let other = fixture
        .login(|said| said.assertion_id = "_assertion-2".into())
        .await
        .unwrap();
    assert_ne!(other.once, Some(expected));
}

#[tokio::test]
async fn si_66_67_another_providers_word_is_not_taken() {
    let fixture = Fixture::new();
    type Case = (&'static str, fn(&mut Said), Option<&'static str>);
    let cases: [Case; 6] = [
        ("control", |_| {}, None),
        (
            "B's assertion, B's key",
            |said| {
                said.issuer = "https://b.test".into();
                said.key = &OTHER_KEY;
            },
            Some("issuer_mismatch"),
        ),
        (
            "B's key, issuer A",
            |said| said.key = &OTHER_KEY,
            Some("signature_mismatch"),
        ),
        (
            "issuer with white space",
            |said| said.issuer = format!(" {IDP}"),
            Some("issuer_mismatch"),
        ),
        (
            "for B's audience",
            |said| said.audience = "https://sso.test/upstream/b/saml/metadata".into(),
            Some("audience_mismatch"),
        ),
        (
            "to B's address",
            |said| said.acs_url = "https://sso.test/upstream/b/saml/acs".into(),
            Some("destination_mismatch"),
        ),
    ];
    for (name, change, expected) in cases {
        assert_eq!(code(fixture.login(change).await), expected, "{name}");
    }
}

/// A memo of a login that asked A, brought to an adapter whose metadata now describes B.
#[tokio::test]
async fn si_67_the_provider_that_was_asked_must_answer() {
    let begun = Fixture::new().begun().await;
    let other = Fixture::with(settings(MetadataPlace::Inline(metadata(
        "https://b.test",
        &[&OTHER_KEY],
        false,
    ))));
    let mut said = Said::to(&begun);
    said.issuer = "https://b.test".into();
    said.key = &OTHER_KEY;
    assert_eq!(
        code(other.finish(&begun, said.callback()).await),
        Some("idp_changed")
    );
}

#[tokio::test]
async fn an_answer_to_another_login_or_by_another_way_is_refused() {
    let fixture = Fixture::new();
    let outcome = fixture
        .login(|said| said.relay_state = "handle-2".into())
        .await;
    assert_eq!(code(outcome), Some("relay_state_mismatch"));
    let begun = fixture.begun().await;
    let by_get = Callback {
        query: "SAMLResponse=abc".into(),
        form: None,
    };
    assert_eq!(
        code(fixture.finish(&begun, by_get.clone()).await),
        Some("binding_post_required")
    );
    assert_eq!(fixture.upstream.handle_in(&by_get), None);
    let request = Callback {
        query: String::new(),
        form: Some("SAMLRequest=YQ%3D%3D&RelayState=handle-1".into()),
    };
    assert_eq!(
        code(fixture.finish(&begun, request).await),
        Some("not_a_response")
    );
}

#[tokio::test]
async fn so_06_names_stay_names() {
    let hostile = r#"</saml:NameID><saml:NameID>admin<!-- --> & "'<]]>"#;
    let outcome = Fixture::new()
        .login(|said| {
            said.name_id = hostile.into();
            said.attributes = vec![attribute("groups", &[hostile])];
        })
        .await
        .unwrap();
    assert_eq!(outcome.subject.value, hostile);
    assert_eq!(outcome.attributes["groups"], [hostile]);
}

#[tokio::test]
async fn a_refusal_is_told_in_words() {
    let fixture = Fixture::new();
    for (reason, message, expected) in [
        (Reason::NoAuthnContext, None, "upstream_no_authn_context"),
        (Reason::AuthnFailed, None, "upstream_authn_failed"),
        (
            Reason::RequestDenied,
            Some("MSIS7070: no"),
            "upstream_name_id_policy",
        ),
    ] {
        let begun = fixture.begun().await;
        let said = Said::to(&begun);
        let mut refusal = Refusal::because(reason);
        refusal.message = message;
        let response = said.reply().refuse(&refusal, &IDP_KEY).unwrap();
        let error = fixture
            .finish(&begun, said.posted(response.as_str()))
            .await
            .unwrap_err();
        assert!(matches!(error, UpstreamError::Refused { .. }), "{error}");
        assert_eq!(error.code(), expected);
    }
}

#[tokio::test]
async fn what_our_logins_ask_beyond_the_protocol() {
    let fixture = Fixture::new();
    let link = "http://schemas.microsoft.com/claims/groups.link";
    let outcome = fixture
        .login(|said| said.attributes = vec![attribute(link, &["https://graph"])])
        .await;
    assert_eq!(code(outcome), Some("groups_elsewhere"));
    for (age, expected) in [(60, None), (61, Some("authn_not_anew"))] {
        let begun = fixture
            .begin(|request| request.force_authn = true)
            .await
            .unwrap();
        let mut said = Said::to(&begun);
        said.authn_instant = now() - TimeDelta::seconds(age);
        assert_eq!(
            code(fixture.finish(&begun, said.callback()).await),
            expected,
            "{age}"
        );
    }
}

#[tokio::test]
async fn remedies_stand_beside_the_cause() {
    let fixture = Fixture::new();
    let error = fixture
        .login(|said| said.at -= TimeDelta::minutes(20))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("clocks"), "{error}");
    let error = fixture
        .login(|said| said.audience = "x".into())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("entity ID"), "{error}");
}

#[tokio::test]
async fn md_03_md_06_metadata_changes_within_bounds() {
    let fixture = Fixture::with(settings(by_address()));
    let serve = |entity_id: &str, keys: &[&SigningKey]| {
        fixture
            .http
            .serve(METADATA, metadata(entity_id, keys, false))
    };
    serve(IDP, &[&IDP_KEY]);
    assert_eq!(
        fixture.upstream.refresh(now()).await.unwrap().not_trusted,
        Vec::<String>::new()
    );
    // A new key is announced: told, not trusted.
    serve(IDP, &[&IDP_KEY, &NEXT_KEY]);
    assert_eq!(
        fixture
            .upstream
            .refresh(now())
            .await
            .unwrap()
            .not_trusted
            .len(),
        1
    );
    assert_eq!(code(fixture.login(|_| {}).await), None);
    assert_eq!(
        code(fixture.login(|said| said.key = &NEXT_KEY).await),
        Some("signature_mismatch")
    );
    // All keys new, another entity, our own metadata, no answer: the last good one stays.
    serve(IDP, &[&NEXT_KEY]);
    assert_eq!(
        code(fixture.upstream.refresh(now()).await),
        Some("metadata_keys_replaced")
    );
    serve("https://evil.test", &[&IDP_KEY]);
    assert_eq!(
        code(fixture.upstream.refresh(now()).await),
        Some("metadata_entity_changed")
    );
    serve(SP, &[&IDP_KEY]);
    assert_eq!(
        code(fixture.upstream.refresh(now()).await),
        Some("metadata_our_own")
    );
    fixture.http.on(METADATA, |_| {
        Ok(Response {
            status: 302,
            body: Vec::new(),
        })
    });
    assert_eq!(
        code(fixture.upstream.refresh(now()).await),
        Some("upstream_unreachable")
    );
    assert_eq!(code(fixture.login(|_| {}).await), None);
}

#[tokio::test]
async fn md_06_a_file_is_trusted_for_who_may_write_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("idp.xml");
    std::fs::write(&path, metadata(IDP, &[&IDP_KEY], false)).unwrap();
    let fixture = Fixture::with(settings(MetadataPlace::File(path.clone())));
    fixture.upstream.refresh(now()).await.unwrap();
    std::fs::write(&path, metadata(IDP, &[&NEXT_KEY], false)).unwrap();
    fixture.upstream.refresh(now()).await.unwrap();
    assert_eq!(code(fixture.login(|said| said.key = &NEXT_KEY).await), None);
}

#[tokio::test]
async fn md_04_metadata_that_ended_is_used_for_a_day_at_most() {
    let fixture = Fixture::new();
    fixture.upstream.refresh(now()).await.unwrap();
    let answer = Answer::Callback(Said::to(&fixture.begun().await).callback());
    let begun = fixture.begun().await;
    let at = |days| now() + TimeDelta::days(days);
    let outcome = fixture.upstream.finish(&begun.memo, &answer, at(11)).await;
    assert_eq!(code(outcome), Some("metadata_expired"));
    assert_eq!(
        code(fixture.upstream.refresh(at(10)).await),
        Some("metadata_expired")
    );
}

#[tokio::test]
async fn metadata_that_was_never_there_is_asked_for_by_a_login() {
    let fixture = Fixture::with(settings(by_address()));
    for _ in 0..3 {
        let error = fixture.begin(|_| {}).await.err().unwrap();
        assert_eq!(error.code(), "upstream_unreachable");
        assert!(error.to_string().contains(METADATA), "{error}");
    }
    assert_eq!(fixture.http.count(METADATA), 1);
    fixture
        .http
        .serve(METADATA, metadata(IDP, &[&IDP_KEY], false));
    fixture.upstream.refresh(now()).await.unwrap();
    fixture.begun().await;
}

#[tokio::test]
async fn a_provider_without_metadata_can_be_typed() {
    let pem = pem(IDP_KEY.certificate_der());
    let sso_url = Url::parse(SSO).unwrap();
    let place = MetadataPlace::typed(IDP, &sso_url, &[pem.as_bytes(), pem.as_bytes()]).unwrap();
    Fixture::with(settings(place)).begun().await;
    let none: [&[u8]; 0] = [];
    assert!(MetadataPlace::typed(IDP, &sso_url, &none).is_err());
    assert!(MetadataPlace::typed(IDP, &sso_url, &["no PEM"]).is_err());
}

fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

#[tokio::test]
async fn our_metadata_can_be_read() {
    let mut settings = settings(by_address());
    settings.signing_key = Some(OUR_KEY.clone());
    settings.sign_requests = true;
    let xml = Fixture::with(settings).upstream.sp_metadata().unwrap();
    let read = SpMetadata::parse(&Source::trusted(xml.as_bytes())).unwrap();
    assert_eq!(read.entity_id, SP);
    assert_eq!(read.signing_keys, [OUR_KEY.verifying_key().unwrap()]);
}
