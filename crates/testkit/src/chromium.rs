//! Debian's Chromium, without a window, for tests that need a real browser: its layout, its scripts, its security keys.
//!
//! Owns the browser process, the profiles in it ([`Incognito`]), their tabs ([`Tab`]) and security keys
//! ([`SecurityKey`]). Does not own what a page must be like: that is for the test to say.
//!
//! It speaks the DevTools protocol over the two pipes of `--remote-debugging-pipe`, in JSON as the protocol is
//! documented. A client crate would bring the whole protocol as generated types (chromiumoxide: 110,000 lines of them,
//! tied to one release of Chromium, and twelve crates that nothing else here needs) for the thirty commands used here,
//! or a driver program and its port besides.

mod complaint;
mod security_key;
mod tab;
mod view;
mod wire;

use std::{
    env,
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    sync::{Arc, OnceLock},
};

use serde_json::json;

use self::wire::Wire;
pub use self::{
    complaint::Complaint,
    security_key::{SecurityKey, Skill},
    tab::{Key, Tab},
    view::{Scheme, View},
};
use crate::Error;

/// The program, as Debian and Ubuntu call it.
const PROGRAM: &str = "chromium";

/// Set to anything, this shows the windows of the browser; it needs a screen.
const SHOWN: &str = "VESTIBULE_BROWSER_WINDOWS";

/// Waits for the browser and takes its profile away afterwards. Chromium ends by itself when its pipe closes, which the
/// kernel does when the test process ends, however it ends. Descriptors 3 and 4 are those of `--remote-debugging-pipe`.
const KEEPER: &str = r#"
profile=$1; shift
"$@" 3<&0 4>&1 </dev/null >/dev/null 2>"$profile/log"
[ -e "$profile/quiet" ] || tail -n 5 "$profile/log" >&2
rm -rf "$profile"
"#;

const FLAGS: &[&str] = &[
    "--remote-debugging-pipe",
    // Runs of tests are root, or in a container, often enough; and it opens nothing but our own pages.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--lang=en-US",
    // Nothing is asked of the network, whatever a page may want.
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    "--password-store=basic",
    // Few processes for all sites: starting one for each was a fifth of a run. What one site may do to another
    // (cookies, policies of pages) is decided elsewhere.
    "--disable-features=IsolateOrigins,MediaRouter,OptimizationHints,SpareRendererForSitePerProcess,Translate,site-per-process",
    "--disable-site-isolation-trials",
    "--renderer-process-limit=2",
    // A tab that is not in front works as one that is.
    "--disable-backgrounding-occluded-windows",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
];

/// The browser of this test process.
#[derive(Debug)]
pub struct Chromium {
    wire: Arc<Wire>,
}

impl Chromium {
    /// The browser that all tests of this process share, started by the first that asks; gone with the process.
    ///
    /// # Errors
    /// [`Error::Missing`] without Chromium; the first error is told to everyone who asks.
    pub fn shared() -> Result<&'static Self, &'static Error> {
        static SHARED: OnceLock<Result<Chromium, Error>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    fn start() -> Result<Self, Error> {
        installed()?;
        let profile = tempfile::Builder::new()
            .prefix("vestibule-chromium-")
            .tempdir()
            .map_err(Error::io("cannot create a folder for Chromium"))?
            .keep();
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(&profile);
        keeper.arg(PROGRAM).args(FLAGS);
        if env::var_os(SHOWN).is_none() {
            keeper.arg("--headless=new");
        }
        keeper.arg(format!("--user-data-dir={}", profile.display()));
        // Ctrl-C at the terminal is for the test process; the browser hears of it by its closed pipe.
        keeper.process_group(0);
        let keeper = keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let keeper = keeper.map_err(Error::io("cannot start a shell"))?;
        let wire = Wire::over(keeper)?;
        // The first answer says that it is up. What it logs from here on is its own affair.
        wire.call(None, "Browser.getVersion", &json!({}))?;
        std::fs::write(profile.join("quiet"), "")
            .map_err(Error::io("cannot write into Chromium's folder"))?;
        Ok(Self {
            wire: Arc::new(wire),
        })
    }

    /// A browser that has seen nothing yet: no cookies, no storage, no keys.
    ///
    /// # Errors
    /// [`Error::Chromium`].
    pub fn incognito(&self) -> Result<Incognito, Error> {
        let wire = Arc::clone(&self.wire);
        let made = wire.call(None, "Target.createBrowserContext", &json!({}))?;
        let context = wire::text(&made, "browserContextId")?;
        Ok(Incognito { wire, context })
    }
}

/// One person's browser. Everything in it is forgotten when it is dropped.
#[derive(Debug)]
pub struct Incognito {
    wire: Arc<Wire>,
    context: String,
}

impl Incognito {
    /// One more tab.
    ///
    /// # Errors
    /// [`Error::Chromium`].
    pub fn tab(&self) -> Result<Tab, Error> {
        Tab::open(Arc::clone(&self.wire), &self.context)
    }
}

impl Drop for Incognito {
    fn drop(&mut self) {
        let context = json!({ "browserContextId": self.context });
        // A browser that is gone has forgotten it too.
        let _ = self
            .wire
            .call(None, "Target.disposeBrowserContext", &context);
    }
}

fn installed() -> Result<(), Error> {
    let path = env::var_os("PATH").unwrap_or_default();
    if env::split_paths(&path).any(|folder| folder.join(PROGRAM).is_file()) {
        return Ok(());
    }
    Err(Error::Missing {
        program: PROGRAM.to_owned(),
        package: "chromium",
    })
}
