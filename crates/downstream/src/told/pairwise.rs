//! Pairwise names: the same person has another one at each application, or in each sector, so that two of them cannot find
//! out that they speak of one person (SAML core 8.3.7, OpenID Connect Core 8.1).
//!
//! Owns the key, and how both protocols derive a name with it; neither finds out the names of the other. Does not own who
//! gets such a name, nor what a sector is. **Invariant:** applications keep these names, so no derivation ever changes.

use std::fmt;

use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use vestibule_core::identity::PersonId;

/// How many bytes of a SAML name are written: 160 bits, as applications with short columns can keep.
const SAML_BYTES: usize = 20;

/// Makes pairwise names: nobody without it can tell who somebody is, or whether two applications know the same person.
#[derive(Clone)]
pub struct PairwiseKey(hmac::Key);

impl PairwiseKey {
    /// Takes 256 random bits that serve nothing else. With another key everybody gets another name.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The person's name for the SAML application of this entity ID: 40 hexadecimal digits, which survive an application
    /// that folds case.
    ///
    /// Neither of the two texts can hold the zero byte that parts them: one is written in XML, the other holds no
    /// control character.
    pub(crate) fn saml_name(&self, entity_id: &str, person: &PersonId) -> String {
        let text = format!("saml name\0{entity_id}\0{person}");
        let tag = hmac::sign(&self.0, text.as_bytes());
        let bytes = tag.as_ref().iter().take(SAML_BYTES);
        bytes.map(|byte| format!("{byte:02x}")).collect()
    }

    /// The person's `sub` in this sector: 43 characters of base64url.
    pub(crate) fn oidc_subject(&self, sector: &str, person: &PersonId) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"pairwise subject v1\0");
        // The length in front keeps apart what would read the same when joined.
        context.update(&(sector.len() as u64).to_be_bytes());
        context.update(sector.as_bytes());
        context.update(person.to_string().as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(context.sign())
    }
}

impl fmt::Debug for PairwiseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PairwiseKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::conformance::person;

    #[test]
    fn names_are_stable_and_differ_by_protocol_sector_person_and_key() {
        let (key, alice) = (PairwiseKey::new(&[7; 32]), person().id);
        let of =
            |key: &PairwiseKey, to: &str| [key.saml_name(to, &alice), key.oidc_subject(to, &alice)];
        let names = of(&key, "https://wiki.test");
        // What applications keep must be the same for ever, so it is written down.
        assert_eq!(
            names,
            [
                "f04f9a58c7d1f33dcfce373393bacdc12153f261",
                "YNVmlh6dupMMatpTlS2Zd0A86YCVnyZUbtskmwVLjew"
            ]
        );
        let other_key = PairwiseKey::new(&[8; 32]);
        let all = [
            names,
            of(&key, "https://wiki.tes"),
            of(&other_key, "https://wiki.test"),
        ];
        let distinct: BTreeSet<String> = all.into_iter().flatten().collect();
        assert_eq!(distinct.len(), 6, "{distinct:?}");
        assert!(!format!("{key:?}").contains('7'));
    }
}
