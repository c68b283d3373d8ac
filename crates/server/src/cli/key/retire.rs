//! `vestibule key retire`.

use chrono::TimeDelta;
use clap::Args;
use vestibule_core::{
    key::{KeyFault, KeyState, Partner},
    port::Keys,
};

use super::{Desk, SOON, Which, promote_for, refused, served::Served, unpin};
use crate::cli::{Exit, Terminal, failure::Failure};

/// How long what was signed by a key may be under way at most: an ID token lives an hour.
const UNDER_WAY: TimeDelta = TimeDelta::hours(1);

/// Remove a key that nobody is served with. There is no way back: its private key is gone.
#[derive(Debug, Args)]
pub(super) struct Retire {
    #[command(flatten)]
    which: Which,
    /// Also if it signed within the last hour, so that what it signed may be under way still.
    #[arg(long)]
    yes: bool,
}

impl Retire {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let key = &self.which.key;
        let shelf = desk.shelf().await?;
        let steps = shelf.book.retire(key).map_err(|fault| match &fault {
            KeyFault::InUse { by, .. } => {
                let active = shelf.book.key(key).map(|key| key.purpose);
                let active = active.and_then(|purpose| shelf.book.active(purpose));
                let all = Served::all(desk.config);
                let is_served = |partner: &Partner| {
                    let mut all = all.iter().filter(|one| one.partner == *partner);
                    all.any(|one| one.signed_by(&shelf.book, key))
                };
                // Who was chosen in vain would be chosen in vain for the next key, too.
                let way = |partner: &Partner| match active.filter(|_| is_served(partner)) {
                    Some(active) => promote_for(&active.id, partner),
                    None => unpin(key, partner),
                };
                let moves: Vec<String> = by.iter().map(way).collect();
                Failure::No(format!("{fault}: {}", moves.join("; ")))
            }
            _ => refused(&fault),
        })?;
        let signed_lately = shelf
            .book
            .key(key)
            .is_some_and(|key| key.state == KeyState::Retiring && desk.now - key.since < UNDER_WAY);
        if signed_lately && !self.yes {
            return Err(Failure::No(format!(
                "{key} was active within the last hour, and what it signed may be under way still: wait, or say --yes"
            )));
        }
        let audit = desk.record("key_retired", key, None);
        desk.store.change_keys(shelf.revision, steps, audit).await?;
        terminal.print(&format!("{key} is gone; it stands in no metadata {SOON}."))?;
        Ok(Exit::Yes)
    }
}
