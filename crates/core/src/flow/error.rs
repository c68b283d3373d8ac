//! Why a step is refused.

use thiserror::Error;

/// Why a transition was refused. The login is unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FlowError {
    /// It is over.
    #[error("this login is already finished")]
    Closed,
    /// It took too long.
    #[error("this login has expired")]
    Expired,
    /// The evidence or the factor belongs to another person or another challenge.
    #[error("the proof does not belong to this step")]
    Foreign,
    /// The login began in another browser (attack rows SI-86, MF-04).
    #[error("this login began in another browser")]
    OtherBrowser,
    /// The step is not the one that the login is at.
    #[error("this login is at another step")]
    OutOfOrder,
    /// The answer comes from another upstream than the one that was asked (IdP mix-up, attack row SI-66).
    #[error("the answer comes from another upstream than the one that was asked")]
    WrongUpstream,
}

impl FlowError {
    /// The reason code for the audit record.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Closed => "login_closed",
            Self::Expired => "login_expired",
            Self::Foreign => "proof_foreign",
            Self::OtherBrowser => "other_browser",
            Self::OutOfOrder => "step_out_of_order",
            Self::WrongUpstream => "upstream_mismatch",
        }
    }
}
