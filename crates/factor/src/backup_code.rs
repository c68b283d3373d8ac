//! Printed one-time codes: the way back in when the device is lost.
//!
//! Owns a set of ten codes and what is kept of them. Does not own notices ("a backup code was used") nor the race
//! between parallel answers: each answer that is right returns the set without its code, and the store lets one of them
//! replace the set that was read.
//!
//! **How codes are kept.** A code has 50 random bits. Kept is HMAC-SHA-256 of it, under a random 256-bit key of the
//! set's own which lies in the same memo, and the store seals the memo with the master key. So a stolen database yields
//! nothing to guess at; codes never stand in the clear in a memo, a dump or a debugger's window; and equal codes of two
//! sets look different. Somebody who has the database *and* the master key could try 2^50 codes, but reads the seeds of
//! the authenticator apps and our signing keys in the same minute: a slow hash (Argon2id) would not keep them out, and
//! would give everybody else a way to keep our processors busy with wrong codes (attack row WA-21).

use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use vestibule_core::{
    evidence::{Enrolment, Role, Strength, Traits},
    id::{EnrolmentId, FactorKind},
    identity::Person,
    port::{
        Answer, Enrol, EnrolVerdict, Entropy, Factor, FactorError, NewEnrolment, Prompt, Verdict,
    },
    request::Memo,
};
use zeroize::Zeroizing;

use crate::{CODE_WRONG, nothing_enrolled, unreadable};

/// How many codes a new set has.
pub const CODES: usize = 10;

/// Crockford's base 32: no letter that could be read as another one.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of a code, five bits each.
const LETTERS: usize = 10;
/// Letters of a group.
const GROUP: usize = 5;

/// The name of a new enrolment.
const LABEL: &str = "Backup codes";

/// Printed one-time codes.
pub struct BackupCode {
    traits: Traits,
    entropy: Arc<dyn Entropy>,
}

impl BackupCode {
    /// Codes are made from this entropy.
    #[must_use]
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self {
            traits: Traits {
                kind: FactorKind::backup_code(),
                amr: &["otp"],
                role: Role::Recovery,
                strength: Strength::OneTimeCode,
                enrols_inline: true,
            },
            entropy,
        }
    }
}

/// Makes a new set: the codes to hand over once, and what an enrolment keeps of them. Whatever set was kept before is
/// void as soon as this one stands in its place.
///
/// # Errors
/// [`FactorError::Corrupt`] if the set cannot be written down.
pub fn fresh_set(entropy: &(dyn Entropy + 'static)) -> Result<(Vec<String>, Memo), FactorError> {
    let key = Zeroizing::new(entropy.bytes::<32>());
    let signer = hmac::Key::new(hmac::HMAC_SHA256, key.as_ref());
    let mut codes = Vec::with_capacity(CODES);
    let mut tags = Vec::with_capacity(CODES);
    for _ in 0..CODES {
        let letters = letters_from(entropy.bytes());
        tags.push(BASE64_STANDARD.encode(hmac::sign(&signer, letters.as_bytes())));
        let (first, second) = letters.split_at(GROUP);
        codes.push(format!("{first}-{second}"));
    }
    let set = Set {
        key: BASE64_STANDARD.encode(key.as_ref()),
        tags,
    };
    Ok((codes, Memo::of(&set).map_err(unreadable)?))
}

/// How many codes of a set are left.
///
/// # Errors
/// [`FactorError::Corrupt`] if this is not the memo of a set.
pub fn left(secret: &Memo) -> Result<usize, FactorError> {
    let set: Set = secret.read().map_err(unreadable)?;
    Ok(set.tags.len())
}

#[async_trait]
impl Factor for BackupCode {
    fn traits(&self) -> &Traits {
        &self.traits
    }

    fn uses_left(&self, enrolled: &Enrolment) -> Option<usize> {
        left(&enrolled.secret).ok()
    }

    async fn challenge(
        &self,
        _who: &Person,
        enrolled: &[Enrolment],
        _now: DateTime<Utc>,
    ) -> Result<(Prompt, Memo), FactorError> {
        let set = enrolled.first().ok_or_else(nothing_enrolled)?;
        // Read already here, so that a damaged set is not offered.
        left(&set.secret)?;
        let prompt = Prompt::Code {
            digits: None,
            hint: set.label.clone(),
        };
        Ok((prompt, Memo::default()))
    }

    async fn verify(
        &self,
        _memo: &Memo,
        _who: &Person,
        enrolled: &[Enrolment],
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<Verdict, FactorError> {
        let Answer::Code(typed) = answer else {
            return Err(FactorError::WrongForm);
        };
        for codes in enrolled {
            let set: Set = codes.secret.read().map_err(unreadable)?;
            if let Some(rest) = set.without(typed.expose_secret())? {
                return Ok(Verdict::Passed(Box::new(Enrolment {
                    secret: Memo::of(&rest).map_err(unreadable)?,
                    spent: rest.tags.is_empty(),
                    last_used_at: Some(now),
                    ..codes.clone()
                })));
            }
        }
        Ok(Verdict::Wrong(CODE_WRONG))
    }

    fn enrol(&self) -> Option<&dyn Enrol> {
        Some(self)
    }
}

#[async_trait]
impl Enrol for BackupCode {
    async fn begin(
        &self,
        _who: &Person,
        enrolled: &[Enrolment],
        _now: DateTime<Utc>,
    ) -> Result<(Prompt, Memo), FactorError> {
        let (codes, memo) = fresh_set(&*self.entropy)?;
        let replaces = enrolled.iter().any(Enrolment::is_usable);
        Ok((Prompt::SaveCodes { codes, replaces }, memo))
    }

    async fn finish(
        &self,
        memo: &Memo,
        _who: &Person,
        answer: &Answer,
        _now: DateTime<Utc>,
    ) -> Result<EnrolVerdict, FactorError> {
        let Answer::Confirmed = answer else {
            return Err(FactorError::WrongForm);
        };
        left(memo)?;
        Ok(EnrolVerdict::Enrolled(NewEnrolment {
            id: EnrolmentId::from_bytes(self.entropy.bytes()),
            label: LABEL.to_owned(),
            secret: memo.clone(),
            // "I have saved them" proves nothing.
            proven: false,
        }))
    }
}

/// What an enrolment keeps.
#[derive(Serialize, Deserialize)]
struct Set {
    /// Base 64 of the set's own key.
    key: String,
    /// Base 64 of the tags of the codes that are left.
    tags: Vec<String>,
}

impl Set {
    /// The set without the typed code; `None` if it is not in it. All tags are computed and compared in constant time.
    fn without(self, typed: &str) -> Result<Option<Self>, FactorError> {
        let Some(letters) = letters_of(typed) else {
            return Ok(None);
        };
        let key = Zeroizing::new(BASE64_STANDARD.decode(&self.key).map_err(corrupt)?);
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let mut rest = Vec::with_capacity(self.tags.len());
        for tag in &self.tags {
            let bytes = BASE64_STANDARD.decode(tag).map_err(corrupt)?;
            if hmac::verify(&key, letters.as_bytes(), &bytes).is_err() {
                rest.push(tag.clone());
            }
        }
        let found = rest.len() < self.tags.len();
        Ok(found.then_some(Self {
            key: self.key,
            tags: rest,
        }))
    }
}

fn corrupt(cause: base64::DecodeError) -> FactorError {
    FactorError::Corrupt(format!("the set of backup codes cannot be read: {cause}"))
}

/// Spells 50 of the given 64 random bits.
fn letters_from(bytes: [u8; 8]) -> String {
    let mut bits = u64::from_be_bytes(bytes);
    let mut letters = String::with_capacity(LETTERS);
    for _ in 0..LETTERS {
        // Five bits are always within the alphabet.
        if let Some(letter) = ALPHABET.get((bits & 31) as usize) {
            letters.push(char::from(*letter));
        }
        bits >>= 5;
    }
    letters
}

/// The typed code as it was spelt: upper case, without ASCII spaces and dashes, with O read as 0 and I, L as 1
/// (Crockford's decoding table). `None` if anything is left over but exactly ten letters of the alphabet. Stops at the
/// first character that is out of place.
fn letters_of(typed: &str) -> Option<Zeroizing<String>> {
    let mut letters = Zeroizing::new(String::with_capacity(LETTERS));
    for character in typed.chars() {
        let letter = match character.to_ascii_uppercase() {
            ' ' | '-' => continue,
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let known = u8::try_from(letter).is_ok_and(|letter| ALPHABET.contains(&letter));
        if !known || letters.len() == LETTERS {
            return None;
        }
        letters.push(letter);
    }
    (letters.len() == LETTERS).then_some(letters)
}

#[cfg(test)]
mod tests;
