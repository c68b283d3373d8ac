use std::{io::Write as _, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

/// Answers each connection with these bytes; `None` never answers.
async fn server(answer: Option<String>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 4096];
                let _ = stream.read(&mut request).await;
                match answer {
                    Some(answer) => stream
                        .write_all(answer.as_bytes())
                        .await
                        .unwrap_or_default(),
                    None => std::future::pending().await,
                }
            });
        }
    });
    address
}

async fn get(url: &str) -> Result<Response, HttpError> {
    let url = Url::parse(url).unwrap();
    let request = Request::get(url, "*/*", 64, Duration::from_millis(500), Words::Ours);
    Client::new().unwrap().send(request).await
}

#[tokio::test]
async fn an_answer_is_read_whole() {
    let address = server(Some(
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello".into(),
    ))
    .await;
    let response = get(&format!("http://{address}/x")).await.unwrap();
    assert_eq!(
        (response.status, response.body.as_slice()),
        (200, &b"hello"[..])
    );
}

#[tokio::test]
async fn md_05_redirects_are_not_followed() {
    let target = server(Some("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".into())).await;
    let redirect =
        format!("HTTP/1.1 302 Found\r\nlocation: http://{target}/\r\ncontent-length: 0\r\n\r\n");
    let address = server(Some(redirect)).await;
    assert_eq!(
        get(&format!("http://{address}/")).await.unwrap().status,
        302
    );
}

#[tokio::test]
async fn md_05_large_and_endless_answers_are_cut() {
    let large = format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}",
        "x".repeat(65)
    );
    let address = server(Some(large)).await;
    assert_eq!(
        get(&format!("http://{address}/")).await,
        Err(HttpError::TooLarge(64))
    );
    let silent = server(None).await;
    let error = get(&format!("http://{silent}/")).await.unwrap_err();
    assert!(matches!(error, HttpError::TimedOut(_)), "{error}");
}

#[tokio::test]
async fn plain_http_stays_on_this_machine() {
    for url in [
        "http://acme.test/",
        "http://169.254.169.254/",
        "http://localhost.acme.test/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
    ] {
        assert_eq!(get(url).await, Err(HttpError::Insecure), "{url}");
    }
}

#[tokio::test]
async fn a_closed_port_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = get(&format!("http://{address}/")).await.unwrap_err();
    assert!(
        error.to_string().to_lowercase().contains("refused"),
        "{error}"
    );
    assert!(matches!(error, HttpError::Unreached(_)), "{error}");
}

/// What breaks after a connection was there may be the answer to what was sent; what never stood is not.
#[tokio::test]
async fn ft_07_a_connection_that_broke_is_not_one_that_never_stood() {
    for answer in [
        "",
        "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx",
    ] {
        let address = server(Some(answer.into())).await;
        let error = get(&format!("http://{address}/")).await.unwrap_err();
        assert!(matches!(error, HttpError::Failed(_)), "{answer}: {error}");
    }
    // The control: a TLS handshake that is never answered, over TCP that is.
    let silent = server(None).await;
    let url = Url::parse(&format!("https://{silent}/")).unwrap();
    let request = Request::get(url, "*/*", 64, CONNECT * 2, Words::Visitors);
    let error = Client::new().unwrap().send(request).await.unwrap_err();
    assert!(matches!(error, HttpError::Unreached(_)), "{error}");
}

/// Answers one byte at a time and never ends.
async fn dripping() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = vec![0; 4096];
                let _ = stream.read(&mut request).await;
                let head = b"HTTP/1.1 200 OK\r\ncontent-length: 60\r\n\r\n";
                let mut sent = stream.write_all(head).await;
                while sent.is_ok() {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    sent = stream.write_all(b"x").await;
                }
            });
        }
    });
    address
}

/// Each byte comes in time, and the whole does not: the limit is one for all of it.
#[tokio::test]
async fn md_05_an_answer_that_drips_is_not_waited_for() {
    let address = dripping().await;
    let begun = tokio::time::Instant::now();
    let error = get(&format!("http://{address}/")).await.unwrap_err();
    assert_eq!(error, HttpError::TimedOut(Duration::from_millis(500)));
    assert!(begun.elapsed() < Duration::from_secs(3));
}

/// No compression is asked for and none is undone, so that what is counted is what is kept.
#[tokio::test]
async fn md_05_a_compressed_answer_is_not_inflated() {
    // 1 MiB of zeros, in 1,040 bytes.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![0; 1024 * 1024]).unwrap();
    let bomb = encoder.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        bomb.len()
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = [head.into_bytes(), bomb.clone()].concat();
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let length = stream.read(&mut request).await.unwrap();
        stream.write_all(&answer).await.unwrap();
        String::from_utf8_lossy(&request[..length]).to_lowercase()
    });
    let url = Url::parse(&format!("http://{address}/")).unwrap();
    let request = Request::get(url, "*/*", 4096, Duration::from_secs(5), Words::Ours);
    let response = Client::new().unwrap().send(request).await.unwrap();
    assert_eq!(response.body, bomb);
    let asked = asked.await.unwrap();
    assert!(!asked.contains("accept-encoding"), "{asked}");
}

/// Addresses of the inside that are written in other ways. What is https must have a certificate for its name, which a
/// service of the inside that was not meant to be asked has not, however its name resolves.
#[tokio::test]
async fn md_05_the_inside_is_not_asked_by_other_spellings() {
    let inside = server(Some(
        "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret".into(),
    ))
    .await;
    let port = inside.port();
    for url in [
        "file:///etc/passwd".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://10.0.0.1/".to_owned(),
        "http://[fe80::1]/".to_owned(),
        format!("http://0.0.0.0:{port}/"),
        format!("http://[::]:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://[::ffff:7f00:1]:{port}/"),
        format!("http://127.0.0.1.nip.io:{port}/"),
        format!("http://acme.test@10.0.0.1:{port}/"),
        format!("gopher://127.0.0.1:{port}/"),
        "data:text/xml,x".to_owned(),
    ] {
        assert_eq!(get(&url).await, Err(HttpError::Insecure), "{url}");
    }
    let over_tls = get(&format!("https://127.0.0.1:{port}/")).await;
    assert!(
        matches!(over_tls, Err(HttpError::Unreached(_))),
        "{over_tls:?}"
    );
    // Control: this machine by its plain name, which is meant for trials.
    let plain = get(&format!("http://127.0.0.1:{port}/")).await.unwrap();
    assert_eq!(plain.body, b"secret");
}
