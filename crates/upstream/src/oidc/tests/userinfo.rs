//! A userinfo endpoint that hangs, drips, floods or is not there, over a real connection.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, sleep},
};
use url::Url;

use super::*;
use crate::http::{Client, Http, HttpError, Request};

/// Below the limit of the whole login page, above that of one answer.
const MOST_WAIT: Duration = Duration::from_secs(8);

/// The provider without a network, but for userinfo.
struct Diverted {
    fake: Arc<FakeHttp>,
    client: Client,
    userinfo: Url,
}

#[async_trait]
impl Http for Diverted {
    async fn send(&self, mut request: Request) -> Result<Response, HttpError> {
        if request.url.as_str() != USERINFO {
            return self.fake.send(request).await;
        }
        request.url = self.userinfo.clone();
        self.client.send(request).await
    }
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    Drips,
    Floods,
    Hangs,
    None,
}

async fn answer(mut stream: TcpStream, fault: Fault) -> std::io::Result<()> {
    let _ = stream.read(&mut [0; 4096]).await?;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
    match fault {
        Fault::Drips => {
            stream.write_all(head.as_bytes()).await?;
            loop {
                stream.write_all(b" ").await?;
                sleep(Duration::from_millis(200)).await;
            }
        }
        Fault::Floods => {
            stream.write_all(head.as_bytes()).await?;
            loop {
                stream.write_all(&[b' '; 64 * 1024]).await?;
            }
        }
        Fault::Hangs => std::future::pending().await,
        Fault::None => {
            let body = json!({"sub": "alice-1"});
            stream.write_all(format!("{head}{body}").as_bytes()).await
        }
    }
}

/// A whole login; what came of it, and how long it took.
async fn login(fault: Fault) -> (Result<VerifiedIdentity, UpstreamError>, Duration) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let userinfo = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, fault));
        }
    });
    let usual = Fixture::new();
    let diverted = Diverted {
        fake: usual.http.clone(),
        client: Client::new().unwrap(),
        userinfo: Url::parse(&userinfo).unwrap(),
    };
    let entropy = Arc::new(Counter::default());
    let upstream = OidcUpstream::new(settings(), Arc::new(diverted), entropy).unwrap();
    let fixture = Fixture { upstream, ..usual };
    let begun = Instant::now();
    let outcome = fixture.good(json!({})).await;
    (outcome, begun.elapsed())
}

#[tokio::test]
async fn ft_07_a_userinfo_endpoint_without_an_end_is_not_waited_for() {
    // The control.
    login(Fault::None).await.0.unwrap();
    let (drips, floods, hangs) = tokio::join!(
        login(Fault::Drips),
        login(Fault::Floods),
        login(Fault::Hangs)
    );
    for (fault, (outcome, took)) in [
        (Fault::Drips, drips),
        (Fault::Floods, floods),
        (Fault::Hangs, hangs),
    ] {
        assert_eq!(code(outcome), Some("upstream_unreachable"), "{fault:?}");
        assert!(took < MOST_WAIT, "{fault:?}: {took:?}");
    }
}
