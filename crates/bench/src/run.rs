//! One run: everything is prepared, then measured round by round, then judged.
//!
//! Owns the order, and which figure is held against which. Does not own how one is taken.

use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};

use anyhow::Result;

use crate::{
    figure::ratios,
    floor::Floor,
    goal::{Goal, Limit},
    measure::{
        acs::Acs,
        bad, durable,
        log::Log,
        logins::{self, Sort},
        many,
        site::{Ground, Site},
        start,
        totp::Typed,
    },
    memory::{self, MIB},
    plan::Options,
    provider::Provider,
    report::Report,
    seed::Filling,
};

/// Applications of a server where nothing else is said.
const FEW_APPS: u32 = 10;
/// Logins at a time for throughput (G17).
const DURABLE_CONCURRENT: usize = 32;
/// Logins at a time for memory (G10).
const MANY_CONCURRENT: usize = 64;

/// Figures of each round, by name.
#[derive(Default)]
struct Rounds(BTreeMap<String, Vec<f64>>);

impl Rounds {
    fn add(&mut self, name: impl Into<String>, figure: f64) {
        self.0.entry(name.into()).or_default().push(figure);
    }

    fn cpu(&mut self, name: impl Into<String>, time: Duration) {
        self.add(name, time.as_secs_f64() * 1e6);
    }

    fn of(&self, name: &str) -> &[f64] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    fn by(&self, above: &str, below: &str) -> Vec<f64> {
        ratios(self.of(above), self.of(below))
    }
}

/// What stands before the first round.
struct Scene {
    provider: Arc<Provider>,
    /// Enough people for every login that is measured.
    site: Arc<Site>,
    few: Arc<Site>,
    many: Arc<Site>,
    floor: Floor,
    acs: Acs,
    typed: Typed,
}

/// Measures everything.
///
/// # Errors
/// If a measurement fails. A goal that is missed is none of that: the report says so.
pub async fn run(options: &Options) -> Result<Report> {
    fs::create_dir_all(&options.folder)?;
    let mut report = Report::of(options.plan);
    let mut rounds = Rounds::default();
    let scene = prepare(options, &mut rounds).await?;
    for round in 1..=options.plan.rounds {
        say(&format!("round {round} of {}", options.plan.rounds));
        measure(&scene, options, &mut rounds).await?;
    }
    logs(&scene, options, &mut rounds).await?;
    say(&format!("{} logins for memory", options.plan.many_logins));
    let seen = many::run(&scene.site, options.plan.many_logins, MANY_CONCURRENT).await?;
    judge(&mut report, &rounds, &seen);
    if rounds.of("xmlsec1").is_empty() {
        let why = "G5: xmlsec1 is missing: apt-get install xmlsec1";
        report.skipped.push(why.to_owned());
    }
    let Scene { provider, .. } = scene;
    if let Some(provider) = Arc::into_inner(provider) {
        provider.stop().await;
    }
    Ok(report)
}

/// Progress, for whoever waits.
fn say(what: &str) {
    eprintln!("bench: {what}");
}

async fn prepare(options: &Options, rounds: &mut Rounds) -> Result<Scene> {
    let plan = options.plan;
    let provider = Arc::new(Provider::start()?);
    let crowd = u32::try_from(plan.many_logins + plan.rounds * plan.durable_logins)?;
    // Everybody can log in twice at once, and then twice a minute.
    let crowd = Filling {
        by_saml: crowd.div_ceil(2).clamp(1_000, 50_000),
        by_oidc: u32::try_from(plan.rounds * plan.logins + plan.warm_up)?,
        records: plan.few_people,
    };
    let few = Filling {
        by_saml: plan.few_people,
        by_oidc: 0,
        records: plan.few_people,
    };
    let many = Filling {
        by_saml: plan.many_people,
        by_oidc: 0,
        records: plan.many_people,
    };
    let mut grounds = Vec::new();
    for (filling, apps) in [
        (crowd, FEW_APPS),
        (few, plan.many_apps),
        (many, plan.many_apps),
    ] {
        say(&format!("a store of {} people", filling.by_saml));
        grounds.push((
            Ground::prepare(&options.folder, filling, apps, &provider).await?,
            filling,
        ));
    }
    let mut sites = Vec::new();
    for (ground, filling) in grounds {
        // The first start makes keys; those that are measured find them.
        drop(ground.start(&options.program)?);
        if filling == many {
            for _ in 0..plan.starts {
                rounds.add(
                    "start",
                    start::cold(&options.program, &ground)?.as_secs_f64(),
                );
            }
        }
        sites.push(Site::open(
            &options.program,
            ground,
            filling,
            Arc::clone(&provider),
        )?);
    }
    let [site, few, many] = <[Arc<Site>; 3]>::try_from(sites)
        .map_err(|_| anyhow::anyhow!("three servers were to be started"))?;
    memory::quiet(site.server.clock)?;
    rounds.add("idle", memory::resident(site.server.pid())?);
    for site in [&site, &few, &many] {
        logins::run(site, Sort::Saml, plan.warm_up, plan.concurrent).await?;
    }
    logins::run(&site, Sort::Oidc, plan.warm_up, plan.concurrent).await?;
    Ok(Scene {
        acs: Acs::prepare(&provider).await?,
        typed: Typed::prepare().await?,
        floor: Floor::new()?,
        provider,
        site,
        few,
        many,
    })
}

/// One round of everything that goes round by round.
async fn measure(scene: &Scene, options: &Options, rounds: &mut Rounds) -> Result<()> {
    let plan = options.plan;
    let (sign, verify) = tokio::task::block_in_place(|| scene.floor.measure(plan.repeats))?;
    rounds.cpu("sign", sign);
    rounds.cpu("verify", verify);
    rounds.cpu("F1", sign + verify);
    rounds.cpu("F2", sign * 2 + verify);
    for (name, sort) in [
        ("SAML", Sort::Saml),
        ("both", Sort::Both),
        ("OIDC", Sort::Oidc),
    ] {
        let cost = logins::run(&scene.site, sort, plan.logins, plan.concurrent).await?;
        rounds.cpu(name, cost.cpu);
    }
    let alone = logins::run(&scene.site, Sort::Saml, plan.logins.div_ceil(4), 1).await?;
    rounds.cpu("alone", alone.cpu);
    for (name, site) in [("few", &scene.few), ("many", &scene.many)] {
        let cost = logins::run(site, Sort::Saml, plan.logins.div_ceil(2), plan.concurrent).await?;
        rounds.cpu(name, cost.cpu);
    }
    let commits = tokio::task::block_in_place(|| {
        durable::commits_a_second(scene.site.ground.folder(), plan.commits)
    })?;
    rounds.add("commits", commits);
    durable_logins(scene, options, rounds).await?;
    for (sort, cost) in bad::run(&scene.site, plan.bad, plan.concurrent).await? {
        rounds.cpu(sort.name(), cost.cpu);
        rounds.add(format!("{} growth", sort.name()), cost.growth / MIB);
    }
    tokio::task::block_in_place(|| {
        rounds.cpu("ACS", scene.acs.ours(plan.repeats)?);
        let theirs = scene.acs.theirs(scene.site.ground.folder(), plan.repeats)?;
        if let Some(theirs) = theirs {
            rounds.cpu("xmlsec1", theirs);
        }
        let (right, wrong) = scene.typed.measure(plan.repeats * 10)?;
        rounds.cpu("right", right);
        rounds.cpu("wrong", wrong);
        Ok(())
    })
}

/// How many logins a second, and how many the processors would allow if nothing had to be waited for.
async fn durable_logins(scene: &Scene, options: &Options, rounds: &mut Rounds) -> Result<()> {
    let own = crate::clock::ProcessClock::own();
    let (count, before) = (options.plan.durable_logins, own.read()?);
    let cost = logins::run(&scene.site, Sort::Saml, count, DURABLE_CONCURRENT).await?;
    // The people and their identity provider run on the same processors.
    let people = (own.read()? - before).div_f64(count as f64);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    rounds.add("rate", cost.rate);
    rounds.add("bound", cores as f64 / (cost.cpu + people).as_secs_f64());
    Ok(())
}

/// The audit logs of the small and of the large store, and how many records a login writes.
async fn logs(scene: &Scene, options: &Options, rounds: &mut Rounds) -> Result<()> {
    let plan = options.plan;
    let few = Log::open(scene.few.ground.folder()).await?;
    let many = Log::open(scene.many.ground.folder()).await?;
    let before = few.length().await?;
    logins::run(&scene.few, Sort::Saml, plan.warm_up, plan.concurrent).await?;
    let records = few.length().await? - before;
    rounds.add("records", records as f64 / plan.warm_up as f64);
    for round in 0..=plan.rounds {
        for (name, log) in [("few", &few), ("many", &many)] {
            let (append, last) = (
                log.append(plan.repeats).await?,
                log.last(plan.repeats).await?,
            );
            // The first round fills caches.
            if round > 0 {
                rounds.cpu(format!("append {name}"), append);
                rounds.cpu(format!("last {name}"), last);
            }
        }
    }
    Ok(())
}

fn judge(report: &mut Report, rounds: &Rounds, seen: &[f64]) {
    let plan = report.plan;
    let concurrent = plan.concurrent;
    let mut ratio = |goal, what: &str, above: &str, below: &str, limit| {
        report.judge(goal, what, &rounds.by(above, below), "", limit);
    };
    let of_f1 = format!("SAML→SAML, {concurrent} concurrent, of F1");
    ratio(Goal::G1, &of_f1, "SAML", "F1", Limit::AtMost(2.5));
    ratio(
        Goal::G2,
        "two signatures, of F2",
        "both",
        "F2",
        Limit::AtMost(1.8),
    );
    ratio(
        Goal::G5,
        "ACS step, of xmlsec1",
        "ACS",
        "xmlsec1",
        Limit::AtMost(0.5),
    );
    for sort in bad::Sort::ALL
        .into_iter()
        .filter(|sort| *sort != bad::Sort::Good)
    {
        let what = format!("{}, of a good one", sort.name());
        ratio(
            Goal::G6,
            &what,
            sort.name(),
            bad::Sort::Good.name(),
            Limit::AtMost(1.0),
        );
    }
    ratio(
        Goal::G7,
        "OIDC→SAML, of F1",
        "OIDC",
        "F1",
        Limit::AtMost(2.3),
    );
    ratio(
        Goal::G13,
        "many people, of few",
        "many",
        "few",
        Limit::AtMost(1.05),
    );
    ratio(
        Goal::G15,
        "append, many of few",
        "append many",
        "append few",
        Limit::AtMost(1.4),
    );
    ratio(
        Goal::G15,
        "last 50, many of few",
        "last many",
        "last few",
        Limit::AtMost(5.0),
    );
    ratio(
        Goal::G17,
        "logins, of bare commits",
        "rate",
        "commits",
        Limit::AtLeast(6.0),
    );
    ratio(
        Goal::G17,
        "logins, of the CPU bound",
        "rate",
        "bound",
        Limit::AtLeast(0.8),
    );
    ratio(
        Goal::G19,
        "right, of wrong",
        "right",
        "wrong",
        Limit::Between(0.9, 1.1),
    );
    for sort in bad::Sort::ALL
        .into_iter()
        .filter(|sort| *sort != bad::Sort::Good)
    {
        let name = format!("{} growth", sort.name());
        let what = format!("{}, memory", sort.name());
        report.judge(Goal::G6, &what, rounds.of(&name), "MiB", Limit::AtMost(2.0));
    }
    let idle: Vec<f64> = rounds.of("idle").iter().map(|bytes| bytes / MIB).collect();
    report.judge(
        Goal::G9,
        "idle, 10 applications",
        &idle,
        "MiB",
        Limit::AtMost(25.0),
    );
    let last: Vec<f64> = seen.last().into_iter().copied().collect();
    let after = format!("after {} logins, of idle", plan.many_logins);
    report.judge(
        Goal::G10,
        &after,
        &ratios(&last, rounds.of("idle")),
        "",
        Limit::AtMost(2.5),
    );
    let grown: Vec<f64> = many::growth(seen).into_iter().collect();
    report.judge(
        Goal::G10,
        "second half of them, of the first",
        &grown,
        "",
        Limit::AtMost(1.05),
    );
    let store = format!(
        "cold start, {} people, {} applications",
        plan.many_people, plan.many_apps
    );
    report.judge(
        Goal::G11,
        &store,
        rounds.of("start"),
        "s",
        Limit::AtMost(0.3),
    );
    report.judge(
        Goal::G15,
        "records a login",
        rounds.of("records"),
        "",
        Limit::AtMost(2.0),
    );
    for name in ["right", "wrong"] {
        report.judge(
            Goal::G19,
            &format!("{name} code"),
            rounds.of(name),
            "µs",
            Limit::AtMost(60.0),
        );
    }
    for (name, unit) in [
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
    ] {
        report.tell(name, rounds.of(name), unit);
    }
    report.tell(
        "SAML→SAML, one at a time, of F1",
        &rounds.by("alone", "F1"),
        "",
    );
}
