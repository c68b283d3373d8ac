//! The book of our keys, and how it changes.
//!
//! Owns the rules. A change is made in two halves: a method here looks at the book and says which [`KeyStep`]s it takes,
//! and whoever keeps the book (the store, in one transaction) takes them. **Invariant:** a purpose that has keys has
//! exactly one active one, a choice names a key that is there and not the active one, nobody is chosen for a key that would
//! never sign for them, and a key that somebody was chosen for does not go.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::{KeyAlgorithm, KeyPurpose, KeyRecord, KeyState, Partner, Served};
use crate::id::KeyId;

/// All our keys, and who is served with another one than the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyBook {
    keys: BTreeMap<KeyId, KeyRecord>,
    choices: BTreeMap<(KeyPurpose, Partner), KeyId>,
}

/// One step of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyStep {
    /// This partner is served with this key, or (`None`) with the active one as the rest.
    Choose {
        /// For what.
        purpose: KeyPurpose,
        /// Who.
        partner: Partner,
        /// With which.
        key: Option<KeyId>,
    },
    /// Somebody who was chosen for this key is no longer served with it. It stands where it stood.
    Leave {
        /// Which.
        key: KeyId,
        /// When.
        at: DateTime<Utc>,
    },
    /// This key stands here from now on.
    Move {
        /// Which.
        key: KeyId,
        /// Where.
        to: KeyState,
        /// Since when.
        at: DateTime<Utc>,
    },
    /// This key is gone.
    Remove(KeyId),
}

/// Why a change is not made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyFault {
    /// It is active.
    #[error("the key `{0}` is active: promote another one first")]
    Active(KeyId),
    /// Everybody who was not chosen for another follows it already, so these cannot stay behind any more.
    #[error("the key `{key}` is active already, and serves the {}", told(.partners))]
    Followed {
        /// Which.
        key: KeyId,
        /// Who should have stayed behind.
        partners: Vec<Partner>,
    },
    /// It serves this purpose for nobody in particular, or not for this partner.
    #[error("a key for {purpose} is not used for the {}, which is served with keys for {}", .served.partner, .served.purpose)]
    Foreign {
        /// What it is for.
        purpose: KeyPurpose,
        /// Who was named, and what they are served with.
        served: Served,
    },
    /// Somebody is served with it.
    #[error("the key `{key}` is in use for the {}: promote another one for it first", told(.by))]
    InUse {
        /// Which.
        key: KeyId,
        /// By whom.
        by: Vec<Partner>,
    },
    /// There is one of that name.
    #[error("there is a key `{0}` already")]
    Known(KeyId),
    /// This partner was not chosen for it.
    #[error("the {partner} was not chosen for the key `{key}`")]
    Unchosen {
        /// Which.
        key: KeyId,
        /// Who was named.
        partner: Partner,
    },
    /// A key of this kind does not serve that purpose.
    #[error("a key for {purpose} is one of: {}", kinds(*.purpose))]
    Unfit {
        /// What it was for.
        purpose: KeyPurpose,
        /// What it is.
        algorithm: KeyAlgorithm,
    },
    /// There is none of that name.
    #[error("there is no key `{0}`")]
    Unknown(KeyId),
}

impl KeyFault {
    /// The stable reason code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Active(_) => "key_active",
            Self::Followed { .. } => "key_followed",
            Self::Foreign { .. } => "key_foreign",
            Self::InUse { .. } => "key_in_use",
            Self::Known(_) => "key_known",
            Self::Unchosen { .. } => "key_unchosen",
            Self::Unfit { .. } => "key_unfit",
            Self::Unknown(_) => "key_unknown",
        }
    }
}

fn told(partners: &[Partner]) -> String {
    let told: Vec<String> = partners.iter().map(ToString::to_string).collect();
    told.join(" and the ")
}

fn kinds(purpose: KeyPurpose) -> String {
    let names = purpose.algorithms().iter().map(|kind| kind.name());
    names.collect::<Vec<_>>().join(", ")
}

/// Reading.
impl KeyBook {
    /// All keys, by id.
    pub fn keys(&self) -> impl Iterator<Item = &KeyRecord> {
        self.keys.values()
    }

    /// Those of one purpose: the active one, then those to come, then those to go; each the oldest first.
    #[must_use]
    pub fn of(&self, purpose: KeyPurpose) -> Vec<&KeyRecord> {
        let rank = |state| match state {
            KeyState::Active => 0,
            KeyState::Published => 1,
            KeyState::Retiring => 2,
        };
        let mut keys: Vec<_> = self.keys().filter(|key| key.purpose == purpose).collect();
        keys.sort_by_key(|key| (rank(key.state), key.created_at, &key.id));
        keys
    }

    /// One key.
    #[must_use]
    pub fn key(&self, id: &KeyId) -> Option<&KeyRecord> {
        self.keys.get(id)
    }

    /// The key that everybody is served with who was not chosen for another; none before the first was made.
    #[must_use]
    pub fn active(&self, purpose: KeyPurpose) -> Option<&KeyRecord> {
        self.keys()
            .find(|key| key.purpose == purpose && key.state == KeyState::Active)
    }

    /// The key that this partner is served with.
    #[must_use]
    pub fn serving(&self, purpose: KeyPurpose, partner: &Partner) -> Option<&KeyRecord> {
        // A choice that names no key any more cannot be; if it were, nobody must be left without an answer.
        self.chosen(purpose, partner)
            .and_then(|id| self.keys.get(id))
            .or_else(|| self.active(purpose))
    }

    /// The key that was chosen for this partner alone.
    #[must_use]
    pub fn chosen(&self, purpose: KeyPurpose, partner: &Partner) -> Option<&KeyId> {
        self.choices.get(&(purpose, partner.clone()))
    }

    /// Who is served with another key than the rest.
    pub fn choices(&self) -> impl Iterator<Item = (KeyPurpose, &Partner, &KeyId)> {
        let all = self.choices.iter();
        all.map(|((purpose, partner), key)| (*purpose, partner, key))
    }

    /// Who was chosen for this key.
    #[must_use]
    pub fn chosen_for(&self, id: &KeyId) -> Vec<Partner> {
        let of_key = self.choices().filter(|(_, _, key)| *key == id);
        of_key.map(|(_, partner, _)| partner.clone()).collect()
    }
}

/// Changing: each says which steps it takes, and changes nothing.
impl KeyBook {
    /// A new key. The first of its purpose is active at once, for there is none that it could wait for.
    ///
    /// # Errors
    /// [`KeyFault::Known`], [`KeyFault::Unfit`].
    pub fn add(
        &self,
        id: KeyId,
        purpose: KeyPurpose,
        algorithm: KeyAlgorithm,
        now: DateTime<Utc>,
    ) -> Result<KeyRecord, KeyFault> {
        if !purpose.algorithms().contains(&algorithm) {
            return Err(KeyFault::Unfit { purpose, algorithm });
        }
        if self.keys.contains_key(&id) {
            return Err(KeyFault::Known(id));
        }
        Ok(KeyRecord {
            id,
            purpose,
            algorithm,
            state: match self.active(purpose) {
                Some(_) => KeyState::Published,
                None => KeyState::Active,
            },
            since: now,
            created_at: now,
        })
    }

    /// Everybody is served with this key, except those who were chosen for another, and those that stay (`except`): they
    /// are chosen for the one that was active. Who was chosen for this key before goes with the rest from now on. No
    /// step is to be taken if it is active already, and those that stay are served with others.
    ///
    /// # Errors
    /// [`KeyFault::Unknown`], [`KeyFault::Foreign`], [`KeyFault::Followed`].
    pub fn promote(
        &self,
        id: &KeyId,
        except: &BTreeSet<Served>,
        now: DateTime<Utc>,
    ) -> Result<Vec<KeyStep>, KeyFault> {
        let key = self.known(id)?;
        let purpose = key.purpose;
        for served in except {
            fits(purpose, served)?;
        }
        let stay: BTreeSet<&Partner> = except.iter().map(|served| &served.partner).collect();
        if key.state == KeyState::Active {
            // Which one they would stay with is not known any more: several may be retiring.
            let follow = stay.into_iter();
            let follow = follow.filter(|partner| self.chosen(purpose, partner).is_none());
            let partners: Vec<Partner> = follow.cloned().collect();
            if partners.is_empty() {
                return Ok(Vec::new());
            }
            let key = id.clone();
            return Err(KeyFault::Followed { key, partners });
        }
        let before = self.active(purpose);
        // First the one goes, then the other comes: at no time there are two.
        let mut steps: Vec<KeyStep> = before
            .map(|before| KeyStep::Move {
                key: before.id.clone(),
                to: KeyState::Retiring,
                at: now,
            })
            .into_iter()
            .collect();
        steps.push(KeyStep::Move {
            key: id.clone(),
            to: KeyState::Active,
            at: now,
        });
        let choose = |partner: &Partner, key: Option<KeyId>| KeyStep::Choose {
            purpose,
            partner: partner.clone(),
            key,
        };
        for partner in self.chosen_for(id) {
            if !stay.contains(&partner) {
                steps.push(choose(&partner, None));
            }
        }
        for partner in stay {
            let stays = self.chosen(purpose, partner).filter(|chosen| *chosen != id);
            if stays.is_none() {
                steps.push(choose(partner, before.map(|before| before.id.clone())));
            }
        }
        Ok(steps)
    }

    /// This partner is served with this key; with the active one it goes with the rest. No step is to be taken if it is
    /// so already. What the partner was served with until now has signed for it to this moment.
    ///
    /// # Errors
    /// [`KeyFault::Unknown`], [`KeyFault::Foreign`].
    pub fn promote_for(
        &self,
        id: &KeyId,
        served: &Served,
        now: DateTime<Utc>,
    ) -> Result<Vec<KeyStep>, KeyFault> {
        let key = self.known(id)?;
        fits(key.purpose, served)?;
        let partner = &served.partner;
        let wanted = (key.state != KeyState::Active).then_some(id);
        if self.chosen(key.purpose, partner) == wanted {
            return Ok(Vec::new());
        }
        let choice = KeyStep::Choose {
            purpose: key.purpose,
            partner: partner.clone(),
            key: wanted.cloned(),
        };
        let left = self.chosen(key.purpose, partner);
        Ok([choice].into_iter().chain(self.left(left, now)).collect())
    }

    /// This partner is no longer chosen for this key, and goes with the rest. It asks nobody what the partner is served
    /// with: a choice may outlive its partner, or the algorithm that the partner wanted.
    ///
    /// # Errors
    /// [`KeyFault::Unknown`], [`KeyFault::Unchosen`].
    pub fn unpin(
        &self,
        id: &KeyId,
        partner: &Partner,
        now: DateTime<Utc>,
    ) -> Result<Vec<KeyStep>, KeyFault> {
        let purpose = self.known(id)?.purpose;
        if self.chosen(purpose, partner) != Some(id) {
            let (key, partner) = (id.clone(), partner.clone());
            return Err(KeyFault::Unchosen { key, partner });
        }
        let choice = KeyStep::Choose {
            purpose,
            partner: partner.clone(),
            key: None,
        };
        let left = self.left(Some(id), now);
        Ok([choice].into_iter().chain(left).collect())
    }

    /// The key goes for good.
    ///
    /// # Errors
    /// [`KeyFault::Unknown`], [`KeyFault::Active`], [`KeyFault::InUse`].
    pub fn retire(&self, id: &KeyId) -> Result<Vec<KeyStep>, KeyFault> {
        let key = self.known(id)?;
        if key.state == KeyState::Active {
            return Err(KeyFault::Active(id.clone()));
        }
        let by = self.chosen_for(id);
        if !by.is_empty() {
            let key = id.clone();
            return Err(KeyFault::InUse { key, by });
        }
        Ok(vec![KeyStep::Remove(id.clone())])
    }

    /// The book with one more key, as [`add`](Self::add) made it or as it was kept.
    #[must_use]
    pub fn with(mut self, key: KeyRecord) -> Self {
        self.keys.insert(key.id.clone(), key);
        self
    }

    /// The book after these steps.
    #[must_use]
    pub fn after(mut self, steps: impl IntoIterator<Item = KeyStep>) -> Self {
        for step in steps {
            match step {
                KeyStep::Choose {
                    purpose,
                    partner,
                    key: Some(key),
                } => {
                    self.choices.insert((purpose, partner), key);
                }
                KeyStep::Choose {
                    purpose, partner, ..
                } => {
                    self.choices.remove(&(purpose, partner));
                }
                KeyStep::Leave { key, at } => {
                    if let Some(key) = self.keys.get_mut(&key) {
                        key.since = at;
                    }
                }
                KeyStep::Move { key, to, at } => {
                    if let Some(key) = self.keys.get_mut(&key) {
                        key.state = to;
                        key.since = at;
                    }
                }
                KeyStep::Remove(key) => {
                    self.keys.remove(&key);
                }
            }
        }
        self
    }

    fn left(&self, id: Option<&KeyId>, now: DateTime<Utc>) -> Option<KeyStep> {
        self.key(id?).map(|key| KeyStep::Leave {
            key: key.id.clone(),
            at: now,
        })
    }

    fn known(&self, id: &KeyId) -> Result<&KeyRecord, KeyFault> {
        self.key(id).ok_or_else(|| KeyFault::Unknown(id.clone()))
    }
}

fn fits(purpose: KeyPurpose, served: &Served) -> Result<(), KeyFault> {
    if served.purpose == purpose && purpose.serves(&served.partner) {
        return Ok(());
    }
    Err(KeyFault::Foreign {
        purpose,
        served: served.clone(),
    })
}
