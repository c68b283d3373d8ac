//! What a page of the account shows. Nothing here changes anything.

use chrono::{DateTime, Utc};
use vestibule_core::{
    account::{NotPossible, Place, addable, find, removable},
    evidence::Enrolment,
    id::{EnrolmentId, FactorKind},
    policy::Facts,
};

use super::{SessionShown, SignedIn};
use crate::{
    Engine, ProblemKind, Shown,
    stop::{Stop, Turned},
};

/// A page of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountScreen {
    /// Which.
    pub place: Place,
    /// Whose.
    pub person: String,
    /// What every form of the page carries.
    pub form: String,
    /// The factors that it is about, oldest first.
    pub factors: Vec<FactorShown>,
    /// Where the person is signed in, this browser first; on the overview alone.
    pub sessions: Vec<SessionShown>,
    /// Kinds that can be added.
    pub addable: Vec<FactorKind>,
    /// Why the last change was not made.
    pub fault: Option<AccountFault>,
}

/// A factor without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorShown {
    /// Its id.
    pub id: EnrolmentId,
    /// Its kind.
    pub kind: FactorKind,
    /// The person's name for it.
    pub label: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Last success.
    pub last_used_at: Option<DateTime<Utc>>,
    /// How many uses are left; `None` for a kind that does not run out.
    pub left: Option<usize>,
    /// What it is good for.
    pub state: FactorState,
    /// Why it could not be removed now.
    pub kept: Option<NotPossible>,
}

/// What a factor is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorState {
    /// An administrator disabled it.
    Disabled,
    /// Nothing is left of it.
    Spent,
    /// Its kind is switched off.
    SwitchedOff,
    /// It can be used.
    Usable,
}

/// Why a change was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountFault {
    /// Somebody changed something at the same moment.
    Changed,
    /// The name is empty, too long or not legible.
    Name,
    /// Such a factor cannot be added.
    NotAddable,
    /// The rules say no.
    NotPossible(NotPossible),
}

impl Engine {
    /// A page for somebody who is signed in. The page of a factor that is not theirs does not exist (attack row WA-10).
    pub(super) async fn account_page(
        &self,
        signed_in: &SignedIn,
        place: Place,
        fault: Option<AccountFault>,
    ) -> Turned {
        let facts = self.facts_of(signed_in);
        let factors: Vec<FactorShown> = match place {
            Place::Overview => {
                let all = facts.enrolments.iter();
                all.map(|one| self.shown(&facts, one)).collect()
            }
            Place::Factor(id) => {
                let factor = find(&facts, id).ok_or_else(|| self.no_such_factor())?;
                vec![self.shown(&facts, factor)]
            }
        };
        let sessions = match place {
            Place::Overview => self.sessions_shown(signed_in).await,
            Place::Factor(_) => Ok(Vec::new()),
        };
        let sessions = sessions.map_err(|error| self.account_failed(&error))?;
        let session = signed_in.live.session();
        Ok(Shown::Account(Box::new(AccountScreen {
            place,
            person: session.person().label().to_owned(),
            form: self.parts.handles.form_of(session.key()),
            factors,
            sessions,
            addable: addable(&facts),
            fault,
        })))
    }

    fn shown(&self, facts: &Facts<'_>, factor: &Enrolment) -> FactorShown {
        let kind = self.parts.factors.get(&factor.kind);
        let state = match kind {
            _ if factor.disabled => FactorState::Disabled,
            None => FactorState::SwitchedOff,
            Some(_) if factor.spent => FactorState::Spent,
            Some(_) => FactorState::Usable,
        };
        FactorShown {
            id: factor.id,
            kind: factor.kind.clone(),
            label: factor.label.clone(),
            created_at: factor.created_at,
            last_used_at: factor.last_used_at,
            left: kind.and_then(|kind| kind.uses_left(factor)),
            state,
            kept: removable(&self.parts.policy, facts, factor.id).err(),
        }
    }

    pub(super) fn no_such_factor(&self) -> Stop {
        self.stray(
            ProblemKind::NoSuchFactor,
            "factor_unknown",
            "the person has no factor of this id",
        )
    }
}
