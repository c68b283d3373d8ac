//! Logouts of people who opened many applications: what it takes to tell each of them.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{sessions, site::Site};
use crate::{
    memory,
    request::Request,
    suite::{self, Suite, TOLD},
};

/// How applications are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// By calls of the server (Back-Channel Logout 1.0).
    Called,
    /// By the browser, one after the other (SAML single logout).
    Visited,
}

/// For the table.
impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Called => "called",
            Self::Visited => "visited",
        })
    }
}

/// What it took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    /// The server's CPU time for one application, its part of the end of the session included.
    pub(crate) cpu: Duration,
    /// While nobody else signs out: until the last application of one person is told.
    pub(crate) alone: Duration,
    /// While many sign out at a time: so many applications are told a second.
    pub(crate) rate: f64,
}

/// Lets people sign out of [`TOLD`] applications each: one alone, then `people` of them, `concurrent` at a time.
///
/// # Errors
/// If an application is not told.
pub(crate) async fn run(
    site: &Arc<Site>,
    suite: &Suite,
    way: Way,
    people: usize,
    concurrent: usize,
) -> Result<Told> {
    let sessions = sessions::at_the_portal(site, people + 1, concurrent).await?;
    let mut sessions: Vec<_> = stream::iter(sessions)
        .map(|(mut known, id_token)| async move {
            for number in 0..TOLD {
                let request = match way {
                    Way::Called => Request::oidc(&suite::called(number))?,
                    Way::Visited => Request::saml(&suite::visited(number))?,
                };
                known.open(request).await?;
            }
            anyhow::Ok((known, id_token))
        })
        .buffer_unordered(concurrent)
        .try_collect()
        .await?;
    let calls = |people: usize| match way {
        Way::Called => suite.receiver.count() + people * TOLD,
        Way::Visited => suite.receiver.count(),
    };
    let visits = match way {
        Way::Called => 0,
        Way::Visited => TOLD,
    };
    memory::quiet(site.server.clock)?;
    let (begun, expected) = (Instant::now(), calls(1));
    if let Some((known, id_token)) = sessions.pop() {
        let visited = known.sign_out(suite, &id_token).await?;
        ensure!(visited == visits, "{visited} applications were visited");
    }
    suite.receiver.wait_for(expected).await?;
    let alone = begun.elapsed();
    memory::quiet(site.server.clock)?;
    let (before, begun, expected) = (site.server.clock.read()?, Instant::now(), calls(people));
    stream::iter(sessions)
        .map(|(known, id_token)| async move {
            let visited = known.sign_out(suite, &id_token).await?;
            ensure!(visited == visits, "{visited} applications were visited");
            Ok(())
        })
        .buffer_unordered(concurrent)
        .try_collect::<()>()
        .await?;
    suite.receiver.wait_for(expected).await?;
    let seconds = begun.elapsed().as_secs_f64();
    // Behind a call that was answered, the queue lets go of it.
    memory::quiet(site.server.clock)?;
    let told = (people * TOLD) as f64;
    Ok(Told {
        cpu: (site.server.clock.read()? - before).div_f64(told),
        alone,
        rate: told / seconds,
    })
}
