//! What messages are held against: metadata and keys, read once each.
//!
//! Owns the files, the bounds on them, and a cache per kind. An argument names a file, or holds its content: XML begins
//! with `<`, JSON with `{`, and in PEM a line with `-----BEGIN`. What cannot be read makes a line that cannot be
//! judged; what can be read and is not accepted is a verdict, with the code that the live endpoint has for it.
//!
//! **Invariant:** content is never told again, and of a decryption key not even the path: who gives the key where a
//! path belongs must not find it in a log. So clap may not complain of a value that begins with `-` either.

use std::{
    collections::HashMap,
    fmt::Display,
    fs::File,
    hash::Hash,
    io::{self, Read},
    rc::Rc,
};

use chrono::{DateTime, Utc};
use serde::de::IgnoredAny;
use vestibule_downstream::saml::{
    ServiceProvider,
    captured::{Validity, read_service_provider},
};
use vestibule_upstream::{
    oidc::{Jwks, read_keys},
    saml::{DecryptionKey, IdpMetadata, VerifyingKey, read_metadata},
};

use super::{Fault, report::Rejected};

/// So many different files of each kind are kept; a batch that has more reads some of them again.
const KEPT: usize = 64;

/// No file is larger: as for metadata that is fetched.
const LARGEST: u64 = 2 * 1024 * 1024;

/// The longest path (`PATH_MAX` of Linux). What is longer is content, whatever it begins with.
const LONGEST_PATH: usize = 4096;

/// What a line of PEM begins with; explanatory text may stand before it (RFC 7468 clauses 2 and 5.2).
const PEM: &str = "-----BEGIN";

/// Metadata: where it is, the entity that is meant, and the certificates whose keys may have signed it.
type Source = (String, Option<String>, Vec<String>);

/// Metadata and keys that were read in this run.
#[derive(Default)]
pub(super) struct Materials {
    applications: Cache<Source, (ServiceProvider, Validity)>,
    certificates: Cache<(&'static str, String), VerifyingKey>,
    metadata: Cache<Source, IdpMetadata>,
    keys: Cache<String, Jwks>,
    decryption: Cache<String, DecryptionKey>,
}

impl Materials {
    /// The metadata of an identity provider: of the one in the file, or of the one with that entity ID; signed with the
    /// key of one of these certificates, unless there is none.
    pub(super) fn metadata(
        &mut self,
        source: &str,
        entity_id: Option<&str>,
        signed_by: &[String],
    ) -> Result<Rc<IdpMetadata>, Fault> {
        let keys = self.certificates(SIGNED_BY, signed_by)?;
        let key = (
            source.to_owned(),
            entity_id.map(str::to_owned),
            signed_by.to_vec(),
        );
        self.metadata.get(key, || {
            let xml = content("idp_metadata", source, "<")?;
            read_metadata(&xml, entity_id, &keys).map_err(|rejection| match rejection.code {
                "xml_malformed" => another_file("idp_metadata", source, "<", &rejection),
                _ => rejection.into(),
            })
        })
    }

    /// An application, as its metadata describes it; in the same way. It must hold at that moment.
    pub(super) fn service_provider(
        &mut self,
        source: &str,
        entity_id: Option<&str>,
        signed_by: &[String],
        now: DateTime<Utc>,
    ) -> Result<ServiceProvider, Fault> {
        let keys = self.certificates(SIGNED_BY, signed_by)?;
        let key = (
            source.to_owned(),
            entity_id.map(str::to_owned),
            signed_by.to_vec(),
        );
        let described = self.applications.get(key, || {
            let xml = content(SP_METADATA, source, "<")?;
            read_service_provider(&xml, entity_id, &keys).map_err(|error| match error.code {
                "xml_malformed" => another_file(SP_METADATA, source, "<", &error),
                code => refused_metadata(code, &error),
            })
        })?;
        let (sp, validity) = described.as_ref();
        validity
            .check(now)
            .map_err(|error| refused_metadata(error.code(), &error))?;
        Ok(sp.clone())
    }

    /// The keys of certificates.
    pub(super) fn certificates(
        &mut self,
        argument: &'static str,
        sources: &[String],
    ) -> Result<Vec<VerifyingKey>, Fault> {
        let certificate = |source: &String| {
            let key = self.certificates.get((argument, source.clone()), || {
                VerifyingKey::from_certificate_pem(&content(argument, source, PEM)?)
                    .map_err(|error| unusable(argument, told(source), &error))
            })?;
            Ok(key.as_ref().clone())
        };
        sources.iter().map(certificate).collect()
    }

    /// A provider's JWK set.
    pub(super) fn jwks(&mut self, source: &str) -> Result<Rc<Jwks>, Fault> {
        self.keys.get(source.to_owned(), || {
            let set = content("jwks", source, "{")?;
            let is_json = || serde_json::from_slice::<IgnoredAny>(&set).is_ok();
            read_keys(&set).map_err(|rejection| match rejection.code {
                "jwks_malformed" if !is_json() => another_file("jwks", source, "{", &rejection),
                _ => rejection.into(),
            })
        })
    }

    /// A decryption key of ours.
    pub(super) fn decryption_key(&mut self, source: &str) -> Result<Rc<DecryptionKey>, Fault> {
        self.decryption.get(source.to_owned(), || {
            DecryptionKey::from_pem(&content(DECRYPTION_KEY, source, PEM)?)
                .map_err(|error| unusable(DECRYPTION_KEY, None, &error))
        })
    }
}

/// The metadata of applications.
const SP_METADATA: &str = "sp_metadata";

/// What metadata is signed with.
const SIGNED_BY: &str = "metadata_signed_by";

/// The argument that holds a secret.
const DECRYPTION_KEY: &str = "sp_key";

/// What is no XML or no JSON at all is not what a provider publishes but another file: no verdict on a message.
fn another_file(argument: &'static str, source: &str, mark: &str, error: &dyn Display) -> Fault {
    let path = told(source).filter(|path| !is_content(path, mark));
    unusable(argument, path, error)
}

fn refused_metadata(code: &'static str, error: &dyn Display) -> Fault {
    Fault::Rejected(Rejected {
        code,
        detail: format!("its metadata: {error}"),
    })
}

/// The content of an argument that is a file, or its content.
fn content(argument: &'static str, source: &str, mark: &str) -> Result<Vec<u8>, Fault> {
    let bare = source.trim_start_matches('\u{feff}');
    if is_content(bare, mark) {
        return Ok(bare.as_bytes().to_vec());
    }
    let path = told(source).filter(|_| argument != DECRYPTION_KEY);
    let unreadable = |error: io::Error| unusable(argument, path, &error);
    let mut bytes = Vec::new();
    File::open(source)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    Ok(bytes)
}

fn is_content(source: &str, mark: &str) -> bool {
    let begins = |line: &str| line.trim_start().starts_with(mark);
    // `openssl pkcs12` writes "Bag Attributes" before the key.
    begins(source) || mark == PEM && source.split(['\n', '\r']).any(begins)
}

/// A path as it may be told; not what looks as if it were content.
fn told(source: &str) -> Option<&str> {
    let is_path =
        source.len() <= LONGEST_PATH && !source.contains(char::is_control) && !source.contains(PEM);
    is_path.then_some(source)
}

fn unusable(argument: &'static str, path: Option<&str>, error: &dyn Display) -> Fault {
    let place = path.map(|path| format!("{path}: ")).unwrap_or_default();
    Fault::Unusable {
        argument,
        why: format!("cannot be used: {place}{error}"),
    }
}

/// The outcomes of reading, bounded.
struct Cache<K, V>(HashMap<K, Result<Rc<V>, Fault>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash, V> Cache<K, V> {
    fn get(&mut self, key: K, read: impl FnOnce() -> Result<V, Fault>) -> Result<Rc<V>, Fault> {
        if let Some(known) = self.0.get(&key) {
            return known.clone();
        }
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        let outcome = read().map(Rc::new);
        self.0.insert(key, outcome.clone());
        outcome
    }
}
