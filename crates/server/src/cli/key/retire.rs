//! `vestibule key retire`.

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use vestibule_core::{
    key::{KeyFault, KeyPurpose, KeyRecord, Partner},
    port::Keys,
};

use super::{Desk, SOON, Which, promote_for, refused, served::Served, unpin};
use crate::{
    cli::{Exit, Terminal, failure::Failure},
    config::{AppProtocol, Config},
};

/// How long what was signed by a key may be under way at least: messages and logout tokens live for minutes, and clocks
/// differ.
const LEAST: TimeDelta = TimeDelta::hours(1);

/// Remove a key that nobody is served with. There is no way back: its private key is gone.
#[derive(Debug, Args)]
pub(super) struct Retire {
    #[command(flatten)]
    which: Which,
    /// Also if it signed so lately that what it signed may be under way still: an hour, or as long as ID tokens live.
    #[arg(long)]
    yes: bool,
}

impl Retire {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let key = &self.which.key;
        let shelf = desk.shelf().await?;
        let steps = shelf.book.retire(key).map_err(|fault| match &fault {
            KeyFault::InUse { by, .. } => {
                let active = shelf.book.key(key).map(|key| key.purpose);
                let active = active.and_then(|purpose| shelf.book.active(purpose));
                let all = Served::all(desk.config);
                let is_served = |partner: &Partner| {
                    let mut all = all.iter().filter(|one| one.partner == *partner);
                    all.any(|one| one.signed_by(&shelf.book, key))
                };
                // Who was chosen in vain would be chosen in vain for the next key, too.
                let way = |partner: &Partner| match active.filter(|_| is_served(partner)) {
                    Some(active) => promote_for(&active.id, partner),
                    None => unpin(key, partner),
                };
                let moves: Vec<String> = by.iter().map(way).collect();
                Failure::No(format!("{fault}: {}", moves.join("; ")))
            }
            _ => refused(&fault),
        })?;
        let until = shelf.book.key(key);
        let until = until.and_then(|key| under_way_until(key, desk.config, desk.now));
        if let Some(until) = until.filter(|_| !self.yes) {
            return Err(Failure::No(format!(
                "what {key} signed may be under way until {}: wait, or say --yes",
                until.format("%Y-%m-%d %H:%M UTC")
            )));
        }
        let audit = desk.record("key_retired", key, None);
        desk.store.change_keys(shelf.revision, steps, audit).await?;
        terminal.print(&format!("{key} is gone; it stands in no metadata {SOON}."))?;
        Ok(Exit::Yes)
    }
}

/// Until when something that a key signed may still have to be checked; `None` if that is over, or if it never signed:
/// nobody has left it, and nobody is served with it, or it would not go.
///
/// An ID token that comes back later, as a hint, does not count: a hint may be ever so old, and one that cannot be checked
/// is asked about.
fn under_way_until(key: &KeyRecord, config: &Config, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let until = key.last_left()? + longest_life(config, key.purpose);
    (now < until).then_some(until)
}

/// The longest life of what keys of this purpose sign. Of ID tokens it is that of all applications: which algorithm one
/// wanted when it got its token, is not known any more.
fn longest_life(config: &Config, purpose: KeyPurpose) -> TimeDelta {
    let signs_tokens = matches!(
        purpose,
        KeyPurpose::OpenIdEdDsa | KeyPurpose::OpenIdEs256 | KeyPurpose::OpenIdRs256
    );
    let apps = config.apps.values().filter(|_| signs_tokens);
    let lives = apps.filter_map(|app| match &app.protocol {
        AppProtocol::Oidc(app) => Some(app.lifetimes.id_token),
        AppProtocol::Saml(_) => None,
    });
    lives.fold(LEAST, Ord::max)
}

#[cfg(test)]
mod tests {
    use vestibule_core::{
        id::KeyId,
        key::{KeyAlgorithm, KeyState},
    };

    use super::*;

    /// A site with relying parties whose ID tokens live so long, in words.
    fn site(lives: &[&str]) -> Config {
        let apps: String = lives
            .iter()
            .enumerate()
            .map(|(number, life)| {
                format!(
                    "  app{number}: {{ oidc: {{ client_auth: none, redirect_uris: 'https://a{number}.example/', id_token_lifetime: {life} }} }}\n"
                )
            })
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("broker.yaml");
        std::fs::write(
            &file,
            format!(
                "public_url: http://localhost:8080\nstore: sqlite:v.db\nupstreams:\n  adfs: {{ mail_domains: [a.example], saml: {{ metadata_url: 'https://adfs.a.example/m.xml' }} }}\napps:\n{apps}policy:\n  - {{ name: Everyone, require: {{ factors: [totp] }} }}\nnotify: {{ file: mail }}\n"
            ),
        )
        .unwrap();
        Config::load(&file)
            .unwrap_or_else(|refused| panic!("{refused}"))
            .0
    }

    #[test]
    fn so_16_what_was_signed_can_be_checked_until_the_longest_token_is_over() {
        use KeyPurpose::{OpenIdEs256, OpenIdRs256, SamlIdentityProvider};
        use KeyState::{Published, Retiring};
        let minutes = TimeDelta::minutes;
        for (lives, purpose, state, minutes_ago, has_signed, waits) in [
            (&["10m"][..], OpenIdRs256, Retiring, 59, true, true),
            (&["10m"], OpenIdRs256, Retiring, 60, true, false),
            (&["10m", "1d"], OpenIdRs256, Retiring, 61, true, true),
            (
                &["1d", "10m"],
                OpenIdRs256,
                Retiring,
                24 * 60 - 1,
                true,
                true,
            ),
            (&["1d", "10m"], OpenIdRs256, Retiring, 24 * 60, true, false),
            (&["1d"], OpenIdEs256, Retiring, 61, true, true),
            // It never signed, or for somebody who went ahead with it and came back.
            (&["1d"], OpenIdRs256, Published, 0, false, false),
            (&["1d"], OpenIdRs256, Published, 61, true, true),
            // Assertions live for minutes, whatever ID tokens do.
            (&["1d"], SamlIdentityProvider, Retiring, 59, true, true),
            (&["1d"], SamlIdentityProvider, Retiring, 61, true, false),
        ] {
            let now = Utc::now();
            let key = KeyRecord {
                id: KeyId::new("key").unwrap(),
                purpose,
                algorithm: KeyAlgorithm::Rsa2048,
                state,
                since: now - minutes(minutes_ago),
                created_at: now - minutes(minutes_ago) - TimeDelta::days(i64::from(has_signed)),
            };
            assert_eq!(
                under_way_until(&key, &site(lives), now).is_some(),
                waits,
                "{lives:?} {purpose} {minutes_ago}"
            );
        }
    }
}
