//! A browser that runs no scripts: the same pages, and a button where a script would have pressed it.

use crate::support::{House, Visitor};

#[test]
fn everything_but_copying_works_without_scripts() {
    let house = House::open();
    let mut alice = Visitor::new();
    alice.runs_no_scripts();
    alice.passes_first_door(&house, house.jira(), "alice");
    carries_the_message(&alice, "Going back");
    alice.sees("Set up your authenticator app");
    assert!(!alice.is_shown("[data-copy]"));
    alice.sets_up_app_up_to_the_codes(&house);
    assert!(!alice.is_shown("[data-copy]") && !alice.is_shown("[data-print]"));
    assert!(alice.is_shown("a[download]"));
    alice.follows("form[action$='/confirm'] button");
    carries_the_message(&alice, "Going to Jira");
    alice.is_in("Jira");

    alice.comes_again(&house, house.jira());
    carries_the_message(&alice, "Going back");
    alice.sees("Enter your code");
    alice.follows("a[href$='/another-way']");
    alice.sees("Confirm that it is you");
    alice.follows("button[value=totp]");
    alice.sees("Enter your code");
    alice.types_app_code(&house);
    carries_the_message(&alice, "Going to Jira");
    alice.is_in("Jira");
}

fn carries_the_message(alice: &Visitor, heading: &str) {
    alice.sees(heading);
    alice.follows("#onward button");
}
