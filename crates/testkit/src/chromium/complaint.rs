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
        let params = &event["params"];
        match event["method"].as_str()? {
            "Audits.issueAdded" => Some(Self::new("issue", &params["issue"].to_string(), "")),
            "Log.entryAdded" => {
                let entry = &params["entry"];
                let text = |field: &str| entry[field].as_str().unwrap_or_default();
                matches!(text("level"), "error" | "warning")
                    .then(|| Self::new(text("source"), text("text"), text("url")))
            }
            "Runtime.consoleAPICalled" => matches!(
                params["type"].as_str(),
                Some("assert" | "error" | "warning")
            )
            .then(|| Self::new("console", &params["args"].to_string(), "")),
            "Runtime.exceptionThrown" => Some(Self::new(
                "javascript",
                &params["exceptionDetails"].to_string(),
                "",
            )),
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
