//! The one gate: policy is asked, and only its leave makes a [`Grant`].
//!
//! Owns what becomes of a login by what policy says. Does not own the rules ([`Policy`] does), nor the reading of the
//! [`World`]: whoever asks has read it just before.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Between, Ending, FlowError, LIFETIME, Login, Stage, Wish};
use crate::{
    account,
    assurance::{Assurance, Demand},
    evidence::{AHEAD, Enrolment, Evidence},
    grant::Grant,
    id::{AnswerId, FactorKind, NetworkId, SessionId},
    policy::{self, Basis, Belief, Facts, Kinds, Outcome, Policy, Ruling, Word},
    request::{Protocol, Refusal},
    session::SingleSignOn,
};

/// What the world looks like at the moment of a decision; read afresh each time (invariant 5).
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The rules.
    pub policy: &'a Policy,
    /// The factors that are switched on.
    pub kinds: &'a Kinds,
    /// The named networks that the browser's address is in; `None` if the address is not known.
    pub networks: Option<&'a BTreeSet<NetworkId>>,
    /// What the person has registered.
    pub enrolments: &'a [Enrolment],
    /// What their upstream must say to be believed about a second factor; `None`: it is not.
    pub belief: Option<&'a Belief>,
    /// The person, the upstream and the application are not disabled.
    pub active: bool,
    /// What the person proved before this moment counts for nothing, here or anywhere.
    pub valid_from: DateTime<Utc>,
    /// The same for what their upstream says of a second factor: a sign-out in this browser counts for that, too, wherever
    /// they come from.
    pub word_from: DateTime<Utc>,
    /// What the application takes of sessions.
    pub takes: SingleSignOn,
    /// Fresh, for what is issued if this ends in a grant.
    pub answer: AnswerId,
    /// The session of this browser and this person, or a fresh one, to begin or go on with if this ends in a grant.
    pub session: SessionId,
    /// Now.
    pub now: DateTime<Utc>,
}

/// What a settled login comes to.
#[derive(Debug)]
#[must_use]
pub enum Settled {
    /// One of these kinds must be set up before the login can go on.
    Enrol(Login, Next),
    /// The login is closed, with leave to answer.
    Granted(Login, Box<Grant>),
    /// A way back in should be set up; it may be put off.
    OfferRecovery(Login, FactorKind),
    /// The login is closed; the application gets its refusal.
    Refused(Login, Refused),
    /// What the person proved counts no more, or not by this rule: the login stands where it began, and they come by the
    /// first door.
    StartOver(Login, Option<Ruling>),
    /// One of these kinds must be passed.
    StepUp(Login, Next),
}

impl Settled {
    /// The rule that asked, refused or sent on.
    #[must_use]
    pub fn by(&self) -> Option<&Ruling> {
        match self {
            Self::Enrol(_, next) | Self::StepUp(_, next) => Some(&next.by),
            Self::Refused(_, refused) => Some(&refused.by),
            Self::StartOver(_, by) => by.as_ref(),
            Self::Granted(..) | Self::OfferRecovery(..) => None,
        }
    }
}

/// What is asked for next, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// Kinds, in the order of the rule.
    pub kinds: Vec<FactorKind>,
    /// By which rule.
    pub by: Ruling,
}

/// A refusal and the rule behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What the application is told.
    pub why: Refusal,
    /// By which rule.
    pub by: Ruling,
}

/// Policy's leave, and what may be asked before it is used.
struct Leave {
    basis: Basis,
    /// A way back in, to be offered.
    recovery: Option<FactorKind>,
    by: Ruling,
    /// What the person came to set up.
    wished: Option<FactorKind>,
}

impl Login {
    /// Steps 6 and 8, the one gate: policy is asked, and only its leave makes a [`Grant`].
    ///
    /// # Errors
    /// [`FlowError::OutOfOrder`] unless the person is known; [`FlowError::Closed`], [`FlowError::Expired`].
    pub fn settle(self, world: &World<'_>) -> Result<Settled, FlowError> {
        self.ensure_open(world.now)?;
        let Stage::Between(between) = &self.stage else {
            return Err(FlowError::OutOfOrder);
        };
        // Who is disabled is refused below; to send them through the first door again would help nobody.
        if world.active && between.since < world.valid_from {
            return Ok(Settled::StartOver(self.start_over(), None));
        }
        let taken = self.evidence_taken(between, world.now);
        let facts = Facts {
            person: &between.person,
            active: world.active,
            app: &self.request.app,
            networks: world.networks,
            evidence: &taken,
            upstream_factor: self.word(between, world).weigh(world.belief, world.now),
            enrolments: world.enrolments,
            kinds: world.kinds,
            came_at: match &self.errand {
                Some(errand) => errand.since,
                None => self.expires_at - LIFETIME,
            },
            now: world.now,
        };
        let decision = match (self.request.protocol, self.request.demand) {
            (Protocol::Account, _) => world.policy.decide_account(&facts),
            (_, Demand::SecondFactor) => world.policy.decide_with_factor(&facts),
            (_, Demand::SecondFactorIfPossible) => {
                world.policy.decide_with_factor_if_possible(&facts)
            }
            (_, Demand::Anything | Demand::Unattainable) => world.policy.decide(&facts),
        };
        let again = decision.is_for_the_upstream && !self.sent_again && !self.request.force_authn;
        let by = decision.by;
        match decision.outcome {
            _ if again && self.request.passive => Ok(self.refuse(Refusal::Interaction, by)),
            _ if again => Ok(Settled::StartOver(self.send_again(), Some(by))),
            Outcome::Deny(why) => Ok(self.refuse(why, by)),
            Outcome::Enrol(_) | Outcome::StepUp(_) if self.request.passive => {
                Ok(self.refuse(Refusal::Interaction, by))
            }
            Outcome::StepUp(kinds) => Ok(Settled::StepUp(self, Next { kinds, by })),
            Outcome::Enrol(kinds) => Ok(Settled::Enrol(self, Next { kinds, by })),
            Outcome::Allow { basis, recovery } => {
                let leave = Leave {
                    basis,
                    recovery,
                    by,
                    wished: self.wished_for(between, &facts),
                };
                let between = Between::clone(between);
                let standing = taken.iter().filter(|piece| policy::stands(piece, &facts));
                let standing: Vec<Evidence> = standing.cloned().collect();
                Ok(self.allow(between, standing, leave, world))
            }
        }
    }

    /// Policy lets the person pass: what is left to be asked or offered first, or else the grant.
    fn allow(
        self,
        between: Between,
        evidence: Vec<Evidence>,
        leave: Leave,
        world: &World<'_>,
    ) -> Settled {
        let by = leave.by;
        let at_upstream = leave.basis == Basis::Upstream;
        let assurance = Assurance::derive(&evidence, at_upstream, |evidence| {
            world
                .kinds
                .of(&evidence.kind)
                .map_or(&[], |traits| traits.amr)
        });
        if !self.request.demand.is_met(&assurance) {
            return self.refuse(Refusal::Assurance, by);
        }
        if let Some(kind) = leave.wished {
            let kinds = vec![kind];
            return Settled::Enrol(self, Next { kinds, by });
        }
        let offered = leave
            .recovery
            .filter(|kind| !self.request.passive && !between.declined.contains(kind));
        if let Some(kind) = offered {
            return Settled::OfferRecovery(self, kind);
        }
        let grant = Grant::new(
            world.answer,
            self.id,
            self.reference.clone(),
            self.request.clone(),
            between.person,
            between.remembered,
            evidence,
            assurance,
            leave.basis,
            by.rule,
            self.session.map_or(world.session, |origin| origin.id),
            between.since,
            world.now,
        );
        Settled::Granted(
            self.into_stage(Stage::Closed(Ending::Granted)),
            Box::new(grant),
        )
    }

    /// What policy gets to see: what was passed in this login, and of what the session remembers what counts here. On
    /// an errand that is what was fresh.
    fn evidence_taken(&self, between: &Between, now: DateTime<Utc>) -> Vec<Evidence> {
        let is_shared = |_: &&Evidence| {
            let origin = self.session;
            origin.is_some_and(|origin| origin.takes == SingleSignOn::Shared)
        };
        let is_fresh = |evidence: &&Evidence| match &self.errand {
            Some(errand) => errand.takes(evidence, now),
            None => true,
        };
        let remembered = between.remembered.iter().filter(is_shared);
        remembered
            .chain(&between.evidence)
            .filter(is_fresh)
            .cloned()
            .collect()
    }

    /// What the upstream said about a second factor, in this login or before.
    fn word<'b>(&self, between: &'b Between, world: &World<'_>) -> Word<'b> {
        let proof = &between.person.upstream_proof;
        // An upstream that has a session of its own lets the person come by the first door without asking for anything.
        // Its clock may be behind.
        let is_older = |at| at + AHEAD < self.expires_at - LIFETIME;
        let is_of_another_login =
            self.session.is_some() || proof.authenticated_at.is_some_and(is_older);
        Word {
            proof,
            is_of_another_login: is_of_another_login && world.takes != SingleSignOn::Shared,
            counts_from: world.word_from,
        }
    }

    /// The kind of factor that the person came to set up, as long as they may and did not put it off.
    fn wished_for(&self, between: &Between, facts: &Facts<'_>) -> Option<FactorKind> {
        let Wish::Add(kind) = self.errand.as_ref()?.wish() else {
            return None;
        };
        let open = !between.declined.contains(kind) && account::addable(facts).contains(kind);
        open.then(|| kind.clone())
    }

    fn refuse(self, why: Refusal, by: Ruling) -> Settled {
        Settled::Refused(
            self.into_stage(Stage::Closed(Ending::Refused(why))),
            Refused { why, by },
        )
    }
}

#[cfg(test)]
mod tests;
