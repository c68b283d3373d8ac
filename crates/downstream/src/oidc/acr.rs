//! How applications are told that a person was authenticated, and what they may ask of it (`acr`, OpenID Connect Core
//! 5.5.1.1).
//!
//! Owns the two classes that we can truly claim. Does not make a second factor happen: policy does.

use vestibule_core::assurance::Demand;

/// Two factors of different kinds (REFEDS MFA profile).
const REFEDS_MFA: &str = "https://refeds.org/profile/mfa";
/// A password over TLS (SAML authentication context 3.4.20); OpenID Connect has no class of its own for it.
const PASSWORD_PROTECTED: &str =
    "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";

/// What an application is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcrClasses {
    /// For a login by the upstream's word alone.
    pub plain: String,
    /// For a login with a second factor.
    pub second_factor: String,
}

impl Default for AcrClasses {
    /// Password over TLS; REFEDS MFA with a second factor.
    fn default() -> Self {
        Self {
            plain: PASSWORD_PROTECTED.to_owned(),
            second_factor: REFEDS_MFA.to_owned(),
        }
    }
}

/// What a request says about `acr`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// One of these, or no answer. Empty: any will do.
    pub(super) essential: &'a [String],
    /// Wishes, the preferred one first.
    pub(super) wished: &'a [String],
}

impl AcrClasses {
    /// Both, the stronger one first.
    #[must_use]
    pub fn values(&self) -> Vec<String> {
        let mut values = vec![self.second_factor.clone(), self.plain.clone()];
        values.dedup();
        values
    }

    /// What a login must prove for what is asked.
    pub(super) fn demand(&self, asked: Asked<'_>) -> Demand {
        let Asked { essential, wished } = asked;
        if !essential.is_empty() {
            return if essential.contains(&self.plain) {
                Demand::Anything
            } else if essential.contains(&self.second_factor) {
                Demand::SecondFactor
            } else {
                Demand::Unattainable
            };
        }
        // What we do not know is a wish that nobody can fulfil; the first that we do know is meant.
        let known = |value: &&String| **value == self.plain || **value == self.second_factor;
        match wished.iter().find(known) {
            Some(first) if *first != self.plain => Demand::SecondFactorIfPossible,
            _ => Demand::Anything,
        }
    }

    /// The class to answer with: what was reached. Where a class is insisted on, whoever passed the second factor passed
    /// the first door as well, and may be told so. `None` if nothing that was insisted on is true.
    pub(super) fn answer(&self, essential: &[String], second_factor: bool) -> Option<&str> {
        let reached: &[&str] = if second_factor {
            &[&self.second_factor, &self.plain]
        } else {
            &[&self.plain]
        };
        let insisted =
            |class: &&&str| essential.is_empty() || essential.iter().any(|value| value == **class);
        reached.iter().find(insisted).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oo_09_a_wish_is_tried_and_a_demand_is_met_or_refused() {
        const MFA: &str = REFEDS_MFA;
        const PWD: &str = PASSWORD_PROTECTED;
        // Essential, wished; the demand; what is said without and with a second factor.
        type Case = (
            &'static [&'static str],
            &'static [&'static str],
            Demand,
            [Option<&'static str>; 2],
        );
        let cases: [Case; 10] = [
            (&[], &[], Demand::Anything, [Some(PWD), Some(MFA)]),
            (
                &[],
                &[MFA],
                Demand::SecondFactorIfPossible,
                [Some(PWD), Some(MFA)],
            ),
            (
                &[],
                &["urn:x", MFA],
                Demand::SecondFactorIfPossible,
                [Some(PWD), Some(MFA)],
            ),
            (&[], &[PWD, MFA], Demand::Anything, [Some(PWD), Some(MFA)]),
            (
                &[],
                &[MFA, PWD],
                Demand::SecondFactorIfPossible,
                [Some(PWD), Some(MFA)],
            ),
            (&[], &["urn:x"], Demand::Anything, [Some(PWD), Some(MFA)]),
            (&[MFA], &[], Demand::SecondFactor, [None, Some(MFA)]),
            (&[PWD], &[MFA], Demand::Anything, [Some(PWD), Some(PWD)]),
            (&[PWD, MFA], &[], Demand::Anything, [Some(PWD), Some(MFA)]),
            (&["urn:x"], &[], Demand::Unattainable, [None, None]),
        ];
        let owned = |values: &[&str]| values.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
        let classes = AcrClasses::default();
        for (essential, wished, demand, said) in cases {
            let (essential, wished) = (owned(essential), owned(wished));
            let asked = Asked {
                essential: &essential,
                wished: &wished,
            };
            assert_eq!(classes.demand(asked), demand, "{asked:?}");
            let found = [false, true].map(|second| classes.answer(&essential, second));
            assert_eq!(found, said, "{asked:?}");
        }
    }

    #[test]
    fn one_class_for_both_is_named_once_and_asks_for_nothing() {
        let same = AcrClasses {
            plain: "a".into(),
            second_factor: "a".into(),
        };
        assert_eq!(same.values(), ["a"]);
        let wished = ["a".to_owned()];
        let asked = Asked {
            essential: &wished,
            wished: &wished,
        };
        assert_eq!(same.demand(asked), Demand::Anything);
    }
}
