//! Somebody at a real browser.
//!
//! Owns what people do: open, click, type, press keys, and look. **Invariant:** whoever names a page that they see has
//! it inspected, so no page is reached that is not.

use std::panic::Location;

use url::Url;
use vestibule_testkit::{
    authenticator::Authenticator,
    chromium::{Chromium, Incognito, Key, Tab},
};

use super::{House, inspection};

/// Set in a page that is about to be left, so that its successor is told from it.
const LEAVE: &str = "window.beingLeft = true";

/// One person's browser with the tab that is in front, and what they carry.
pub(crate) struct Visitor {
    /// The tab in front.
    pub(crate) tab: Tab,
    /// Whether their browser runs scripts.
    scripts: bool,
    browser: Incognito,
    /// Their authenticator app, once it is set up.
    pub(crate) app: Option<Authenticator>,
    /// The backup codes that they wrote down.
    pub(crate) backup_codes: Vec<String>,
}

impl Visitor {
    /// Somebody who was never here.
    pub(crate) fn new() -> Self {
        let browser = Chromium::shared().unwrap().incognito().unwrap();
        Self {
            tab: browser.tab().unwrap(),
            scripts: true,
            browser,
            app: None,
            backup_codes: Vec::new(),
        }
    }

    /// From now on their browser runs no scripts.
    pub(crate) fn runs_no_scripts(&mut self) {
        self.tab.run_scripts(false).unwrap();
        self.scripts = false;
    }

    /// From now on their browser runs scripts again.
    pub(crate) fn runs_scripts(&mut self) {
        self.tab.run_scripts(true).unwrap();
        self.scripts = true;
    }

    /// Opens one more tab and puts it in front; gives the one that was.
    pub(crate) fn opens_tab(&mut self) -> Tab {
        std::mem::replace(&mut self.tab, self.browser.tab().unwrap())
    }

    /// Clicks at the name of another tab; gives the one that was in front.
    pub(crate) fn turns_to(&mut self, tab: Tab) -> Tab {
        tab.come_to_front().unwrap();
        std::mem::replace(&mut self.tab, tab)
    }

    /// Types an address.
    pub(crate) fn opens(&self, url: &Url) {
        self.tab.value(LEAVE).unwrap();
        self.tab.go_to(url).unwrap();
    }

    /// Sees a page with this heading; it is inspected. What is true of its first moment can be asked of the outcome.
    #[track_caller]
    pub(crate) fn sees(&self, heading: &str) -> Arrival {
        let caller = Location::caller();
        // A browser gives a field its `autofocus` with the first picture, which is later than the page.
        let is_there = format!(
            "!window.beingLeft && document.readyState === 'complete' && \
             [...document.querySelectorAll('h1')].some(h1 => h1.textContent.trim() === {}) && \
             (!document.querySelector('[autofocus]') || document.activeElement !== document.body)",
            serde_json::Value::from(heading)
        );
        if let Err(error) = self.tab.wait_until(&is_there) {
            let missing = inspection::file_name(heading);
            // What is wrong with the page may keep it from being drawn, too.
            let _ = inspection::keep_picture(&self.tab, &format!("missing-{missing}"));
            panic!("{caller}: “{heading}” is not there: {error}");
        }
        let focused = self.text("document.activeElement.id");
        inspection::inspect(&self.tab, self.scripts, caller);
        Arrival { focused }
    }

    /// Sees the page of the application that says this; it is inspected.
    #[track_caller]
    pub(crate) fn is_in(&self, service: &str) {
        self.sees(&format!("{service}: Logged in"));
    }

    /// Clicks something that leads to another page.
    #[track_caller]
    pub(crate) fn follows(&self, selector: &str) {
        self.tab.value(LEAVE).unwrap();
        self.tab.click(selector).unwrap();
    }

    /// Presses a key where it leads to another page.
    pub(crate) fn follows_with(&self, key: Key) {
        self.tab.value(LEAVE).unwrap();
        self.tab.press(key).unwrap();
    }

    /// Leaves the page by a script in it.
    pub(crate) fn leaves_by(&self, script: &str) {
        self.tab.value(LEAVE).unwrap();
        self.tab.value(&format!("{{ {script} }}")).unwrap();
    }

    /// Presses the Tab key until this has the focus.
    #[track_caller]
    pub(crate) fn tabs_to(&self, selector: &str) {
        let focused = format!(
            "document.activeElement.matches({})",
            serde_json::Value::from(selector)
        );
        for _ in 0..20 {
            if self.tab.value(&focused).unwrap() == true {
                return;
            }
            self.tab.press(Key::Tab).unwrap();
        }
        panic!(
            "the Tab key does not lead to {selector}: {}",
            self.tab.told()
        );
    }

    /// Clicks a field, empties it and types.
    #[track_caller]
    pub(crate) fn types(&self, selector: &str, text: &str) {
        self.tab.click(selector).unwrap();
        let field = serde_json::Value::from(selector);
        let select = format!("document.querySelector({field}).select()");
        self.tab.value(&select).unwrap();
        self.tab.write(text).unwrap();
    }

    /// Goes back with the browser's button, to this address.
    #[track_caller]
    pub(crate) fn goes_back_to(&self, path: &str) {
        self.tab.value(LEAVE).unwrap();
        self.tab.go_back().unwrap();
        let path = serde_json::Value::from(path);
        let there = format!("location.pathname === {path} && document.readyState === 'complete'");
        self.tab.wait_until(&there).unwrap();
        // A page that the browser kept as it was is looked at as it is.
        self.tab.value("window.beingLeft = false").unwrap();
    }

    /// Presses a button that copies something, and gives what was copied.
    #[track_caller]
    pub(crate) fn copies(&self, selector: &str) -> String {
        // What the clipboard holds may be read by whoever has it; here the page is asked what it hands over.
        let listen = "navigator.clipboard.writeText = async text => { window.copied = text; }";
        self.tab.value(listen).unwrap();
        self.tab.click(selector).unwrap();
        self.tab.wait_until("window.copied").unwrap();
        let button = serde_json::Value::from(selector);
        let told = format!("document.querySelector({button}).textContent === 'Copied'");
        self.tab.wait_until(&told).unwrap();
        self.text("window.copied")
    }

    /// The path of the page.
    pub(crate) fn path(&self) -> String {
        self.tab.url().unwrap().path().to_owned()
    }

    /// Looks at a page that changed without being left.
    #[track_caller]
    pub(crate) fn looks_again(&self) {
        inspection::inspect(&self.tab, self.scripts, Location::caller());
    }

    /// A text in the page.
    #[track_caller]
    pub(crate) fn text(&self, expression: &str) -> String {
        let value = self.tab.value(expression).unwrap();
        value.as_str().unwrap_or_default().to_owned()
    }

    /// The text of the first element that a selector finds.
    #[track_caller]
    pub(crate) fn reads(&self, selector: &str) -> String {
        let selector = serde_json::Value::from(selector);
        self.text(&format!(
            "document.querySelector({selector})?.innerText.trim()"
        ))
    }

    /// Whether there is such an element, and it is visible.
    #[track_caller]
    pub(crate) fn is_shown(&self, selector: &str) -> bool {
        let selector = serde_json::Value::from(selector);
        let shown = format!("document.querySelector({selector})?.checkVisibility() === true");
        self.tab.value(&shown).unwrap() == true
    }
}

/// The steps that many stories share.
impl Visitor {
    /// Somebody whose first login led to Jira, with an authenticator app set up on the way.
    #[track_caller]
    pub(crate) fn with_app(house: &House, name: &str) -> Self {
        let mut person = Self::new();
        person.passes_first_door(house, house.jira(), name);
        person.sets_up_app(house);
        person.is_in("Jira");
        person
    }

    /// At Jira once more, where the second door asks for a code.
    #[track_caller]
    pub(crate) fn is_asked_for_a_code(&self, house: &House) {
        self.comes_again(house, house.jira());
        self.sees("Enter your code");
    }

    /// From the application to the identity provider, and through the first door.
    #[track_caller]
    pub(crate) fn passes_first_door(&self, house: &House, start: &Url, name: &str) {
        self.opens(start);
        self.sees("Where do you sign in?");
        self.follows("button[value=acme]");
        self.sees("Log in to Acme");
        self.types_password(house, name);
    }

    /// Fills in the identity provider's form.
    #[track_caller]
    pub(crate) fn types_password(&self, house: &House, name: &str) {
        let person = house.facts.people.find(name).unwrap();
        self.types("#username", person.username);
        self.types("#password", &person.password);
        self.follows("#login button");
    }

    /// Comes back to the application later: the identity provider knows them still, and here their session is over.
    #[track_caller]
    pub(crate) fn comes_again(&self, house: &House, start: &Url) {
        house.ends_sessions();
        self.opens(start);
        self.sees("Where do you sign in?");
        self.follows("button[value=acme]");
    }

    /// Sets up an authenticator app and writes down the backup codes; what comes is the application.
    #[track_caller]
    pub(crate) fn sets_up_app(&mut self, house: &House) {
        self.sets_up_app_up_to_the_codes(house);
        self.follows("form[action$='/confirm'] button");
    }

    /// Sets up an authenticator app; what is in front are the backup codes, written down.
    #[track_caller]
    pub(crate) fn sets_up_app_up_to_the_codes(&mut self, house: &House) {
        self.sees("Set up your authenticator app");
        self.app = Authenticator::with_key(&self.reads("#key"));
        self.types_app_code(house);
        self.sees("Save your backup codes");
        self.writes_down_codes();
    }

    /// Copies the backup codes off their page.
    #[track_caller]
    pub(crate) fn writes_down_codes(&mut self) {
        let codes = self.text(
            "[...document.querySelectorAll('#codes code')].map(c => c.textContent).join(' ')",
        );
        self.backup_codes = codes.split(' ').map(str::to_owned).collect();
        assert_eq!(self.backup_codes.len(), 10, "{codes}");
    }

    /// Types what the app shows now, and gives it.
    #[track_caller]
    pub(crate) fn types_app_code(&mut self, house: &House) -> String {
        let app = self.app.as_mut().expect("the app is set up");
        let code = app.code_at(house.now()).unwrap_or_else(|| {
            // This one was used: the next one is shown half a minute later.
            house.lets_pass(chrono::TimeDelta::seconds(30));
            app.code_at(house.now()).expect("a fresh code")
        });
        self.types_code(&code);
        code
    }

    /// Types a code and sends it.
    #[track_caller]
    pub(crate) fn types_code(&self, code: &str) {
        self.types("#code", code);
        self.follows("form[action$='/code'] button");
    }
}

/// What was true when a page had just come.
pub(crate) struct Arrival {
    /// The id of the element that had the focus.
    pub(crate) focused: String,
}
