//! The browser on the wire: what it sends when a login goes from site to site.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use url::Url;
use vestibule_demo::browser::Browser;

#[tokio::test]
async fn a_post_from_another_site_carries_no_lax_cookie_and_the_redirect_after_it_does() {
    let (ours, theirs) = sites();
    let mut browser = Browser::new().unwrap();
    browser.get(&ours.join("/cookie").unwrap()).await.unwrap();
    assert_eq!(browser.cookie(&ours, "login").as_deref(), Some("1"));

    let mut form_page = theirs.join("/form").unwrap();
    form_page.set_query(Some(&format!("to={}", ours.join("/acs").unwrap())));
    let page = browser.get(&form_page).await.unwrap();
    let parked = browser.submit(&page.message_form().unwrap()).await.unwrap();
    assert_eq!(parked.status, 303);
    assert!(!parked.body.contains("login=1"), "{}", parked.body);
    assert!(
        parked.body.contains("sec-fetch-site: cross-site"),
        "{}",
        parked.body
    );
    let origin = format!("origin: {}", theirs.origin().ascii_serialization());
    assert!(parked.body.contains(&origin), "{}", parked.body);
    assert!(
        parked.body.contains("SAMLResponse=a%2Bb"),
        "{}",
        parked.body
    );

    let landed = browser.follow(parked).await.unwrap();
    assert_eq!(landed.url.path(), "/landed");
    assert!(landed.body.contains("login=1"), "{}", landed.body);
    assert!(
        landed.body.contains("sec-fetch-site: cross-site"),
        "{}",
        landed.body
    );

    let settled = browser.settle(page).await.unwrap();
    assert_eq!(settled.url.path(), "/landed");
    browser.forget();
    assert_eq!(browser.cookie(&ours, "login"), None);
}

#[tokio::test]
async fn an_endless_redirect_ends_with_the_page() {
    let (ours, _) = sites();
    let mut browser = Browser::new().unwrap();
    let page = browser.get(&ours.join("/loop").unwrap()).await.unwrap();
    let error = browser.follow(page).await.unwrap_err().to_string();
    assert!(
        error.contains("more redirects") && error.contains("/loop"),
        "{error}"
    );
}

/// One server under two names, which are two sites.
fn sites() -> (Url, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        listener
            .incoming()
            .for_each(|stream| answer(stream.unwrap()))
    });
    let site = |name| Url::parse(&format!("http://{name}:{port}/")).unwrap();
    (site("127.0.0.1"), site("localhost"))
}

/// Answers one request with what it said, or with the page that its path names.
fn answer(stream: TcpStream) {
    let mut reader = BufReader::new(&stream);
    let mut said = String::new();
    while !said.ends_with("\r\n\r\n") {
        reader.read_line(&mut said).unwrap();
    }
    let length = said
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |digits| digits.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    said.push_str(&String::from_utf8(body).unwrap());

    let target = said.split(' ').nth(1).unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (head, page) = match path {
        "/acs" => ("303 See Other\r\nLocation: /landed", said.clone()),
        "/cookie" => (
            "200 OK\r\nSet-Cookie: login=1; Path=/; HttpOnly; SameSite=Lax",
            String::new(),
        ),
        "/form" => ("200 OK", form(query)),
        "/loop" => ("302 Found\r\nLocation: /loop", String::new()),
        _ => ("200 OK", said.clone()),
    };
    let length = page.len();
    write!(
        &stream,
        "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{page}"
    )
    .unwrap();
}

fn form(query: &str) -> String {
    let action = query.strip_prefix("to=").unwrap();
    format!(
        "<form method=post action='{action}'><input type=hidden name=SAMLResponse value='a+b'></form>"
    )
}
