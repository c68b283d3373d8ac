//! Calls over a real connection to a listener, with a queue that the test looks into.

use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use url::Url;
use vestibule_core::{
    id::{AppId, SessionId},
    logout::{LogoutRequest, call::Undelivered},
    port::{DownstreamError, Incoming, LogoutAnswer, LogoutMessage, Rejection},
    request::{Memo, Reply},
    session::Participation,
};
use vestibule_upstream::http::Client;

use super::*;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

struct Still;

impl Clock for Still {
    fn now(&self) -> DateTime<Utc> {
        now()
    }
}

/// What is due, and what became of it.
#[derive(Default)]
struct Queue {
    due: Mutex<Vec<Call>>,
    settled: Mutex<Vec<Called>>,
}

#[async_trait]
impl Calls for Queue {
    async fn take_calls(&self, _: DateTime<Utc>, _: u32) -> Result<Vec<Call>, StoreError> {
        Ok(std::mem::take(&mut *self.due.lock().unwrap()))
    }

    async fn settle_call(&self, _: &Call, called: Called) -> Result<(), StoreError> {
        self.settled.lock().unwrap().push(called);
        Ok(())
    }

    async fn undelivered(&self, _: u32) -> Result<Vec<Undelivered>, StoreError> {
        Ok(Vec::new())
    }

    async fn try_again(&self, _: Option<&AppId>, _: DateTime<Utc>) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn count_calls(&self) -> Result<(u64, u64), StoreError> {
        Ok((0, 0))
    }
}

/// Applications at one address, in one way.
struct Told(Url, Way);

#[async_trait]
impl SignOff for Told {
    fn protocol(&self) -> Protocol {
        Protocol::Oidc
    }

    async fn hear(&self, _: &Incoming, _: DateTime<Utc>) -> Result<LogoutMessage, Rejection> {
        unreachable!("nobody asks")
    }

    fn known_as(&self, _: &Memo) -> Option<String> {
        None
    }

    fn is_about(&self, _: &LogoutRequest, _: &Memo) -> bool {
        false
    }

    fn way(&self, _: &AppId, _: &Memo) -> Way {
        self.1
    }

    async fn tell(&self, telling: Telling<'_>) -> Result<Notification, DownstreamError> {
        Ok(Notification::Call {
            url: self.0.clone(),
            body: format!("logout_token={}", telling.app),
        })
    }

    fn receipt(&self, status: u16) -> Receipt {
        match status {
            200 => Receipt::Done,
            400 => Receipt::Refused,
            _ => Receipt::TryAgain,
        }
    }

    async fn answer(&self, _: LogoutAnswer<'_>) -> Result<Option<Reply>, DownstreamError> {
        Ok(None)
    }
}

/// Answers one request with this status, and gives back what came.
async fn listener(status: &'static str) -> (Url, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/out", listener.local_addr().unwrap());
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut text = String::new();
        let mut part = vec![0; 4096];
        while !text.contains("logout_token=") {
            let read = stream.read(&mut part).await.unwrap();
            text.push_str(std::str::from_utf8(&part[..read]).unwrap());
        }
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        text
    });
    (Url::parse(&url).unwrap(), heard)
}

/// What a call to this address comes to, tried for the `attempts`th time.
async fn called(url: &str, way: Way, attempts: u32) -> Called {
    let queue = Arc::new(Queue::default());
    queue.due.lock().unwrap().push(Call {
        session: SessionId::from_bytes([1; 16]),
        participation: Participation {
            app: AppId::new("wiki").unwrap(),
            protocol: Protocol::Oidc,
            told: Memo::default(),
            known_as: None,
            at: now(),
        },
        attempts,
    });
    let told = Told(Url::parse(url).unwrap(), way);
    let calling = Calling {
        store: queue.clone(),
        sign_offs: [(Protocol::Oidc, Arc::new(told) as Arc<dyn SignOff>)].into(),
        http: Arc::new(Client::wary().unwrap()),
        clock: Arc::new(Still),
    };
    assert_eq!(calling.round().await.unwrap(), 1);
    assert_eq!(calling.round().await.unwrap(), 0);
    queue.settled.lock().unwrap().pop().unwrap()
}

#[tokio::test]
async fn an_application_that_takes_the_call_is_told_once() {
    let (url, heard) = listener("200 OK").await;
    assert_eq!(called(url.as_str(), Way::Call, 1).await, Called::Settled);
    let heard = heard.await.unwrap();
    assert!(heard.starts_with("POST /out HTTP/1.1\r\n"), "{heard}");
    assert!(heard.contains("content-type: application/x-www-form-urlencoded"));
    assert!(heard.ends_with("logout_token=wiki"), "{heard}");
}

#[tokio::test]
async fn one_that_cannot_take_it_now_is_called_again_and_one_that_refuses_is_not() {
    let (url, _) = listener("503 Busy").await;
    let Called::PutOff { until, .. } = called(url.as_str(), Way::Call, 1).await else {
        panic!("it is tried again")
    };
    assert_eq!(until - now(), TimeDelta::seconds(5));
    let (url, _) = listener("503 Busy").await;
    let last = called(url.as_str(), Way::Call, 10).await;
    assert!(matches!(last, Called::GivenUp { .. }), "{last:?}");
    let (url, _) = listener("400 No").await;
    let refused = called(url.as_str(), Way::Call, 1).await;
    assert!(matches!(refused, Called::GivenUp { .. }), "{refused:?}");
}

#[tokio::test]
async fn who_is_told_in_the_browser_or_not_at_all_is_not_called() {
    for way in [Way::Frame, Way::Nothing, Way::Visit] {
        assert_eq!(called("http://127.0.0.1:9/", way, 1).await, Called::Settled);
    }
}

#[tokio::test]
async fn oo_16_an_address_is_judged_when_it_is_used() {
    for url in [
        "http://wiki.example/out",
        "https://169.254.169.254/out",
        "https://[::ffff:127.0.0.1]/out",
        "ftp://127.0.0.1/out",
    ] {
        let called = called(url, Way::Call, 1).await;
        assert!(matches!(called, Called::PutOff { .. }), "{url}: {called:?}");
    }
}

#[tokio::test]
async fn oo_16_a_redirect_leads_nowhere() {
    let (target, heard) = listener("200 OK").await;
    let redirect = format!("307 Elsewhere\r\nlocation: {target}").leak();
    let (url, _) = listener(redirect).await;
    let called = called(url.as_str(), Way::Call, 1).await;
    assert!(matches!(called, Called::PutOff { .. }), "{called:?}");
    assert!(!heard.is_finished(), "nobody asked the target");
    heard.abort();
}
