//! Calls over a real connection to a listener, or through a door that the test holds, with a queue that it looks into.

use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::{
        Semaphore,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
};
use url::Url;
use vestibule_core::{
    id::{AppId, SessionId},
    logout::{LogoutRequest, call::Undelivered},
    port::{DownstreamError, Incoming, LogoutAnswer, LogoutMessage, Rejection, StoreError},
    request::{Memo, Reply},
    session::Participation,
};
use vestibule_upstream::http::{Client, HttpError, Response};

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
struct Queue {
    due: Mutex<Vec<Call>>,
    settled: UnboundedSender<(String, Called)>,
}

/// What became of calls, as it is written down.
type Settled = UnboundedReceiver<(String, Called)>;

impl Queue {
    fn of(due: Vec<Call>) -> (Arc<Self>, Settled) {
        let (settled, seen) = unbounded_channel();
        let due = Mutex::new(due);
        (Arc::new(Self { due, settled }), seen)
    }
}

#[async_trait]
impl Calls for Queue {
    async fn take_calls(&self, _: DateTime<Utc>, room: &Room) -> Result<Vec<Call>, StoreError> {
        let mut due = self.due.lock().unwrap();
        let named = due.iter().map(|call| {
            let app = call.participation.app.to_string();
            (app, call.session)
        });
        let chosen = room.choose(named);
        let (taken, left) = due
            .drain(..)
            .partition(|call| chosen.contains(&call.session));
        *due = left;
        Ok(taken)
    }

    async fn settle_call(&self, call: &Call, called: Called) -> Result<(), StoreError> {
        let app = call.participation.app.to_string();
        // The test may have seen enough.
        let _gone = self.settled.send((app, called));
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

fn call(number: u8, app: &str, attempts: u32) -> Call {
    Call {
        session: SessionId::from_bytes([number; 16]),
        participation: Participation {
            app: AppId::new(app).unwrap(),
            protocol: Protocol::Oidc,
            told: Memo::default(),
            known_as: None,
            at: now(),
        },
        attempts,
    }
}

fn calling(store: Arc<Queue>, told: Told, http: Arc<dyn Http>) -> Calling {
    Calling {
        store,
        sign_offs: [(Protocol::Oidc, Arc::new(told) as Arc<dyn SignOff>)].into(),
        http,
        clock: Arc::new(Still),
    }
}

/// What a call to this address comes to, tried for the `attempts`th time.
async fn called(url: &str, way: Way, attempts: u32) -> Called {
    let (queue, mut settled) = Queue::of(vec![call(1, "wiki", attempts)]);
    let told = Told(Url::parse(url).unwrap(), way);
    let calling = calling(queue, told, Arc::new(Client::wary().unwrap()));
    let running = tokio::spawn(calling.run());
    let (_, called) = settled.recv().await.unwrap();
    running.abort();
    called
}

/// Lets the calls to one application through when the test says so, and those to others at once.
struct Door {
    held: &'static str,
    open: Semaphore,
    /// Now, and at most: to the one that is held, and to all.
    under_way: Mutex<[(usize, usize); 2]>,
}

impl Door {
    fn of(held: &'static str) -> Arc<Self> {
        Arc::new(Self {
            held,
            open: Semaphore::new(0),
            under_way: Mutex::default(),
        })
    }

    fn counts(&self, is_held: bool, count: impl Fn(usize) -> usize) {
        let mut under_way = self.under_way.lock().unwrap();
        for (counted, (now, most)) in [is_held, true].into_iter().zip(under_way.iter_mut()) {
            if counted {
                *now = count(*now);
                *most = (*now).max(*most);
            }
        }
    }
}

#[async_trait]
impl Http for Door {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let is_held = request.form.is_some_and(|form| form.ends_with(self.held));
        self.counts(is_held, |now| now + 1);
        if is_held {
            self.open.acquire().await.unwrap().forget();
        }
        // The others get their turn in between.
        tokio::task::yield_now().await;
        self.counts(is_held, |now| now - 1);
        Ok(Response {
            status: 200,
            body: Vec::new(),
        })
    }
}

/// One application answers nobody, and has more due, for longer, than all others together.
#[tokio::test]
async fn nobody_waits_for_an_application_that_does_not_answer() {
    let mut due: Vec<Call> = (0..40).map(|number| call(number, "slow", 1)).collect();
    for (nth, app) in ["docs", "jira", "wiki", "blog", "chat"]
        .into_iter()
        .enumerate()
    {
        let first = 40 + 10 * u8::try_from(nth).unwrap();
        due.extend((first..first + 10).map(|number| call(number, app, 1)));
    }
    let (queue, mut settled) = Queue::of(due);
    let told = Told(Url::parse("https://app.example/out").unwrap(), Way::Call);
    let door = Door::of("slow");
    let running = tokio::spawn(calling(queue, told, door.clone()).run());
    let mut others = Vec::new();
    while others.len() < 50 {
        others.push(settled.recv().await.unwrap().0);
    }
    assert!(
        !others.contains(&"slow".to_owned()),
        "all others were told meanwhile"
    );
    let [slow, all] = *door.under_way.lock().unwrap();
    assert_eq!((slow, all.1), ((4, 4), 16), "now and at most");
    // As soon as it answers, it is told too.
    door.open.add_permits(40);
    for _ in 0..40 {
        assert_eq!(
            settled.recv().await.unwrap(),
            ("slow".to_owned(), Called::Settled)
        );
    }
    assert_eq!(door.under_way.lock().unwrap()[0], (0, 4));
    running.abort();
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
