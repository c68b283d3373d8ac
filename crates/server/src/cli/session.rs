//! `vestibule session`: who is signed in where, and the end of that.
//!
//! Owns what is shown of sessions on the command line, and which of them an administrator ends. What a person has proved
//! is void with all of their sessions, and stays where only one ends. Does not own how applications are told: whatever
//! ends a session leaves that to the running broker. **Invariant:** every end carries its audit record, with the
//! administrator's name, into the transaction that makes it.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::{ArgGroup, Args, Subcommand};
use serde::Serialize;
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    id::SessionId,
    identity::PersonId,
    port::{Clock, Commit, Commits, People, SessionChange, Sessions},
    session::{Limits, Session},
};
use vestibule_store::Store;

use super::{Exit, Terminal, failure::Failure, load, wait, who};
use crate::{
    config::Config,
    wiring::{ambient::SystemClock, open_existing_store},
};

/// Who is signed in, in which browser, and since when.
#[derive(Debug, Args)]
pub(super) struct SessionCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(List),
    Revoke(Revoke),
}

/// Sessions that are not over, by id.
#[derive(Debug, Args)]
struct List {
    /// Only those of this person, written `upstream/name`.
    #[arg(long, value_name = "UPSTREAM/NAME")]
    user: Option<PersonId>,
    /// Print them as JSON.
    #[arg(long)]
    json: bool,
}

/// End sessions, on all nodes at once.
///
/// The applications that a session reached are told where they can be. With --user and --all everything that was proved
/// before is void, too: logins under way begin anew, and tokens of applications are good for nothing.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true))]
struct Revoke {
    /// One, by its id as `vestibule session list` shows it.
    #[arg(group = "which", value_parser = session_id)]
    session: Option<SessionId>,
    /// All of this person, written `upstream/name`.
    #[arg(long, group = "which", value_name = "UPSTREAM/NAME")]
    user: Option<PersonId>,
    /// Everybody's.
    #[arg(long, group = "which")]
    all: bool,
}

/// How many rows are read at a time.
const PAGE: u32 = 500;

fn session_id(text: &str) -> Result<SessionId, String> {
    SessionId::parse(text).ok_or_else(|| "a session's id has 32 hexadecimal digits".to_owned())
}

/// A session, as it is shown.
#[derive(Debug, Serialize)]
struct SessionRow {
    session: String,
    person: String,
    since: String,
    last_used: String,
    ends: String,
    proved: Vec<Proof>,
    applications: Vec<String>,
}

/// A factor that was passed.
#[derive(Debug, Serialize)]
struct Proof {
    factor: String,
    at: String,
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl SessionRow {
    async fn of(desk: &Desk<'_>, session: &Session) -> Result<Self, Failure> {
        let reached = desk.store.participations(session.id()).await?;
        let proved = session.evidence().iter().map(|piece| Proof {
            factor: piece.kind.to_string(),
            at: time(piece.at),
        });
        Ok(Self {
            session: session.id().to_string(),
            person: session.person().id.to_string(),
            since: time(session.started_at()),
            last_used: time(session.used_at()),
            ends: time(session.ends_at(desk.limits)),
            proved: proved.collect(),
            applications: reached.iter().map(|one| one.app.to_string()).collect(),
        })
    }

    fn line(&self) -> String {
        let proved = self.proved.iter();
        let proved = proved.map(|proof| format!("{} {}", proof.factor, proof.at));
        let or_nothing = |list: Vec<String>| match list.is_empty() {
            true => "nothing".to_owned(),
            false => list.join(", "),
        };
        [
            self.session.clone(),
            self.person.clone(),
            format!("since {}", self.since),
            format!("last used {}", self.last_used),
            format!("ends {}", self.ends),
            format!("proved {}", or_nothing(proved.collect())),
            format!("reached {}", or_nothing(self.applications.clone())),
        ]
        .join("  ")
    }
}

/// What the commands work with.
struct Desk<'a> {
    config: &'a Config,
    store: Store,
    limits: Limits,
    now: DateTime<Utc>,
    actor: String,
}

impl Desk<'_> {
    /// Somebody who can have a session: a slip of the pen must not look like an answer.
    async fn known(&self, person: &PersonId) -> Result<(), Failure> {
        if who::is_known(self.config, &self.store, person).await? {
            return Ok(());
        }
        Err(Failure::No(who::unseen(person)))
    }

    /// Those of one person, or everybody's, over or not.
    async fn sessions(&self, of: Option<&PersonId>) -> Result<Vec<Session>, Failure> {
        let mut all: Vec<Session> = Vec::new();
        loop {
            let after = all.last().map(Session::id);
            let page = self.store.sessions(of, after, PAGE).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    fn record(&self, person: &PersonId, reason: &str, detail: Option<&str>) -> AuditRecord {
        let record = AuditRecord::new(self.now, AuditEvent::Administration, AuditResult::Success);
        AuditRecord {
            person: Some(person.clone()),
            upstream: Some(person.upstream().clone()),
            actor: Some(self.actor.clone()),
            ..record.because(reason, detail)
        }
    }

    /// Voids what a person has proved; how many sessions ended by that.
    async fn revoke(&self, person: &PersonId) -> Result<usize, Failure> {
        let ended = self.sessions(Some(person)).await?.len();
        let commit = Commit {
            session: Some(SessionChange::Revoke {
                person: person.clone(),
                at: self.now,
            }),
            audit: vec![self.record(person, "sessions_revoked", None)],
            ..Commit::default()
        };
        self.store.commit(commit).await?;
        Ok(ended)
    }

    async fn revoke_everybody(&self) -> Result<usize, Failure> {
        let mut ended = 0;
        let mut last: Option<PersonId> = None;
        loop {
            let page = self.store.people(last.as_ref(), PAGE).await?;
            let Some(end) = page.last() else {
                return Ok(ended);
            };
            last = Some(end.id.clone());
            for person in &page {
                ended += self.revoke(&person.id).await?;
            }
        }
    }
}

impl SessionCommand {
    pub(super) fn run(self, path: &Path, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        let config = load(path)?;
        wait(async {
            let desk = Desk {
                config: &config,
                store: open_existing_store(&config).await?,
                limits: config.sessions,
                now: SystemClock.now(),
                actor: whoami::username().unwrap_or_else(|_| "unknown".into()),
            };
            match self.action {
                Action::List(action) => action.run(&desk, terminal).await,
                Action::Revoke(action) => action.run(&desk, terminal).await,
            }
        })
    }
}

impl List {
    async fn run(self, desk: &Desk<'_>, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        if let Some(who) = &self.user {
            desk.known(who).await?;
        }
        let mut rows = Vec::new();
        for session in desk.sessions(self.user.as_ref()).await? {
            if session.lasts(desk.limits, desk.now).is_ok() {
                rows.push(SessionRow::of(desk, &session).await?);
            }
        }
        if self.json {
            terminal.print_json(&rows)?;
        } else {
            for row in &rows {
                terminal.print(&row.line())?;
            }
            if rows.is_empty() {
                terminal.complain(&match &self.user {
                    Some(who) => format!("{who} is not signed in"),
                    None => "nobody is signed in".to_owned(),
                })?;
            }
        }
        Ok(Exit::Yes)
    }
}

impl Revoke {
    async fn run(self, desk: &Desk<'_>, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        match (self.session, self.user) {
            (Some(id), _) => return end_one(desk, id, terminal).await,
            (None, Some(person)) => {
                desk.known(&person).await?;
                if desk.store.person(&person).await?.is_none() {
                    terminal.print(&format!(
                        "{person} has an account, and has not logged in yet: there is nothing to end."
                    ))?;
                    return Ok(Exit::Yes);
                }
                let ended = desk.revoke(&person).await?;
                terminal.print(&told(ended, &format!(" of {person}")))?;
            }
            (None, None) => {
                let ended = desk.revoke_everybody().await?;
                terminal.print(&told(ended, ""))?;
            }
        }
        terminal.print("What was proved before is void: logins under way begin anew.")?;
        Ok(Exit::Yes)
    }
}

fn told(ended: usize, whose: &str) -> String {
    match ended {
        1 => format!("Ended 1 session{whose}."),
        _ => format!("Ended {ended} sessions{whose}."),
    }
}

async fn end_one(
    desk: &Desk<'_>,
    id: SessionId,
    terminal: &mut dyn Terminal,
) -> Result<Exit, Failure> {
    let Some(session) = desk.store.session_by_id(id).await? else {
        return Err(Failure::No(format!(
            "there is no session {id}; `vestibule session list` shows those that there are"
        )));
    };
    let person = &session.person().id;
    let record = desk.record(person, "session_ended", Some(&id.to_string()));
    let commit = Commit {
        session: Some(SessionChange::End {
            ids: vec![id],
            at: record.at,
        }),
        audit: vec![record],
        ..Commit::default()
    };
    desk.store.commit(commit).await?;
    terminal.print(&told(1, &format!(" of {person}")))?;
    Ok(Exit::Yes)
}
