//! A person's factors: look at them, take one away, print new backup codes.

use chrono::SecondsFormat;
use clap::Args;
use serde::Serialize;
use vestibule_core::{
    evidence::Enrolment,
    id::{EnrolmentId, FactorKind},
    identity::PersonId,
    port::{Commit, Commits, EnrolmentChange, Enrolments, Entropy, NoticeKind, SessionChange},
};
use vestibule_factor::backup_code;

use super::{Desk, SESSIONS_ENDED, Who, WhoMaybeUnseen};
use crate::{
    cli::{Exit, Terminal, failure::Failure},
    wiring::ambient::SystemEntropy,
};

/// A person's factors.
#[derive(Debug, Args)]
pub(super) struct Factors {
    #[command(flatten)]
    who: Who,
    /// Print them as JSON.
    #[arg(long)]
    json: bool,
}

/// Take a factor away, for example after a phone was lost.
///
/// Whoever has no factor left sets up a new one at the next login, unless the policy says otherwise: be sure whom you
/// are speaking with.
#[derive(Debug, Args)]
pub(super) struct RemoveFactor {
    #[command(flatten)]
    who: Who,
    /// The factor's id as `vestibule user factors` shows it, or a kind such as `totp` for all of that kind.
    factor: String,
}

/// Print ten new backup codes, once; older ones are void.
#[derive(Debug, Args)]
pub(super) struct BackupCodes {
    #[command(flatten)]
    who: WhoMaybeUnseen,
    /// Print them as JSON.
    #[arg(long)]
    json: bool,
}

/// What a set of backup codes is called, here and where people set one up themselves.
const BACKUP_CODES: &str = "Backup codes";

/// A factor without its secret.
#[derive(Debug, Serialize)]
pub(super) struct FactorRow {
    id: String,
    kind: FactorKind,
    label: String,
    disabled: bool,
    /// Nothing is left of it.
    spent: bool,
    /// Backup codes that are left.
    left: Option<usize>,
    created_at: String,
    last_used_at: Option<String>,
}

impl FactorRow {
    /// All of a person's, oldest first.
    pub(super) async fn all(desk: &Desk<'_>, person: &PersonId) -> Result<Vec<Self>, Failure> {
        let enrolments = desk.store.enrolments(person).await?;
        enrolments.iter().map(Self::of).collect()
    }

    fn of(enrolment: &Enrolment) -> Result<Self, Failure> {
        let is_codes = enrolment.kind == FactorKind::backup_code();
        let left = is_codes
            .then(|| backup_code::left(&enrolment.secret))
            .transpose()?;
        let time =
            |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        Ok(Self {
            id: enrolment.id.to_string(),
            kind: enrolment.kind.clone(),
            label: enrolment.label.clone(),
            disabled: enrolment.disabled,
            spent: enrolment.spent,
            left,
            created_at: time(enrolment.created_at),
            last_used_at: enrolment.last_used_at.map(time),
        })
    }

    /// In a sentence.
    fn told(&self) -> String {
        let (kind, label) = (&self.kind, &self.label);
        match self.left {
            Some(left) => format!("{kind} {label:?}, {left} left"),
            None => format!("{kind} {label:?}"),
        }
    }

    pub(super) fn line(&self) -> String {
        let mut parts = vec![self.id.clone(), self.kind.to_string(), self.label.clone()];
        parts.extend(self.left.map(|left| format!("{left} left")));
        parts.push(match &self.last_used_at {
            Some(at) => format!("last used {at}"),
            None => format!("set up {}, never used", self.created_at),
        });
        if self.disabled {
            parts.push("disabled".into());
        }
        if self.spent {
            parts.push("used up".into());
        }
        parts.join("  ")
    }
}

impl Factors {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let id = self.who.known(desk).await?;
        let rows = FactorRow::all(desk, &id).await?;
        if self.json {
            terminal.print_json(&rows)?;
        } else if rows.is_empty() {
            terminal.print(&format!("{id} has no factor."))?;
        }
        if !self.json {
            for row in &rows {
                terminal.print(&row.line())?;
            }
        }
        Ok(Exit::Yes)
    }
}

impl RemoveFactor {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let id = self.who.known(desk).await?;
        let enrolments = desk.store.enrolments(&id).await?;
        let meant: Vec<&Enrolment> = enrolments
            .iter()
            .filter(|one| one.id.to_string() == self.factor || one.kind.as_str() == self.factor)
            .collect();
        if meant.is_empty() {
            return Err(Failure::No(format!(
                "{id} has no factor `{}`; `vestibule user factors {id}` shows them",
                self.factor
            )));
        }
        desk.store.commit(removal(desk, &id, &meant)).await?;
        for factor in meant {
            terminal.print(&format!(
                "Removed {} ({}) of {id}.",
                factor.kind, factor.label
            ))?;
            let notice = NoticeKind::FactorRemoved(factor.kind.clone());
            desk.tell(&id, notice, terminal).await?;
        }
        terminal.print(&what_is_left(&id, &FactorRow::all(desk, &id).await?))?;
        terminal.print(SESSIONS_ENDED)?;
        Ok(Exit::Yes)
    }
}

/// What somebody can still be asked for: they cannot come in if they have lost that, too.
fn what_is_left(person: &PersonId, factors: &[FactorRow]) -> String {
    let left: Vec<&FactorRow> = factors
        .iter()
        .filter(|factor| !factor.disabled && !factor.spent)
        .collect();
    if left.is_empty() {
        return format!(
            "{person} has no factor left: the next login sets one up, unless the policy refuses that."
        );
    }
    let told: Vec<String> = left.iter().map(|factor| factor.told()).collect();
    let told = told.join(", ");
    let codes = FactorKind::backup_code();
    let (is, which) = if left.iter().all(|factor| factor.kind == codes) {
        ("Only backup codes are left", codes.to_string())
    } else {
        ("There is more left", "FACTOR".to_owned())
    };
    format!(
        "{is} ({told}): where the policy takes it, the next login asks for it, and sets nothing up.\n\
         If it is lost too: `vestibule user remove-factor {person} {which}`"
    )
}

/// The transaction that takes factors away, each with its record; nothing that the person proved before counts any more.
fn removal(desk: &Desk<'_>, person: &PersonId, factors: &[&Enrolment]) -> Commit {
    let removed = factors
        .iter()
        .map(|one| EnrolmentChange::Remove(person.clone(), one.id));
    let records = factors.iter().map(|one| {
        let mut record = desk.record(person, "factor_removed");
        record.factor = Some(one.kind.clone());
        record
    });
    Commit {
        enrolments: removed.collect(),
        session: Some(SessionChange::Revoke {
            person: person.clone(),
            at: desk.now,
        }),
        audit: records.collect(),
        ..Commit::default()
    }
}

impl BackupCodes {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let id = self.who.known(desk).await?;
        let entropy: &dyn Entropy = &SystemEntropy;
        let (codes, secret) = backup_code::fresh_set(entropy)?;
        let kind = FactorKind::backup_code();
        let mut older = desk.store.enrolments(&id).await?;
        older.retain(|one| one.kind == kind);
        let older: Vec<&Enrolment> = older.iter().collect();
        // A new id, so that nothing that was proved with the old set counts for this one.
        let fresh = Enrolment {
            id: EnrolmentId::from_bytes(entropy.bytes()),
            person: id.clone(),
            kind: kind.clone(),
            label: BACKUP_CODES.into(),
            secret,
            disabled: false,
            spent: false,
            created_at: desk.now,
            last_used_at: None,
            revision: 0,
        };
        let mut commit = removal(desk, &id, &older);
        commit.enrolments.push(EnrolmentChange::Add(fresh));
        let mut record = desk.record(&id, "backup_codes_made");
        record.factor = Some(kind);
        commit.audit.push(record);
        desk.store.commit(commit).await?;
        let notice = NoticeKind::FactorIssued(FactorKind::backup_code());
        desk.tell(&id, notice, terminal).await?;
        if self.json {
            terminal.print_json(&codes)?;
        } else {
            for code in &codes {
                terminal.print(code)?;
            }
            terminal.complain("Each is good for one login. They are not shown again.")?;
            terminal.complain(SESSIONS_ENDED)?;
        }
        Ok(Exit::Yes)
    }
}
