//! Logout requests whose name is encrypted for us, and who may send them.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod keys;
mod parties;
mod support;

use vestibule_saml::{
    binding::{MessageKind::Request, Received},
    encryption::Decryption,
    instant,
    logout::{AcceptedLogout, LogoutError, LogoutPeer, LogoutReceiver, ParsedLogout},
};

use self::{
    keys::{EC, now},
    parties::{EMAIL, PEER, SLO, US, edit, peer, plain_request, posted, receiver, redirected},
    support::{
        A_SIG, SAML, SAMLP,
        sealing::{AES256_CBC, Sealing, decryption, decryption_key},
        signing::Signing,
    },
};

fn name(value: &str) -> String {
    format!("<saml:NameID xmlns:saml=\"{SAML}\" Format=\"{EMAIL}\">{value}</saml:NameID>")
}

/// The `saml:EncryptedID` that `sealing` makes.
fn encrypted_id(sealing: &Sealing) -> String {
    sealing.seal().replace("EncryptedAssertion", "EncryptedID")
}

/// The benign request with `subject` for its name.
fn about(subject: &str) -> String {
    edit(&plain_request(), &name("alice@acme.example"), subject)
}

fn accept_with(
    received: Received,
    peer: &LogoutPeer<'_>,
    decryption: Decryption<'_>,
) -> Result<AcceptedLogout, LogoutError> {
    let receiver = LogoutReceiver {
        decryption,
        ..receiver()
    };
    ParsedLogout::parse(received)?.accept(peer, &receiver)
}

/// The reason code for a request about `subject`, or the name that was read.
fn verdict(subject: &str, decryption: Decryption<'_>) -> String {
    let keys = parties::keys();
    let received = redirected(Request, &about(subject), Some(&EC));
    match accept_with(received, &peer(&keys), decryption) {
        Ok(AcceptedLogout::Request(request)) => request.name_id.value,
        Ok(AcceptedLogout::Response(response)) => panic!("{response:?}"),
        Err(error) => error.code().to_owned(),
    }
}

#[test]
fn si_b4_an_encrypted_name_is_read_with_each_of_our_keys() {
    for key in decryption(false).keys {
        let sealing = Sealing::of(name("bob@acme.example"))
            .with(|it| it.certificate = key.certificate_der().to_vec());
        assert_eq!(
            verdict(&encrypted_id(&sealing), decryption(false)),
            "bob@acme.example"
        );
    }
    // A prefix that is declared around the ciphertext is in force inside (XML-Enc 4.2).
    let bare = name("bob").replace(&format!(" xmlns:saml=\"{SAML}\""), "");
    assert_eq!(
        verdict(&encrypted_id(&Sealing::of(bare)), decryption(false)),
        "bob"
    );
}

#[test]
fn si_b4_an_encrypted_name_is_read_from_the_signed_bytes_of_a_form() {
    let key = support::keys::idp();
    let keys = [key.verifying.clone()];
    let canonical = |subject: &str| {
        format!(
            r#"<samlp:LogoutRequest xmlns:samlp="{SAMLP}" Destination="{SLO}" ID="_l1" IssueInstant="{}" Version="2.0"><saml:Issuer xmlns:saml="{SAML}">{PEER}</saml:Issuer>{A_SIG}{subject}</samlp:LogoutRequest>"#,
            instant::format(now())
        )
    };
    let bob = encrypted_id(&Sealing::of(name("bob")));
    let signed = Signing::of(&canonical(&bob), A_SIG).sign(key);
    let judge = |xml: &str| accept_with(posted(Request, xml), &peer(&keys), decryption(false));
    let Ok(AcceptedLogout::Request(read)) = judge(&signed) else {
        panic!("{:?}", judge(&signed))
    };
    assert_eq!(read.name_id.value, "bob");
    // Everybody can encrypt for us, but not sign for the partner.
    let admin = encrypted_id(&Sealing::of(name("admin")));
    let swapped = edit(&signed, &bob, &admin);
    assert_eq!(judge(&swapped).unwrap_err().code(), "digest_mismatch");
}

#[test]
fn si_73_an_encrypted_name_counts_only_under_a_signature() {
    let xml = about(&encrypted_id(&Sealing::of(name("bob"))));
    let lax = LogoutPeer {
        danger_accept_unsigned: true,
        ..peer(&[])
    };
    for received in [posted(Request, &xml), redirected(Request, &xml, None)] {
        let refused = accept_with(received, &lax, decryption(false)).unwrap_err();
        assert_eq!(refused.code(), "signature_missing");
    }
}

#[test]
fn encrypted_names_that_are_refused() {
    let sealed = |text: &str| encrypted_id(&Sealing::of(text));
    let other_key = Sealing::of(name("bob"))
        .with(|it| it.certificate = decryption_key("foreign").certificate_der().to_vec());
    let for_us =
        Sealing::of(name("bob")).with(|it| it.key_attributes = format!(" Recipient=\"{US}\""));
    let for_others =
        Sealing::of(name("bob")).with(|it| it.key_attributes = " Recipient=\"urn:x\"".to_owned());
    let spoilt = Sealing::of(name("bob")).with(|it| it.spoil_data = Some(20));
    let cbc = Sealing::of(name("bob")).with(|it| it.cipher = AES256_CBC);
    let empty = format!("<saml:EncryptedID xmlns:saml=\"{SAML}\"></saml:EncryptedID>");
    let both = format!("{}{}", name("alice"), sealed(&name("bob")));
    let two = format!("{0}{0}", name("bob"));
    let assertion = name("bob").replace("NameID", "Assertion");
    for (what, subject, expected) in [
        ("for us", encrypted_id(&for_us), "bob"),
        (
            "for others",
            encrypted_id(&for_others),
            "encrypted_key_recipient",
        ),
        ("another key", encrypted_id(&other_key), "decryption_failed"),
        ("changed", encrypted_id(&spoilt), "decryption_failed"),
        ("AES-CBC", encrypted_id(&cbc), "cbc_refused"),
        ("nothing inside", empty, "encrypted_key_count"),
        ("beside a name in the clear", both, "logout_subject_count"),
        ("two names", sealed(&two), "decrypted_element"),
        ("an assertion", sealed(&assertion), "decrypted_element"),
        ("text", sealed("bob"), "decrypted_element"),
        ("an empty name", sealed(&name("")), "name_id_missing"),
        (
            "a comment",
            sealed(&name("bob<!---->.evil")),
            "text_not_plain",
        ),
        (
            "markup that closes ours",
            sealed(&format!("{}</decrypted><decrypted>", name("bob"))),
            "xml_malformed",
        ),
        (
            "a DOCTYPE",
            sealed(&format!("<!DOCTYPE a>{}", name("bob"))),
            "doctype_refused",
        ),
    ] {
        assert_eq!(verdict(&subject, decryption(false)), expected, "{what}");
    }
    assert_eq!(
        verdict(&sealed(&name("bob")), Decryption::default()),
        "encrypted_not_configured"
    );
    assert_eq!(verdict(&encrypted_id(&cbc), decryption(true)), "bob");
}
