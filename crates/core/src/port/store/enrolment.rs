//! Registered factors.

use async_trait::async_trait;

use super::StoreError;
use crate::{evidence::Enrolment, identity::PersonId};

/// Registered factors.
#[async_trait]
pub trait Enrolments: Send + Sync {
    /// All of one person's, disabled and spent ones too, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn enrolments(&self, person: &PersonId) -> Result<Vec<Enrolment>, StoreError>;
}
