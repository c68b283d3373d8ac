//! Whether the wrapping vectors are armed: a plain XML-DSig verifier must call their signature valid, so that only the
//! rules of the service provider can refuse them.
//!
//! Needs `xmlsec1`; says so and passes where it is not installed. SI-01, SI-06 and SI-08 are left out because xmlsec1
//! drops all that stands inside the signature before it digests; SI-07, SI-12 and SI-13 have two elements with one ID.

mod support;

use std::{fs, process::Command};

use self::support::{around_signed, assertion, keys, signed_around, wrapping};

fn vectors() -> Vec<(&'static str, String)> {
    vec![
        ("SI-B1", around_signed(&assertion("_a1"))),
        ("SI-B2", signed_around(&assertion("_a1"))),
        ("SI-02", wrapping::si_02()),
        ("SI-03", wrapping::si_03()),
        ("SI-04", wrapping::si_04()),
        ("SI-05", wrapping::si_05()),
        ("SI-10", wrapping::si_10()),
        ("SI-11", wrapping::si_11()),
        ("SI-14a", wrapping::si_14().swap_remove(0).1),
        ("SI-17", wrapping::si_17_ancestor()),
    ]
}

#[test]
fn a_plain_verifier_accepts_the_wrapping_vectors() {
    if Command::new("xmlsec1").arg("--version").output().is_err() {
        println!("SKIPPED: xmlsec1 is not installed, so the arming of the vectors was not checked");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("idp.pem");
    fs::write(&certificate, &keys::idp().certificate_pem).unwrap();
    for (id, xml) in vectors() {
        let file = folder.path().join(format!("{id}.xml"));
        fs::write(&file, &xml).unwrap();
        let run = Command::new("xmlsec1")
            .args([
                "--verify",
                "--id-attr:ID",
                &format!("{}:Assertion", support::SAML),
            ])
            .args([
                "--id-attr:ID",
                &format!("{}:Response", support::SAMLP),
                "--pubkey-cert-pem",
            ])
            .arg(&certificate)
            .arg(&file)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{id} is not armed: {said}\n{xml}");
    }
}

#[test]
fn a_plain_verifier_refuses_a_changed_original() {
    if Command::new("xmlsec1").arg("--version").output().is_err() {
        println!("SKIPPED: xmlsec1 is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("idp.pem");
    let file = folder.path().join("changed.xml");
    fs::write(&certificate, &keys::idp().certificate_pem).unwrap();
    fs::write(
        &file,
        around_signed(&assertion("_a1")).replace("alice", "admin"),
    )
    .unwrap();
    let run = Command::new("xmlsec1")
        .args([
            "--verify",
            "--id-attr:ID",
            &format!("{}:Assertion", support::SAML),
            "--pubkey-cert-pem",
        ])
        .arg(&certificate)
        .arg(&file)
        .output()
        .unwrap();
    assert!(!run.status.success());
}
