//! One run: everything is prepared, then measured round by round, then judged.
//!
//! Owns the order. Does not own how a figure is taken, nor which one is held against which.

use std::{fs, sync::Arc};

use anyhow::Result;

use crate::{
    administrator::Administrator,
    goal::Goal,
    judge::judge,
    measure::{
        bad, durable,
        key_change::{self, Change, Press, Readers},
        log::Log,
        logins::{self, Sort},
        logouts::{self, Way},
        many,
        sessions::{self, Second},
        site::Site,
    },
    memory::MIB,
    plan::Options,
    provider::Provider,
    report::Report,
    rounds::{Name, Rounds},
    scene::{self, Scene, say},
    suite::Suite,
};

/// Logins at a time for throughput (G17).
const DURABLE_CONCURRENT: usize = 32;
/// Logins at a time for memory (G10).
const MANY_CONCURRENT: usize = 64;

/// Measures everything.
///
/// # Errors
/// If a measurement fails. A goal that is missed is not a failure: the report says so.
pub async fn run(options: &Options) -> Result<Report> {
    fs::create_dir_all(&options.folder)?;
    let mut report = Report::of(options.plan);
    let mut rounds = Rounds::default();
    let scene = Scene::prepare(options, &mut rounds).await?;
    for round in 1..=options.plan.rounds {
        say(&format!("round {round} of {}", options.plan.rounds));
        measure(&scene, options, &mut rounds).await?;
    }
    logs(&scene, options, &mut rounds).await?;
    say(&format!("{} logins for memory", options.plan.many_logins));
    let seen = many::run(&scene.site, options.plan.many_logins, MANY_CONCURRENT).await?;
    let change = if report.plan.judges(Goal::G20) {
        say("keys are replaced");
        Some(changed(&scene.shared, options, Readers::Anew).await?)
    } else {
        None
    };
    for why in change.iter().flat_map(|change| &change.lost).take(10) {
        say(&format!("lost: {why}"));
    }
    judge(&mut report, &rounds, &seen, change.as_ref());
    if report.plan.judges(Goal::G5) && rounds.of(Name::Xmlsec1).is_empty() {
        let why = "G5: xmlsec1 is missing: apt-get install xmlsec1";
        report.skipped.push(why.to_owned());
    }
    scene.end().await;
    Ok(report)
}

/// Replaces both signing keys of a server while people log in, and does nothing else.
///
/// # Errors
/// If the change cannot be made. A login that is lost is no error: it is counted.
pub async fn change_keys(options: &Options, readers: Readers) -> Result<Change> {
    fs::create_dir_all(&options.folder)?;
    let provider = Arc::new(Provider::start()?);
    let suite = Suite::start()?;
    let site = scene::shared(options, &suite, &provider).await?;
    changed(&site, options, readers).await
}

async fn changed(site: &Arc<Site>, options: &Options, readers: Readers) -> Result<Change> {
    let administrator = Administrator::of(&options.program, site.ground.configuration());
    let press = Press {
        load: options.plan.change_load,
        logins: options.plan.change_logins,
    };
    key_change::run(site, &administrator, press, readers).await
}

/// One round of everything that goes round by round.
async fn measure(scene: &Scene, options: &Options, rounds: &mut Rounds) -> Result<()> {
    let plan = options.plan;
    let (sign, verify) = tokio::task::block_in_place(|| scene.floor.measure(plan.repeats))?;
    rounds.cpu(Name::Sign, sign);
    rounds.cpu(Name::F1, sign + verify);
    rounds.cpu(Name::F2, sign * 2 + verify);
    for (name, sort) in [
        (Name::Saml, Sort::Saml),
        (Name::Both, Sort::Both),
        (Name::Oidc, Sort::Oidc),
    ] {
        let cost = logins::run(&scene.site, sort, plan.logins, plan.concurrent).await?;
        rounds.cpu(name, cost.cpu);
    }
    sessions(scene, options, rounds).await?;
    let alone = logins::run(&scene.site, Sort::Saml, plan.logins.div_ceil(4), 1).await?;
    rounds.cpu(Name::Alone, alone.cpu);
    for (name, site) in [(Name::Few, &scene.few), (Name::Many, &scene.many)] {
        let cost = logins::run(site, Sort::Saml, plan.logins.div_ceil(2), plan.concurrent).await?;
        rounds.cpu(name, cost.cpu);
    }
    let commits = tokio::task::block_in_place(|| {
        durable::commits_a_second(scene.site.ground.folder(), plan.commits)
    })?;
    rounds.add(Name::Commits, commits);
    durable_logins(scene, options, rounds).await?;
    for (kind, burden) in bad::run(&scene.site, plan.bad, plan.concurrent).await? {
        rounds.cpu(Name::Bad(kind), burden.cpu);
        rounds.add(Name::Growth(kind), burden.growth / MIB);
    }
    tokio::task::block_in_place(|| {
        rounds.cpu(Name::Acs, scene.acs.ours(plan.repeats)?);
        let theirs = scene.acs.theirs(scene.site.ground.folder(), plan.repeats)?;
        if let Some(theirs) = theirs {
            rounds.cpu(Name::Xmlsec1, theirs);
        }
        let (right, wrong) = scene.typed.measure(plan.repeats * 10)?;
        rounds.cpu(Name::Right, right);
        rounds.cpu(Name::Wrong, wrong);
        Ok(())
    })
}

/// Logins by OpenID Connect on both sides, second applications, and logouts.
async fn sessions(scene: &Scene, options: &Options, rounds: &mut Rounds) -> Result<()> {
    let (plan, site) = (options.plan, &scene.shared);
    let cost = logins::run(site, Sort::Codes, plan.logins, plan.concurrent).await?;
    rounds.cpu(Name::Codes, cost.cpu);
    for (name, sort) in [
        (Name::SecondBySaml, Second::Wiki),
        (Name::SecondByCode, Second::Desk),
    ] {
        let count = plan.logins.div_ceil(2);
        let cost = sessions::second(site, sort, count, plan.concurrent).await?;
        rounds.cpu(name, cost);
    }
    for way in [Way::Called, Way::Visited] {
        let (people, suite) = (plan.signed_out, &scene.suite);
        let told = logouts::run(site, suite, way, people, plan.concurrent).await?;
        rounds.cpu(Name::Told(way), told.cpu);
        rounds.add(Name::ToldAlone(way), told.alone.as_secs_f64());
        rounds.add(Name::ToldRate(way), told.rate);
    }
    Ok(())
}

/// How many logins a second, and how many the processors would allow if nothing had to be waited for.
async fn durable_logins(scene: &Scene, options: &Options, rounds: &mut Rounds) -> Result<()> {
    let own = crate::clock::ProcessClock::own();
    let (count, before) = (options.plan.durable_logins, own.read()?);
    let cost = logins::run(&scene.site, Sort::Saml, count, DURABLE_CONCURRENT).await?;
    // The people and their identity provider run on the same processors.
    let people = (own.read()? - before).div_f64(count as f64);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    rounds.add(Name::Rate, cost.rate);
    rounds.add(
        Name::Bound,
        cores as f64 / (cost.cpu + people).as_secs_f64(),
    );
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
    rounds.add(Name::Records, records as f64 / plan.warm_up as f64);
    for round in 0..=plan.rounds {
        for (log, append, last) in [
            (&few, Name::AppendFew, Name::LastFew),
            (&many, Name::AppendMany, Name::LastMany),
        ] {
            let (appended, found) = (
                log.append(plan.repeats).await?,
                log.last(plan.repeats).await?,
            );
            // The first round fills caches.
            if round > 0 {
                rounds.cpu(append, appended);
                rounds.cpu(last, found);
            }
        }
    }
    Ok(())
}
