//! Metadata in and out: where it may come from, and what of it may change.

use chrono::TimeDelta;
use vestibule_saml::metadata::{Source, SpMetadata};

use super::{super::*, fixture::*};
use crate::http::Response;

#[tokio::test]
async fn md_03_md_06_metadata_changes_within_bounds() {
    let fixture = Fixture::with(settings(by_address()));
    let serve = |entity_id: &str, keys: &[&SigningKey]| {
        fixture
            .http
            .serve(METADATA, metadata(entity_id, keys, false))
    };
    serve(IDP, &[&IDP_KEY]);
    assert_eq!(
        fixture.upstream.refresh(now()).await.unwrap().not_trusted,
        Vec::<String>::new()
    );
    // A new key is announced: told, not trusted.
    serve(IDP, &[&IDP_KEY, &NEXT_KEY]);
    assert_eq!(
        fixture
            .upstream
            .refresh(now())
            .await
            .unwrap()
            .not_trusted
            .len(),
        1
    );
    assert_eq!(code(fixture.login(|_| {}).await), None);
    assert_eq!(
        code(fixture.login(|said| said.key = &NEXT_KEY).await),
        Some("signature_mismatch")
    );
    // All keys new, another entity, our own metadata, no answer: the last good one stays.
    serve(IDP, &[&NEXT_KEY]);
    assert_eq!(
        code(fixture.upstream.refresh(now()).await),
        Some("metadata_keys_replaced")
    );
    serve("https://evil.test", &[&IDP_KEY]);
    assert_eq!(
        code(fixture.upstream.refresh(now()).await),
        Some("metadata_entity_changed")
    );
    serve(SP, &[&IDP_KEY]);
    assert_eq!(
        code(fixture.upstream.refresh(now()).await),
        Some("metadata_our_own")
    );
    fixture.http.on(METADATA, |_| {
        Ok(Response {
            status: 302,
            body: Vec::new(),
        })
    });
    assert_eq!(
        code(fixture.upstream.refresh(now()).await),
        Some("upstream_unreachable")
    );
    assert_eq!(code(fixture.login(|_| {}).await), None);
}

#[tokio::test]
async fn md_06_a_file_is_trusted_for_who_may_write_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("idp.xml");
    std::fs::write(&path, metadata(IDP, &[&IDP_KEY], false)).unwrap();
    let fixture = Fixture::with(settings(MetadataPlace::File(path.clone())));
    fixture.upstream.refresh(now()).await.unwrap();
    std::fs::write(&path, metadata(IDP, &[&NEXT_KEY], false)).unwrap();
    fixture.upstream.refresh(now()).await.unwrap();
    assert_eq!(code(fixture.login(|said| said.key = &NEXT_KEY).await), None);
}

#[tokio::test]
async fn md_04_metadata_that_ended_is_used_for_a_day_at_most() {
    let fixture = Fixture::new();
    fixture.upstream.refresh(now()).await.unwrap();
    let answer = Answer::Callback(Said::to(&fixture.begun().await).callback());
    let begun = fixture.begun().await;
    let at = |days| now() + TimeDelta::days(days);
    let outcome = fixture.upstream.finish(&begun.memo, &answer, at(11)).await;
    assert_eq!(code(outcome), Some("metadata_expired"));
    assert_eq!(
        code(fixture.upstream.refresh(at(10)).await),
        Some("metadata_expired")
    );
}

#[tokio::test]
async fn metadata_that_was_never_there_is_asked_for_by_a_login() {
    let fixture = Fixture::with(settings(by_address()));
    for _ in 0..3 {
        let error = fixture.begin(|_| {}).await.err().unwrap();
        assert_eq!(error.code(), "upstream_unreachable");
        assert!(error.to_string().contains(METADATA), "{error}");
    }
    assert_eq!(fixture.http.count(METADATA), 1);
    fixture
        .http
        .serve(METADATA, metadata(IDP, &[&IDP_KEY], false));
    fixture.upstream.refresh(now()).await.unwrap();
    fixture.begun().await;
}

#[tokio::test]
async fn a_provider_without_metadata_can_be_typed() {
    let key = IDP_KEY.verifying_key().unwrap();
    let sso_url = Url::parse(SSO).unwrap();
    let place = MetadataPlace::typed(IDP, &sso_url, None, &[key.clone(), key]).unwrap();
    Fixture::with(settings(place)).begun().await;
    assert!(MetadataPlace::typed(IDP, &sso_url, None, &[]).is_err());
}

#[tokio::test]
async fn our_metadata_can_be_read() {
    let mut settings = settings(by_address());
    settings.keys = Some(SpKeys::only(OUR_KEY.clone()).ring());
    settings.sign_requests = true;
    let xml = Fixture::with(settings).upstream.sp_metadata().unwrap();
    let read = SpMetadata::parse(&Source::trusted(xml.as_bytes())).unwrap();
    assert_eq!(read.entity_id, SP);
    assert_eq!(read.signing_keys, [OUR_KEY.verifying_key().unwrap()]);
}

/// Real files, where `VESTIBULE_SAMPLES` names the folder that holds them.
#[tokio::test]
async fn real_metadata_leads_to_the_provider() {
    let folder = std::env::var_os("VESTIBULE_SAMPLES").filter(|folder| !folder.is_empty());
    let Some(folder) = folder.map(std::path::PathBuf::from) else {
        println!("SKIPPED: VESTIBULE_SAMPLES names no folder");
        return;
    };
    for (file, path) in [
        ("adfs-v2-FederationMetadata.xml", "/adfs/ls/"),
        ("adfs-v3-FederationMetadata.xml", "/adfs/ls/"),
        ("adfs-v4-FederationMetadata.xml", "/adfs/ls/"),
        ("idp-metadata-multi-signing-certs.xml", "/saml/sso"),
        (
            "shibboleth-testshib-idp-metadata.xml",
            "/idp/profile/SAML2/Redirect/SSO",
        ),
    ] {
        let fixture = Fixture::with(settings(MetadataPlace::File(folder.join(file))));
        fixture.upstream.refresh(now()).await.expect(file);
        match fixture.begun().await.prompt {
            Prompt::Redirect(url) => assert_eq!(url.path(), path, "{file}"),
            other => panic!("{file}: {other:?}"),
        }
    }
}
