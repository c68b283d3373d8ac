//! Back buttons, tabs, other browsers, and time: a login is where it is, whatever page is looked at.

use chrono::TimeDelta;

use crate::support::{House, Visitor};

#[test]
fn the_back_button_leads_to_where_the_login_stands() {
    let house = House::open();
    let mut alice = Visitor::with_app(&house, "alice");

    alice.is_asked_for_a_code(&house);
    let page = alice.path();
    alice.follows("a[href$='/another-way']");
    alice.sees("Confirm that it is you");
    alice.goes_back_to(&page);
    alice.sees("Enter your code");
    alice.types_app_code(&house);
    alice.is_in("Jira");

    // With the answer came a cookie, so no browser shows her the page as it was.
    alice.goes_back_to(&page);
    alice.sees("You are signed in");
}

#[test]
fn mf_07_so_12_two_tabs_end_each_at_its_own_application() {
    let house = House::open();
    let mut alice = Visitor::with_app(&house, "alice");

    // Jira in the first tab, up to the code; then the wiki in the second, to its end; then back to the first.
    alice.is_asked_for_a_code(&house);
    let first = alice.opens_tab();
    alice.opens(house.wiki());
    alice.sees("Sign in");
    alice.types("#mail", "alice@acme.example");
    alice.follows("form[action$='/mail'] button");
    alice.sees("Enter your code");
    assert_eq!(alice.reads(".onward strong"), "Wiki");
    alice.types_app_code(&house);
    alice.is_in("Wiki");
    alice.tab = first;
    alice.sees("Enter your code");
    assert_eq!(alice.reads(".onward strong"), "Jira");
    alice.types_app_code(&house);
    alice.is_in("Jira");
}

#[test]
fn the_link_of_another_browser_opens_nothing() {
    let house = House::open();
    let alice = Visitor::new();
    alice.passes_first_door(&house, house.jira(), "alice");
    alice.sees("Set up your authenticator app");
    let link = alice.tab.url().unwrap();

    let mallory = Visitor::new();
    mallory.opens(&link);
    mallory.sees("This sign-in belongs to another browser");
    assert_eq!(mallory.reads("#key"), "");
    alice.tab.reload().unwrap();
    alice.sees("Set up your authenticator app");
}

#[test]
fn a_login_that_was_left_open_has_expired() {
    let house = House::open();
    let mut alice = Visitor::with_app(&house, "alice");
    alice.is_asked_for_a_code(&house);
    house.lets_pass(TimeDelta::minutes(14));
    alice.tab.reload().unwrap();
    alice.sees("Enter your code");
    house.lets_pass(TimeDelta::minutes(2));
    alice.types_app_code(&house);
    alice.sees("This sign-in has expired");
    assert!(alice.reads("main").contains("Go back to the application"));
}

#[test]
fn who_cancels_is_back_at_the_application_which_is_told_so() {
    let house = House::open();
    let alice = Visitor::new();
    alice.opens(house.jira());
    alice.sees("Where do you sign in?");
    alice.follows(".cancel button");
    alice.sees("Jira: Refused");
}
