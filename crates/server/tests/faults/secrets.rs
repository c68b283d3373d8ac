//! Whole logins with everything logged that can be, and where their secrets are not to be found afterwards (attack rows
//! SO-19, WA-16).

use std::{fs, os::unix::fs::PermissionsExt};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use scraper::{Html, Selector};
use secrecy::ExposeSecret;
use serde_json::Value;
use vestibule_core::port::Keys;
use vestibule_server::{
    config::Config,
    wiring::{ambient::SystemEntropy, open_existing_store},
};
use vestibule_testkit::{
    browser::{Form, Page},
    security_key::{Algorithm, SecurityKey},
};
use vestibule_upstream::local::hash_password;

use crate::support::{Browser, PUBLIC, Person, Provider, Served, granted, typed};

const PASSWORD: &str = "canary-right-password";
const WRONG_PASSWORD: &str = "canary-wrong-password";
const CLIENT_SECRET: &str = "canary-client-secret";
const MAIL_PASSWORD: &str = "canary-mail-password";
const CODE: &str = "canary-code-of-the-provider";

/// What must be found nowhere, and what each is.
#[derive(Default)]
struct Secrets(Vec<(&'static str, Vec<u8>)>);

impl Secrets {
    fn add(&mut self, name: &'static str, secret: impl Into<Vec<u8>>) {
        let secret = secret.into();
        assert!(secret.len() >= 6, "{name} would be found anywhere");
        self.0.push((name, secret));
    }

    /// As it is, and as text in base 64, however it falls into groups of three.
    fn add_bytes(&mut self, name: &'static str, secret: &[u8]) {
        self.add(name, secret);
        for skip in 0..3 {
            let whole = &secret[skip..];
            let text = STANDARD.encode(&whole[..whole.len() / 3 * 3]);
            self.add(name, text);
        }
    }

    /// Cookies and the handle in the address.
    fn add_browser(&mut self, browser: &Browser, page: &Page) {
        for cookie in browser.cookies() {
            self.add("a cookie", cookie.as_bytes());
        }
        let mut path = page.url.path_segments().unwrap();
        if path.next() == Some("login") {
            self.add("a handle", path.next().unwrap().as_bytes());
        }
    }

    /// The message in a form for the application: as it is sent, its XML, and its signature.
    fn add_answer(&mut self, page: &Page) {
        assert!(granted(page), "{}", page.unlike("no answer"));
        let form = page.message_form().unwrap();
        self.add_message(form.value("SAMLResponse").unwrap());
    }

    fn add_message(&mut self, message: &str) {
        self.add("a message", message);
        let xml = STANDARD.decode(message).unwrap();
        let text = String::from_utf8_lossy(&xml).into_owned();
        let (_, rest) = text.split_once("SignatureValue>").unwrap();
        let signature = rest.split('<').next().unwrap();
        self.add("a signature", signature);
        self.add("a message", xml);
    }

    /// Those of them that stand in here.
    fn found_in(&self, hay: &[u8]) -> Vec<&'static str> {
        let stands_in = |needle: &[u8]| hay.windows(needle.len()).any(|window| window == needle);
        let found = self.0.iter().filter(|(_, secret)| stands_in(secret));
        found.map(|(name, _)| *name).collect()
    }
}

/// A broker with every kind of upstream and factor, secrets of its own, and a log at its finest.
fn house(provider: &Provider) -> Served {
    let issuer = provider.issuer();
    let served = Served::configured(|usual| {
        let upstreams = format!(
            "  oidc: {{ label: Oidc, oidc: {{ issuer: \"{issuer}\", client_id: us, client_secret_file: secret, algorithms: [ES256] }} }}\n  \
             local: {{ label: Emergency, local: {{ people: {{ admin: {{ password_hash_file: admin.hash, mail: admin@acme.example }} }} }} }}\n\
             apps:\n"
        );
        let text = usual
            .replace(
                "metadata_file: idp.xml",
                "metadata_file: idp.xml, offer_encryption: true",
            )
            .replace("apps:\n", &upstreams)
            .replace("[totp, backup_code]", "[totp, webauthn, backup_code]");
        // Nobody listens there: each notice fails, which is told in the log.
        let mail = "notify: { smtp: { host: 127.0.0.1, port: 9, security: danger_none, from: v@acme.example, username: us, password_file: mail } }";
        format!(
            "{text}routing:\n  - {{ choose: [adfs, oidc, local] }}\n{mail}\nlogging: {{ level: trace }}\n"
        )
    });
    let hash = hash_password(&PASSWORD.into(), &SystemEntropy).unwrap();
    for (name, content) in [
        ("secret", CLIENT_SECRET),
        ("mail", MAIL_PASSWORD),
        ("admin.hash", &hash),
    ] {
        let path = served.path().join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    served
}

/// Goes on with the kind of factor that is set up now.
async fn sets_up(person: &mut Person, page: &Page, kind: &str) -> Page {
    let choice = page.form_to("/enrol").unwrap().press(kind).unwrap();
    person.browser.submit(&choice).await.unwrap()
}

/// What a page hands to a security key, and the form for its answer.
fn key_form(page: &Page) -> (String, Form) {
    let document = Html::parse_document(&page.body);
    let form = Selector::parse("form#key").unwrap();
    let form = document.select(&form).next().unwrap();
    let options = form.attr("data-options").unwrap().to_owned();
    (options, page.form_to("/webauthn").unwrap())
}

/// By SAML: an app is set up, codes are printed, one of them is used, and much goes wrong.
async fn by_saml(served: &Served, secrets: &mut Secrets) {
    let mut alice = Person::called("alice", served.address());
    let answer = alice.is_vouched_for().await;
    let (_, message) = url::form_urlencoded::parse(answer.as_bytes())
        .find(|(name, _)| name == "SAMLResponse")
        .unwrap();
    secrets.add_message(&message);
    let spoilt = answer.replacen("SAMLResponse=", "SAMLResponse=AAAA", 1);
    assert_eq!(alice.browser.brings(spoilt).await.unwrap().status, 400);
    let page = alice.browser.brings(answer).await.unwrap();
    let page = sets_up(&mut alice, &page, "totp").await;
    secrets.add_browser(&alice.browser, &page);
    let seed = page.text("#key").unwrap();
    secrets.add("the key of an app", seed.as_bytes());
    let seed: String = seed.split_whitespace().collect();
    secrets.add("the key of an app", seed);
    let right = alice.enrols(&page).await;
    let wrong = alice.app.as_ref().unwrap().wrong_code();
    let page = alice.browser.submit(&typed(&page, &wrong)).await.unwrap();
    assert_eq!(page.status, 422);
    let right = typed(&page, right.value("code").unwrap());
    let page = alice.browser.submit(&right).await.unwrap();
    let confirm = alice.keeps_codes(&page);
    for code in &alice.codes {
        secrets.add("a backup code", code.as_bytes());
        secrets.add("a backup code", code.replace('-', ""));
    }
    let done = alice.browser.submit(&confirm).await.unwrap();
    secrets.add_answer(&done);
    let code = alice.codes[0].clone();
    secrets.add_answer(&alice.logs_in_with(&code).await);
    // The same code once more is wrong.
    assert_eq!(alice.logs_in_with(&code).await.status, 422);
}

/// By OpenID Connect: a security key is set up in a login.
async fn by_oidc(
    bob: &mut Person,
    key: &mut SecurityKey,
    provider: &Provider,
    secrets: &mut Secrets,
) {
    let page = bob.asks().await;
    let page = is_vouched_for_by(provider, bob, &page, secrets).await;
    let page = sets_up(bob, &page, "webauthn").await;
    let (options, form) = key_form(&page);
    let form = form.with("credential", &key.register(&options).unwrap());
    let done = bob.browser.submit(&form).await.unwrap();
    let confirm = bob.keeps_codes(&done);
    for code in &bob.codes {
        secrets.add("a backup code", code.as_bytes());
    }
    secrets.add_answer(&bob.browser.submit(&confirm).await.unwrap());
}

/// The account page, opened with the security key.
async fn account(
    bob: &mut Person,
    key: &mut SecurityKey,
    provider: &Provider,
    secrets: &mut Secrets,
) {
    bob.browser.forgets_its_session();
    let page = bob.browser.get("/account").await.unwrap();
    let page = is_vouched_for_by(provider, bob, &page, secrets).await;
    let (options, form) = key_form(&page);
    let form = form.with("credential", &key.sign(&options).unwrap());
    let done = bob.browser.submit(&form).await.unwrap();
    assert_eq!(done.status, 200, "{}", done.unlike("no account page"));
    secrets.add_browser(&bob.browser, &done);
}

/// From the choice of an upstream through the OpenID provider; the page behind it.
async fn is_vouched_for_by(
    provider: &Provider,
    person: &mut Person,
    page: &Page,
    secrets: &mut Secrets,
) -> Page {
    let choice = page.form_to("/upstream").unwrap().press("oidc").unwrap();
    let sent = person.browser.submit(&choice).await.unwrap();
    secrets.add_browser(&person.browser, page);
    let there = sent.redirect().unwrap();
    let asked = |name: &str| {
        let found = there.query_pairs().find(|(key, _)| key == name);
        found.unwrap().1.into_owned()
    };
    let (state, nonce) = (asked("state"), asked("nonce"));
    let [id_token, access_token] = provider.vouches("us", &person.name, &nonce);
    secrets.add("an id token", id_token);
    secrets.add("an access token", access_token);
    secrets.add("a nonce", nonce);
    secrets.add("a state", state.as_bytes());
    let back = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("code", CODE)
        .append_pair("state", &state)
        .finish();
    let address = format!("/upstream/oidc/oidc/callback?{back}");
    person.browser.get(&address).await.unwrap()
}

/// By a password of ours, a wrong one first.
async fn by_password(served: &Served, secrets: &mut Secrets) {
    let mut admin = Person::called("admin", served.address());
    let page = admin.asks().await;
    let choice = page.form_to("/upstream").unwrap().press("local").unwrap();
    let mut page = admin.browser.submit(&choice).await.unwrap();
    for password in [WRONG_PASSWORD, PASSWORD] {
        let form = page.form_to("/password").unwrap();
        let form = form.with("username", "admin").with("password", password);
        page = admin.browser.submit(&form).await.unwrap();
    }
    let page = sets_up(&mut admin, &page, "totp").await;
    secrets.add_browser(&admin.browser, &page);
    secrets.add("the key of an app", page.text("#key").unwrap());
}

/// The private keys that the store holds, and the key that seals them.
async fn keys_of(served: &Served, secrets: &mut Secrets) {
    let (config, _) = Config::load(&served.path().join("broker.yaml")).unwrap();
    let store = open_existing_store(&config).await.unwrap();
    for key in store.keys().await.unwrap().keys {
        // What stands at the beginning is alike in all keys, and the modulus behind it is public.
        let pkcs8 = key.pkcs8.expose_secret();
        let private = &pkcs8[pkcs8.len() - 200..];
        secrets.add_bytes(key.record.purpose.name(), private);
    }
    let master = fs::read(served.path().join("master.key")).unwrap();
    secrets.add_bytes("the master key", &master);
}

/// Where is looked, and what is surely there.
const KNOWN: &[(&str, &[&str])] = &[
    ("/metrics", &["vestibule_answers_total"]),
    ("/saml/metadata", &["IDPSSODescriptor"]),
    ("/upstream/adfs/saml/metadata", &["SPSSODescriptor"]),
    ("audit list --json", &["password_wrong"]),
    ("check --json", &["mail_of_any_domain"]),
    ("key list --json", &["saml-identity-provider"]),
    ("metadata --idp", &["IDPSSODescriptor"]),
    ("user list --json", &["adfs/alice"]),
    ("user show adfs/alice", &["alice@acme.example"]),
    ("user factors oidc/bob", &["webauthn"]),
    (
        "the log",
        &["login granted", "xml_malformed", "notice_unsent"],
    ),
    ("the database", &["atlassian"]),
];

/// Names and texts of a line of the log, as they are: without the quotes and escapes that JSON puts around them.
fn spell_out(line: &Value, text: &mut String) {
    match line {
        Value::Array(lines) => lines.iter().for_each(|line| spell_out(line, text)),
        Value::Object(fields) => {
            for (name, field) in fields {
                text.push_str(name);
                text.push('\n');
                spell_out(field, text);
            }
        }
        Value::String(string) => {
            text.push_str(string);
            text.push('\n');
        }
        Value::Bool(_) | Value::Null | Value::Number(_) => {}
    }
}

#[actix_web::test]
async fn so_19_wa_16_no_secret_is_in_logs_database_figures_audit_or_commands() {
    let provider = Provider::well();
    let mut served = house(&provider);
    served.start("");
    let mut secrets = Secrets::default();
    for (name, secret) in [
        ("a password", PASSWORD),
        ("a wrong password", WRONG_PASSWORD),
        ("the client secret", CLIENT_SECRET),
        ("the password of the mail server", MAIL_PASSWORD),
        ("a code of the provider", CODE),
    ] {
        secrets.add(name, secret);
    }
    by_saml(&served, &mut secrets).await;
    let mut bob = Person::called("bob", served.address());
    let mut key = SecurityKey::new(PUBLIC, Algorithm::Es256);
    by_oidc(&mut bob, &mut key, &provider, &mut secrets).await;
    account(&mut bob, &mut key, &provider, &mut secrets).await;
    by_password(&served, &mut secrets).await;
    keys_of(&served, &mut secrets).await;

    let here = Browser::new(served.address());
    let mut told = Vec::new();
    for path in ["/metrics", "/saml/metadata", "/upstream/adfs/saml/metadata"] {
        told.push((path, here.get_here(path).await.into_bytes()));
    }
    for command in [
        "audit list --json",
        "check --json",
        "key list --json",
        "metadata --idp",
        "user list --json",
        "user show adfs/alice",
        "user factors oidc/bob",
    ] {
        let output = served.run(command);
        told.push((command, [output.stdout, output.stderr].concat()));
    }
    // Everything that a backup would hold, but for what is a secret by its name.
    let mut kept = Vec::new();
    for file in fs::read_dir(served.path()).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with("vestibule.db") {
            kept.extend(fs::read(path).unwrap());
        }
    }
    served.is_told_to_stop();
    served.says(|line| line["message"] == "stopped");
    let mut log = String::new();
    for line in served.heard() {
        spell_out(line, &mut log);
    }
    told.push(("the log", log.into_bytes()));
    told.push(("the database", kept));

    // benign controls: what was done is in each of them, and would be found
    for (name, words) in KNOWN {
        let (_, text) = told.iter().find(|(told, _)| told == name).unwrap();
        for word in *words {
            let mut known = Secrets::default();
            known.add("known", *word);
            assert_eq!(known.found_in(text), ["known"], "{name}: {word}");
        }
    }
    assert_eq!(told.len(), KNOWN.len());
    for (name, text) in told {
        assert_eq!(secrets.found_in(&text), [""; 0], "{name}");
    }
}
