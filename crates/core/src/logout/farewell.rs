//! Leave to answer whoever asked for a logout.
//!
//! **Invariant:** [`Logout::finish`](super::Logout::finish) makes it, once for each logout, and nothing else does.

use super::Asker;
use crate::identity::PersonId;

/// Leave to answer whoever asked, once. [`Logout::finish`](super::Logout::finish) makes it, and nothing else does.
#[derive(Debug)]
#[must_use = "whoever asked waits for an answer"]
pub struct Farewell {
    pub(super) asker: Asker,
    pub(super) person: PersonId,
    pub(super) is_complete: bool,
}

impl Farewell {
    /// Who is answered.
    #[must_use]
    pub fn asker(&self) -> &Asker {
        &self.asker
    }

    /// Whose session ended.
    #[must_use]
    pub fn person(&self) -> &PersonId {
        &self.person
    }

    /// Everybody was told who took part.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }
}
