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

/// The same form twice, as it stands in a second tab that was never left.
#[test]
fn mf_05_a_form_that_is_sent_again_by_hand_grants_nothing_twice() {
    let house = House::open();
    let mut alice = Visitor::with_app(&house, "alice");
    alice.is_asked_for_a_code(&house);
    let page = alice.tab.url().unwrap();
    let kept = alice.opens_tab();
    alice.opens(&page);
    alice.sees("Enter your code");
    let code = alice.types_app_code(&house);
    alice.is_in("Jira");
    assert_eq!(
        grants(&house),
        2,
        "the one that set up the app, and this one"
    );

    // By hand: the tab still shows the form as it was, and the code is the right one.
    let finished = alice.turns_to(kept);
    let step = alice.text("document.querySelector('form[action$=\"/code\"] [name=step]').value");
    alice.types_code(&code);
    is_over(&alice);

    // By a script in a page of ours, which the browser takes for the same site.
    let action = serde_json::Value::from(format!("{}/code", page.path()));
    let fields = serde_json::json!({ "step": step, "code": code });
    alice.leaves_by(&format!(
        "const form = document.createElement('form');
         form.method = 'post';
         form.action = {action};
         for (const [name, value] of Object.entries({fields}))
             form.append(Object.assign(document.createElement('input'), {{ name, value }}));
         document.body.append(form);
         form.submit();"
    ));
    is_over(&alice);
    assert_eq!(grants(&house), 2);

    // The control: the login that was finished is as it was.
    alice.turns_to(finished);
    alice.opens(house.wiki());
    alice.is_in("Wiki");
    assert_eq!(grants(&house), 3);
}

/// The page says so, and carries no message to anybody.
#[track_caller]
fn is_over(alice: &Visitor) {
    alice.sees("This sign-in is already finished");
    assert!(!alice.is_shown("#onward, [name=SAMLResponse]"));
}

/// How many grants the audit log has.
fn grants(house: &House) -> usize {
    let list = house.administrator(&["audit", "list"]);
    list.lines().filter(|line| line.contains(" login ")).count()
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
    alice.turns_to(first);
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
