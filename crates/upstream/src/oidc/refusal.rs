//! A provider's refusal in plain words.
//!
//! Owns the meaning of the error codes of RFC 6749 and OpenID Connect Core. Does not own the decision: each is a no.

use url::Url;
use vestibule_oidc::callback::ProviderError;

/// Errors in the browser (RFC 6749 section 4.1.2.1, Core section 3.1.2.6), their codes here, and what they mean.
const IN_BROWSER: [(&[&str], &str, &str); 5] = [
    (
        &["access_denied"],
        "upstream_denied",
        "the person cancelled, or the provider does not let them use this client",
    ),
    (
        &[
            "account_selection_required",
            "consent_required",
            "interaction_required",
            "login_required",
        ],
        "upstream_interaction_required",
        "the provider would have to ask the person, and the application allowed no questions",
    ),
    (
        &[
            "invalid_request",
            "unauthorized_client",
            "unsupported_response_type",
        ],
        "upstream_client_misconfigured",
        "compare client id, redirect URI and flow with the client at the provider",
    ),
    (
        &["invalid_scope"],
        "upstream_scope_refused",
        "allow the scopes for this client at the provider, or take them out of `scopes`",
    ),
    (
        &["server_error", "temporarily_unavailable"],
        "upstream_failed",
        "the provider has a fault of its own; see its log",
    ),
];

/// The reason code, and what it means.
pub(super) fn explain(error: &ProviderError) -> (&'static str, &'static str) {
    IN_BROWSER
        .iter()
        .find(|(names, ..)| names.contains(&error.error.as_str()))
        .map_or(
            ("upstream_refused", "see the provider's own log"),
            |(_, code, meaning)| (code, meaning),
        )
}

/// What to do about an error of the token endpoint (RFC 6749 section 5.2).
pub(super) fn token_remedy(error: &ProviderError, redirect_uri: &Url) -> String {
    match error.error.as_str() {
        "invalid_client" => {
            "check client_id, client_secret and the way of client authentication".to_owned()
        }
        "invalid_grant" => format!(
            "the code was used before or is too old, or the redirect URI {redirect_uri} is not the registered one"
        ),
        "unauthorized_client" => {
            "allow the authorization code flow for this client at the provider".to_owned()
        }
        _ => "see the provider's own log".to_owned(),
    }
}
