//! Keys from the store to those who use them.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    id::{AppId, UpstreamId},
    key::{KeyAlgorithm, KeyState, KeyStep, Partner, Served},
    port::Entropy,
};
use vestibule_store::{MasterKey, Store, StoreConfig, StoreUrl};

use super::*;
use crate::wiring::ambient::SystemEntropy;

const NEEDED: [KeyPurpose; 2] = [
    KeyPurpose::SamlIdentityProvider,
    KeyPurpose::SamlServiceProvider,
];

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn record() -> AuditRecord {
    AuditRecord::new(now(), AuditEvent::Administration, AuditResult::Success)
}

async fn store() -> Store {
    let url = StoreUrl::parse("sqlite::memory:").unwrap();
    let config = StoreConfig::new(url, MasterKey::from_bytes([7; 32]));
    Store::open(&config).await.unwrap()
}

async fn first(store: &Store, purposes: &[KeyPurpose]) -> Result<(), KeysError> {
    let first = First {
        common_name: "sso.acme.example",
        entropy: &SystemEntropy,
        now: now(),
    };
    make_first(store, purposes, &first).await
}

/// One more key on the curve P-256, which is made fast.
async fn add(store: &Store, purpose: KeyPurpose) -> KeyId {
    let shelf = store.keys().await.unwrap();
    let material = Material::make(purpose, KeyAlgorithm::P256, "next", now()).unwrap();
    let entropy: &dyn Entropy = &SystemEntropy;
    let id = purpose.new_id(now(), entropy.bytes());
    let added = shelf
        .book
        .add(id.clone(), purpose, material.algorithm, now());
    let kept = material.kept(added.unwrap());
    store.add_key(shelf.revision, kept, record()).await.unwrap();
    id
}

async fn change(store: &Store, steps: Vec<KeyStep>) {
    let seen = store.key_revision().await.unwrap();
    store.change_keys(seen, steps, record()).await.unwrap();
}

async fn promote(store: &Store, id: &KeyId) {
    let book = store.keys().await.unwrap().book;
    change(store, book.promote(id, &BTreeSet::new(), now()).unwrap()).await;
}

async fn promote_for(store: &Store, id: &KeyId, partner: &Partner) {
    let book = store.keys().await.unwrap().book;
    let served = Served {
        partner: partner.clone(),
        purpose: book.key(id).unwrap().purpose,
    };
    change(store, book.promote_for(id, &served, now()).unwrap()).await;
}

fn app(id: &str) -> AppId {
    AppId::new(id).unwrap()
}

/// The certificate of a key, as the store has it.
async fn certificate(store: &Store, id: &KeyId) -> Vec<u8> {
    let keys = store.keys().await.unwrap().keys;
    let found = keys.into_iter().find(|key| key.record.id == *id);
    found.unwrap().certificate.unwrap()
}

#[tokio::test]
async fn each_purpose_gets_one_first_key_and_no_second() {
    let store = store().await;
    for _ in 0..2 {
        first(&store, &NEEDED).await.unwrap();
        let book = store.keys().await.unwrap().book;
        assert_eq!(book.keys().count(), NEEDED.len());
        for purpose in NEEDED {
            let active = book.active(purpose).unwrap();
            assert_eq!(active.algorithm, KeyAlgorithm::Rsa2048);
            assert!(active.id.as_str().contains("-20270115-"), "{}", active.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_sign_with_the_same_keys() {
    let store = store().await;
    let mut starts = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store = store.clone();
        starts.spawn(async move {
            first(&store, &NEEDED).await.unwrap();
            let rings = KeyRings::load(Arc::new(store)).await.unwrap();
            rings.idp.load().active().certificate_der().to_vec()
        });
    }
    let signing = starts.join_all().await;
    assert!(signing.iter().all(|key| *key == signing[0]));
    let book = store.keys().await.unwrap().book;
    assert_eq!(book.keys().count(), NEEDED.len());
}

#[tokio::test]
async fn so_16_a_change_is_taken_as_a_whole_and_without_a_restart() {
    let store = store().await;
    first(&store, &NEEDED).await.unwrap();
    let rings = KeyRings::load(Arc::new(store.clone())).await.unwrap();
    assert!(!rings.follow().await.unwrap(), "nothing has changed");
    let new = add(&store, KeyPurpose::SamlIdentityProvider).await;
    let (wiki, atlassian) = (app("wiki"), app("atlassian"));
    let signs = |app: &AppId| rings.idp.load().signing(app).certificate_der().to_vec();
    let old = signs(&wiki);
    assert!(rings.follow().await.unwrap());
    assert_eq!(signs(&wiki), old);
    assert_eq!(rings.idp.load().certificates().len(), 2);

    promote_for(&store, &new, &Partner::App(atlassian.clone())).await;
    assert_eq!(signs(&atlassian), old, "not before it was asked for");
    assert!(rings.follow().await.unwrap());
    let ahead = certificate(&store, &new).await;
    assert_eq!(
        (signs(&atlassian), signs(&wiki)),
        (ahead.clone(), old.clone())
    );

    promote(&store, &new).await;
    assert!(rings.follow().await.unwrap());
    assert_eq!(
        (signs(&atlassian), signs(&wiki)),
        (ahead.clone(), ahead.clone())
    );
    assert_eq!(rings.idp.load().certificates(), [&*ahead, &*old]);
    assert!(!rings.follow().await.unwrap());
}

#[tokio::test]
async fn so_16_an_upstream_is_asked_with_the_key_that_was_chosen_for_it() {
    let store = store().await;
    first(&store, &NEEDED).await.unwrap();
    let new = add(&store, KeyPurpose::SamlServiceProvider).await;
    let adfs = UpstreamId::new("adfs").unwrap();
    promote_for(&store, &new, &Partner::Upstream(adfs.clone())).await;
    let rings = KeyRings::load(Arc::new(store.clone())).await.unwrap();
    let keys = rings.sp.load();
    let chosen = certificate(&store, &new).await;
    assert_eq!(keys.signing(&adfs).certificate_der(), chosen);
    let other = UpstreamId::new("other").unwrap();
    assert_ne!(keys.signing(&other).certificate_der(), chosen);
}

#[tokio::test]
async fn what_cannot_be_parsed_replaces_nothing() {
    let store = store().await;
    first(&store, &NEEDED).await.unwrap();
    let rings = KeyRings::load(Arc::new(store.clone())).await.unwrap();
    let before = rings.idp.load().active().certificate_der().to_vec();
    let shelf = store.keys().await.unwrap();
    let purpose = KeyPurpose::SamlIdentityProvider;
    let id = KeyId::new("broken").unwrap();
    let broken = vestibule_core::port::KeptKey {
        record: shelf
            .book
            .add(id.clone(), purpose, KeyAlgorithm::P256, now())
            .unwrap(),
        pkcs8: vec![1, 2, 3].into(),
        certificate: Some(vec![4]),
    };
    store
        .add_key(shelf.revision, broken, record())
        .await
        .unwrap();
    for _ in 0..2 {
        // Again and again: it is told until somebody repairs it.
        let error = rings.follow().await.unwrap_err();
        assert_eq!(error.code(), "key_unusable", "{error}");
        assert!(error.to_string().contains("`broken`"), "{error}");
    }
    assert_eq!(rings.idp.load().active().certificate_der(), before);
    change(&store, vec![KeyStep::Remove(id)]).await;
    assert!(rings.follow().await.unwrap());
}

#[tokio::test]
async fn without_a_key_there_is_nothing_to_start_with() {
    let store = store().await;
    first(&store, &NEEDED[..1]).await.unwrap();
    let error = KeyRings::load(Arc::new(store)).await.err().unwrap();
    assert_eq!(error.code(), "key_missing");
    assert!(
        error.to_string().contains("saml-service-provider"),
        "{error}"
    );
}

/// Attack row FT-09: an end is told of each key that somebody is served with, and of no other.
#[tokio::test]
async fn ft_09_the_keys_in_use_are_the_active_ones_and_the_chosen_ones() {
    let store = store().await;
    first(&store, &NEEDED).await.unwrap();
    let rings = KeyRings::load(Arc::new(store.clone())).await.unwrap();
    let told = || {
        let in_use = rings.in_use();
        let ids = in_use.iter().filter_map(|one| one.key.clone());
        ids.collect::<BTreeSet<_>>()
    };
    let active = |book: &vestibule_core::key::KeyBook| {
        let active = book.keys().filter(|key| key.state == KeyState::Active);
        active.map(|key| key.id.clone()).collect::<BTreeSet<_>>()
    };
    let book = store.keys().await.unwrap().book;
    assert_eq!(told(), active(&book));
    let new = add(&store, KeyPurpose::SamlIdentityProvider).await;
    rings.follow().await.unwrap();
    assert!(!told().contains(&new), "nobody is served with it yet");
    promote_for(&store, &new, &Partner::App(app("atlassian"))).await;
    rings.follow().await.unwrap();
    assert!(told().contains(&new));
    // One that stays behind is told of, too.
    let old = book
        .active(KeyPurpose::SamlIdentityProvider)
        .unwrap()
        .id
        .clone();
    promote(&store, &new).await;
    promote_for(&store, &old, &Partner::App(app("wiki"))).await;
    rings.follow().await.unwrap();
    assert!(told().contains(&old) && told().contains(&new));
}

#[test]
fn a_made_key_is_what_was_asked_for() {
    for purpose in KeyPurpose::ALL {
        // The last one is made: the usual one is made by everything else.
        let algorithm = match purpose.algorithms() {
            [.., KeyAlgorithm::Rsa4096] => KeyAlgorithm::Rsa2048,
            [.., last] => *last,
            [] => panic!("{purpose}"),
        };
        let made = Material::make(purpose, algorithm, "sso.acme.example", now()).unwrap();
        assert_eq!(made.algorithm, algorithm);
        assert_eq!(made.certificate.is_some(), purpose.has_certificate());
        if let Some(der) = &made.certificate {
            let read = vestibule_upstream::saml::Certificate::from_der(der).unwrap();
            assert_eq!(read.subject, "CN=sso.acme.example");
            assert!(read.not_after - now() > TimeDelta::days(3650));
        }
    }
    let wrong = Material::make(
        KeyPurpose::OpenIdEs256,
        KeyAlgorithm::Ed25519,
        "sso.acme.example",
        now(),
    );
    assert_eq!(wrong.err().map(|error| error.code()), Some("key_unfit"));
}
