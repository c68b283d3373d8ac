//! What the browser says of the page that asked (WebAuthn L3 section 5.8.1).
//!
//! Owns the comparison of every member that the standard has a relying party check: letter by letter, before the
//! library reads the same bytes. Addresses are not parsed: a browser writes an origin in one way only.

use serde::Deserialize;

use super::rejected::Rejected;

/// What was asked, and where.
pub(super) struct Expected<'a> {
    /// `webauthn.create` or `webauthn.get`.
    pub(super) ceremony: &'static str,
    /// In base64url without padding, as browsers write it.
    pub(super) challenge: &'a str,
    /// As browsers write it: `https://sso.example.org`.
    pub(super) origin: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    ceremony: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    #[serde(default)]
    top_origin: Option<String>,
}

impl Expected<'_> {
    /// Holds it against what the browser said.
    ///
    /// # Errors
    /// [`Rejected`].
    pub(super) fn check(&self, json: &[u8]) -> Result<(), Rejected> {
        let said: ClientData = serde_json::from_slice(json).map_err(|_| Rejected::Malformed)?;
        if said.ceremony != self.ceremony {
            return Err(Rejected::Type);
        }
        if said.challenge != self.challenge {
            return Err(Rejected::Challenge);
        }
        if said.origin != self.origin {
            return Err(Rejected::Origin);
        }
        // Our pages allow nobody to frame them, so an answer from within a frame is not from them.
        if said.cross_origin || said.top_origin.is_some() {
            return Err(Rejected::CrossOrigin);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(change: impl FnOnce(&mut Value)) -> Result<(), Rejected> {
        let mut said = json!({
            "type": "webauthn.get",
            "challenge": "YWJj",
            "origin": "https://example.org",
            "crossOrigin": false,
        });
        change(&mut said);
        expected().check(said.to_string().as_bytes())
    }

    fn expected() -> Expected<'static> {
        Expected {
            ceremony: "webauthn.get",
            challenge: "YWJj",
            origin: "https://example.org",
        }
    }

    #[test]
    fn what_was_asked_is_taken_with_members_of_the_future() {
        assert_eq!(check(|_| {}), Ok(()));
        assert_eq!(check(|said| said["other"] = json!("member")), Ok(()));
        let without = check(|said| {
            said.as_object_mut().unwrap().remove("crossOrigin");
        });
        assert_eq!(without, Ok(()));
    }

    #[test]
    fn mf_60_the_type_and_the_challenge_are_compared_letter_by_letter() {
        for ceremony in [
            "webauthn.create",
            "WEBAUTHN.GET",
            "webauthn.get ",
            "payment.get",
            "",
        ] {
            let checked = check(|said| said["type"] = json!(ceremony));
            assert_eq!(checked, Err(Rejected::Type), "{ceremony}");
        }
        for challenge in ["YWJk", "YWJj=", "YWJj==", "YWJjAA", "ywjj", " YWJj", ""] {
            let checked = check(|said| said["challenge"] = json!(challenge));
            assert_eq!(checked, Err(Rejected::Challenge), "{challenge}");
        }
    }

    #[test]
    fn mf_61_the_origin_is_ours_and_no_other_that_looks_like_it() {
        for origin in [
            "http://example.org",
            "https://example.org:443",
            "https://example.org:8443",
            "https://sub.example.org",
            "https://org",
            "https://badexample.org",
            "https://example.org.evil.example",
            "https://example.org.",
            "https://example.org/",
            "https://example.org/login",
            "https://user@example.org",
            "https://EXAMPLE.org",
            "https://ex\u{430}mple.org",
            "https://xn--exmple-4nf.org",
            "null",
            "",
            "android:apk-key-hash:kZwfDnG2BpNLYhSYvCvuIK8hKHCBBvkDTfBlSS6Rj9E",
            "ios:bundle-id:org.example",
        ] {
            let checked = check(|said| said["origin"] = json!(origin));
            assert_eq!(checked, Err(Rejected::Origin), "{origin}");
        }
    }

    #[test]
    fn mf_61_a_frame_of_another_site_is_refused() {
        let crossed = check(|said| said["crossOrigin"] = json!(true));
        assert_eq!(crossed, Err(Rejected::CrossOrigin));
        for top in ["https://evil.example", "https://example.org"] {
            let framed = check(|said| said["topOrigin"] = json!(top));
            assert_eq!(framed, Err(Rejected::CrossOrigin), "{top}");
        }
    }

    #[test]
    fn mf_60_what_can_be_read_in_two_ways_is_not_read() {
        for json in [
            r#"{"type":"webauthn.create","type":"webauthn.get","challenge":"YWJj","origin":"https://example.org"}"#,
            r#"{"type":"webauthn.get","challenge":"YWJj","origin":"https://evil.example","origin":"https://example.org"}"#,
            r#"{"type":"webauthn.get","challenge":"YWJj","origin":["https://example.org"]}"#,
            r#"{"type":"webauthn.get","challenge":"YWJj"}"#,
            r#"{"type":"webauthn.get","challenge":"YWJj","origin":"https://example.org"} {}"#,
            r#"["webauthn.get"]"#,
            "",
        ] {
            let checked = expected().check(json.as_bytes());
            assert_eq!(checked, Err(Rejected::Malformed), "{json}");
        }
    }
}
