//! `claims`: single claims that a client asks for (Core section 5.5).
//!
//! Owns reading the JSON within bounds. It does not decide which claims a client gets; asking gives no
//! right to anything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::refusal::RequestFault;
use crate::json;

/// The most claims that each of the two places may ask for, and the most values of one claim.
const MOST: usize = 64;

/// What is asked for beyond the scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct ClaimsRequest {
    /// For the ID token.
    pub id_token: BTreeMap<String, ClaimWish>,
    /// For the userinfo answer.
    pub userinfo: BTreeMap<String, ClaimWish>,
}

/// What is asked of one claim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct ClaimWish {
    /// The client cannot do without it (Core section 5.5.1).
    pub essential: bool,
    /// The values that it would have, the preferred one first; any will do if there is none.
    pub values: Vec<Value>,
}

impl ClaimsRequest {
    /// Reads the parameter.
    pub(super) fn read(text: &str) -> Result<Self, RequestFault> {
        let mut request =
            json::parse_object(text.as_bytes()).map_err(|_| RequestFault::ClaimsMalformed)?;
        // Core section 5.5: other members may be there, and are not understood.
        let mut place = |name| request.remove(name).map_or(Ok(BTreeMap::new()), wishes);
        Ok(Self {
            id_token: place("id_token")?,
            userinfo: place("userinfo")?,
        })
    }

    /// The subject that the client wants and no other (Core section 5.5.1); `None` if anybody will do.
    #[must_use]
    pub fn subject(&self) -> Option<&Value> {
        let mut wishes = [&self.id_token, &self.userinfo]
            .into_iter()
            .filter_map(|place| place.get("sub"));
        wishes.find_map(|wish| wish.values.first())
    }
}

impl ClaimWish {
    /// The values that are texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.values.iter().filter_map(Value::as_str)
    }
}

fn wishes(place: Value) -> Result<BTreeMap<String, ClaimWish>, RequestFault> {
    match place {
        Value::Null => Ok(BTreeMap::new()),
        Value::Object(claims) if claims.len() > MOST => Err(RequestFault::ClaimsTooMany),
        Value::Object(claims) => claims
            .into_iter()
            .map(|(name, wish)| Ok((name, wish_of(wish)?)))
            .collect(),
        _ => Err(RequestFault::ClaimsMalformed),
    }
}

/// `null` asks for the claim and no more (Core section 5.5.1).
fn wish_of(wish: Value) -> Result<ClaimWish, RequestFault> {
    let mut wish = match wish {
        Value::Null => Map::new(),
        Value::Object(wish) => wish,
        _ => return Err(RequestFault::ClaimsMalformed),
    };
    let essential = match wish.remove("essential") {
        None => false,
        Some(Value::Bool(essential)) => essential,
        Some(_) => return Err(RequestFault::ClaimsMalformed),
    };
    let values = match (wish.remove("value"), wish.remove("values")) {
        (None, None) => Vec::new(),
        (Some(value), None) => vec![value],
        (None, Some(Value::Array(values))) if values.len() > MOST => {
            return Err(RequestFault::ClaimsTooMany);
        }
        (None, Some(Value::Array(values))) => values,
        // Both at once would be two answers to one question.
        _ => return Err(RequestFault::ClaimsMalformed),
    };
    let scalar = |value: &Value| value.is_string() || value.is_boolean() || value.is_number();
    if !values.iter().all(scalar) {
        return Err(RequestFault::ClaimsMalformed);
    }
    Ok(ClaimWish { essential, values })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_example_of_the_specification_is_read() {
        // Core section 5.5.
        let text = r#"{
            "userinfo": {"given_name": {"essential": true}, "nickname": null, "email": {"essential": true},
                "email_verified": {"essential": true}, "picture": null, "http://example.info/claims/groups": null},
            "id_token": {"auth_time": {"essential": true}, "acr": {"values": ["urn:mace:incommon:iap:silver"]}},
            "other": {"x": [1]}
        }"#;
        let request = ClaimsRequest::read(text).unwrap();
        assert_eq!((request.userinfo.len(), request.id_token.len()), (6, 2));
        assert!(
            request.userinfo["given_name"].essential && !request.userinfo["nickname"].essential
        );
        let acr = &request.id_token["acr"];
        assert_eq!(
            acr.texts().collect::<Vec<_>>(),
            ["urn:mace:incommon:iap:silver"]
        );
        assert!(!acr.essential);
        assert_eq!(request.subject(), None);
        let stored = serde_json::to_string(&request).unwrap();
        assert_eq!(
            serde_json::from_str::<ClaimsRequest>(&stored).unwrap(),
            request
        );
    }

    #[test]
    fn a_subject_is_one_value() {
        for text in [
            r#"{"id_token": {"sub": {"value": "248"}}}"#,
            r#"{"userinfo": {"sub": {"value": "248"}}}"#,
        ] {
            assert_eq!(
                ClaimsRequest::read(text).unwrap().subject(),
                Some(&json!("248"))
            );
        }
    }

    #[test]
    fn oo_12_other_json_is_refused() {
        let many = (0..=MOST)
            .map(|n| format!("\"c{n}\":null"))
            .collect::<Vec<_>>();
        let cases = [
            ("{}", "ok"),
            (r#"{"id_token":null}"#, "ok"),
            (r#"{"id_token":{"a":{"b":{"c":[{}]}}}}"#, "ok"),
            ("", "authorization_claims_malformed"),
            ("[]", "authorization_claims_malformed"),
            (r#"{"id_token":[]}"#, "authorization_claims_malformed"),
            (r#"{"id_token":{"a":1}}"#, "authorization_claims_malformed"),
            (
                r#"{"id_token":{"a":null,"a":null}}"#,
                "authorization_claims_malformed",
            ),
            (
                r#"{"id_token":{"a":{"essential":"true"}}}"#,
                "authorization_claims_malformed",
            ),
            (
                r#"{"id_token":{"a":{"value":"x","values":["y"]}}}"#,
                "authorization_claims_malformed",
            ),
            (
                r#"{"id_token":{"a":{"values":"x"}}}"#,
                "authorization_claims_malformed",
            ),
            (
                r#"{"id_token":{"a":{"value":{"x":1}}}}"#,
                "authorization_claims_malformed",
            ),
            (
                &format!(r#"{{"id_token":{{{}}}}}"#, many.join(",")),
                "authorization_claims_too_many",
            ),
            (
                &format!(
                    r#"{{"userinfo":{{"a":{{"values":[1{}]}}}}}}"#,
                    ",1".repeat(MOST)
                ),
                "authorization_claims_too_many",
            ),
            (&"[".repeat(8000), "authorization_claims_malformed"),
            (&r#"{"a":"#.repeat(1000), "authorization_claims_malformed"),
        ];
        for (text, code) in cases {
            let found = ClaimsRequest::read(text).map_or_else(RequestFault::code, |_| "ok");
            assert_eq!(found, code, "{}", text.get(..80).unwrap_or(text));
        }
    }
}
