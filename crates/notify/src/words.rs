//! What a notice says, in plain words: what happened, when, from where, and what to do if it was somebody else.
//!
//! Owns the sentences. Does not own the form that they travel in.

use chrono::{DateTime, Utc};
use vestibule_core::{
    id::FactorKind,
    port::{Notice, NoticeKind},
};

/// The longest name that is put into a letter, in characters.
const LONGEST_NAME: usize = 100;

/// A notice as sentences, each without markup and without line breaks.
pub(crate) struct Words {
    /// The subject line.
    pub(crate) subject: String,
    /// "Hello …,"
    pub(crate) greeting: String,
    /// What happened.
    pub(crate) happened: String,
    /// Name and value: when, from where, reference.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// What to do.
    pub(crate) advice: [&'static str; 2],
    /// Who sent it.
    pub(crate) closing: String,
}

impl Words {
    pub(crate) fn of(notice: &Notice, product: &str) -> Self {
        let mut facts = vec![("When", moment(notice.at))];
        if let Some(address) = notice.address {
            facts.push(("From", address.to_canonical().to_string()));
        }
        if let Some(reference) = &notice.reference {
            facts.push(("Reference", reference.to_string()));
        }
        Self {
            subject: subject(&notice.kind),
            greeting: format!("Hello {},", one_line(&notice.name)),
            happened: happened(&notice.kind),
            facts,
            advice: advice(notice),
            closing: format!(
                "{product} sent this message. It never asks for a password or a code by mail, and this message holds no \
                 links."
            ),
        }
    }
}

/// Text of other people's making, fit for one line: no control characters, no line or paragraph separators, nothing
/// that turns the direction of writing around, and not endless.
pub(crate) fn one_line(text: &str) -> String {
    let line: String = text
        .chars()
        .take(LONGEST_NAME)
        .map(|character| match character {
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => ' ',
            character if character.is_control() => ' ',
            character => character,
        })
        .collect();
    line.trim().to_owned()
}

fn subject(kind: &NoticeKind) -> String {
    match kind {
        NoticeKind::BackupCodeUsed { .. } => "A backup code was used to sign in".to_owned(),
        NoticeKind::FactorAdded(factor) | NoticeKind::FactorIssued(factor) => {
            format!("New way to sign in: {}", called(factor))
        }
        NoticeKind::FactorRemoved(kind) | NoticeKind::OwnFactorRemoved { kind, .. } => {
            format!("Removed way to sign in: {}", called(kind))
        }
        NoticeKind::FactorsLocked => "Your codes are locked".to_owned(),
        NoticeKind::Guessing => "Many wrong codes for your account".to_owned(),
    }
}

fn happened(kind: &NoticeKind) -> String {
    match kind {
        NoticeKind::BackupCodeUsed { left: 0 } => {
            "One of your backup codes was used to sign in to your account. It was the last one: ask your helpdesk for new \
             ones."
                .to_owned()
        }
        NoticeKind::BackupCodeUsed { left: 1 } => {
            "One of your backup codes was used to sign in to your account. One code is left.".to_owned()
        }
        NoticeKind::BackupCodeUsed { left } => {
            format!("One of your backup codes was used to sign in to your account. {left} codes are left.")
        }
        NoticeKind::FactorAdded(factor) => format!(
            "A new way to confirm that it is you was set up for your account: {}.",
            called(factor)
        ),
        NoticeKind::FactorIssued(factor) => format!(
            "An administrator set up a new way to confirm that it is you for your account: {}.",
            called(factor)
        ),
        NoticeKind::FactorRemoved(factor) => format!(
            "An administrator removed a way to confirm that it is you from your account: {}. You may be asked to set up a \
             new one when you sign in next.",
            called(factor)
        ),
        NoticeKind::FactorsLocked => {
            "A hundred wrong codes in a row were entered for your account, so no more codes are taken. A security key, if \
             you have one, still works; your helpdesk can unlock the codes."
                .to_owned()
        }
        NoticeKind::Guessing => {
            "Twenty wrong codes in a row were entered for your account by somebody who had passed the first step, usually your \
             password. They have to wait longer and longer between two tries."
                .to_owned()
        }
        NoticeKind::OwnFactorRemoved { kind, name } => format!(
            "A way to confirm that it is you was removed on your account page: {} ({}). You are signed out of that page \
             everywhere else.",
            called(kind),
            one_line(name)
        ),
    }
}

/// What to do. What an administrator did was not the person, and only what happened in a login has a reference.
fn advice(notice: &Notice) -> [&'static str; 2] {
    match (&notice.kind, &notice.reference) {
        (NoticeKind::FactorIssued(_) | NoticeKind::FactorRemoved(_), _) => [
            "If you asked for this, there is nothing to do.",
            "If nobody told you of it, ask your helpdesk at once who wanted it.",
        ],
        (_, Some(_)) => [
            "If this was you, there is nothing to do.",
            "If it was not you, tell your helpdesk at once and quote the reference. Somebody may know your password: \
             change it.",
        ],
        (_, None) => [
            "If this was you, there is nothing to do.",
            "If it was not you, tell your helpdesk at once. Somebody may know your password: change it.",
        ],
    }
}

/// What people call a kind of factor.
fn called(kind: &FactorKind) -> String {
    match kind.as_str() {
        "backup_code" => "backup codes".to_owned(),
        "totp" => "authenticator app".to_owned(),
        "webauthn" => "security key or passkey".to_owned(),
        other => other.replace(['_', '-'], " "),
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}
