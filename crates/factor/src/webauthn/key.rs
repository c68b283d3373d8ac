//! What is kept of a registered key, and of a ceremony that is open.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use vestibule_core::{evidence::Enrolment, id::EnrolmentId, identity::PersonId, port::FactorError};
use webauthn_rs::prelude::{
    COSEAlgorithm, COSEKey, COSEKeyType, Credential, ECDSACurve, SecurityKey,
    SecurityKeyAuthentication, SecurityKeyRegistration, Uuid,
};

use super::rejected::Rejected;
use crate::unreadable;

/// How long a ceremony may take (WebAuthn L3 section 13.4.3 asks for a bound; browsers give up sooner).
pub(super) const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// A registered key, as the enrolment keeps it.
#[derive(Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) credential: SecurityKey,
    /// The user handle that the key knows its holder by: random, and the same for all keys of a person.
    pub(super) handle: Uuid,
    /// The RP ID that the key was made for.
    pub(super) rp_id: String,
    /// How the browser may reach it.
    pub(super) transports: Vec<String>,
}

impl Key {
    /// The key of an enrolment.
    ///
    /// # Errors
    /// [`FactorError::Corrupt`].
    pub(super) fn of(enrolment: &Enrolment) -> Result<Self, FactorError> {
        enrolment.secret.read().map_err(unreadable)
    }

    pub(super) fn id(&self) -> &[u8] {
        self.credential.cred_id()
    }

    /// The signature counter of its last success.
    pub(super) fn counter(&self) -> u32 {
        Credential::from(self.credential.clone()).counter
    }
}

/// The id of the enrolment of a credential: a credential can be registered once, by whomever (attack row MF-65).
pub(super) fn enrolment_id(credential_id: &[u8]) -> EnrolmentId {
    let mut named = b"vestibule webauthn enrolment\0".to_vec();
    named.extend(credential_id);
    let mut id = [0; 16];
    for (to, from) in id.iter_mut().zip(digest(&SHA256, &named).as_ref()) {
        *to = *from;
    }
    EnrolmentId::from_bytes(id)
}

/// The algorithm and the curve of a key belong together (RFC 9053 section 2.1). The library does not look.
///
/// # Errors
/// [`Rejected::PublicKey`].
pub(super) fn check_public_key(key: &COSEKey) -> Result<(), Rejected> {
    let agree = match (&key.type_, &key.key) {
        (COSEAlgorithm::ES256, COSEKeyType::EC_EC2(key)) => key.curve == ECDSACurve::SECP256R1,
        (COSEAlgorithm::ES384, COSEKeyType::EC_EC2(key)) => key.curve == ECDSACurve::SECP384R1,
        (COSEAlgorithm::RS256, COSEKeyType::RSA(_)) => true,
        _ => false,
    };
    if agree {
        Ok(())
    } else {
        Err(Rejected::PublicKey)
    }
}

/// A ceremony that is open: kept in the login, sealed, and replaced as soon as it was answered.
#[derive(Serialize, Deserialize)]
pub(super) struct Ceremony<S> {
    /// What the library needs.
    pub(super) state: S,
    /// The challenge, as browsers write it.
    pub(super) challenge: String,
    /// For whom.
    pub(super) person: PersonId,
    /// Until when.
    pub(super) until: DateTime<Utc>,
}

impl<S> Ceremony<S> {
    /// It is this person's, and not too old.
    ///
    /// # Errors
    /// [`Rejected`].
    pub(super) fn check(&self, person: &PersonId, now: DateTime<Utc>) -> Result<(), Rejected> {
        if self.person != *person {
            Err(Rejected::Challenge)
        } else if now >= self.until {
            Err(Rejected::Expired)
        } else {
            Ok(())
        }
    }
}

/// A key is being registered.
#[derive(Serialize, Deserialize)]
pub(super) struct Registering {
    pub(super) ceremony: Ceremony<SecurityKeyRegistration>,
    pub(super) handle: Uuid,
    /// What the person has registered already.
    pub(super) known: Vec<EnrolmentId>,
    /// The name that was suggested.
    pub(super) name: String,
}

/// A key is being used.
#[derive(Serialize, Deserialize)]
pub(super) struct Using {
    pub(super) ceremony: Ceremony<SecurityKeyAuthentication>,
}

#[cfg(test)]
mod tests {
    use webauthn_rs::prelude::{COSEEC2Key, COSEOKPKey, COSERSAKey, EDDSACurve};

    use super::*;

    #[test]
    fn mf_66_algorithm_and_curve_belong_together() {
        let ec = |curve| {
            COSEKeyType::EC_EC2(COSEEC2Key {
                curve,
                x: vec![],
                y: vec![],
            })
        };
        let rsa = || {
            COSEKeyType::RSA(COSERSAKey {
                n: vec![],
                e: [1, 0, 1],
            })
        };
        let okp = |curve| COSEKeyType::EC_OKP(COSEOKPKey { curve, x: vec![] });
        for (algorithm, key, agree) in [
            (COSEAlgorithm::ES256, ec(ECDSACurve::SECP256R1), true),
            (COSEAlgorithm::ES384, ec(ECDSACurve::SECP384R1), true),
            (COSEAlgorithm::RS256, rsa(), true),
            (COSEAlgorithm::ES256, ec(ECDSACurve::SECP384R1), false),
            (COSEAlgorithm::ES384, ec(ECDSACurve::SECP256R1), false),
            (COSEAlgorithm::ES256, rsa(), false),
            (COSEAlgorithm::RS256, ec(ECDSACurve::SECP256R1), false),
            (COSEAlgorithm::ES521, ec(ECDSACurve::SECP521R1), false),
            (COSEAlgorithm::EDDSA, okp(EDDSACurve::ED25519), false),
            (COSEAlgorithm::EDDSA, okp(EDDSACurve::ED448), false),
        ] {
            let checked = check_public_key(&COSEKey {
                type_: algorithm,
                key,
            });
            assert_eq!(checked.is_ok(), agree, "{algorithm:?}");
        }
    }

    #[test]
    fn mf_65_the_id_is_the_credentials_own() {
        assert_eq!(enrolment_id(b"a"), enrolment_id(b"a"));
        assert_ne!(enrolment_id(b"a"), enrolment_id(b"b"));
    }
}
