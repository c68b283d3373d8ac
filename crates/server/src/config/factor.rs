//! Which kinds of second factor are switched on, and how: `factors`.
//!
//! Does not own how a kind works; its traits are repeated here only as far as the policy must be checked against them.

use url::Url;
use vestibule_core::{
    evidence::{Role, Strength, Traits},
    id::FactorKind,
    policy::Kinds,
};
use vestibule_factor::totp::{Algorithm, Digits, Period, Settings};

use super::{
    reader::Reader,
    setting::{Key, Section},
};

mod webauthn;

pub(super) use self::webauthn::impossible as keys_are_impossible;

/// The kinds that are switched on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factors {
    /// Codes of an authenticator app; `None`: switched off.
    pub totp: Option<Settings>,
    /// Printed codes for the day when the phone is lost.
    pub backup_code: bool,
    /// Security keys and passkeys; `None`: switched off, or impossible at the public address.
    pub webauthn: Option<vestibule_factor::webauthn::Settings>,
}

impl Factors {
    /// What the policy must know of them.
    #[must_use]
    pub fn kinds(&self) -> Kinds {
        let totp = self.totp.is_some().then(|| Traits {
            kind: FactorKind::totp(),
            amr: &["otp"],
            role: Role::Primary,
            strength: Strength::OneTimeCode,
            enrols_inline: true,
        });
        let backup_code = self.backup_code.then(|| Traits {
            kind: FactorKind::backup_code(),
            amr: &["otp"],
            role: Role::Recovery,
            strength: Strength::OneTimeCode,
            enrols_inline: true,
        });
        let webauthn = self.webauthn.is_some().then(|| Traits {
            kind: FactorKind::webauthn(),
            amr: &["pop"],
            role: Role::Primary,
            strength: Strength::PhishingResistant,
            enrols_inline: true,
        });
        Kinds::new(totp.into_iter().chain(backup_code).chain(webauthn))
    }

    /// Their names, for remedies.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let totp = self.totp.is_some().then_some("totp");
        let backup_code = self.backup_code.then_some("backup_code");
        let webauthn = self.webauthn.is_some().then_some("webauthn");
        totp.into_iter()
            .chain(backup_code)
            .chain(webauthn)
            .collect()
    }
}

/// The key of this topic, at the top of the file.
pub(super) const KEY: Key = Key::optional(
    "factors",
    "a map: kind → settings, or `false`",
    "`totp`, `backup_code`, and `webauthn` where the public address allows it",
    "Kinds of second factor that are switched on. `false` switches one off.",
)
.danger("Switching a kind off takes it from everybody who has it at their next login.");

/// Keys of this section.
pub(super) const SECTION: Section = Section {
    path: "factors",
    about: "Kinds of second factor. A kind counts only where a policy rule names it.",
    keys: &[
        Key::optional(
            "totp",
            "a map, or `false`",
            "on",
            "Codes of an authenticator app (RFC 6238).",
        ),
        Key::optional(
            "backup_code",
            "an empty map, or `false`",
            "on",
            "Ten printed codes for the day when the phone is lost, each good for one login.",
        ),
        Key::optional(
            "webauthn",
            "a map, or `false`",
            "on, if `public_url` is https with a name, or http://localhost",
            "Security keys and passkeys (WebAuthn Level 3): the only kind that cannot be talked out of its holder.",
        ),
    ],
};

/// Keys below `totp`.
pub(super) const TOTP: Section = Section {
    path: "factors.totp",
    about: "Codes of an authenticator app. Changes hold for those who set it up from then on.",
    keys: &[
        Key::optional(
            "issuer",
            "a text",
            "the product's name",
            "What the app shows above the account.",
        ),
        Key::optional("digits", "6 or 8", "6", "How many digits a code has."),
        Key::optional(
            "algorithm",
            "`sha1`, `sha256` or `sha512`",
            "sha1",
            "The hash inside the HMAC. SHA-1 is sound here: HMAC does not rest on freedom from collisions.",
        )
        .danger("Several apps ignore this and go on with SHA-1, so that their codes never match."),
        Key::optional(
            "period",
            "30 or 60",
            "30",
            "How long a code is shown, in seconds.",
        ),
    ],
};

/// Keys below `backup_code`.
pub(super) const BACKUP_CODE: Section = Section {
    path: "factors.backup_code",
    about: "Printed codes have no settings.",
    keys: &[],
};

/// All sections of this topic.
pub(super) const SECTIONS: [&Section; 4] = [&SECTION, &TOTP, &BACKUP_CODE, &webauthn::SECTION];

/// Reads the topic. `product` is what authenticator apps and browsers show where nothing else is set, `public_url` the
/// address that security keys are made for, if it could be read.
pub(super) fn read(reader: Option<Reader<'_>>, product: &str, public_url: Option<&Url>) -> Factors {
    let usual = Settings {
        issuer: product.to_owned(),
        ..Settings::default()
    };
    let fields = reader.and_then(|reader| reader.section(&SECTION));
    let get = |key| fields.as_ref().and_then(|fields| fields.get(key));
    let totp = match get("totp") {
        Some(reader) => match reader.switch() {
            Some(on) => on.then_some(usual),
            None => Some(totp(&reader, usual)),
        },
        None => Some(usual),
    };
    let backup_code = get("backup_code").map(|reader| {
        let settings = || reader.section(&BACKUP_CODE).is_some();
        reader.switch().unwrap_or_else(settings)
    });
    Factors {
        totp,
        backup_code: backup_code.unwrap_or(true),
        webauthn: public_url.and_then(|url| webauthn::read(get("webauthn"), product, url)),
    }
}

fn totp(reader: &Reader<'_>, usual: Settings) -> Settings {
    let Some(fields) = reader.section(&TOTP) else {
        return usual;
    };
    let issuer = fields.get("issuer").and_then(|reader| issuer(&reader));
    let algorithm = fields.get("algorithm").and_then(|reader| {
        reader.one_of(&[
            ("sha1", Algorithm::Sha1),
            ("sha256", Algorithm::Sha256),
            ("sha512", Algorithm::Sha512),
        ])
    });
    let digits = fields
        .get("digits")
        .and_then(|reader| reader.one_of(&[("6", Digits::Six), ("8", Digits::Eight)]));
    let period = fields
        .get("period")
        .and_then(|reader| reader.one_of(&[("30", Period::Seconds30), ("60", Period::Seconds60)]));
    Settings {
        issuer: issuer.unwrap_or(usual.issuer),
        digits: digits.unwrap_or(usual.digits),
        algorithm: algorithm.unwrap_or(usual.algorithm),
        period: period.unwrap_or(usual.period),
    }
}

/// The `otpauth` form parts issuer and account by a colon.
fn issuer(reader: &Reader<'_>) -> Option<String> {
    let text = reader.text()?;
    if text.contains(':') {
        reader.mistake(
            "bad_text",
            "the name must not hold a colon: authenticator apps would cut it there",
            "write it without",
        );
        return None;
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use vestibule_core::port::{Entropy, Factor};
    use vestibule_factor::{backup_code::BackupCode, totp, webauthn::WebAuthn};

    use super::*;
    use crate::wiring::ambient::SystemEntropy;

    #[test]
    fn the_policy_is_checked_against_what_the_kinds_say_of_themselves() {
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let totp = totp::Totp::new(totp::Settings::default(), entropy.clone());
        let backup_code = BackupCode::new(entropy.clone());
        let kinds = [totp.traits().clone(), backup_code.traits().clone()];
        let url = Url::parse("https://sso.acme.example/").unwrap();
        let factors = read(None, "Acme", Some(&url));
        let webauthn = WebAuthn::new(factors.webauthn.clone().unwrap(), entropy).unwrap();
        let kinds = kinds.into_iter().chain([webauthn.traits().clone()]);
        assert_eq!(factors.kinds(), Kinds::new(kinds));
    }

    #[test]
    fn a_kind_that_is_switched_off_is_not_there() {
        let factors = Factors {
            backup_code: false,
            ..read(None, "Acme", None)
        };
        assert_eq!(factors.names(), ["totp"]);
        assert!(factors.kinds().of(&FactorKind::backup_code()).is_none());
    }
}
