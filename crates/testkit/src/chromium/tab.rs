//! A tab: addresses, keys and clicks go in, what the page is like comes out.
//!
//! Owns doing as people do: a click is a click of the mouse in the middle of what is visible, text comes by the
//! keyboard. Whatever takes time is waited for by its outcome.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use url::Url;

use super::{
    Complaint, SecurityKey, Skill, View,
    wire::{Wire, fault, take, text},
};
use crate::Error;

/// How long a page may take, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// A key of the keyboard that writes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Follows a link, presses a button, sends a form.
    Enter,
    /// Presses a button, opens a `details`.
    Space,
    /// To the next control.
    Tab,
}

impl Key {
    /// Name, code, Windows virtual key, text: what the protocol wants to know.
    const fn facts(self) -> (&'static str, &'static str, u32, Option<&'static str>) {
        match self {
            Self::Enter => ("Enter", "Enter", 13, Some("\r")),
            Self::Space => (" ", "Space", 32, Some(" ")),
            Self::Tab => ("Tab", "Tab", 9, None),
        }
    }
}

/// One tab.
#[derive(Debug)]
pub struct Tab {
    wire: Arc<Wire>,
    session: String,
}

impl Tab {
    pub(super) fn open(wire: Arc<Wire>, context: &str) -> Result<Self, Error> {
        let target = json!({ "url": "about:blank", "browserContextId": context });
        let target = text(
            &wire.call(None, "Target.createTarget", &target)?,
            "targetId",
        )?;
        let attach = json!({ "targetId": target, "flatten": true });
        let session = text(
            &wire.call(None, "Target.attachToTarget", &attach)?,
            "sessionId",
        )?;
        let tab = Self { wire, session };
        for domain in ["Page", "Runtime", "Log", "Audits", "WebAuthn"] {
            tab.call(&format!("{domain}.enable"), &json!({}))?;
        }
        // Else only one of several tabs has the focus.
        tab.call(
            "Emulation.setFocusEmulationEnabled",
            &json!({ "enabled": true }),
        )?;
        tab.look_as(View::DESKTOP)?;
        Ok(tab)
    }

    fn call(&self, method: &str, params: &Value) -> Result<Value, Error> {
        self.wire.call(Some(&self.session), method, params)
    }

    /// Types an address.
    ///
    /// # Errors
    /// [`Error::Chromium`] when nobody answers there.
    pub fn go_to(&self, url: &Url) -> Result<(), Error> {
        let answer = self.call("Page.navigate", &json!({ "url": url.as_str() }))?;
        match answer.get("errorText").and_then(Value::as_str) {
            // A page that sends itself on at once has ended this navigation.
            None | Some("net::ERR_ABORTED") => Ok(()),
            Some(error) => Err(fault("Page.navigate", format!("{url}: {error}"))),
        }
    }

    /// Presses the browser's back button.
    ///
    /// # Errors
    /// [`Error::Chromium`], also where there is nothing to go back to.
    pub fn go_back(&self) -> Result<(), Error> {
        let history = self.call("Page.getNavigationHistory", &json!({}))?;
        let before = history
            .get("currentIndex")
            .and_then(Value::as_u64)
            .and_then(|index| index.checked_sub(1))
            .and_then(|index| history.pointer(&format!("/entries/{index}/id")))
            .ok_or_else(|| fault("back", "there is no page before this one"))?;
        let entry = json!({ "entryId": before });
        self.call("Page.navigateToHistoryEntry", &entry).map(drop)
    }

    /// Is the tab in front from now on, as when somebody clicks at its name: one behind another takes no pictures.
    ///
    /// # Errors
    /// [`Error::Chromium`].
    pub fn come_to_front(&self) -> Result<(), Error> {
        self.call("Page.bringToFront", &json!({})).map(drop)
    }

    /// Loads the page again.
    ///
    /// # Errors
    /// [`Error::Chromium`].
    pub fn reload(&self) -> Result<(), Error> {
        self.call("Page.reload", &json!({})).map(drop)
    }

    /// The value of an expression in the page; a promise is waited for.
    ///
    /// # Errors
    /// [`Error::Chromium`] with what was thrown.
    pub fn value(&self, expression: &str) -> Result<Value, Error> {
        let params =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut answer = self.call("Runtime.evaluate", &params)?;
        match answer.get("exceptionDetails") {
            Some(thrown) => Err(fault("Runtime.evaluate", thrown)),
            None => Ok(take(&mut answer, "/result/value")),
        }
    }

    /// Waits until an expression is true of the page, over any number of pages.
    ///
    /// # Errors
    /// [`Error::Page`] when it is not in time.
    pub fn wait_until(&self, expression: &str) -> Result<(), Error> {
        let deadline = Instant::now() + PATIENCE;
        // Between two pages there is nothing that could be asked: then it is not true yet.
        while self.value(&format!("!!({expression})")).ok() != Some(Value::Bool(true)) {
            if Instant::now() > deadline {
                return Err(Error::Page {
                    what: format!("not so after {} s: {expression}", PATIENCE.as_secs()),
                    page: self.told(),
                });
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Where it is and what it says, for people.
    #[must_use]
    pub fn told(&self) -> String {
        let told = "location.href + '\\n' + document.title + '\\n' + document.body.innerText";
        match self.value(told) {
            Ok(told) => told.as_str().unwrap_or_default().to_owned(),
            Err(error) => error.to_string(),
        }
    }

    /// The address that it shows.
    ///
    /// # Errors
    /// [`Error::Chromium`].
    pub fn url(&self) -> Result<Url, Error> {
        let shown = self.value("location.href")?;
        let shown = shown.as_str().unwrap_or_default();
        Url::parse(shown).map_err(|error| fault("location", format!("{shown}: {error}")))
    }

    /// Clicks into the middle of the first element that a selector finds.
    ///
    /// # Errors
    /// [`Error::Page`] when there is none, or another one lies over it.
    pub fn click(&self, selector: &str) -> Result<(), Error> {
        let find = format!(
            r"(() => {{
                const element = document.querySelector({selector});
                if (!element) return null;
                element.scrollIntoView({{ block: 'center', behavior: 'instant' }});
                const box = element.getClientRects()[0];
                if (!box) return null;
                const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
                return element.contains(document.elementFromPoint(x, y)) ? [x, y] : null;
            }})()",
            selector = Value::from(selector)
        );
        let place = self.value(&find)?;
        let at = |axis| place.pointer(axis).and_then(Value::as_f64);
        let (Some(x), Some(y)) = (at("/0"), at("/1")) else {
            return Err(Error::Page {
                what: format!("nothing to click at: {selector}"),
                page: self.told(),
            });
        };
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", &event)?;
        }
        Ok(())
    }

    /// Writes where the focus is.
    ///
    /// # Errors
    /// [`Error::Chromium`].
    pub fn write(&self, text: &str) -> Result<(), Error> {
        self.call("Input.insertText", &json!({ "text": text }))
            .map(drop)
    }

    /// Presses a key.
    ///
    /// # Errors
    /// [`Error::Chromium`].
    pub fn press(&self, key: Key) -> Result<(), Error> {
        let (name, code, number, text) = key.facts();
        // Without a text, "keyDown" is the key alone.
        for (kind, text) in [("keyDown", text.unwrap_or_default()), ("keyUp", "")] {
            let event = json!({ "type": kind, "key": name, "code": code,
                "windowsVirtualKeyCode": number, "text": text });
            self.call("Input.dispatchKeyEvent", &event)?;
        }
        Ok(())
    }

    /// Changes the window.
    ///
    /// # Errors
    /// [`Error::Chromium`].
    pub fn look_as(&self, view: View) -> Result<(), Error> {
        self.call("Emulation.setDeviceMetricsOverride", &view.metrics())?;
        self.call("Emulation.setEmulatedMedia", &view.media())
            .map(drop)
    }

    /// Whether pages may run scripts; for pages opened from now on.
    ///
    /// # Errors
    /// [`Error::Chromium`].
    pub fn run_scripts(&self, run: bool) -> Result<(), Error> {
        let params = json!({ "value": !run });
        self.call("Emulation.setScriptExecutionDisabled", &params)
            .map(drop)
    }

    /// Runs a script in each page from now on, before the page's own; gives what it is called.
    ///
    /// # Errors
    /// [`Error::Chromium`].
    pub fn run_first(&self, script: &str) -> Result<String, Error> {
        let params = json!({ "source": script });
        let answer = self.call("Page.addScriptToEvaluateOnNewDocument", &params)?;
        text(&answer, "identifier")
    }

    /// Takes back what [`Tab::run_first`] ordered.
    ///
    /// # Errors
    /// [`Error::Chromium`].
    pub fn run_no_more(&self, script: &str) -> Result<(), Error> {
        let params = json!({ "identifier": script });
        self.call("Page.removeScriptToEvaluateOnNewDocument", &params)
            .map(drop)
    }

    /// Plugs in a security key that holds nothing yet.
    ///
    /// # Errors
    /// [`Error::Chromium`].
    pub fn plug_in(&self, skill: Skill) -> Result<SecurityKey, Error> {
        SecurityKey::plug_in(Arc::clone(&self.wire), &self.session, skill)
    }

    /// The whole page as PNG.
    ///
    /// # Errors
    /// [`Error::Chromium`].
    pub fn picture(&self) -> Result<Vec<u8>, Error> {
        let params =
            json!({ "format": "png", "captureBeyondViewport": true, "optimizeForSpeed": true });
        let answer = self.call("Page.captureScreenshot", &params)?;
        STANDARD
            .decode(text(&answer, "data")?)
            .map_err(|error| fault("Page.captureScreenshot", error))
    }

    /// What the browser complained of since the last look.
    #[must_use]
    pub fn complaints(&self) -> Vec<Complaint> {
        self.wire.complaints(&self.session)
    }
}
