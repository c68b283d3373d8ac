//! A provider with a store behind it, on one node or two, and the servers of its applications.

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
pub(super) use chrono::TimeDelta;
use chrono::{DateTime, Utc};
pub(super) use serde_json::Value;
use tempfile::TempDir;
use url::form_urlencoded;
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    flow::BrowserKey,
    id::UpstreamId,
    identity::PersonId,
    port::{AuditFilter, AuditLog, Commit, Commits, Entropy, PersonRecord},
    session::{Session, SessionKey},
};
pub(super) use vestibule_core::{
    id::SessionId,
    port::{Clock, People, SessionChange},
    session::Limits,
};
use vestibule_store::{MasterKey, Store, StoreConfig, StoreUrl};

pub(super) use super::super::{super::*, house::*};
use crate::{
    conformance::{now, person},
    oidc::service::{Call, Denied, Message, TokenService},
    preset::AppPreset,
};

/// RFC 7636 appendix B.
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// A public client.
pub(super) const APP: &str = "app";
pub(super) const APP_URI: &str = "https://app.test/callback";
const FORM: &str = "application/x-www-form-urlencoded";

pub(super) struct TestClock(Mutex<DateTime<Utc>>);

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// Other bytes each time, on all nodes together.
struct Drawn;

impl Entropy for Drawn {
    fn fill(&self, buffer: &mut [u8]) {
        static DRAWN: AtomicU64 = AtomicU64::new(0);
        let number = DRAWN.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        for (to, from) in buffer.iter_mut().zip(number.iter().cycle()) {
            *to = *from;
        }
    }
}

/// One node.
pub(super) struct Desk {
    pub(super) provider: OidcProvider,
    pub(super) service: TokenService,
    pub(super) store: Arc<Store>,
    pub(super) clock: Arc<TestClock>,
    registry: Arc<Registry>,
    folder: Arc<TempDir>,
}

/// A request of an application's server.
pub(super) struct Post {
    pub(super) method: &'static str,
    pub(super) query: &'static str,
    pub(super) content_type: Option<&'static str>,
    pub(super) authorization: Option<String>,
    pub(super) authorization_repeated: bool,
    pub(super) address: IpAddr,
    pub(super) body: String,
}

impl Post {
    pub(super) fn of(fields: &[(&str, &str)]) -> Self {
        let mut body = form_urlencoded::Serializer::new(String::new());
        Self {
            method: "POST",
            query: "",
            content_type: Some(FORM),
            authorization: None,
            authorization_repeated: false,
            address: [192, 0, 2, 1].into(),
            body: body.extend_pairs(fields).finish(),
        }
    }

    pub(super) fn with_header(self, header: impl Into<String>) -> Self {
        Self {
            authorization: Some(header.into()),
            ..self
        }
    }

    pub(super) fn by(self, app: &str) -> Self {
        match app {
            APP => Self {
                body: format!("{}&client_id={APP}", self.body),
                ..self
            },
            app => self.with_header(basic(app, "secret")),
        }
    }

    pub(super) fn call(&self) -> Call<'_> {
        Call {
            message: Message {
                method: self.method,
                query: Some(self.query),
                content_type: self.content_type,
                authorization: self.authorization.as_deref(),
                body: self.body.as_bytes(),
            },
            authorization_repeated: self.authorization_repeated,
            address: Some(self.address),
        }
    }
}

pub(super) fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{secret}")))
}

pub(super) fn redirect_uri(app: &str) -> &'static str {
    match app {
        APP => APP_URI,
        JIRA => JIRA_URI,
        _ => WIKI_URI,
    }
}

/// The fields of a good exchange.
pub(super) fn exchange<'a>(app: &str, code: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri(app)),
        ("code_verifier", VERIFIER),
    ]
}

pub(super) fn text<'v>(answer: &'v Value, name: &str) -> &'v str {
    answer[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name}: {answer}"))
}

/// What an ID token says; whether it is signed is another test's.
pub(super) fn claims(answer: &Value) -> Value {
    let payload = text(answer, "id_token").split('.').nth(1).unwrap();
    let payload = base64::prelude::BASE64_URL_SAFE_NO_PAD
        .decode(payload)
        .unwrap();
    serde_json::from_slice(&payload).unwrap()
}

/// The code of a refusal.
pub(super) fn refused<T: std::fmt::Debug>(outcome: Result<T, Denied>) -> &'static str {
    outcome.unwrap_err().code()
}

impl Desk {
    pub(super) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    pub(super) async fn with(change: impl FnOnce(&mut OidcSettings)) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let clock = Arc::new(TestClock(Mutex::new(now())));
        Self::on(folder, clock, change).await
    }

    /// Another node on the same store, or the same one after a restart, perhaps with other settings.
    pub(super) async fn again(&self, change: impl FnOnce(&mut OidcSettings)) -> Self {
        Self::on(self.folder.clone(), self.clock.clone(), change).await
    }

    async fn on(
        folder: Arc<TempDir>,
        clock: Arc<TestClock>,
        change: impl FnOnce(&mut OidcSettings),
    ) -> Self {
        let mut settings = all_settings();
        change(&mut settings);
        let path = folder.path().join("store.db");
        let url = StoreUrl::parse(&format!("sqlite:{}", path.display())).unwrap();
        let config = StoreConfig::new(url, MasterKey::from_bytes([7; 32]));
        let store = Arc::new(Store::open(&config).await.unwrap());
        let registry = Arc::new(Registry::new(settings).unwrap());
        let upstreams = [person().id.upstream().clone()].into();
        Self {
            provider: OidcProvider::new(registry.clone(), store.clone(), Arc::new(Drawn)),
            service: TokenService::new(
                registry.clone(),
                upstreams,
                Limits::USUAL,
                store.clone(),
                clock.clone(),
                Arc::new(Drawn),
            ),
            store,
            clock,
            registry,
            folder,
        }
    }

    /// One that does not ask that upstream any more.
    pub(super) async fn without_upstreams(self) -> Self {
        let registry = Arc::new(Registry::new(all_settings()).unwrap());
        let other = UpstreamId::new("other").unwrap();
        Self {
            service: TokenService::new(
                registry,
                [other].into(),
                Limits::USUAL,
                self.store.clone(),
                self.clock.clone(),
                Arc::new(Drawn),
            ),
            ..self
        }
    }

    /// Where sessions last so long.
    pub(super) fn within(self, limits: Limits) -> Self {
        let upstreams = [person().id.upstream().clone()].into();
        let registry = self.registry.clone();
        Self {
            service: TokenService::new(
                registry,
                upstreams,
                limits,
                self.store.clone(),
                self.clock.clone(),
                Arc::new(Drawn),
            ),
            ..self
        }
    }

    pub(super) fn wait(&self, time: TimeDelta) {
        *self.clock.0.lock().unwrap() += time;
    }

    /// Alice logs in at this application, with more in its request: the code, and her session.
    pub(super) async fn login(&self, app: &str, more: &str) -> (String, SessionId) {
        let request = match app {
            APP if !more.contains("scope=") => {
                return Box::pin(self.login(app, &format!("scope=openid+email&{more}"))).await;
            }
            APP => format!(
                "client_id={APP}&redirect_uri=https%3A%2F%2Fapp.test%2Fcallback&response_type=code&state=s&nonce=n-s&code_challenge={CHALLENGE}&code_challenge_method=S256&{more}"
            ),
            app => query(app, "s", more),
        };
        self.login_by(request).await
    }

    pub(super) async fn login_by(&self, query: String) -> (String, SessionId) {
        let incoming = by_get(query);
        let request = self.provider.receive(&incoming, now()).await.unwrap();
        let grant = grant(request, identity(), true);
        let id = grant.session();
        let mut key = [0; 32];
        Drawn.fill(&mut key);
        let session = Session::begun(SessionKey(key), BrowserKey(key), &grant, Limits::USUAL);
        let answered = self.provider.answer(grant).await.unwrap();
        let commit = Commit {
            seen: Some(seen()),
            session: Some(SessionChange::Begin(session)),
            tokens: answered.tokens,
            ..Commit::default()
        };
        self.store.commit(commit).await.unwrap();
        let (_, fields) = sent(&answered.reply);
        (fields["code"].clone(), id)
    }

    /// The code of a login.
    pub(super) async fn code(&self, app: &str, more: &str) -> String {
        self.login(app, more).await.0
    }

    /// What a good exchange gives.
    pub(super) async fn tokens(&self, app: &str, more: &str) -> Value {
        let code = self.code(app, more).await;
        self.redeem(app, &code).await.unwrap()
    }

    /// What a login with `offline_access` gives.
    pub(super) async fn offline(&self, app: &str) -> Value {
        self.tokens(app, OFFLINE).await
    }

    pub(super) async fn redeem(&self, app: &str, code: &str) -> Result<Value, Denied> {
        self.token(Post::of(&exchange(app, code)).by(app)).await
    }

    pub(super) async fn refresh(&self, app: &str, token: &str) -> Result<Value, Denied> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.token(Post::of(&fields).by(app)).await
    }

    pub(super) async fn token(&self, post: Post) -> Result<Value, Denied> {
        self.service.token(post.call()).await
    }

    pub(super) async fn userinfo(&self, token: &str) -> Result<Value, Denied> {
        let post = Post {
            method: "GET",
            content_type: None,
            ..Post::of(&[]).with_header(format!("Bearer {token}"))
        };
        self.service.userinfo(post.call()).await
    }

    pub(super) async fn commit(&self, change: SessionChange) {
        let commit = Commit {
            session: Some(change),
            ..Commit::default()
        };
        self.store.commit(commit).await.unwrap();
    }

    /// The record of what an administrator does now.
    pub(super) fn administered(&self) -> AuditRecord {
        let at = self.clock.now();
        AuditRecord::new(at, AuditEvent::Administration, AuditResult::Success)
    }

    /// What was written down of applications, oldest first.
    pub(super) async fn noted(&self) -> Vec<AuditRecord> {
        let filter = AuditFilter {
            most: 100,
            ..AuditFilter::default()
        };
        let entries = self.store.entries(&filter).await.unwrap();
        let records = entries.into_iter().map(|entry| entry.record);
        records
            .filter(|record| record.event == AuditEvent::Request)
            .collect()
    }

    pub(super) async fn reasons(&self) -> Vec<String> {
        let noted = self.noted().await;
        noted.into_iter().map(|record| record.reason).collect()
    }
}

/// Asks for all that there is.
pub(super) const OFFLINE: &str = "prompt=consent&scope=openid+profile+email+groups+offline_access";

pub(super) fn alice() -> PersonId {
    person().id
}

fn seen() -> PersonRecord {
    PersonRecord {
        id: alice(),
        display_name: None,
        mail: None,
        disabled: false,
        first_seen: now(),
        last_seen: Some(now()),
        valid_from: DateTime::UNIX_EPOCH,
    }
}

/// Three applications, each of which may have refresh tokens.
fn all_settings() -> OidcSettings {
    let mut settings = settings();
    for app in settings.apps.values_mut() {
        app.client.scopes.insert(OFFLINE_ACCESS.to_owned());
    }
    settings.apps.insert(app_id(APP), public_app());
    settings
}

fn public_app() -> OidcApp {
    let mut client = Client::new(APP, ClientKind::Public);
    client.register_redirect_uri(APP_URI).unwrap();
    let mut app = AppPreset::Generic.oidc_app(client, ClientAuth::None);
    app.client.scopes.insert(OFFLINE_ACCESS.to_owned());
    app
}
