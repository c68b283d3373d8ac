//! Where the account page is: its addresses, spelled once, so that routes, links and redirects are the same.
//!
//! Owns the paths. Does not own the host that they are on, nor what is done there.

use serde::{Deserialize, Serialize};

use crate::id::EnrolmentId;

/// All factors of a person.
pub const OVERVIEW: &str = "/account";
/// One of them: its id follows, and behind that what is done to it.
pub const FACTORS: &str = "/account/factors/";
/// Where a new one is asked for.
pub const ADD: &str = "/account/add";
/// The person's sessions: an id follows, and behind that what is done to it.
pub const SESSIONS: &str = "/account/sessions/";
/// Where all of them but one are ended.
pub const END_OTHERS: &str = "/account/end-others";
/// Where the session is ended.
pub const SIGN_OUT: &str = "/account/sign-out";
/// Where a login that came to nothing leads: a page that asks nobody to log in again by itself.
pub const WAY_OUT: &str = "/account/back";

/// A page of the account: where a login for it leads, and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// One factor.
    Factor(EnrolmentId),
    /// All of them.
    Overview,
}

impl Place {
    /// Its path.
    #[must_use]
    pub fn path(self) -> String {
        match self {
            Self::Factor(id) => format!("{FACTORS}{id}"),
            Self::Overview => OVERVIEW.to_owned(),
        }
    }

    /// Reads exactly what [`path`](Self::path) writes; anything else is no page of ours.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        match path.strip_prefix(FACTORS) {
            Some(id) => EnrolmentId::parse(id).map(Self::Factor),
            None => (path == OVERVIEW).then_some(Self::Overview),
        }
    }
}
