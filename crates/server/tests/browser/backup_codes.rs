//! Backup codes: written down at the first login, used on the day when the phone is lost.

use crate::support::{House, Visitor};

#[test]
fn a_backup_code_lets_in_once() {
    let house = House::open();
    let alice = Visitor::with_app(&house, "alice");

    takes_a_backup_code(&alice, &house);
    // As people type what they wrote down: without the dash, in small letters.
    let code = alice.backup_codes[0].replace('-', " ").to_lowercase();
    alice.types_code(&code);
    alice.is_in("Jira");

    takes_a_backup_code(&alice, &house);
    alice.types_code(&code);
    let told = alice.sees("Enter your code");
    assert_eq!(told.focused, "code");
    assert!(alice.is_shown("#error[role=alert]"));
    alice.types_code(&alice.backup_codes[1]);
    alice.is_in("Jira");
}

fn takes_a_backup_code(alice: &Visitor, house: &House) {
    alice.is_asked_for_a_code(house);
    alice.follows("a[href$='/another-way']");
    alice.sees("Confirm that it is you");
    alice.follows("button[value=backup_code]");
    let asked = alice.sees("Enter your code");
    assert_eq!(asked.focused, "code");
}

#[test]
fn the_codes_are_copied_line_by_line_and_downloaded_as_text() {
    let house = House::open();
    let mut alice = Visitor::new();
    alice.passes_first_door(&house, house.jira(), "alice");
    alice.sets_up_app_up_to_the_codes(&house);
    assert_eq!(
        alice.copies("[data-copy=codes]"),
        alice.backup_codes.join("\n")
    );
    assert!(alice.is_shown("[data-print]"));
    let file =
        alice.text("decodeURIComponent(document.querySelector('[download]').href.split(',')[1])");
    for code in &alice.backup_codes {
        assert!(file.contains(code.as_str()), "{code} is not in {file}");
    }
}

#[test]
fn who_lost_the_device_reads_what_to_do() {
    let house = House::open();
    let alice = Visitor::with_app(&house, "alice");
    alice.is_asked_for_a_code(&house);
    let help = "details.help .help-text";
    assert!(!alice.is_shown(help));
    alice.tab.click("details.help summary").unwrap();
    assert!(alice.is_shown(help));
    alice.looks_again();
    assert!(alice.reads(help).contains("a backup code that you saved"));
}
