//! Files and secrets that a setting names: are they there, readable, private, and what they should be?
//!
//! Owns those checks and [`SecretSource`]. A secret is never kept here: it is read when it is used.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use thiserror::Error;
use vestibule_upstream::saml::{Certificate, VerifyingKey};
use x509_parser::pem::Pem;

use super::{
    reader::{Fields, Reader},
    surroundings::{Surroundings, ThisMachine},
};
use crate::certificates::NearEnd;

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// The content of a file, without the line break at its end.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
}

/// A secret that was there when the configuration was checked is not there now, or never was.
#[derive(Debug, Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("the secret file {} cannot be read: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// It is no secret any more (attack row WA-17).
    #[error(
        "everybody on this machine can read or change {0}; take the access away: `chmod o= {0}`"
    )]
    Open(String),
    /// Nothing is in it, or it is no text.
    #[error("the secret from {0} is empty or not UTF-8")]
    Unfit(String),
    /// The variable is not set.
    #[error("the environment variable {0} is not set")]
    Variable(String),
}

impl SecretSource {
    /// Reads it now.
    ///
    /// # Errors
    /// [`SecretError`] when it is not there or is empty, or when it is a file that everybody can read.
    pub fn read(&self) -> Result<SecretString, SecretError> {
        self.read_from(&ThisMachine)
    }

    pub(super) fn read_from(
        &self,
        surroundings: &dyn Surroundings,
    ) -> Result<SecretString, SecretError> {
        let (name, text) = match self {
            Self::File(path) => {
                let content = surroundings.read(path).map_err(|cause| SecretError::File {
                    path: path.clone(),
                    cause,
                })?;
                let name = path.display().to_string();
                if is_open(surroundings, path) {
                    return Err(SecretError::Open(name));
                }
                (name, String::from_utf8(content).ok())
            }
            Self::Variable(name) => {
                let value = surroundings.variable(name);
                let value = value.ok_or_else(|| SecretError::Variable(name.clone()))?;
                (name.clone(), Some(value))
            }
        };
        let text = text.ok_or_else(|| SecretError::Unfit(name.clone()))?;
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            return Err(SecretError::Unfit(name));
        }
        Ok(SecretString::from(text))
    }
}

/// The secret that `<file_key>` or `<variable_key>` names; neither is a mistake unless `none_is_fine`.
pub(super) fn secret(
    fields: &Fields<'_>,
    file_key: &'static str,
    variable_key: &'static str,
    none_is_fine: bool,
) -> Option<SecretSource> {
    let (key, reader) = fields.exactly_one(&[file_key, variable_key], none_is_fine)?;
    let source = if key == file_key {
        SecretSource::File(private_file(&reader)?)
    } else {
        SecretSource::Variable(reader.text()?)
    };
    if let Err(error) = source.read_from(reader.surroundings()) {
        reader.mistake(
            "secret_unreadable",
            error.to_string(),
            "make it available to the service, or name another source",
        );
        return None;
    }
    Some(source)
}

/// A file that must be there.
pub(super) fn readable_file(reader: &Reader<'_>) -> Option<(PathBuf, Vec<u8>)> {
    let path = reader.resolve(&reader.text()?);
    match reader.surroundings().read(&path) {
        Ok(content) => Some((path, content)),
        Err(error) => {
            reader.mistake(
                "file_unreadable",
                format!("the file {} cannot be read: {error}", path.display()),
                "correct the path (relative paths start at the folder of this file) or the access rights",
            );
            None
        }
    }
}

/// A file that must be there and that others on the machine must not be able to read (attack row WA-17).
pub(super) fn private_file(reader: &Reader<'_>) -> Option<PathBuf> {
    let (path, _) = readable_file(reader)?;
    must_be_private(reader, &path).then_some(path)
}

/// Notes a mistake if others on the machine can read or change the file.
pub(super) fn must_be_private(reader: &Reader<'_>, path: &Path) -> bool {
    let open = is_open(reader.surroundings(), path);
    if open {
        reader.mistake(
            "not_private",
            format!(
                "everybody on this machine can read or change {}",
                path.display()
            ),
            format!("take the access away: `chmod o= {}`", path.display()),
        );
    }
    !open
}

/// Can others on the machine read or change the file?
fn is_open(surroundings: &dyn Surroundings, path: &Path) -> bool {
    surroundings.mode(path).is_ok_and(|mode| mode & 0o007 != 0)
}

/// A PEM file with at least one certificate; an end that is near or past is worth a warning.
pub(super) fn certificate_file(reader: &Reader<'_>) -> Option<PathBuf> {
    let (path, content) = readable_file(reader)?;
    let mut count = 0;
    for pem in Pem::iter_from_buffer(&content) {
        let parsed = pem.ok().filter(|pem| pem.label == "CERTIFICATE");
        let Some(pem) = parsed else {
            return not_certificates(reader, &path);
        };
        let Ok(certificate) = Certificate::from_der(&pem.contents) else {
            return not_certificates(reader, &path);
        };
        warn_of_the_end(reader, &path, &certificate);
        count += 1;
    }
    if count == 0 {
        return not_certificates(reader, &path);
    }
    Some(path)
}

/// `danger_accept_sha1`, which both sides of SAML have.
pub(super) fn accepts_sha1(fields: &Fields<'_>) -> bool {
    let Some(reader) = fields.get("danger_accept_sha1") else {
        return false;
    };
    let accepts = reader.flag().unwrap_or_default();
    if accepts {
        reader.warn(
            "accepts_sha1",
            "signatures with SHA-1 are accepted, which is broken",
            "have the counterpart sign with SHA-256, and remove this",
        );
    }
    accepts
}

/// The keys in a file as [`certificate_file`] wants it.
pub(super) fn verifying_keys(reader: &Reader<'_>) -> Option<Vec<VerifyingKey>> {
    let path = certificate_file(reader)?;
    let content = reader.surroundings().read(&path).ok()?;
    let mut keys = Vec::new();
    for pem in Pem::iter_from_buffer(&content).filter_map(Result::ok) {
        match VerifyingKey::from_certificate_der(&pem.contents) {
            Ok(key) => keys.push(key),
            Err(error) => {
                reader.mistake(
                    "unusable_key",
                    format!("the key in {} cannot be used: {error}", path.display()),
                    "give a certificate with an RSA key of 2048 bits or more, or one on P-256 or P-384",
                );
                return None;
            }
        }
    }
    Some(keys)
}

fn not_certificates(reader: &Reader<'_>, path: &Path) -> Option<PathBuf> {
    reader.mistake(
        "not_a_certificate",
        format!("{} holds no X.509 certificate in PEM form, or something else besides", path.display()),
        "give a file with `-----BEGIN CERTIFICATE-----`; convert DER with `openssl x509 -inform der -in … -out …`",
    );
    None
}

/// Notes what stands in `path` and ends soon, or has.
pub(super) fn warn_of_the_end(reader: &Reader<'_>, path: &Path, certificate: &Certificate) {
    let Some(end) = NearEnd::of(certificate.not_after, reader.surroundings().now()) else {
        return;
    };
    let (subject, path) = (&certificate.subject, path.display());
    let remedy = if end.days < 0 {
        "replace it"
    } else {
        "have a new one ready; keep both in the file while the counterpart changes over"
    };
    let reason = format!("the certificate `{subject}` in {path} {end}");
    reader.warn(end.code(), reason, remedy);
}
