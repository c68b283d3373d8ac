//! Having a person signed out at a provider, as a relying party asks for it (RP-Initiated Logout 1.0).
//!
//! Owns the address that the browser is sent to, and reading what it brings back. Does not own the ID token that is shown
//! as a hint, nor which logout `state` names: that is the caller's.
//!
//! The request is a redirect, although a form would keep the ID token out of addresses: a provider whose cookies are
//! `SameSite=Lax` would not know its own session behind a form of another site.

use std::fmt;

use url::Url;

use crate::{
    callback::{CallbackRejection, MAX_CALLBACK_BYTES},
    form::Parameters,
};

/// The longest ID token that is worth keeping as a hint, in bytes: with the rest, the address stays below the 8 KiB that
/// servers take.
pub const MAX_HINT_BYTES: usize = 4096;

/// One request. Its `Debug` shows no `state` and no hint.
#[derive(Clone, Copy)]
pub struct EndSessionRequest<'a> {
    /// Our client id there.
    pub client_id: &'a str,
    /// An ID token of the session, which may have expired: with it the provider need not ask the person.
    pub id_token_hint: Option<&'a str>,
    /// Who shall be signed out, in the provider's own words, where there is no such token.
    pub logout_hint: Option<&'a str>,
    /// Where the browser shall come back to; registered there.
    pub post_logout_redirect_uri: &'a Url,
    /// Comes back with it: by that the logout is found again.
    pub state: &'a str,
}

impl EndSessionRequest<'_> {
    /// The address to send the browser to. What the provider has in the query of its own stays (section 2).
    #[must_use]
    pub fn url(&self, end_session_endpoint: &Url) -> Url {
        let mut url = end_session_endpoint.clone();
        let mut query = url.query_pairs_mut();
        query.append_pair("client_id", self.client_id);
        match (self.id_token_hint, self.logout_hint) {
            (Some(token), _) => {
                query.append_pair("id_token_hint", token);
            }
            (None, Some(hint)) => {
                query.append_pair("logout_hint", hint);
            }
            (None, None) => {}
        }
        query
            .append_pair(
                "post_logout_redirect_uri",
                self.post_logout_redirect_uri.as_str(),
            )
            .append_pair("state", self.state);
        drop(query);
        url
    }
}

impl fmt::Debug for EndSessionRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndSessionRequest")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// `state` of the address that the browser came back with (section 3). The provider signs nothing: whoever has the browser
/// and the value can say so.
///
/// # Errors
/// [`CallbackRejection::Malformed`], [`CallbackRejection::StateMissing`].
pub fn returned_state(query: &str) -> Result<String, CallbackRejection> {
    let mut parameters = Parameters::parse(query, MAX_CALLBACK_BYTES).map_err(|fault| {
        CallbackRejection::Malformed {
            fault: fault.to_string(),
        }
    })?;
    parameters
        .take("state")
        .ok_or(CallbackRejection::StateMissing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request<'a>(
        token: Option<&'a str>,
        hint: Option<&'a str>,
        back: &'a Url,
    ) -> EndSessionRequest<'a> {
        EndSessionRequest {
            client_id: "vestibule",
            id_token_hint: token,
            logout_hint: hint,
            post_logout_redirect_uri: back,
            state: "s&1",
        }
    }

    #[test]
    fn the_address_says_whom_and_where_to() {
        let back = Url::parse("https://sso.test/back").unwrap();
        let there = Url::parse("https://idp.test/logout?realm=a").unwrap();
        for (token, hint, expect) in [
            (Some("a.b.c"), Some("alice"), "&id_token_hint=a.b.c"),
            (None, Some("alice"), "&logout_hint=alice"),
            (None, None, ""),
        ] {
            let url = request(token, hint, &back).url(&there);
            assert_eq!(
                url.as_str(),
                format!(
                    "https://idp.test/logout?realm=a&client_id=vestibule{expect}&post_logout_redirect_uri=https%3A%2F%2Fsso.test%2Fback&state=s%261"
                )
            );
        }
    }

    #[test]
    fn what_comes_back_is_read_by_its_state() {
        for (query, expect) in [
            ("state=s%261", Ok("s&1".to_owned())),
            ("other=1&state=x", Ok("x".to_owned())),
            ("", Err("callback_state_missing")),
            ("state=", Err("callback_state_missing")),
            ("state=a&state=b", Err("callback_malformed")),
            ("state=%ff", Err("callback_malformed")),
        ] {
            let state = returned_state(query).map_err(|rejection| rejection.code());
            assert_eq!(state, expect, "{query}");
        }
    }
}
