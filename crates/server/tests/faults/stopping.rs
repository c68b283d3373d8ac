//! FT-13: told to stop while somebody waits for an answer.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::time::Instant;

use crate::support::{Person, Served, Step, comes_to, counted, granted};

/// How long a stop waits for requests under way, and a busy machine.
const DRAINED: Duration = Duration::from_secs(30);

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
    served.is_told_to_stop();
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
    assert!(granted(&page), "{}", page.unlike("no answer"));
}

#[actix_web::test]
async fn ft_13_told_to_stop_under_load_each_is_answered_or_nothing_of_it_happened() {
    let mut served = Served::prepared();
    served.start("");
    let step = Step::Confirmation;
    let mut people = Vec::new();
    for number in 0..12 {
        let mut person = Person::called(&format!("p{number}"), served.address());
        let request = comes_to(&mut person, step).await;
        people.push((person, request));
    }
    let mut under_way: FuturesUnordered<_> = people
        .into_iter()
        .map(|(mut person, request)| async move {
            let page = request.send(&mut person.browser).await;
            (person, request, page)
        })
        .collect();
    let mut ended = vec![under_way.next().await.unwrap()];
    served.is_told_to_stop();
    let begun = Instant::now();
    while let Some(end) = under_way.next().await {
        ended.push(end);
    }
    served.has_stopped();
    assert!(begun.elapsed() < DRAINED, "{:?}", begun.elapsed());
    // The control: who was there before was answered.
    assert!(ended[0].2.as_ref().is_some_and(granted));
    served.start("");
    for (mut person, request, page) in ended {
        let is_decided = counted(&served, &person.name, step) == 1;
        let is_answered = page.as_ref().is_some_and(granted);
        assert_eq!(is_answered, is_decided, "{}: {page:?}", person.name);
        if !is_decided {
            person.browser.at = served.address();
            let page = request.send(&mut person.browser).await.unwrap();
            assert!(granted(&page), "{}", page.unlike("no answer"));
        }
    }
    served.tell("audit verify");
}
