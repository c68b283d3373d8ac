//! The account page: what people see and change of their own factors.

use vestibule_testkit::chromium::Key;

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
    alice.sees("You are signed out here");
}

#[test]
fn the_account_page_shows_every_browser_and_ends_the_other_ones() {
    let house = House::open();
    let mut alice = Visitor::with_app(&house, "alice");
    for scripts in [true, false] {
        let mut elsewhere = Visitor::new();
        elsewhere.passes_first_door(&house, house.jira(), "alice");
        elsewhere.app = alice.app.take();
        elsewhere.sees("Enter your code");
        elsewhere.types_app_code(&house);
        elsewhere.is_in("Jira");
        elsewhere.opens(house.wiki());
        elsewhere.is_in("Wiki");
        alice.app = elsewhere.app.take();

        if !scripts {
            alice.runs_no_scripts();
        }
        alice.opens(&house.at("/account"));
        alice.sees("Your account");
        let here = alice.reads(".session:nth-of-type(1)");
        assert!(
            here.contains("This browser") && here.contains("Jira"),
            "{here}"
        );
        let there = alice.reads(".session:nth-of-type(2)");
        assert!(
            there.contains("Another browser") && there.contains("Wiki"),
            "{there}"
        );
        if scripts {
            alice.tabs_to(".session:nth-of-type(2) button");
            alice.follows_with(Key::Enter);
        } else {
            alice.follows("form[action$='/end-others'] button");
        }
        alice.sees("Your account");
        assert_eq!(alice.reads(".session:nth-of-type(2)"), "");

        elsewhere.opens(house.jira());
        elsewhere.sees("Where do you sign in?");
    }
    // The control: hers goes on.
    alice.runs_scripts();
    alice.opens(house.wiki());
    alice.is_in("Wiki");
}
