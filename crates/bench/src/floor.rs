//! The bare cryptography of a login: what nobody can do without.

use std::time::Duration;

use anyhow::{Result, ensure};
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};

use crate::clock;

/// An RSA-2048 key, parsed, and what it signed.
pub(crate) struct Floor {
    key: RsaKeyPair,
    public: ParsedPublicKey,
    random: SystemRandom,
}

/// About as long as the `SignedInfo` of an assertion.
const MESSAGE: [u8; 700] = [b'x'; 700];

impl Floor {
    /// Makes the key.
    ///
    /// # Errors
    /// If AWS-LC fails.
    pub(crate) fn new() -> Result<Self> {
        let failed = |_| anyhow::anyhow!("no RSA key");
        let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
        let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
        Ok(Self {
            public: public.map_err(|error| anyhow::anyhow!("no public key: {error}"))?,
            key,
            random: SystemRandom::new(),
        })
    }

    /// One signature.
    ///
    /// # Errors
    /// If AWS-LC fails.
    pub(crate) fn sign(&self) -> Result<Vec<u8>> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        let signed = self
            .key
            .sign(&RSA_PKCS1_SHA256, &self.random, &MESSAGE, &mut signature);
        ensure!(signed.is_ok(), "no signature");
        Ok(signature)
    }

    /// CPU of one signature, and of one verification.
    ///
    /// # Errors
    /// If AWS-LC fails.
    pub(crate) fn measure(&self, repeats: u32) -> Result<(Duration, Duration)> {
        let sign = clock::each(repeats, || self.sign().map(drop))?;
        let signature = self.sign()?;
        let verify = clock::each(repeats, || {
            let good = self.public.verify_sig(&MESSAGE, &signature);
            ensure!(good.is_ok(), "a good signature was refused");
            Ok(())
        })?;
        Ok((sign, verify))
    }
}
