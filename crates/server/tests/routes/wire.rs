//! Bytes on a socket that two servers could read in two ways, or that never end (attack rows WA-06, WA-07), at the
//! listener as it runs.

use std::net::SocketAddr;

use actix_web::dev::ServerHandle;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    time::{Duration, timeout},
};
use vestibule_server::http::{Listener, serve};

use crate::support::House;

/// Longer than a request may take, and a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn listening(house: &House) -> (SocketAddr, ServerHandle) {
    let plain = Listener {
        address: ([127, 0, 0, 1], 0).into(),
        tls: None,
        workers: 1,
    };
    listening_with(house, plain).await
}

pub(crate) async fn listening_with(
    house: &House,
    listener: Listener,
) -> (SocketAddr, ServerHandle) {
    let (started, address) = oneshot::channel();
    let serving = serve(house.site(), listener, |address, handle| {
        let _ = started.send((address, handle));
    });
    actix_web::rt::spawn(serving);
    address.await.unwrap()
}

/// All that comes back until the other side closes.
pub(crate) async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    // The other side may have refused and closed before all was written.
    let _ = socket.write_all(bytes).await;
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, async {
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = socket.read(&mut chunk).await {
            answer.extend_from_slice(&chunk[..count]);
        }
    });
    assert!(read.await.is_ok(), "the connection stays open");
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status of each answer on the connection.
pub(crate) fn statuses(answer: &str) -> Vec<u16> {
    let heads = answer.split("HTTP/1.1 ").skip(1);
    heads.map(|head| head[..3].parse().unwrap()).collect()
}

const HEAD: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
/// What somebody would like to slip past a proxy.
const SLIPPED: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

pub(crate) async fn check_alive(address: SocketAddr) {
    let benign = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answer = exchange(address, benign.as_bytes()).await;
    assert_eq!(statuses(&answer), [200], "{answer}");
}

#[actix_web::test]
async fn wa_07_what_can_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_read() {
    let house = House::build().await;
    let (address, server) = listening(&house).await;
    let post = |headers: &str, body: &str| {
        format!("POST /saml/sso HTTP/1.1\r\nHost: localhost\r\n{HEAD}{headers}\r\n{body}{SLIPPED}")
    };
    let get = |rest: &str| format!("GET /healthz {rest}\r\n{SLIPPED}");
    let cases = [
        (
            "both lengths",
            post(
                "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
                "0\r\n\r\n",
            ),
        ),
        (
            "both lengths, the other way round",
            post(
                "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
                "0\r\n\r\n",
            ),
        ),
        (
            "two lengths",
            post("Content-Length: 0\r\nContent-Length: 5\r\n", ""),
        ),
        ("a length with a sign", post("Content-Length: +0\r\n", "")),
        ("a list of lengths", post("Content-Length: 0, 5\r\n", "")),
        ("a length below zero", post("Content-Length: -1\r\n", "")),
        (
            "an unknown coding",
            post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
        ),
        (
            "two codings",
            post(
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                "0\r\n\r\n",
            ),
        ),
        (
            "a coding on a folded line",
            post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"),
        ),
        (
            "a blank before the colon",
            post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
        ),
        (
            "a chunk beyond all numbers",
            post(
                "Transfer-Encoding: chunked\r\n",
                "fffffffffffffffff\r\nx\r\n",
            ),
        ),
        (
            "a chunk of no size",
            post("Transfer-Encoding: chunked\r\n", "-1\r\nx\r\n"),
        ),
        (
            "a chunk that ends with a bare line feed",
            post("Transfer-Encoding: chunked\r\n", "1;\nx\r\n0\r\n\r\n"),
        ),
        (
            "a folded line",
            get("HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n c\r\n"),
        ),
        (
            "a zero byte in a header",
            get("HTTP/1.1\r\nHost: localhost\r\nX-A: b\0c\r\n"),
        ),
        (
            "a bare carriage return in a header",
            get("HTTP/1.1\r\nHost: localhost\r\nX-A: b\rX-B: c\r\n"),
        ),
        (
            "a blank in the path",
            get("a HTTP/1.1\r\nHost: localhost\r\n"),
        ),
        ("another version", get("HTTP/3.0\r\nHost: localhost\r\n")),
        ("no host", get("HTTP/1.1\r\n")),
        (
            "two hosts",
            get("HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n"),
        ),
        (
            "a megabyte of header",
            get(&format!(
                "HTTP/1.1\r\nHost: localhost\r\nX-A: {}\r\n",
                "a".repeat(1 << 20)
            )),
        ),
        (
            "ten thousand headers",
            get(&format!(
                "HTTP/1.1\r\nHost: localhost\r\n{}",
                "X-A: b\r\n".repeat(10_000)
            )),
        ),
        (
            "a megabyte of address",
            get(&format!(
                "/{} HTTP/1.1\r\nHost: localhost\r\n",
                "a".repeat(1 << 20)
            )),
        ),
    ];
    for (name, bytes) in cases {
        let answer = exchange(address, bytes.as_bytes()).await;
        let got = statuses(&answer);
        assert!(
            matches!(got[..], [400 | 413 | 414 | 431]),
            "{name}: {got:?} {answer}"
        );
        assert!(!answer.contains("alive"), "{name}: {answer}");
        check_alive(address).await;
    }
    // benign controls: one length or chunks, and what comes behind is a request of its own
    for (headers, body) in [
        ("Content-Length: 3\r\n", "a=b"),
        ("Transfer-Encoding: chunked\r\n", "3\r\na=b\r\n0\r\n\r\n"),
    ] {
        let slipped = SLIPPED.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        let bytes = post(headers, body).replace(SLIPPED, &slipped);
        let answer = exchange(address, bytes.as_bytes()).await;
        assert_eq!(statuses(&answer), [400, 200], "{answer}");
        assert!(answer.contains("This sign-in request"), "{answer}");
    }
    server.stop(false).await;
}

#[actix_web::test]
async fn wa_07_who_dawdles_is_not_waited_for() {
    let house = House::build().await;
    let (address, server) = listening(&house).await;
    let headers = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A:";
    let body = format!(
        "POST /saml/sso HTTP/1.1\r\nHost: localhost\r\n{HEAD}Content-Length: 100\r\n\r\nSAMLRequest="
    );
    let chunks = format!(
        "POST /saml/sso HTTP/1.1\r\nHost: localhost\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
    );
    let slow = [headers, &body, &chunks].map(|bytes| exchange(address, bytes.as_bytes()));
    let (answers, ()) = tokio::join!(
        futures_util::future::join_all(slow),
        // benign control: others are served meanwhile, by the same thread
        check_alive(address)
    );
    for answer in answers {
        assert_eq!(statuses(&answer), [408], "{answer}");
    }
    server.stop(false).await;
}

#[actix_web::test]
async fn wa_07_what_is_answered_before_its_end_is_not_read_on() {
    let house = House::build().await;
    let (address, server) = listening(&house).await;
    let post = |path: &str, headers: &str, body: &str| {
        format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{HEAD}{headers}\r\n{body}")
    };
    let chunk = format!("50000\r\n{}\r\n", "a".repeat(0x50000));
    let chunked = "Transfer-Encoding: chunked\r\n";
    // None of these bodies comes to its end.
    let table = [
        ("/saml/sso", "Content-Length: 1000000\r\n", "", 413),
        ("/saml/sso", chunked, &chunk, 413),
        ("/nowhere", "Content-Length: 9\r\n", "a", 404),
        ("/nowhere", chunked, "1\r\na\r\n", 404),
        ("/login/a/code", "Content-Length: 9\r\n", "a", 403),
        ("/login/a/code", chunked, "1\r\na\r\n", 403),
    ];
    for (path, headers, body, expected) in table {
        let answer = exchange(address, post(path, headers, body).as_bytes()).await;
        assert_eq!(statuses(&answer), [expected], "{path} {headers}: {answer}");
        assert!(answer.contains("connection: close"), "{path}: {answer}");
        assert!(answer.trim_end().ends_with("</html>"), "{path}: {answer}");
    }
    check_alive(address).await;
    server.stop(false).await;
}

#[actix_web::test]
async fn wa_06_no_form_of_an_address_changes_what_we_give_out() {
    let house = House::build().await;
    let (address, server) = listening(&house).await;
    let table = [
        (
            "http://evil.example/saml/metadata",
            "Host: evil.example\r\n",
        ),
        ("http://evil.example/saml/metadata", "Host: localhost\r\n"),
        ("/saml/metadata", "Host: evil.example:1\r\n"),
        (
            "/saml/metadata",
            "Host: localhost\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: gopher\r\nX-Forwarded-Port: 1\r\nForwarded: host=evil.example\r\n",
        ),
    ];
    for (target, headers) in table {
        let bytes = format!("GET {target} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
        let answer = exchange(address, bytes.as_bytes()).await;
        assert_eq!(statuses(&answer), [200], "{target} {headers}");
        assert!(answer.contains("http://localhost:8080/saml/sso"));
        assert!(!answer.contains("evil") && !answer.contains("gopher"));
    }
    server.stop(false).await;
}
