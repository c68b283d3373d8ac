//! Security keys and passkeys, as a second factor (WebAuthn Level 3).
//!
//! Owns both ceremonies, a registered key and its counter. The verification itself is done by `webauthn-rs`; what that
//! library is more generous with than a relying party may be is decided before it is asked (see `client_data`,
//! `authenticator_data`, `cbor`). Does not own the browser's side, nor attempts: a signature cannot be guessed.
//!
//! **Invariant:** an answer counts for the ceremony that is open in this login, for this person, once: right or wrong,
//! the challenge is used up by the verdict. A key counts only if it is this person's, usable, and its counter went on.

mod answer;
mod authenticator_data;
mod cbor;
mod client_data;
mod key;
mod label;
mod options;
mod rejected;
mod settings;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use vestibule_core::{
    evidence::{Enrolment, Role, Strength, Traits},
    id::FactorKind,
    identity::Person,
    port::{
        Answer, CredentialJson, Enrol, EnrolVerdict, Entropy, Factor, FactorError, NewEnrolment,
        Prompt, Verdict,
    },
    request::Memo,
};
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{Uuid, WebauthnError},
};

use self::{
    answer::{Assertion, Registration},
    client_data::Expected,
    key::{Ceremony, Key, Registering, Using},
};
pub use self::{
    rejected::Rejected,
    settings::{Settings, SettingsError, UserVerification},
};
use crate::unreadable;

/// Security keys and passkeys.
pub struct WebAuthn {
    traits: Traits,
    settings: Settings,
    library: Webauthn,
    entropy: Arc<dyn Entropy>,
}

impl WebAuthn {
    /// Keys that are registered for another RP ID cannot be used any more: they answer for their own only.
    ///
    /// # Errors
    /// [`SettingsError`], should the library refuse what the settings let through.
    pub fn new(settings: Settings, entropy: Arc<dyn Entropy>) -> Result<Self, SettingsError> {
        let library = WebauthnBuilder::new(&settings.rp_id, &settings.origin)
            .and_then(|builder| builder.rp_name(&settings.product).build())
            .map_err(|_| SettingsError::NotASuffix {
                rp_id: settings.rp_id.clone(),
                host: settings.origin.to_string(),
            })?;
        Ok(Self {
            traits: Traits {
                kind: FactorKind::webauthn(),
                // RFC 8176: possession of a key was proved. Without attestation nobody knows whether it is in hardware.
                amr: &["pop"],
                role: Role::Primary,
                strength: Strength::PhishingResistant,
                enrols_inline: true,
            },
            settings,
            library,
            entropy,
        })
    }

    fn judge_use(
        &self,
        using: &Using,
        who: &Person,
        enrolled: &[Enrolment],
        json: &CredentialJson,
        now: DateTime<Utc>,
    ) -> Result<Enrolment, Judged> {
        using.ceremony.check(&who.id, now)?;
        let origin = self.settings.origin();
        let expected = Expected {
            ceremony: "webauthn.get",
            challenge: &using.ceremony.challenge,
            origin: &origin,
        };
        let assertion = Assertion::read(json, &expected)?;
        let result = self
            .library
            .finish_securitykey_authentication(&assertion.credential, &using.ceremony.state)
            .map_err(Rejected::from)?;
        // What the challenge was put to may have been removed, disabled or used since; as it is now counts.
        let id = key::enrolment_id(&assertion.credential_id);
        let enrolment = enrolled
            .iter()
            .find(|enrolment| enrolment.id == id && enrolment.person == who.id)
            .ok_or(Rejected::UnknownCredential)?;
        let mut key = Key::of(enrolment)?;
        if key.id() != assertion.credential_id {
            return Err(Rejected::UnknownCredential.into());
        }
        let handle = assertion.user_handle.as_deref();
        if handle.is_some_and(|handle| handle != key.handle.as_bytes()) {
            return Err(Rejected::UserHandle.into());
        }
        if self.must_verify() && !result.user_verified() {
            return Err(Rejected::UserNotVerified.into());
        }
        let (before, after) = (key.counter(), result.counter());
        if (before, after) != (0, 0) && after <= before {
            return Err(Rejected::CloneSuspected.into());
        }
        key.credential.update_credential(&result);
        Ok(Enrolment {
            secret: Memo::of(&key).map_err(unreadable)?,
            last_used_at: Some(now),
            ..enrolment.clone()
        })
    }

    fn judge_registration(
        &self,
        registering: &Registering,
        who: &Person,
        (json, name): (&CredentialJson, Option<&str>),
        now: DateTime<Utc>,
    ) -> Result<NewEnrolment, Judged> {
        registering.ceremony.check(&who.id, now)?;
        let label = label::chosen(name, &registering.name)?;
        let origin = self.settings.origin();
        let expected = Expected {
            ceremony: "webauthn.create",
            challenge: &registering.ceremony.challenge,
            origin: &origin,
        };
        let registration = Registration::read(json, &expected)?;
        let id = key::enrolment_id(&registration.credential_id);
        if registering.known.contains(&id) {
            return Err(Rejected::AlreadyRegistered.into());
        }
        let state = &registering.ceremony.state;
        let credential = self
            .library
            .finish_securitykey_registration(&registration.credential, state)
            .map_err(Rejected::from)?;
        key::check_public_key(&webauthn_rs::prelude::Credential::from(credential.clone()).cred)?;
        if self.must_verify() && !registration.user_verified {
            return Err(Rejected::UserNotVerified.into());
        }
        let key = Key {
            credential,
            handle: registering.handle,
            rp_id: self.settings.rp_id.clone(),
            transports: registration.transports,
        };
        Ok(NewEnrolment {
            id,
            label,
            secret: Memo::of(&key).map_err(unreadable)?,
            // The holder has just touched it. That the key can sign is not proved without attestation; but who can lie
            // about that could register a key of their own making as well.
            proven: true,
        })
    }

    fn must_verify(&self) -> bool {
        self.settings.user_verification == UserVerification::Required
    }

    /// The keys that were made for the RP ID of today.
    fn keys_of_today(
        &self,
        enrolled: &[Enrolment],
    ) -> Result<(Vec<Key>, Vec<String>), FactorError> {
        let mut keys = Vec::new();
        let mut names = Vec::new();
        for enrolment in enrolled {
            let key = Key::of(enrolment)?;
            if key.rp_id == self.settings.rp_id {
                keys.push(key);
                names.push(enrolment.label.clone());
            }
        }
        Ok((keys, names))
    }
}

#[async_trait]
impl Factor for WebAuthn {
    fn traits(&self) -> &Traits {
        &self.traits
    }

    async fn challenge(
        &self,
        who: &Person,
        enrolled: &[Enrolment],
        now: DateTime<Utc>,
    ) -> Result<(Prompt, Memo), FactorError> {
        let (keys, names) = self.keys_of_today(enrolled)?;
        if keys.is_empty() {
            return Err(FactorError::Orphaned(format!(
                "no key of this person was made for the RP ID `{}`",
                self.settings.rp_id
            )));
        }
        let credentials: Vec<_> = keys.iter().map(|key| key.credential.clone()).collect();
        let (asked, state) = self
            .library
            .start_securitykey_authentication(&credentials)
            .map_err(|error| no_ceremony(&error))?;
        let verification = self.settings.user_verification;
        let prompt = Prompt::WebAuthn {
            options: options::request(&asked.public_key, &keys, verification)?,
            names,
        };
        let using = Using {
            ceremony: Ceremony {
                state,
                challenge: answer::text(&asked.public_key.challenge),
                person: who.id.clone(),
                until: now + key::LIFETIME,
            },
        };
        Ok((prompt, Memo::of(&using).map_err(unreadable)?))
    }

    async fn verify(
        &self,
        memo: &Memo,
        who: &Person,
        enrolled: &[Enrolment],
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<Verdict, FactorError> {
        let Answer::WebAuthn { credential, .. } = answer else {
            return Err(FactorError::WrongForm);
        };
        let using: Using = memo.read().map_err(unreadable)?;
        match self.judge_use(&using, who, enrolled, credential, now) {
            Ok(used) => Ok(Verdict::Passed(Box::new(used))),
            Err(Judged::Rejected(why)) => Ok(Verdict::Spent(why.code())),
            Err(Judged::Failed(error)) => Err(error),
        }
    }

    fn enrol(&self) -> Option<&dyn Enrol> {
        Some(self)
    }
}

#[async_trait]
impl Enrol for WebAuthn {
    async fn begin(
        &self,
        who: &Person,
        enrolled: &[Enrolment],
        now: DateTime<Utc>,
    ) -> Result<(Prompt, Memo), FactorError> {
        let (keys, _) = self.keys_of_today(enrolled)?;
        // One handle for all keys of a person, and nothing that tells who it is (WebAuthn L3 section 14.6.1).
        let handle = match keys.first() {
            Some(key) => key.handle,
            None => Uuid::from_bytes(self.entropy.bytes()),
        };
        let excluded = keys.iter().map(|key| key.id().to_vec()).collect();
        let account = who.mail.as_deref().unwrap_or_else(|| who.label());
        let (asked, state) = self
            .library
            .start_securitykey_registration(
                handle,
                account,
                who.label(),
                Some(excluded),
                None,
                None,
            )
            .map_err(|error| no_ceremony(&error))?;
        let verification = self.settings.user_verification;
        let name = label::suggested(enrolled);
        let prompt = Prompt::RegisterWebAuthn {
            options: options::creation(&asked.public_key, &keys, verification)?,
            name: name.clone(),
        };
        let registering = Registering {
            ceremony: Ceremony {
                state,
                challenge: answer::text(&asked.public_key.challenge),
                person: who.id.clone(),
                until: now + key::LIFETIME,
            },
            handle,
            known: enrolled.iter().map(|enrolment| enrolment.id).collect(),
            name,
        };
        Ok((prompt, Memo::of(&registering).map_err(unreadable)?))
    }

    async fn finish(
        &self,
        memo: &Memo,
        who: &Person,
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<EnrolVerdict, FactorError> {
        let Answer::WebAuthn { credential, name } = answer else {
            return Err(FactorError::WrongForm);
        };
        let registering: Registering = memo.read().map_err(unreadable)?;
        match self.judge_registration(&registering, who, (credential, name.as_deref()), now) {
            Ok(new) => Ok(EnrolVerdict::Enrolled(new)),
            Err(Judged::Rejected(why)) => Ok(EnrolVerdict::Spent(why.code())),
            Err(Judged::Failed(error)) => Err(error),
        }
    }
}

/// Why an answer gives no pass.
enum Judged {
    /// There is no verdict.
    Failed(FactorError),
    /// It is wrong.
    Rejected(Rejected),
}

impl From<FactorError> for Judged {
    fn from(error: FactorError) -> Self {
        Self::Failed(error)
    }
}

impl From<Rejected> for Judged {
    fn from(why: Rejected) -> Self {
        Self::Rejected(why)
    }
}

fn no_ceremony(cause: &WebauthnError) -> FactorError {
    FactorError::Corrupt(format!("no ceremony could be begun: {cause}"))
}

#[cfg(test)]
mod tests;
