//! Both signing keys are replaced while people log in (G20), and every login is counted.
//!
//! Owns the order of the change, which is that of `docs/keys.md`, and what counts as lost: a login that ends anywhere but
//! at its application, and an answer that the application does not believe, by the keys that are published at that moment
//! or by those that it read between the making of the new keys and their use.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};

use super::site::Site;
use crate::{
    administrator::{self, Administrator},
    login::Login,
    people::Number,
    request::{Issued, Request},
    suite::{PORTAL, WIKI},
    trust::Trust,
};

/// What a running server may take to see a change: ten seconds are promised, and the machine may be busy.
const SOON: Duration = Duration::from_secs(60);
/// How long logins may take to come, and to end.
const PATIENCE: Duration = Duration::from_secs(120);
/// Logins under way at a time at most. Whoever would be one more waits.
const MOST: usize = 128;
/// Logins at a time where nothing but the server sets the pace.
const CONCURRENT: usize = 32;

/// What the applications do about a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// They read our keys anew between its making and its use, as `docs/keys.md` wants it.
    Anew,
    /// They know what they read before. Logins are lost then: what shows that a loss is seen.
    Never,
}

/// How hard people press.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Press {
    /// Part of the logins a second that the server can do.
    pub(crate) load: f64,
    /// Logins to find out how many those are, and at least so many before and after each change.
    pub(crate) logins: usize,
}

/// What a change came to.
#[derive(Debug, Clone)]
pub struct Change {
    /// Logins that began.
    pub logins: usize,
    /// Why logins were lost, one entry for each.
    pub lost: Vec<String>,
    /// Logins a second, of those that the server can do.
    pub load: f64,
}

/// Replaces both keys while people log in.
///
/// # Errors
/// If the change cannot be made, or is not seen. A login that is lost is no error: it is counted.
pub(crate) async fn run(
    site: &Arc<Site>,
    administrator: &Administrator,
    press: Press,
    readers: Readers,
) -> Result<Change> {
    let known = Arc::new(Trust::read(&site.visitors).await?);
    let crowd = Arc::new(Crowd {
        site: Arc::clone(site),
        known: Mutex::new(Arc::clone(&known)),
        tally: watch::Sender::new(Tally::default()),
    });
    let most = crowd.most(press.logins).await?;
    let begun = Instant::now();
    let (stop, stopped) = watch::channel(false);
    let pause = Duration::from_secs_f64(1.0 / (most * press.load).max(f64::MIN_POSITIVE));
    let pressing = tokio::spawn(Arc::clone(&crowd).press(pause, stopped));
    let changed = replace(&crowd, administrator, press, readers, &known).await;
    let seconds = begun.elapsed().as_secs_f64();
    let logins = crowd.tally.borrow().begun;
    stop.send_replace(true);
    pressing.await??;
    changed?;
    Ok(Change {
        logins: crowd.tally.borrow().begun,
        lost: crowd.tally.borrow().lost.clone(),
        load: logins as f64 / seconds / most,
    })
}

/// Create, promote, retire: each when the one before is seen by everybody.
async fn replace(
    crowd: &Crowd,
    administrator: &Administrator,
    press: Press,
    readers: Readers,
    known: &Trust,
) -> Result<()> {
    const PURPOSES: [&str; 2] = [administrator::SAML, administrator::OIDC];
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for purpose in PURPOSES {
        old.push(administrator.active(purpose).await?);
    }
    crowd.further(press.logins).await?;
    let early = crowd.issued_early().await?;
    for purpose in PURPOSES {
        new.push(administrator.create(purpose).await?);
    }
    let both = crowd.published(|seen| seen.counts() == [2, 2]).await?;
    let both = Arc::new(both);
    if readers == Readers::Anew {
        *crowd.known() = Arc::clone(&both);
    }
    crowd.further(press.logins).await?;
    for key in &new {
        administrator.promote(key).await?;
    }
    let used = crowd.published(|seen| seen.shares_no_first_with(&both));
    let used = used.await?;
    // What was signed before stays believed.
    early.iter().try_for_each(|issued| used.believe(issued))?;
    crowd.all_who_are_under_way().await?;
    crowd.further(press.logins).await?;
    for key in &old {
        administrator.retire(key).await?;
    }
    let gone = crowd.published(|seen| seen.counts() == [1, 1]).await?;
    ensure!(
        gone.shares_no_first_with(known),
        "the new keys went instead of the old ones"
    );
    for issued in &early {
        ensure!(
            known.believe(issued).is_ok() && gone.believe(issued).is_err(),
            "a key that is gone is believed still"
        );
    }
    crowd.further(press.logins).await
}

/// Those who log in, half of them by each protocol.
struct Crowd {
    site: Arc<Site>,
    /// What applications know that read our keys from time to time.
    known: Mutex<Arc<Trust>>,
    tally: watch::Sender<Tally>,
}

#[derive(Debug, Default)]
struct Tally {
    begun: usize,
    ended: usize,
    under_way: BTreeSet<usize>,
    lost: Vec<String>,
}

impl Crowd {
    fn known(&self) -> MutexGuard<'_, Arc<Trust>> {
        // What stands in it is whole, whoever broke off.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many logins a second the server can do.
    async fn most(&self, count: usize) -> Result<f64> {
        let begun = Instant::now();
        stream::iter(0..count)
            .map(|number| async move {
                let (person, code) = self.site.by_oidc.next()?;
                self.one(number, person, &code).await
            })
            .buffer_unordered(CONCURRENT)
            .try_collect::<()>()
            .await
            .context("before any change")?;
        Ok(count as f64 / begun.elapsed().as_secs_f64())
    }

    /// Begins a login after each pause, whether or not those before it have ended.
    async fn press(
        self: Arc<Self>,
        pause: Duration,
        mut stopped: watch::Receiver<bool>,
    ) -> Result<()> {
        let mut next = interval(pause);
        next.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut people = JoinSet::new();
        for number in 0.. {
            tokio::select! {
                _ = next.tick() => {}
                _ = stopped.wait_for(|stopped| *stopped) => break,
            }
            while people.try_join_next().is_some() {}
            if people.len() >= MOST {
                people.join_next().await;
            }
            let (person, code) = self.site.by_oidc.next()?;
            let crowd = Arc::clone(&self);
            self.tally.send_modify(|tally| {
                tally.begun += 1;
                tally.under_way.insert(number);
            });
            people.spawn(async move {
                let ended = crowd.one(number, person, &code).await;
                crowd.tally.send_modify(|tally| {
                    tally.ended += 1;
                    tally.under_way.remove(&number);
                    if let Err(why) = ended {
                        tally.lost.push(format!("{why:#}"));
                    }
                });
            });
        }
        while people.join_next().await.is_some() {}
        Ok(())
    }

    /// A login, and whether the application believes what it is told.
    async fn one(&self, number: usize, person: Number, code: &str) -> Result<()> {
        let issued = self.issued(number, person, code).await?;
        let published = Trust::read(&self.site.visitors).await?;
        let by_moment = published.believe(&issued);
        by_moment.context("by the keys of the moment")?;
        let known = Arc::clone(&self.known());
        known.believe(&issued).context("by the keys that it knows")
    }

    async fn issued(&self, number: usize, person: Number, code: &str) -> Result<Issued> {
        let request = match number % 2 {
            0 => Request::saml(WIKI)?,
            _ => Request::oidc(PORTAL)?,
        };
        let login = Login::new(&self.site.visitors, &self.site.provider, person);
        let (_, issued) = login.by_oidc(request, code).await.context("on the way")?;
        Ok(issued)
    }

    /// An answer of each protocol, from before the change.
    async fn issued_early(&self) -> Result<Vec<Issued>> {
        let mut early = Vec::new();
        for number in 0..2 {
            let (person, code) = self.site.by_oidc.next()?;
            early.push(self.issued(number, person, &code).await?);
        }
        Ok(early)
    }

    /// What is published, as soon as it is as expected.
    async fn published(&self, is_expected: impl Fn(&Trust) -> bool) -> Result<Trust> {
        let mut looks = interval(Duration::from_millis(100));
        let looking = async {
            loop {
                looks.tick().await;
                let seen = Trust::read(&self.site.visitors).await?;
                if is_expected(&seen) {
                    return anyhow::Ok(seen);
                }
            }
        };
        let seen = timeout(SOON, looking).await;
        seen.context("what is published does not change")?
    }

    /// Waits until so many more logins have ended.
    async fn further(&self, count: usize) -> Result<()> {
        let ended = self.tally.borrow().ended + count;
        self.wait_for(|tally| tally.ended >= ended).await
    }

    /// Waits until everybody has ended who has begun.
    async fn all_who_are_under_way(&self) -> Result<()> {
        let last = self.tally.borrow().under_way.last().copied();
        let is_later = |number: &usize| Some(*number) > last;
        self.wait_for(|tally| tally.under_way.first().is_none_or(is_later))
            .await
    }

    async fn wait_for(&self, has_come: impl FnMut(&Tally) -> bool) -> Result<()> {
        let mut tally = self.tally.subscribe();
        let waited = timeout(PATIENCE, tally.wait_for(has_come)).await;
        waited.context("nobody logs in any more")??;
        Ok(())
    }
}
