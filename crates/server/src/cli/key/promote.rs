//! `vestibule key promote`.
//!
//! Owns what is told and asked before somebody is served with another key: who could not check it is named first.

use std::collections::BTreeSet;

use clap::Args;
use vestibule_core::{
    id::{AppId, KeyId, UpstreamId},
    key::{self, KeyBook, KeyFault, KeyRecord, KeyState, Partner},
    port::Keys,
};

use super::{
    Desk, SOON, Which, promote_for, refused,
    served::{Learns, Served},
};
use crate::cli::{Exit, Terminal, failure::Failure};

/// Sign with this key from now on: for everybody, or for one application or upstream alone.
///
/// The key that was active before is retiring: partners can still check what it signed. To promote it again is the way
/// back.
#[derive(Debug, Args)]
pub(super) struct Promote {
    #[command(flatten)]
    which: Which,
    /// For this application alone, ahead of the rest or behind it.
    #[arg(long, value_name = "ID", conflicts_with_all = ["upstream", "except"])]
    app: Option<AppId>,
    /// For this upstream alone, likewise.
    #[arg(long, value_name = "ID", conflicts_with = "except")]
    upstream: Option<UpstreamId>,
    /// For everybody but these applications, with commas between them: they stay with the key of now until they are
    /// promoted alone.
    #[arg(long, value_delimiter = ',', value_name = "ID")]
    except: Vec<AppId>,
    /// Those that need the certificate pasted by hand have it.
    #[arg(long)]
    yes: bool,
}

impl Promote {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let partner = match (&self.app, &self.upstream) {
            (Some(id), _) => Some(Partner::App(id.clone())),
            (None, Some(id)) => Some(Partner::Upstream(id.clone())),
            (None, None) => None,
        };
        match partner {
            Some(partner) => self.for_one(&partner, desk, terminal).await,
            None => self.for_all(desk, terminal).await,
        }
    }

    async fn for_one(
        &self,
        partner: &Partner,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let key = &self.which.key;
        let served = known(desk, partner)?;
        let shelf = desk.shelf().await?;
        let before = served.key(&shelf.book).map(|key| key.id.clone());
        let steps = shelf.book.promote_for(key, &served.in_book(), desk.now);
        let steps = steps.map_err(|fault| refused(&fault))?;
        if steps.is_empty() {
            terminal.print(&format!("The {partner} is served with {key} already."))?;
            return Ok(Exit::Yes);
        }
        let audit = desk.record("key_chosen", key, Some(partner));
        desk.store.change_keys(shelf.revision, steps, audit).await?;
        terminal.print(&format!("The {partner} is served with {key} {SOON}."))?;
        if let (Learns::ByHand, Some(before)) = (served.learns, before) {
            terminal.print(&format!(
                "Log in there once to check. If it says no, its certificate is not the one of {key}; the way back: {}",
                promote_for(&before, partner)
            ))?;
        }
        Ok(Exit::Yes)
    }

    async fn for_all(&self, desk: &Desk<'_>, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        let key = &self.which.key;
        let except: Result<BTreeSet<key::Served>, Failure> = self
            .except
            .iter()
            .map(|id| Ok(known(desk, &Partner::App(id.clone()))?.in_book()))
            .collect();
        let except = except?;
        let shelf = desk.shelf().await?;
        let steps = shelf.book.promote(key, &except, desk.now);
        let steps = steps.map_err(|fault| match &fault {
            KeyFault::Followed { partners, .. } => followed(&fault, key, partners, &shelf.book),
            _ => refused(&fault),
        })?;
        if steps.is_empty() {
            terminal.print(&format!("{key} is active already."))?;
            return Ok(Exit::Yes);
        }
        let after = shelf.book.clone().after(steps.iter().cloned());
        let moved = moved(desk, &shelf.book, &after);
        let by_hand: Vec<&Served> = moved
            .iter()
            .filter(|one| one.learns == Learns::ByHand)
            .collect();
        if !by_hand.is_empty() && !self.yes {
            return Err(unpasted(key.as_str(), &by_hand));
        }
        let audit = desk.record("key_promoted", key, None);
        desk.store.change_keys(shelf.revision, steps, audit).await?;
        terminal.print(&format!("{key} is active {SOON}."))?;
        for one in &moved {
            terminal.print(&format!(
                "  the {} is served with it ({})",
                one.partner,
                one.learns.words()
            ))?;
        }
        if let Some(old) = retiring(&shelf.book, &after) {
            terminal.print(&format!(
                "{old} is retiring. The way back: vestibule key promote {old}. When nobody needs it any more: vestibule key retire {old}"
            ))?;
        }
        Ok(Exit::Yes)
    }
}

/// Those who should have stayed behind are moved back alone, to the key that was left last.
fn followed(fault: &KeyFault, key: &KeyId, partners: &[Partner], book: &KeyBook) -> Failure {
    let purpose = book.key(key).map(|key| key.purpose);
    let others = purpose.into_iter().flat_map(|purpose| book.of(purpose));
    let left = others.filter(|other| other.last_left().is_some());
    let remedy = match left.max_by_key(|other| other.last_left()) {
        Some(old) => {
            let moves: Vec<String> = partners
                .iter()
                .map(|partner| promote_for(&old.id, partner))
                .collect();
            format!("move them alone: {}", moves.join("; "))
        }
        None => "there is no key that they could stay with".to_owned(),
    };
    Failure::No(format!("{fault}; {remedy}"))
}

/// Somebody of the configuration: a slip of the pen must not look like success.
fn known(desk: &Desk<'_>, partner: &Partner) -> Result<Served, Failure> {
    let mut all = Served::all(desk.config).into_iter();
    all.find(|one| one.partner == *partner).ok_or_else(|| {
        Failure::Usage(format!(
            "there is no {partner} in {} that is served with our keys",
            desk.config.file.display()
        ))
    })
}

/// Who is served with another key than before.
fn moved(desk: &Desk<'_>, before: &KeyBook, after: &KeyBook) -> Vec<Served> {
    let id = |key: Option<&KeyRecord>| key.map(|key| key.id.clone());
    let all = Served::all(desk.config).into_iter();
    all.filter(|one| id(one.key(before)) != id(one.key(after)))
        .collect()
}

/// The key that was active.
fn retiring(before: &KeyBook, after: &KeyBook) -> Option<String> {
    let was_active = before.keys().filter(|key| key.state == KeyState::Active);
    let mut gone = was_active.filter(|key| {
        after
            .key(&key.id)
            .is_some_and(|key| key.state == KeyState::Retiring)
    });
    gone.next().map(|key| key.id.to_string())
}

/// Nobody is locked out by a command that did not say so.
fn unpasted(key: &str, by_hand: &[&Served]) -> Failure {
    let mut told = vec![format!(
        "nobody can log in any more to the following, unless the certificate of {key} is pasted there (`vestibule key show {key} --certificate`):"
    )];
    for one in by_hand {
        told.push(format!("  the {}", one.partner));
    }
    told.push(
        "--yes says that it is; --except leaves them with the key of now, and --app moves one alone"
            .into(),
    );
    Failure::No(told.join("\n"))
}
