//! The people who log in, each with an authenticator app.
//!
//! Owns who they are, their seeds (made from their number, so that a store that was filled once can be used again), and
//! which code is theirs next: a code counts once, and servers take those of the step before and after, so a person can
//! log in three times at once and then every 30 s.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context, Result};
use aws_lc_rs::digest::{SHA256, digest};
use chrono::Utc;
use totp_rs::{Builder, Secret};
use vestibule_core::{id::UpstreamId, identity::PersonId};

/// Bytes of a seed (RFC 4226 section 4, R6).
pub(crate) const SEED: usize = 20;
/// Seconds for which a code is shown.
const PERIOD: u64 = 30;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) u32);

impl Number {
    /// The upstream's lasting name for them.
    pub(crate) fn name(self) -> String {
        format!("person-{:07}", self.0)
    }

    /// Their key in the store.
    pub(crate) fn id(self, upstream: &UpstreamId) -> PersonId {
        PersonId::new(upstream.clone(), self.name())
    }

    /// Their mail address.
    pub(crate) fn mail(self) -> String {
        format!("{}@acme.example", self.name())
    }

    /// The address that they come from: everybody has one, since a source is braked, and
    /// neighbours in number are none in the network, which is braked too.
    pub(crate) fn address(self) -> String {
        let [_, a, b, c] = self.0.to_be_bytes();
        format!("10.{c}.{b}.{a}")
    }

    /// 128 bits for one thing of theirs.
    pub(crate) fn bits(self, purpose: &str) -> [u8; 16] {
        first(digest(&SHA256, format!("{purpose} {}", self.0).as_bytes()).as_ref())
    }

    /// Their seed.
    pub(crate) fn seed(self) -> [u8; SEED] {
        first(digest(&SHA256, format!("seed {}", self.0).as_bytes()).as_ref())
    }

    /// The code of a step.
    pub(crate) fn code(self, step: u64) -> Result<String> {
        let codes = Builder::new()
            .with_secret(Secret::new_stack(self.seed()))
            .build()
            .map_err(|error| anyhow::anyhow!("an authenticator: {error}"))?;
        Ok(codes.generate(step * PERIOD).to_string())
    }
}

fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut taken = [0; N];
    for (to, from) in taken.iter_mut().zip(bytes) {
        *to = *from;
    }
    taken
}

/// The step whose code apps show now.
pub(crate) fn present() -> u64 {
    Utc::now().timestamp().unsigned_abs() / PERIOD
}

/// Everybody of one upstream in one store.
#[derive(Debug)]
pub(crate) struct People {
    /// The step of each person's last code.
    used: Mutex<Vec<u64>>,
    next: AtomicUsize,
}

impl People {
    pub(crate) fn new(count: u32) -> Self {
        Self {
            used: Mutex::new(vec![0; count as usize]),
            next: AtomicUsize::new(0),
        }
    }

    /// Whoever can log in now, and with which code.
    ///
    /// # Errors
    /// If everybody has used all their codes.
    pub(crate) fn next(&self) -> Result<(Number, String)> {
        let now = present();
        let mut used = self
            .used
            .lock()
            .map_err(|_| anyhow::anyhow!("a login broke off"))?;
        for _ in 0..used.len() {
            let place = self.next.fetch_add(1, Ordering::Relaxed) % used.len();
            let Some(last) = used.get_mut(place) else {
                continue;
            };
            // Not the last step that is taken: the clock may move on before the code is typed, so that step is the
            // oldest one by then.
            let step = (*last + 1).max(now);
            if step <= now + 1 {
                *last = step;
                let number = Number(u32::try_from(place).context("too many people")?);
                return Ok((number, number.code(step)?));
            }
        }
        anyhow::bail!("everybody's codes are used: more people are needed for so many logins")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gets_the_same_code_twice() {
        let people = People::new(3);
        let given: Vec<_> = std::iter::from_fn(|| people.next().ok()).collect();
        // Two steps each, or one more if the clock moved on.
        assert!((6..=9).contains(&given.len()), "{given:?}");
        let mut names: Vec<_> = given
            .iter()
            .map(|(person, code)| (person.0, code.clone()))
            .collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), given.len());
    }

    #[test]
    fn everybody_is_somebody_else() {
        assert_ne!(Number(1).seed(), Number(2).seed());
        assert_ne!(Number(1).bits("a"), Number(1).bits("b"));
        assert_eq!(Number(70_000).address(), "10.112.17.1");
        assert_eq!(Number(7).mail(), "person-0000007@acme.example");
    }
}
