//! FT-08: a mail server that is down, silent or forgetful does not keep anybody from logging in.

use std::{
    net::{SocketAddr, TcpListener},
    thread,
    time::Duration,
};

use tokio::time::Instant;

use crate::support::{Person, Served};

/// Less than any wait for a mail server.
const NO_WAIT: Duration = Duration::from_secs(5);

/// How long a first login takes, which sends a notice, with this mail server.
async fn first_login(notify: &str) -> (Served, Duration) {
    let mut served = Served::configured(|usual| format!("{usual}notify: {notify}\n"));
    served.start("");
    let mut person = Person::called("alice", served.address());
    let begun = Instant::now();
    person.sets_up().await;
    let took = begun.elapsed();
    let code = person.codes[0].clone();
    assert!(crate::support::granted(&person.logs_in_with(&code).await));
    (served, took)
}

fn by_mail(server: SocketAddr) -> String {
    let (host, port) = (server.ip(), server.port());
    format!(
        "{{ smtp: {{ host: \"{host}\", port: {port}, security: danger_none, from: \"Vestibule <v@acme.example>\" }} }}"
    )
}

#[actix_web::test]
async fn ft_08_a_mail_server_that_fails_blocks_no_login() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let down = closed.local_addr().unwrap();
    drop(closed);
    // The kernel takes the connection; nobody ever greets.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let forgetful = TcpListener::bind("127.0.0.1:0").unwrap();
    let drops = forgetful.local_addr().unwrap();
    thread::spawn(move || forgetful.incoming().for_each(drop));
    for server in [down, silent.local_addr().unwrap(), drops] {
        let (served, took) = first_login(&by_mail(server)).await;
        assert!(took < NO_WAIT, "{took:?}");
        served.tell("audit verify");
    }
}

/// The control: where notices arrive, this login sends one.
#[actix_web::test]
async fn ft_08_the_same_login_does_send_a_notice() {
    let (served, _) = first_login("{ file: notices }").await;
    let folder = served.path().join("notices");
    let deadline = Instant::now() + Duration::from_secs(30);
    while folder
        .read_dir()
        .is_ok_and(|mut notices| notices.next().is_none())
        || !folder.exists()
    {
        assert!(Instant::now() < deadline, "no notice");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
