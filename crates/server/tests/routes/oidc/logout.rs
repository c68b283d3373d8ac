//! The conformance suite of the OpenID Foundation, RP-initiated, front-channel and back-channel logout OP. Each test is
//! named for its module.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::Utc;
use openidconnect::core::CoreIdTokenClaims;
use scraper::{Html, Selector};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use url::form_urlencoded::{Serializer, parse};
use vestibule_oidc::{
    jwks::Jwks,
    logout_token::{Expectation, verify},
};
use vestibule_testkit::browser::Page;

use crate::support::{Browser, Heard, House, OTHER, PORTAL, PUBLIC, Party, SHEET, json, text};

const BYE: &str = "https://sheet.example/bye";

/// Bob at an application: his browser, and the ID token of his login.
async fn signed_in<'h>(house: &'h House, party: Party) -> (Browser<'h>, String, CoreIdTokenClaims) {
    let mut browser = house.browser();
    let heard = browser.authorizes(&party.asks(), "bob").await;
    let answer = json(&party.redeems(house, heard.code()).await);
    let claims = party.verified(house, &answer, Some("n-1")).await;
    (browser, text(&answer, "id_token").to_owned(), claims)
}

/// `sid`, which the library that reads ID tokens does not know.
fn session_of(id_token: &str) -> String {
    let payload = id_token.split('.').nth(1).unwrap();
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    text(&claims, "sid").to_owned()
}

/// The browser at the end session endpoint, and after all that leads to another page of ours.
async fn leaves(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Page {
    let query = Serializer::new(String::new()).extend_pairs(fields).finish();
    let page = browser.get(&format!("/oauth2/logout?{query}")).await;
    goes_on(browser, page).await
}

async fn goes_on(browser: &mut Browser<'_>, mut page: Page) -> Page {
    while let Some(next) = page.redirect() {
        if !next.as_str().starts_with(PUBLIC) {
            break;
        }
        page = browser.get(next.as_str()).await;
    }
    page
}

/// What the suite does at the end: a request with `prompt=none`.
async fn is_known(browser: &mut Browser<'_>, party: Party) -> bool {
    let request = party.asks().with("prompt", "none");
    let heard = Heard::of(&browser.get(&request.address()).await);
    match heard.fields.get("error") {
        Some(error) => {
            assert_eq!(error, "login_required");
            false
        }
        None => true,
    }
}

/// Where the browser is sent, to the application.
fn there(page: &Page) -> Option<String> {
    page.redirect().map(Into::into)
}

#[actix_web::test]
async fn oidcc_rp_initiated_logout() {
    let house = House::with_parties().await;
    let (mut browser, hint, _) = signed_in(&house, SHEET).await;
    assert!(is_known(&mut browser, SHEET).await);
    let back = [
        ("id_token_hint", &*hint),
        ("post_logout_redirect_uri", BYE),
        ("state", "s-2"),
    ];
    let page = leaves(&mut browser, &back).await;
    assert_eq!(
        there(&page),
        Some(format!("{BYE}?state=s-2")),
        "{}",
        page.body
    );
    assert!(!is_known(&mut browser, SHEET).await);
}

#[actix_web::test]
async fn oidcc_rp_initiated_logout_no_state() {
    let house = House::with_parties().await;
    let (mut browser, hint, _) = signed_in(&house, SHEET).await;
    let back = [("id_token_hint", &*hint), ("post_logout_redirect_uri", BYE)];
    let page = leaves(&mut browser, &back).await;
    assert_eq!(there(&page).as_deref(), Some(BYE), "{}", page.body);
    assert!(!is_known(&mut browser, SHEET).await);
}

#[actix_web::test]
async fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri() {
    let house = House::with_parties().await;
    let (mut browser, hint, _) = signed_in(&house, SHEET).await;
    let page = leaves(&mut browser, &[("id_token_hint", &hint), ("state", "s-2")]).await;
    assert_eq!((page.status, there(&page)), (200, None), "{}", page.body);
    assert!(!is_known(&mut browser, SHEET).await);
}

/// Also oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri.
#[actix_web::test]
async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri() {
    let house = House::with_parties().await;
    for uri in [
        "https://sheet.example/bye/elsewhere",
        "https://sheet.example/bye?foo=bar",
        "https://portal.example/bye",
    ] {
        let (mut browser, hint, _) = signed_in(&house, SHEET).await;
        let back = [("id_token_hint", &*hint), ("post_logout_redirect_uri", uri)];
        let page = leaves(&mut browser, &back).await;
        assert_eq!((page.status, there(&page)), (400, None), "{uri}");
        assert!(is_known(&mut browser, SHEET).await, "{uri}");
    }
}

/// Also oidcc_rp_initiated_logout_bad_id_token_hint.
#[actix_web::test]
async fn oidcc_rp_initiated_logout_modified_id_token_hint() {
    let house = House::with_parties().await;
    let (mut browser, hint, _) = signed_in(&house, SHEET).await;
    let (body, signature) = hint.rsplit_once('.').unwrap();
    let payload = body.split('.').nth(1).unwrap();
    let unsigned = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    for modified in [
        format!("{unsigned}.{payload}."),
        format!("{unsigned}.{payload}.{signature}"),
        format!("{body}."),
        format!("{body}.{}", signature.chars().rev().collect::<String>()),
    ] {
        let back = [
            ("id_token_hint", &*modified),
            ("post_logout_redirect_uri", BYE),
        ];
        let page = leaves(&mut browser, &back).await;
        assert_eq!(there(&page), None, "{modified}");
        assert!(is_known(&mut browser, SHEET).await, "{modified}");
    }
}

/// A link could sign anybody out, and lead them on: so the person is asked.
#[actix_web::test]
async fn oidcc_rp_initiated_logout_no_id_token_hint() {
    let house = House::with_parties().await;
    let (mut browser, _, _) = signed_in(&house, SHEET).await;
    for client_id in [None, Some(("client_id", "sheet"))] {
        let back = [("post_logout_redirect_uri", BYE), ("state", "s-2")];
        let fields: Vec<_> = back.into_iter().chain(client_id).collect();
        let page = leaves(&mut browser, &fields).await;
        assert_eq!(there(&page), None, "{client_id:?}");
        assert!(is_known(&mut browser, SHEET).await, "{client_id:?}");
    }
}

/// Who is asked, and says yes, is signed out, and stays here.
async fn is_asked_and_signed_out(fields: &[(&str, &str)]) {
    let house = House::with_parties().await;
    let (mut browser, _, _) = signed_in(&house, SHEET).await;
    let page = leaves(&mut browser, fields).await;
    assert!(is_known(&mut browser, SHEET).await, "{}", page.body);
    let yes = page.form_to("/sign-out").unwrap();
    let page = browser.submit(&yes).await;
    let page = goes_on(&mut browser, page).await;
    assert_eq!((page.status, there(&page)), (200, None), "{}", page.body);
    assert!(!is_known(&mut browser, SHEET).await);
}

#[actix_web::test]
async fn oidcc_rp_initiated_logout_no_params() {
    is_asked_and_signed_out(&[]).await;
}

#[actix_web::test]
async fn oidcc_rp_initiated_logout_only_state() {
    is_asked_and_signed_out(&[("state", "s-2")]).await;
}

#[actix_web::test]
async fn oidcc_frontchannel_rp_initiated_logout() {
    let house = House::with_parties().await;
    let (mut browser, hint, _) = signed_in(&house, OTHER).await;
    let back = [
        ("id_token_hint", &*hint),
        ("post_logout_redirect_uri", "https://other.example/bye"),
        ("state", "s-2"),
    ];
    let page = leaves(&mut browser, &back).await;
    let document = Html::parse_document(&page.body);
    let frames = Selector::parse("iframe").unwrap();
    let frames = document.select(&frames).map(|frame| frame.attr("src"));
    let frames: Vec<_> = frames.map(Option::unwrap).collect();
    let query = Serializer::new(String::new())
        .append_pair("iss", PUBLIC)
        .append_pair("sid", &session_of(&hint))
        .finish();
    assert_eq!(frames, [format!("https://other.example/front?{query}")]);
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("frame-src https://other.example"),
        "{policy}"
    );
    let page = browser.submit(&page.form_to("/continue").unwrap()).await;
    let page = goes_on(&mut browser, page).await;
    let bye = "https://other.example/bye?state=s-2";
    assert_eq!(there(&page).as_deref(), Some(bye), "{}", page.body);
    assert!(!is_known(&mut browser, OTHER).await);
}

/// The body of the one call that comes there.
async fn is_called(listener: TcpListener) -> (String, String) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let (mut request, mut chunk) = (String::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut chunk).await.unwrap();
        request.push_str(std::str::from_utf8(&chunk[..read]).unwrap());
        let Some((head, body)) = request.split_once("\r\n\r\n") else {
            continue;
        };
        let head = head.to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1).unwrap();
        let length: usize = length.lines().next().unwrap().parse().unwrap();
        if body.len() == length {
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
            return (head, body.to_owned());
        }
    }
}

#[actix_web::test]
async fn oidcc_backchannel_rp_initiated_logout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut house = House::calling(listener.local_addr().unwrap().port()).await;
    let _upkeep = house.look_after();
    let (mut browser, hint, claims) = signed_in(&house, PORTAL).await;
    let back = [
        ("id_token_hint", &*hint),
        ("post_logout_redirect_uri", "https://portal.example/bye"),
        ("state", "s-2"),
    ];
    let page = leaves(&mut browser, &back).await;
    let bye = "https://portal.example/bye?state=s-2";
    assert_eq!(there(&page).as_deref(), Some(bye), "{}", page.body);
    let (head, body) = is_called(listener).await;
    assert!(head.starts_with("post /back http/1.1"), "{head}");
    let fields: Vec<_> = parse(body.as_bytes()).into_owned().collect();
    let [(name, token)] = fields.as_slice() else {
        panic!("{fields:?}");
    };
    assert_eq!(name, "logout_token");
    let keys = house.browser().get("/oauth2/jwks").await.body;
    let keys = Jwks::parse(keys.as_bytes()).unwrap();
    let told = verify(
        token,
        &Expectation::new(PUBLIC, "portal", Utc::now()),
        &keys,
    )
    .unwrap();
    let target = told.target();
    assert_eq!(target.subject(), Some(claims.subject().as_str()));
    assert_eq!(target.session(), Some(&*session_of(&hint)));
    assert!(!is_known(&mut browser, PORTAL).await);
}
