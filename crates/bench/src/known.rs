//! Somebody whom the server knows in their browser: they go on to further applications, and sign out of all of them.

use anyhow::{Result, bail};
use url::form_urlencoded;

use crate::{
    people::Number,
    request::{Issued, Request},
    suite::{AFTERWARDS, Suite, TOLD},
    visit::{Browser, Visitors},
};

/// Requests of one logout at most: each application that is visited takes three.
const STEPS: usize = 3 * TOLD + 5;

/// A person with a live session.
#[derive(Debug)]
pub(crate) struct Known<'s> {
    visitors: &'s Visitors,
    person: Number,
    browser: Browser,
}

impl<'s> Known<'s> {
    pub(crate) fn new(visitors: &'s Visitors, person: Number, browser: Browser) -> Self {
        Self {
            visitors,
            person,
            browser,
        }
    }

    /// Opens a further application: no page is shown, and nobody is asked.
    ///
    /// # Errors
    /// If the application gets nothing.
    pub(crate) async fn open(&mut self, request: Request) -> Result<Issued> {
        let address = request.address(&self.visitors.base)?;
        let answer = self.visitors.get(&mut self.browser, &address).await?;
        let issued = request.take(self.visitors, &answer).await?;
        issued.is_about(&self.person.mail())?;
        Ok(issued)
    }

    /// Signs out at the application that has this ID token; how many applications the browser was sent to.
    ///
    /// # Errors
    /// If the browser does not come to the application's page in the end.
    pub(crate) async fn sign_out(mut self, suite: &Suite, id_token: &str) -> Result<usize> {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("id_token_hint", id_token)
            .append_pair("post_logout_redirect_uri", AFTERWARDS)
            .finish();
        let mut next = format!("/oauth2/logout?{query}");
        let mut visited = 0;
        for _ in 0..STEPS {
            let answer = self.visitors.get(&mut self.browser, &next).await?;
            next = answer.onward()?.to_owned();
            if next.starts_with(AFTERWARDS) {
                return Ok(visited);
            }
            if let Some(back) = suite.answered(&next, &self.visitors.base)? {
                (next, visited) = (back, visited + 1);
            }
        }
        bail!("the logout does not end: it stands at {next}")
    }
}
