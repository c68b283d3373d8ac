//! Authorization requests in, their answers out.
//!
//! Owns the parameters of Core section 3.1.2 and the two ways of saying no: before the redirect URI
//! is known to be the client's, only a page of our own; afterwards, an error to the client.
//!
//! **Invariant:** nothing is redirected to a URI that is not, character by character, one of those
//! registered for the client (RFC 9700 section 2.1, OO-01). A [`Refusal::ToClient`] proves that.

use url::Url;

use crate::{
    form::Parameters,
    pkce::{Challenge, PkceRejection},
};

/// The largest request, in bytes.
pub const MAX_REQUEST_BYTES: usize = 32 * 1024;

/// Errors for the client (RFC 6749 section 4.1.2.1, Core section 3.1.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The person or we said no.
    AccessDenied,
    /// Something must be shown, and `prompt=none` forbids it.
    InteractionRequired,
    /// The request is malformed.
    InvalidRequest,
    /// A scope is unknown, or `openid` is missing.
    InvalidScope,
    /// Nobody is logged in, and `prompt=none` forbids asking.
    LoginRequired,
    /// `request` is not supported.
    RequestNotSupported,
    /// `request_uri` is not supported.
    RequestUriNotSupported,
    /// We failed.
    ServerError,
    /// Only `code` is supported.
    UnsupportedResponseType,
}

impl ErrorCode {
    /// As on the wire; also the stable reason code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::InteractionRequired => "interaction_required",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::LoginRequired => "login_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::ServerError => "server_error",
            Self::UnsupportedResponseType => "unsupported_response_type",
        }
    }
}

/// Why a request is refused with a page of our own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageReason {
    /// The request cannot be read, or has a parameter twice.
    #[error("the authorization request cannot be read: {fault}")]
    Malformed {
        /// What is wrong with it.
        fault: String,
    },
    /// `client_id` or `redirect_uri` is absent.
    #[error("the authorization request has no {parameter:?}")]
    Missing {
        /// Which.
        parameter: &'static str,
    },
    /// The redirect URI is not registered for this client.
    #[error("the redirect URI is not registered for this client")]
    UnknownRedirectUri,
}

impl PageReason {
    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "authorization_malformed",
            Self::Missing { .. } => "authorization_missing_parameter",
            Self::UnknownRedirectUri => "authorization_unknown_redirect_uri",
        }
    }
}

/// A refusal, with the only place where it may be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// On a page of our own.
    OnPage(PageReason),
    /// To the client, at an address that was checked.
    ToClient(Box<ReplyAddress>, ErrorCode, &'static str),
}

/// Where the answer goes: a registered redirect URI, with the request's `state`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyAddress {
    redirect_uri: Url,
    state: Option<String>,
}

impl ReplyAddress {
    /// The URL that hands a code to the client, with `iss` (RFC 9207 section 2).
    #[must_use]
    pub fn with_code(&self, code: &str, issuer: &str) -> Url {
        self.answer(&[("code", code)], issuer)
    }

    /// The URL that tells the client an error, with `iss`.
    #[must_use]
    pub fn with_error(&self, error: ErrorCode, description: &str, issuer: &str) -> Url {
        self.answer(
            &[("error", error.code()), ("error_description", description)],
            issuer,
        )
    }

    fn answer(&self, parameters: &[(&str, &str)], issuer: &str) -> Url {
        let mut url = self.redirect_uri.clone();
        let state = self.state.as_deref().map(|state| ("state", state));
        url.query_pairs_mut()
            .extend_pairs(parameters)
            .extend_pairs(state)
            .append_pair("iss", issuer);
        url
    }
}

/// A request of which only the client is known. Its redirect URI is somebody's word.
pub struct UncheckedRequest {
    client_id: String,
    redirect_uri: String,
    form: Parameters,
}

/// A request that is well-formed and goes back to where its client may be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// Where the answer goes.
    pub reply: ReplyAddress,
    /// `client_id`.
    pub client_id: String,
    /// `redirect_uri` as it was written; the token request must repeat it.
    pub redirect_uri: String,
    /// The scopes; `openid` is among them.
    pub scopes: Vec<String>,
    /// `nonce`, to be copied into the ID token.
    pub nonce: Option<String>,
    /// The PKCE challenge, to be kept with the code.
    pub challenge: Challenge,
    /// `prompt`, as listed.
    pub prompts: Vec<String>,
    /// `max_age` in seconds.
    pub max_age: Option<u32>,
    /// `acr_values`, the preferred one first.
    pub acr_values: Vec<String>,
    /// `login_hint`: a hint to show, never an identity.
    pub login_hint: Option<String>,
}

impl UncheckedRequest {
    /// Reads the raw query (without `?`) or form body.
    ///
    /// # Errors
    /// [`PageReason`].
    pub fn parse(raw: &str) -> Result<Self, PageReason> {
        let mut form =
            Parameters::parse(raw, MAX_REQUEST_BYTES).map_err(|fault| PageReason::Malformed {
                fault: fault.to_string(),
            })?;
        let mut required = |parameter| {
            form.take(parameter)
                .ok_or(PageReason::Missing { parameter })
        };
        let (client_id, redirect_uri) = (required("client_id")?, required("redirect_uri")?);
        Ok(Self {
            client_id,
            redirect_uri,
            form,
        })
    }

    /// `client_id`, to find the client with.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Checks the rest; `registered` are the client's redirect URIs, compared as exact strings.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check(mut self, registered: &[String]) -> Result<AuthorizationRequest, Refusal> {
        let unknown = Refusal::OnPage(PageReason::UnknownRedirectUri);
        let known = registered.contains(&self.redirect_uri);
        let redirect_uri = Url::parse(&self.redirect_uri)
            .ok()
            .filter(|_| known)
            .ok_or(unknown)?;
        let reply = ReplyAddress {
            redirect_uri,
            state: self.form.take("state"),
        };
        match self.read(&reply) {
            Ok(request) => Ok(request),
            Err((error, description)) => {
                Err(Refusal::ToClient(Box::new(reply), error, description))
            }
        }
    }

    fn read(
        mut self,
        reply: &ReplyAddress,
    ) -> Result<AuthorizationRequest, (ErrorCode, &'static str)> {
        let form = &mut self.form;
        // Core section 3.1.2.6; a request object would override what is checked here.
        if form.has("request") {
            return Err((
                ErrorCode::RequestNotSupported,
                "request objects are not supported",
            ));
        }
        if form.has("request_uri") {
            return Err((
                ErrorCode::RequestUriNotSupported,
                "request_uri is not supported",
            ));
        }
        if form.take("response_type").as_deref() != Some("code") {
            return Err((
                ErrorCode::UnsupportedResponseType,
                "response_type must be code",
            ));
        }
        if form
            .take("response_mode")
            .is_some_and(|mode| mode != "query")
        {
            return Err((ErrorCode::InvalidRequest, "response_mode must be query"));
        }
        let scopes = words(form.take("scope"));
        if !scopes.iter().any(|scope| scope == "openid") {
            return Err((ErrorCode::InvalidScope, "the scope must contain openid"));
        }
        let challenge = form.take("code_challenge");
        let method = form.take("code_challenge_method");
        let challenge = challenge
            .ok_or("code_challenge is required")
            .and_then(|challenge| {
                Challenge::parse(&challenge, method.as_deref()).map_err(|fault| match fault {
                    PkceRejection::MethodNotS256 => "code_challenge_method must be S256",
                    _ => "code_challenge is malformed",
                })
            })
            .map_err(|description| (ErrorCode::InvalidRequest, description))?;
        let prompts = words(form.take("prompt"));
        if prompts.len() > 1 && prompts.iter().any(|prompt| prompt == "none") {
            return Err((ErrorCode::InvalidRequest, "prompt none cannot be combined"));
        }
        let max_age = form
            .take("max_age")
            .map(|seconds| seconds.parse())
            .transpose();
        let max_age = max_age.map_err(|_| {
            (
                ErrorCode::InvalidRequest,
                "max_age is not a number of seconds",
            )
        })?;
        Ok(AuthorizationRequest {
            reply: reply.clone(),
            scopes,
            nonce: form.take("nonce"),
            challenge,
            prompts,
            max_age,
            acr_values: words(form.take("acr_values")),
            login_hint: form.take("login_hint"),
            client_id: self.client_id,
            redirect_uri: self.redirect_uri,
        })
    }
}

/// A space-separated list (RFC 6749 section 3.3).
fn words(list: Option<String>) -> Vec<String> {
    list.iter()
        .flat_map(|list| list.split(' '))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests;
