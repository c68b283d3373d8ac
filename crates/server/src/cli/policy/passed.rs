//! What a person has passed already, as `policy explain` is told of it: in this login, or in a session of their browser.
//!
//! Owns how that is written, and which of it an application takes. Does not own what it is good for there: policy says.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use vestibule_core::{
    evidence::{Enrolment, Evidence},
    id::{AppId, FactorKind},
    session::{Limits, SingleSignOn},
};

use super::said::Said;
use crate::config::{Config, duration};

/// A factor that was passed: `totp`, or `totp=20m` where a session remembers it.
#[derive(Debug, Clone)]
pub(super) struct Passed {
    pub(super) kind: FactorKind,
    age: Option<TimeDelta>,
}

impl FromStr for Passed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, age) = match text.split_once('=') {
            Some((kind, age)) => (kind, Some(length(age)?)),
            None => (text, None),
        };
        let kind = FactorKind::new(kind).map_err(|error| error.to_string())?;
        Ok(Self { kind, age })
    }
}

/// How long ago it was.
pub(super) fn length(age: &str) -> Result<TimeDelta, String> {
    duration::parse(age).ok_or_else(|| {
        format!(
            "`{age}` is no length of time: write a whole number and a unit, as `45s`, `30m` or `8h`"
        )
    })
}

/// How a session of this browser is taken at one application.
pub(super) struct Door {
    pub(super) takes: SingleSignOn,
    absolute: TimeDelta,
}

/// Why what a session remembers does not count here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Forgotten {
    /// The session is over: `sessions.absolute`, or the shorter limit of the account page.
    Expired,
    /// The application wants a factor in each login.
    OwnFactor,
    /// The application wants both doors in each login.
    SignOnOff,
}

/// What a session remembers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What<'a> {
    /// An upstream's word: its AuthnContextClassRef or `acr`.
    Context(&'a str),
    /// A factor of ours.
    Kind(&'a FactorKind),
    /// An upstream's word: a value of `amr`, or of the attribute of AD FS and Entra ID.
    Method(&'a str),
}

/// What was passed in a session, or said when it began, and whether it counts.
#[derive(Debug, Serialize)]
pub(super) struct Remembered<'a> {
    #[serde(flatten)]
    what: What<'a>,
    /// In seconds.
    #[serde(rename = "age", serialize_with = "as_seconds")]
    age: TimeDelta,
    /// `null`: it counts.
    forgotten: Option<Forgotten>,
}

fn as_seconds<S: serde::Serializer>(age: &TimeDelta, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_i64(age.num_seconds())
}

impl Door {
    pub(super) fn of(config: &Config, app: &AppId) -> Self {
        match config.apps.get(app) {
            Some(found) => Self {
                takes: found.single_sign_on,
                absolute: config.sessions.absolute,
            },
            // What is no configured application is the account page.
            None => Self {
                takes: SingleSignOn::Shared,
                absolute: Limits::ACCOUNT.absolute,
            },
        }
    }

    pub(super) fn forgets(&self, age: TimeDelta) -> Option<Forgotten> {
        match self.takes {
            _ if age > self.absolute => Some(Forgotten::Expired),
            SingleSignOn::Off => Some(Forgotten::SignOnOff),
            SingleSignOn::OwnFactor => Some(Forgotten::OwnFactor),
            SingleSignOn::Shared => None,
        }
    }

    /// What the session remembers, each with what becomes of it here.
    pub(super) fn remembered<'a>(
        &self,
        passed: &'a [Passed],
        said: Option<&'a Said>,
    ) -> Vec<Remembered<'a>> {
        let aged = passed
            .iter()
            .filter_map(|one| Some((What::Kind(&one.kind), one.age?)));
        let said = said.into_iter().flat_map(|said| {
            let context = said.context.iter().map(|value| What::Context(value));
            let methods = said.methods.iter().map(|value| What::Method(value));
            let values = context.chain(methods);
            values.filter_map(|what| Some((what, said.age?)))
        });
        aged.chain(said)
            .map(|(what, age)| Remembered {
                what,
                age,
                forgotten: self.forgets(age),
            })
            .collect()
    }

    /// What policy gets to see.
    pub(super) fn evidence(
        &self,
        passed: &[Passed],
        enrolments: &[Enrolment],
        now: DateTime<Utc>,
    ) -> Vec<Evidence> {
        let taken = passed
            .iter()
            .filter(|one| one.age.is_none_or(|age| self.forgets(age).is_none()));
        let found = taken.filter_map(|one| {
            let enrolment = enrolments.iter().find(|known| known.kind == one.kind)?;
            Some(by(enrolment, now - one.age.unwrap_or_default()))
        });
        found.collect()
    }
}

/// The proof that a factor was passed then.
pub(super) fn by(enrolment: &Enrolment, at: DateTime<Utc>) -> Evidence {
    Evidence {
        person: enrolment.person.clone(),
        kind: enrolment.kind.clone(),
        enrolment: enrolment.id,
        at,
    }
}

impl Remembered<'_> {
    /// For people to read.
    pub(super) fn in_words(&self) -> String {
        let age = duration::written(self.age.num_seconds());
        let what = match self.what {
            What::Context(value) => format!("the context {value}"),
            What::Kind(kind) => kind.to_string(),
            What::Method(value) => format!("the method {value}"),
        };
        let fate = match self.forgotten {
            None => String::new(),
            Some(Forgotten::Expired) => ": the session is over by then".into(),
            Some(Forgotten::OwnFactor) => {
                ": does not count, the application asks for a factor in each login (`own_factor`)"
                    .into()
            }
            Some(Forgotten::SignOnOff) => {
                ": does not count, the application wants both doors in each login (`off`)".into()
            }
        };
        format!("{what} {age} ago{fate}")
    }
}
