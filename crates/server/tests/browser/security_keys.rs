//! Security keys, as the browser has them: set up, used, lost, not understood.

use vestibule_testkit::chromium::Skill;

use crate::support::{House, Visitor};

const ALL: &str = "webauthn, totp, backup_code";

/// A browser that has never heard of security keys.
const NO_WEBAUTHN: &str =
    "Object.defineProperty(window, 'PublicKeyCredential', { value: undefined })";

/// A browser whose dialog is closed by whoever sees it.
const CANCELLED: &str = "
    const cancel = () => Promise.reject(new DOMException('', 'NotAllowedError'));
    navigator.credentials.get = cancel;
    navigator.credentials.create = cancel;";

#[test]
fn a_key_is_set_up_at_the_first_login_and_asked_for_at_the_next() {
    let house = House::asking_for(ALL);
    let mut alice = Visitor::new();
    let key = alice.tab.plug_in(Skill::UserVerified).unwrap();
    sets_up_a_key_first(&mut alice, &house);
    assert_eq!(key.credentials().unwrap(), 1);

    alice.comes_again(&house, house.jira());
    alice.sees("Use your security key");
    assert!(alice.reads("#keys").contains("Blue key"));
    alice.follows("#key button");
    alice.is_in("Jira");
}

#[test]
fn a_key_that_can_only_be_touched_is_one() {
    let house = House::asking_for(ALL);
    let mut alice = Visitor::new();
    let _key = alice.tab.plug_in(Skill::TouchOnly).unwrap();
    sets_up_a_key_first(&mut alice, &house);
    alice.comes_again(&house, house.jira());
    alice.sees("Use your security key");
    alice.follows("#key button");
    alice.is_in("Jira");
}

#[test]
fn of_two_keys_either_opens_and_one_that_was_removed_does_not() {
    let house = House::asking_for(ALL);
    let mut alice = Visitor::new();
    let blue = alice.tab.plug_in(Skill::UserVerified).unwrap();
    sets_up_a_key_first(&mut alice, &house);
    alice.comes_again(&house, &house.at("/account"));
    alice.sees("Use your security key");
    alice.follows("#key button");
    alice.sees("Your account");
    blue.is_touched(false).unwrap();
    let red = alice.tab.plug_in(Skill::UserVerified).unwrap();
    alice.follows("button[value=webauthn]");
    alice.sees("Set up a security key");
    names_it(&alice, "Red key");
    alice.sees("Your account");
    assert_eq!(
        (blue.credentials().unwrap(), red.credentials().unwrap()),
        (1, 1)
    );

    for (touched, other) in [(&blue, &red), (&red, &blue)] {
        touched.is_touched(true).unwrap();
        other.is_touched(false).unwrap();
        alice.comes_again(&house, house.jira());
        alice.sees("Use your security key");
        assert!(alice.reads("#keys").contains("Blue key"));
        alice.follows("#key button");
        alice.is_in("Jira");
    }

    removes(&alice, &house, "Blue key");
    blue.is_touched(true).unwrap();
    red.is_touched(false).unwrap();
    alice.comes_again(&house, house.jira());
    alice.sees("Use your security key");
    assert!(!alice.reads("#keys").contains("Blue key"));
    is_told(&alice, "Try again when your key is at hand");
    blue.is_touched(false).unwrap();
    red.is_touched(true).unwrap();
    alice.follows("#key button");
    alice.is_in("Jira");
}

#[test]
fn who_closes_the_browsers_dialog_can_try_again_or_go_another_way() {
    let house = House::asking_for(ALL);
    let mut alice = Visitor::new();
    let _key = alice.tab.plug_in(Skill::UserVerified).unwrap();
    sets_up_a_key_first(&mut alice, &house);

    let cancelling = alice.tab.run_first(CANCELLED).unwrap();
    alice.comes_again(&house, house.jira());
    alice.sees("Use your security key");
    is_told(&alice, "cancelled");
    assert_eq!(alice.reads("#key button"), "Try again");
    is_told(&alice, "cancelled");
    takes_a_backup_code(&alice);

    alice.tab.run_no_more(&cancelling).unwrap();
    alice.comes_again(&house, house.jira());
    alice.sees("Use your security key");
    alice.follows("#key button");
    alice.is_in("Jira");
}

#[test]
fn mf_47_a_browser_without_webauthn_gets_the_other_ways_that_policy_allows() {
    let house = House::asking_for(ALL);
    let mut alice = Visitor::new();
    let _key = alice.tab.plug_in(Skill::UserVerified).unwrap();
    sets_up_a_key_first(&mut alice, &house);
    alice.tab.run_first(NO_WEBAUTHN).unwrap();
    alice.comes_again(&house, house.jira());
    alice.sees("Use your security key");
    assert!(
        alice
            .reads("#key-error")
            .contains("does not know security keys")
    );
    assert!(!alice.is_shown("#key button"));
    takes_a_backup_code(&alice);
}

#[test]
fn mf_47_where_only_keys_count_a_browser_without_webauthn_gets_nothing_weaker() {
    let house = House::asking_for("webauthn");
    let alice = Visitor::new();
    alice.tab.run_first(NO_WEBAUTHN).unwrap();
    alice.passes_first_door(&house, house.jira(), "alice");
    alice.sees("Set up a security key");
    assert!(
        alice
            .reads("#key-error")
            .contains("does not know security keys")
    );
    assert!(!alice.is_shown("#key button"));
    assert!(!alice.is_shown("a[href$='/another-way']"));
}

#[test]
fn without_scripts_a_key_is_told_to_need_them_and_other_ways_work() {
    let house = House::asking_for(ALL);
    let mut alice = Visitor::new();
    let _key = alice.tab.plug_in(Skill::UserVerified).unwrap();
    sets_up_a_key_first(&mut alice, &house);
    alice.runs_no_scripts();
    alice.comes_again(&house, house.jira());
    alice.sees("Going back");
    alice.follows("#onward button");
    alice.sees("Use your security key");
    assert!(alice.reads("noscript").contains("need JavaScript"));
    assert!(!alice.is_shown("#key button"));
    alice.follows("a[href$='/another-way']");
    alice.sees("Confirm that it is you");
    alice.follows("button[value=backup_code]");
    alice.sees("Enter your code");
    alice.types_code(&alice.backup_codes[0]);
    alice.sees("Going to Jira");
    alice.follows("#onward button");
    alice.is_in("Jira");
}

#[test]
fn a_key_is_not_set_up_twice() {
    let house = House::asking_for(ALL);
    let mut alice = Visitor::new();
    let key = alice.tab.plug_in(Skill::UserVerified).unwrap();
    sets_up_a_key_first(&mut alice, &house);
    alice.comes_again(&house, &house.at("/account"));
    alice.sees("Use your security key");
    alice.follows("#key button");
    alice.sees("Your account");
    alice.follows("button[value=webauthn]");
    alice.sees("Set up a security key");
    is_told(&alice, "set up already");
    assert_eq!(key.credentials().unwrap(), 1);
}

fn sets_up_a_key_first(alice: &mut Visitor, house: &House) {
    alice.passes_first_door(house, house.jira(), "alice");
    alice.sees("Set up a second step");
    alice.follows("button[value=webauthn]");
    alice.sees("Set up a security key");
    names_it(alice, "Blue key");
    alice.sees("Save your backup codes");
    alice.writes_down_codes();
    alice.follows("form[action$='/confirm'] button");
    alice.is_in("Jira");
}

fn names_it(alice: &Visitor, name: &str) {
    alice.types("#name", name);
    alice.follows("#key button");
}

/// Presses the button, and reads why it came to nothing: there the focus is.
fn is_told(alice: &Visitor, words: &str) {
    alice.tab.click("#key button").unwrap();
    let told = "document.activeElement.matches('#key-error[role=alert]')";
    alice.tab.wait_until(told).unwrap();
    assert!(alice.reads("#key-error").contains(words));
    alice.looks_again();
}

fn takes_a_backup_code(alice: &Visitor) {
    alice.follows("a[href$='/another-way']");
    alice.sees("Confirm that it is you");
    alice.follows("button[value=backup_code]");
    alice.sees("Enter your code");
    alice.types_code(&alice.backup_codes[0]);
    alice.is_in("Jira");
}

fn removes(alice: &Visitor, house: &House, name: &str) {
    alice.opens(&house.at("/account"));
    alice.sees("Your account");
    alice.follows(&format!(".factor a[aria-label='Change {name}']"));
    alice.sees(name);
    alice.follows("form[action$='/remove'] button");
    alice.sees("Your account");
    assert!(!alice.reads(".factors").contains(name));
}
