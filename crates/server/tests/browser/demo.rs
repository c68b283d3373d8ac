//! The demo as a newcomer meets it: the real program, and a browser that is told nothing but the address it prints.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use url::Url;
use vestibule_testkit::authenticator::Authenticator;

use crate::support::Visitor;

/// `vestibule demo`; it ends when this is dropped.
struct Demo(Child);

impl Demo {
    /// Starts it, and reads where to begin.
    fn start() -> (Self, Url) {
        let mut process = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args(["demo", "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = BufReader::new(process.stdout.take().unwrap());
        let demo = Self(process);
        let mut lines = told.lines().map_while(Result::ok);
        let begin = lines
            .find_map(|line| Some(line.trim().strip_prefix("Begin here")?.trim().to_owned()))
            .expect("the demo says where to begin");
        // It ends if nobody reads what it says.
        std::thread::spawn(move || lines.for_each(drop));
        (demo, Url::parse(&begin).unwrap())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn from_the_first_click_in_the_guide_to_the_application() {
    let (_demo, guide) = Demo::start();
    let alice = Visitor::new();
    alice.opens(&guide);
    alice.sees("Vestibule’s demo");
    let password = alice.text(
        "[...document.querySelectorAll('#people tr')] \
            .find(row => row.querySelector('strong')?.textContent === 'alice') \
            .querySelector('code').textContent",
    );
    alice.follows("#jira");
    alice.sees("Where do you sign in?");
    alice.follows("button[value=acme]");
    alice.sees("Log in to Acme");
    alice.types("#username", "alice");
    alice.types("#password", &password);
    alice.follows("#login button");
    alice.sees("Set up your authenticator app");
    let mut app = Authenticator::with_key(&alice.reads("#key")).unwrap();
    alice.types_code(&app.code_at(chrono::Utc::now()).unwrap());
    alice.sees("Save your backup codes");
    alice.follows("form[action$='/confirm'] button");
    alice.is_in("Jira");
    assert_eq!(alice.reads("#name-id"), "alice@acme.example");

    alice.follows("main a[href='/']");
    alice.sees("Vestibule’s demo");
    let mails = alice
        .text("[...document.querySelectorAll('main a')].find(a => a.textContent === 'mails').href");
    alice.opens(&Url::parse(&mails).unwrap());
    alice.sees("Caught mails");
}
