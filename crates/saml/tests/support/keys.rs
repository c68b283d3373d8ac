//! Keys of the parties, made once for each run.

use std::sync::OnceLock;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
        RSA_PKCS1_SHA512, RsaKeyPair,
    },
};
use rcgen::{
    CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, PublicKeyData as _,
};
use vestibule_saml::crypto::VerifyingKey;

pub(crate) struct TestKey {
    private: Private,
    pub(crate) certificate: Vec<u8>,
    pub(crate) certificate_pem: String,
    pub(crate) public_pem: String,
    pub(crate) public_der: Vec<u8>,
    pub(crate) verifying: VerifyingKey,
}

enum Private {
    Ec(Box<EcdsaKeyPair>),
    Rsa(Box<RsaKeyPair>),
}

impl TestKey {
    fn make(pair: &KeyPair, private: Private, params: CertificateParams) -> Self {
        let certificate = params.self_signed(pair).unwrap();
        Self {
            private,
            verifying: VerifyingKey::from_certificate_der(certificate.der()).unwrap(),
            certificate: certificate.der().to_vec(),
            certificate_pem: certificate.pem(),
            public_pem: pair.public_key_pem(),
            public_der: pair.subject_public_key_info(),
        }
    }

    pub(crate) fn rsa(params: CertificateParams) -> Self {
        let pair = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
        let private = Private::Rsa(Box::new(
            RsaKeyPair::from_pkcs8(&pair.serialize_der()).unwrap(),
        ));
        Self::make(&pair, private, params)
    }

    pub(crate) fn ec() -> Self {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let private =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pair.serialize_der())
                .unwrap();
        Self::make(&pair, Private::Ec(Box::new(private)), named("ec.test"))
    }

    /// Signs with the algorithm of that XML identifier, or with the key's usual one if it is none that we can make.
    pub(crate) fn sign(&self, method: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.private {
            Private::Ec(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Private::Rsa(key) => {
                let padding = match method.rsplit('#').next() {
                    Some("rsa-sha384") => &RSA_PKCS1_SHA384,
                    Some("rsa-sha512") => &RSA_PKCS1_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut value = vec![0; key.public_modulus_len()];
                key.sign(padding, &random, message, &mut value).unwrap();
                value
            }
        }
    }
}

pub(crate) fn named(name: &str) -> CertificateParams {
    CertificateParams::new([name.to_owned()]).unwrap()
}

macro_rules! key {
    ($(#[$doc:meta])* $name:ident, $make:expr) => {
        $(#[$doc])*
        pub(crate) fn $name() -> &'static TestKey {
            static KEY: OnceLock<TestKey> = OnceLock::new();
            KEY.get_or_init(|| $make)
        }
    };
}

key!(
    /// The identity provider that was asked.
    idp,
    TestKey::rsa(named("idp.test"))
);
key!(
    /// The attacker, who trusts only himself.
    attacker,
    TestKey::rsa(named("attacker.test"))
);
key!(
    /// The identity provider's elliptic-curve key.
    idp_ec,
    TestKey::ec()
);
