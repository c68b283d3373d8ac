//! A provider with two applications, and their side of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex},
};

use async_trait::async_trait;
use vestibule_core::{
    id::AppId,
    port::StoreError,
    token::{TokenChange, TokenKey, TokenPurpose, TokenRecord},
};

use super::super::{issued::IssuedCode, *};
pub(super) use crate::conformance::{grant, identity};
use crate::{conformance::now, preset::AppPreset, told::PairwiseKey};

pub(super) const ISSUER: &str = "https://sso.acme.test";
pub(super) const JIRA: &str = "jira";
pub(super) const JIRA_URI: &str = "https://jira.test/plugins/servlet/oidc/callback";
pub(super) const WIKI: &str = "wiki";
pub(super) const WIKI_URI: &str = "https://wiki.test/callback?x=%2f";
/// RFC 7636 appendix B.
pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Made once: RSA takes its time.
pub(super) static KEY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    SigningKey::generate_pkcs8(KeyKind::Rsa2048)
        .unwrap()
        .to_vec()
});

pub(super) fn our_key() -> SigningKey {
    SigningKey::from_pkcs8(&KEY).unwrap()
}

/// Tokens that were put there.
#[derive(Default)]
pub(super) struct Kept(pub(super) Mutex<BTreeMap<TokenKey, TokenRecord>>);

#[async_trait]
impl Tokens for Kept {
    async fn token(
        &self,
        purpose: TokenPurpose,
        key: TokenKey,
    ) -> Result<Option<TokenRecord>, StoreError> {
        let found = self.0.lock().unwrap().get(&key).cloned();
        Ok(found.filter(|record| record.purpose == purpose))
    }
}

/// Other bytes each time.
#[derive(Default)]
struct Counter(Mutex<u8>);

impl Entropy for Counter {
    fn fill(&self, buffer: &mut [u8]) {
        let mut counter = self.0.lock().unwrap();
        *counter += 1;
        buffer.fill(*counter);
    }
}

/// A provider, and what is kept for it.
pub(super) struct House {
    pub(super) provider: OidcProvider,
    pub(super) registry: Arc<Registry>,
    pub(super) kept: Arc<Kept>,
}

pub(super) fn settings() -> OidcSettings {
    let app = |id: &str, preset: AppPreset, uri: &str| {
        let mut client = Client::new(id, ClientKind::Confidential);
        client.register_redirect_uri(uri).unwrap();
        let auth = ClientAuth::Secret {
            way: SecretWay::Basic,
            hashes: vec![SecretHash::of("secret")],
        };
        (app_id(id), preset.oidc_app(client, auth))
    };
    OidcSettings {
        public_url: "https://sso.acme.test/".parse().unwrap(),
        keys: OidcKeys::new(vec![OidcKey {
            key: our_key(),
            active: true,
            clients: Default::default(),
        }])
        .ring(),
        pairwise_key: PairwiseKey::new(&[7; 32]),
        apps: [
            app(JIRA, AppPreset::JiraDataCenter, JIRA_URI),
            app(WIKI, AppPreset::Generic, WIKI_URI),
        ]
        .into(),
    }
}

pub(super) fn app_id(id: &str) -> AppId {
    AppId::new(id).unwrap()
}

pub(super) fn house(change: impl FnOnce(&mut OidcSettings)) -> House {
    let mut settings = settings();
    change(&mut settings);
    let registry = Arc::new(Registry::new(settings).unwrap());
    let kept = Arc::new(Kept::default());
    House {
        provider: OidcProvider::new(registry.clone(), kept.clone(), Arc::<Counter>::default()),
        registry,
        kept,
    }
}

/// The query of a good request of that application, with more behind it.
pub(super) fn query(app: &str, state: &str, more: &str) -> String {
    let uri = match app {
        WIKI => "https%3A%2F%2Fwiki.test%2Fcallback%3Fx%3D%252f",
        _ => "https%3A%2F%2Fjira.test%2Fplugins%2Fservlet%2Foidc%2Fcallback",
    };
    let more = if more.is_empty() {
        String::new()
    } else {
        format!("&{more}")
    };
    // Whoever says more of them says it instead.
    let scope = if more.contains("&scope=") {
        ""
    } else {
        "&scope=openid+profile+email+groups"
    };
    format!(
        "client_id={app}&redirect_uri={uri}&response_type=code{scope}&state={state}&nonce=n-{state}&code_challenge={CHALLENGE}&code_challenge_method=S256{more}"
    )
}

pub(super) fn by_get(query: String) -> Incoming {
    Incoming { query, form: None }
}

impl House {
    /// As it is registered.
    pub(super) fn app(&self, id: &str) -> &OidcApp {
        self.registry.app(&app_id(id)).unwrap()
    }

    pub(super) async fn request(
        &self,
        app: &str,
        state: &str,
        more: &str,
    ) -> Result<AuthnRequest, Rejection> {
        let incoming = by_get(query(app, state, more));
        self.provider.receive(&incoming, now()).await
    }

    /// Alice passed both doors.
    pub(super) async fn answer(&self, request: AuthnRequest) -> Result<Answered, DownstreamError> {
        self.provider.answer(grant(request, identity(), true)).await
    }
}

/// Where a reply goes, and its fields; those of the redirect URI itself are left out.
pub(super) fn sent(reply: &Reply) -> (String, BTreeMap<String, String>) {
    match reply {
        Reply::PostForm { action, fields } => {
            (action.to_string(), fields.iter().cloned().collect())
        }
        Reply::Redirect(url) => {
            let mut fields: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
            let mut address = url.clone();
            match fields.remove("x") {
                Some(_) => address.set_query(Some("x=%2f")),
                None => address.set_query(None),
            }
            (address.to_string(), fields)
        }
    }
}

/// What is kept of the code that was issued.
pub(super) fn issued(answered: &Answered) -> (TokenRecord, IssuedCode) {
    let record = answered.tokens.iter().find_map(|change| match change {
        TokenChange::Add(record) => Some(record.clone()),
        _ => None,
    });
    let record = record.unwrap();
    let (_, fields) = sent(&answered.reply);
    let key = opaque::key_of(TokenPurpose::AuthorizationCode, &fields["code"]).unwrap();
    assert_eq!(key, record.key);
    let code = record.body.read().unwrap();
    (record, code)
}
