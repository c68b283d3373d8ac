//! Step 1: what an application asks for, once its message was checked.
//!
//! Owns the protocol-free shape of a request and of the answers to it. Does not know SAML or OIDC: what an adapter
//! needs to remember for its answer travels in a [`Memo`].

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;
use url::Url;

use crate::{
    assurance::Demand, id::AppId, identity::Person, session::SingleSignOn, token::TokenChange,
};

/// What an adapter wants to find again at a later step of the same login. Sealed at rest, never shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Memo(serde_json::Value);

/// A memo that its own adapter cannot read: corrupted, or written by an incompatible version.
#[derive(Debug, Error)]
#[error("the memo of this step cannot be read")]
pub struct UnreadableMemo(#[from] serde_json::Error);

impl Memo {
    /// Writes one.
    ///
    /// # Errors
    /// [`UnreadableMemo`] if the value has no JSON form.
    pub fn of<T: Serialize>(value: &T) -> Result<Self, UnreadableMemo> {
        Ok(Self(serde_json::to_value(value)?))
    }

    /// Reads it back.
    ///
    /// # Errors
    /// [`UnreadableMemo`] if it was written as another type.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, UnreadableMemo> {
        Ok(T::deserialize(&self.0)?)
    }
}

/// A checked request of an application: issuer, signature and reply address are those that are registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthnRequest {
    /// Who asks.
    pub app: AppId,
    /// In which protocol, so that the answer goes out through the same adapter.
    pub protocol: Protocol,
    /// What the adapter needs for the answer.
    pub reply: Memo,
    /// Whom the application expects, as a hint only; it never authenticates.
    pub login_hint: Option<String>,
    /// The upstream must authenticate the person anew.
    pub force_authn: bool,
    /// The person must have passed the first door at most so many seconds ago (OpenID Connect Core 3.1.2.1, `max_age`).
    pub max_age: Option<u32>,
    /// Nothing may be asked of the person.
    pub passive: bool,
    /// What the login must prove for its answer to be of use.
    #[serde(default)]
    pub demand: Demand,
}

impl AuthnRequest {
    /// The longest hint that is kept, in bytes: as long as a mail address may be (RFC 5321 section 4.5.3.1.3, less the
    /// brackets of a path).
    pub const LONGEST_HINT: usize = 254;

    /// Does it take what was proved before, in a session? Not if the person is to be authenticated anew, here or always.
    #[must_use]
    pub fn takes_sessions(&self, app: SingleSignOn) -> bool {
        app != SingleSignOn::Off && !self.force_authn
    }

    /// Is this whom the application expects, as far as it says? By their mail address, by what their upstream calls
    /// them, or by their name here.
    #[must_use]
    pub fn expects(&self, person: &Person) -> bool {
        let is_theirs = |hint: &str| {
            let mail = person.mail.as_deref();
            mail.is_some_and(|mail| mail.eq_ignore_ascii_case(hint))
                || person.subject.value == hint
                || person.id.name() == hint
        };
        self.login_hint.as_deref().is_none_or(is_theirs)
    }
}

/// The protocols that applications speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// None: our own account page.
    Account,
    /// OpenID Connect 1.0.
    Oidc,
    /// SAML 2.0.
    Saml,
}

/// What leaves for the application, carried by the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A form that posts itself: SAML's POST binding, OIDC's `form_post`.
    PostForm {
        /// The registered reply address.
        action: Url,
        /// Hidden fields.
        fields: Vec<(String, String)>,
    },
    /// A redirect with status 303.
    Redirect(Url),
}

/// An answer that is made, and what must become true together with the grant that it was made of.
#[derive(Debug)]
#[must_use = "an answer that is dropped is a login that the person has to repeat"]
pub struct Answered {
    /// What leaves, once the rest is committed.
    pub reply: Reply,
    /// What the application was told, by which it knows the person when they leave; `None`: it is not told of the end.
    pub told: Option<Memo>,
    /// Codes that were issued.
    pub tokens: Vec<TokenChange>,
}

impl Answered {
    /// An answer that needs nothing kept.
    pub fn only(reply: Reply) -> Self {
        Self {
            reply,
            told: None,
            tokens: Vec::new(),
        }
    }
}

/// A negative answer that the application gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The login does not prove what the application insists on.
    Assurance,
    /// The person went back to the application without finishing.
    Cancelled,
    /// A rule says no, or the person is disabled.
    Denied,
    /// `IsPassive` or `prompt=none`, and the person, who is known, would have to do something.
    Interaction,
    /// No factor that the rule accepts can be used or set up.
    NoFactor,
    /// `IsPassive` or `prompt=none`, and nobody is known.
    Passive,
    /// The upstream said no, could not be reached, or made no sense.
    Upstream,
}

impl Refusal {
    /// The reason code for the audit record.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Assurance => "authn_context_unmet",
            Self::Cancelled => "cancelled",
            Self::Denied => "denied",
            Self::Interaction => "interaction",
            Self::NoFactor => "no_factor",
            Self::Passive => "passive",
            Self::Upstream => "upstream",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memo_is_read_as_what_it_was_written() {
        let memo = Memo::of(&("id-1", 7)).unwrap();
        assert_eq!(memo.read::<(String, u8)>().unwrap(), ("id-1".into(), 7));
        assert!(memo.read::<u8>().is_err());
    }
}
