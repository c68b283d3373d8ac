//! What the engine hands to the server: a screen, a way to leave, or a problem.
//!
//! Owns the content of screens. Does not own their words and looks.

use chrono::{DateTime, Utc};
use vestibule_core::{
    account::Place,
    id::{AppId, FactorKind, Reference, UpstreamId},
    request::{Refusal, Reply},
};

use crate::{AccountScreen, LogoutScreen, SessionToken};

/// What to do with the browser.
#[derive(Debug)]
#[must_use]
pub enum Shown {
    /// It shows a page of the account.
    Account(Box<AccountScreen>),
    /// It leaves for an application of this label, with the answer to its request.
    Answer(Reply, String),
    /// It goes on at a page of the account (303).
    At(Place),
    /// It leaves for an application of this label, to tell it of a logout, or to answer its request for one.
    Leave(Reply, String),
    /// It shows a page of a logout.
    Logout(Box<LogoutScreen>),
    /// It goes on at the page of a logout (303).
    LogoutAt {
        /// The handle in its address.
        handle: String,
        /// It forgets its token: the session is over.
        forgets: bool,
    },
    /// It shows a page that asks whether a login shall begin here.
    Offer(Offer),
    /// It shows that nobody is signed in, and keeps what it has: a session may be good for other things.
    Nobody,
    /// It goes on at the page with this handle (303).
    Onward(String),
    /// It shows a page.
    Screen(Box<Screen>),
    /// It keeps this token of its session, and leaves for an application of this label, with the answer.
    SignedIn(SessionToken, Reply, String),
    /// It forgets its token, and shows that nobody is signed in.
    SignedOut,
    /// It leaves for an upstream of this label.
    ToUpstream(Reply, String),
}

/// A login that may begin here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Where.
    pub app: AppId,
    /// What people call it.
    pub label: String,
    /// Where it leads there; one of the application's own values.
    pub target: Option<String>,
}

/// A page that asks for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// The handle in its address.
    pub handle: String,
    /// The step that its forms belong to; a form of another step is not acted on.
    pub step: i64,
    /// The number on the error pages and in the log.
    pub reference: Reference,
    /// Where the person is going.
    pub app: String,
    /// Where they come from.
    pub origin: Origin,
    /// Who the person is, once known.
    pub person: Option<String>,
    /// What it asks.
    pub ask: Ask,
    /// What was wrong with the last answer.
    pub fault: Option<Fault>,
}

/// Where a person was before their login began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// On their account page, signed in.
    Account,
    /// At an application.
    Application,
    /// Nowhere in particular: they open their account page.
    Nowhere,
}

/// What a page asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Which of these ways to prove it is you.
    AnotherWay(Vec<FactorKind>),
    /// Which of these to set up.
    ChooseEnrolment(Vec<FactorKind>),
    /// Which identity provider.
    ChooseUpstream(Vec<(UpstreamId, String)>),
    /// A code.
    Code {
        /// Of which kind of factor.
        kind: FactorKind,
        /// Where the code comes from.
        hint: String,
        /// How many digits; `None` for letters.
        digits: Option<u8>,
        /// There are other ways.
        other_ways: bool,
    },
    /// Nothing: the login is over, and the application has its answer.
    Done,
    /// The mail address, to find the identity provider.
    Mail {
        /// As hinted by the application or typed before.
        value: Option<String>,
    },
    /// User name and password.
    Password {
        /// Whose.
        upstream: String,
        /// As hinted or typed before.
        username: Option<String>,
    },
    /// Nothing: the login ended, and the application is told when the person goes on.
    Refused(Refusal),
    /// To save these codes, which come in the place of others. It may be put off.
    ReplaceCodes(Vec<String>),
    /// To register a security key or passkey.
    RegisterWebAuthn {
        /// For `navigator.credentials.create()`, as JSON.
        options: String,
        /// The name that is suggested.
        name: String,
    },
    /// To save these codes. It may be put off.
    SaveCodes(Vec<String>),
    /// To scan a secret and type a code.
    ScanSecret {
        /// The kind of factor.
        kind: FactorKind,
        /// The `otpauth://` address.
        uri: String,
        /// The secret in base 32.
        secret: String,
        /// How many digits the app shows.
        digits: u8,
    },
    /// To use a security key or passkey.
    WebAuthn {
        /// For `navigator.credentials.get()`, as JSON.
        options: String,
        /// The names of those that can answer.
        names: Vec<String>,
        /// There are other ways.
        other_ways: bool,
    },
}

/// What was wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Too many wrong codes; only what cannot be guessed is taken now, and is asked for.
    CodesLocked,
    /// Too many wrong answers; only an administrator helps.
    Locked,
    /// Too many wrong answers; not before then.
    Wait(DateTime<Utc>),
    /// Wrong.
    Wrong,
}

/// Why a login cannot go on from here. Nothing was lost unless it says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which.
    pub kind: ProblemKind,
    /// Stable reason code, as in the audit log.
    pub code: &'static str,
    /// For the log.
    pub(crate) detail: String,
    /// For which application, where that is known.
    pub(crate) app: Option<AppId>,
    /// The number to ask with.
    pub reference: Reference,
    /// Where the login goes on, if it is still open.
    pub way_on: Option<WayOn>,
    /// What the application is told when the person goes back to it.
    pub answer: Option<Box<Reply>>,
}

/// Where a login goes on that is still open after a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayOn {
    /// The handle in the address of its page.
    pub handle: String,
    /// What comes there.
    pub leads: Leads,
}

/// What comes where a login goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leads {
    /// Its next step.
    Onward,
    /// The person chooses where to sign in.
    ToChoice,
}

/// What a person is told of a problem; the cause stands in the log and in the audit record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// The answer could not be made; for the administrator to mend.
    AnswerFailed {
        /// The application's label.
        app: String,
    },
    /// The login took too long.
    Expired,
    /// It is over already: the back button, or a second click.
    Finished,
    /// The form was not made for this session.
    ForeignForm,
    /// The upstream's answer does not say who the person is in the way that is configured.
    Identity {
        /// The upstream's label.
        upstream: String,
    },
    /// A logout belongs to another browser.
    LogoutElsewhere,
    /// An application's message about a logout is not accepted.
    LogoutRejected,
    /// A logout was not taken: more of them than may be are kept until somebody says yes, or a browser is back.
    LogoutTooMany,
    /// A logout is not possible now: our own store cannot be reached.
    LogoutUnavailable,
    /// The person has no such factor.
    NoSuchFactor,
    /// The person has no such session.
    NoSuchSession,
    /// No routing rule matches.
    NoWay,
    /// It began in another browser.
    OtherBrowser,
    /// The application's message is not accepted.
    RequestRejected,
    /// The application asks for something that it is not given.
    RequestUnmet {
        /// Its label.
        app: String,
    },
    /// The session is over: signed out, too old, or not used for too long.
    SignedOut,
    /// Too many logins were opened from the same address.
    TooMany,
    /// Too many answers were refused in logins that were opened from the same address; for a minute none is looked at.
    TooManyRefused {
        /// The upstream's label.
        upstream: String,
    },
    /// Our own store, or a factor's service, cannot be reached now.
    Unavailable,
    /// No such login: an old link, or a handle that is not ours.
    UnknownLogin,
    /// No such logout: an old link, or it took too long.
    UnknownLogout,
    /// The upstream's answer is not accepted.
    UpstreamMisbehaved {
        /// Its label.
        upstream: String,
    },
    /// The upstream said no.
    UpstreamRefused {
        /// Its label.
        upstream: String,
    },
    /// The upstream cannot be reached.
    UpstreamUnreachable {
        /// Its label.
        upstream: String,
    },
}
