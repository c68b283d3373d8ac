//! How we say that a person was authenticated, and what an application may ask of it (SAML core 3.3.2.2.1).
//!
//! Owns the order of the few classes that we can truly claim. Does not make a second factor happen: policy does.

use serde::{Deserialize, Serialize};
use vestibule_core::assurance::Demand;
use vestibule_saml::authn_request::{Comparison, RequestedAuthnContext};

/// Passwords over any channel.
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
/// Passwords over TLS (SAML authentication context 3.4.20).
pub(super) const PASSWORD_PROTECTED: &str =
    "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
/// Two factors of different kinds (REFEDS MFA profile).
pub(super) const REFEDS_MFA: &str = "https://refeds.org/profile/mfa";

/// From weak to strong. Whoever passed one passed those before it.
const ORDER: [&str; 3] = [PASSWORD, PASSWORD_PROTECTED, REFEDS_MFA];

/// What an application is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthnContexts {
    /// The class for a login by the upstream's word alone.
    pub plain: String,
    /// The class for a login with a second factor of ours.
    pub second_factor: String,
}

impl Default for AuthnContexts {
    /// Password over TLS; REFEDS MFA with a second factor.
    fn default() -> Self {
        Self {
            plain: PASSWORD_PROTECTED.to_owned(),
            second_factor: REFEDS_MFA.to_owned(),
        }
    }
}

/// What an application asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wish {
    comparison: Compared,
    classes: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Compared {
    Better,
    Exact,
    Maximum,
    Minimum,
}

impl From<RequestedAuthnContext> for Wish {
    fn from(requested: RequestedAuthnContext) -> Self {
        Self {
            comparison: match requested.comparison {
                Comparison::Better => Compared::Better,
                Comparison::Exact => Compared::Exact,
                Comparison::Maximum => Compared::Maximum,
                Comparison::Minimum => Compared::Minimum,
            },
            classes: requested.class_refs,
        }
    }
}

impl AuthnContexts {
    /// What a login must prove for a class that can truly be said.
    pub(super) fn demand(&self, wish: Option<&Wish>) -> Demand {
        let can_be_said = |second_factor| self.answer(wish, second_factor).is_some();
        if can_be_said(false) {
            Demand::Anything
        } else if can_be_said(true) {
            Demand::SecondFactor
        } else {
            Demand::Unattainable
        }
    }

    /// The class to answer with; `None` if what was asked for cannot truly be said.
    pub(super) fn answer(&self, wish: Option<&Wish>, second_factor: bool) -> Option<String> {
        let own = if second_factor {
            &self.second_factor
        } else {
            &self.plain
        };
        let Some(wish) = wish else {
            return Some(own.clone());
        };
        let reached = rank(if second_factor {
            REFEDS_MFA
        } else {
            PASSWORD_PROTECTED
        });
        let ranks = || wish.classes.iter().filter_map(|class| rank(class));
        match wish.comparison {
            Compared::Better => ranks()
                .min()
                .filter(|least| Some(*least) < reached)
                .and(class(reached)),
            Compared::Exact => {
                let can_be_said = |wanted: &&String| {
                    // Who passed a second factor came by the upstream's word too.
                    *wanted == own
                        || **wanted == self.plain
                        || rank(wanted).is_some_and(|rank| Some(rank) <= reached)
                };
                wish.classes.iter().find(can_be_said).cloned()
            }
            Compared::Maximum => ranks()
                .max()
                .and_then(|most| class(reached.min(Some(most)))),
            Compared::Minimum => ranks()
                .min()
                .filter(|least| Some(*least) <= reached)
                .and(class(reached)),
        }
    }
}

fn rank(class: &str) -> Option<usize> {
    ORDER.iter().position(|known| *known == class)
}

fn class(rank: Option<usize>) -> Option<String> {
    ORDER.get(rank?).map(|class| (*class).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const X509: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:X509";

    #[test]
    fn so_11_only_what_is_true_is_said() {
        use Compared::{Better, Exact, Maximum, Minimum};
        // What is asked for; what is said without and with a second factor.
        type Case = (Compared, &'static [&'static str], [Option<&'static str>; 2]);
        let cases: [Case; 12] = [
            (Exact, &[REFEDS_MFA], [None, Some(REFEDS_MFA)]),
            (Exact, &[PASSWORD_PROTECTED], [Some(PASSWORD_PROTECTED); 2]),
            (
                Exact,
                &[REFEDS_MFA, PASSWORD],
                [Some(PASSWORD), Some(REFEDS_MFA)],
            ),
            (Exact, &[X509], [None, None]),
            (
                Minimum,
                &[PASSWORD],
                [Some(PASSWORD_PROTECTED), Some(REFEDS_MFA)],
            ),
            (Minimum, &[REFEDS_MFA], [None, Some(REFEDS_MFA)]),
            (Minimum, &[X509], [None, None]),
            (Maximum, &[PASSWORD], [Some(PASSWORD); 2]),
            (Maximum, &[X509], [None, None]),
            (Better, &[PASSWORD_PROTECTED], [None, Some(REFEDS_MFA)]),
            (
                Better,
                &[PASSWORD],
                [Some(PASSWORD_PROTECTED), Some(REFEDS_MFA)],
            ),
            (Better, &[REFEDS_MFA], [None, None]),
        ];
        for (comparison, classes, expected) in cases {
            let wish = Wish {
                comparison,
                classes: classes.iter().map(|class| (*class).to_owned()).collect(),
            };
            let contexts = AuthnContexts::default();
            let found = [false, true].map(|second| contexts.answer(Some(&wish), second));
            assert_eq!(found.each_ref().map(Option::as_deref), expected, "{wish:?}");
        }
    }

    /// What a login without a second factor may say, one with it may say as well: so a demand has three values.
    #[test]
    fn so_11_a_second_factor_never_takes_an_answer_away() {
        let contexts = AuthnContexts {
            plain: "urn:example:kerberos".into(),
            second_factor: "urn:example:two".into(),
        };
        let classes = [
            PASSWORD,
            PASSWORD_PROTECTED,
            REFEDS_MFA,
            X509,
            &contexts.plain,
            &contexts.second_factor,
        ];
        let mut demands = std::collections::BTreeMap::new();
        for class in classes {
            for comparison in [
                Compared::Better,
                Compared::Exact,
                Compared::Maximum,
                Compared::Minimum,
            ] {
                let wish = Wish {
                    comparison,
                    classes: vec![class.to_owned()],
                };
                let [plain, second] =
                    [false, true].map(|second| contexts.answer(Some(&wish), second).is_some());
                assert!(second || !plain, "{wish:?}");
                let demand = format!("{:?}", contexts.demand(Some(&wish)));
                *demands.entry(demand).or_insert(0) += 1;
            }
        }
        let counted = [("Anything", 9), ("SecondFactor", 4), ("Unattainable", 11)];
        assert_eq!(
            demands,
            counted.map(|(name, many)| (name.to_owned(), many)).into()
        );
        assert_eq!(contexts.demand(None), Demand::Anything);
    }

    #[test]
    fn better_than_the_unknown_is_not_known() {
        let wish = Wish {
            comparison: Compared::Better,
            classes: vec![X509.to_owned()],
        };
        assert_eq!(AuthnContexts::default().answer(Some(&wish), true), None);
    }

    #[test]
    fn what_is_configured_is_said_when_nothing_is_asked() {
        let contexts = AuthnContexts {
            plain: "a".into(),
            second_factor: "b".into(),
        };
        assert_eq!(contexts.answer(None, false).as_deref(), Some("a"));
        assert_eq!(contexts.answer(None, true).as_deref(), Some("b"));
    }
}
