//! An authenticator app (RFC 6238): fed with the key that the page shows, asked for codes that were not typed yet.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use totp_rs::{Builder, Secret, Totp};

/// Seconds for which a code is shown.
const PERIOD: u64 = 30;

/// One account in the app.
pub(crate) struct Authenticator {
    codes: Totp,
    /// The step of the last code that was typed.
    typed: u64,
}

impl Authenticator {
    /// Takes the key off the page; blanks do not matter.
    pub(crate) fn with_key(shown: &str) -> Self {
        let bare: String = shown.split_whitespace().collect();
        let secret = Secret::try_from_base32(bare).expect("the key is base 32");
        let codes = Builder::new().with_secret(secret).build();
        Self {
            codes: codes.expect("the key is long enough"),
            typed: 0,
        }
    }

    /// A code that is good now. Each works once, so the one shown before the present one goes first, and the third within
    /// a minute has to be waited for.
    pub(crate) async fn code(&mut self) -> String {
        loop {
            let present = seconds() / PERIOD;
            let next = (present - 1).max(self.typed + 1);
            if next <= present {
                self.typed = next;
                return self.codes.generate(next * PERIOD).to_string();
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

fn seconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("the clock is right").as_secs()
}
