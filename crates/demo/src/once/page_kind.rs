//! What a person would say that they see.
//!
//! Owns recognising pages, by their forms and ids. Does not judge.

use std::fmt::{self, Display};

use super::Scene;
use crate::browser::Page;

/// What is seen on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PageKind {
    /// Application: a verified assertion about this NameID.
    Accepted(String),
    /// Broker: backup codes, so many.
    BackupCodes(usize),
    /// Broker: which way to prove it is you.
    ChooseFactor,
    /// Broker: what to set up.
    ChooseEnrolment,
    /// Broker: which identity provider.
    ChooseUpstream,
    /// Broker: a code is asked for.
    Code,
    /// Broker: the code was wrong.
    CodeWrong,
    /// Broker: policy says no.
    Denied,
    /// Identity provider: the account is disabled.
    Disabled,
    /// Identity provider: a password is asked for.
    Password,
    /// Identity provider: the password was wrong.
    PasswordWrong,
    /// Broker: the message or the step is not accepted.
    Problem,
    /// Application: a signed refusal.
    Refused,
    /// Application: the message is not believed, with this code.
    Rejected(String),
    /// Broker: the key for an authenticator app.
    SetUp,
    /// Broker: the same, and the code was wrong.
    SetUpWrong,
    /// Something else: status, address, heading.
    Unknown(String),
}

impl PageKind {
    pub(super) fn of(scene: &Scene<'_>, page: &Page) -> Self {
        let origin = page.url.origin();
        let seen = if origin == scene.facts.application.url.origin() {
            Self::at_application(page)
        } else if origin == scene.facts.identity_provider.url.origin() {
            Self::at_identity_provider(page)
        } else if origin == scene.broker.origin() {
            Self::at_broker(page)
        } else {
            None
        };
        seen.unwrap_or_else(|| Self::Unknown(words(page)))
    }

    /// What was seen, in words; where several pages look alike, with the heading of this one.
    pub(super) fn told_of(&self, page: &Page) -> String {
        match (self, page.text("h1")) {
            (Self::Denied | Self::Problem, Some(heading)) => format!("{self}: “{heading}”"),
            _ => self.to_string(),
        }
    }

    fn at_application(page: &Page) -> Option<Self> {
        let code = page.text("#code")?;
        Some(match code.as_str() {
            "accepted" => Self::Accepted(page.text("#name-id")?),
            "refusal_signed" => Self::Refused,
            _ => Self::Rejected(code),
        })
    }

    fn at_identity_provider(page: &Page) -> Option<Self> {
        let is_wrong = page.text("#error").is_some();
        if page.form_to("/login").is_ok() {
            return Some(if is_wrong {
                Self::PasswordWrong
            } else {
                Self::Password
            });
        }
        page.form_to("/cancel").ok().map(|_| Self::Disabled)
    }

    fn at_broker(page: &Page) -> Option<Self> {
        let is_wrong = page.text("#error").is_some();
        let codes = page.texts("#codes li").len();
        if codes > 0 {
            return Some(Self::BackupCodes(codes));
        }
        if page.text("#key").is_some() {
            return Some(if is_wrong {
                Self::SetUpWrong
            } else {
                Self::SetUp
            });
        }
        for (end, seen) in [
            (
                "/code",
                if is_wrong {
                    Self::CodeWrong
                } else {
                    Self::Code
                },
            ),
            ("/upstream", Self::ChooseUpstream),
            ("/another-way", Self::ChooseFactor),
            ("/enrol", Self::ChooseEnrolment),
        ] {
            if page.form_to(end).is_ok() {
                return Some(seen);
            }
        }
        match page.status {
            403 if page.form_to("/return").is_ok() => Some(Self::Denied),
            400..500 => Some(Self::Problem),
            _ => None,
        }
    }
}

impl Display for PageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(name) => {
                write!(f, "the application shows a verified assertion about {name}")
            }
            Self::BackupCodes(count) => write!(f, "Vestibule shows {count} backup codes"),
            Self::ChooseFactor => write!(f, "Vestibule asks which way to prove it"),
            Self::ChooseEnrolment => write!(f, "Vestibule asks what to set up"),
            Self::ChooseUpstream => write!(f, "Vestibule asks where to sign in"),
            Self::Code => write!(f, "Vestibule asks for a code"),
            Self::CodeWrong => write!(f, "Vestibule refuses the code"),
            Self::Denied => write!(f, "Vestibule says that policy denies it"),
            Self::Disabled => write!(f, "the identity provider says that the account is disabled"),
            Self::Password => write!(f, "the identity provider asks for a password"),
            Self::PasswordWrong => write!(f, "the identity provider refuses the password"),
            Self::Problem => write!(f, "Vestibule does not accept it"),
            Self::Refused => write!(f, "the application shows a signed refusal"),
            Self::Rejected(code) => write!(f, "the application does not believe it ({code})"),
            Self::SetUp => write!(f, "Vestibule shows the key for an authenticator app"),
            Self::SetUpWrong => write!(f, "Vestibule refuses the code, and shows the key again"),
            Self::Unknown(words) => write!(f, "something else: {words}"),
        }
    }
}

fn words(page: &Page) -> String {
    let heading = page.text("h1").unwrap_or_default();
    format!("{} at {}, {heading:?}", page.status, page.url)
}
