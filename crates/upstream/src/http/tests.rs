use std::net::SocketAddr;

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
    let request = Request::get(url, "*/*", 64, Duration::from_millis(500));
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
}
