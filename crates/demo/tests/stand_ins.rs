//! The stand-ins among themselves: the application trusts the identity provider directly, without a broker between.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncTransport, Message, Tokio1Executor};
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use serde_json::Value;
use url::Url;
use vestibule_demo::browser::{Browser, Form, Page};
use vestibule_demo::once::{self, Scene};
use vestibule_demo::{Broker, Facts, Places, Running, Stage};
use vestibule_saml::metadata::SpDescription;

/// The identity provider and the service Jira, which know each other.
fn house() -> Running {
    let stage = Stage::bind(Places::ephemeral()).unwrap();
    let facts = stage.facts();
    let jira = &facts.application.jira;
    let broker = Broker {
        public_url: facts.application.url.clone(),
        idp_metadata: facts.identity_provider.saml_metadata.clone(),
        sp_metadata: SpDescription {
            entity_id: &jira.entity_id,
            acs_urls: vec![&jira.acs_url],
            certificates: vec![],
            decryption: Default::default(),
            authn_requests_signed: false,
            single_logout: Vec::new(),
            name_id_formats: vec![],
            valid_until: None,
        }
        .to_xml(None)
        .unwrap(),
        oidc_redirect_uri: "http://127.0.0.1:9/callback".to_owned(),
    };
    stage.start(&broker).unwrap()
}

/// Follows "Log in" up to the login page.
async fn arrive(facts: &Facts, browser: &mut Browser) -> Page {
    let page = browser
        .get(&facts.application.jira.login_url)
        .await
        .unwrap();
    browser.follow(page).await.unwrap()
}

/// Types a password; the page after it, which is a form for the application if it was right.
async fn type_password(browser: &mut Browser, page: &Page, username: &str, password: &str) -> Page {
    let form = page
        .form_with("password")
        .unwrap()
        .with("username", username)
        .with("password", password);
    let page = browser.submit(&form).await.unwrap();
    browser.follow(page).await.unwrap()
}

/// Alice's Response, not delivered yet.
async fn response_for_alice(facts: &Facts, browser: &mut Browser) -> Form {
    let page = arrive(facts, browser).await;
    let page = type_password(browser, &page, "alice", &facts.people.alice.password).await;
    page.message_form().unwrap()
}

fn cut(xml: &str, from: &str, to: &str) -> String {
    let (before, rest) = xml.split_once(from).unwrap();
    format!("{before}{}", rest.split_once(to).unwrap().1)
}

/// What somebody on the way does to a message.
type Change = fn(&str) -> String;

fn with_changed_xml(form: &Form, change: Change) -> Form {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let xml = String::from_utf8(
        BASE64_STANDARD
            .decode(form.value("SAMLResponse").unwrap())
            .unwrap(),
    )
    .unwrap();
    let changed = change(&xml);
    assert_ne!(changed, xml, "the change must hit something");
    form.clone()
        .with("SAMLResponse", &BASE64_STANDARD.encode(changed))
}

#[tokio::test]
async fn a_login_goes_through_and_the_application_shows_what_it_checked() {
    let house = house();
    let facts = house.facts();
    let mut browser = Browser::new().unwrap();
    let form = response_for_alice(facts, &mut browser).await;
    let page = browser.submit(&form).await.unwrap();
    assert_eq!(
        (page.status, page.text("#code").as_deref()),
        (200, Some("accepted")),
        "{}",
        page.body
    );
    assert_eq!(page.text("h1").as_deref(), Some("Jira: Logged in"));
    assert!(
        page.body.contains("alice@acme.example") && page.body.contains("Stand-in for the demo")
    );
    let list = page.text(".checks").unwrap();
    assert_eq!(list.matches('✓').count(), 11, "{list}");
    assert!(
        list.contains("of the assertion, by the certificate with SHA-256 fingerprint"),
        "{list}"
    );
}

#[tokio::test]
async fn machines_read_the_same_as_json() {
    let house = house();
    let facts = house.facts();
    let mut browser = Browser::new().unwrap();
    let form = response_for_alice(facts, &mut browser).await;
    let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
    let page = browser.with_headers(headers).submit(&form).await.unwrap();
    let verdict: Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!(verdict["code"], "accepted");
    assert_eq!(verdict["ending"], "accepted");
    assert_eq!(verdict["checks"].as_array().unwrap().len(), 11);
    let group = "http://schemas.xmlsoap.org/claims/Group";
    let attributes = verdict["person"]["attributes"].as_array().unwrap();
    let groups = attributes
        .iter()
        .find(|attribute| attribute["name"] == group)
        .unwrap();
    assert_eq!(groups["values"][0], "staff");
}

#[tokio::test]
async fn the_second_login_asks_for_no_password_until_somebody_logs_out() {
    let house = house();
    let facts = house.facts();
    let mut browser = Browser::new().unwrap();
    let form = response_for_alice(facts, &mut browser).await;
    browser.submit(&form).await.unwrap();

    let page = arrive(facts, &mut browser).await;
    let page = browser.settle(page).await.unwrap();
    assert_eq!(page.text("#code").as_deref(), Some("accepted"));

    let home = browser.get(&facts.identity_provider.url).await.unwrap();
    assert_eq!(home.text("#username").as_deref(), Some("alice"));
    let forms = home.forms();
    let page = browser.submit(&forms[0]).await.unwrap();
    browser.follow(page).await.unwrap();
    assert!(
        arrive(facts, &mut browser)
            .await
            .form_with("password")
            .is_ok()
    );
}

#[tokio::test]
async fn a_wrong_password_and_a_disabled_account_get_no_further() {
    let house = house();
    let facts = house.facts();
    let people = &facts.people;
    for (username, password, status, words) in [
        (
            "alice",
            "wrong",
            403,
            "The user name or the password is wrong.",
        ),
        (
            "mallory",
            people.alice.password.as_str(),
            403,
            "The user name or the password is wrong.",
        ),
        (
            "alice",
            people.bob.password.as_str(),
            403,
            "The user name or the password is wrong.",
        ),
        (
            "dave",
            "wrong",
            403,
            "The user name or the password is wrong.",
        ),
        ("dave", people.dave.password.as_str(), 403, "was disabled"),
        ("bob@acme.example", people.bob.password.as_str(), 200, ""),
    ] {
        let mut browser = Browser::new().unwrap();
        let page = arrive(facts, &mut browser).await;
        let page = type_password(&mut browser, &page, username, password).await;
        assert_eq!(page.status, status, "{username}: {}", page.body);
        assert_eq!(page.message_form().is_some(), status == 200, "{username}");
        if status != 200 {
            assert!(
                page.text("#error").unwrap().contains(words),
                "{username}: {}",
                page.body
            );
        }
    }
}

#[tokio::test]
async fn who_goes_back_makes_the_application_show_a_signed_refusal_once() {
    let house = house();
    let facts = house.facts();
    let mut browser = Browser::new().unwrap();
    let page = arrive(facts, &mut browser).await;
    let page = type_password(&mut browser, &page, "dave", &facts.people.dave.password).await;
    let back = browser
        .submit(&page.form_with("ticket").unwrap())
        .await
        .unwrap();
    let form = back.message_form().unwrap();
    for code in ["refusal_signed", "login_answered"] {
        let page = browser.submit(&form).await.unwrap();
        assert_eq!(
            (page.status, page.text("#code").as_deref()),
            (403, Some(code)),
            "{}",
            page.body
        );
    }
}

#[tokio::test]
async fn si_66_a_response_is_taken_once() {
    let house = house();
    let facts = house.facts();
    let mut browser = Browser::new().unwrap();
    let form = response_for_alice(facts, &mut browser).await;
    for (status, code) in [(200, "accepted"), (403, "replayed")] {
        let page = browser.submit(&form).await.unwrap();
        assert_eq!(
            (page.status, page.text("#code").as_deref()),
            (status, Some(code))
        );
    }
}

#[tokio::test]
async fn what_is_not_as_it_was_signed_is_refused() {
    let house = house();
    let facts = house.facts();
    let changes: [(&str, &str, Change); 4] = [
        ("without signature", "signature_missing", |xml| {
            cut(xml, "<ds:Signature", "</ds:Signature>")
        }),
        ("another person", "digest_mismatch", |xml| {
            xml.replace("alice@", "admin@")
        }),
        ("another request", "in_response_to_mismatch", |xml| {
            xml.replacen("InResponseTo=\"_", "InResponseTo=\"_0", 1)
        }),
        (
            "a benign change outside of what is signed",
            "accepted",
            |xml| xml.replacen(" IssueInstant=", "  IssueInstant=", 1),
        ),
    ];
    for (name, code, change) in changes {
        let mut browser = Browser::new().unwrap();
        let form = response_for_alice(facts, &mut browser).await;
        let page = browser
            .submit(&with_changed_xml(&form, change))
            .await
            .unwrap();
        assert_eq!(
            page.text("#code").as_deref(),
            Some(code),
            "{name}: {}",
            page.body
        );
    }
}

#[tokio::test]
async fn answers_to_nobody_or_at_the_wrong_address_are_refused() {
    let house = house();
    let facts = house.facts();
    let mut browser = Browser::new().unwrap();
    let form = response_for_alice(facts, &mut browser).await;
    let mut misdirected = form.clone();
    misdirected.action = Url::parse(&facts.application.wiki.acs_url).unwrap();
    for (form, code) in [
        (form.clone().with("RelayState", "x"), "login_unknown"),
        (misdirected, "address_mismatch"),
        (form.clone().with("SAMLResponse", "%"), "binding_base64"),
        (form, "accepted"),
    ] {
        let page = browser.submit(&form).await.unwrap();
        assert_eq!(page.text("#code").as_deref(), Some(code));
    }
}

#[tokio::test]
async fn the_identity_provider_answers_its_partner_only() {
    let house = house();
    let facts = house.facts();
    let mut browser = Browser::new().unwrap();
    // Wiki is not registered in this house.
    let page = browser
        .get(&facts.application.wiki.login_url)
        .await
        .unwrap();
    let page = browser.follow(page).await.unwrap();
    assert_eq!(page.status, 400);
    assert!(
        page.text("#error").unwrap().contains("issuer_mismatch"),
        "{}",
        page.body
    );
    let mut nothing = facts.identity_provider.url.join("saml/sso").unwrap();
    nothing.set_query(Some("SAMLRequest=AAAA"));
    assert_eq!(browser.get(&nothing).await.unwrap().status, 400);
}

#[tokio::test]
async fn the_guide_names_everybody_and_pages_are_hardened() {
    let house = house();
    let facts = house.facts();
    let mut browser = Browser::new().unwrap();
    let broker = Url::parse("http://localhost:8080/").unwrap();
    let text = vestibule_demo::Guide::new(facts, &broker).to_string();
    let page = browser.get(&facts.application.url).await.unwrap();
    for person in facts.people.iter() {
        for guide in [&text, &page.body] {
            assert!(
                guide.contains(person.username) && guide.contains(&person.password),
                "{guide}"
            );
        }
    }
    assert!(text.contains(facts.mail.url.as_str()) && text.contains("http://localhost:8080/"));
    for url in [
        &facts.application.url,
        &facts.identity_provider.url,
        &facts.mail.url,
    ] {
        let page = browser.get(url).await.unwrap();
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(page.body.contains("Stand-in for the demo"));
    }
}

#[tokio::test]
async fn mail_is_caught_and_shown() {
    let house = house();
    let facts = house.facts();
    let message = Message::builder()
        .from("Vestibule <sso@acme.example>".parse().unwrap())
        .to("Alice <alice@acme.example>".parse().unwrap())
        .subject("Grüße <script>")
        .body("A line with an ä, and a very long one: ".to_owned() + &"x".repeat(2000) + "\n.\nend")
        .unwrap();
    let smtp = facts.mail.smtp;
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(smtp.ip().to_string())
        .port(smtp.port());
    transport.build().send(message).await.unwrap();

    let mut browser = Browser::new().unwrap();
    let page = browser.get(&facts.mail.url).await.unwrap();
    assert_eq!(page.text("article h2").as_deref(), Some("Grüße <script>"));
    assert!(!page.body.contains("<script>"));
    let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
    let page = browser
        .with_headers(headers)
        .get(&facts.mail.url)
        .await
        .unwrap();
    let mails: Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!(mails[0]["to"][0], "alice@acme.example");
    let text = mails[0]["text"].as_str().unwrap().replace("\r\n", "\n");
    assert!(
        text.contains("an ä")
            && text.trim_end().ends_with("\n.\nend")
            && text.contains(&"x".repeat(2000)),
        "{text:?}"
    );
}

#[tokio::test]
async fn they_stop_when_asked_and_when_dropped() {
    for ask in [true, false] {
        let house = house();
        let places = [
            house.facts().application.url.clone(),
            house.facts().mail.url.clone(),
        ];
        let smtp = house.facts().mail.smtp;
        if ask {
            house.stop().await;
        } else {
            drop(house);
        }
        let mut browser = Browser::new().unwrap();
        let gone = async {
            loop {
                let mut answers = 0;
                for url in &places {
                    answers += usize::from(browser.get(url).await.is_ok());
                }
                answers += usize::from(tokio::net::TcpStream::connect(smtp).await.is_ok());
                if answers == 0 {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(10), gone)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_robot_that_finds_no_broker_says_so_and_never_that_all_is_well() {
    let house = house();
    // The application sends people straight to the identity provider here.
    let scene = Scene {
        broker: &Url::parse("http://127.0.0.1:9/").unwrap(),
        facts: house.facts(),
        saml_upstream: "acme",
        oidc_upstream: "acme-openid",
    };
    let mut told = Vec::new();
    let report = once::run(scene, &mut |step| told.push(step.clone())).await;
    assert!(!report.ok);
    assert_eq!(report.steps, told);
    assert_eq!(
        report.steps.len(),
        5,
        "each story ends at its first step: {told:?}"
    );
    assert!(report.steps.iter().all(|step| !step.ok));
    assert_eq!(
        report.steps[0].outcome,
        "the identity provider asks for a password"
    );
}

#[tokio::test]
async fn a_foreign_name_that_points_here_reads_nothing() {
    let house = house();
    let url = &house.facts().application.url;
    let port = url.port().unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for (host, status) in [
        (format!("127.0.0.1:{port}"), 200),
        (format!("localhost:{port}"), 200),
        (format!("evil.example:{port}"), 421),
        ("127.0.0.1".to_owned(), 421),
    ] {
        let answer = client
            .get(url.clone())
            .header("host", &host)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{host}");
    }
}
