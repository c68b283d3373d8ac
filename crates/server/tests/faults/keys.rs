//! FT-09: keys and certificates that are missing or do not fit keep the broker from starting, and it says which.

use std::{fs, os::unix::fs::PermissionsExt};

use rcgen::generate_simple_self_signed;

use crate::support::{Person, Served};

/// A store that somebody enrolled in, and nobody who serves it.
async fn used() -> Served {
    let mut served = Served::prepared();
    served.start("");
    Person::called("alice", served.address()).sets_up().await;
    served.kill();
    served
}

#[actix_web::test]
async fn ft_09_ft_14_a_master_key_that_does_not_fit_is_refused_and_the_right_one_opens_again() {
    let mut served = used().await;
    let key = served.path().join("master.key");
    let right = fs::read(&key).unwrap();
    let another = Served::prepared();
    another.tell("migrate");
    let wrong = fs::read(another.path().join("master.key")).unwrap();
    assert_ne!(right, wrong);
    let cut = right[..right.len() / 2].to_vec();
    for (what, content, said) in [
        ("of another store", Some(wrong), "master key"),
        ("cut off", Some(cut), "the master key must be 32 bytes"),
        ("empty", Some(Vec::new()), "the master key must be 32 bytes"),
        ("missing", None, "restore the key from your backup"),
    ] {
        match content {
            Some(content) => fs::write(&key, content).unwrap(),
            None => fs::remove_file(&key).unwrap(),
        }
        let told = served.refuses_to_start();
        assert!(told.contains(said), "{what}: {told}");
        // Nothing was made in its place.
        assert_eq!(key.exists(), what != "missing");
    }
    fs::write(&key, &right).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    served.start("");
    served.tell("audit verify");
    Person::called("bob", served.address()).sets_up().await;
}

#[actix_web::test]
async fn ft_09_a_certificate_that_does_not_fit_its_key_or_is_missing_is_refused() {
    let mut served = Served::configured(|usual| {
        format!("{usual}tls: {{ certificate: tls.pem, key: tls.key }}\n")
            .replace("public_url: http:", "public_url: https:")
    });
    let pair = || generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (ours, other) = (pair(), pair());
    let (certificate, key) = (served.path().join("tls.pem"), served.path().join("tls.key"));
    let write = |pem: &str| {
        fs::write(&key, pem).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    };
    fs::write(&certificate, ours.cert.pem()).unwrap();
    let told = served.refuses_to_start();
    assert!(told.contains("tls.key"), "missing: {told}");
    write(&other.signing_key.serialize_pem());
    let told = served.refuses_to_start();
    assert!(told.contains("tls"), "mismatch: {told}");
    write("not a key");
    let told = served.refuses_to_start();
    assert!(told.contains("tls"), "no key: {told}");
    write(&ours.signing_key.serialize_pem());
    served.start("");
}
