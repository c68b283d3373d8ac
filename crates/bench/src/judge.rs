//! Which figure is held against which goal.
//!
//! Owns the limits of `docs/performance.md`, in the order of the goals, and the figures that are only told. Does not
//! own what a goal says, nor how a figure is taken.

use crate::{
    figure::ratios,
    goal::{Goal, Limit},
    measure::{bad::Kind, key_change::Change, logouts::Way, many},
    memory::MIB,
    report::Report,
    rounds::{Name, Rounds},
    suite::TOLD,
};

/// Figures that no goal is about, for those who compare: what each is called in the table, and its unit.
const FIGURES: [(Name, &str, &str); 17] = [
    (Name::Sign, "signature", "µs"),
    (Name::F1, "F1", "µs"),
    (Name::F2, "F2", "µs"),
    (Name::Saml, "SAML", "µs"),
    (Name::Both, "both", "µs"),
    (Name::Oidc, "OIDC", "µs"),
    (Name::Codes, "codes", "µs"),
    (Name::SecondBySaml, "second by SAML", "µs"),
    (Name::SecondByCode, "second by code", "µs"),
    (Name::Acs, "ACS", "µs"),
    (Name::Xmlsec1, "xmlsec1", "µs"),
    (Name::Bad(Kind::Control), "good", "µs"),
    (Name::AppendFew, "append few", "µs"),
    (Name::LastFew, "last few", "µs"),
    (Name::Commits, "commits", "/s"),
    (Name::Rate, "rate", "/s"),
    (Name::Bound, "bound", "/s"),
];

/// Holds the rounds, the memory that was seen in the long run after them, and the change of keys against the goals of the
/// report's plan.
pub(crate) fn judge(report: &mut Report, rounds: &Rounds, seen: &[f64], change: Option<&Change>) {
    let mut bench = Bench { report, rounds };
    bench.logins();
    bench.bad_responses();
    bench.sessions();
    bench.memory(seen);
    bench.large_stores();
    bench.throughput();
    bench.codes();
    bench.keys(change);
    bench.tell();
}

struct Bench<'a> {
    report: &'a mut Report,
    rounds: &'a Rounds,
}

impl Bench<'_> {
    /// How often one figure goes into another.
    fn ratio(&mut self, goal: Goal, what: &str, [above, below]: [Name; 2], limit: Limit) {
        let figures = self.rounds.by(above, below);
        self.report.judge(goal, what, &figures, "", limit);
    }

    /// A figure as it is.
    fn figure(&mut self, goal: Goal, what: &str, name: Name, unit: &'static str, most: f64) {
        let figures = self.rounds.of(name);
        let limit = Limit::AtMost(most);
        self.report.judge(goal, what, figures, unit, limit);
    }

    /// G1, G2, G5, G7: what a login costs.
    fn logins(&mut self) {
        let concurrent = self.report.plan.concurrent;
        let of_f1 = format!("SAML→SAML, {concurrent} concurrent, of F1");
        let rows = [
            (Goal::G1, of_f1.as_str(), [Name::Saml, Name::F1], 2.5),
            (
                Goal::G2,
                "two signatures, of F2",
                [Name::Both, Name::F2],
                1.8,
            ),
            (
                Goal::G5,
                "ACS step, of xmlsec1",
                [Name::Acs, Name::Xmlsec1],
                0.5,
            ),
            (Goal::G7, "OIDC→SAML, of F1", [Name::Oidc, Name::F1], 2.3),
            (Goal::G7, "OIDC→OIDC, of F1", [Name::Codes, Name::F1], 2.3),
        ];
        for (goal, what, names, most) in rows {
            self.ratio(goal, what, names, Limit::AtMost(most));
        }
    }

    /// G8: what a session saves.
    fn sessions(&mut self) {
        for (what, name) in [
            (
                "second application by SAML, of a signature",
                Name::SecondBySaml,
            ),
            (
                "second application by code, of a signature",
                Name::SecondByCode,
            ),
        ] {
            self.ratio(Goal::G8, what, [name, Name::Sign], Limit::AtMost(1.4));
        }
    }

    /// G20: logins while keys are replaced.
    fn keys(&mut self, change: Option<&Change>) {
        let figures: Vec<f64> = change
            .map(|change| change.lost.len() as f64)
            .into_iter()
            .collect();
        let what = change.map_or_else(
            || "lost".to_owned(),
            |change| {
                format!(
                    "lost of {} logins at {:.0} % load",
                    change.logins,
                    change.load * 100.0
                )
            },
        );
        let none = Limit::AtMost(0.0);
        self.report.judge(Goal::G20, &what, &figures, "", none);
    }

    /// G6: what a Response costs that is refused.
    fn bad_responses(&mut self) {
        for kind in Kind::BAD {
            let names = [Name::Bad(kind), Name::Bad(Kind::Control)];
            let cpu = format!("{kind}, of a good one");
            self.ratio(Goal::G6, &cpu, names, Limit::AtMost(1.0));
            let memory = format!("{kind}, memory");
            self.figure(Goal::G6, &memory, Name::Growth(kind), "MiB", 2.0);
        }
    }

    /// G9, G10: what is held at rest, and after many logins.
    fn memory(&mut self, seen: &[f64]) {
        let resting = self.rounds.of(Name::Idle);
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
        self.figure(Goal::G11, &store, Name::Start, "s", 0.3);
        let rows = [
            (
                Goal::G13,
                "many people, of few",
                [Name::Many, Name::Few],
                1.05,
            ),
            (
                Goal::G15,
                "append, many of few",
                [Name::AppendMany, Name::AppendFew],
                1.4,
            ),
            (
                Goal::G15,
                "last 50, many of few",
                [Name::LastMany, Name::LastFew],
                5.0,
            ),
        ];
        for (goal, what, names, most) in rows {
            self.ratio(goal, what, names, Limit::AtMost(most));
        }
        self.figure(Goal::G15, "records a login", Name::Records, "", 2.0);
    }

    /// G17: logins a second.
    fn throughput(&mut self) {
        let rows = [
            ("logins, of bare commits", [Name::Rate, Name::Commits], 6.0),
            ("logins, of the CPU bound", [Name::Rate, Name::Bound], 0.8),
        ];
        for (what, names, least) in rows {
            self.ratio(Goal::G17, what, names, Limit::AtLeast(least));
        }
    }

    /// G19: what a typed code costs, and that its cost does not tell whether it was right.
    fn codes(&mut self) {
        let alike = Limit::Between(0.9, 1.1);
        self.ratio(
            Goal::G19,
            "right, of wrong",
            [Name::Right, Name::Wrong],
            alike,
        );
        for (what, name) in [("right code", Name::Right), ("wrong code", Name::Wrong)] {
            self.figure(Goal::G19, what, name, "µs", 60.0);
        }
    }

    fn tell(&mut self) {
        for (name, what, unit) in FIGURES {
            self.report.tell(what, self.rounds.of(name), unit);
        }
        for way in [Way::Called, Way::Visited] {
            let each = self.rounds.by(Name::Told(way), Name::Sign);
            let what = format!("logout, each application that is {way}, of a signature");
            self.report.tell(&what, &each, "");
            let until = self.rounds.of(Name::ToldAlone(way));
            let what = format!("logout, until the last of {TOLD} is {way}");
            self.report.tell(&what, until, "s");
            let rate = self.rounds.of(Name::ToldRate(way));
            let what = format!("applications {way}, many logouts at a time");
            self.report.tell(&what, rate, "/s");
        }
        let alone = self.rounds.by(Name::Alone, Name::F1);
        self.report
            .tell("SAML→SAML, one at a time, of F1", &alone, "");
    }
}
