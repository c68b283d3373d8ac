//! Which HTTP is spoken at our port (attack row WA-07): versions 1.0 and 1.1, and nothing that a proxy in front could
//! be led to.

use std::{fs, net::SocketAddr, sync::Arc};

use rcgen::generate_simple_self_signed;
use rustls::{ClientConfig, ClientConnection, RootCertStore, crypto::aws_lc_rs};
use vestibule_server::http::{Listener, Tls};

use crate::{
    support::House,
    wire::{check_alive, exchange, listening, listening_with, statuses},
};

#[actix_web::test]
async fn wa_07_nobody_is_led_to_http_2_in_plain() {
    let house = House::build().await;
    let (address, server) = listening(&house).await;
    // RFC 9113 3.4: how a client begins that knows already.
    let answer = exchange(
        address,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    )
    .await;
    assert_eq!(statuses(&answer), [400], "{answer}");
    // RFC 7540 3.2: how one asked that did not.
    let upgrade = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n";
    let answer = exchange(address, upgrade.as_bytes()).await;
    assert_eq!(statuses(&answer), [200], "{answer}");
    assert!(answer.ends_with("alive\n"), "{answer}");
    check_alive(address).await;
    server.stop(false).await;
}

/// A proxy must hand lines on as RFC 9112 2.2 spells them. Where one does not, a line that ends with a bare line feed
/// is one here too, so nothing can hide behind one; and bodies and chunks are not framed by it.
#[actix_web::test]
async fn wa_07_a_bare_line_feed_ends_a_line_and_hides_nothing() {
    let house = House::build().await;
    let (address, server) = listening(&house).await;
    let lines = "GET /healthz HTTP/1.1\nHost: localhost\nConnection: close\n\n";
    let answer = exchange(address, lines.as_bytes()).await;
    assert_eq!(statuses(&answer), [200], "{answer}");
    let post = |headers: &str, body: &str| {
        let form = "Content-Type: application/x-www-form-urlencoded\r\n";
        format!(
            "POST /saml/sso HTTP/1.1\r\nHost: localhost\r\n{form}{headers}\r\n{body}GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
    };
    for (name, bytes) in [
        (
            "a length behind one",
            post(
                "X-A: b\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n",
                "0\r\n\r\n",
            ),
        ),
        (
            "a second length behind one",
            post("Content-Length: 0\r\nX-A: b\nContent-Length: 5\r\n", ""),
        ),
        (
            "a second host behind one",
            post("X-A: b\nHost: evil.example\r\nContent-Length: 0\r\n", ""),
        ),
        (
            "a chunk's size before one",
            post("Transfer-Encoding: chunked\r\n", "0\n\r\n"),
        ),
    ] {
        let answer = exchange(address, bytes.as_bytes()).await;
        assert_eq!(statuses(&answer), [400], "{name}: {answer}");
        assert!(!answer.contains("alive"), "{name}: {answer}");
        check_alive(address).await;
    }
    server.stop(false).await;
}

/// What a client that offers these protocols agrees on with us (RFC 7301).
fn agreed(address: SocketAddr, roots: RootCertStore, offered: &[&str]) -> Result<String, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = offered
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    let name = "localhost".try_into().unwrap();
    let mut session = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut socket = std::net::TcpStream::connect(address).unwrap();
    while session.is_handshaking() {
        session
            .complete_io(&mut socket)
            .map_err(|error| error.to_string())?;
    }
    let name = session.alpn_protocol().unwrap_or_default().to_vec();
    Ok(String::from_utf8(name).unwrap())
}

#[actix_web::test]
async fn wa_07_nobody_is_led_to_http_2_over_tls() {
    let house = House::build().await;
    let folder = tempfile::tempdir().unwrap();
    let pair = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("tls.pem"), folder.path().join("tls.key"));
    fs::write(&certificate, pair.cert.pem()).unwrap();
    fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(pair.cert.der().clone()).unwrap();
    let listener = Listener {
        address: ([127, 0, 0, 1], 0).into(),
        tls: Some(Tls { certificate, key }),
        workers: 1,
    };
    let (address, server) = listening_with(&house, listener).await;
    for (offered, expected) in [
        // The control.
        (vec!["http/1.1"], Some("http/1.1")),
        (vec!["h2", "http/1.1"], Some("http/1.1")),
        (vec!["h2"], None),
    ] {
        let roots = roots.clone();
        let said = offered.clone();
        let agreed = actix_web::web::block(move || agreed(address, roots, &said));
        let agreed = agreed.await.unwrap();
        match expected {
            Some(_) => assert_eq!(agreed.as_deref().ok(), expected, "{offered:?}"),
            None => assert!(agreed.is_err(), "{offered:?}: {agreed:?}"),
        }
    }
    server.stop(false).await;
}
