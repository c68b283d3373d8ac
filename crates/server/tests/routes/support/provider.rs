//! An OpenID provider of a few answers, on loopback: enough for one login at a time, and for logout tokens.

use std::sync::{Arc, Mutex};

use chrono::Utc;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use url::Url;
use vestibule_oidc::{
    logout_token::{EVENT, TYPE},
    signing::{KeyKind, SigningKey, jwk_set},
};
use vestibule_testkit::browser::Page;

/// It; gone when it is dropped.
pub(crate) struct Provider {
    pub(crate) issuer: String,
    key: SigningKey,
    /// The token of the login under way.
    token: Arc<Mutex<String>>,
    _serving: JoinSet<()>,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let key = fresh_key();
        let token = Arc::new(Mutex::new(String::new()));
        let document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/auth"),
            "token_endpoint": format!("{issuer}/token"),
            "end_session_endpoint": format!("{issuer}/logout"),
            "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        });
        let (document, keys) = (document.to_string(), jwk_set([&key]).to_string());
        let mut serving = JoinSet::new();
        let said = Arc::clone(&token);
        serving.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let said = said.lock().unwrap().clone();
                answer(stream, &document, &keys, &said).await;
            }
        });
        Self {
            issuer,
            key,
            token,
            _serving: serving,
        }
    }

    /// The browser was sent here, and goes back: the path and query of our callback.
    pub(crate) fn lets_in(&self, sent: &Page, subject: &str, session: &str) -> String {
        self.says(sent, subject, session, json!({}))
    }

    /// The same, with these claims over the usual ones.
    pub(crate) fn says(&self, sent: &Page, subject: &str, session: &str, more: Value) -> String {
        let asked = sent.redirect().unwrap();
        let value = |name: &str| {
            let found = asked.query_pairs().find(|(key, _)| key == name);
            found.unwrap().1.into_owned()
        };
        let now = Utc::now().timestamp();
        let mut claims = json!({
            "iss": self.issuer, "aud": "vestibule", "sub": subject, "sid": session, "nonce": value("nonce"),
            "iat": now, "exp": now + 300, "email": format!("{subject}@corp.example"), "email_verified": true,
            "groups": ["kiosk"],
        });
        let members = claims.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        let token = self.key.sign(members).unwrap();
        let body = json!({"access_token": "access", "token_type": "Bearer", "id_token": token});
        *self.token.lock().unwrap() = body.to_string();
        let mut back = Url::parse(&value("redirect_uri")).unwrap();
        back.query_pairs_mut()
            .append_pair("state", &value("state"))
            .append_pair("code", "code-1");
        back.to_string()
    }

    /// A logout token with these claims over the usual ones; `null` takes one away.
    pub(crate) fn logout_token(&self, changes: Value) -> String {
        self.logout_token_by(&self.key, changes)
    }

    /// The same, signed by somebody else.
    pub(crate) fn forged_logout_token(&self, changes: Value) -> String {
        self.logout_token_by(&fresh_key(), changes)
    }

    fn logout_token_by(&self, key: &SigningKey, changes: Value) -> String {
        let now = Utc::now().timestamp();
        let mut claims = json!({
            "iss": self.issuer, "aud": "vestibule", "iat": now, "exp": now + 120, "events": { EVENT: {} },
        });
        let members = claims.as_object_mut().unwrap();
        for (name, value) in changes.as_object().unwrap() {
            members.insert(name.clone(), value.clone());
            if value.is_null() {
                members.remove(name);
            }
        }
        key.sign_as(TYPE, members).unwrap()
    }
}

fn fresh_key() -> SigningKey {
    SigningKey::from_pkcs8(&SigningKey::generate_pkcs8(KeyKind::P256).unwrap()).unwrap()
}

/// One request of HTTP/1.1, and its answer.
async fn answer(mut stream: TcpStream, document: &str, keys: &str, token: &str) {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    let is_whole = |request: &[u8]| {
        let text = String::from_utf8_lossy(request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            return false;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>().unwrap())
        });
        body.len() >= length.unwrap_or(0)
    };
    while !is_whole(&request) {
        match stream.read(&mut chunk).await {
            Ok(read) if read > 0 => request.extend_from_slice(&chunk[..read]),
            _ => return,
        }
    }
    let text = String::from_utf8_lossy(&request);
    let body = match text.split(' ').nth(1) {
        Some("/jwks") => keys,
        Some("/token") => token,
        _ => document,
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let sent = stream.write_all(format!("{head}{body}").as_bytes()).await;
    sent.unwrap();
}
