//! An application's view of us: it sends requests, and reads answers as a strict service provider does.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

use vestibule_core::{
    evidence::{Enrolment, Evidence, Role, Traits},
    flow::{Login, Settled, World},
    id::{EnrolmentId, FactorKind, LoginId, Reference, UpstreamId},
    identity::{Mapping, Subject, VerifiedIdentity, normalise},
    policy::{Condition, FirstEnrolment, Kinds, Policy, Rule, Verdict},
    port::Prompt,
};
use vestibule_saml::{
    authn_request::{AuthnRequest as Wanted, NameIdPolicy},
    crypto::generate::{CertificateProfile, RsaSize},
    response::{self, Expectation, VerifiedAssertion},
};

use super::*;

pub(super) const IDP: &str = "https://sso.test/saml/metadata";
pub(super) const SSO: &str = "https://sso.test/saml/sso";
pub(super) const ATLASSIAN: &str = "https://auth.atlassian.com/saml/1234";
pub(super) const ACS: &str = "https://auth.atlassian.com/login/callback?connection=saml-1234";
pub(super) const WIKI: &str = "https://wiki.test/sp";
pub(super) const WIKI_ACS: &str = "https://wiki.test/acs";

pub(super) static OUR_KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    SigningKey::generate_rsa(
        RsaSize::Bits2048,
        &CertificateProfile::starting(now(), "us"),
    )
    .unwrap()
});
pub(super) static NEXT_KEY: LazyLock<SigningKey> = LazyLock::new(|| key("us, next"));
pub(super) static APP_KEY: LazyLock<SigningKey> = LazyLock::new(|| key("application"));
pub(super) static OTHER_KEY: LazyLock<SigningKey> = LazyLock::new(|| key("somebody"));

fn key(name: &str) -> SigningKey {
    SigningKey::generate_ec_p256(&CertificateProfile::starting(now(), name)).unwrap()
}

pub(super) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// Counts up: never the same twice.
pub(super) struct Counter(AtomicU64);

impl Entropy for Counter {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let next = self.0.fetch_add(1, Ordering::SeqCst);
            chunk.copy_from_slice(&next.to_be_bytes()[..chunk.len()]);
        }
    }
}

pub(super) fn app_id(name: &str) -> AppId {
    AppId::new(name).unwrap()
}

/// `atlassian` by its preset; `wiki`, which is generic and signs.
pub(super) fn settings() -> SamlSettings {
    let wiki = ServiceProvider {
        signing_keys: vec![APP_KEY.verifying_key().unwrap()],
        ..ServiceProvider::typed(WIKI, [WIKI_ACS])
    };
    SamlSettings {
        entity_id: IDP.into(),
        sso_url: Url::parse(SSO).unwrap(),
        signing_key: OUR_KEY.clone(),
        other_keys: vec![NEXT_KEY.clone()],
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

pub(super) fn idp(change: impl FnOnce(&mut SamlSettings)) -> SamlIdp {
    let mut settings = settings();
    change(&mut settings);
    SamlIdp::new(settings, Arc::new(Counter(AtomicU64::new(1)))).unwrap()
}

/// A request as Atlassian's stand-in sends it: no `NameIDPolicy`, no `RequestedAuthnContext`, unsigned.
pub(super) fn wanted() -> Wanted<'static> {
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

pub(super) fn name_id_policy(format: &str) -> Option<NameIdPolicy> {
    Some(NameIdPolicy {
        format: Some(format.to_owned()),
        sp_name_qualifier: None,
        allow_create: true,
    })
}

pub(super) fn by_redirect(wanted: &Wanted<'_>, signer: Option<&SigningKey>) -> Incoming {
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

pub(super) fn by_post(xml: &str) -> Incoming {
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

/// What an upstream said about Alice.
pub(super) fn identity() -> VerifiedIdentity {
    let attribute = |name: &str, values: &[&str]| {
        (
            name.to_owned(),
            values
                .iter()
                .map(|value| (*value).to_owned())
                .collect::<Vec<_>>(),
        )
    };
    VerifiedIdentity {
        upstream: UpstreamId::new("adfs").unwrap(),
        subject: Subject::plain("alice-1"),
        attributes: [
            attribute("mail", &["alice@acme.test"]),
            attribute("given", &["Alice"]),
            attribute("family", &["Liddell"]),
            attribute("groups", &["staff", "admins"]),
            attribute("phone", &["1", "2"]),
        ]
        .into(),
        authn_context: None,
        methods: Vec::new(),
        authenticated_at: Some(now() - chrono::TimeDelta::seconds(7)),
        session: None,
        session_ends: None,
        once: None,
    }
}

fn mapping() -> Mapping {
    Mapping {
        mail: vec!["mail".into()],
        given_name: vec!["given".into()],
        family_name: vec!["family".into()],
        groups: vec!["groups".into()],
        ..Mapping::default()
    }
}

/// A grant, by the only way there is: a login that policy lets pass.
pub(super) fn grant(
    request: AuthnRequest,
    identity: VerifiedIdentity,
    second_factor: bool,
) -> Grant {
    let kind = FactorKind::totp();
    let kinds = Kinds::new([Traits {
        kind: kind.clone(),
        amr: &["otp"],
        role: Role::Primary,
        enrols_inline: true,
    }]);
    let require = Verdict::Require {
        factors: vec![kind.clone()],
        first_enrolment: FirstEnrolment::Inline,
    };
    let mut rules = vec![Rule {
        name: "everyone".into(),
        when: None,
        then: require,
    }];
    if !second_factor {
        let skip = Rule {
            name: "skip".into(),
            when: Some(Condition {
                apps: [request.app.clone()].into(),
                ..Condition::default()
            }),
            then: Verdict::Skip,
        };
        rules.insert(0, skip);
    }
    let person = normalise(&identity, &mapping()).unwrap();
    let enrolment = Enrolment {
        id: EnrolmentId::from_random([1; 16]),
        person: person.id.clone(),
        kind: kind.clone(),
        label: "phone".into(),
        secret: Memo::default(),
        disabled: false,
        spent: false,
        created_at: now(),
        last_used_at: None,
        revision: 0,
    };
    let prompt = Prompt::Password { username: None };
    let mut login = Login::open(
        LoginId::from_random([2; 16]),
        Reference::from_random([3; 8]),
        request,
        now(),
    )
    .sent_to(
        identity.upstream.clone(),
        prompt.clone(),
        Memo::default(),
        now(),
    )
    .and_then(|login| login.returned(identity, now()))
    .and_then(|login| login.identified(person.clone(), now()))
    .unwrap();
    if second_factor {
        let evidence = Evidence {
            person: person.id,
            kind,
            enrolment: enrolment.id,
            at: now(),
        };
        login = login
            .challenged(&enrolment, prompt, Memo::default(), now())
            .and_then(|login| login.passed(evidence, now()))
            .unwrap();
    }
    let enrolments = [enrolment];
    let policy = Policy::new(rules, &kinds).unwrap();
    let networks = std::collections::BTreeSet::new();
    let world = World {
        policy: &policy,
        kinds: &kinds,
        networks: &networks,
        enrolments: &enrolments,
        active: true,
        now: now(),
    };
    match login.settle(&world).unwrap() {
        Settled::Granted(_, grant) => grant,
        other => panic!("{other:?}"),
    }
}

/// The XML that leaves, and the RelayState beside it.
pub(super) fn sent(reply: &Reply) -> (String, Vec<u8>, Option<String>) {
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
pub(super) fn verify(
    xml: &[u8],
    entity_id: &str,
    acs_url: &str,
) -> Result<VerifiedAssertion, response::ResponseError> {
    let expectation = Expectation {
        acs_url,
        danger_accept_sha1: false,
        idp_entity_id: IDP,
        in_response_to: "_request-1",
        keys: &[OUR_KEY.verifying_key().unwrap()],
        now: now(),
        skew: Skew::default(),
        sp_entity_id: entity_id,
    };
    response::verify(xml, &expectation)
}

/// The whole way of a request by `wanted`.
pub(super) async fn answered(
    idp: &SamlIdp,
    incoming: &Incoming,
    identity: VerifiedIdentity,
    second_factor: bool,
) -> Result<Reply, DownstreamError> {
    let request = idp.receive(incoming, now()).await.unwrap();
    idp.answer(grant(request, identity, second_factor)).await
}
