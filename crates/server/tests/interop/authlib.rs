//! Authlib as OpenID clients, one for each way to authenticate. Every ID token and every logout token is verified by
//! its JOSE library and by PyJWT, which must read the same.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use vestibule_testkit::{
    browser::Page,
    python::{Peer, Program},
};

use crate::{
    person::Person,
    scene::{Applications, Scene, read, vestibule_url},
};

const WAY: &str = "keycloak-oidc";
const SECRET: &str = "a client secret that only this run knows";

/// Client id, how it authenticates, and what its ID tokens are signed with.
const CLIENTS: [(&str, &str, &str); 3] = [
    ("basic", "client_secret_basic", "RS256"),
    ("post", "client_secret_post", "ES256"),
    ("signing", "private_key_jwt", "EdDSA"),
];

/// How long a running Vestibule is given to see a key that another process made, or to take a refresh token for stolen
/// (10 seconds each).
const SOON: Duration = Duration::from_secs(30);

/// The clients, and a Vestibule that knows them.
async fn set() -> (Peer, Scene) {
    let clients: serde_json::Map<_, _> = CLIENTS
        .map(|(id, method, _)| {
            let secret = (method != "private_key_jwt").then_some(SECRET);
            (id.to_owned(), json!({ "method": method, "secret": secret }))
        })
        .into_iter()
        .collect();
    let settings = [
        ("issuer", json!(vestibule_url())),
        ("clients", json!(clients)),
    ];
    let peer = Program::OpenIdClient.start(&settings).unwrap();
    let base = peer.address();
    let yaml = CLIENTS.map(|(id, method, algorithm)| {
        let proof = match method {
            "private_key_jwt" => "jwks_file: jwks.json",
            _ => "client_secret_file: authlib-secret",
        };
        format!(
            "  {id}:
    oidc:
      redirect_uris: {base}callback
      client_auth: {method}
      {proof}
      id_token_algorithm: {algorithm}
      offline_access: true
      back_channel_logout_uri: {base}back-channel
      post_logout_redirect_uris: {base}goodbye
"
        )
    });
    let files = vec![
        ("authlib-secret", SECRET.to_owned()),
        ("jwks.json", read(&base.join("jwks").unwrap()).await),
    ];
    let applications = Applications {
        keys: &["openid-es256", "openid-eddsa"],
        ..Applications::new(yaml.concat(), files)
    };
    (peer, Scene::set_with(applications).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn authlib_takes_our_tokens_however_it_authenticates() {
    let (peer, _scene) = set().await;
    let mut alice = Person::new("alice");
    let tokens = signs_in(&peer, &mut alice).await;
    for ((id, _, algorithm), said) in CLIENTS.iter().zip(&tokens) {
        let claims = &said["claims"];
        assert_eq!(said["algorithm"], *algorithm, "{id}");
        assert_eq!(claims["aud"], *id);
        assert_eq!(claims["acr"], "https://refeds.org/profile/mfa", "{id}");
        for word in ["mfa", "otp"] {
            let amr = claims["amr"].as_array().expect("amr");
            assert!(amr.contains(&word.into()), "{id}: {claims}");
        }
        assert!(claims["auth_time"].is_i64(), "{id}: {claims}");
        let userinfo = &said["userinfo"];
        assert_eq!(userinfo["sub"], claims["sub"], "{id}");
        assert_eq!(userinfo["email"], "alice@acme.example", "{id}");
        assert_eq!(userinfo["name"], "Alice Archer", "{id}");
        assert_eq!(said["refreshable"], true, "{id}");
    }
    // They may compare whom they know, and not which session it is.
    let different = |claim: &str| {
        let values = tokens.iter().map(|said| said["claims"][claim].to_string());
        values.collect::<BTreeSet<_>>().len()
    };
    assert_eq!(different("sub"), 1);
    assert_eq!(different("sid"), CLIENTS.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn authlib_refreshes_and_is_stopped_with_a_refresh_token_that_was_used() {
    let (peer, _scene) = set().await;
    let mut alice = Person::new("alice");
    let tokens = signs_in(&peer, &mut alice).await;
    for ((id, _, _), first) in CLIENTS.iter().zip(&tokens) {
        let asks = |what: &str| format!("{what}?client={id}");
        assert_eq!(ask(&peer, &asks("introspect")).await["active"], true);
        for _ in 0..2 {
            let fresh = ask(&peer, &asks("refresh")).await;
            assert_eq!(fresh["rotated"], true, "{id}");
            // OpenID Connect Core 12.2: whoever it is about stays the same, and when they came.
            for claim in ["sub", "sid", "auth_time", "iss", "aud"] {
                let (now, before) = (&fresh["claims"][claim], &first["claims"][claim]);
                assert_eq!(now, before, "{id}: {claim}");
            }
        }
        // At once, it may be a request that crossed another: it is refused, and that is all.
        let refused = refusal(&peer, &asks("replay")).await;
        assert!(refused.contains("invalid_grant"), "{id}: {refused}");
        assert_eq!(ask(&peer, &asks("introspect")).await["active"], true);
    }
    for (id, _, _) in CLIENTS {
        let asks = |what: &str| format!("{what}?client={id}");
        // Later, somebody else has it: the honest one must sign in anew, too.
        let deadline = Instant::now() + SOON;
        while ask(&peer, &asks("introspect")).await["active"] == true {
            assert!(Instant::now() < deadline, "{id}: its tokens still count");
            refusal(&peer, &asks("replay")).await;
        }
        let refused = refusal(&peer, &asks("refresh")).await;
        assert!(refused.contains("invalid_grant"), "{id}: {refused}");

        let start = peer.address().join(&asks("login")).unwrap();
        let page = alice.browser.get(&start).await.unwrap();
        let page = alice.browser.settle(page).await.unwrap();
        said(&peer, &page);
        assert_eq!(ask(&peer, &asks("introspect")).await["active"], true);
        assert_eq!(ask(&peer, &asks("revoke")).await["status"], 200, "{id}");
        assert_eq!(ask(&peer, &asks("introspect")).await["active"], false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn authlib_finds_a_new_key_of_ours_between_two_logins() {
    let (peer, scene) = set().await;
    let mut alice = Person::new("alice");
    let before = signs_in(&peer, &mut alice).await.swap_remove(0);
    scene.replaces_key("openid-rs256");
    let deadline = Instant::now() + SOON;
    let start = peer.address().join("login?client=basic").unwrap();
    loop {
        let page = alice.browser.get(&start).await.unwrap();
        let page = alice.browser.settle(page).await.unwrap();
        let now = said(&peer, &page);
        assert_eq!(now["claims"]["sub"], before["claims"]["sub"]);
        if now["kid"] != before["kid"] {
            return;
        }
        assert!(Instant::now() < deadline, "still signed with the old key");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn authlib_is_told_of_the_end_of_a_session_by_our_server() {
    let (peer, scene) = set().await;
    let mut alice = Person::new("alice");
    let tokens = signs_in(&peer, &mut alice).await;
    scene.ends_sessions();
    let told = ask(&peer, &format!("logouts?count={}", CLIENTS.len())).await;
    let told = told.as_array().expect("a list");
    assert_eq!(told.len(), CLIENTS.len(), "{told:?}\n{}", peer.log());
    for ((id, _, _), said) in CLIENTS.iter().zip(&tokens) {
        let token = told.iter().find(|token| token["client"] == *id);
        let token = token.unwrap_or_else(|| panic!("{id} in {told:?}"));
        assert_eq!(token["type"], "logout+jwt", "{id}");
        for claim in ["sub", "sid"] {
            let (heard, known) = (&token["claims"][claim], &said["claims"][claim]);
            assert_eq!(heard, known, "{id}: {claim}");
        }
    }
    let silent = peer
        .address()
        .join("login?client=basic&prompt=none")
        .unwrap();
    let page = alice.browser.get(&silent).await.unwrap();
    let page = alice.browser.follow(page).await.unwrap();
    assert_eq!(said(&peer, &page)["error"], "login_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn authlib_signs_people_out() {
    let (peer, _scene) = set().await;
    let mut alice = Person::new("alice");
    signs_in(&peer, &mut alice).await;
    let begun = peer.address().join("logout?client=basic").unwrap();
    let page = alice.browser.get(&begun).await.unwrap();
    let page = alice.confirms_sign_out(page).await;
    let back = said(&peer, &page);
    assert_eq!(back["state"], "where she was", "{back}");
    let told = ask(&peer, &format!("logouts?count={}", CLIENTS.len())).await;
    assert!(!told.as_array().expect("a list").is_empty(), "{told}");
}

/// Comes in through both doors with the first client, and reaches the others without being asked; what each holds then.
async fn signs_in(peer: &Peer, person: &mut Person) -> Vec<Value> {
    let mut tokens = Vec::new();
    for (id, _, _) in CLIENTS {
        let start = peer.address().join(&format!("login?client={id}")).unwrap();
        let page = if tokens.is_empty() {
            let page = person.passes_first_door(&start, WAY).await;
            person.enrols(page).await
        } else {
            let page = person.browser.get(&start).await.unwrap();
            person.browser.settle(page).await.unwrap()
        };
        tokens.push(said(peer, &page));
    }
    tokens
}

/// What the clients say to a question that needs no person.
async fn ask(peer: &Peer, question: &str) -> Value {
    let answer = reqwest::get(peer.address().join(question).unwrap()).await;
    let answer = answer.unwrap();
    let (status, body) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, 200, "{question}: {body}\n{}", peer.log());
    serde_json::from_str(&body).unwrap()
}

/// Why they could not do what they were asked.
async fn refusal(peer: &Peer, question: &str) -> String {
    let answer = reqwest::get(peer.address().join(question).unwrap()).await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 400, "{question}");
    answer.text().await.unwrap()
}

/// What the clients say, if they are content.
fn said(peer: &Peer, page: &Page) -> Value {
    assert_eq!(page.status, 200, "{}\n{}", page.body, peer.log());
    serde_json::from_str(&page.body).unwrap_or_else(|_| panic!("{}", page.unlike("not JSON")))
}
