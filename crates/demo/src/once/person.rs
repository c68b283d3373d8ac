//! A person at a browser: what they do, one step at a time, each with what they must see then.
//!
//! Owns the hands and eyes. Does not own the stories; those are [`super::stories`].

use std::time::Duration;

use url::Url;

use super::Scene;
use super::page_kind::PageKind;
use super::report::{Recorder, Step};
use crate::authenticator::Authenticator;
use crate::browser::{Browser, BrowserError, Form, Page};
use crate::people::Person;

/// More messages than one login passes on.
const MOST_MESSAGES: usize = 8;

/// A mail may take a few seconds.
const MOST_LOOKS: u8 = 50;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Why a story ends early. The report has the reason already, but for what the browser says.
pub(super) enum Stop {
    Browser(BrowserError),
    /// Something else was seen than expected.
    Unexpected,
}

impl From<BrowserError> for Stop {
    fn from(error: BrowserError) -> Self {
        Self::Browser(error)
    }
}

/// Somebody who tells a story.
pub(super) struct Teller<'s, 'r, 't> {
    scene: Scene<'s>,
    report: &'r mut Recorder<'t>,
    story: String,
    person: &'s Person,
    browser: Browser,
    page: Option<Page>,
    /// Messages that pages passed on in this login, in order.
    messages: Vec<Form>,
    reference: Option<String>,
    app: Option<Authenticator>,
    /// Taken down at the enrolment.
    backup_codes: Vec<String>,
}

impl<'s, 'r, 't> Teller<'s, 'r, 't> {
    pub(super) fn new(
        scene: Scene<'s>,
        report: &'r mut Recorder<'t>,
        person: &'s Person,
    ) -> Result<Self, BrowserError> {
        Ok(Self {
            scene,
            report,
            story: String::new(),
            person,
            browser: Browser::new()?,
            page: None,
            messages: Vec::new(),
            reference: None,
            app: None,
            backup_codes: Vec::new(),
        })
    }

    /// What they see at the application when all went well.
    pub(super) fn accepted(&self) -> PageKind {
        PageKind::Accepted(self.person.mail())
    }

    /// Begins a login: "Log in" at the application, then this upstream.
    pub(super) async fn begins(
        &mut self,
        story: &str,
        start: &Url,
        upstream: &str,
        expected: PageKind,
    ) -> Result<(), Stop> {
        story.clone_into(&mut self.story);
        self.messages.clear();
        self.reference = None;
        let page = self.browser.get(start).await?;
        self.sees("presses “Log in”", page, PageKind::ChooseUpstream)
            .await?;
        let form = self.form("/upstream")?;
        let form = form
            .press(upstream)
            .ok_or_else(|| self.page_is_unlike("no such upstream"))?;
        self.sends("chooses the identity provider", &form, expected)
            .await
    }

    /// Goes to another application in the same browser: nobody asks anything.
    pub(super) async fn goes_straight_in(&mut self, story: &str, start: &Url) -> Result<(), Stop> {
        story.clone_into(&mut self.story);
        self.messages.clear();
        self.reference = None;
        let page = self.browser.get(start).await?;
        self.sees("presses “Log in”", page, self.accepted()).await
    }

    /// Closes the browser, and opens it the next morning: the broker knows nobody in it any more. The identity provider
    /// does, which keeps people for longer.
    pub(super) fn comes_back_tomorrow(&mut self) {
        self.browser.forget_host(self.scene.broker);
    }

    pub(super) async fn types_password(
        &mut self,
        password: &str,
        expected: PageKind,
    ) -> Result<(), Stop> {
        let what = if password == self.person.password {
            "types the password"
        } else {
            "types a wrong password"
        };
        let form = self
            .form("/login")?
            .with("username", self.person.username)
            .with("password", password);
        self.sends(what, &form, expected).await
    }

    pub(super) async fn types_own_password(&mut self, expected: PageKind) -> Result<(), Stop> {
        let person = self.person;
        self.types_password(&person.password, expected).await
    }

    /// Sets up the authenticator app, first with a wrong code, and takes down the backup codes.
    pub(super) async fn sets_up_app(&mut self, backup_codes: usize) -> Result<(), Stop> {
        let key = self
            .page
            .as_ref()
            .and_then(|page| page.text("#key"))
            .unwrap_or_default();
        let mut app = Authenticator::with_key(&key).ok_or_else(|| self.page_is_unlike("no key"))?;
        self.types(
            "types a wrong code",
            &app.wrong_code(),
            PageKind::SetUpWrong,
        )
        .await?;
        let code = app.code().await;
        self.app = Some(app);
        self.types(
            "types the code of the app",
            &code,
            PageKind::BackupCodes(backup_codes),
        )
        .await?;
        let codes = self.page.as_ref().map(|page| page.texts("#codes li"));
        self.backup_codes = codes.unwrap_or_default();
        Ok(())
    }

    /// Says that the backup codes are saved.
    pub(super) async fn saves_codes(&mut self, expected: PageKind) -> Result<(), Stop> {
        let form = self.form("/confirm")?;
        self.sends("saves the backup codes", &form, expected).await
    }

    /// A new code of the app.
    pub(super) async fn types_app_code(&mut self, expected: PageKind) -> Result<(), Stop> {
        let code = match &mut self.app {
            Some(app) => app.code().await,
            None => String::new(),
        };
        self.types("types the next code of the app", &code, expected)
            .await
    }

    pub(super) async fn types_wrong_code(&mut self) -> Result<(), Stop> {
        let code = self
            .app
            .as_ref()
            .map(Authenticator::wrong_code)
            .unwrap_or_default();
        self.types("types a wrong code", &code, PageKind::CodeWrong)
            .await
    }

    /// The code that counted last time.
    pub(super) async fn types_used_code(&mut self) -> Result<(), Stop> {
        let code = self
            .app
            .as_ref()
            .map(Authenticator::used_code)
            .unwrap_or_default();
        self.types(
            "types the code that was used before",
            &code,
            PageKind::CodeWrong,
        )
        .await
    }

    /// Asks for another way: a backup code.
    pub(super) async fn takes_backup_way(&mut self) -> Result<(), Stop> {
        let page = self.page.clone().ok_or(Stop::Unexpected)?;
        let link = page.link_to("/another-way")?;
        let choice = self.browser.visit(&page, &link).await?;
        self.sees("asks for another way", choice, PageKind::ChooseFactor)
            .await?;
        let form = self.form("/another-way")?;
        let form = form
            .press("backup_code")
            .ok_or_else(|| self.page_is_unlike("no backup codes"))?;
        self.sends("chooses a backup code", &form, PageKind::Code)
            .await
    }

    /// The backup code of this number, from 0.
    pub(super) async fn types_backup_code(
        &mut self,
        number: usize,
        what: &str,
        expected: PageKind,
    ) -> Result<(), Stop> {
        let code = self.backup_codes.get(number).cloned().unwrap_or_default();
        self.types(what, &code, expected).await
    }

    /// "Cancel and go back".
    pub(super) async fn goes_back(&mut self, expected: PageKind) -> Result<(), Stop> {
        let form = self.form("/return")?;
        self.sends("goes back", &form, expected).await
    }

    /// The last message that was passed on to this site in this login.
    pub(super) fn message_to(&self, site: &Url) -> Option<Form> {
        self.messages
            .iter()
            .rev()
            .find(|form| form.action.origin() == site.origin())
            .cloned()
    }

    /// Looks into the mail catcher for a mail to this person; notices are sent while the login goes on.
    pub(super) async fn looks_at_mail(&mut self) -> Result<(), Stop> {
        let address = self.person.mail();
        let mut found = None;
        for _ in 0..MOST_LOOKS {
            let page = self.browser.get(&self.scene.facts.mail.url).await?;
            let to_them = |envelope: &String| envelope.ends_with(&format!(" to {address}"));
            let place = page.texts("article .envelope").iter().position(to_them);
            found = place.and_then(|place| page.texts("article h2").into_iter().nth(place));
            if found.is_some() {
                break;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        let ok = found.is_some();
        let outcome = match found {
            Some(subject) => format!("there is a mail to {address}: {subject}"),
            None => format!("there is no mail to {address}"),
        };
        self.tell(
            "looks at the mail",
            &format!("there is a mail to {address}"),
            outcome,
            ok,
        );
        if ok { Ok(()) } else { Err(Stop::Unexpected) }
    }

    /// Sends a message from somewhere else, as an attacker who has it would.
    pub(super) async fn replays(
        &mut self,
        what: &str,
        message: &Form,
        expected: PageKind,
    ) -> Result<(), Stop> {
        let page = self.browser.submit(message).await?;
        self.sees(what, page, expected).await
    }

    /// Begins another login, in another browser, up to the redirect to the identity provider; the `RelayState` of its
    /// request.
    pub(super) async fn begins_elsewhere(
        &mut self,
        start: &Url,
        upstream: &str,
    ) -> Result<String, Stop> {
        let mut browser = Browser::new()?;
        let page = browser.get(start).await?;
        let page = browser.follow(page).await?;
        let form = page.form_to("/upstream")?.press(upstream);
        let form = form.ok_or_else(|| page.unlike("no such upstream"))?;
        let sent = browser.submit(&form).await?;
        let away = sent
            .redirect()
            .ok_or_else(|| sent.unlike("no redirect to the identity provider"))?;
        let state = away.query_pairs().find(|(name, _)| name == "RelayState");
        Ok(state
            .ok_or_else(|| sent.unlike("no RelayState"))?
            .1
            .into_owned())
    }

    async fn types(&mut self, what: &str, code: &str, expected: PageKind) -> Result<(), Stop> {
        let form = self.form("/code")?.with("code", code);
        self.sends(what, &form, expected).await
    }

    async fn sends(&mut self, what: &str, form: &Form, expected: PageKind) -> Result<(), Stop> {
        let page = self.browser.submit(form).await?;
        self.sees(what, page, expected).await
    }

    /// Goes on from `page` to one that wants a person, and compares.
    async fn sees(&mut self, what: &str, page: Page, expected: PageKind) -> Result<(), Stop> {
        let mut page = self.browser.follow(page).await?;
        for _ in 0..MOST_MESSAGES {
            let Some(message) = page.message_form() else {
                break;
            };
            page = self.browser.submit(&message).await?;
            page = self.browser.follow(page).await?;
            self.messages.push(message);
        }
        let seen = PageKind::of(&self.scene, &page);
        if let Some(reference) = page.text(".reference") {
            self.reference = Some(reference);
        }
        let ok = seen == expected;
        self.tell(what, &expected.to_string(), seen.told_of(&page), ok);
        self.page = Some(page);
        if ok { Ok(()) } else { Err(Stop::Unexpected) }
    }

    /// Adds the end of a story that the browser could not go on with.
    pub(super) fn gives_up(&mut self, error: &BrowserError) {
        let outcome = error.to_string();
        let first_line = outcome.lines().next().unwrap_or_default().to_owned();
        self.tell("goes on", "a page to go on with", first_line, false);
    }

    fn tell(&mut self, what: &str, expected: &str, outcome: String, ok: bool) {
        self.report.add(Step {
            name: format!("{}, {}: {what}", self.person.username, self.story),
            expected: expected.to_owned(),
            outcome,
            ok,
            reference: self.reference.clone(),
        });
    }

    fn form(&self, end: &str) -> Result<Form, Stop> {
        let page = self.page.as_ref().ok_or(Stop::Unexpected)?;
        Ok(page.form_to(end)?)
    }

    fn page_is_unlike(&self, what: &str) -> Stop {
        self.page
            .as_ref()
            .map_or(Stop::Unexpected, |page| Stop::Browser(page.unlike(what)))
    }
}
