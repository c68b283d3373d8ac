//! Encrypted assertions over HTTP, on both sides of the house.

use vestibule_saml::encryption::Decryption;
use vestibule_testkit::authenticator::Authenticator;

use crate::support::{Browser, House, app_key, idp_key, offered_key, verified_with};

const GCM: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
const CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";

/// Our metadata towards applications, and our key for what the provider encrypts.
async fn published(house: &House) -> (String, vestibule_saml::crypto::EncryptionKey) {
    let idp = house.browser().get("/saml/metadata").await.body;
    let sp = house
        .browser()
        .get("/upstream/adfs/saml/metadata")
        .await
        .body;
    (idp, offered_key(&sp))
}

#[actix_web::test]
async fn si_b4_a_whole_login_with_encrypted_assertions_on_both_sides() {
    let house = House::encrypting().await;
    let (metadata, ours) = published(&house).await;
    let mut browser = house.browser();
    let asked = browser.is_sent("_first").await;
    let answer = asked.answered_encrypted("alice", idp_key(), &ours, |xml| {
        assert!(xml.contains("EncryptedAssertion") && !xml.contains("alice"));
        xml
    });
    let parked = browser.brings(answer).await;
    assert_eq!(parked.status, 303);
    let page = browser.follow(&parked).await;
    let mut app = Authenticator::with_key(&page.text("#key").unwrap()).unwrap();
    let code = page
        .form_to("/code")
        .unwrap()
        .with("code", &app.code().await);
    let codes = browser.submit(&code).await;
    let done = browser.submit(&codes.form_to("/confirm").unwrap()).await;

    let decryption = Decryption {
        keys: std::slice::from_ref(app_key()),
        danger_accept_cbc: false,
    };
    let assertion = verified_with(&done, &metadata, "_first", decryption).unwrap();
    assert_eq!(assertion.name_id().value, "alice@acme.example");
    let blind = verified_with(&done, &metadata, "_first", Decryption::default()).unwrap_err();
    assert_eq!(blind.code(), "encrypted_not_configured");
}

/// What the person, or an attacker, gets to see of a refusal.
async fn refused(browser: &mut Browser<'_>, answer: String) -> (u16, String, Option<String>) {
    let page = browser.brings(answer).await;
    (page.status, page.text("h1").unwrap(), page.text("main p"))
}

/// With CBC, a page tells nothing about what lies behind a refusal: neither padding nor XML nor signature.
#[actix_web::test]
async fn si_76_every_failure_is_the_same_page() {
    let house = House::encrypting().await;
    let (_, ours) = published(&house).await;
    let mut browser = house.browser();
    let asked = browser.is_sent("_1").await;
    let spoilt_value = |xml: String, nth: usize| {
        let (at, _) = xml.match_indices("<xenc:CipherValue>").nth(nth).unwrap();
        let at = at + "<xenc:CipherValue>".len() + 8;
        let other = if xml.as_bytes()[at] == b'A' { "B" } else { "A" };
        format!("{}{other}{}", &xml[..at], &xml[at + 1..])
    };
    let as_cbc = |xml: String| xml.replace(GCM, CBC);
    let mut pages = Vec::new();
    for _ in 0..12 {
        // Garbage; in some rounds with a padding that looks right.
        pages.push(asked.answered_encrypted("alice", idp_key(), &ours, as_cbc));
    }
    for nth in [0, 1] {
        pages.push(asked.answered_encrypted("alice", idp_key(), &ours, |xml| {
            as_cbc(spoilt_value(xml, nth))
        }));
        pages.push(
            asked.answered_encrypted("alice", idp_key(), &ours, |xml| spoilt_value(xml, nth)),
        );
    }
    let mut seen = std::collections::BTreeSet::new();
    for answer in pages {
        seen.insert(refused(&mut browser, answer).await);
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(seen.first().unwrap().0, 400);
    // The login is still open for the right answer.
    let good = asked.answered_encrypted("alice", idp_key(), &ours, |xml| xml);
    assert_eq!(browser.brings(good).await.status, 303);
}

/// Twenty that are told apart from a wait, in a minute; more are not even looked at.
#[actix_web::test]
async fn si_76_after_twenty_refused_answers_a_source_is_told_to_wait() {
    let house = House::encrypting().await;
    let (_, ours) = published(&house).await;
    let mut browser = house.browser();
    let spoil = |xml: String| xml.replace(GCM, CBC);
    for id in ["_1", "_2"] {
        let asked = browser.is_sent(id).await;
        for _ in 0..10 {
            let spoilt = asked.answered_encrypted("alice", idp_key(), &ours, spoil);
            assert_eq!(refused(&mut browser, spoilt).await.0, 400);
        }
    }
    let asked = browser.is_sent("_3").await;
    for answer in [
        asked.answered_encrypted("alice", idp_key(), &ours, spoil),
        asked.answered_encrypted("alice", idp_key(), &ours, |xml| xml),
    ] {
        let (status, heading, _) = refused(&mut browser, answer).await;
        assert_eq!(
            (status, heading.as_str()),
            (429, "Too many answers were refused")
        );
    }
    // Somebody elsewhere has nothing to do with it.
    let mut elsewhere = house.browser();
    elsewhere.address = [203, 0, 113, 5].into();
    let asked = elsewhere.is_sent("_4").await;
    let good = asked.answered_encrypted("alice", idp_key(), &ours, |xml| xml);
    assert_eq!(elsewhere.brings(good).await.status, 303);
}

/// A page of somebody elsewhere has a visitor's browser post junk for a login of that page's author: it is the author
/// who waits, and nobody at the visitor's address.
#[actix_web::test]
async fn mf_25_si_76_junk_that_a_foreign_page_posts_makes_its_author_wait() {
    let house = House::encrypting().await;
    let (_, ours) = published(&house).await;
    let mut attacker = house.browser();
    attacker.address = [203, 0, 113, 66].into();
    let mut victim = house.browser();
    for id in ["_1", "_2"] {
        let asked = attacker.is_sent(id).await;
        for _ in 0..20 {
            let junk =
                asked.answered_encrypted("mallory", idp_key(), &ours, |xml| xml.replace(GCM, CBC));
            victim.brings(junk).await;
        }
    }
    let asked = victim.is_sent("_3").await;
    let good = asked.answered_encrypted("alice", idp_key(), &ours, |xml| xml);
    assert_eq!(victim.brings(good).await.status, 303);
    let asked = attacker.is_sent("_4").await;
    let good = asked.answered_encrypted("mallory", idp_key(), &ours, |xml| xml);
    assert_eq!(attacker.brings(good).await.status, 429);
}
