//! What the robot did, step by step, for people and for machines.

use std::fmt::{self, Display};

use serde::Serialize;

use crate::browser::BrowserError;

/// One thing that was done, and what was seen then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Who did what, such as `alice, first login: types the password`.
    pub name: String,
    /// What must be seen then.
    pub expected: String,
    /// What was seen.
    pub outcome: String,
    /// Whether that is the same.
    pub ok: bool,
    /// The broker's number for the login, if a page of this login showed it.
    pub reference: Option<String>,
}

/// One line if all is well; what was expected, too, if not.
impl Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.ok { "ok  " } else { "FAIL" };
        write!(f, "{mark} {} → {}", self.name, self.outcome)?;
        if !self.ok {
            write!(f, "\n     expected: {}", self.expected)?;
        }
        match &self.reference {
            Some(reference) if !self.ok => write!(f, "\n     reference: {reference}"),
            _ => Ok(()),
        }
    }
}

/// All steps. As JSON: `{"ok": true, "steps": [..]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether every story went to its end as policy says.
    pub ok: bool,
    /// In order.
    pub steps: Vec<Step>,
}

/// Writes the report and tells each step at once.
pub(super) struct Recorder<'t> {
    report: Report,
    told: &'t mut dyn FnMut(&Step),
}

impl<'t> Recorder<'t> {
    pub(super) fn new(told: &'t mut dyn FnMut(&Step)) -> Self {
        let report = Report {
            ok: true,
            steps: Vec::new(),
        };
        Self { report, told }
    }

    pub(super) fn add(&mut self, step: Step) {
        (self.told)(&step);
        self.report.ok &= step.ok;
        self.report.steps.push(step);
    }

    /// A story that could not even begin.
    pub(super) fn no_browser(&mut self, who: &str, error: &BrowserError) {
        self.add(Step {
            name: format!("{who}: opens a browser"),
            expected: "a browser".to_owned(),
            outcome: error.to_string(),
            ok: false,
            reference: None,
        });
    }

    pub(super) fn finish(self) -> Report {
        self.report
    }
}

/// The closing line.
impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed = self.steps.iter().filter(|step| !step.ok).count();
        match failed {
            0 => write!(f, "{} steps, all as policy says", self.steps.len()),
            _ => write!(f, "{} steps, {failed} not as policy says", self.steps.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(ok: bool) -> Step {
        Step {
            name: "alice: waits".to_owned(),
            expected: "rain".to_owned(),
            outcome: if ok { "rain" } else { "snow" }.to_owned(),
            ok,
            reference: Some("R-1".to_owned()),
        }
    }

    #[test]
    fn one_failure_fails_the_whole_and_says_what_was_expected() {
        let mut told = Vec::new();
        let mut tell = |step: &Step| told.push(step.to_string());
        let mut recorder = Recorder::new(&mut tell);
        recorder.add(step(true));
        assert!(recorder.report.ok);
        recorder.add(step(false));
        recorder.add(step(true));
        let report = recorder.finish();
        assert!(!report.ok);
        assert_eq!(report.to_string(), "3 steps, 1 not as policy says");
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["ok"], false);
        assert_eq!(json["steps"][1]["expected"], "rain");
        assert_eq!(told[0], "ok   alice: waits → rain");
        assert_eq!(
            told[1],
            "FAIL alice: waits → snow\n     expected: rain\n     reference: R-1"
        );
    }
}
