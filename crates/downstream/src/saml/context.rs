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

/// The place of a login by the upstream's word alone.
const PLAIN: usize = 1;
/// The place of a login with a second factor.
const SECOND_FACTOR: usize = 2;

/// What an application is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthnContexts {
    /// The class for a login by the upstream's word alone.
    pub plain: String,
    /// The class for a login with a second factor.
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
        let (own, reached) = if second_factor {
            (&self.second_factor, SECOND_FACTOR)
        } else {
            (&self.plain, PLAIN)
        };
        let Some(wish) = wish else {
            return Some(own.clone());
        };
        let ranks = || wish.classes.iter().filter_map(|class| self.rank(class));
        match wish.comparison {
            Compared::Better => ranks()
                .min()
                .filter(|least| *least < reached)
                .map(|least| self.class(own, reached, |rank| rank > least)),
            Compared::Exact => {
                let can_be_said = |wanted: &&String| {
                    // What an administrator has us say of such logins is said.
                    *wanted == own || self.rank(wanted).is_some_and(|rank| rank <= reached)
                };
                wish.classes.iter().find(can_be_said).cloned()
            }
            Compared::Maximum => ranks().max().map(|most| {
                let strongest = reached.min(most);
                let own = match strongest {
                    SECOND_FACTOR => &self.second_factor,
                    _ => &self.plain,
                };
                self.class(own, strongest, |rank| rank == strongest)
            }),
            Compared::Minimum => ranks()
                .min()
                .filter(|least| *least <= reached)
                .map(|least| self.class(own, reached, |rank| rank >= least)),
        }
    }

    /// How strong a class is; `None` if nobody says. The application's own two mean what they are said of.
    fn rank(&self, class: &str) -> Option<usize> {
        ORDER
            .iter()
            .position(|known| *known == class)
            .or_else(|| (self.plain == class).then_some(PLAIN))
            .or_else(|| (self.second_factor == class).then_some(SECOND_FACTOR))
    }

    /// The application's `own` class, if it `fits`; else the one that everybody knows for this rank.
    fn class(&self, own: &str, rank: usize, fits: impl Fn(usize) -> bool) -> String {
        let known = ORDER.get(rank).copied().unwrap_or(PASSWORD);
        if self.rank(own).is_some_and(fits) {
            own.to_owned()
        } else {
            known.to_owned()
        }
    }
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
        let counted = [("Anything", 12), ("SecondFactor", 6), ("Unattainable", 6)];
        assert_eq!(
            demands,
            counted.map(|(name, many)| (name.to_owned(), many)).into()
        );
        assert_eq!(contexts.demand(None), Demand::Anything);
    }

    /// An application that names the two kinds of login itself can ask for them by these names.
    #[test]
    fn so_11_own_classes_are_compared_like_those_that_everybody_knows() {
        use Compared::{Better, Exact, Maximum, Minimum};
        const ONE: &str = "urn:acme:one";
        const TWO: &str = "urn:acme:two";
        let own = AuthnContexts {
            plain: ONE.into(),
            second_factor: TWO.into(),
        };
        // Atlassian's preset says the same of both.
        let same = AuthnContexts {
            plain: PASSWORD_PROTECTED.into(),
            second_factor: PASSWORD_PROTECTED.into(),
        };
        for (contexts, comparison, class, expected) in [
            (&own, Exact, ONE, [Some(ONE); 2]),
            (&own, Exact, TWO, [None, Some(TWO)]),
            (&own, Exact, REFEDS_MFA, [None, Some(REFEDS_MFA)]),
            (&own, Minimum, ONE, [Some(ONE), Some(TWO)]),
            (&own, Minimum, PASSWORD_PROTECTED, [Some(ONE), Some(TWO)]),
            (&own, Minimum, TWO, [None, Some(TWO)]),
            (&own, Better, ONE, [None, Some(TWO)]),
            (&own, Better, TWO, [None, None]),
            (&own, Maximum, ONE, [Some(ONE); 2]),
            (&own, Maximum, TWO, [Some(ONE), Some(TWO)]),
            (&own, Maximum, PASSWORD, [Some(PASSWORD); 2]),
            (
                &same,
                Minimum,
                PASSWORD_PROTECTED,
                [Some(PASSWORD_PROTECTED); 2],
            ),
            (&same, Minimum, REFEDS_MFA, [None, Some(REFEDS_MFA)]),
            (&same, Better, PASSWORD_PROTECTED, [None, Some(REFEDS_MFA)]),
        ] {
            let wish = Wish {
                comparison,
                classes: vec![class.to_owned()],
            };
            let found = [false, true].map(|second| contexts.answer(Some(&wish), second));
            assert_eq!(found.each_ref().map(Option::as_deref), expected, "{wish:?}");
        }
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
