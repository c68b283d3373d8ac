//! Our own keys towards a provider, while they change.

use vestibule_saml::metadata::{Source, SpMetadata};

use super::*;

/// With these keys of our own and no other.
fn with(keys: SpKeys) -> (SpKeyRing, SamlSettings) {
    let ring = keys.ring();
    let settings = SamlSettings {
        keys: Some(ring.clone()),
        decrypt_with_ring: true,
        offer_encryption: true,
        sign_requests: true,
        ..settings(MetadataPlace::Inline(metadata(IDP, &[&IDP_KEY], false)))
    };
    (ring, settings)
}

fn only(key: &SigningKey) -> SpKeys {
    SpKeys::only(key.clone())
}

fn listed(fixture: &Fixture) -> SpMetadata {
    let xml = fixture.upstream.sp_metadata().unwrap();
    SpMetadata::parse(&Source::trusted(xml.as_bytes())).unwrap()
}

/// Whether a request that is made now is signed by that key.
async fn asks_with(fixture: &Fixture, key: &SigningKey) -> bool {
    let keys = [key.verifying_key().unwrap()];
    fixture
        .begun()
        .await
        .try_request(&keys)
        .is_ok_and(|request| request.signed)
}

#[tokio::test]
async fn so_16_requests_are_signed_by_the_key_of_the_moment_or_the_one_of_this_upstream() {
    let (ring, settings) = with(only(&OUR_KEY));
    let id = settings.id.clone();
    let fixture = Fixture::with(settings);
    assert!(asks_with(&fixture, &OUR_KEY).await);
    ring.store(Arc::new(only(&OTHER_KEY).beside(vec![OUR_KEY.clone()])));
    assert!(asks_with(&fixture, &OTHER_KEY).await);
    assert!(!asks_with(&fixture, &OUR_KEY).await);
    let chosen = [(id, OUR_KEY.clone())].into();
    ring.store(Arc::new(only(&OTHER_KEY).choosing(chosen)));
    assert!(asks_with(&fixture, &OUR_KEY).await);
    let other = UpstreamId::new("another").unwrap();
    let chosen = [(other, OUR_KEY.clone())].into();
    ring.store(Arc::new(only(&OTHER_KEY).choosing(chosen)));
    assert!(asks_with(&fixture, &OTHER_KEY).await);
}

/// A provider that has not read our metadata since goes on encrypting for the key of before.
#[tokio::test]
async fn so_16_the_active_key_is_offered_and_all_decrypt_until_they_are_gone() {
    let keys = &*DECRYPTION_KEYS;
    let (ring, settings) = with(only(&OUR_KEY).decrypting(keys[..1].to_vec()));
    let fixture = Fixture::with(settings);
    let decrypts = async |key: &'static DecryptionKey| {
        let outcome = fixture.login(|said| said.encrypt_for = Some(key)).await;
        code(outcome).is_none()
    };
    let offered = || {
        let read = listed(&fixture).encryption_keys;
        let der = |key: &vestibule_saml::crypto::EncryptionKey| key.certificate_der().to_vec();
        read.iter().map(der).collect::<Vec<_>>()
    };
    assert!(decrypts(&keys[0]).await);
    assert!(!decrypts(&keys[1]).await);
    let both = vec![keys[1].clone(), keys[0].clone()];
    ring.store(Arc::new(only(&OUR_KEY).decrypting(both)));
    assert!(decrypts(&keys[0]).await);
    assert!(decrypts(&keys[1]).await);
    assert_eq!(offered(), [keys[1].certificate_der()]);
    ring.store(Arc::new(only(&OUR_KEY).decrypting(keys[1..2].to_vec())));
    assert!(!decrypts(&keys[0]).await);
    assert!(decrypts(&keys[1]).await);
}

#[test]
fn so_16_our_metadata_lists_all_keys_that_sign_and_the_active_one_first() {
    let (ring, settings) = with(only(&OUR_KEY).decrypting(DECRYPTION_KEYS[..1].to_vec()));
    let fixture = Fixture::with(settings);
    ring.store(Arc::new(only(&OTHER_KEY).beside(vec![OUR_KEY.clone()])));
    let expect = [&*OTHER_KEY, &*OUR_KEY].map(|key| key.verifying_key().unwrap());
    assert_eq!(listed(&fixture).signing_keys, expect);
    assert!(listed(&fixture).encryption_keys.is_empty(), "none is there");
}
