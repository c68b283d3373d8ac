//! The account page: what people see and change of their own factors.

use crate::support::{House, Visitor};

#[test]
fn the_account_page_shows_and_names_what_was_set_up() {
    let house = House::open();
    let mut alice = Visitor::with_app(&house, "alice");

    alice.comes_again(&house, &house.at("/account"));
    alice.sees("Enter your code");
    assert_eq!(alice.reads(".onward strong"), "your account");
    alice.types_app_code(&house);
    alice.sees("Your account");
    assert_eq!(
        alice.reads(".factor:nth-of-type(1) .factor-name"),
        "Authenticator app"
    );
    assert!(
        alice
            .reads(".factor:nth-of-type(2)")
            .contains("10 are left")
    );

    alice.follows(".factor:nth-of-type(1) a");
    alice.sees("Authenticator app");
    assert!(
        alice
            .reads(".notice")
            .contains("Add another authenticator app first")
    );
    alice.types("#label", "   ");
    alice.follows("form[action$='/rename'] button");
    alice.sees("Authenticator app");
    assert!(alice.is_shown("#error[role=alert]"));
    alice.types("#label", "Work phone");
    alice.follows("form[action$='/rename'] button");
    alice.sees("Your account");
    assert_eq!(
        alice.reads(".factor:nth-of-type(1) .factor-name"),
        "Work phone"
    );
    alice.follows("form[action$='/sign-out'] button");
    alice.sees("You are not signed in");
}
