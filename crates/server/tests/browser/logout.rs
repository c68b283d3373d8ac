//! Signing out: one application after the other, who could not be told, and that no link does it.

use vestibule_testkit::chromium::Key;

use crate::support::{House, Visitor};

#[test]
fn whoever_signs_out_is_led_through_the_applications_and_reads_who_was_not_told() {
    let house = House::with_neighbour();
    let mut alice = is_everywhere(&house);
    // Without scripts each page waits for its button.
    alice.runs_no_scripts();
    alice.opens(&house.at("/account"));
    alice.sees("Your account");
    alice.follows("form[action$='/sign-out'] button");
    alice.sees("Signing you out");
    let page = alice.path();
    alice.follows("#onward button");
    alice.sees("Nobody is led back from here");
    // The browser may show the page as it was; its button leads to where the logout is.
    alice.goes_back_to(&page);
    alice.tab.reload().unwrap();
    alice.sees("Wiki has not answered");
    alice.follows("form[action$='/continue'] button");
    alice.sees("You are signed out here, but not everywhere");
    let left = alice.reads("section[aria-labelledby=left]");
    for app in ["Jira", "Notes", "Wiki"] {
        assert!(left.contains(app), "{left}");
    }
}

#[test]
fn the_keyboard_alone_signs_out_and_the_page_with_frames_goes_on_by_itself() {
    let house = House::with_neighbour();
    let alice = is_everywhere(&house);
    alice.opens(&house.at("/account"));
    alice.sees("Your account");
    alice.tabs_to("form[action$='/sign-out'] button");
    alice.follows_with(Key::Enter);
    alice.sees("Nobody is led back from here");
    // She is signed out before anybody is told: the next application asks for both doors.
    alice.opens(house.jira());
    alice.sees("Where do you sign in?");
}

#[test]
fn a_link_signs_nobody_out() {
    let house = House::with_neighbour();
    let alice = Visitor::with_app(&house, "alice");
    alice.opens(&house.at("/oauth2/logout"));
    alice.sees("Do you want to sign out?");
    alice.opens(house.wiki());
    alice.is_in("Wiki");

    alice.opens(&house.at("/oauth2/logout"));
    alice.sees("Do you want to sign out?");
    alice.tabs_to("form[action$='/sign-out'] button");
    alice.follows_with(Key::Enter);
    alice.sees("Nobody is led back from here");
    alice.opens(house.jira());
    alice.sees("Where do you sign in?");
}

/// Alice, who has opened all three applications.
fn is_everywhere(house: &House) -> Visitor {
    let alice = Visitor::with_app(house, "alice");
    alice.opens(house.wiki());
    alice.is_in("Wiki");
    alice.opens(&house.notes());
    alice.is_in("Notes");
    alice
}
