//! The one page that says where to click and who is who: as a web page, and as text for the terminal.
//!
//! Owns the words of both. Does not own the facts.

use std::fmt::{self, Display};

use askama::Template;
use url::Url;

use crate::Facts;

/// The guide.
#[derive(Clone, Copy, Debug)]
pub struct Guide<'a> {
    facts: &'a Facts,
    broker: &'a Url,
}

impl<'a> Guide<'a> {
    /// `broker` is where people find Vestibule.
    #[must_use]
    pub const fn new(facts: &'a Facts, broker: &'a Url) -> Self {
        Self { facts, broker }
    }

    pub(crate) const fn page(self) -> GuidePage<'a> {
        GuidePage {
            facts: self.facts,
            broker: self.broker,
        }
    }
}

/// The guide as a web page.
#[derive(Template)]
#[template(path = "guide.html")]
pub(crate) struct GuidePage<'a> {
    facts: &'a Facts,
    broker: &'a Url,
}

/// The guide as text, for a terminal of 100 columns or more.
impl Display for Guide<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.facts;
        writeln!(
            f,
            "Vestibule's demo is running. Everything is on this machine, and nobody else can reach it.\n"
        )?;
        writeln!(f, "  Begin here          {}", facts.application.url)?;
        writeln!(f, "  Vestibule           {}", self.broker)?;
        writeln!(
            f,
            "  Your account        {}account   (add a key, remove it)",
            self.broker
        )?;
        writeln!(
            f,
            "  Identity provider   {}   (stand-in)",
            facts.identity_provider.url
        )?;
        writeln!(
            f,
            "  Application         {}   (stand-in for Atlassian Cloud)",
            facts.application.url
        )?;
        writeln!(
            f,
            "  Mail catcher        {}   (SMTP at {})\n",
            facts.mail.url, facts.mail.smtp
        )?;
        writeln!(f, "Who can log in. The passwords are new at each start:\n")?;
        for person in facts.people.iter() {
            writeln!(
                f,
                "  {:<6} {:<14} password {}",
                person.username, person.group, person.password
            )?;
            writeln!(f, "                 {}", person.story)?;
        }
        writeln!(
            f,
            "\nTo stop: Ctrl+C. To let a robot make the logins of alice, bob, carol and dave (security keys need a browser): \
             vestibule demo --once"
        )
    }
}
