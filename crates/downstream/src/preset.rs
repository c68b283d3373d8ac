//! Kinds of applications of which something is known, whatever protocol they speak.
//!
//! Owns their names. Does not own what is known: each protocol has it beside its settings.

use std::fmt;

/// What a person without groups is in, for an application that fails where groups are missing. No group there should
/// have this name.
pub(crate) const NO_GROUPS: &str = "vestibule-no-groups";

/// A kind of application.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AppPreset {
    /// Atlassian Cloud (Guard, formerly Access).
    AtlassianCloud,
    /// Bitbucket Data Center.
    BitbucketDataCenter,
    /// Confluence Data Center.
    ConfluenceDataCenter,
    /// Anything that follows the standard.
    #[default]
    Generic,
    /// Jira Software and Jira Service Management Data Center.
    JiraDataCenter,
}

impl AppPreset {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::AtlassianCloud,
        Self::BitbucketDataCenter,
        Self::ConfluenceDataCenter,
        Self::Generic,
        Self::JiraDataCenter,
    ];

    /// Its name in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AtlassianCloud => "atlassian-cloud",
            Self::BitbucketDataCenter => "bitbucket-data-center",
            Self::ConfluenceDataCenter => "confluence-data-center",
            Self::Generic => "generic",
            Self::JiraDataCenter => "jira-data-center",
        }
    }
}

impl fmt::Display for AppPreset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
