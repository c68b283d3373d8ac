//! Memory under many logins (G10).

use std::sync::Arc;

use anyhow::Result;

use super::{
    logins::{self, Sort},
    site::Site,
};
use crate::memory;

/// Where memory is looked at on the way.
const LOOKS: usize = 10;

/// Resident memory, in bytes: once before, and after each tenth of the logins.
///
/// # Errors
/// If a login fails.
pub(crate) async fn run(site: &Arc<Site>, logins: usize, concurrent: usize) -> Result<Vec<f64>> {
    let pid = site.server.pid();
    let mut seen = vec![memory::resident(pid)?];
    for _ in 0..LOOKS {
        logins::run(site, Sort::Saml, logins.div_ceil(LOOKS), concurrent).await?;
        seen.push(memory::resident(pid)?);
    }
    Ok(seen)
}

/// The last look by the one in the middle: how much it grew while nothing new was asked of it.
#[must_use]
pub(crate) fn growth(seen: &[f64]) -> Option<f64> {
    Some(seen.last()? / seen.get(seen.len() / 2)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_of_the_second_half() {
        assert_eq!(growth(&[1.0, 5.0, 8.0, 8.0, 8.0]), Some(1.0));
        assert_eq!(growth(&[1.0, 2.0, 4.0]), Some(2.0));
        assert_eq!(growth(&[]), None);
    }
}
