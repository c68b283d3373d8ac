//! The demo as a newcomer meets it: the real program, and a browser that is told nothing but the address it prints.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use url::Url;
use vestibule_testkit::{authenticator::Authenticator, chromium::Skill};

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
    comes_from_the_guide(&alice, &guide, "alice");
    alice.sees("Set up your authenticator app");
    let mut app = Authenticator::with_key(&alice.reads("#key")).unwrap();
    alice.types_code(&app.code_at(chrono::Utc::now()).unwrap());
    alice.sees("Save your backup codes");
    alice.follows("form[action$='/confirm'] button");
    alice.is_in("Jira");
    assert_eq!(alice.reads("#name-id"), "alice@acme.example");

    alice.follows("main a[href='/']");
    alice.sees("Vestibule’s demo");
    let mails =
        "[...document.querySelectorAll('main a')].find(a => a.textContent === 'mails').href";
    alice.opens(&Url::parse(&alice.text(mails)).unwrap());
    alice.sees("Caught mails");
}

#[test]
fn from_the_guide_to_the_application_with_a_security_key() {
    let (_demo, guide) = Demo::start();
    let erin = Visitor::new();
    let _key = erin.tab.plug_in(Skill::UserVerified).unwrap();
    comes_from_the_guide(&erin, &guide, "erin");
    erin.sees("Set up a second step");
    erin.follows("button[value=webauthn]");
    erin.sees("Set up a security key");
    erin.follows("#key button");
    erin.sees("Save your backup codes");
    erin.follows("form[action$='/confirm'] button");
    erin.is_in("Jira");
    // Who is known goes straight in.
    erin.follows("main a.button");
    erin.is_in("Jira");
}

/// Reads the password in the guide, and passes the first door.
fn comes_from_the_guide(visitor: &Visitor, guide: &Url, name: &str) {
    visitor.opens(guide);
    visitor.sees("Vestibule’s demo");
    let row = format!(
        "[...document.querySelectorAll('#people tr')] \
            .find(row => row.querySelector('strong')?.textContent === '{name}')"
    );
    let password = visitor.text(&format!("{row}.querySelector('code').textContent"));
    visitor.follows("#jira");
    visitor.sees("Where do you sign in?");
    visitor.follows("button[value=acme]");
    visitor.sees("Log in to Acme");
    visitor.types("#username", name);
    visitor.types("#password", &password);
    visitor.follows("#login button");
}
