//! Why a request of an application's server is refused, and what it is told.
//!
//! Owns what all endpoints have in common: status, headers and body for every cause. Does not own the reasons.

use std::fmt;

use chrono::TimeDelta;
use serde_json::{Value, json};
use vestibule_core::{id::AppId, port::StoreError};
use vestibule_oidc::provider::{
    bearer::BearerRejection,
    client_auth::ClientAuthRejection,
    endpoint::{EndpointRejection, FormRejection, GrantRejection},
    pushed::PushedRefusal,
    scope::ScopeRejection,
};

/// After so many seconds it may be tried again, where the store did not answer.
const SOON: i64 = 5;

/// A request that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// Why.
    pub cause: Cause,
    /// Who asked, where that is known.
    pub app: Option<AppId>,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The access token that was shown.
    Bearer(BearerRejection),
    /// What was posted, or who posted it.
    Endpoint(EndpointRejection),
    /// Something of ours.
    Fault {
        /// Stable reason code.
        code: &'static str,
        /// For an administrator: cause and remedy.
        detail: String,
    },
    /// The authorization request that was pushed.
    Pushed(PushedRefusal),
    /// The store did not do its part.
    Store(StoreError),
    /// Too many wrong secrets of this application came from there; for so long none is judged.
    Wait(TimeDelta),
}

impl Denied {
    /// Of a known application.
    pub(super) fn of(cause: impl Into<Cause>, app: &AppId) -> Self {
        Self {
            cause: cause.into(),
            app: Some(app.clone()),
        }
    }

    /// Something of ours is broken.
    pub(super) fn fault(code: &'static str, detail: impl fmt::Display, app: &AppId) -> Self {
        let detail = detail.to_string();
        Self::of(Cause::Fault { code, detail }, app)
    }

    /// The stable reason code, for the log.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.cause {
            Cause::Bearer(no) => no.code(),
            Cause::Endpoint(no) => no.code(),
            Cause::Fault { code, .. } => code,
            Cause::Pushed(no) => no.code(),
            Cause::Store(error) => error.code(),
            Cause::Wait(_) => "client_auth_too_often",
        }
    }

    /// What is wrong, for the log.
    #[must_use]
    pub fn detail(&self) -> String {
        match &self.cause {
            Cause::Bearer(no) => no.to_string(),
            Cause::Endpoint(no) => no.to_string(),
            Cause::Fault { detail, .. } => detail.clone(),
            Cause::Pushed(no) => no.description(),
            Cause::Store(error) => error.to_string(),
            Cause::Wait(_) => {
                "too many wrong secrets of this application came from there".to_owned()
            }
        }
    }

    /// It is no fault of the application's.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        matches!(self.cause, Cause::Fault { .. } | Cause::Store(_))
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match &self.cause {
            Cause::Bearer(no) => no.status(),
            Cause::Endpoint(no) => no.status(),
            Cause::Fault { .. } => 500,
            Cause::Pushed(_) => 400,
            Cause::Store(_) => 503,
            Cause::Wait(_) => 429,
        }
    }

    /// The value of `WWW-Authenticate`.
    #[must_use]
    pub fn challenge(&self) -> Option<String> {
        match &self.cause {
            Cause::Bearer(no) => Some(no.challenge()),
            Cause::Endpoint(no) => no.challenge().map(str::to_owned),
            Cause::Fault { .. } | Cause::Pushed(_) | Cause::Store(_) | Cause::Wait(_) => None,
        }
    }

    /// The value of `Retry-After`, in whole seconds.
    #[must_use]
    pub fn retry_after(&self) -> Option<i64> {
        match &self.cause {
            Cause::Store(_) => Some(SOON),
            Cause::Wait(left) => Some(left.num_seconds().max(1)),
            Cause::Bearer(_) | Cause::Endpoint(_) | Cause::Fault { .. } | Cause::Pushed(_) => None,
        }
    }

    /// The value of `Allow`, where the method was the mistake (RFC 9110 section 15.5.6).
    #[must_use]
    pub fn allow(&self) -> Option<&'static str> {
        (self.status() == 405).then_some("POST")
    }

    /// The JSON answer; none to who shows no token at all (RFC 6750 section 3.1). RFC 6749 has words for what
    /// applications do wrong; for the rest those of its section 4.1.2.1 are borrowed.
    #[must_use]
    pub fn body(&self) -> Option<Value> {
        match &self.cause {
            Cause::Bearer(no) => {
                let error = no.error()?;
                Some(json!({ "error": error, "error_description": no.to_string() }))
            }
            Cause::Endpoint(no) => Some(no.body()),
            Cause::Fault { .. } => Some(json!({ "error": "server_error" })),
            Cause::Pushed(no) => Some(no.body()),
            Cause::Store(_) | Cause::Wait(_) => Some(json!({ "error": "temporarily_unavailable" })),
        }
    }
}

/// Before it is known who asks.
impl<T: Into<Cause>> From<T> for Denied {
    fn from(cause: T) -> Self {
        Self {
            cause: cause.into(),
            app: None,
        }
    }
}

impl From<BearerRejection> for Cause {
    fn from(no: BearerRejection) -> Self {
        Self::Bearer(no)
    }
}

impl From<ClientAuthRejection> for Cause {
    fn from(no: ClientAuthRejection) -> Self {
        Self::Endpoint(no.into())
    }
}

impl From<EndpointRejection> for Cause {
    fn from(no: EndpointRejection) -> Self {
        Self::Endpoint(no)
    }
}

impl From<FormRejection> for Cause {
    fn from(no: FormRejection) -> Self {
        Self::Endpoint(no.into())
    }
}

impl From<GrantRejection> for Cause {
    fn from(no: GrantRejection) -> Self {
        Self::Endpoint(no.into())
    }
}

impl From<PushedRefusal> for Cause {
    fn from(no: PushedRefusal) -> Self {
        Self::Pushed(no)
    }
}

impl From<ScopeRejection> for Cause {
    fn from(no: ScopeRejection) -> Self {
        Self::Endpoint(no.into())
    }
}

impl From<StoreError> for Cause {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
