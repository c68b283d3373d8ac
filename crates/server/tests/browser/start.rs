//! Links that lead to an application without its asking: a page stands before them.

use vestibule_testkit::chromium::Key;

use crate::support::{House, Visitor};

#[test]
fn so_13_a_link_asks_first_and_the_keyboard_goes_on() {
    let house = House::with_neighbour();
    let alice = Visitor::with_app(&house, "alice");
    house.ends_sessions();
    alice.opens(&house.at("/saml/start/jira"));
    alice.sees("Sign in to Jira");
    alice.tabs_to("form button");
    alice.follows_with(Key::Enter);
    alice.sees("Where do you sign in?");
}

#[test]
fn so_13_without_scripts_the_button_does_it() {
    let house = House::with_neighbour();
    let mut alice = Visitor::with_app(&house, "alice");
    alice.runs_no_scripts();
    alice.opens(&house.at("/saml/start/jira"));
    alice.sees("Sign in to Jira");
    alice.follows("form button");
    // She is known: what comes is the answer, and its button.
    alice.sees("Going to Jira");
    alice.follows("#onward button");
    // The demo's application takes no answer that it did not ask for. That is its right, and shows that one came.
    alice.sees("Not accepted");
}
