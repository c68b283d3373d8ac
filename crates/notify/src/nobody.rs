//! Nobody is told.

use async_trait::async_trait;
use vestibule_core::port::{Notice, Notifier, NotifyError};

/// Tells nobody: for a broker without `notify`, which its administrator is warned of.
pub struct Nobody;

#[async_trait]
impl Notifier for Nobody {
    async fn send(&self, _: &Notice) -> Result<(), NotifyError> {
        Ok(())
    }
}
