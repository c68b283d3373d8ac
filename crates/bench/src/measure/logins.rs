//! Complete logins, many at a time, and what the server consumed for them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use tokio::task::JoinSet;

use super::site::Site;
use crate::{
    house::{BOTH, BY_OIDC, ONE},
    login::Login,
    request::Request,
    suite::PORTAL,
};

/// A sort of login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// SAML on both sides, two signatures on the answer.
    Both,
    /// OpenID Connect on both sides.
    Codes,
    /// OpenID Connect on the first side, SAML on the other.
    Oidc,
    /// SAML on both sides, one signature on the answer.
    Saml,
}

/// What some logins came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// The server's CPU time for one of them.
    pub(crate) cpu: Duration,
    /// So many a second.
    pub(crate) rate: f64,
}

/// Lets `count` people log in, `concurrent` at a time.
///
/// # Errors
/// If one of them cannot.
pub(crate) async fn run(
    site: &Arc<Site>,
    sort: Sort,
    count: usize,
    concurrent: usize,
) -> Result<Cost> {
    let (before, begun) = (site.server.clock.read()?, Instant::now());
    let left = Arc::new(AtomicUsize::new(count));
    let mut people = JoinSet::new();
    for _ in 0..concurrent.min(count) {
        let (site, left) = (Arc::clone(site), Arc::clone(&left));
        people.spawn(async move {
            let one_less = |left: usize| left.checked_sub(1);
            while left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
                .is_ok()
            {
                one(&site, sort).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = people.join_next().await {
        ended??;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let consumed = site.server.clock.read()? - before;
    Ok(Cost {
        cpu: consumed.div_f64(count as f64),
        rate: count as f64 / seconds,
    })
}

/// One of them.
async fn one(site: &Site, sort: Sort) -> Result<()> {
    let people = match sort {
        Sort::Codes | Sort::Oidc => &site.by_oidc,
        Sort::Both | Sort::Saml => &site.by_saml,
    };
    let (person, code) = people.next()?;
    let login = Login::new(&site.visitors, &site.provider, person);
    match sort {
        Sort::Both => login.by_saml(BOTH, &code).await,
        Sort::Codes => login.by_oidc(Request::oidc(PORTAL)?, &code).await.map(drop),
        Sort::Oidc => login
            .by_oidc(Request::saml(BY_OIDC)?, &code)
            .await
            .map(drop),
        Sort::Saml => login.by_saml(ONE, &code).await,
    }
}
