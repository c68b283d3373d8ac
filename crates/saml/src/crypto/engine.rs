//! The engine in use: exclusive canonicalization by bergshamra; digests, signature values and ciphers by AWS-LC.
//!
//! Owns: turning a checked shape into verified bytes. Does not own: finding anything. It resolves no reference, looks
//! at no `ds:KeyInfo` and opens no file or socket; it is handed the elements and the keys.

use bergshamra_c14n::{C14nMode, C14nSink};
use bergshamra_xml::nodeset::{NodeIdSet, NodeSet, NodeSetType};
use uppsala::NodeKind;

use super::{
    CryptoError, DataCipher, DecryptionKey, Encrypted, EncryptionKey, Enveloped, KeyTransport,
    SignedBytes, VerifyingKey, XmlCrypto, cipher,
};
use crate::xml::Element;

/// The engine that the rest of the crate uses.
pub const ENGINE: &dyn XmlCrypto = &Bergshamra;

/// Exclusive canonicalization by bergshamra on AWS-LC's digests and signatures.
#[derive(Debug, Clone, Copy)]
pub struct Bergshamra;

impl XmlCrypto for Bergshamra {
    fn canonicalize(&self, element: Element<'_>) -> Result<Vec<u8>, CryptoError> {
        canonicalize(element, None, &[])
    }

    fn verify(
        &self,
        signature: &Enveloped<'_>,
        keys: &[VerifyingKey],
    ) -> Result<SignedBytes, CryptoError> {
        // The value is checked before the digest: who holds no key gets no work out of us for a large element.
        let signed_info =
            canonicalize(signature.signed_info, None, &signature.signed_info_prefixes)?;
        VerifyingKey::verify_any(keys, signature.algorithm, &signed_info, &signature.value)?;

        let algorithm = signature.digest_algorithm;
        if algorithm.digest(b"").as_ref() == signature.digest {
            return Err(CryptoError::EmptyDigest);
        }
        let bytes = canonicalize(
            signature.element,
            Some(signature.signature),
            &signature.element_prefixes,
        )?;
        if algorithm.digest(&bytes).as_ref() != signature.digest {
            return Err(CryptoError::Digest);
        }
        let limits = signature.element.document().limits().canonical();
        Ok(SignedBytes::assert_verified(bytes, limits))
    }

    fn decrypt(
        &self,
        encrypted: &Encrypted,
        keys: &[DecryptionKey],
    ) -> Result<Vec<u8>, CryptoError> {
        cipher::decrypt(encrypted, keys)
    }

    fn encrypt(
        &self,
        plaintext: &[u8],
        recipient: &EncryptionKey,
        cipher: DataCipher,
        transport: KeyTransport,
    ) -> Result<Encrypted, CryptoError> {
        cipher::encrypt(plaintext, recipient, cipher, transport)
    }
}

/// The exclusive canonical form of `element`, without comments, leaving out the subtree `without`.
///
/// Empty output is an error, never a value: a verifier that digests nothing accepts anything (CVE-2025-66568).
fn canonicalize(
    element: Element<'_>,
    without: Option<Element<'_>>,
    inclusive_prefixes: &[&str],
) -> Result<Vec<u8>, CryptoError> {
    let document = element.document();
    let mut sink = BoundedSink {
        bytes: Vec::new(),
        limit: document.limits().canonical().bytes,
        overflow: false,
    };
    bergshamra_c14n::canonicalize_doc_to(
        document.tree(),
        C14nMode::Exclusive,
        Some(&subtree(element, without)),
        inclusive_prefixes,
        &mut sink,
    )
    .map_err(|_| CryptoError::Canonicalization)?;
    if sink.overflow || sink.bytes.is_empty() {
        return Err(CryptoError::Canonicalization);
    }
    Ok(sink.bytes)
}

/// The nodes below and including `element`, without comments and without the subtree `without`.
fn subtree(element: Element<'_>, without: Option<Element<'_>>) -> NodeSet {
    let tree = element.document().tree();
    let left_out = without.map(|it| it.node());
    let mut nodes = NodeIdSet::default();
    let mut pending = vec![element.node()];
    while let Some(node) = pending.pop() {
        if Some(node) == left_out || matches!(tree.node_kind(node), Some(NodeKind::Comment(_))) {
            continue;
        }
        nodes.insert(node.index());
        pending.extend(tree.children_iter(node));
    }
    NodeSet::from_ids(nodes, NodeSetType::Normal)
}

/// Collects canonical bytes up to a limit. Beyond it nothing is kept: repeated namespace declarations could otherwise
/// turn a small document into gigabytes.
struct BoundedSink {
    bytes: Vec<u8>,
    limit: usize,
    overflow: bool,
}

impl C14nSink for BoundedSink {
    fn write(&mut self, bytes: &[u8]) {
        if self.overflow || self.bytes.len().saturating_add(bytes.len()) > self.limit {
            self.overflow = true;
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }
}
