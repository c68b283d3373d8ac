//! FT-13: told to stop while somebody waits for an answer.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    time::Duration,
};

use crate::support::{Person, Served};

#[actix_web::test]
async fn ft_13_who_waits_when_it_is_told_to_stop_is_answered_and_the_login_goes_on_after() {
    let mut served = Served::prepared();
    served.start("");
    let mut person = Person::called("alice", served.address());
    let page = person.arrives().await;
    // Somebody whose request is half here.
    let mut waiting = TcpStream::connect(served.address()).unwrap();
    waiting
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    waiting
        .write_all(b"POST /upstream/adfs/saml/acs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 14\r\nExpect: 100-continue\r\n\r\n")
        .unwrap();
    // RFC 9110 10.1.1: its head was read.
    let mut goes_on = [0; 25];
    waiting.read_exact(&mut goes_on).unwrap();
    assert_eq!(&goes_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    waiting.write_all(b"SAMLRes").unwrap();
    // The control: whoever asks now is answered.
    assert_eq!(person.browser.get("/readyz").await.unwrap().status, 200);
    let pid = served.pid().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    served.takes_nobody_new();
    waiting.write_all(b"ponse=x").unwrap();
    let mut answer = String::new();
    waiting.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 404") && answer.trim_end().ends_with("</html>"),
        "{answer}"
    );
    served.has_stopped();
    // What was under way is in the store.
    served.start("");
    person.browser.at = served.address();
    let form = person.enrols(&page).await;
    let page = person.browser.submit(&form).await.unwrap();
    let form = person.keeps_codes(&page);
    let page = person.browser.submit(&form).await.unwrap();
    assert!(
        crate::support::granted(&page),
        "{}",
        page.unlike("no answer")
    );
}
