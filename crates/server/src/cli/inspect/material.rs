//! What messages are held against: metadata and keys, read once each.
//!
//! Owns the files, the bounds on them, and a cache per kind. An argument names a file, or holds its content: XML begins
//! with `<`, JSON with `{`, PEM with `-----BEGIN`. What cannot be read makes a line that cannot be judged; what can be read
//! and is not accepted is a verdict, with the code that the live endpoint has for it.

use std::{collections::HashMap, fs::File, hash::Hash, io::Read, rc::Rc};

use vestibule_upstream::{
    oidc::{Jwks, read_keys},
    saml::{DecryptionKey, IdpMetadata, VerifyingKey, read_metadata},
};

use super::Fault;

/// So many different files of each kind are kept; a batch that has more reads some of them again.
const KEPT: usize = 64;

/// No file is larger: as for metadata that is fetched.
const LARGEST: u64 = 2 * 1024 * 1024;

/// What PEM begins with (RFC 7468 clause 2).
const PEM: &str = "-----BEGIN";

/// Metadata and keys that were read in this run.
#[derive(Default)]
pub(super) struct Materials {
    certificates: Cache<String, VerifyingKey>,
    metadata: Cache<(String, Option<String>, Vec<String>), IdpMetadata>,
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
        let certificate = |certificate: &String| {
            let key = self.certificates.get(certificate.clone(), || {
                VerifyingKey::from_certificate_pem(&content(certificate, PEM)?)
                    .map_err(|error| Fault::Unjudged(format!("{certificate}: {error}")))
            })?;
            Ok(key.as_ref().clone())
        };
        let keys: Vec<VerifyingKey> = signed_by
            .iter()
            .map(certificate)
            .collect::<Result<_, Fault>>()?;
        let key = (
            source.to_owned(),
            entity_id.map(str::to_owned),
            signed_by.to_vec(),
        );
        self.metadata.get(key, || {
            Ok(read_metadata(&content(source, "<")?, entity_id, &keys)?)
        })
    }

    /// A provider's JWK set.
    pub(super) fn jwks(&mut self, source: &str) -> Result<Rc<Jwks>, Fault> {
        self.keys
            .get(source.to_owned(), || Ok(read_keys(&content(source, "{")?)?))
    }

    /// A decryption key of ours.
    pub(super) fn decryption_key(&mut self, source: &str) -> Result<Rc<DecryptionKey>, Fault> {
        self.decryption.get(source.to_owned(), || {
            DecryptionKey::from_pem(&content(source, PEM)?)
                .map_err(|error| Fault::Unjudged(format!("the decryption key: {error}")))
        })
    }
}

/// The content of an argument that is a file, or its content.
fn content(source: &str, mark: &str) -> Result<Vec<u8>, Fault> {
    let bare = source.trim_start_matches('\u{feff}').trim_start();
    if bare.starts_with(mark) {
        return Ok(source.as_bytes().to_vec());
    }
    let unreadable = |error| Fault::Unjudged(format!("{source}: {error}"));
    let mut bytes = Vec::new();
    File::open(source)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    Ok(bytes)
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
