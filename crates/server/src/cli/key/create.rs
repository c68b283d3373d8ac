//! `vestibule key create`.

use std::{
    fmt::Display,
    path::{Path, PathBuf},
};

use clap::Args;
use secrecy::ExposeSecret as _;
use vestibule_core::{
    key::{KeyAlgorithm, KeyPurpose, KeyState},
    port::{Entropy, Keys},
};

use super::{
    Desk, SOON, brought, promote_for, purpose, refused,
    row::Row,
    served::{Learns, Served},
};
use crate::{
    cli::{Exit, Terminal, failure::Failure},
    keys::Material,
    wiring::{ambient::SystemEntropy, host},
};

/// Make a new key, or bring one along.
///
/// It is published: partners can read it, and nothing is signed with it until it is promoted. Only the first key of a
/// purpose is active at once.
#[derive(Debug, Args)]
pub(super) struct Create {
    /// What it is for.
    #[arg(long, value_name = "PURPOSE", value_parser = purpose, default_value = "saml-identity-provider")]
    purpose: KeyPurpose,
    /// What kind of key: rsa-2048, rsa-3072, rsa-4096, p-256 or ed25519; by default the usual one for the purpose.
    #[arg(long, value_parser = algorithm, conflicts_with = "import")]
    algorithm: Option<KeyAlgorithm>,
    /// A PEM file with the private key (PKCS#8, without a password) and its certificate, instead of making one; only its
    /// owner may have access to it.
    #[arg(long, value_name = "FILE")]
    import: Option<PathBuf>,
    /// Print the key as JSON.
    #[arg(long)]
    json: bool,
}

fn algorithm(text: &str) -> Result<KeyAlgorithm, String> {
    KeyAlgorithm::named(text).ok_or_else(|| {
        let names = KeyAlgorithm::ALL.map(KeyAlgorithm::name);
        format!("one of: {}", names.join(", "))
    })
}

impl Create {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let (material, reason) = match &self.import {
            Some(path) => (self.brought(path)?, "key_imported"),
            None => (self.made(desk)?, "key_created"),
        };
        let entropy: &dyn Entropy = &SystemEntropy;
        let id = self.purpose.new_id(desk.now, entropy.bytes());
        let shelf = desk.shelf().await?;
        let record = shelf
            .book
            .add(id.clone(), self.purpose, material.algorithm, desk.now)
            .map_err(|fault| refused(&fault))?;
        let audit = desk.record(reason, &id, None);
        let kept = material.kept(record);
        desk.store.add_key(shelf.revision, kept, audit).await?;
        let row = Row::one(desk, &desk.shelf().await?, &id)?;
        if self.json {
            terminal.print_json(&row)?;
            return Ok(Exit::Yes);
        }
        for line in row.lines() {
            terminal.print(&line)?;
        }
        for line in next_steps(desk, &row) {
            terminal.print(&line)?;
        }
        Ok(Exit::Yes)
    }

    fn made(&self, desk: &Desk<'_>) -> Result<Material, Failure> {
        let kinds = self.purpose.algorithms();
        let algorithm = match self.algorithm {
            Some(wanted) => Some(wanted).filter(|wanted| kinds.contains(wanted)),
            None => kinds.first().copied(),
        };
        let algorithm = algorithm.ok_or_else(|| {
            let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            Failure::Usage(format!(
                "a key for {} is one of: {}",
                self.purpose,
                names.join(", ")
            ))
        })?;
        let made = Material::make(self.purpose, algorithm, host(desk.config), desk.now);
        made.map_err(|error| Failure::Unable(format!("the key could not be made: {error}")))
    }

    fn brought(&self, path: &Path) -> Result<Material, Failure> {
        let unfit = |error: &dyn Display| Failure::No(format!("{}: {error}", path.display()));
        let pem = brought::read(path).map_err(|error| unfit(&error))?;
        Material::import(self.purpose, pem.expose_secret()).map_err(|error| unfit(&error))
    }
}

/// What an administrator does next.
fn next_steps(desk: &Desk<'_>, row: &Row) -> Vec<String> {
    let id = &row.id;
    if row.state == KeyState::Active {
        return vec![format!(
            "{id} is the first key for {}: it is active {SOON}.",
            row.purpose
        )];
    }
    if row.purpose == KeyPurpose::SamlServiceProviderDecryption {
        return vec![
            format!("{id} decrypts {SOON}; our metadata still offers the one before."),
            format!("At once: vestibule key promote {id}"),
            "Then have the upstreams that encrypt read our metadata; until they have, they encrypt for the one before, which decrypts until it is retired.".to_owned(),
        ];
    }
    let mut steps = vec![format!(
        "{id} is published {SOON}; nothing is signed with it yet."
    )];
    let served = Served::all(desk.config);
    let by_hand = served
        .iter()
        .filter(|one| one.purpose == row.purpose && one.learns == Learns::ByHand);
    for one in by_hand {
        steps.push(format!(
            "The {} needs its certificate pasted (`vestibule key show {id} --certificate`); then: {}",
            one.partner,
            promote_for(id, &one.partner)
        ));
    }
    steps.push(format!("When everybody has it: vestibule key promote {id}"));
    steps
}
