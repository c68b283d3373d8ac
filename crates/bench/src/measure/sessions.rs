//! What a session saves: the second application of somebody who is known (G8).

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::site::Site;
use crate::{
    known::Known,
    login::Login,
    memory,
    request::{Issued, Request},
    suite::{DESK, PORTAL, WIKI},
};

/// A second application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Second {
    /// That speaks OpenID Connect: a code, and the tokens for it.
    Desk,
    /// That speaks SAML.
    Wiki,
}

/// Lets `count` people log in at the portal, `concurrent` at a time; each with their session and the portal's ID token.
///
/// # Errors
/// If one of them cannot.
pub(crate) async fn at_the_portal(
    site: &Site,
    count: usize,
    concurrent: usize,
) -> Result<Vec<(Known<'_>, String)>> {
    stream::iter(0..count)
        .map(|_| async {
            let (person, code) = site.by_oidc.next()?;
            let login = Login::new(&site.visitors, &site.provider, person);
            let (known, issued) = login.by_oidc(Request::oidc(PORTAL)?, &code).await?;
            match issued {
                Issued::Oidc { id_token, .. } => Ok((known, id_token)),
                Issued::Saml { .. } => anyhow::bail!("the portal was answered by SAML"),
            }
        })
        .buffer_unordered(concurrent)
        .try_collect()
        .await
}

/// The server's CPU time for the second application of one of `count` people, who open it `concurrent` at a time.
///
/// # Errors
/// If one of them cannot.
pub(crate) async fn second(
    site: &Arc<Site>,
    second: Second,
    count: usize,
    concurrent: usize,
) -> Result<Duration> {
    let known = at_the_portal(site, count, concurrent).await?;
    memory::quiet(site.server.clock)?;
    let before = site.server.clock.read()?;
    stream::iter(known)
        .map(|(mut known, _)| async move {
            let request = match second {
                Second::Desk => Request::oidc(DESK)?,
                Second::Wiki => Request::saml(WIKI)?,
            };
            known.open(request).await.map(drop)
        })
        .buffer_unordered(concurrent)
        .try_collect::<()>()
        .await?;
    Ok((site.server.clock.read()? - before).div_f64(count as f64))
}
