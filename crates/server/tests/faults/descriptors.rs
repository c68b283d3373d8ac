//! FT-12: too few file descriptors for all who come.

use std::{
    fs,
    io::Write,
    net::TcpStream,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use tokio::time::timeout;

use crate::support::{Browser, Person, Served, Step, counted, granted};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longer than an answer takes.
const NO_ANSWER: Duration = Duration::from_secs(3);
/// So many more than it has may the process open.
const SPARE: usize = 8;

fn open_files(served: &Served) -> usize {
    let files = fs::read_dir(format!("/proc/{}/fd", served.pid()));
    files.unwrap().count()
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// From now on the process may have so many files open.
fn may_open(served: &Served, most: usize) {
    let mut prlimit = Command::new("prlimit");
    prlimit.args(["--pid", &served.pid().to_string()]);
    let done = prlimit.arg(format!("--nofile={most}:")).status();
    assert!(done.unwrap().success());
}

#[actix_web::test]
async fn ft_12_who_takes_all_connections_gets_nobody_in_and_it_needs_no_restart() {
    let mut served = Served::prepared();
    served.start("");
    let mut alice = Person::called("alice", served.address());
    alice.sets_up().await;
    let mut bob = Person::called("bob", served.address());
    let page = bob.arrives().await;
    let form = bob.enrols(&page).await;
    let before = open_files(&served);
    may_open(&served, before + SPARE);
    let idle: Vec<TcpStream> = (0..64)
        .map(|_| TcpStream::connect(served.address()).unwrap())
        .collect();
    until("descriptors are left", || {
        open_files(&served) >= before + SPARE
    });
    // Who comes now waits until there is room.
    let mut carol = Person::called("carol", served.address());
    let told = timeout(NO_ANSWER, carol.browser.get("/readyz")).await;
    assert!(told.is_err(), "{told:?}");
    let line = served.says(|line| line.to_string().contains("Too many open files"));
    assert_eq!(line["level"], "ERROR", "{line}");
    // Who is there is answered or not; what was decided is what was answered.
    let page = timeout(NO_ANSWER, bob.browser.submit(&form)).await;
    let page = page.ok().and_then(Result::ok);
    let has_codes = |page: &vestibule_testkit::browser::Page| page.status == 200;
    let is_answered = page.as_ref().is_some_and(has_codes);
    let decided = counted(&served, "bob", Step::Enrolment);
    assert_eq!(decided, usize::from(is_answered), "{page:?}");
    drop(idle);
    let ready = timeout(PATIENCE, carol.browser.get("/readyz")).await;
    assert_eq!(ready.unwrap().unwrap().status, 200);
    // The control: without a restart, and under the same limit.
    carol.sets_up().await;
    let page = match page.filter(has_codes) {
        Some(page) => page,
        None => bob.browser.submit(&form).await.unwrap(),
    };
    let form = bob.keeps_codes(&page);
    let page = bob.browser.submit(&form).await.unwrap();
    assert!(granted(&page), "{}", page.unlike("no answer"));
    served.tell("audit verify");
}

#[actix_web::test]
async fn ft_12_requests_that_were_broken_off_leave_nothing_open() {
    let mut served = Served::prepared();
    served.start("");
    let mut alice = Person::called("alice", served.address());
    alice.sets_up().await;
    let before = open_files(&served);
    let begun = "POST /saml/sso HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nSAML";
    for number in 0..2_000 {
        let mut socket = TcpStream::connect(served.address()).unwrap();
        // In the head, in the body, or before both.
        let sent = &begun[..begun.len() * (number % 3) / 2];
        socket.write_all(sent.as_bytes()).unwrap();
    }
    until("descriptors are kept", || open_files(&served) <= before);
    let code = alice.codes[0].clone();
    // Its connection may have been idle for too long.
    alice.browser = Browser::new(served.address());
    assert!(granted(&alice.logs_in_with(&code).await));
}
