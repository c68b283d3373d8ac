//! The house rules hold in this repository.

#[test]
fn the_house_is_in_order() {
    let findings = xtask::tidy::findings(&xtask::repository()).unwrap();
    let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(
        told.is_empty(),
        "{} breaches:\n{}",
        told.len(),
        told.join("\n")
    );
}
