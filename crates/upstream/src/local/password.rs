//! Password hashes: argon2id (RFC 9106), checked with bounded concurrency.
//!
//! Owns the parameters, the check and the making of hashes. Does not know accounts.

use std::{fmt, sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::PasswordHash,
};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio::{sync::Semaphore, task, time};
use vestibule_core::port::Entropy;

use super::LONGEST_PASSWORD;

/// Memory per hash in KiB: 19 MiB, the OWASP recommendation for argon2id with two passes and one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The costliest parameters of somebody else's hash that we compute: 256 MiB, 16 passes, 8 lanes.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
const MOST_PASSES: u32 = 16;
const MOST_LANES: u32 = 8;

/// How long a login waits for its turn to hash before the person is told that we are busy.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// A hash that no password has: its salt and value are constants and it was not computed from anything. Checking it
/// costs what checking a hash of [`hash_password`] costs; a hash that was made elsewhere with other parameters takes
/// another time, and so tells that its account exists.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a password cannot be hashed, or a hash not be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HashError {
    /// It would cost too much to check.
    #[error("its parameters are beyond 256 MiB, 16 passes or 8 lanes")]
    Costly,
    /// The library refused.
    #[error("the hash could not be computed")]
    Failed,
    /// Not argon2id version 19 with salt and value in the PHC string format.
    #[error("it is not argon2id (version 19) in the PHC string format")]
    NotArgon2id,
    /// The password is empty or too long.
    #[error("a password has 1 to {LONGEST_PASSWORD} bytes")]
    PasswordLength,
}

/// No turn came within [`LONGEST_WAIT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "too many passwords are being checked at once; raise the number of cores, or find out who is trying"
)]
pub(super) struct Busy;

/// Computes one hash. The engine behind [`Passwords`], so that tests can count.
pub(super) trait Compute: Send + Sync {
    /// Whether `password` is the one of `hash`.
    fn verify(&self, password: &[u8], hash: &str) -> bool;
}

struct Argon2id;

impl Compute for Argon2id {
    fn verify(&self, password: &[u8], hash: &str) -> bool {
        check_hash(hash).is_ok_and(|hash| {
            // The parameters are those of the hash, which `check_hash` bounded.
            Argon2::default().verify_password(password, &hash).is_ok()
        })
    }
}

/// Checks passwords, a few at a time: each costs 19 MiB and some 20 ms of a core (attack row WA-21). Cheap to clone;
/// all clones share the bound.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    compute: Arc<dyn Compute>,
}

impl Passwords {
    /// At most `concurrency` checks at once; 0 counts as 1. The number of cores is a good value.
    #[must_use]
    pub fn new(concurrency: usize) -> Self {
        Self::with(concurrency, Arc::new(Argon2id))
    }

    pub(super) fn with(concurrency: usize, compute: Arc<dyn Compute>) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(concurrency.max(1))),
            compute,
        }
    }

    /// Whether `password` is the one of `hash`. Without a hash the answer is no, after the same work.
    pub(super) async fn verify(
        &self,
        password: &SecretString,
        hash: Option<&str>,
    ) -> Result<bool, Busy> {
        let permit = time::timeout(LONGEST_WAIT, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| Busy)?
            .map_err(|_| Busy)?;
        let known = hash.is_some();
        let hash = hash.unwrap_or(DUMMY).to_owned();
        let (password, compute) = (password.clone(), Arc::clone(&self.compute));
        let matches = task::spawn_blocking(move || {
            // Held here and not by the waiting login: an aborted request does not stop the work it began.
            let _permit = permit;
            compute.verify(password.expose_secret().as_bytes(), &hash)
        });
        // A panic of the library is a no.
        Ok(matches.await.unwrap_or(false) && known)
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords")
            .field("free", &self.permits.available_permits())
            .finish_non_exhaustive()
    }
}

/// Hashes a new password with argon2id, 19 MiB, two passes, one lane, and 128 random bits of salt.
///
/// This takes some 20 ms of a core: it is meant for the command line.
///
/// # Errors
/// [`HashError::PasswordLength`], or [`HashError::Failed`] if the library refuses.
pub fn hash_password(password: &SecretString, entropy: &dyn Entropy) -> Result<String, HashError> {
    let password = password.expose_secret().as_bytes();
    if password.is_empty() || password.len() > LONGEST_PASSWORD {
        return Err(HashError::PasswordLength);
    }
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| HashError::Failed)?;
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password, &salt)
        .map(|hash| hash.to_string())
        .map_err(|_| HashError::Failed)
}

/// Whether a text is a hash that we can and want to check.
///
/// # Errors
/// [`HashError::NotArgon2id`], [`HashError::Costly`].
pub fn check_hash(text: &str) -> Result<PasswordHash, HashError> {
    let hash = PasswordHash::new(text).map_err(|_| HashError::NotArgon2id)?;
    let complete = hash.salt.is_some() && hash.hash.is_some();
    if hash.algorithm.as_str() != "argon2id" || hash.version != Some(19) || !complete {
        return Err(HashError::NotArgon2id);
    }
    let params = Params::try_from(&hash).map_err(|_| HashError::NotArgon2id)?;
    let bounded = params.m_cost() <= MOST_MEMORY_KIB
        && params.t_cost() <= MOST_PASSES
        && params.p_cost() <= MOST_LANES;
    if bounded {
        Ok(hash)
    } else {
        Err(HashError::Costly)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Entropy for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(7);
        }
    }

    #[test]
    fn a_hash_is_argon2id_with_the_documented_cost() {
        let hash = hash_password(&"correct horse".into(), &Fixed).unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(Argon2id.verify(b"correct horse", &hash));
        assert!(!Argon2id.verify(b"correct hors", &hash));
    }

    #[test]
    fn the_dummy_is_checked_in_earnest_and_has_no_password() {
        assert!(check_hash(DUMMY).is_ok());
        assert!(!Argon2id.verify(b"", DUMMY));
        let real = check_hash(&hash_password(&"x".into(), &Fixed).unwrap()).unwrap();
        let cost = |hash: &PasswordHash| {
            let params = Params::try_from(hash).unwrap();
            (params.m_cost(), params.t_cost(), params.p_cost())
        };
        assert_eq!(cost(&real), cost(&check_hash(DUMMY).unwrap()));
    }

    #[test]
    fn hashes_that_are_not_ours_to_check() {
        let value = "$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let cases = [
            ("$argon2i$v=19$m=19456,t=2,p=1", HashError::NotArgon2id),
            ("$argon2id$v=16$m=19456,t=2,p=1", HashError::NotArgon2id),
            ("$argon2id$v=19$m=4194304,t=2,p=1", HashError::Costly),
            ("$argon2id$v=19$m=19456,t=99,p=1", HashError::Costly),
            ("$2b$12", HashError::NotArgon2id),
            ("", HashError::NotArgon2id),
        ];
        for (head, expected) in cases {
            assert_eq!(
                check_hash(&format!("{head}{value}")).err(),
                Some(expected),
                "{head}"
            );
        }
        assert_eq!(
            check_hash("$argon2id$v=19$m=19456,t=2,p=1").err(),
            Some(HashError::NotArgon2id)
        );
    }

    #[test]
    fn passwords_have_a_length() {
        for bad in [String::new(), "a".repeat(LONGEST_PASSWORD + 1)] {
            assert_eq!(
                hash_password(&bad.into(), &Fixed),
                Err(HashError::PasswordLength)
            );
        }
    }
}
