//! What only the tests of the addresses say and read: assertions that are encrypted for us, and what the application makes
//! of our answer.

use std::sync::OnceLock;

use chrono::Utc;
use vestibule_saml::{
    binding::post,
    crypto::{
        DecryptionKey, EncryptionKey,
        generate::{CertificateProfile, RsaSize},
        sign::SigningKey,
    },
    encryption::Decryption,
    instant::Skew,
    issue::{Assertion, Encryption, Reply, Sign},
    metadata::{IdpMetadata, Source, SpMetadata},
    response::{self, Expectation, ResponseError, VerifiedAssertion},
};
use vestibule_testkit::browser::Page;

use crate::shared::messages::{ACS, APP, Asked};

impl Asked {
    /// What the identity provider says of one of the staff, encrypted for `ours`; with `spoil` done to the message.
    pub(crate) fn answered_encrypted(
        &self,
        name: &str,
        key: &SigningKey,
        ours: &EncryptionKey,
        spoil: impl FnOnce(String) -> String,
    ) -> String {
        let encryption = Encryption::with(ours.clone());
        let vouch = |reply: &Reply<'_>, assertion: &Assertion<'_>| {
            reply.vouch_encrypted(assertion, Sign::Assertion, key, &encryption)
        };
        self.posted(&spoil(self.vouched(name, "staff", vouch)))
    }
}

/// The key that our metadata as service provider offers for encryption.
pub(crate) fn offered_key(sp_metadata: &str) -> EncryptionKey {
    let read = SpMetadata::parse(&Source::trusted(sp_metadata.as_bytes())).unwrap();
    read.encryption_keys.first().unwrap().clone()
}

/// The application's key for what is encrypted for it.
pub(crate) fn app_key() -> &'static DecryptionKey {
    static KEY: OnceLock<DecryptionKey> = OnceLock::new();
    KEY.get_or_init(|| {
        let profile = CertificateProfile::starting(Utc::now(), "test application");
        DecryptionKey::generate(RsaSize::Bits2048, &profile).unwrap()
    })
}

/// The key of what the applications sign.
pub(crate) fn app_signer() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| {
        let profile = CertificateProfile::starting(Utc::now(), "test application");
        SigningKey::generate_ec_p256(&profile).unwrap()
    })
}

/// What the application makes of our answer.
pub(crate) fn verified(page: &Page, idp_metadata: &str, in_response_to: &str) -> VerifiedAssertion {
    verified_with(page, idp_metadata, in_response_to, Decryption::default()).unwrap()
}

/// The same, by an application that can decrypt.
pub(crate) fn verified_with(
    page: &Page,
    idp_metadata: &str,
    in_response_to: &str,
    decryption: Decryption<'_>,
) -> Result<VerifiedAssertion, ResponseError> {
    let form = page.message_form();
    let form = form.unwrap_or_else(|| panic!("{}", page.unlike("no message")));
    assert_eq!(form.action.as_str(), ACS);
    assert_eq!(form.value("RelayState"), Some("there"));
    let message = post::decode(form.encoded().as_bytes()).unwrap();
    let source = Source {
        xml: idp_metadata.as_bytes(),
        entity_id: None,
        trust: None,
    };
    let idp = IdpMetadata::parse(&source).unwrap();
    let expectation = Expectation {
        acs_url: ACS,
        danger_accept_sha1: false,
        decryption,
        idp_entity_id: &idp.entity_id,
        in_response_to,
        keys: &idp.signing_keys,
        now: Utc::now(),
        require_signed_response: false,
        skew: Skew::default(),
        sp_entity_id: APP,
    };
    response::verify(message.xml(), &expectation)
}
