//! Who is not let in, and what does not exist: pages that say what happened, what to do, and which number to quote.

use crate::support::{House, Visitor};

#[test]
fn who_is_denied_by_policy_reads_so_with_a_reference_that_the_helpdesk_finds() {
    let house = House::open();
    let carol = Visitor::new();
    carol.passes_first_door(&house, house.jira(), "carol");
    carol.sees("You may not sign in here");
    let reference = carol.reads(".quote .reference");
    assert!(carol.reads("main").contains("Ask your helpdesk"));
    assert!(carol.reads(".foot").contains("Call the helpdesk: 1234"));
    let found = house.administrator(&["audit", "list", "--reference", &reference]);
    assert!(found.contains("Leavers are not let in"), "{found}");
    carol.follows(".cancel button");
    carol.sees("Jira: Refused");
}

#[test]
fn who_was_disabled_here_is_refused_and_the_control_is_let_in() {
    let house = House::open();
    let bob = Visitor::new();
    bob.passes_first_door(&house, house.jira(), "bob");
    bob.is_in("Jira");

    let list = house.administrator(&["user", "list"]);
    let name = list
        .split_whitespace()
        .find(|word| word.starts_with("acme/"));
    house.administrator(&["user", "disable", name.unwrap_or_else(|| panic!("{list}"))]);
    bob.comes_again(&house, house.jira());
    bob.sees("You may not sign in here");
    assert!(!bob.reads(".quote .reference").is_empty());
}

#[test]
fn who_is_disabled_at_the_identity_provider_comes_back_with_its_answer() {
    let house = House::open();
    let dave = Visitor::new();
    dave.passes_first_door(&house, house.jira(), "dave");
    dave.sees("This account is disabled");
    dave.follows("form button");
    dave.sees("You were not signed in");
    assert!(!dave.reads(".quote .reference").is_empty());
}

#[test]
fn what_does_not_exist_is_told_in_the_same_clothes() {
    let house = House::open();
    let anybody = Visitor::new();
    for (path, heading) in [
        ("/nothing", "This page does not exist"),
        ("/login/nothing", "This sign-in is not known"),
        (
            "/saml/sso?SAMLRequest=x",
            "This sign-in request is not valid",
        ),
    ] {
        anybody.opens(&house.at(path));
        anybody.sees(heading);
    }
}
