//! Accounts of our own, in the store: add, remove, set a password.
//!
//! **Invariant:** a password never comes from an argument, where every process on the machine could read it.

use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    id::UpstreamId,
    identity::{PersonId, Username},
    port::{AccountChange, Accounts, LocalAccount, People},
};
use vestibule_upstream::local::hash_password;

use super::{Desk, SESSIONS_ENDED, Who};
use crate::{
    cli::{Exit, Terminal, failure::Failure},
    config::{SecretSource, UpstreamProtocol, is_mail_address},
    wiring::ambient::SystemEntropy,
};

/// The shortest password, in characters (NIST SP 800-63B-4 section 3.1.1.2, for use with a second factor).
const SHORTEST_PASSWORD: usize = 8;

/// Add an account of our own.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// The user name; upper and lower case are the same.
    name: String,
    /// The local upstream; needed if there are several.
    #[arg(long, value_name = "ID")]
    upstream: Option<String>,
    /// Mail address.
    #[arg(long, value_parser = mail_address)]
    mail: Option<String>,
    /// Name to show.
    #[arg(long)]
    display_name: Option<String>,
    /// First name.
    #[arg(long)]
    given_name: Option<String>,
    /// Last name.
    #[arg(long)]
    family_name: Option<String>,
    /// Groups, with commas between them.
    #[arg(long, value_delimiter = ',', value_name = "GROUP")]
    groups: Vec<String>,
    #[command(flatten)]
    password: PasswordArg,
}

/// Remove an account of our own, with the person's factors and sessions. Nobody gets in under this name any more.
#[derive(Debug, Args)]
pub(super) struct Remove {
    #[command(flatten)]
    who: Who,
}

/// Print the hash of a password, for `password_hash` or `password_hash_file` in the configuration.
#[derive(Debug, Args)]
pub(super) struct HashPassword {
    #[command(flatten)]
    password: PasswordArg,
}

/// Change what an account of our own says of the person. Their sessions end, as those rest on what was there before.
#[derive(Debug, Args)]
pub(super) struct Set {
    #[command(flatten)]
    who: Who,
    /// Mail address.
    #[arg(long, value_parser = mail_address)]
    mail: Option<String>,
    /// Name to show; an empty one removes it.
    #[arg(long)]
    display_name: Option<String>,
    /// First name; an empty one removes it.
    #[arg(long)]
    given_name: Option<String>,
    /// Last name; an empty one removes it.
    #[arg(long)]
    family_name: Option<String>,
    /// All groups from now on, with commas between them; an empty text removes all.
    #[arg(long, value_delimiter = ',', value_name = "GROUP")]
    groups: Option<Vec<String>>,
}

/// Set the password of an account of our own. The person's sessions end, and their known addresses are forgotten.
#[derive(Debug, Args)]
pub(super) struct SetPassword {
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    password: PasswordArg,
}

/// Where the password comes from.
#[derive(Debug, Args)]
struct PasswordArg {
    /// A file with the password; without it you are asked, or the first line of standard input is taken.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl PasswordArg {
    fn read(&self, terminal: &mut dyn Terminal) -> Result<SecretString, Failure> {
        let password = match &self.password_file {
            Some(path) => from_file(path)?,
            None => asked(terminal)?,
        };
        if password.expose_secret().is_empty() {
            return Err(Failure::No("no password was given".into()));
        }
        if password.expose_secret().chars().count() < SHORTEST_PASSWORD {
            return Err(Failure::No(format!(
                "the password is shorter than {SHORTEST_PASSWORD} characters"
            )));
        }
        Ok(password)
    }
}

fn mail_address(text: &str) -> Result<String, &'static str> {
    if is_mail_address(text) {
        Ok(text.into())
    } else {
        Err("not a mail address; write for example alice@acme.example")
    }
}

fn from_file(path: &Path) -> Result<SecretString, Failure> {
    let source = SecretSource::File(path.into());
    source
        .read()
        .map_err(|error| Failure::No(error.to_string()))
}

fn asked(terminal: &mut dyn Terminal) -> Result<SecretString, Failure> {
    let password = terminal.ask_password("New password: ")?;
    if terminal.is_interactive() {
        let again = terminal.ask_password("Once more: ")?;
        if again.expose_secret() != password.expose_secret() {
            return Err(Failure::No("the two passwords differ".into()));
        }
    }
    Ok(password)
}

impl Add {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let upstream = local_upstream(desk, self.upstream.as_deref())?;
        let name = Username::typed(&self.name).ok_or_else(|| {
            let longest = Username::LONGEST;
            Failure::Usage(format!(
                "a user name has 1 to {longest} bytes and no control characters"
            ))
        })?;
        if name
            .as_str()
            .contains(|c: char| c == '/' || c.is_whitespace())
        {
            let why =
                "a user name has no `/` and no spaces: `upstream/name` is how a person is written";
            return Err(Failure::Usage(why.into()));
        }
        let id = PersonId::new(upstream.clone(), name.as_str());
        let exists = desk
            .store
            .account(&upstream, name.as_str())
            .await?
            .is_some();
        if exists || desk.is_in_configuration(&id) {
            return Err(Failure::No(format!("{id} exists already")));
        }
        let password = self.password.read(terminal)?;
        let account = LocalAccount {
            upstream,
            username: name.to_string(),
            password_hash: hash_password(&password, &SystemEntropy)?,
            mail: self.mail,
            display_name: self.display_name,
            given_name: self.given_name,
            family_name: self.family_name,
            groups: self.groups,
            disabled: false,
        };
        let doubt = doubtful_mail(desk, &account);
        let audit = desk.record(&id, "account_added");
        // Asked before the password was, so another administrator may have been faster.
        if !desk.store.add_account(account, audit).await? {
            return Err(Failure::No(format!(
                "{id} was added by somebody else meanwhile, and stays as they made it"
            )));
        }
        // Who was removed stays out until somebody says otherwise: an old login may still be under way.
        let known = desk.store.person(&id).await?;
        terminal.print(&if known.is_some_and(|known| known.disabled) {
            format!("{id} is there, and disabled; `vestibule user enable {id}` lets them in.")
        } else {
            format!("{id} can log in.")
        })?;
        if let Some(doubt) = doubt {
            terminal.complain(&doubt)?;
        }
        Ok(Exit::Yes)
    }
}

impl HashPassword {
    pub(super) fn run(&self, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        let password = self.password.read(terminal)?;
        terminal.print(&hash_password(&password, &SystemEntropy)?)?;
        Ok(Exit::Yes)
    }
}

impl Remove {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let id = self.who.person;
        let account = existing(desk, &id).await?;
        let audit = desk.record(&id, "account_removed");
        let gone = desk
            .store
            .remove_account(&account.upstream, &account.username, audit);
        if !gone.await? {
            return Err(Failure::No(format!("{id} is gone already")));
        }
        terminal.print(&format!("{id} is gone, with all factors and sessions."))?;
        Ok(Exit::Yes)
    }
}

impl Set {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let id = self.who.person;
        let before = existing(desk, &id).await?;
        let filled = |text: &String| !text.is_empty();
        let only_filled = |groups: Vec<String>| groups.into_iter().filter(filled).collect();
        let kept = |name: String| Some(name).filter(filled);
        let change = AccountChange {
            display_name: self.display_name.map(kept),
            given_name: self.given_name.map(kept),
            family_name: self.family_name.map(kept),
            groups: self.groups.map(only_filled),
            mail: self.mail,
            password_hash: None,
        };
        let account = changed(&before, &change);
        if account == before {
            return Err(Failure::No(format!(
                "{id} stays as it is: --mail, --display-name, --given-name, --family-name and --groups say what is to change"
            )));
        }
        let doubt = doubtful_mail(desk, &account);
        change_account(desk, &before, change, "account_changed").await?;
        terminal.print(&format!("{id} is changed; their sessions are over."))?;
        if let Some(doubt) = doubt {
            terminal.complain(&doubt)?;
        }
        Ok(Exit::Yes)
    }
}

impl SetPassword {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let id = self.who.person;
        let account = existing(desk, &id).await?;
        let password = self.password.read(terminal)?;
        let change = AccountChange {
            password_hash: Some(hash_password(&password, &SystemEntropy)?),
            ..AccountChange::default()
        };
        change_account(desk, &account, change, "password_set").await?;
        terminal.print(&format!("{id} has a new password."))?;
        terminal.print(SESSIONS_ENDED)?;
        Ok(Exit::Yes)
    }
}

/// Changes what is named, and nothing else: while somebody types, another administrator may change or remove the account.
async fn change_account(
    desk: &Desk<'_>,
    account: &LocalAccount,
    change: AccountChange,
    reason: &'static str,
) -> Result<(), Failure> {
    let id = PersonId::new(account.upstream.clone(), &account.username);
    let audit = desk.record(&id, reason);
    let store = &desk.store;
    let changed = store.change_account(&account.upstream, &account.username, change, audit);
    if changed.await? {
        Ok(())
    } else {
        Err(Failure::No(format!("{id} was removed meanwhile")))
    }
}

/// The account as it will be, if nobody else changes it.
fn changed(before: &LocalAccount, change: &AccountChange) -> LocalAccount {
    let account = before.clone();
    LocalAccount {
        mail: change.mail.clone().or(account.mail),
        display_name: change.display_name.clone().unwrap_or(account.display_name),
        given_name: change.given_name.clone().unwrap_or(account.given_name),
        family_name: change.family_name.clone().unwrap_or(account.family_name),
        groups: change.groups.clone().unwrap_or(account.groups),
        ..account
    }
}

/// What will be in this account's way, as far as its mail address tells.
fn doubtful_mail(desk: &Desk<'_>, account: &LocalAccount) -> Option<String> {
    let LocalAccount { upstream, mail, .. } = account;
    let Some(mail) = mail else {
        return Some(
            "warning: without --mail they get no notices, and applications that know people by mail address let nobody in (`mail_missing`)".into(),
        );
    };
    let spoken_for = desk
        .config
        .upstreams
        .get(upstream)?
        .mapping
        .speaks_for(mail);
    (!spoken_for).then(|| {
        format!(
            "warning: {mail} is in none of `upstreams.{upstream}.mail_domains`: until its domain is added there, each login is refused (`mail_domain_foreign`)"
        )
    })
}

async fn existing(desk: &Desk<'_>, id: &PersonId) -> Result<LocalAccount, Failure> {
    let account = match Username::typed(id.name()) {
        Some(name) => desk.store.account(id.upstream(), name.as_str()).await?,
        None => None,
    };
    account.ok_or_else(|| {
        Failure::No(if desk.is_in_configuration(id) {
            format!(
                "{id} lives in {}; change it there",
                desk.config.file.display()
            )
        } else {
            format!("there is no account {id} in the store")
        })
    })
}

fn local_upstream(desk: &Desk<'_>, named: Option<&str>) -> Result<UpstreamId, Failure> {
    let mut local = desk
        .config
        .upstreams
        .iter()
        .filter(|(_, upstream)| matches!(upstream.protocol, UpstreamProtocol::Local(_)))
        .map(|(id, _)| id);
    match named {
        Some(name) => local
            .find(|id| id.as_str() == name)
            .cloned()
            .ok_or_else(|| Failure::Usage(format!("there is no local upstream `{name}`"))),
        None => match (local.next(), local.next()) {
            (Some(only), None) => Ok(only.clone()),
            (None, _) => Err(Failure::No(
                "there is no local upstream; add one: `upstreams: { local: { local: {} } }`".into(),
            )),
            (Some(_), Some(_)) => Err(Failure::Usage(
                "which local upstream? add --upstream".into(),
            )),
        },
    }
}
