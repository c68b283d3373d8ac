//! Front-channel logout (Front-Channel Logout 1.0): what a frame in the browser loads when a session ends.
//!
//! Owns the address. It does not own the page with the frames.

use super::{answer::with_query, redirect_uri::RedirectUri};

/// The address that tells a client that the session `sid` has ended (section 2). `iss` and `sid` are always
/// there, so that a client can tell a real logout from a frame that somebody else put up; the query that was
/// registered stays.
#[must_use]
pub fn logout_url(uri: &RedirectUri, issuer: &str, sid: &str) -> String {
    let fields = [("iss", issuer.to_owned()), ("sid", sid.to_owned())];
    with_query(uri.as_str(), &fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::client::ClientKind;

    #[test]
    fn the_address_names_issuer_and_session_behind_the_registered_query() {
        for (uri, expected) in [
            (
                "https://a.example/out",
                "https://a.example/out?iss=https%3A%2F%2Fidp.example&sid=08a5%2B",
            ),
            (
                "https://a.example/out?app=1",
                "https://a.example/out?app=1&iss=https%3A%2F%2Fidp.example&sid=08a5%2B",
            ),
        ] {
            let uri = RedirectUri::register(uri, ClientKind::Confidential).unwrap();
            assert_eq!(logout_url(&uri, "https://idp.example", "08a5+"), expected);
        }
    }
}
