//! What an application is told of the session: another name for each application, so that no two can compare theirs.
//!
//! Owns the derivation. It needs no key: a session's id is 128 random bits that no application is told.

use aws_lc_rs::digest::{Context, SHA256};
use vestibule_core::id::{AppId, SessionId};

/// Characters of the name: 128 bits in hexadecimal, with an underscore so that it may stand where an XML name must.
const LENGTH: usize = 33;

/// SAML's `SessionIndex` (core 2.7.2) and OpenID Connect's `sid` (Front-Channel Logout 1.0 section 3) of a session.
#[must_use]
pub fn told_session(session: SessionId, app: &AppId) -> String {
    let mut context = Context::new(&SHA256);
    context.update(b"session of application\0");
    context.update(session.as_bytes());
    context.update(app.as_str().as_bytes());
    let mut name = String::from("_");
    for byte in context.finish().as_ref() {
        name.push_str(&format!("{byte:02x}"));
    }
    name.truncate(LENGTH);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_application_knows_a_session_by_a_name_of_its_own() {
        let (one, other) = (
            SessionId::from_bytes([1; 16]),
            SessionId::from_bytes([2; 16]),
        );
        let app = |name: &str| AppId::new(name).unwrap();
        let name = told_session(one, &app("jira"));
        assert_eq!(name, told_session(one, &app("jira")));
        assert_eq!((name.len(), name.starts_with('_')), (LENGTH, true));
        for another in [
            told_session(one, &app("wiki")),
            told_session(other, &app("jira")),
        ] {
            assert_ne!(name, another);
        }
        assert!(!name.contains(&one.to_string()));
    }
}
