//! One run: everything is prepared, then measured round by round, then judged.
//!
//! Owns the order. Does not own how a figure is taken, nor which one is held against which.

use std::{fs, sync::Arc};

use anyhow::Result;

use crate::{
    floor::Floor,
    goal::Goal,
    judge::judge,
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
    rounds::{Name, Rounds},
    seed::Filling,
};

/// Applications of a server where nothing else is said.
const FEW_APPS: u32 = 10;
/// Logins at a time for throughput (G17).
const DURABLE_CONCURRENT: usize = 32;
/// Logins at a time for memory (G10).
const MANY_CONCURRENT: usize = 64;

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
/// If a measurement fails. A goal that is missed is not a failure: the report says so.
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
    if report.plan.judges(Goal::G5) && rounds.of(Name::Xmlsec1).is_empty() {
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
    // A Response of each kind is posted twice, once for CPU and once for memory.
    let a_round = plan.durable_logins + plan.bad * 2 * bad::Kind::ALL.len();
    let crowd = u32::try_from(plan.many_logins + plan.rounds * a_round)?;
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
                    Name::Start,
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
    rounds.add(Name::Idle, memory::resident(site.server.pid())?);
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
