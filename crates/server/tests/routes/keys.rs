//! Our signing key is replaced by commands, on a broker that goes on serving (attack row SO-16).

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;
use vestibule_saml::{
    binding::post,
    encryption::Decryption,
    metadata::{IdpMetadata, Source},
};
use vestibule_testkit::browser::Page;

use crate::support::{Browser, House, idp_key, verified, verified_with};

/// Our metadata, as soon as it is as expected.
async fn metadata_when(house: &House, is_expected: impl Fn(&[Vec<u8>]) -> bool) -> String {
    for _ in 0..200 {
        let page = house.browser().get("/saml/metadata").await;
        assert_eq!(page.status, 200);
        if is_expected(&certificates(&page.body)) {
            return page.body;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("our metadata does not change");
}

fn certificates(metadata: &str) -> Vec<Vec<u8>> {
    let read = IdpMetadata::parse(&Source::trusted(metadata.as_bytes())).unwrap();
    let keys = read.signing_keys.iter();
    keys.map(|key| key.certificate().der.clone()).collect()
}

/// The id of a key, from what a command prints of it as JSON.
fn id_in(printed: &str) -> String {
    let key: Value = serde_json::from_str(printed).unwrap();
    let key = key.get(0).unwrap_or(&key);
    key["id"].as_str().unwrap().to_owned()
}

/// A certificate as it stands in a message.
fn pasted(house: &House, key: &str) -> String {
    let pem = house.command(&format!("key show {key} --certificate"));
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    lines.collect()
}

/// The login of one who needs no factor, from the answer of the identity provider on.
async fn answer_to(browser: &mut Browser<'_>, answer: String) -> Page {
    let parked = browser.brings(answer).await;
    browser.follow(&parked).await
}

fn text_of(page: &Page) -> String {
    let form = page.message_form().unwrap();
    let message = post::decode(form.encoded().as_bytes()).unwrap();
    String::from_utf8(message.xml().to_vec()).unwrap()
}

#[actix_web::test]
async fn so_16_logins_under_way_end_with_the_key_of_the_moment_and_the_old_one_stays_known_until_it_goes()
 {
    let mut house = House::build().await;
    let _upkeep = house.look_after();
    let before = metadata_when(&house, |listed| listed.len() == 1).await;
    let old = id_in(&house.command("key list --json --purpose saml-identity-provider"));
    let (mut first, mut second) = (house.browser(), house.browser());
    let (asked_first, asked_second) = (first.is_sent("_1").await, second.is_sent("_2").await);

    // The control: nothing changed yet.
    let mut third = house.browser();
    let asked = third.is_sent("_3").await;
    let page = answer_to(&mut third, asked.answered("bob", "kiosk", idp_key())).await;
    verified(&page, &before, "_3");

    let new = id_in(&house.command("key create --json"));
    house.command(&format!("key promote {new} --yes"));
    let known = certificates(&before);
    let is_promoted = |listed: &[Vec<u8>]| listed.len() == 2 && listed[1] == known[0];
    let overlap = metadata_when(&house, is_promoted).await;
    let page = answer_to(&mut first, asked_first.answered("bob", "kiosk", idp_key())).await;
    verified(&page, &overlap, "_1");
    assert!(
        text_of(&page).contains(&pasted(&house, &new)),
        "signed by the new one"
    );
    let by_old = verified_with(&page, &before, "_1", Decryption::default());
    assert_eq!(
        by_old.err().map(|error| error.code()),
        Some("signature_mismatch")
    );

    house.command(&format!("key retire {old} --yes"));
    let after = metadata_when(&house, |listed| listed.len() == 1).await;
    let page = answer_to(
        &mut second,
        asked_second.answered("bob", "kiosk", idp_key()),
    )
    .await;
    verified(&page, &after, "_2");
    assert!(!certificates(&after).contains(&known[0]));
}

/// What an application needs that reads our metadata from time to time: whatever it read since the key was made does.
#[actix_web::test]
async fn so_16_who_read_our_metadata_before_the_change_accepts_every_answer_during_it() {
    let mut house = House::build().await;
    let _upkeep = house.look_after();
    let new = id_in(&house.command("key create --json"));
    let read = metadata_when(&house, |listed| listed.len() == 2).await;
    let pasted = pasted(&house, &new);
    let mut signed_by_new = BTreeSet::new();
    for number in 0..400 {
        let id = format!("_{number}");
        let mut browser = house.browser();
        let asked = browser.is_sent(&id).await;
        let page = answer_to(&mut browser, asked.answered("bob", "kiosk", idp_key())).await;
        verified(&page, &read, &id);
        signed_by_new.insert(text_of(&page).contains(&pasted));
        match number {
            0 => drop(house.command(&format!("key promote {new} --yes"))),
            _ if signed_by_new.len() == 2 => return,
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    panic!("the change is not taken: {signed_by_new:?}");
}
