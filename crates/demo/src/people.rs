//! Who lives in the demo: four people in four groups, and one whose account is disabled.
//!
//! Owns their names, groups and passwords. Passwords are made at each start and are never the same.
//! Does not own what policy makes of them; [`Person::story`] only tells what the demo's policy is meant to.

use aws_lc_rs::digest;

use crate::{DemoError, random};

/// The domain of all mail addresses.
pub const MAIL_DOMAIN: &str = "acme.example";

/// Somebody at the stand-in identity provider.
#[derive(Clone, Debug)]
pub struct Person {
    /// What they log in with.
    pub username: &'static str,
    /// Made at this start.
    pub password: String,
    /// First name.
    pub given_name: &'static str,
    /// Last name.
    pub family_name: &'static str,
    /// The one group that they are in.
    pub group: &'static str,
    /// Whether the identity provider refuses them.
    pub disabled: bool,
    /// What happens when they log in, in a sentence.
    pub story: &'static str,
}

impl Person {
    /// `alice@acme.example`.
    #[must_use]
    pub fn mail(&self) -> String {
        format!("{}@{MAIL_DOMAIN}", self.username)
    }

    /// Both names.
    #[must_use]
    pub fn display_name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }

    /// A name that says nothing and stays the same over restarts, for one use: two uses give two names, so that nobody
    /// takes the person at one upstream for the person at another.
    pub(crate) fn pseudonym(&self, used_as: &str) -> String {
        let text = format!("vestibule-demo\n{used_as}\n{}", self.username);
        let hash = digest::digest(&digest::SHA256, text.as_bytes());
        hash.as_ref()
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// All of them.
#[derive(Clone, Debug)]
pub struct People {
    /// In [`People::GROUP_FACTOR`]: must use a second factor.
    pub alice: Person,
    /// In [`People::GROUP_SKIP`]: let through by a named rule.
    pub bob: Person,
    /// In [`People::GROUP_DENIED`]: denied by policy.
    pub carol: Person,
    /// Disabled at the identity provider.
    pub dave: Person,
    /// In [`People::GROUP_KEYS`]: sets up a security key, or an app.
    pub erin: Person,
}

impl People {
    /// Its people must use a second factor.
    pub const GROUP_FACTOR: &'static str = "staff";
    /// Its people may use a security key.
    pub const GROUP_KEYS: &'static str = "administrators";
    /// Its people are let through with a password by a named rule.
    pub const GROUP_SKIP: &'static str = "kiosk";
    /// Its people are denied.
    pub const GROUP_DENIED: &'static str = "leavers";

    /// The same people as always, with new passwords.
    ///
    /// # Errors
    /// [`DemoError::Random`].
    pub fn new() -> Result<Self, DemoError> {
        Ok(Self {
            alice: Person {
                username: "alice",
                password: random::password()?,
                given_name: "Alice",
                family_name: "Archer",
                group: Self::GROUP_FACTOR,
                disabled: false,
                story: "sets up an authenticator app at the first login, and is asked for a code in each later session",
            },
            bob: Person {
                username: "bob",
                password: random::password()?,
                given_name: "Bob",
                family_name: "Baker",
                group: Self::GROUP_SKIP,
                disabled: false,
                story: "gets in with the password alone, because a rule with a name says so",
            },
            carol: Person {
                username: "carol",
                password: random::password()?,
                given_name: "Carol",
                family_name: "Carter",
                group: Self::GROUP_DENIED,
                disabled: false,
                story: "is denied by policy, and the application is told so with a signed refusal",
            },
            dave: Person {
                username: "dave",
                password: random::password()?,
                given_name: "Dave",
                family_name: "Dyer",
                group: Self::GROUP_FACTOR,
                disabled: true,
                story: "has a disabled account, so the identity provider itself refuses",
            },
            erin: Person {
                username: "erin",
                password: random::password()?,
                given_name: "Erin",
                family_name: "Ellis",
                group: Self::GROUP_KEYS,
                disabled: false,
                story: "chooses at the first login between a security key or passkey and an authenticator app",
            },
        })
    }

    /// In alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &Person> {
        [&self.alice, &self.bob, &self.carol, &self.dave, &self.erin].into_iter()
    }

    /// The person with that user name, or with that mail address.
    #[must_use]
    pub fn find(&self, login: &str) -> Option<&Person> {
        let login = login.trim();
        self.iter().find(|person| {
            login.eq_ignore_ascii_case(person.username)
                || login.eq_ignore_ascii_case(&person.mail())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn people_are_found_by_name_and_by_mail_and_share_no_secret() {
        let people = People::new().unwrap();
        assert_eq!(people.find(" Alice ").unwrap().username, "alice");
        assert_eq!(people.find("carol@acme.example").unwrap().username, "carol");
        assert!(people.find("mallory").is_none());
        let passwords: HashSet<_> = people.iter().map(|person| &person.password).collect();
        assert_eq!(passwords.len(), 5);
    }

    #[test]
    fn a_person_has_another_name_for_each_use_and_keeps_it() {
        let (before, after) = (People::new().unwrap(), People::new().unwrap());
        assert_eq!(
            before.alice.pseudonym("saml"),
            after.alice.pseudonym("saml")
        );
        assert_ne!(
            before.alice.pseudonym("saml"),
            before.alice.pseudonym("oidc")
        );
        assert_ne!(before.alice.pseudonym("saml"), before.bob.pseudonym("saml"));
    }
}
