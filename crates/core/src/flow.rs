//! The state machine of a login: steps 2 to 8.
//!
//! Owns the states, the transitions between them, and the one gate ([`Login::settle`]) through which a
//! [`Grant`](crate::grant::Grant) can come. Each transition consumes the login; a step that is not the one the login is
//! at is refused and changes nothing. Does not do anything: the engine asks adapters and stores, and reports here what
//! came of it.

mod errand;
mod error;
mod origin;
mod settle;
mod stage;

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    evidence::{Enrolment, Evidence},
    id::{FactorKind, LoginId, Reference, UpstreamId},
    identity::{Person, VerifiedIdentity},
    port::Prompt,
    request::{AuthnRequest, Memo, Refusal},
};

pub use self::{
    errand::{ERRAND_LIFETIME, Errand, Wish},
    error::FlowError,
    origin::Origin,
    settle::{Next, Refused, Settled, World},
    stage::{Between, BrowserKey, Ending, Stage, Step},
};

/// How long a person has from the application's request to its answer.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// One login, as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    id: LoginId,
    reference: Reference,
    browser: Option<BrowserKey>,
    /// `None`: unclear, or the person came on an errand.
    opener: Option<IpAddr>,
    request: AuthnRequest,
    /// `None`: the person came by the first door.
    session: Option<Origin>,
    errand: Option<Errand>,
    /// The person was sent to the upstream a second time, to pass a second factor there anew.
    #[serde(default)]
    sent_again: bool,
    stage: Stage,
    expires_at: DateTime<Utc>,
    revision: i64,
}

impl Login {
    /// Step 1: an application's checked request opens a login.
    ///
    /// A message that came as a cross-site POST brings no cookie: that login is bound by
    /// [`bind`](Self::bind) when the browser follows our redirect.
    #[must_use]
    pub fn open(
        id: LoginId,
        reference: Reference,
        request: AuthnRequest,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            reference,
            browser: None,
            opener: None,
            request,
            session: None,
            errand: None,
            sent_again: false,
            stage: Stage::Routing,
            expires_at: now + LIFETIME,
            revision: 0,
        }
    }

    /// Remembers the address that it was opened from. What is wrong with the answers that are brought to it is held
    /// against that one: any page can have a browser carry them (attack row SI-76).
    #[must_use]
    pub fn opened_from(self, address: Option<IpAddr>) -> Self {
        Self {
            opener: address,
            ..self
        }
    }

    /// Binds the login to the first browser that goes on with it; from then on to no other.
    ///
    /// # Errors
    /// [`FlowError::OtherBrowser`] if it is bound to another one.
    pub fn bind(self, browser: BrowserKey) -> Result<Self, FlowError> {
        match self.browser {
            None => Ok(Self {
                browser: Some(browser),
                ..self
            }),
            Some(bound) if bound == browser => Ok(self),
            Some(_) => Err(FlowError::OtherBrowser),
        }
    }

    /// The upstream should authenticate the person anew, and may still say what it said before: what that is worth is
    /// weighed at the decision.
    #[must_use]
    pub fn wishes_anew(&self) -> bool {
        self.sent_again
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> LoginId {
        self.id
    }

    /// The number on the error pages and in the log.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The browser that it is bound to, if it is.
    #[must_use]
    pub fn browser(&self) -> Option<BrowserKey> {
        self.browser
    }

    /// The address that it was opened from, if it is known.
    #[must_use]
    pub fn opener(&self) -> Option<IpAddr> {
        self.opener
    }

    /// What the application asked.
    #[must_use]
    pub fn request(&self) -> &AuthnRequest {
        &self.request
    }

    /// The session that the person came from, if they did.
    #[must_use]
    pub fn session(&self) -> Option<Origin> {
        self.session
    }

    /// The errand that the person is on, if they are.
    #[must_use]
    pub fn errand(&self) -> Option<&Errand> {
        self.errand.as_ref()
    }

    /// Where it stands.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// When it ends by itself.
    #[must_use]
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// Counts the changes that were stored; a change names the revision that it was made from (compare and swap).
    #[must_use]
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// For the store alone: the revision under which it was read or written.
    #[must_use]
    pub fn at_revision(self, revision: i64) -> Self {
        Self { revision, ..self }
    }

    /// It is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.stage, Stage::Closed(_))
    }

    /// The person, once known.
    #[must_use]
    pub fn person(&self) -> Option<&Person> {
        match &self.stage {
            Stage::Between(between) => Some(&between.person),
            _ => None,
        }
    }

    /// The person passed a factor in this very login.
    #[must_use]
    pub fn has_proved(&self) -> bool {
        matches!(&self.stage, Stage::Between(between) if !between.evidence.is_empty())
    }

    /// It can still go on.
    ///
    /// # Errors
    /// [`FlowError::Closed`], [`FlowError::Expired`].
    pub fn ensure_open(&self, now: DateTime<Utc>) -> Result<(), FlowError> {
        if self.is_closed() {
            Err(FlowError::Closed)
        } else if now >= self.expires_at {
            Err(FlowError::Expired)
        } else {
            Ok(())
        }
    }

    /// Step 2: the person typed a mail address to find the way by. It proves nothing.
    #[must_use]
    pub fn hinted(mut self, mail: String) -> Self {
        self.request.login_hint = Some(mail);
        self
    }

    /// Step 3: the person is sent to an upstream. A person who comes back by the back button may choose another one.
    ///
    /// # Errors
    /// [`FlowError`] unless the login waits for an upstream.
    pub fn sent_to(
        self,
        upstream: UpstreamId,
        prompt: Prompt,
        memo: Memo,
        now: DateTime<Utc>,
    ) -> Result<Self, FlowError> {
        self.ensure_open(now)?;
        match self.stage {
            Stage::Routing | Stage::AtUpstream { .. } => Ok(self.into_stage(Stage::AtUpstream {
                upstream,
                prompt,
                memo,
            })),
            _ => Err(FlowError::OutOfOrder),
        }
    }

    /// Step 4: the upstream said no, or could not be asked. What it was asked with is used up, as a code is that was
    /// presented once (RFC 6749 section 4.1.2); the person may be sent there anew, or to another one.
    ///
    /// # Errors
    /// [`FlowError`] unless the person is at an upstream.
    pub fn sent_back(self, now: DateTime<Utc>) -> Result<Self, FlowError> {
        self.ensure_open(now)?;
        match self.stage {
            Stage::AtUpstream { .. } => Ok(self.into_stage(Stage::Routing)),
            _ => Err(FlowError::OutOfOrder),
        }
    }

    /// Step 4: the upstream's answer was verified.
    ///
    /// # Errors
    /// [`FlowError::WrongUpstream`] if another upstream was asked; else as ever.
    pub fn returned(
        self,
        identity: VerifiedIdentity,
        now: DateTime<Utc>,
    ) -> Result<Self, FlowError> {
        self.ensure_open(now)?;
        match &self.stage {
            Stage::AtUpstream { upstream, .. } if *upstream == identity.upstream => Ok(self
                .into_stage(Stage::Returned {
                    identity: Box::new(identity),
                    at: now,
                })),
            Stage::AtUpstream { .. } => Err(FlowError::WrongUpstream),
            _ => Err(FlowError::OutOfOrder),
        }
    }

    /// Step 5: the right browser came back, and the identity was made into a person.
    ///
    /// # Errors
    /// [`FlowError::Foreign`] if the person was not made from this login's identity; else as ever.
    pub fn identified(self, person: Person, now: DateTime<Utc>) -> Result<Self, FlowError> {
        self.ensure_open(now)?;
        match &self.stage {
            Stage::Returned { identity, at }
                if identity.upstream == *person.id.upstream()
                    && identity.subject == person.subject =>
            {
                let between = Between {
                    person,
                    since: *at,
                    remembered: Vec::new(),
                    evidence: Vec::new(),
                    declined: Vec::new(),
                    step: Step::Decide,
                };
                Ok(self.into_stage(Stage::Between(Box::new(between))))
            }
            Stage::Returned { .. } => Err(FlowError::Foreign),
            _ => Err(FlowError::OutOfOrder),
        }
    }

    /// Step 7: a challenge is put to the person, for any of these to answer. Choosing another of the `ways` that the
    /// rule leaves open replaces it, and so does a new challenge of the same kind.
    ///
    /// # Errors
    /// [`FlowError::Foreign`] if one of the factors is another person's or of another kind; else as ever.
    pub fn challenged(
        self,
        kind: &FactorKind,
        enrolled: &[Enrolment],
        prompt: Prompt,
        memo: Memo,
        ways: Vec<FactorKind>,
        now: DateTime<Utc>,
    ) -> Result<Self, FlowError> {
        let step = Step::Challenge {
            kind: kind.clone(),
            enrolments: enrolled.iter().map(|enrolment| enrolment.id).collect(),
            prompt,
            memo,
            ways,
        };
        let foreign = |between: &Between| {
            enrolled
                .iter()
                .any(|of| of.person != between.person.id || of.kind != *kind)
        };
        self.between(now, |between| match between.step {
            _ if foreign(&between) => Err(FlowError::Foreign),
            Step::Decide | Step::Challenge { .. } => Ok(Between { step, ..between }),
            Step::Enrol { .. } => Err(FlowError::OutOfOrder),
        })
    }

    /// Step 7: the factor cannot say yet, and keeps this until it is asked again.
    ///
    /// # Errors
    /// [`FlowError`] unless a challenge is open.
    pub fn waiting(self, memo: Memo, now: DateTime<Utc>) -> Result<Self, FlowError> {
        self.between(now, |mut between| match &mut between.step {
            Step::Challenge { memo: kept, .. } => {
                *kept = memo;
                Ok(between)
            }
            Step::Decide | Step::Enrol { .. } => Err(FlowError::OutOfOrder),
        })
    }

    /// Step 7: the challenge was passed, by one of the factors that it was put to.
    ///
    /// # Errors
    /// [`FlowError::Foreign`] if the evidence is not that of the open challenge; else as ever.
    pub fn passed(self, evidence: Evidence, now: DateTime<Utc>) -> Result<Self, FlowError> {
        self.between(now, |mut between| match &between.step {
            Step::Challenge {
                kind, enrolments, ..
            } => {
                if *kind != evidence.kind
                    || !enrolments.contains(&evidence.enrolment)
                    || between.person.id != evidence.person
                {
                    return Err(FlowError::Foreign);
                }
                between.evidence.push(evidence);
                Ok(Between {
                    step: Step::Decide,
                    ..between
                })
            }
            Step::Decide | Step::Enrol { .. } => Err(FlowError::OutOfOrder),
        })
    }

    /// Step 7: the person begins to set up a factor.
    ///
    /// # Errors
    /// [`FlowError`] unless the login waits for a decision or another factor was being set up.
    pub fn enrolling(
        self,
        kind: FactorKind,
        prompt: Prompt,
        memo: Memo,
        now: DateTime<Utc>,
    ) -> Result<Self, FlowError> {
        let step = Step::Enrol { kind, prompt, memo };
        self.between(now, |between| match between.step {
            Step::Decide | Step::Enrol { .. } => Ok(Between { step, ..between }),
            Step::Challenge { .. } => Err(FlowError::OutOfOrder),
        })
    }

    /// Step 7: a factor was set up. Where setting it up needed a right answer (`proven`), that answer is evidence too.
    ///
    /// # Errors
    /// [`FlowError::Foreign`] if it is another person's or of another kind; else as ever.
    pub fn enrolled(
        self,
        enrolment: &Enrolment,
        proven: bool,
        now: DateTime<Utc>,
    ) -> Result<Self, FlowError> {
        let fulfilled = Wish::Add(enrolment.kind.clone());
        let login = self.between(now, |mut between| match &between.step {
            Step::Enrol { kind, .. } => {
                if *kind != enrolment.kind || between.person.id != enrolment.person {
                    return Err(FlowError::Foreign);
                }
                if proven {
                    between.evidence.push(Evidence {
                        person: enrolment.person.clone(),
                        kind: enrolment.kind.clone(),
                        enrolment: enrolment.id,
                        at: now,
                    });
                }
                Ok(Between {
                    step: Step::Decide,
                    ..between
                })
            }
            Step::Challenge { .. } | Step::Decide => Err(FlowError::OutOfOrder),
        })?;
        let errand = login.errand.map(|errand| match errand.wish {
            wish if wish == fulfilled => Errand {
                wish: Wish::Prove,
                ..errand
            },
            wish => Errand { wish, ..errand },
        });
        Ok(Self { errand, ..login })
    }

    /// What the person was doing cannot be done any more, such as a factor that was removed meanwhile: policy is asked
    /// again.
    ///
    /// # Errors
    /// [`FlowError`] unless the person is known.
    pub fn reconsider(self, now: DateTime<Utc>) -> Result<Self, FlowError> {
        self.between(now, |between| {
            Ok(Between {
                step: Step::Decide,
                ..between
            })
        })
    }

    /// The person puts off what was only offered.
    ///
    /// # Errors
    /// [`FlowError`] unless a factor is being set up. Policy is asked again, so a factor that it requires stays
    /// required.
    pub fn put_off(self, now: DateTime<Utc>) -> Result<Self, FlowError> {
        self.between(now, |mut between| match between.step {
            Step::Enrol { kind, .. } => {
                between.declined.push(kind);
                Ok(Between {
                    step: Step::Decide,
                    ..between
                })
            }
            Step::Challenge { .. } | Step::Decide => Err(FlowError::OutOfOrder),
        })
    }

    /// Ends the login without a grant.
    ///
    /// # Errors
    /// [`FlowError::Closed`] if it is over already. An expired login may still be refused.
    pub fn refused(self, why: Refusal) -> Result<Self, FlowError> {
        if self.is_closed() {
            return Err(FlowError::Closed);
        }
        Ok(self.into_stage(Stage::Closed(Ending::Refused(why))))
    }

    fn between(
        self,
        now: DateTime<Utc>,
        change: impl FnOnce(Between) -> Result<Between, FlowError>,
    ) -> Result<Self, FlowError> {
        self.ensure_open(now)?;
        let Self { stage, .. } = self;
        let Stage::Between(between) = stage else {
            return Err(FlowError::OutOfOrder);
        };
        Ok(Self {
            stage: Stage::Between(Box::new(change(*between)?)),
            ..self
        })
    }

    fn into_stage(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }
}

#[cfg(test)]
mod tests;
