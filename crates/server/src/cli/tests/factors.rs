//! `user remove-factor`: what it says of the factors that are left.

use vestibule_core::{
    evidence::Enrolment,
    id::{EnrolmentId, FactorKind},
    port::EnrolmentChange,
    request::Memo,
};

use super::*;

/// A factor of this person, as somebody sets it up.
fn enrolment(number: u8, person: &PersonId, kind: FactorKind, label: &str) -> EnrolmentChange {
    let secret = Memo::of(&"a secret").unwrap();
    let id = EnrolmentId::from_bytes([number; 16]);
    EnrolmentChange::Add(Enrolment::new(
        id,
        person.clone(),
        kind,
        label,
        secret,
        Utc::now(),
    ))
}

#[test]
fn whoever_takes_a_factor_away_reads_what_the_person_is_asked_for_then() {
    let site = Site::new(CONFIG);
    let (config, _) = Config::load(&site.config()).unwrap();
    let alice: PersonId = "adfs/alice".parse().unwrap();
    site.prints("user backup-codes adfs/alice --unseen");
    // A disabled person is known from then on.
    site.prints("user disable adfs/alice --unseen");
    let commit = Commit {
        enrolments: vec![
            enrolment(1, &alice, FactorKind::totp(), "Phone"),
            enrolment(2, &alice, FactorKind::webauthn(), "YubiKey"),
        ],
        ..Commit::default()
    };
    wait(async { Ok(open_store(&config).await?.commit(commit).await?) }).unwrap();
    let remove = |factor: &str| site.prints(&format!("user remove-factor adfs/alice {factor}"));
    let out = remove("totp");
    assert!(out.contains("There is more left ("), "{out}");
    assert!(out.contains("webauthn \"YubiKey\""), "{out}");
    assert!(!out.contains("Phone\""), "{out}");
    let out = remove("webauthn");
    let expect = "Only backup codes are left (backup_code \"Backup codes\", 10 left): ";
    assert!(out.contains(expect), "{out}");
    let command = "If it is lost too: `vestibule user remove-factor adfs/alice backup_code`";
    assert!(out.contains(command), "{out}");
    let out = remove("backup_code");
    assert!(out.contains("adfs/alice has no factor left: "), "{out}");
    assert!(!out.contains("remove-factor"), "{out}");
}
