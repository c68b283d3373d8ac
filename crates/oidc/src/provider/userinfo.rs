//! The answer of the userinfo endpoint (Core section 5.3.2).
//!
//! Owns its JSON. Which claims a client may have is the caller's; how the access token is shown and refused is
//! [`super::bearer`]'s.

use serde_json::{Map, Value};

use super::id_token::about_the_person;

/// The answer about a person: `subject` as in the ID token, and the claims, of which none can be one of the protocol's
/// ([`super::id_token::PROTOCOL_CLAIMS`]). To be sent with [`super::endpoint::NOT_TO_BE_STORED`].
#[must_use]
pub fn answer(subject: &str, claims: Map<String, Value>) -> Value {
    let mut members = about_the_person(claims);
    members.insert("sub".to_owned(), subject.into());
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fixture::object;

    #[test]
    fn oi_158_no_claim_speaks_of_somebody_else() {
        let claims = object(json!({
            "sub": "mallory", "iss": "x", "aud": "y", "name": "Alice", "email": "alice@acme.example",
        }));
        let expected =
            json!({ "sub": "248289761001", "name": "Alice", "email": "alice@acme.example" });
        assert_eq!(answer("248289761001", claims), expected);
    }
}
