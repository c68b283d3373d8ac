//! `vestibule key unpin`.
//!
//! Owns the way out of a choice that has outlived its reason: an application that is gone, or that is served with keys of
//! another algorithm now.

use clap::{ArgGroup, Args};
use vestibule_core::{
    id::{AppId, UpstreamId},
    key::Partner,
    port::Keys,
};

use super::{
    Desk, SOON, Which, promote_for, refused,
    served::{Learns, Served},
};
use crate::cli::{Exit, Terminal, failure::Failure};

/// Have an application or upstream that was moved alone to this key go with the rest again.
///
/// Also for one that is not in the configuration any more: what was chosen for it keeps the key from being retired.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("whom").required(true))]
pub(super) struct Unpin {
    #[command(flatten)]
    which: Which,
    /// This application.
    #[arg(long, value_name = "ID", group = "whom")]
    app: Option<AppId>,
    /// This upstream.
    #[arg(long, value_name = "ID", group = "whom")]
    upstream: Option<UpstreamId>,
}

impl Unpin {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let key = &self.which.key;
        let app = self.app.map(Partner::App);
        let Some(partner) = app.or(self.upstream.map(Partner::Upstream)) else {
            return Err(Failure::Usage("say --app ID or --upstream ID".to_owned()));
        };
        let shelf = desk.shelf().await?;
        let steps = shelf.book.unpin(key, &partner, desk.now);
        let steps = steps.map_err(|fault| refused(&fault))?;
        let after = shelf.book.clone().after(steps.iter().cloned());
        let audit = desk.record("key_unpinned", key, Some(&partner));
        desk.store.change_keys(shelf.revision, steps, audit).await?;
        let mut all = Served::all(desk.config).into_iter();
        let served = all.find(|one| one.partner == partner && one.signed_by(&shelf.book, key));
        let Some(served) = served else {
            terminal.print(&format!(
                "The {partner} is chosen for {key} no more; it was not served with it."
            ))?;
            return Ok(Exit::Yes);
        };
        if let Some(now) = served.key(&after) {
            terminal.print(&format!(
                "The {partner} goes with the rest: it is served with {} {SOON}.",
                now.id
            ))?;
        }
        if served.learns == Learns::ByHand {
            terminal.print(&format!(
                "Log in there once to check; the way back: {}",
                promote_for(key, &partner)
            ))?;
        }
        Ok(Exit::Yes)
    }
}
