//! The authenticator app: set up at the first login, asked for at the next.

use vestibule_testkit::{authenticator::Authenticator, chromium::Key};

use crate::support::{House, Visitor};

#[test]
fn the_first_login_sets_up_an_app_the_next_asks_for_nothing_and_a_later_one_for_its_code() {
    let house = House::open();
    let mut alice = Visitor::with_app(&house, "alice");

    // The next application asks for nothing.
    alice.opens(house.wiki());
    alice.is_in("Wiki");

    // Later it is the mail address that leads to the wiki, and the identity provider knows her still.
    house.ends_sessions();
    alice.opens(house.wiki());
    let asked = alice.sees("Sign in");
    assert_eq!(asked.focused, "mail");
    alice.types("#mail", "alice@acme.example");
    alice.follows("form[action$='/mail'] button");
    let asked = alice.sees("Enter your code");
    assert_eq!(asked.focused, "code");
    alice.types_app_code(&house);
    alice.is_in("Wiki");
}

#[test]
fn a_wrong_code_is_told_beside_its_field_which_has_the_focus() {
    let house = House::open();
    let mut alice = Visitor::new();
    alice.passes_first_door(&house, house.jira(), "alice");
    alice.sees("Set up your authenticator app");
    let mut app = Authenticator::with_key(&alice.reads("#key")).unwrap();
    alice.types_code(&app.wrong_code());
    tells_that_it_is_wrong(&alice, "Set up your authenticator app");
    alice.types_code(&app.code_at(house.now()).unwrap());
    alice.sees("Save your backup codes");
    alice.follows("form[action$='/confirm'] button");
    alice.is_in("Jira");

    alice.is_asked_for_a_code(&house);
    alice.types_code(&app.wrong_code());
    tells_that_it_is_wrong(&alice, "Enter your code");
    alice.app = Some(app);
    alice.types_app_code(&house);
    alice.is_in("Jira");
}

fn tells_that_it_is_wrong(alice: &Visitor, heading: &str) {
    let told = alice.sees(heading);
    assert_eq!(told.focused, "code");
    assert_eq!(
        alice.reads("#error[role=alert]"),
        "This code is not right. Check it and try again."
    );
    assert!(alice.is_shown("#code[aria-invalid=true][aria-describedby~=error]"));
    assert!(alice.text("document.title").starts_with("Error: "));
}

#[test]
fn the_keyboard_alone_is_enough() {
    let house = House::open();
    let alice = Visitor::new();
    alice.opens(house.jira());
    alice.sees("Where do you sign in?");
    alice.tabs_to("button[value=acme]");
    alice.follows_with(Key::Enter);
    // The fields have the focus that they need: nothing but typing.
    alice.sees("Log in to Acme");
    alice.tabs_to("#username");
    alice.tab.write("alice").unwrap();
    alice.tab.press(Key::Tab).unwrap();
    alice.tab.write(&house.facts.people.alice.password).unwrap();
    alice.follows_with(Key::Enter);
    alice.sees("Set up your authenticator app");
    let mut app = Authenticator::with_key(&alice.reads("#key")).unwrap();
    alice.tabs_to("#code");
    alice.tab.write(&app.code_at(house.now()).unwrap()).unwrap();
    alice.follows_with(Key::Enter);
    alice.sees("Save your backup codes");
    alice.tabs_to("form[action$='/confirm'] button");
    alice.follows_with(Key::Space);
    alice.is_in("Jira");

    alice.is_asked_for_a_code(&house);
    alice.tabs_to("#code");
    alice.tab.write(&app.code_at(house.now()).unwrap()).unwrap();
    alice.follows_with(Key::Enter);
    alice.is_in("Jira");
}

#[test]
fn the_key_is_copied_without_its_gaps_and_offered_as_a_link() {
    let house = House::open();
    let alice = Visitor::new();
    alice.passes_first_door(&house, house.jira(), "alice");
    alice.sees("Set up your authenticator app");
    let key = alice.reads("#key").replace(' ', "");
    assert_eq!(alice.copies("[data-copy=key]"), key);
    let link = alice.text("document.querySelector('.steps a').href");
    assert!(
        link.starts_with("otpauth://totp/") && link.contains(&key),
        "{link}"
    );
    assert!(alice.is_shown(".qr svg[role=img][aria-label]"));
}
