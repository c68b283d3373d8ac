//! Metadata and keys: fetched seldom, kept when a fetch fails, believed only of the right issuer.

use serde_json::json;
use vestibule_oidc::signing::jwk_set;

use super::{super::*, fixture::*};
use crate::http::{HttpError, Response};

#[tokio::test]
async fn oi_05_new_keys_are_fetched_once_a_minute_at_most() {
    let fixture = Fixture::new();
    let begun = fixture.begin().await;
    // Not yet published: asked for, once.
    fixture.token(&begun, &NEXT_KEY, json!({}));
    for _ in 0..3 {
        assert_eq!(
            code(fixture.finish(&begun, &good_query()).await),
            Some("jws_unknown_key")
        );
    }
    assert_eq!(fixture.http.count(JWKS), 2);
    fixture
        .http
        .serve(JWKS, jwk_set([&*NEXT_KEY, &*KEY]).to_string());
    let answer = callback(&good_query());
    let later = now() + TimeDelta::seconds(60);
    assert!(
        fixture
            .upstream
            .finish(&begun.memo, &answer, later)
            .await
            .is_ok()
    );
    assert_eq!(fixture.http.count(JWKS), 3);
}

#[tokio::test]
async fn oi_152_many_logins_are_one_fetch() {
    let fixture = Arc::new(Fixture::new());
    let logins: Vec<_> = (0..20)
        .map(|_| {
            tokio::spawn({
                let fixture = Arc::clone(&fixture);
                async move { fixture.begin().await }
            })
        })
        .collect();
    for login in logins {
        login.await.unwrap();
    }
    assert_eq!(
        (fixture.http.count(DOCUMENT), fixture.http.count(JWKS)),
        (1, 1)
    );
}

#[tokio::test]
async fn the_last_good_metadata_is_kept() {
    let fixture = Fixture::new();
    fixture.upstream.refresh(now()).await.unwrap();
    fixture.http.on(DOCUMENT, |_| {
        Err(HttpError::Unreached("connection refused".into()))
    });
    let later = now() + TimeDelta::minutes(11);
    fixture.upstream.refresh(later).await.unwrap();
    fixture
        .upstream
        .refresh(later + TimeDelta::seconds(59))
        .await
        .unwrap();
    assert_eq!(fixture.http.count(DOCUMENT), 2);
    fixture
        .upstream
        .refresh(later + TimeDelta::seconds(60))
        .await
        .unwrap();
    assert_eq!(fixture.http.count(DOCUMENT), 3);
}

#[tokio::test]
async fn a_provider_that_was_never_there_is_unreachable() {
    let fixture = Fixture::new();
    for (status, cause) in [
        (302, "redirects are not followed"),
        (404, "HTTP status 404"),
        (503, "HTTP status 503"),
    ] {
        let fixture = Fixture::new();
        fixture.http.on(DOCUMENT, move |_| {
            Ok(Response {
                status,
                body: Vec::new(),
            })
        });
        let error = fixture.upstream.refresh(now()).await.unwrap_err();
        assert_eq!(error.code(), "upstream_unreachable");
        assert!(
            error.to_string().contains(DOCUMENT) && error.to_string().contains(cause),
            "{error}"
        );
    }
    fixture.http.on(DOCUMENT, |_| {
        Err(HttpError::TimedOut(Duration::from_secs(3)))
    });
    let error = fixture.upstream.refresh(now()).await.unwrap_err();
    assert!(
        error.to_string().contains("no answer within 3 s"),
        "{error}"
    );
    // Remembered for a moment, then asked again.
    fixture
        .upstream
        .refresh(now() + TimeDelta::seconds(4))
        .await
        .unwrap_err();
    assert_eq!(fixture.http.count(DOCUMENT), 1);
    fixture.http.serve(DOCUMENT, document().to_string());
    fixture
        .upstream
        .refresh(now() + TimeDelta::seconds(5))
        .await
        .unwrap();
}

#[tokio::test]
async fn metadata_of_another_issuer_is_not_believed() {
    let fixture = Fixture::new();
    let mut other = document();
    other["issuer"] = json!("https://evil.test");
    fixture.http.serve(DOCUMENT, other.to_string());
    let outcome = fixture.upstream.refresh(now()).await;
    assert_eq!(code(outcome), Some("discovery_issuer_mismatch"));
}
