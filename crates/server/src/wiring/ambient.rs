//! The real clock and the real source of chance.

use aws_lc_rs::rand;
use chrono::{DateTime, Utc};
use vestibule_core::port::{Clock, Entropy};

/// The operating system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// AWS-LC's generator, seeded by the operating system.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        if rand::fill(buffer).is_err() {
            // Ids and secrets that can be guessed are worse than no service.
            tracing::error!(
                code = "entropy_failed",
                "the system gives no randomness: stopping"
            );
            std::process::abort();
        }
    }
}
