//! What a run came to: lines with figures and verdicts, as a table and as JSON.
//!
//! Owns the form. The table is Markdown, so that it can stand in `docs/performance.md` as it is printed.

use std::{collections::BTreeMap, fmt, fs};

use chrono::{DateTime, Utc};
use clap::ValueEnum;
use serde::Serialize;

use crate::{
    figure::Spread,
    goal::{Goal, Limit, Verdict},
    plan::Plan,
};

/// One line.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// The goal that it belongs to; `None` for what is only told.
    pub goal: Option<Goal>,
    /// What was measured.
    pub what: String,
    /// The figure.
    pub figure: Spread,
    /// In which unit; empty for a ratio.
    pub unit: &'static str,
    /// What it must keep to.
    pub limit: Option<Limit>,
    /// Whether it does.
    pub verdict: Option<Verdict>,
}

/// The machine, without names.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// Cores.
    pub cores: usize,
    /// Their clock, in MHz.
    pub megahertz: Option<f64>,
}

/// A run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// When it began.
    pub at: DateTime<Utc>,
    /// Where.
    pub machine: Machine,
    /// How much.
    pub plan: Plan,
    /// What came out.
    pub lines: Vec<Line>,
    /// What could not be measured here, and why.
    pub skipped: Vec<String>,
}

impl Machine {
    /// This one.
    #[must_use]
    pub fn here() -> Self {
        let told = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            megahertz: megahertz(&told),
        }
    }
}

fn megahertz(cpuinfo: &str) -> Option<f64> {
    let line = cpuinfo.lines().find(|line| line.starts_with("cpu MHz"))?;
    line.split_once(':')?.1.trim().parse().ok()
}

impl Report {
    /// A report without lines.
    #[must_use]
    pub fn of(plan: Plan) -> Self {
        Self {
            at: Utc::now(),
            machine: Machine::here(),
            plan,
            lines: Vec::new(),
            skipped: Vec::new(),
        }
    }

    /// Adds a figure that a goal judges, if it is one of the plan's. Rounds without a number are a line that is
    /// missing.
    pub fn judge(
        &mut self,
        goal: Goal,
        what: &str,
        rounds: &[f64],
        unit: &'static str,
        limit: Limit,
    ) {
        if !self.plan.judges(goal) {
            return;
        }
        match Spread::of(rounds) {
            Some(figure) => self.lines.push(Line {
                goal: Some(goal),
                what: what.to_owned(),
                figure,
                unit,
                limit: Some(limit),
                verdict: Some(limit.judge(figure)),
            }),
            None => self.skipped.push(format!("{goal}, {what}: no figure")),
        }
    }

    /// Adds a figure that is only told.
    pub fn tell(&mut self, what: &str, rounds: &[f64], unit: &'static str) {
        if let Some(figure) = Spread::of(rounds) {
            self.lines.push(Line {
                goal: None,
                what: what.to_owned(),
                figure,
                unit,
                limit: None,
                verdict: None,
            });
        }
    }

    /// Each goal that was measured, and its verdict.
    #[must_use]
    pub fn verdicts(&self) -> BTreeMap<Goal, Verdict> {
        let mut lines: BTreeMap<Goal, Vec<Verdict>> = BTreeMap::new();
        for line in &self.lines {
            if let (Some(goal), Some(verdict)) = (line.goal, line.verdict) {
                lines.entry(goal).or_default().push(verdict);
            }
        }
        lines
            .into_iter()
            .map(|(goal, lines)| (goal, goal.verdict(&lines)))
            .collect()
    }

    /// Whether every goal that the plan judges was measured, left nothing out, and is met.
    #[must_use]
    pub fn all_met(&self) -> bool {
        let verdicts = self.verdicts();
        let is_met = |goal: &Goal| verdicts.get(goal) == Some(&Verdict::Met);
        let mut judged = Goal::value_variants().iter();
        self.skipped.is_empty() && judged.all(|goal| !self.plan.judges(*goal) || is_met(goal))
    }
}

/// The tables.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { cores, megahertz } = self.machine;
        let clock =
            megahertz.map_or_else(String::new, |clock| format!(", {:.1} GHz", clock / 1000.0));
        let day = self.at.format("%Y-%m-%d");
        writeln!(
            f,
            "{day}, {cores} cores{clock}, {} rounds.\n",
            self.plan.rounds
        )?;
        writeln!(f, "| goal | | verdict |\n|---|---|---|")?;
        for (goal, verdict) in self.verdicts() {
            writeln!(f, "| {goal} | {} | {verdict} |", goal.text())?;
        }
        writeln!(
            f,
            "\n| goal | figure | min | median | max | limit | |\n|---|---|---|---|---|---|---|"
        )?;
        for line in &self.lines {
            let goal = line.goal.map_or_else(String::new, |goal| goal.to_string());
            let limit = line
                .limit
                .map_or_else(String::new, |limit| limit.to_string());
            let verdict = line
                .verdict
                .map_or_else(String::new, |verdict| verdict.to_string());
            let Spread { min, median, max } = line.figure;
            let [min, median, max] = [min, median, max].map(|figure| shown(figure, line.unit));
            let what = &line.what;
            writeln!(
                f,
                "| {goal} | {what} | {min} | {median} | {max} | {limit} | {verdict} |"
            )?;
        }
        for skipped in &self.skipped {
            writeln!(f, "\n!! SKIPPED {skipped}")?;
        }
        Ok(())
    }
}

/// A page with the tables of this report in the place of those before; `None` without such a place.
#[must_use]
pub fn with_figures(page: &str, report: &Report) -> Option<String> {
    const BEGIN: &str = "<!-- figures -->\n";
    const END: &str = "<!-- end of figures -->";
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{report}\n{END}{after}"))
}

/// Three digits that matter.
fn shown(figure: f64, unit: &str) -> String {
    let digits = match figure.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{figure:.digits$} {unit}");
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_judges_and_shows() {
        let mut report = Report::of(Plan::smoke());
        report.judge(Goal::G1, "login", &[2.0, 2.4, 3.0], "", Limit::AtMost(2.5));
        report.judge(Goal::G9, "idle", &[30.0], "MiB", Limit::AtMost(25.0));
        report.judge(Goal::G2, "nothing", &[], "", Limit::AtMost(1.0));
        report.tell("F1", &[374.0], "µs");
        let verdicts: Vec<_> = report.verdicts().into_iter().collect();
        assert_eq!(
            verdicts,
            [(Goal::G1, Verdict::Met), (Goal::G9, Verdict::Missed)]
        );
        let table = report.to_string();
        for line in [
            "| G1 | login | 2.00 | 2.40 | 3.00 | ≤ 2.5 | met |",
            "| G9 | idle | 30.0 MiB | 30.0 MiB | 30.0 MiB | ≤ 25 | missed |",
            "|  | F1 | 374 µs | 374 µs | 374 µs |  |  |",
            "!! SKIPPED G2, nothing: no figure",
        ] {
            assert!(table.contains(line), "{line}\n{table}");
        }
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["lines"][0]["goal"], "G1");
        assert_eq!(json["lines"][0]["figure"]["median"], 2.4);
        assert_eq!(json["lines"][1]["verdict"], "missed");
    }

    #[test]
    fn one_goal_alone_is_judged() {
        let mut report = Report::of(Plan::usual().only(Goal::G6));
        report.judge(Goal::G1, "login", &[2.0], "", Limit::AtMost(2.5));
        report.judge(Goal::G2, "nothing", &[], "", Limit::AtMost(1.0));
        report.judge(Goal::G6, "junk", &[2.0], "", Limit::AtMost(1.0));
        assert_eq!(
            report.verdicts(),
            BTreeMap::from([(Goal::G6, Verdict::Missed)])
        );
        assert_eq!(report.skipped, [""; 0]);
        assert!(report.plan.bad > report.plan.logins);
    }

    #[test]
    fn what_was_not_measured_is_not_met() {
        let mut g5 = Report::of(Plan::usual().only(Goal::G5));
        assert!(!g5.all_met(), "no figure at all");
        g5.judge(Goal::G5, "ACS", &[0.4], "", Limit::AtMost(0.5));
        assert!(g5.all_met());
        g5.judge(Goal::G5, "another", &[], "", Limit::AtMost(0.5));
        assert!(!g5.all_met(), "a figure is missing");

        let mut all = Report::of(Plan::usual());
        for goal in Goal::value_variants() {
            assert!(!all.all_met(), "{goal} is to be measured yet");
            all.judge(*goal, "", &[1.0], "", Limit::AtMost(1.0));
        }
        assert!(all.all_met());
        all.judge(Goal::G1, "", &[2.0], "", Limit::AtMost(1.0));
        assert!(!all.all_met());
    }

    #[test]
    fn figures_go_to_their_place() {
        let report = Report::of(Plan::smoke());
        let page = "above\n<!-- figures -->\nold\n<!-- end of figures -->\nbelow\n";
        let once = with_figures(page, &report).unwrap();
        assert!(
            once.starts_with("above\n") && once.ends_with("\nbelow\n") && !once.contains("old")
        );
        assert_eq!(with_figures(&once, &report).unwrap(), once);
        assert_eq!(with_figures("no place", &report), None);
    }

    #[test]
    fn the_machine_is_told_without_names() {
        let told = "processor\t: 0\nmodel name\t: X\ncpu MHz\t\t: 2299.998\n";
        assert_eq!(megahertz(told), Some(2299.998));
        assert_eq!(megahertz(""), None);
        assert!(Machine::here().cores > 0);
    }
}
