//! Stores that are full before anybody logs in.
//!
//! Owns the filling: through the store's own port wherever something is sealed or chained, so that what stands there is
//! what a server of this version wrote; by SQL where a row is plain. A filled store is kept and copied, because a
//! million people take minutes.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use aws_lc_rs::digest::{Context as Digest, SHA256};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use secrecy::SecretString;
use serde::Serialize;
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    evidence::Enrolment,
    id::{AppId, EnrolmentId, FactorKind, Reference, UpstreamId},
    identity::{Person, Subject, UpstreamProof},
    port::{Answer, Commit, Commits, EnrolVerdict, EnrolmentChange, Entropy, Factor},
};
use vestibule_factor::totp::{Settings, Totp};
use vestibule_store::{MasterKey, Store, StoreConfig, StoreUrl};

use crate::{
    house::{MASTER_KEY, OIDC, ONE, SAML},
    people::{Number, SEED},
};

/// Rows in one transaction.
const BATCH: u32 = 500;
/// How many records the first person has in every log: what "the last 50 of this person" finds.
pub(crate) const LAST: u32 = 50;

/// How full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Filling {
    /// People of the SAML upstream.
    pub(crate) by_saml: u32,
    /// People of the OpenID upstream.
    pub(crate) by_oidc: u32,
    /// Audit records.
    pub(crate) records: u32,
}

/// Opens a store in a folder.
///
/// # Errors
/// If it is of another version or key.
pub(crate) async fn open(folder: &Path) -> Result<Store> {
    let url = StoreUrl::in_file(folder.join("vestibule.db"));
    let config = StoreConfig::new(url, MasterKey::from_bytes(MASTER_KEY));
    Ok(Store::open(&config).await?)
}

/// Puts a store of this filling into `folder`; made once and kept in `shelf`.
///
/// # Errors
/// If it cannot be filled.
pub(crate) async fn furnish(shelf: &Path, folder: &Path, filling: Filling) -> Result<()> {
    let kept = shelf.join(format!("{}.db", name(filling)?));
    if !kept.exists() {
        let draft = shelf.join("draft");
        if draft.exists() {
            fs::remove_dir_all(&draft)?;
        }
        fs::create_dir_all(&draft)?;
        fill(&draft, filling).await?;
        fs::rename(draft.join("vestibule.db"), &kept)?;
        fs::remove_dir_all(&draft)?;
    }
    fs::copy(&kept, folder.join("vestibule.db"))?;
    Ok(())
}

/// A store of another schema, or filled otherwise, has another name.
fn name(filling: Filling) -> Result<String> {
    /// Counts the changes to what is filled in.
    const VERSION: u8 = 1;
    let mut digest = Digest::new(&SHA256);
    digest.update(&[VERSION]);
    digest.update(serde_json::to_string(&filling)?.as_bytes());
    for file in migrations()? {
        digest.update(&fs::read(file)?);
    }
    let digest = digest.finish();
    let short = digest.as_ref().iter().take(8);
    Ok(short.map(|byte| format!("{byte:02x}")).collect())
}

fn migrations() -> Result<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
    let mut found = Vec::new();
    for folder in fs::read_dir(&root).context("the migrations")? {
        for file in fs::read_dir(folder?.path())? {
            found.push(file?.path());
        }
    }
    found.sort();
    Ok(found)
}

async fn fill(folder: &Path, filling: Filling) -> Result<()> {
    let store = open(folder).await?;
    let then = Utc::now() - TimeDelta::days(1);
    for (upstream, count) in [(SAML, filling.by_saml), (OIDC, filling.by_oidc)] {
        let upstream = UpstreamId::new(upstream)?;
        enrol(&store, &upstream, count, then).await?;
    }
    write_down(&store, filling, then).await?;
    drop(store);
    remember(&folder.join("vestibule.db"), filling, then)
}

async fn enrol(
    store: &Store,
    upstream: &UpstreamId,
    count: u32,
    then: DateTime<Utc>,
) -> Result<()> {
    for batch in batches(count) {
        let mut commit = Commit::default();
        for number in batch {
            let enrolment = enrolment(Number(number), upstream, then).await?;
            commit.enrolments.push(EnrolmentChange::Add(enrolment));
        }
        store.commit(commit).await?;
    }
    Ok(())
}

fn batches(count: u32) -> impl Iterator<Item = std::ops::Range<u32>> {
    (0..count.div_ceil(BATCH)).map(move |batch| batch * BATCH..((batch + 1) * BATCH).min(count))
}

/// Their authenticator app, set up as people do it.
///
/// # Errors
/// If the factor does not take the right code.
pub(crate) async fn enrolment(
    number: Number,
    upstream: &UpstreamId,
    then: DateTime<Utc>,
) -> Result<Enrolment> {
    let totp = Totp::new(Settings::default(), Arc::new(Seeded(number.seed())));
    let enrol = totp
        .enrol()
        .context("authenticator apps are set up inline")?;
    let person = person(number, upstream);
    let (_, memo) = enrol.begin(&person, &[], then).await?;
    let code = number.code(then.timestamp().unsigned_abs() / 30)?;
    let answer = Answer::Code(SecretString::from(code));
    let EnrolVerdict::Enrolled(new) = enrol.finish(&memo, &person, &answer, then).await? else {
        bail!("the right code was refused");
    };
    let id = EnrolmentId::from_bytes(number.bits(upstream.as_str()));
    Ok(Enrolment::new(
        id,
        person.id,
        FactorKind::totp(),
        new.label,
        new.secret,
        then,
    ))
}

/// A person, as an upstream would name them.
pub(crate) fn person(number: Number, upstream: &UpstreamId) -> Person {
    Person {
        id: number.id(upstream),
        subject: Subject::plain(number.name()),
        mail: Some(number.mail()),
        display_name: None,
        given_name: None,
        family_name: None,
        groups: Default::default(),
        upstream_proof: UpstreamProof::default(),
        attributes: Default::default(),
    }
}

/// The one seed that is asked for.
struct Seeded([u8; SEED]);

impl Entropy for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        for (to, from) in buffer.iter_mut().zip(self.0) {
            *to = from;
        }
    }
}

/// Fills the audit log with what logins write down.
async fn write_down(store: &Store, filling: Filling, then: DateTime<Utc>) -> Result<()> {
    let upstream = UpstreamId::new(SAML)?;
    let app = AppId::new(ONE)?;
    let every = (filling.records / LAST).max(1);
    for batch in batches(filling.records) {
        let mut commit = Commit::default();
        for number in batch {
            let who = if number % every == 0 {
                Number(0)
            } else {
                Number(1 + number % (filling.by_saml.max(2) - 1))
            };
            commit
                .audit
                .push(record(number, who, &upstream, &app, then));
        }
        store.commit(commit).await?;
    }
    Ok(())
}

/// What stands in the log after a login to `app`.
pub(crate) fn record(
    number: u32,
    who: Number,
    upstream: &UpstreamId,
    app: &AppId,
    at: DateTime<Utc>,
) -> AuditRecord {
    let [a, b, c, d, e, f, g, h, ..] = Number(number).bits("reference");
    AuditRecord {
        reference: Some(Reference::from_random([a, b, c, d, e, f, g, h])),
        person: Some(who.id(upstream)),
        app: Some(app.clone()),
        upstream: Some(upstream.clone()),
        factor: Some(FactorKind::totp()),
        rule: Some("Everyone else".to_owned()),
        address: who.address().parse().ok(),
        ..AuditRecord::new(at, AuditEvent::Login, AuditResult::Success)
    }
}

/// Everybody was here before. Their rows hold nothing that is sealed.
fn remember(database: &Path, filling: Filling, then: DateTime<Utc>) -> Result<()> {
    let mut connection = connect(database)?;
    // The store's own connections close by and by.
    connection.batch_execute("PRAGMA busy_timeout = 10000;")?;
    let at = then.timestamp_millis();
    for (upstream, count) in [(SAML, filling.by_saml), (OIDC, filling.by_oidc)] {
        connection.batch_execute(&format!(
            "WITH RECURSIVE everybody(number) AS \
               (SELECT 0 WHERE {count} > 0 UNION ALL SELECT number + 1 FROM everybody WHERE number + 1 < {count}) \
             INSERT INTO people (id, display_name, mail, disabled, first_seen, last_seen) \
             SELECT printf('{upstream}/person-%07d', number), 'Person ' || number, \
                    printf('person-%07d@acme.example', number), FALSE, {at}, {at} FROM everybody;"
        ))?;
    }
    // What is copied later is one file.
    connection.batch_execute("PRAGMA wal_checkpoint(TRUNCATE);")?;
    Ok(())
}

/// A bare connection, beside the store.
///
/// # Errors
/// If it cannot be opened.
pub(crate) fn connect(database: &Path) -> Result<SqliteConnection> {
    let path = database.to_str().context("a path in UTF-8")?;
    Ok(SqliteConnection::establish(path)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_all_of_them() {
        for count in [0, 1, BATCH, BATCH + 1, 3 * BATCH] {
            let all: Vec<u32> = batches(count).flatten().collect();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn another_filling_is_another_store() {
        let filling = Filling {
            by_saml: 1,
            by_oidc: 2,
            records: 3,
        };
        let other = Filling {
            records: 4,
            ..filling
        };
        assert_eq!(name(filling).unwrap(), name(filling).unwrap());
        assert_ne!(name(filling).unwrap(), name(other).unwrap());
    }
}
