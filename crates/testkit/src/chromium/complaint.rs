//! What the browser complains of while it shows a page.

use std::fmt;

use serde_json::Value;

/// One line of the console that is an error or a warning: of a script, of the network, of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Where it comes from: `network`, `security`, `javascript`, `console`, `issue` …
    pub source: String,
    /// What it says.
    pub text: String,
    /// What it is about, where it names an address.
    pub url: String,
}

impl Complaint {
    /// The complaint that an event of the protocol is, if it is one.
    pub(super) fn from_event(event: &Value) -> Option<Self> {
        let at = |place: &str| event.pointer(place).unwrap_or(&Value::Null);
        let text = |place: &str| at(place).as_str().unwrap_or_default();
        let told = |source: &str, place: &str| Some(Self::new(source, &at(place).to_string(), ""));
        match text("/method") {
            "Audits.issueAdded" => told("issue", "/params/issue"),
            "Log.entryAdded" => {
                let entry = |field: &str| text(&format!("/params/entry/{field}"));
                matches!(entry("level"), "error" | "warning")
                    .then(|| Self::new(entry("source"), entry("text"), entry("url")))
            }
            "Runtime.consoleAPICalled" => match text("/params/type") {
                "assert" | "error" | "warning" => told("console", "/params/args"),
                _ => None,
            },
            "Runtime.exceptionThrown" => told("javascript", "/params/exceptionDetails"),
            _ => None,
        }
    }

    fn new(source: &str, text: &str, url: &str) -> Self {
        Self {
            source: source.to_owned(),
            text: text.to_owned(),
            url: url.to_owned(),
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.source, self.text, self.url)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_and_warnings_are_complaints_and_talk_is_none() {
        let log = |level: &str| {
            json!({"method": "Log.entryAdded", "params": {"entry":
                {"source": "security", "level": level, "text": "refused", "url": "http://a/"}}})
        };
        let console = |kind: &str| json!({"method": "Runtime.consoleAPICalled", "params": {"type": kind, "args": []}});
        let table = [
            (log("error"), true),
            (log("warning"), true),
            (log("verbose"), false),
            (console("error"), true),
            (console("log"), false),
            (
                json!({"method": "Runtime.exceptionThrown", "params": {}}),
                true,
            ),
            (
                json!({"method": "Page.loadEventFired", "params": {}}),
                false,
            ),
        ];
        for (event, expect) in table {
            assert_eq!(Complaint::from_event(&event).is_some(), expect, "{event}");
        }
    }
}
