//! Notices as files.

#![allow(
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

use std::{fs, sync::Arc};

use chrono::DateTime;
use vestibule_core::{
    id::FactorKind,
    port::{Notice, NoticeKind, Notifier, NotifyError},
};
use vestibule_notify::{Folder, Letterhead};

fn notice() -> Notice {
    Notice {
        to: "alice@acme.example".to_owned(),
        name: "../../Alice".to_owned(),
        kind: NoticeKind::FactorAdded(FactorKind::totp()),
        at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        address: None,
        reference: None,
    }
}

fn letterhead() -> Letterhead {
    Letterhead::new("sso@acme.example", "Acme Sign-in").unwrap()
}

#[tokio::test]
async fn each_notice_is_a_whole_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail/out");
    let notifier = Arc::new(Folder::new(&path, letterhead()));
    let sending: Vec<_> = (0..20)
        .map(|_| {
            let notifier = Arc::clone(&notifier);
            tokio::spawn(async move { notifier.send(&notice()).await })
        })
        .collect();
    for sent in sending {
        sent.await.unwrap().unwrap();
    }
    let files: Vec<_> = fs::read_dir(&path)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert_eq!(files.len(), 20, "{files:?}");
    for file in files {
        assert_eq!(file.extension().unwrap(), "eml");
        let mail = fs::read_to_string(file).unwrap();
        assert!(
            mail.contains("<alice@acme.example>") && mail.contains("Hello ../../Alice,"),
            "{mail}"
        );
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a file");
    fs::write(&file, "").unwrap();
    let failure = Folder::new(file.join("below"), letterhead())
        .send(&notice())
        .await
        .unwrap_err();
    assert!(matches!(failure, NotifyError::Unreachable(_)), "{failure}");
}
