//! Who is known here, who may log in, and who is locked out.

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use clap::Args;
use serde::Serialize;
use vestibule_core::{
    identity::PersonId,
    port::{Accounts, LocalAccount, People, PersonRecord, Throttle},
};

use super::{Desk, SESSIONS_ENDED, Who, WhoMaybeUnseen, factor::FactorRow};
use crate::{
    cli::{Exit, Terminal, failure::Failure},
    config::UpstreamProtocol,
};

/// Everybody who has logged in, and every account of our own.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Print them as JSON.
    #[arg(long)]
    json: bool,
}

/// One person and their factors.
#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    who: Who,
    /// Print what is known as JSON.
    #[arg(long)]
    json: bool,
}

/// Let nobody in under this name.
#[derive(Debug, Args)]
pub(super) struct Disable {
    #[command(flatten)]
    who: WhoMaybeUnseen,
}

/// Let a disabled person in again.
#[derive(Debug, Args)]
pub(super) struct Enable {
    #[command(flatten)]
    who: Who,
}

/// Forget a person's wrong answers, so that they can try again at once.
#[derive(Debug, Args)]
pub(super) struct Unlock {
    #[command(flatten)]
    who: Who,
}

/// How many people are read at a time.
const PAGE: u32 = 500;

#[derive(Debug, Serialize)]
struct PersonRow {
    person: String,
    display_name: Option<String>,
    mail: Option<String>,
    disabled: bool,
    /// They have an account in our store.
    account: bool,
    /// What that account says besides; `None` without one.
    #[serde(flatten)]
    of_account: Option<OfAccount>,
    /// `None`: never logged in.
    last_seen: Option<String>,
}

/// What only an account of our own says. What an identity provider says is not kept.
#[derive(Debug, Serialize)]
struct OfAccount {
    given_name: Option<String>,
    family_name: Option<String>,
    groups: Vec<String>,
}

#[derive(Debug, Serialize)]
struct PersonPage {
    #[serde(flatten)]
    person: PersonRow,
    factors: Vec<FactorRow>,
}

impl PersonRow {
    fn of(id: &PersonId, seen: Option<PersonRecord>, account: Option<LocalAccount>) -> Self {
        let has_account = account.is_some();
        let account_off = account.as_ref().is_some_and(|account| account.disabled);
        let (account_name, account_mail, of_account) =
            account.map_or((None, None, None), |account| {
                let of_account = OfAccount {
                    given_name: account.given_name,
                    family_name: account.family_name,
                    groups: account.groups,
                };
                (account.display_name, account.mail, Some(of_account))
            });
        let last_seen = seen.as_ref().and_then(|seen| seen.last_seen);
        let person_off = seen.as_ref().is_some_and(|seen| seen.disabled);
        let (name, mail) = seen.map_or((None, None), |seen| (seen.display_name, seen.mail));
        Self {
            person: id.to_string(),
            display_name: name.or(account_name),
            mail: mail.or(account_mail),
            disabled: person_off || account_off,
            account: has_account,
            of_account,
            last_seen: last_seen.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)),
        }
    }

    fn line(&self) -> String {
        let mut parts = vec![self.person.clone()];
        parts.extend(self.mail.clone());
        parts.push(match &self.last_seen {
            Some(at) => format!("last login {at}"),
            None => "never logged in".into(),
        });
        let groups = self.of_account.iter().flat_map(|account| &account.groups);
        let groups: Vec<&str> = groups.map(String::as_str).collect();
        if !groups.is_empty() {
            parts.push(format!("groups {}", groups.join(", ")));
        }
        if self.disabled {
            parts.push("disabled".into());
        }
        parts.join("  ")
    }
}

impl List {
    pub(super) async fn run(
        &self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let rows = everybody(desk).await?;
        if self.json {
            terminal.print_json(&rows)?;
        } else {
            for row in &rows {
                terminal.print(&row.line())?;
            }
            if rows.is_empty() {
                terminal.complain("nobody has logged in yet")?;
            }
        }
        Ok(Exit::Yes)
    }
}

async fn everybody(desk: &Desk<'_>) -> Result<Vec<PersonRow>, Failure> {
    let mut seen: BTreeMap<PersonId, PersonRecord> = BTreeMap::new();
    loop {
        let after = seen.keys().next_back().cloned();
        let page = desk.store.people(after.as_ref(), PAGE).await?;
        let before = seen.len();
        seen.extend(page.into_iter().map(|record| (record.id.clone(), record)));
        if seen.len() == before {
            break;
        }
    }
    let mut accounts: BTreeMap<PersonId, LocalAccount> = BTreeMap::new();
    for (id, upstream) in &desk.config.upstreams {
        if matches!(upstream.protocol, UpstreamProtocol::Local(_)) {
            let of_this = desk.store.accounts(id).await?;
            accounts.extend(
                of_this
                    .into_iter()
                    .map(|account| (PersonId::new(id.clone(), &account.username), account)),
            );
        }
    }
    let mut ids: Vec<PersonId> = seen.keys().chain(accounts.keys()).cloned().collect();
    ids.sort();
    ids.dedup();
    Ok(ids
        .into_iter()
        .map(|id| PersonRow::of(&id, seen.remove(&id), accounts.remove(&id)))
        .collect())
}

impl Show {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let id = self.who.known(desk).await?;
        let seen = desk.store.person(&id).await?;
        let account = desk.store.account(id.upstream(), id.name()).await?;
        let page = PersonPage {
            person: PersonRow::of(&id, seen, account),
            factors: FactorRow::all(desk, &id).await?,
        };
        if self.json {
            terminal.print_json(&page)?;
        } else {
            terminal.print(&page.person.line())?;
            for factor in &page.factors {
                terminal.print(&format!("  {}", factor.line()))?;
            }
        }
        Ok(Exit::Yes)
    }
}

/// What changes nothing is not written down as an act.
async fn is_disabled(desk: &Desk<'_>, id: &PersonId) -> Result<bool, Failure> {
    let seen = desk.store.person(id).await?;
    Ok(seen.is_some_and(|seen| seen.disabled))
}

impl Disable {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let id = self.who.known(desk).await?;
        if is_disabled(desk, &id).await? {
            terminal.print(&format!("{id} is disabled already."))?;
            return Ok(Exit::Yes);
        }
        let audit = desk.record(&id, "person_disabled");
        desk.store.set_disabled(&id, true, audit).await?;
        terminal.print(&format!("{id} cannot log in any more."))?;
        terminal.print(SESSIONS_ENDED)?;
        Ok(Exit::Yes)
    }
}

impl Enable {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let id = self.who.known(desk).await?;
        if !is_disabled(desk, &id).await? {
            terminal.print(&format!("{id} was not disabled."))?;
            return Ok(Exit::Yes);
        }
        let audit = desk.record(&id, "person_enabled");
        desk.store.set_disabled(&id, false, audit).await?;
        terminal.print(&format!("{id} can log in again."))?;
        Ok(Exit::Yes)
    }
}

impl Unlock {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let id = self.who.known(desk).await?;
        let record = desk.record(&id, "attempts_cleared");
        desk.store.forgive(&id, record).await?;
        terminal.print(&format!("{id} can try again."))?;
        Ok(Exit::Yes)
    }
}
