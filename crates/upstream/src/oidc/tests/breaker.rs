//! Which of our requests carry a visitor's words, as the breaker in front of the provider sees them.

use super::*;
use crate::http::{Breaker, HttpError};

type Outcome = Result<Response, HttpError>;

/// Enough that any address that can be left alone is.
const LOGINS: usize = 6;

fn unavailable() -> Outcome {
    Ok(Response {
        status: 503,
        body: Vec::new(),
    })
}

fn refused() -> Outcome {
    Err(HttpError::Unreached("connection refused".into()))
}

/// How often `address` is asked in so many logins, if it always answers so.
async fn asked(address: &str, answer: fn() -> Outcome) -> usize {
    let usual = Fixture::new();
    let breaker = Breaker::new(UpstreamId::new("kc").unwrap(), usual.http.clone());
    let entropy = Arc::new(Counter::default());
    let upstream = OidcUpstream::new(settings(), Arc::new(breaker), entropy).unwrap();
    let fixture = Fixture { upstream, ..usual };
    for _ in 0..LOGINS {
        let begun = fixture.begin().await;
        fixture.token(&begun, &KEY, json!({}));
        fixture.http.on(address, move |_| answer());
        fixture.finish(&begun, &good_query()).await.unwrap_err();
    }
    fixture.http.count(address)
}

#[tokio::test(start_paused = true)]
async fn ft_07_codes_and_tokens_of_visitors_pause_no_endpoint() {
    for address in [TOKEN, USERINFO] {
        assert_eq!(asked(address, unavailable).await, LOGINS, "{address}");
        // The control: where nobody is, nobody is asked for long.
        assert_eq!(asked(address, refused).await, 3, "{address}");
    }
}

/// What is asked for in our own words is left alone for whatever says that nobody is there.
#[tokio::test(start_paused = true)]
async fn ft_07_metadata_and_keys_are_asked_for_in_our_own_words() {
    for address in [DOCUMENT, JWKS] {
        let fixture = Fixture::new();
        let breaker = Breaker::new(UpstreamId::new("kc").unwrap(), fixture.http.clone());
        let entropy = Arc::new(Counter::default());
        let upstream = OidcUpstream::new(settings(), Arc::new(breaker), entropy).unwrap();
        fixture.http.on(address, |_| unavailable());
        for minutes in 0..6 {
            let later = now() + TimeDelta::minutes(minutes);
            upstream.refresh(later).await.unwrap_err();
        }
        assert_eq!(fixture.http.count(address), 3, "{address}");
    }
}
