//! Codes and tokens.

use async_trait::async_trait;

use super::StoreError;
use crate::token::{TokenKey, TokenPurpose, TokenRecord};

/// Codes and tokens. They change in a [`Commit`](super::Commit).
#[async_trait]
pub trait Tokens: Send + Sync {
    /// Reads what is kept of one; `None` if nothing is, or if it was minted for another purpose. Whether it is still
    /// good is not asked here.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn token(
        &self,
        purpose: TokenPurpose,
        key: TokenKey,
    ) -> Result<Option<TokenRecord>, StoreError>;
}
