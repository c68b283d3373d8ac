use std::collections::BTreeSet;

use chrono::DateTime;
use vestibule_core::{
    id::{FactorKind, Reference},
    port::NoticeKind,
};

use super::*;

fn notice(to: &str, name: &str, kind: NoticeKind) -> Notice {
    Notice {
        to: to.to_owned(),
        name: name.to_owned(),
        kind,
        at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        address: Some("203.0.113.7".parse().unwrap()),
        reference: Some(Reference::from_random([9; 8])),
    }
}

fn letterhead() -> Letterhead {
    Letterhead::new("sso@acme.example", "Acme Sign-in").unwrap()
}

fn written(notice: &Notice) -> String {
    String::from_utf8(letterhead().write(notice).unwrap().formatted()).unwrap()
}

/// The names of the headers before the first empty line, folded lines left out.
fn headers(mail: &str) -> BTreeSet<String> {
    let head = mail.split("\r\n\r\n").next().unwrap();
    head.split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split(':').next().unwrap().to_owned())
        .collect()
}

/// Quoted-printable (RFC 2045 section 6.7), as far as it is needed to read a letter.
fn readable(mail: &str) -> String {
    mail.replace("=\r\n", "").replace("=3D", "=")
}

const ADDED: fn() -> NoticeKind = || NoticeKind::FactorAdded(FactorKind::totp());

#[test]
fn a_letter_says_what_when_from_where_and_what_to_do() {
    let cases = [
        (
            ADDED(),
            "New way to sign in: authenticator app",
            "was set up for your account: authenticator app.",
        ),
        (
            NoticeKind::FactorAdded(FactorKind::webauthn()),
            "New way to sign in: security key or passkey",
            "was set up for your account: security key or passkey.",
        ),
        (
            NoticeKind::FactorAdded(FactorKind::new("yubico_otp").unwrap()),
            "New way to sign in: yubico otp",
            "was set up for your account: yubico otp.",
        ),
        (
            // MF-69, MF-30: a name of the person's making stays in its line.
            NoticeKind::OwnFactorRemoved {
                kind: FactorKind::totp(),
                name: "Work\r\nBcc: all@acme.example\u{202e}".to_owned(),
            },
            "Removed way to sign in: authenticator app",
            "authenticator app (Work  Bcc: all@acme.example).",
        ),
        (
            NoticeKind::BackupCodeUsed { left: 3 },
            "A backup code was used to sign in",
            "3 codes are left.",
        ),
        (
            NoticeKind::BackupCodeUsed { left: 1 },
            "A backup code was used to sign in",
            "One code is left.",
        ),
        (
            NoticeKind::BackupCodeUsed { left: 0 },
            "A backup code was used to sign in",
            "It was the last one",
        ),
    ];
    for (kind, subject, sentence) in cases {
        let mail = readable(&written(&notice("alice@acme.example", "Alice", kind)));
        for expected in [
            &format!("Subject: {subject}\r\n"),
            sentence,
            "Hello Alice,",
            "To: Alice <alice@acme.example>",
            "sso@acme.example",
            "15 January 2027, 08:00 UTC",
            "203.0.113.7",
            Reference::from_random([9; 8]).as_str(),
            "If it was not you, tell your helpdesk",
            "text/plain; charset=utf-8",
            "text/html; charset=utf-8",
            "Auto-Submitted: auto-generated",
        ] {
            assert!(mail.contains(expected), "{expected:?} is missing in {mail}");
        }
        assert!(!mail.contains("http"), "a notice holds no links");
    }
}

#[test]
fn what_an_administrator_did_is_not_asked_of_the_person_and_has_no_reference() {
    let cases = [
        (
            NoticeKind::FactorIssued(FactorKind::backup_code()),
            "New way to sign in: backup codes",
            "An administrator set up",
        ),
        (
            NoticeKind::FactorRemoved(FactorKind::webauthn()),
            "Removed way to sign in: security key or passkey",
            "An administrator removed",
        ),
    ];
    for (kind, subject, sentence) in cases {
        let mut notice = notice("alice@acme.example", "Alice", kind);
        (notice.address, notice.reference) = (None, None);
        let mail = readable(&written(&notice));
        for expected in [
            &format!("Subject: {subject}\r\n"),
            sentence,
            "ask your helpdesk",
        ] {
            assert!(mail.contains(expected), "{expected:?} is missing in {mail}");
        }
        for absent in ["If this was you", "reference", "Reference"] {
            assert!(!mail.contains(absent), "{absent:?} stands in {mail}");
        }
    }
}

#[test]
fn mf_30_line_breaks_in_a_name_add_no_header() {
    let usual = headers(&written(&notice("alice@acme.example", "Alice", ADDED())));
    for line_break in [
        "\r\n", "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}", "\0\r\n",
    ] {
        let name = format!("Alice{line_break}Bcc: mallory@evil.example{line_break}{line_break}Hi");
        let mail = written(&notice("alice@acme.example", &name, ADDED()));
        assert_eq!(headers(&mail), usual, "{name:?}");
        let message = letterhead()
            .write(&notice("alice@acme.example", &name, ADDED()))
            .unwrap();
        let recipients: Vec<_> = message
            .envelope()
            .to()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(recipients, ["alice@acme.example"]);
    }
}

#[test]
fn mf_30_an_address_is_one_address() {
    for bad in [
        "alice@acme.example\r\nBcc: mallory@evil.example",
        "alice@acme.example\nBcc: mallory@evil.example",
        "\"alice\r\nBcc: x\"@acme.example",
        "alice@acme.example\r\n",
        "alice@acme.example, mallory@evil.example",
        "alice@acme.example;mallory@evil.example",
        "alice@acme.example>",
        "Alice <alice@acme.example>",
        "alice",
        "",
    ] {
        let refused = letterhead().write(&notice(bad, "Alice", ADDED()));
        assert!(matches!(refused, Err(NotifyError::Invalid(_))), "{bad:?}");
        // A sender may have a name; nobody else writes the configuration.
        let named = bad.starts_with("Alice <");
        assert_eq!(Letterhead::new(bad, "Acme").is_ok(), named, "{bad:?}");
    }
    for good in [
        "alice@acme.example",
        "alice+jira@sub.acme.example",
        "o'hara@acme.example",
    ] {
        assert!(
            letterhead().write(&notice(good, "Alice", ADDED())).is_ok(),
            "{good}"
        );
    }
}

#[test]
fn mf_30_a_name_is_text_and_nothing_is_evaluated() {
    let hostile = "{{7*7}} ${jndi:ldap://x} <script>alert(1)</script> \"&'";
    let mail = readable(&written(&notice("alice@acme.example", hostile, ADDED())));
    let html = mail.split("text/html").nth(1).unwrap();
    assert!(html.contains("{{7*7}}"));
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &quot;&amp;&#39;"));
    assert!(!html.contains("<script"));
}

#[test]
fn long_and_foreign_names_stay_within_the_form_of_a_mail() {
    for name in [
        "ä".repeat(1024),
        "Ω ".repeat(600),
        "x".repeat(4096),
        String::new(),
        " ".to_owned(),
    ] {
        let mail = written(&notice("alice@acme.example", &name, ADDED()));
        // RFC 5322 section 2.1.1.
        assert!(
            mail.split("\r\n")
                .all(|line| line.len() <= 998 && line.is_ascii()),
            "{mail}"
        );
    }
}

#[test]
fn a_letter_without_address_and_reference_leaves_them_out() {
    let bare = Notice {
        address: None,
        reference: None,
        ..notice("alice@acme.example", "Alice", ADDED())
    };
    let mail = readable(&written(&bare));
    assert!(!mail.contains("Reference:"));
    assert!(mail.contains("When: 15 January 2027"));
}
