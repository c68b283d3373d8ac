//! Authorization codes (RFC 6749 section 4.1.2).
//!
//! Owns what a code stands for. Does not own where codes are kept, nor when they are redeemed.

use chrono::{DateTime, Utc};
use vestibule_oidc::provider::authorization::AcceptedAuthorization;

/// What a code stands for.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) request: AcceptedAuthorization,
    pub(super) username: &'static str,
    /// When the person typed their password.
    pub(super) since: DateTime<Utc>,
}
