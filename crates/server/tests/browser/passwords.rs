//! Accounts of our own: the one page of ours that asks for a password.

use vestibule_testkit::chromium::Key;

use crate::support::{ADMIN_PASSWORD, House, Visitor};

#[test]
fn a_local_account_signs_in_with_its_password_and_sets_up_a_factor() {
    let house = House::open();
    let mut admin = Visitor::new();
    comes_to_the_password(&admin, &house);
    signs_in(&admin, "not the password");
    let told = admin.sees("Sign in");
    assert_eq!(told.focused, "password");
    assert!(admin.is_shown("#error[role=alert]"));
    assert_eq!(
        admin.text("document.querySelector('#username').value"),
        "admin"
    );
    signs_in(&admin, ADMIN_PASSWORD);
    admin.sets_up_app(&house);
    admin.is_in("Jira");
}

#[test]
fn a_password_manager_knows_the_fields() {
    let house = House::open();
    let mut admin = Visitor::new();
    comes_to_the_password(&admin, &house);
    for (field, autocomplete, kind) in [
        ("#username", "username", "text"),
        ("#password", "current-password", "password"),
    ] {
        assert!(admin.is_shown(&format!(
            "{field}[autocomplete={autocomplete}][type={kind}][name]"
        )));
    }
    signs_in(&admin, ADMIN_PASSWORD);
    admin.sees("Set up your authenticator app");
    let code = "#code[autocomplete=one-time-code][inputmode=numeric][type=text]";
    assert!(admin.is_shown(code));
    admin.sets_up_app(&house);
    admin.is_in("Jira");
    comes_to_the_password(&admin, &house);
    // Pasted as managers paste it, and sent with the key.
    admin.types("#username", "admin");
    admin.types("#password", ADMIN_PASSWORD);
    admin.follows_with(Key::Enter);
    admin.sees("Enter your code");
    assert!(admin.is_shown(code));
}

fn comes_to_the_password(admin: &Visitor, house: &House) {
    house.ends_sessions();
    admin.opens(house.jira());
    admin.sees("Where do you sign in?");
    admin.follows("button[value=emergency]");
    let asked = admin.sees("Sign in");
    assert_eq!(asked.focused, "username");
}

fn signs_in(admin: &Visitor, password: &str) {
    admin.types("#username", "admin");
    admin.types("#password", password);
    admin.follows("form[action$='/password'] button");
}
