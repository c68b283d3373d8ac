//! One key as it is shown.
//!
//! Owns what is told of a key: everything that is public, and nothing else.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use chrono::{DateTime, SecondsFormat, Utc};
use secrecy::ExposeSecret;
use serde::Serialize;
use vestibule_core::{
    id::KeyId,
    key::{KeyAlgorithm, KeyPurpose, KeyState, Partner},
    port::{KeptKey, KeyShelf},
};
use vestibule_downstream::{oidc, saml::pem};
use vestibule_upstream::saml::Certificate;

use super::{
    Desk,
    served::{Learns, Served},
    unpin,
};
use crate::{certificates::NearEnd, cli::failure::Failure};

/// A key without its secret.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) id: KeyId,
    pub(super) purpose: KeyPurpose,
    pub(super) algorithm: KeyAlgorithm,
    pub(super) state: KeyState,
    /// When it came into that state, or, if later, when somebody left it.
    since: String,
    /// When it last ceased to sign for somebody, if it did.
    last_left: Option<String>,
    created_at: String,
    certificate: Option<CertificateRow>,
    /// The `kid` that clients of OpenID Connect know it by.
    kid: Option<String>,
    serves: Vec<ServedRow>,
    /// Those that were chosen for it, and that it never signs for.
    chosen_in_vain: Vec<ChosenRow>,
    #[serde(skip)]
    now: DateTime<Utc>,
}

#[derive(Debug, Serialize)]
struct CertificateRow {
    ends: DateTime<Utc>,
    sha256: String,
    /// What several products call the thumbprint.
    sha1: String,
    pem: String,
}

#[derive(Debug, Serialize)]
struct ServedRow {
    #[serde(flatten)]
    partner: PartnerRow,
    learns: Learns,
}

#[derive(Debug, Serialize)]
struct ChosenRow {
    #[serde(flatten)]
    partner: PartnerRow,
    /// What it is served with keys for; none if it is not in the configuration.
    served_with: Option<KeyPurpose>,
    remedy: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum PartnerRow {
    Application(String),
    Upstream(String),
}

impl Row {
    /// All keys, by purpose; of each the active one first.
    pub(super) fn all(desk: &Desk<'_>, shelf: &KeyShelf) -> Result<Vec<Self>, Failure> {
        let served = Served::all(desk.config);
        let ordered = KeyPurpose::ALL.into_iter().flat_map(|it| shelf.book.of(it));
        ordered
            .filter_map(|record| shelf.keys.iter().find(|key| key.record.id == record.id))
            .map(|key| Self::of(desk, shelf, &served, key))
            .collect()
    }

    /// One of them.
    pub(super) fn one(desk: &Desk<'_>, shelf: &KeyShelf, id: &KeyId) -> Result<Self, Failure> {
        let found = Self::all(desk, shelf)?
            .into_iter()
            .find(|row| row.id == *id);
        found.ok_or_else(|| {
            Failure::No(format!(
                "there is no key `{id}`; `vestibule key list` shows them"
            ))
        })
    }

    fn of(
        desk: &Desk<'_>,
        shelf: &KeyShelf,
        served: &[Served],
        key: &KeptKey,
    ) -> Result<Self, Failure> {
        let record = &key.record;
        let unreadable = |error: String| Failure::Unable(format!("key `{}`: {error}", record.id));
        let certificate = key.certificate.as_deref().map(CertificateRow::of);
        let kid = (!record.purpose.has_certificate()).then(|| {
            let key = oidc::SigningKey::from_pkcs8(key.pkcs8.expose_secret());
            key.map(|key| key.kid().to_owned())
        });
        let serves = served
            .iter()
            .filter(|one| one.signed_by(&shelf.book, &record.id));
        let chosen = shelf.book.chosen_for(&record.id).into_iter();
        let chosen = chosen.map(|partner| ChosenRow::of(&partner, served, &record.id));
        let in_vain = chosen.filter(|row| row.served_with != Some(record.purpose));
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        Ok(Self {
            id: record.id.clone(),
            purpose: record.purpose,
            algorithm: record.algorithm,
            state: record.state,
            since: time(record.since),
            last_left: record.last_left().map(time),
            created_at: time(record.created_at),
            certificate: certificate.transpose().map_err(unreadable)?,
            kid: kid
                .transpose()
                .map_err(|error| unreadable(error.to_string()))?,
            serves: serves.map(ServedRow::of).collect(),
            chosen_in_vain: in_vain.collect(),
            now: desk.now,
        })
    }

    /// The certificate as it is pasted.
    pub(super) fn pem(&self) -> Option<&str> {
        Some(self.certificate.as_ref()?.pem.as_str())
    }

    /// For people: a line, and what else there is to know below it.
    pub(super) fn lines(&self) -> Vec<String> {
        let Self {
            id,
            algorithm,
            state,
            since,
            last_left,
            ..
        } = self;
        let mut lines = vec![match last_left {
            Some(left) => format!("{id}  {algorithm}  {state}, last left {left}"),
            None => format!("{id}  {algorithm}  {state} since {since}"),
        }];
        if let Some(certificate) = &self.certificate {
            let ends = certificate.ends.format("%Y-%m-%d");
            let near = NearEnd::of(certificate.ends, self.now);
            lines.push(match near {
                Some(near) => format!("  certificate {near} ({ends})"),
                None => format!("  certificate ends {ends}"),
            });
            lines.push(format!("  SHA-256 {}", certificate.sha256));
            lines.push(format!("  SHA-1   {}", certificate.sha1));
        }
        lines.extend(self.kid.iter().map(|kid| format!("  kid {kid}")));
        for served in &self.serves {
            let (partner, learns) = (&served.partner, served.learns.words());
            lines.push(match partner {
                PartnerRow::Application(id) => format!("  signs for application {id} ({learns})"),
                PartnerRow::Upstream(id) => format!("  signs for upstream {id} ({learns})"),
            });
        }
        lines.extend(self.chosen_in_vain.iter().map(ChosenRow::line));
        lines
    }
}

impl CertificateRow {
    fn of(der: &[u8]) -> Result<Self, String> {
        let read = Certificate::from_der(der).map_err(|error| error.to_string())?;
        Ok(Self {
            ends: read.not_after,
            sha256: fingerprint(digest(&SHA256, der).as_ref()),
            sha1: fingerprint(digest(&SHA1_FOR_LEGACY_USE_ONLY, der).as_ref()),
            pem: pem(der),
        })
    }
}

impl PartnerRow {
    fn of(partner: &Partner) -> Self {
        match partner {
            Partner::App(id) => Self::Application(id.to_string()),
            Partner::Upstream(id) => Self::Upstream(id.to_string()),
        }
    }
}

impl ServedRow {
    fn of(served: &Served) -> Self {
        Self {
            partner: PartnerRow::of(&served.partner),
            learns: served.learns,
        }
    }
}

impl ChosenRow {
    fn of(partner: &Partner, served: &[Served], key: &KeyId) -> Self {
        let found = served.iter().find(|one| one.partner == *partner);
        Self {
            partner: PartnerRow::of(partner),
            served_with: found.map(|one| one.purpose),
            remedy: unpin(key, partner),
        }
    }

    fn line(&self) -> String {
        let partner = match &self.partner {
            PartnerRow::Application(id) => format!("application {id}"),
            PartnerRow::Upstream(id) => format!("upstream {id}"),
        };
        let why = match self.served_with {
            Some(purpose) => format!("is served with keys for {purpose}"),
            None => "is not in the configuration, or needs no key".to_owned(),
        };
        format!(
            "  chosen for {partner} in vain, which {why}: {}",
            self.remedy
        )
    }
}

/// As `openssl x509 -fingerprint` and most screens show it.
fn fingerprint(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}
