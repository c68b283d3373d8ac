//! Mails as a mail server gets them, and what becomes of a notice that none takes.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking"
)]

mod support;

use std::{
    net::TcpListener,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::DateTime;
use rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer};
use support::{Mail, Manner, Sink};
use vestibule_core::{
    id::FactorKind,
    port::{Notice, NoticeKind, Notifier, NotifyError},
};
use vestibule_notify::{Credentials, Letterhead, Settings, Smtp, Tls};

const PASSWORD: &str = "correct horse";

fn notice() -> Notice {
    Notice {
        to: "alice@acme.example".to_owned(),
        name: "Alice".to_owned(),
        kind: NoticeKind::FactorAdded(FactorKind::totp()),
        at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        address: None,
        reference: None,
    }
}

fn settings(port: u16, tls: Tls) -> Settings {
    Settings {
        host: "localhost".to_owned(),
        port,
        tls,
        credentials: None,
        authority: None,
    }
}

fn logging_in(settings: Settings) -> Settings {
    Settings {
        credentials: Some(Credentials {
            username: "sso".to_owned(),
            password: PASSWORD.to_owned().into(),
        }),
        ..settings
    }
}

fn smtp(settings: &Settings) -> Smtp {
    let letterhead = Letterhead::new("sso@acme.example", "Acme Sign-in").unwrap();
    Smtp::new(settings, letterhead).unwrap()
}

async fn send_to(sink: &Sink, tls: Tls) -> Result<(), NotifyError> {
    smtp(&settings(sink.address.port(), tls))
        .send(&notice())
        .await
}

/// A mail server's identity: its settings, and the certificate that clients must be told to believe.
fn identity(name: &str) -> (Manner, String) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (Manner::Encrypts(Arc::new(config)), made.cert.pem())
}

#[tokio::test]
async fn a_mail_arrives_with_sender_recipient_and_text() {
    let sink = Sink::start(Manner::Obliging);
    let smtp = smtp(&settings(sink.address.port(), Tls::DangerNone));
    for _ in 0..3 {
        smtp.send(&notice()).await.unwrap();
        // The connection goes back into the pool in a task of its own.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mails = sink.mails();
    assert_eq!(mails.len(), 3);
    for Mail { from, to, data, .. } in mails {
        assert_eq!(from, "MAIL FROM:<sso@acme.example>");
        assert_eq!(to, ["RCPT TO:<alice@acme.example>"]);
        assert!(data.contains("Subject: New way to sign in: authenticator app"));
        assert!(data.contains("Hello Alice,"));
    }
    let greetings = sink
        .commands()
        .iter()
        .filter(|line| line.starts_with("EHLO"))
        .count();
    assert_eq!(greetings, 1, "the connection is kept");
}

#[tokio::test]
async fn mails_travel_encrypted_and_logged_in() {
    let (manner, certificate) = identity("localhost");
    let sink = Sink::start(manner);
    let settings = Settings {
        authority: Some(certificate),
        ..logging_in(settings(sink.address.port(), Tls::Starttls))
    };
    smtp(&settings).send(&notice()).await.unwrap();
    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].encrypted && mails[0].logged_in);
}

#[tokio::test]
async fn a_server_that_is_not_believed_gets_nothing() {
    let (stranger, _) = identity("localhost");
    let (_, other_certificate) = identity("localhost");
    let (misnamed, certificate) = identity("mail.evil.example");
    for (manner, authority) in [
        (stranger.clone(), None),
        (stranger, Some(other_certificate)),
        (misnamed, Some(certificate)),
    ] {
        let sink = Sink::start(manner);
        let settings = Settings {
            authority,
            ..logging_in(settings(sink.address.port(), Tls::Starttls))
        };
        let failure = smtp(&settings).send(&notice()).await.unwrap_err();
        assert!(matches!(failure, NotifyError::Unreachable(_)), "{failure}");
        assert!(sink.mails().is_empty());
    }
}

#[tokio::test]
async fn a_server_that_cannot_encrypt_gets_neither_mail_nor_password() {
    let sink = Sink::start(Manner::Obliging);
    let settings = logging_in(settings(sink.address.port(), Tls::default()));
    let failure = smtp(&settings).send(&notice()).await.unwrap_err();
    assert!(matches!(failure, NotifyError::Unreachable(_)), "{failure}");
    assert!(sink.mails().is_empty());
    let commands = sink.commands();
    assert!(
        commands
            .iter()
            .all(|line| !line.starts_with("AUTH") && !line.starts_with("MAIL")),
        "{commands:?}"
    );
    // Control: the same server takes the mail of somebody who does not insist.
    send_to(&sink, Tls::DangerNone).await.unwrap();
}

#[tokio::test]
async fn a_refused_recipient_is_the_mails_fault() {
    let sink = Sink::start(Manner::RefusesRecipients);
    let failure = send_to(&sink, Tls::DangerNone).await.unwrap_err();
    assert!(
        matches!(&failure, NotifyError::Invalid(why) if why.contains("nobody here")),
        "{failure}"
    );
}

#[tokio::test]
async fn a_refused_login_is_the_servers_and_the_password_is_not_told() {
    let sink = Sink::start(Manner::RefusesLogin);
    let settings = logging_in(settings(sink.address.port(), Tls::DangerNone));
    let failure = smtp(&settings).send(&notice()).await.unwrap_err();
    assert!(matches!(failure, NotifyError::Unreachable(_)), "{failure}");
    assert!(!failure.to_string().contains(PASSWORD));
    assert!(!format!("{settings:?}").contains(PASSWORD));
}

#[tokio::test]
async fn a_server_that_is_down_is_unreachable() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let failure = smtp(&settings(port, Tls::DangerNone))
        .send(&notice())
        .await
        .unwrap_err();
    assert!(matches!(failure, NotifyError::Unreachable(_)), "{failure}");
}

/// The clock of the runtime runs ahead whenever there is nothing to do but wait.
#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_is_given_up_in_time() {
    for manner in [Manner::Hangs, Manner::HangsAfterData] {
        let sink = Sink::start(manner);
        let settings = settings(sink.address.port(), Tls::DangerNone);
        let begun = Instant::now();
        let failure = smtp(&settings).send(&notice()).await.unwrap_err();
        assert!(matches!(failure, NotifyError::Unreachable(_)), "{failure}");
        assert!(begun.elapsed() < Duration::from_secs(3));
    }
}

#[tokio::test]
async fn mf_30_a_forged_recipient_reaches_no_server() {
    let sink = Sink::start(Manner::Obliging);
    let smtp = smtp(&settings(sink.address.port(), Tls::DangerNone));
    let forged = Notice {
        to: "alice@acme.example>\r\nRCPT TO:<mallory@evil.example".to_owned(),
        ..notice()
    };
    assert!(matches!(
        smtp.send(&forged).await,
        Err(NotifyError::Invalid(_))
    ));
    let named = Notice {
        name: "Alice\r\n.\r\nMAIL FROM:<mallory@evil.example>".to_owned(),
        ..notice()
    };
    smtp.send(&named).await.unwrap();
    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, ["RCPT TO:<alice@acme.example>"]);
    assert!(!sink.commands().iter().any(|line| line.contains("mallory")));
}
