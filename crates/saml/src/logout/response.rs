//! The answer to a LogoutRequest of ours (SAML core 3.7.2).
//!
//! Owns: which request it answers, and how the logout ended there.
//! Does not own: which requests are pending. **Invariant:** how a logout ended is told only to whoever names the request
//! that is answered.

use chrono::{DateTime, Utc};

use super::{LogoutError, accept::Envelope};
use crate::{
    response::Status,
    xml::{Element, read::excerpt},
};

const PARTIAL: &str = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout";

/// How the logout ended at the partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogoutOutcome {
    /// The sessions ended.
    Done,
    /// The partner ended its own, but could not reach everybody behind it (SAML core 3.7.3.2).
    Partial,
    /// The partner refused.
    Refused(Status),
}

/// An answer from a partner that we may have asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AcceptedLogoutResponse {
    /// Its `ID`.
    pub id: String,
    /// Entity ID of the partner.
    pub issuer: String,
    /// When it was issued.
    pub issue_instant: DateTime<Utc>,
    /// The `ID` of the request that it answers: good for looking that request up.
    pub in_response_to: String,
    /// What we sent along with the request.
    pub relay_state: Option<String>,
    /// Whether a key of the partner signed it.
    pub signed: bool,
    outcome: LogoutOutcome,
}

impl AcceptedLogoutResponse {
    pub(super) fn read(response: Element<'_>, envelope: Envelope) -> Result<Self, LogoutError> {
        let in_response_to = response.required_attribute("InResponseTo")?;
        Ok(Self {
            id: envelope.id,
            issuer: envelope.issuer,
            issue_instant: envelope.issue_instant,
            in_response_to: in_response_to.to_owned(),
            relay_state: envelope.relay_state,
            signed: envelope.signed,
            outcome: outcome(response, envelope.signed)?,
        })
    }

    /// How the logout ended that the pending request `request_id` asked for.
    ///
    /// # Errors
    /// [`LogoutError::InResponseToMismatch`] if this answers another request.
    pub fn outcome_of(&self, request_id: &str) -> Result<&LogoutOutcome, LogoutError> {
        // An empty name is nobody's, ours neither (SAML core 1.3.4).
        if !request_id.is_empty() && self.in_response_to == request_id {
            return Ok(&self.outcome);
        }
        Err(LogoutError::InResponseToMismatch {
            expected: request_id.to_owned(),
            found: Some(excerpt(&self.in_response_to)),
        })
    }
}

/// Partners differ on the top-level code of a partial logout, so the second level decides about that one.
fn outcome(response: Element<'_>, signed: bool) -> Result<LogoutOutcome, LogoutError> {
    let status = Status::read(response, signed)?;
    Ok(match status.second_level.as_deref() {
        Some(PARTIAL) => LogoutOutcome::Partial,
        _ if status.is_success() => LogoutOutcome::Done,
        _ => LogoutOutcome::Refused(status),
    })
}
