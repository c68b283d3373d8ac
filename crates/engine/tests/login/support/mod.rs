//! A house with real policy, real factors and a real SQLite store; only the two protocols at its ends are fakes, and
//! what they exchange is plain words.

mod account;
mod sign_off;
mod single_sign_on;
mod upstream_sign_off;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use totp_rs::{Builder, Secret};
use url::Url;
use vestibule_core::{
    assurance::Demand,
    flow::BrowserKey,
    grant::Grant,
    id::{AppId, FactorKind, NetworkId, UpstreamId},
    identity::{Mapping, Subject, VerifiedIdentity},
    logout::Onward,
    network::Networks,
    policy::{Condition, FirstEnrolment, Kinds, Policy, Rule, Verdict},
    port::*,
    request::{Answered, AuthnRequest, Memo, Protocol, Refusal, Reply},
    routing::{RouteCondition, RouteRule, Routing, Target},
    session::{Limits, SingleSignOn},
    upstream_logout::Carrier,
};
use vestibule_downstream::account::AccountPage;
use vestibule_engine::{
    Act, AppPart, Ask, Engine, Handles, Parts, Problem, Screen, Shown, UpstreamPart, Visitor,
};
use vestibule_factor::{backup_code::BackupCode, totp::Totp};
use vestibule_store::{MasterKey, Store, StoreConfig, StoreUrl};

pub(crate) use account::*;
pub(crate) use sign_off::*;
pub(crate) use single_sign_on::*;
pub(crate) use upstream_sign_off::*;

/// The applications; some are there for the way in which they can be told of a logout.
const APPS: [&str; 7] = ["called", "docs", "framed", "jira", "mute", "untold", "wiki"];

/// What every clock shows first.
pub(crate) const BEGINNING: i64 = 1_800_000_000;

/// A clock that stands still until it is moved.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0.load(Ordering::SeqCst), 0).unwrap()
    }
}

/// Counts up, over all houses of a run: never the same twice.
struct TestEntropy;

static COUNT: AtomicU64 = AtomicU64::new(1);

impl Entropy for TestEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let next = COUNT
                .fetch_add(1, Ordering::SeqCst)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
            chunk.copy_from_slice(&next.to_be_bytes()[..chunk.len()]);
        }
    }
}

/// Says what it is told to say: its answer is `handle=…&subject=…&groups=…&context=…&methods=…&session=…&ends=…&id=…`,
/// authenticated `ago=…` seconds or nobody knows when (`undated=1`), or
/// `refused=1`. Its logout messages come so.
struct TestUpstream(UpstreamId, Carrier);

pub(crate) fn field(text: &str, name: &str) -> Option<String> {
    url::form_urlencoded::parse(text.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

#[async_trait]
impl Upstream for TestUpstream {
    fn id(&self) -> &UpstreamId {
        &self.0
    }

    fn sign_off(&self) -> Option<&dyn UpstreamSignOff> {
        Some(self)
    }

    async fn begin(&self, begin: Begin<'_>) -> Result<(Prompt, Memo), UpstreamError> {
        if self.0.as_str() == "down" {
            return Err(UpstreamError::Unreachable {
                detail: "nobody answers".into(),
            });
        }
        let mut url = Url::parse("https://idp.example/login").unwrap();
        url.query_pairs_mut().append_pair("handle", begin.handle);
        if begin.request.force_authn || begin.wishes_anew {
            url.query_pairs_mut().append_pair("anew", "1");
        }
        Ok((Prompt::Redirect(url), Memo::default()))
    }

    fn handle_in(&self, callback: &Callback) -> Option<String> {
        field(&callback.query, "handle")
    }

    async fn finish(
        &self,
        _: &Memo,
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<VerifiedIdentity, UpstreamError> {
        let Answer::Callback(callback) = answer else {
            unreachable!("only callbacks come here")
        };
        let get = |name| field(&callback.query, name);
        if get("refused").is_some() {
            return Err(UpstreamError::Refused {
                code: "upstream_denied",
                detail: "it said no".into(),
            });
        }
        let Some(subject) = get("subject") else {
            return Err(UpstreamError::Misbehaved {
                code: "signature_missing",
                detail: "unsigned".into(),
            });
        };
        let list = |name| {
            let values = get(name).into_iter();
            values
                .flat_map(|list| list.split(',').map(str::to_owned).collect::<Vec<_>>())
                .collect()
        };
        Ok(VerifiedIdentity {
            upstream: self.0.clone(),
            subject: Subject::plain(&subject),
            attributes: [
                ("groups".to_owned(), list("groups")),
                ("mail".to_owned(), vec![format!("{subject}@acme.example")]),
            ]
            .into(),
            authn_context: get("context"),
            methods: list("methods"),
            authenticated_at: match (get("undated"), get("ago")) {
                (Some(_), _) => None,
                (None, ago) => {
                    let ago = ago.map_or(0, |ago| ago.parse().unwrap());
                    Some(now - chrono::TimeDelta::seconds(ago))
                }
            },
            session: get("session"),
            session_ends: get("ends")
                .and_then(|ends| Some(now + chrono::TimeDelta::seconds(ends.parse().ok()?))),
            for_logout: get("known_by").map(|known_by| Memo::of(&known_by).unwrap()),
            once: get("id").map(|value| ReplayMark {
                purpose: ReplayPurpose::SamlAssertion,
                owner: self.0.to_string(),
                value,
                keep_until: now + chrono::TimeDelta::minutes(10),
            }),
        })
    }
}

/// Takes any message whose query names a configured application, and answers in plain words.
struct TestDownstream;

#[async_trait]
impl Downstream for TestDownstream {
    fn protocol(&self) -> Protocol {
        Protocol::Saml
    }

    async fn receive(
        &self,
        incoming: &Incoming,
        _: DateTime<Utc>,
    ) -> Result<AuthnRequest, Rejection> {
        let app = field(&incoming.query, "app").and_then(|app| AppId::new(app).ok());
        match app {
            Some(app) if APPS.contains(&app.as_str()) => Ok(AuthnRequest {
                app,
                protocol: Protocol::Saml,
                reply: Memo::of(&field(&incoming.query, "id").unwrap_or_default()).unwrap(),
                login_hint: field(&incoming.query, "hint"),
                force_authn: field(&incoming.query, "force").is_some(),
                max_age: field(&incoming.query, "max_age").and_then(|age| age.parse().ok()),
                passive: field(&incoming.query, "passive").is_some(),
                demand: match field(&incoming.query, "demand").as_deref() {
                    None => Demand::Anything,
                    Some("second_factor") => Demand::SecondFactor,
                    Some(_) => Demand::Unattainable,
                },
            }),
            app => Err(Rejection {
                code: "app_unknown",
                detail: "no such application".into(),
                app,
                tell: Tell::default(),
            }),
        }
    }

    async fn answer(&self, grant: Grant) -> Result<Answered, DownstreamError> {
        if grant.request().reply.read::<String>().unwrap() == "fails" {
            return Err(DownstreamError {
                code: "mail_missing",
                detail: "the person has none".into(),
                tell: None,
            });
        }
        let proofs = grant.evidence().iter();
        let proofs: Vec<String> = proofs
            .map(|proof| format!("{}@{}", proof.enrolment, proof.at.to_rfc3339()))
            .collect();
        let mut url = Url::parse(&format!("https://{}.example/acs", grant.request().app)).unwrap();
        url.query_pairs_mut()
            .append_pair(
                "in_response_to",
                &grant.request().reply.read::<String>().unwrap(),
            )
            .append_pair("person", &grant.person().id.to_string())
            .append_pair("amr", &grant.assurance().amr.join(" "))
            .append_pair("answer", &grant.answer().to_string())
            .append_pair("session", &grant.session().to_string())
            .append_pair("since", &grant.known_since().to_rfc3339())
            .append_pair("proofs", &proofs.join(" "));
        Ok(Answered {
            told: Some(Memo::of(&grant.session().to_string()).unwrap()),
            ..Answered::only(Reply::Redirect(url))
        })
    }

    async fn refuse(
        &self,
        request: &AuthnRequest,
        why: Refusal,
        _: DateTime<Utc>,
    ) -> Result<Reply, DownstreamError> {
        let mut url = Url::parse(&format!("https://{}.example/acs", request.app)).unwrap();
        url.query_pairs_mut().append_pair("refused", why.code());
        Ok(Reply::Redirect(url))
    }
}

#[derive(Default)]
pub(crate) struct Notices(pub(crate) Mutex<Vec<Notice>>);

#[async_trait]
impl Notifier for Notices {
    async fn send(&self, notice: &Notice) -> Result<(), NotifyError> {
        self.0.lock().unwrap().push(notice.clone());
        Ok(())
    }
}

pub(crate) struct House {
    pub(crate) engine: Engine,
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) notices: Arc<Notices>,
}

pub(crate) fn kind(name: &str) -> FactorKind {
    FactorKind::new(name).unwrap()
}

pub(crate) fn upstream(name: &str) -> UpstreamId {
    UpstreamId::new(name).unwrap()
}

/// An upstream of this name; nobody answers for `down`.
pub(crate) fn part(name: &str) -> UpstreamPart {
    UpstreamPart {
        adapter: Arc::new(TestUpstream(upstream(name), Carrier::Browser)),
        mapping: Mapping {
            mail: vec!["mail".into()],
            groups: vec!["groups".into()],
            ..Mapping::default()
        },
        label: name.to_uppercase(),
        onward: Onward::Offered,
        belief: None,
    }
}

/// A browser with its own cookie, in the office or elsewhere.
pub(crate) fn browser(number: u8) -> Visitor {
    Visitor {
        browser: Some(BrowserKey([number; 32])),
        session: None,
        address: Some("198.51.100.7".parse().unwrap()),
    }
}

fn rules() -> Vec<Rule> {
    let require = |factors: &[&str]| Verdict::Require {
        factors: factors.iter().map(|name| kind(name)).collect(),
        first_enrolment: FirstEnrolment::Inline,
        max_age: None,
        accepts_upstream: false,
    };
    let group = |name: &str| Condition {
        groups: [name.to_owned()].into(),
        ..Condition::default()
    };
    let office = Condition {
        networks: [NetworkId::new("office").unwrap()].into(),
        ..group("staff")
    };
    vec![
        Rule {
            name: "Leavers".into(),
            when: Some(group("leavers")),
            then: Verdict::Deny,
        },
        Rule {
            name: "Office".into(),
            when: Some(office),
            then: Verdict::Skip,
        },
        Rule {
            name: "Everyone".into(),
            when: None,
            then: require(&["totp", "backup_code"]),
        },
    ]
}

/// A store for many at once: fifty of them on a slow disk are patience, not failure.
pub(crate) async fn patient_store(url: &str) -> Arc<Store> {
    let key = MasterKey::from_bytes([7; 32]);
    let mut config = StoreConfig::new(StoreUrl::parse(url).unwrap(), key);
    config.connect_timeout = Duration::from_secs(60);
    config.statement_timeout = Duration::from_secs(60);
    Arc::new(Store::open(&config).await.unwrap())
}

impl House {
    /// A house on a store in memory.
    pub(crate) async fn build() -> Self {
        Self::with(|_| {}).await
    }

    /// A house whose parts are changed before it is built.
    pub(crate) async fn with(change: impl FnOnce(&mut Parts)) -> Self {
        let url = StoreUrl::parse("sqlite::memory:").unwrap();
        let store = Store::open(&StoreConfig::new(url, MasterKey::from_bytes([7; 32])))
            .await
            .unwrap();
        Self::on(Arc::new(store), change)
    }

    pub(crate) fn on(store: Arc<Store>, change: impl FnOnce(&mut Parts)) -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(BEGINNING)));
        let entropy: Arc<dyn Entropy> = Arc::new(TestEntropy);
        let notices = Arc::new(Notices::default());
        let factors: Vec<Arc<dyn Factor>> = vec![
            Arc::new(Totp::new(Default::default(), entropy.clone())),
            Arc::new(BackupCode::new(entropy.clone())),
        ];
        let kinds = Kinds::new(factors.iter().map(|factor| factor.traits().clone()));
        let app = |name: &str| {
            let part = AppPart {
                label: name.to_uppercase(),
                single_sign_on: SingleSignOn::Shared,
            };
            (AppId::new(name).unwrap(), part)
        };
        let choice = Target::Choice(vec![upstream("adfs"), upstream("other")]);
        let wiki = RouteCondition {
            apps: [AppId::new("wiki").unwrap()].into(),
            ..RouteCondition::default()
        };
        let routing = Routing::new(vec![
            RouteRule {
                when: wiki,
                to: choice,
            },
            RouteRule {
                when: RouteCondition::default(),
                to: Target::Upstream(upstream("adfs")),
            },
        ]);
        let office = (
            NetworkId::new("office").unwrap(),
            vec!["203.0.113.0/24".parse().unwrap()],
        );
        let mut parts = Parts {
            apps: APPS.map(app).into_iter().chain([app("account")]).collect(),
            downstreams: BTreeMap::from([
                (
                    Protocol::Account,
                    Arc::new(AccountPage::new(Url::parse("https://sso.example").unwrap()))
                        as Arc<dyn Downstream>,
                ),
                (Protocol::Saml, Arc::new(TestDownstream)),
            ]),
            sign_offs: BTreeMap::from([(
                Protocol::Saml,
                Arc::new(TestSignOff) as Arc<dyn SignOff>,
            )]),
            upstreams: ["adfs", "other"]
                .map(|name| (upstream(name), part(name)))
                .into(),
            factors: factors
                .into_iter()
                .map(|factor| (factor.traits().kind.clone(), factor))
                .collect(),
            policy: Policy::new(rules(), &kinds).unwrap(),
            routing,
            networks: Networks::new([office].into()),
            limits: Limits::USUAL,
            store: store.clone(),
            notifier: notices.clone(),
            clock: clock.clone(),
            entropy,
            handles: Handles::new(&[9; 32]),
        };
        change(&mut parts);
        Self {
            engine: Engine::new(parts),
            store,
            clock,
            notices,
        }
    }

    /// The same store and the same time under a changed configuration, as after a restart.
    pub(crate) fn restarted(&self, change: impl FnOnce(&mut Parts)) -> Self {
        let again = Self::on(self.store.clone(), change);
        let passed = self.clock.now() - again.clock.now();
        again.clock.forward(passed.num_seconds());
        again
    }

    /// Step 1 in a browser.
    pub(crate) async fn arrive(
        &self,
        query: &str,
        visitor: Visitor,
    ) -> Result<Shown, Box<Problem>> {
        let incoming = Incoming {
            query: query.into(),
            form: None,
        };
        self.engine
            .receive(Protocol::Saml, &incoming, visitor)
            .await
    }

    /// The upstream says who it is; the browser follows our redirect.
    pub(crate) async fn come_back(
        &self,
        handle: &str,
        answer: &str,
        visitor: Visitor,
    ) -> Result<Shown, Box<Problem>> {
        let callback = Callback {
            query: format!("handle={handle}&{answer}"),
            form: None,
        };
        let unknown = Visitor {
            browser: None,
            ..visitor
        };
        match self
            .engine
            .callback(&upstream("adfs"), callback, unknown)
            .await?
        {
            Shown::Onward(page) => self.engine.show(&page, visitor).await,
            other => panic!("a callback leads onward, not to {other:?}"),
        }
    }

    /// From the application to the first page after the upstream.
    pub(crate) async fn log_in(
        &self,
        answer: &str,
        visitor: Visitor,
    ) -> Result<Shown, Box<Problem>> {
        let handle = handle_of(&self.arrive("app=jira&id=r1", visitor).await.unwrap());
        Box::pin(self.come_back(&handle, answer, visitor)).await
    }

    /// A person who has an app and backup codes: the secret and the codes.
    pub(crate) async fn enrolled(&self, subject: &str, visitor: Visitor) -> (String, Vec<String>) {
        let page = self.at_code(subject, visitor).await;
        let Ask::ScanSecret { secret, .. } = page.ask.clone() else {
            panic!("{page:?}")
        };
        let code = Act::Code(self.code(&secret));
        let page = screen(self.act(&page, code, visitor).await);
        let Ask::SaveCodes(codes) = page.ask.clone() else {
            panic!("{page:?}")
        };
        assert!(is_granted(&self.act(&page, Act::Confirm, visitor).await));
        self.clock.forward(30);
        (secret, codes)
    }

    /// At the page that a person sees first after the upstream.
    pub(crate) async fn at_code(&self, subject: &str, visitor: Visitor) -> Screen {
        screen(self.log_in(&format!("subject={subject}"), visitor).await)
    }

    pub(crate) async fn act(
        &self,
        screen: &Screen,
        act: Act,
        visitor: Visitor,
    ) -> Result<Shown, Box<Problem>> {
        // On the heap: a test that does this many times would need a large stack.
        let done = self
            .engine
            .act(&screen.handle, Some(screen.step), act, visitor);
        Box::pin(done).await
    }

    /// What the app shows now.
    pub(crate) fn code(&self, secret: &str) -> SecretString {
        let secret = Secret::try_from_base32(secret).unwrap();
        let totp = Builder::new().with_secret(secret).build().unwrap();
        let now = u64::try_from(self.clock.now().timestamp()).unwrap();
        totp.generate(now).to_string().into()
    }

    pub(crate) async fn reasons(&self) -> Vec<String> {
        let entries = self
            .store
            .entries(&AuditFilter {
                most: 1000,
                ..AuditFilter::default()
            })
            .await
            .unwrap();
        entries
            .into_iter()
            .map(|entry| format!("{:?}:{}", entry.record.event, entry.record.reason))
            .collect()
    }
}

pub(crate) fn screen(outcome: Result<Shown, Box<Problem>>) -> Screen {
    match outcome {
        Ok(Shown::Screen(screen)) => *screen,
        other => panic!("a page was expected, not {other:?}"),
    }
}

pub(crate) fn is_granted(outcome: &Result<Shown, Box<Problem>>) -> bool {
    matches!(outcome, Ok(Shown::Answer(Reply::Redirect(url), _) | Shown::SignedIn(_, Reply::Redirect(url), _)) if url.query_pairs().any(|(key, _)| key == "person"))
}

/// What the application gets to read.
pub(crate) fn answer(outcome: Result<Shown, Box<Problem>>, name: &str) -> Option<String> {
    match outcome {
        Ok(
            Shown::Answer(Reply::Redirect(url), _) | Shown::SignedIn(_, Reply::Redirect(url), _),
        ) => field(url.query().unwrap_or_default(), name),
        other => panic!("an answer was expected, not {other:?}"),
    }
}

/// The handle that an upstream is given.
pub(crate) fn handle_of(shown: &Shown) -> String {
    match shown {
        Shown::ToUpstream(Reply::Redirect(url), _) => {
            field(url.query().unwrap_or_default(), "handle").unwrap()
        }
        other => panic!("a way to an upstream was expected, not {other:?}"),
    }
}
