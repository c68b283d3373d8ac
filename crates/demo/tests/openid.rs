//! The stand-in's OpenID Connect, spoken to with the relying party's half of the crate `oidc`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

use chrono::Utc;
use reqwest::header::AUTHORIZATION;
use url::Url;
use vestibule_demo::browser::Browser;
use vestibule_demo::{Broker, Facts, Places, Running, Stage};
use vestibule_oidc::authorize::{AuthorizationRequest, Prompt, ResponseMode};
use vestibule_oidc::callback::{Callback, Outcome};
use vestibule_oidc::discovery::{Provider, Rules};
use vestibule_oidc::id_token::{self, Expectation, VerifiedIdToken};
use vestibule_oidc::jwks::Jwks;
use vestibule_oidc::pkce::Verifier;
use vestibule_oidc::token::{self, ClientAuth, TokenRejection, Tokens};
use vestibule_oidc::{AuthorizationCode, ClientSecret, userinfo};
use vestibule_saml::metadata::SpDescription;

const CALLBACK: &str = "http://127.0.0.1:9/callback";
const STATE: &str = "a-state";
const NONCE: &str = "a-nonce";

fn house() -> Running {
    let stage = Stage::bind(Places::ephemeral()).unwrap();
    let facts = stage.facts();
    let sp = SpDescription {
        entity_id: "urn:nobody",
        acs_urls: vec!["http://127.0.0.1:9/acs"],
        certificates: vec![],
        decryption: Default::default(),
        authn_requests_signed: false,
        single_logout: Vec::new(),
        name_id_formats: vec![],
        valid_until: None,
    };
    let broker = Broker {
        public_url: Url::parse("http://127.0.0.1:9/").unwrap(),
        idp_metadata: facts.identity_provider.saml_metadata.clone(),
        sp_metadata: sp.to_xml(None).unwrap(),
        oidc_redirect_uri: CALLBACK.to_owned(),
    };
    stage.start(&broker).unwrap()
}

/// The relying party, with what it read from the provider.
struct Client<'h> {
    facts: &'h Facts,
    http: reqwest::Client,
    provider: Provider,
    keys: Jwks,
    redirect_uri: Url,
    verifier: Verifier,
}

impl<'h> Client<'h> {
    async fn of(house: &'h Running) -> Self {
        let facts = house.facts();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let issuer = &facts.identity_provider.oidc_issuer;
        let rules = Rules {
            issuer,
            other_hosts: &[],
            danger_allow_loopback_http: true,
        };
        let document = format!("{issuer}/.well-known/openid-configuration");
        let document = http
            .get(document)
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        let provider = Provider::parse(&document, rules).unwrap();
        let keys = http.get(provider.jwks_uri().clone()).send().await.unwrap();
        let keys = Jwks::parse(&keys.bytes().await.unwrap()).unwrap();
        Self {
            facts,
            http,
            provider,
            keys,
            redirect_uri: Url::parse(CALLBACK).unwrap(),
            verifier: Verifier::from_entropy([7; 32]),
        }
    }

    fn request(&self) -> AuthorizationRequest<'_> {
        let client_id = &self.facts.identity_provider.oidc_client_id;
        AuthorizationRequest {
            scopes: &["openid", "profile", "email", "groups"],
            ..AuthorizationRequest::new(client_id, &self.redirect_uri, STATE, NONCE, &self.verifier)
        }
    }

    /// Follows redirects until the one to the callback, whose answer is checked; `None` if a page comes first.
    async fn follow(&self, browser: &mut Browser, start: Url) -> Option<Outcome> {
        let mut next = start;
        for _ in 0..5 {
            if next.as_str().starts_with(CALLBACK) {
                let callback = Callback::parse(next.query().unwrap()).unwrap();
                return Some(
                    callback
                        .verify(STATE, self.provider.issuer(), true)
                        .unwrap(),
                );
            }
            let page = browser.get(&next).await.unwrap();
            next = match page.redirect() {
                Some(next) => next,
                None => {
                    let form = page.form_with("password").ok()?;
                    let password = &self.facts.people.alice.password;
                    let form = form.with("username", "alice").with("password", password);
                    browser.submit(&form).await.unwrap().redirect()?
                }
            };
        }
        None
    }

    async fn code(&self, browser: &mut Browser) -> AuthorizationCode {
        let url = self.request().url(&self.provider);
        match self.follow(browser, url).await.unwrap() {
            Outcome::Code(code) => code,
            Outcome::Refused(error) => panic!("{error:?}"),
        }
    }

    async fn redeem(
        &self,
        auth: &ClientAuth,
        code: &AuthorizationCode,
        verifier: &Verifier,
    ) -> Result<Tokens, TokenRejection> {
        let client_id = &self.facts.identity_provider.oidc_client_id;
        let request = token::exchange(client_id, auth, code, &self.redirect_uri, verifier);
        let mut call = self
            .http
            .post(self.provider.token_endpoint().clone())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(request.body);
        if let Some(authorization) = request.authorization {
            call = call.header(AUTHORIZATION, authorization);
        }
        let answer = call.send().await.unwrap();
        let status = answer.status().as_u16();
        token::parse_response(status, &answer.bytes().await.unwrap())
    }

    fn secret(&self) -> ClientAuth {
        let secret = &self.facts.identity_provider.oidc_client_secret;
        ClientAuth::SecretBasic(ClientSecret::new(secret.clone()))
    }

    fn verify(&self, tokens: &Tokens, code: &AuthorizationCode) -> VerifiedIdToken {
        let client_id = &self.facts.identity_provider.oidc_client_id;
        let access_token = tokens.access_token.secret();
        let issuer = self.provider.issuer();
        let mut expected = Expectation::new(
            issuer,
            client_id,
            NONCE,
            access_token,
            code.secret(),
            Utc::now(),
        );
        expected.require_hashes = true;
        id_token::verify(&tokens.id_token, &expected, &self.keys).unwrap()
    }
}

#[tokio::test]
async fn a_login_yields_a_verified_token_and_the_same_person_at_userinfo() {
    let house = house();
    let client = Client::of(&house).await;
    let mut browser = Browser::new().unwrap();
    let before = Utc::now().timestamp();
    let code = client.code(&mut browser).await;
    let tokens = client
        .redeem(&client.secret(), &code, &client.verifier)
        .await
        .unwrap();
    let token = client.verify(&tokens, &code);
    assert_eq!(token.claims().text("email"), Some("alice@acme.example"));
    assert_eq!(token.claims().value("groups").unwrap()[0], "staff");
    assert_eq!(token.amr(), ["pwd"]);
    assert!(token.auth_time().unwrap().timestamp() >= before);

    let endpoint = client.provider.userinfo_endpoint().unwrap().clone();
    let bearer = tokens.access_token.secret();
    let answer = client
        .http
        .get(endpoint.clone())
        .bearer_auth(bearer)
        .send()
        .await
        .unwrap();
    let info = userinfo::parse(&answer.bytes().await.unwrap(), &token).unwrap();
    assert_eq!(info.claims().text("name"), Some("Alice Archer"));
    let refused = client
        .http
        .get(endpoint)
        .bearer_auth("x")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
}

#[tokio::test]
async fn a_code_is_good_once_for_its_client_and_verifier() {
    let house = house();
    let client = Client::of(&house).await;
    let mut browser = Browser::new().unwrap();
    let secret = client.secret();
    let wrong_secret = ClientAuth::SecretBasic(ClientSecret::new("wrong".to_owned()));
    let other_verifier = Verifier::from_entropy([8; 32]);
    let refused = |result: Result<Tokens, TokenRejection>| match result.unwrap_err() {
        TokenRejection::Refused { error, .. } => error.error,
        other => panic!("{other}"),
    };

    let code = client.code(&mut browser).await;
    for (auth, verifier, error) in [
        (&ClientAuth::None, &client.verifier, "invalid_client"),
        (&wrong_secret, &client.verifier, "invalid_client"),
        (&secret, &other_verifier, "invalid_grant"),
        // The attempt with another verifier spent it.
        (&secret, &client.verifier, "invalid_grant"),
    ] {
        assert_eq!(refused(client.redeem(auth, &code, verifier).await), error);
    }

    let code = client.code(&mut browser).await;
    assert!(
        client
            .redeem(&secret, &code, &client.verifier)
            .await
            .is_ok()
    );
    assert_eq!(
        refused(client.redeem(&secret, &code, &client.verifier).await),
        "invalid_grant"
    );
}

#[tokio::test]
async fn nobody_is_asked_where_that_is_forbidden_and_everybody_where_it_is_demanded() {
    let house = house();
    let client = Client::of(&house).await;
    let mut browser = Browser::new().unwrap();
    let passive = AuthorizationRequest {
        prompt: Some(Prompt::None),
        ..client.request()
    };
    let passive = passive.url(&client.provider);
    match client.follow(&mut browser, passive.clone()).await.unwrap() {
        Outcome::Refused(error) => assert_eq!(error.error, "login_required"),
        Outcome::Code(_) => panic!("nobody is logged in"),
    }
    client.code(&mut browser).await;
    let outcome = client.follow(&mut browser, passive).await.unwrap();
    assert!(matches!(outcome, Outcome::Code(_)));

    let anew = AuthorizationRequest {
        prompt: Some(Prompt::Login),
        ..client.request()
    };
    let page = browser.get(&anew.url(&client.provider)).await.unwrap();
    let page = browser.follow(page).await.unwrap();
    assert!(page.form_with("password").is_ok(), "{}", page.body);
}

#[tokio::test]
async fn an_answer_comes_as_a_form_if_that_is_asked_for() {
    let house = house();
    let client = Client::of(&house).await;
    let mut browser = Browser::new().unwrap();
    client.code(&mut browser).await;
    let posted = AuthorizationRequest {
        response_mode: ResponseMode::FormPost,
        ..client.request()
    };
    let page = browser.get(&posted.url(&client.provider)).await.unwrap();
    let page = browser.follow(page).await.unwrap();
    let form = page.form_to("/callback").unwrap();
    assert!(form.is_post && form.action.as_str() == CALLBACK);
    let callback = Callback::parse(&form.encoded()).unwrap();
    let outcome = callback.verify(STATE, client.provider.issuer(), true);
    assert!(matches!(outcome, Ok(Outcome::Code(_))));
}

#[tokio::test]
async fn requests_without_pkce_or_from_strangers_get_no_code() {
    let house = house();
    let client = Client::of(&house).await;
    let mut browser = Browser::new().unwrap();
    let url = client.request().url(&client.provider);
    let without = |name: &str| {
        let mut changed = url.clone();
        let kept = url.query_pairs().filter(|(own, _)| own != name);
        changed.query_pairs_mut().clear().extend_pairs(kept);
        changed
    };
    match client
        .follow(&mut browser, without("code_challenge"))
        .await
        .unwrap()
    {
        Outcome::Refused(error) => assert_eq!(error.error, "invalid_request"),
        Outcome::Code(_) => panic!("PKCE is required"),
    }
    let mut elsewhere = without("redirect_uri");
    elsewhere
        .query_pairs_mut()
        .append_pair("redirect_uri", "http://127.0.0.1:10/");
    let mut stranger = without("client_id");
    stranger
        .query_pairs_mut()
        .append_pair("client_id", "stranger");
    for url in [elsewhere, stranger] {
        let page = browser.get(&url).await.unwrap();
        assert_eq!((page.status, page.redirect()), (400, None), "{}", page.body);
    }
}
