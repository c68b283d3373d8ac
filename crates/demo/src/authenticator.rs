//! An authenticator app (RFC 6238), fed with the key that a page shows.
//!
//! Owns which code to type, for the robot and for tests. A code counts once, so each is asked for once; since servers
//! take the next step's code too (clocks differ), two logins in a row need not wait. Does not own the page that shows
//! the key.

use std::time::Duration;

use chrono::{DateTime, Utc};
use totp_rs::{Builder, Secret, Totp};

/// Seconds for which a code is shown: what every app does.
const PERIOD: u64 = 30;

/// One account in the app.
#[derive(Debug)]
pub struct Authenticator {
    codes: Totp,
    /// The step of the last code that was given.
    given: u64,
}

impl Authenticator {
    /// Takes the key off the page, however it is grouped; `None` if it is no key.
    #[must_use]
    pub fn with_key(shown: &str) -> Option<Self> {
        let key: String = shown.split_whitespace().collect();
        let secret = Secret::try_from_base32(key).ok()?;
        let codes = Builder::new().with_secret(secret).build().ok()?;
        Some(Self { codes, given: 0 })
    }

    /// A code that is good now and was not given yet; waits if there is none.
    pub async fn code(&mut self) -> String {
        loop {
            if let Some(code) = self.code_at(Utc::now()) {
                return code;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// A code that is good at `now` and was not given yet, if there is one.
    pub fn code_at(&mut self, now: DateTime<Utc>) -> Option<String> {
        let present = step_of(now);
        let step = present.max(self.given + 1);
        (step <= present + 1).then(|| {
            self.given = step;
            self.used_code()
        })
    }

    /// The code that was given last.
    #[must_use]
    pub fn used_code(&self) -> String {
        self.codes.generate(self.given * PERIOD).to_string()
    }

    /// A code of six digits that is wrong now and will be for a minute.
    #[must_use]
    pub fn wrong_code(&self) -> String {
        let present = step_of(Utc::now());
        let near = present.saturating_sub(3)..=present + 5;
        let right: Vec<String> = near
            .map(|step| self.codes.generate(step * PERIOD).to_string())
            .collect();
        let mut candidates = (0..1_000_000_u32).map(|number| format!("{number:06}"));
        candidates
            .find(|code| !right.contains(code))
            .unwrap_or_default()
    }
}

fn step_of(now: DateTime<Utc>) -> u64 {
    now.timestamp().unsigned_abs() / PERIOD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn codes_are_given_once_and_used_ones_are_known() {
        assert!(Authenticator::with_key("not a key!").is_none());
        let mut app = Authenticator::with_key("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ").unwrap();
        let first = app.code().await;
        assert_eq!(app.used_code(), first);
        let second = app.code().await;
        assert_eq!(app.used_code(), second);
        assert_eq!(
            app.code_at(Utc::now() - chrono::TimeDelta::minutes(1)),
            None
        );
        let wrong = app.wrong_code();
        assert!(wrong.len() == 6 && ![first, second].contains(&wrong));
    }
}
