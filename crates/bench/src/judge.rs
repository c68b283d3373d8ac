//! Which figure is held against which goal.
//!
//! Owns the limits of `docs/performance.md`, in the order of the goals, and the figures that are only told. Does not
//! own what a goal says, nor how a figure is taken.

use crate::{
    figure::ratios,
    goal::{Goal, Limit},
    measure::{bad::Sort, many},
    memory::MIB,
    report::Report,
    rounds::Rounds,
};

/// Figures that no goal is about, for those who compare, and their units.
const TOLD: [(&str, &str); 13] = [
    ("F1", "µs"),
    ("F2", "µs"),
    ("SAML", "µs"),
    ("both", "µs"),
    ("OIDC", "µs"),
    ("ACS", "µs"),
    ("xmlsec1", "µs"),
    ("good", "µs"),
    ("append few", "µs"),
    ("last few", "µs"),
    ("commits", "/s"),
    ("rate", "/s"),
    ("bound", "/s"),
];

/// Holds the rounds, and the memory that was seen in the long run after them, against the goals of the report's plan.
pub(crate) fn judge(report: &mut Report, rounds: &Rounds, seen: &[f64]) {
    let mut bench = Bench { report, rounds };
    bench.logins();
    bench.bad_responses();
    bench.memory(seen);
    bench.large_stores();
    bench.throughput();
    bench.codes();
    bench.tell();
}

struct Bench<'a> {
    report: &'a mut Report,
    rounds: &'a Rounds,
}

impl Bench<'_> {
    /// How often one figure goes into another.
    fn ratio(&mut self, goal: Goal, what: &str, [above, below]: [&str; 2], limit: Limit) {
        let figures = self.rounds.by(above, below);
        self.report.judge(goal, what, &figures, "", limit);
    }

    /// A figure as it is.
    fn figure(&mut self, goal: Goal, what: &str, name: &str, unit: &'static str, most: f64) {
        let figures = self.rounds.of(name);
        let limit = Limit::AtMost(most);
        self.report.judge(goal, what, figures, unit, limit);
    }

    /// G1, G2, G5, G7: what a login costs.
    fn logins(&mut self) {
        let concurrent = self.report.plan.concurrent;
        let of_f1 = format!("SAML→SAML, {concurrent} concurrent, of F1");
        let rows = [
            (Goal::G1, of_f1.as_str(), ["SAML", "F1"], 2.5),
            (Goal::G2, "two signatures, of F2", ["both", "F2"], 1.8),
            (Goal::G5, "ACS step, of xmlsec1", ["ACS", "xmlsec1"], 0.5),
            (Goal::G7, "OIDC→SAML, of F1", ["OIDC", "F1"], 2.3),
        ];
        for (goal, what, names, most) in rows {
            self.ratio(goal, what, names, Limit::AtMost(most));
        }
    }

    /// G6: what a Response costs that is refused.
    fn bad_responses(&mut self) {
        for sort in Sort::ALL.into_iter().filter(|sort| *sort != Sort::Good) {
            let name = sort.name();
            let names = [name, Sort::Good.name()];
            let cpu = format!("{name}, of a good one");
            self.ratio(Goal::G6, &cpu, names, Limit::AtMost(1.0));
            let (memory, growth) = (format!("{name}, memory"), format!("{name} growth"));
            self.figure(Goal::G6, &memory, &growth, "MiB", 2.0);
        }
    }

    /// G9, G10: what is held at rest, and after many logins.
    fn memory(&mut self, seen: &[f64]) {
        let resting = self.rounds.of("idle");
        let last: Vec<f64> = seen.last().into_iter().copied().collect();
        let after = format!("after {} logins, of idle", self.report.plan.many_logins);
        let idle: Vec<f64> = resting.iter().map(|bytes| bytes / MIB).collect();
        let grown: Vec<f64> = many::growth(seen).into_iter().collect();
        let second_half = "second half of them, of the first";
        let of_idle = ratios(&last, resting);
        let rows = [
            (Goal::G9, "idle, 10 applications", idle, "MiB", 25.0),
            (Goal::G10, after.as_str(), of_idle, "", 2.5),
            (Goal::G10, second_half, grown, "", 1.05),
        ];
        for (goal, what, figures, unit, most) in rows {
            let limit = Limit::AtMost(most);
            self.report.judge(goal, what, &figures, unit, limit);
        }
    }

    /// G11, G13, G15: what a large store costs.
    fn large_stores(&mut self) {
        let plan = self.report.plan;
        let store = format!(
            "cold start, {} people, {} applications",
            plan.many_people, plan.many_apps
        );
        self.figure(Goal::G11, &store, "start", "s", 0.3);
        let rows = [
            (Goal::G13, "many people, of few", ["many", "few"], 1.05),
            (
                Goal::G15,
                "append, many of few",
                ["append many", "append few"],
                1.4,
            ),
            (
                Goal::G15,
                "last 50, many of few",
                ["last many", "last few"],
                5.0,
            ),
        ];
        for (goal, what, names, most) in rows {
            self.ratio(goal, what, names, Limit::AtMost(most));
        }
        self.figure(Goal::G15, "records a login", "records", "", 2.0);
    }

    /// G17: logins a second.
    fn throughput(&mut self) {
        let rows = [
            ("logins, of bare commits", ["rate", "commits"], 6.0),
            ("logins, of the CPU bound", ["rate", "bound"], 0.8),
        ];
        for (what, names, least) in rows {
            self.ratio(Goal::G17, what, names, Limit::AtLeast(least));
        }
    }

    /// G19: what a typed code costs, and that its cost does not tell whether it was right.
    fn codes(&mut self) {
        let alike = Limit::Between(0.9, 1.1);
        self.ratio(Goal::G19, "right, of wrong", ["right", "wrong"], alike);
        for name in ["right", "wrong"] {
            self.figure(Goal::G19, &format!("{name} code"), name, "µs", 60.0);
        }
    }

    fn tell(&mut self) {
        for (name, unit) in TOLD {
            self.report.tell(name, self.rounds.of(name), unit);
        }
        let alone = self.rounds.by("alone", "F1");
        self.report
            .tell("SAML→SAML, one at a time, of F1", &alone, "");
    }
}
