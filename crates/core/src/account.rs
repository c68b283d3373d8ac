//! What a person may do to their own factors: the account page's rules.
//!
//! Owns the proof that a change asks for ([`Reauthenticated`]), and which changes are possible with it. Does not own
//! who may open the page at all ([`Policy::decide_account`]), nor the way to a fresh proof: that is a login like every
//! other ([`crate::flow::Errand`]).
//!
//! **Invariant:** [`Reauthenticated`] has one constructor, and it asks for fresh evidence of the strongest factor that
//! the person has. Every change takes one (attack row MF-41).

pub mod place;

use std::{cmp::Reverse, ops::RangeInclusive};

use chrono::{DateTime, Utc};
use thiserror::Error;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

pub use self::place::Place;
use crate::{
    evidence::{Enrolment, Evidence, Role, Traits},
    id::{EnrolmentId, FactorKind},
    policy::{Facts, Kinds, Outcome, Policy},
};

/// The most factors that one person may have: enough for every device, and a bound for what a page and a login read.
pub const MOST_FACTORS: usize = 20;

/// A person's name for one of their factors: one short line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorName(String);

impl FactorName {
    /// The longest one, in characters.
    pub const LONGEST: usize = 64;

    /// Reads what somebody typed, without spaces around it. `None` if it is too long, if there is nothing to be seen in
    /// it, or if it holds a character that breaks lines, turns the direction of writing round, or is not seen, so that
    /// two names would look the same (attack row MF-69).
    #[must_use]
    pub fn typed(text: &str) -> Option<Self> {
        let name = text.trim();
        let fits = name.chars().count() <= Self::LONGEST;
        let is_read = name.chars().any(is_seen) && !name.chars().any(is_unseen);
        (fits && is_read).then(|| Self(name.to_owned()))
    }

    /// As it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What no font draws although its general category does not say so: the other characters with the property
/// `Default_Ignorable_Code_Point` (Unicode 16, `DerivedCoreProperties.txt`), without the variation selectors of emoji,
/// and the Braille pattern without dots.
const BLANK: &[RangeInclusive<char>] = &[
    '\u{34f}'..='\u{34f}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{2065}'..='\u{2065}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fff8}',
    '\u{e0000}'..='\u{e0fff}',
];

/// Control and format characters, line and paragraph separators (general categories Cc, Cf, Zl and Zp), and what is
/// [`BLANK`].
fn is_unseen(c: char) -> bool {
    let unseen = matches!(
        c.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    );
    unseen || BLANK.iter().any(|range| range.contains(&c))
}

/// Something is drawn for it. Variation selectors, as in many emoji, draw nothing by themselves.
fn is_seen(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '\u{fe00}'..='\u{fe0f}')
}

/// Why a change is not made, whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotPossible {
    /// An administrator disabled the factor; to remove it would undo that.
    #[error("an administrator disabled this factor")]
    Disabled,
    /// No factor for daily use that the rule accepts would be left (attack row MF-44).
    #[error("no factor that the rules accept would be left")]
    LastFactor,
    /// Its kind is switched off, so that nobody can say how strong it is.
    #[error("this kind of factor is switched off")]
    SwitchedOff,
    /// The person has no such factor; perhaps somebody else has (attack row WA-10).
    #[error("the person has no such factor")]
    Unknown,
}

impl NotPossible {
    /// The reason code for the audit record.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Disabled => "factor_disabled",
            Self::LastFactor => "last_factor",
            Self::SwitchedOff => "factor_switched_off",
            Self::Unknown => "factor_unknown",
        }
    }
}

/// Proof that the person passed their strongest factor just now. Only [`Reauthenticated::now`] makes one.
#[derive(Debug)]
pub struct Reauthenticated<'a> {
    policy: &'a Policy,
    facts: Facts<'a>,
}

impl<'a> Reauthenticated<'a> {
    /// Proof that counts now; `None` if the person must prove anew that it is them.
    #[must_use]
    pub fn now(policy: &'a Policy, facts: &Facts<'a>, now: DateTime<Utc>) -> Option<Self> {
        let fresh: Vec<Evidence> = facts
            .evidence
            .iter()
            .filter(|evidence| evidence.is_fresh(now, now))
            .cloned()
            .collect();
        let facts_now = Facts {
            evidence: &fresh,
            ..*facts
        };
        match policy.decide_account(&facts_now).outcome {
            Outcome::Allow { .. } => Some(Self {
                policy,
                facts: *facts,
            }),
            Outcome::Deny(_) | Outcome::Enrol(_) | Outcome::StepUp(_) => None,
        }
    }

    /// The factor that is to be removed.
    ///
    /// # Errors
    /// [`NotPossible`].
    pub fn remove(&self, id: EnrolmentId) -> Result<&'a Enrolment, NotPossible> {
        removable(self.policy, &self.facts, id)
    }

    /// The factor under its new name.
    ///
    /// # Errors
    /// [`NotPossible`].
    pub fn rename(&self, id: EnrolmentId, name: &FactorName) -> Result<Enrolment, NotPossible> {
        let factor = changeable(&self.facts, id)?;
        Ok(Enrolment {
            label: name.as_str().to_owned(),
            ..factor.clone()
        })
    }
}

/// Whether somebody who has just proved who they are may remove this factor.
///
/// # Errors
/// [`NotPossible`].
pub fn removable<'a>(
    policy: &Policy,
    facts: &Facts<'a>,
    id: EnrolmentId,
) -> Result<&'a Enrolment, NotPossible> {
    let factor = changeable(facts, id)?;
    let others = facts.enrolments.iter().filter(|other| other.id != id);
    let rest: Vec<Enrolment> = others.cloned().collect();
    let without = Facts {
        enrolments: &rest,
        ..*facts
    };
    if is_primary(factor, facts) && !policy.suffices(&without, facts) {
        return Err(NotPossible::LastFactor);
    }
    Ok(factor)
}

fn changeable<'a>(facts: &Facts<'a>, id: EnrolmentId) -> Result<&'a Enrolment, NotPossible> {
    let factor = find(facts, id).ok_or(NotPossible::Unknown)?;
    if factor.disabled {
        Err(NotPossible::Disabled)
    } else if facts.kinds.of(&factor.kind).is_none() {
        Err(NotPossible::SwitchedOff)
    } else {
        Ok(factor)
    }
}

/// One of the person's own factors.
#[must_use]
pub fn find<'a>(facts: &Facts<'a>, id: EnrolmentId) -> Option<&'a Enrolment> {
    facts
        .enrolments
        .iter()
        .find(|factor| factor.id == id && factor.person == facts.person.id)
}

/// The kinds that the person may add now, best first: those for daily use, the strongest before the others, and then a
/// way back in, once they have one of these.
#[must_use]
pub fn addable(facts: &Facts<'_>) -> Vec<FactorKind> {
    if facts.enrolments.len() >= MOST_FACTORS {
        return Vec::new();
    }
    let has_primary = facts
        .enrolments
        .iter()
        .any(|factor| factor.is_usable() && is_primary(factor, facts));
    let fits = |role| role == Role::Primary || has_primary;
    let kinds = facts.kinds.all();
    let mut kinds: Vec<&Traits> = kinds
        .filter(|traits| traits.enrols_inline && fits(traits.role))
        .collect();
    kinds.sort_by_key(|traits| (traits.role == Role::Recovery, Reverse(traits.strength)));
    kinds
        .into_iter()
        .map(|traits| traits.kind.clone())
        .collect()
}

/// The ways back in that a new one of this kind takes the place of: those that can still be used. What an administrator
/// disabled stays, and what is used up stays for the record.
#[must_use]
pub fn replaced(kinds: &Kinds, enrolments: &[Enrolment], kind: &FactorKind) -> Vec<EnrolmentId> {
    let is_recovery = kinds
        .of(kind)
        .is_some_and(|traits| traits.role == Role::Recovery);
    let older = enrolments
        .iter()
        .filter(|factor| is_recovery && factor.kind == *kind && factor.is_usable());
    older.map(|factor| factor.id).collect()
}

fn is_primary(factor: &Enrolment, facts: &Facts<'_>) -> bool {
    let traits = facts.kinds.of(&factor.kind);
    traits.is_some_and(|traits| traits.role == Role::Primary)
}

#[cfg(test)]
mod tests;
