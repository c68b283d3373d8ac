//! The applications of the walks: each takes something else of a session.

use chrono::TimeDelta;
use vestibule_core::{
    id::AppId,
    policy::{Condition, FirstEnrolment, Rule, Verdict},
    session::SingleSignOn,
};

use crate::support::kind;

/// An application. The names say in which way each can be told of a logout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum App {
    /// Wants a factor that was passed in the last ten minutes. It is called without the browser.
    Called,
    /// Has the factor passed at each login.
    Docs,
    /// Wants a factor, whenever it was passed.
    Jira,
    /// Wants both doors passed at each login. Nobody can tell it of a logout.
    Untold,
    /// Wants no factor.
    Wiki,
}

/// How old the factor may be that an application wants, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    Nothing,
    Factor { at_most: i64 },
}

impl App {
    pub(super) const ALL: [Self; 5] = [
        Self::Called,
        Self::Docs,
        Self::Jira,
        Self::Untold,
        Self::Wiki,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Called => "called",
            Self::Docs => "docs",
            Self::Jira => "jira",
            Self::Untold => "untold",
            Self::Wiki => "wiki",
        }
    }

    pub(super) fn named(name: &str) -> Self {
        let found = Self::ALL.into_iter().find(|app| app.name() == name);
        found.unwrap_or_else(|| panic!("there is no application {name}"))
    }

    pub(super) fn takes(self) -> SingleSignOn {
        match self {
            Self::Called | Self::Jira | Self::Wiki => SingleSignOn::Shared,
            Self::Docs => SingleSignOn::OwnFactor,
            Self::Untold => SingleSignOn::Off,
        }
    }

    pub(super) fn wants(self) -> Wants {
        match self {
            Self::Called => Wants::Factor { at_most: 600 },
            Self::Docs | Self::Jira | Self::Untold => Wants::Factor { at_most: i64::MAX },
            Self::Wiki => Wants::Nothing,
        }
    }

    /// The browser is sent there when its session ends.
    pub(super) fn is_visited(self) -> bool {
        matches!(self, Self::Docs | Self::Jira | Self::Wiki)
    }
}

/// Policy's rules for them.
pub(super) fn rules() -> Vec<Rule> {
    let of = |app: App| Condition {
        apps: [AppId::new(app.name()).unwrap()].into(),
        ..Condition::default()
    };
    let require = |max_age| Verdict::Require {
        factors: vec![kind("totp")],
        first_enrolment: FirstEnrolment::Inline,
        max_age,
        accepts_upstream: false,
    };
    vec![
        Rule {
            name: "Open to all".into(),
            when: Some(of(App::Wiki)),
            then: Verdict::Skip,
        },
        Rule {
            name: "Of now".into(),
            when: Some(of(App::Called)),
            then: require(Some(TimeDelta::minutes(10))),
        },
        Rule {
            name: "Everyone".into(),
            when: None,
            then: require(None),
        },
    ]
}
