//! Keycloak's administrator: what is done in its console, through the API behind it.

use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use url::Url;

/// Name and password in this run.
pub(crate) const ACCOUNT: [&str; 2] = ["administrator", "a password of this run"];

/// How long Keycloak is given to notice something.
const PATIENCE: Duration = Duration::from_secs(20);

/// Signed in at the API.
pub(crate) struct Administrator {
    client: Client,
    keycloak: Url,
    token: String,
}

impl Administrator {
    /// Signs in at this Keycloak, for a minute.
    pub(crate) async fn of(keycloak: &Url) -> Self {
        let client = Client::new();
        let [username, password] = ACCOUNT;
        let form = format!(
            "grant_type=password&client_id=admin-cli&username={username}&password={}",
            password.replace(' ', "+")
        );
        let token = keycloak.join("/realms/master/protocol/openid-connect/token");
        let asked = client.post(token.unwrap()).body(form);
        let answer = asked.header("content-type", "application/x-www-form-urlencoded");
        let answer = answer.send().await.unwrap().text().await.unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let token = answer["access_token"].as_str().expect("an access token");
        Self {
            token: token.to_owned(),
            keycloak: keycloak.clone(),
            client,
        }
    }

    /// Makes something, below `/admin/realms`.
    pub(crate) async fn makes(&self, path: &str, what: &Value) {
        let (status, said) = self.sends(self.client.post(self.place(path)), what).await;
        assert_eq!(status, 201, "{path}: {said}");
    }

    /// Writes something anew, below `/admin/realms`.
    pub(crate) async fn changes(&self, path: &str, what: &Value) {
        let (status, said) = self.sends(self.client.put(self.place(path)), what).await;
        assert_eq!(status, 204, "{path}: {said}");
    }

    /// Reads something, below `/admin/realms`.
    pub(crate) async fn reads(&self, path: &str) -> Value {
        let asked = self.client.get(self.place(path)).bearer_auth(&self.token);
        let answer = asked.send().await.unwrap();
        let (status, said) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, 200, "{path}: {said}");
        serde_json::from_str(&said).unwrap()
    }

    /// Lets a realm read an issuer's discovery document; what it takes from it.
    pub(crate) async fn discovers(&self, realm: &str, issuer: &str) -> Value {
        let from = format!("{issuer}/.well-known/openid-configuration");
        let path = format!("/{realm}/identity-provider/import-config");
        let what = json!({ "providerId": "oidc", "fromUrl": from });
        let (status, said) = self.sends(self.client.post(self.place(&path)), &what).await;
        assert_eq!(status, 200, "{path}: {said}");
        serde_json::from_str(&said).unwrap()
    }

    /// Waits until somebody has this many sessions in a realm.
    pub(crate) async fn sees_sessions(&self, realm: &str, email: &str, count: usize) {
        let found = self
            .reads(&format!("/{realm}/users?exact=true&email={email}"))
            .await;
        let id = found[0]["id"].as_str().unwrap_or_else(|| panic!("{found}"));
        let deadline = Instant::now() + PATIENCE;
        loop {
            let sessions = self.reads(&format!("/{realm}/users/{id}/sessions")).await;
            if sessions.as_array().map(Vec::len) == Some(count) {
                return;
            }
            assert!(Instant::now() < deadline, "{email} of {realm}: {sessions}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Ends all sessions of a realm.
    pub(crate) async fn ends_sessions(&self, realm: &str) {
        let request = self
            .client
            .post(self.place(&format!("/{realm}/logout-all")));
        let (status, said) = self.sends(request, &json!({})).await;
        assert!(matches!(status, 200 | 204), "{status}: {said}");
    }

    async fn sends(&self, request: RequestBuilder, what: &Value) -> (u16, String) {
        let request = request.bearer_auth(&self.token);
        let request = request.header("content-type", "application/json");
        let answer = request.body(what.to_string()).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    fn place(&self, path: &str) -> Url {
        self.keycloak.join(&format!("/admin/realms{path}")).unwrap()
    }
}
