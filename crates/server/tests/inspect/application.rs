//! An application that speaks SAML, and how it is described.

use chrono::{DateTime, Utc};
use vestibule_saml::{
    crypto::sign::SigningKey,
    metadata::{DecryptionOffer, MetadataSignature, SpDescription},
};

use super::support::pem;

pub(crate) const APP: &str = "https://app.test/saml";
pub(crate) const APP_ACS: &str = "https://app.test/saml/acs";
pub(crate) const SECOND_ACS: &str = "https://app.test/saml/acs2";

/// `SigAlg` of a query, as it is written there.
pub(crate) const SHA256: &str = "2001%2F04%2Fxmldsig-more%23rsa-sha256";
pub(crate) const SHA1: &str = "2000%2F09%2Fxmldsig%23rsa-sha1";

/// Its metadata.
pub(crate) struct Described<'a> {
    pub(crate) keys: Vec<&'a SigningKey>,
    pub(crate) requests_signed: bool,
    pub(crate) valid_until: Option<DateTime<Utc>>,
    pub(crate) signer: Option<&'a SigningKey>,
}

impl<'a> Described<'a> {
    pub(crate) fn with(keys: &[&'a SigningKey]) -> Self {
        Self {
            keys: keys.to_vec(),
            requests_signed: false,
            valid_until: None,
            signer: None,
        }
    }

    pub(crate) fn xml(&self) -> String {
        let description = SpDescription {
            entity_id: APP,
            acs_urls: vec![APP_ACS, SECOND_ACS],
            certificates: self.keys.iter().map(|key| key.certificate_der()).collect(),
            decryption: DecryptionOffer::default(),
            authn_requests_signed: self.requests_signed,
            single_logout: Vec::new(),
            name_id_formats: Vec::new(),
            valid_until: self.valid_until,
        };
        let signature = self.signer.map(|key| MetadataSignature {
            key,
            id: "_metadata-1",
        });
        description.to_xml(signature).unwrap()
    }
}

pub(crate) fn certificate(key: &SigningKey) -> String {
    pem("CERTIFICATE", key.certificate_der())
}
