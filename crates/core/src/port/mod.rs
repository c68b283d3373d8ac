//! The ports: what the core needs of the world, as narrow traits that the other rooms implement.
//!
//! Owns the traits and the types that cross them. Adapters know these and nothing of each other; the engine is the only
//! caller.

mod ambient;
mod downstream;
mod factor;
mod notifier;
mod sign_off;
mod store;
mod upstream;
mod upstream_logout;
mod webauthn;

pub use ambient::{Clock, Entropy};
pub use downstream::{Downstream, DownstreamError, Incoming, Rejection, Start, Tell};
pub use factor::{Enrol, EnrolVerdict, Factor, FactorError, NewEnrolment, Verdict};
pub use notifier::{Notice, NoticeKind, Notifier, NotifyError};
pub use sign_off::{LogoutAnswer, LogoutMessage, Notification, Receipt, SignOff, Telling};
pub use store::{
    AccountChange, Accounts, AuditEntry, AuditFilter, AuditLog, Calls, ChainFault, ChainState,
    Commit, Commits, Conflict, Durability, EnrolmentChange, Enrolments, Health, KeptKey, KeyShelf,
    Keys, KnownSources, LocalAccount, LoginChange, Logins, LogoutChange, Logouts, People,
    PersonGuard, PersonRecord, ReplayMark, ReplayPurpose, SessionChange, Sessions, Store,
    StoreError, Throttle, Tokens,
};
pub use upstream::{Begin, Upstream, UpstreamError};
pub use upstream_logout::{Leaving, UpstreamSignOff};
pub use webauthn::CredentialJson;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

/// What a step shows to the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// A field for a code.
    Code {
        /// How many digits; `None` for codes of letters.
        digits: Option<u8>,
        /// Where the code comes from, such as the name of the registered app.
        hint: String,
    },
    /// A user name and a password.
    Password {
        /// What was typed or hinted before.
        username: Option<String>,
    },
    /// A form that posts itself to the upstream.
    PostForm {
        /// Where to.
        action: Url,
        /// Hidden fields.
        fields: Vec<(String, String)>,
    },
    /// A redirect to the upstream.
    Redirect(Url),
    /// A security key or passkey is registered: `navigator.credentials.create()`.
    RegisterWebAuthn {
        /// `PublicKeyCredentialCreationOptionsJSON` (WebAuthn L3 section 5.1.9).
        options: String,
        /// The name that is suggested for it.
        name: String,
    },
    /// Codes to be written down, shown once.
    SaveCodes {
        /// Ready to read, in groups.
        codes: Vec<String>,
        /// Whether the person has others that can be used until these are confirmed.
        #[serde(default)]
        replaces: bool,
    },
    /// A secret for an authenticator app, as QR code and as text.
    ScanSecret {
        /// The `otpauth://` address.
        uri: String,
        /// The same secret in base 32.
        secret: String,
        /// How many digits the app will show.
        digits: u8,
    },
    /// A registered security key or passkey signs: `navigator.credentials.get()`.
    WebAuthn {
        /// `PublicKeyCredentialRequestOptionsJSON` (WebAuthn L3 section 5.1.9).
        options: String,
        /// The names of those that can answer.
        names: Vec<String>,
    },
}

/// What the person, or their browser, answered.
#[derive(Debug)]
pub enum Answer {
    /// The upstream's answer, as the browser carried it.
    Callback(Callback),
    /// A typed code.
    Code(SecretString),
    /// "I have saved them."
    Confirmed,
    /// A typed user name and password.
    Password {
        /// As typed.
        username: String,
        /// As typed.
        password: SecretString,
    },
    /// What a security key or passkey said.
    WebAuthn {
        /// As the browser gave it.
        credential: CredentialJson,
        /// The name that the person gave it, as typed; `None` where it is used and not registered.
        name: Option<String>,
    },
}

/// A message as the browser delivered it: unparsed, for signatures are made over raw bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Callback {
    /// The query without `?`, exactly as received; empty if none.
    pub query: String,
    /// The body of a form post, exactly as received; `None` for GET.
    pub form: Option<String>,
}
