//! What of a logout is kept between two messages, and how ours are named.
//!
//! Owns the form in which a name, and a request that waits for its answer, are written down; and the way from a handle
//! of the caller's to the ID of a request and back. Does not own where it is kept.

use serde::{Deserialize, Serialize};

use super::AcceptedLogoutRequest;
use crate::{issue, response::NameId};

/// A name, whole.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct KeptName {
    value: String,
    /// `None` where nothing was said, or that it is unspecified, which means the same (SAML core 2.2.2).
    format: Option<String>,
    name_qualifier: Option<String>,
    sp_name_qualifier: Option<String>,
}

impl KeptName {
    /// As it goes into a message.
    #[must_use]
    pub fn name_id(&self) -> issue::NameId<'_> {
        issue::NameId {
            value: &self.value,
            format: self.format.as_deref(),
            name_qualifier: self.name_qualifier.as_deref(),
            sp_name_qualifier: self.sp_name_qualifier.as_deref(),
        }
    }
}

impl From<&NameId> for KeptName {
    fn from(name: &NameId) -> Self {
        Self {
            value: name.value.clone(),
            format: Some(&name.format)
                .filter(|format| *format != NameId::UNSPECIFIED)
                .cloned(),
            name_qualifier: name.name_qualifier.clone(),
            sp_name_qualifier: name.sp_name_qualifier.clone(),
        }
    }
}

/// A request that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct KeptRequest {
    /// Its `ID`.
    pub request_id: String,
    /// To be given back.
    pub relay_state: Option<String>,
    /// It wants no answer.
    pub asynchronous: bool,
}

impl From<&AcceptedLogoutRequest> for KeptRequest {
    fn from(request: &AcceptedLogoutRequest) -> Self {
        Self {
            request_id: request.id.clone(),
            relay_state: request.relay_state.clone(),
            asynchronous: request.asynchronous,
        }
    }
}

/// The ID of a request of ours that a handle names: an XML name begins with no digit and no dash.
#[must_use]
pub fn request_id(handle: &str) -> String {
    format!("_{handle}")
}

/// The handle in the `InResponseTo` of an answer; of what is none of ours, nothing.
#[must_use]
pub fn handle_of(in_response_to: &str) -> &str {
    in_response_to.strip_prefix('_').unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_back_as_it_was_said() {
        let said = |format: &str| NameId {
            value: "alice".to_owned(),
            format: format.to_owned(),
            name_qualifier: Some("https://idp.test!x".to_owned()),
            sp_name_qualifier: None,
        };
        let persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
        for (format, expect) in [(persistent, Some(persistent)), (NameId::UNSPECIFIED, None)] {
            let kept = KeptName::from(&said(format));
            let name = kept.name_id();
            assert_eq!((name.value, name.format), ("alice", expect));
            assert_eq!(name.name_qualifier, Some("https://idp.test!x"));
            assert_eq!(name.sp_name_qualifier, None);
        }
    }

    #[test]
    fn a_handle_is_found_in_the_answer_and_nothing_else_is() {
        assert_eq!(handle_of(&request_id("-a_1")), "-a_1");
        for foreign in ["", "_", "a1", "id-a1"] {
            assert_eq!(handle_of(foreign), "", "{foreign}");
        }
    }
}
