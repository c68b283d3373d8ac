//! What stands before the first round: servers with their stores, their people and their applications.
//!
//! Owns how many people each store needs. Does not own what is measured there.

use std::sync::Arc;

use anyhow::Result;

use crate::{
    floor::Floor,
    house::Apps,
    measure::{
        acs::Acs,
        bad,
        logins::{self, Sort},
        site::{Ground, Site},
        start,
        totp::Typed,
    },
    memory,
    plan::{Options, Plan},
    provider::Provider,
    rounds::{Name, Rounds},
    seed::Filling,
    suite::Suite,
};

/// Applications of a server where nothing else is said.
const FEW_APPS: u32 = 10;

/// Everything that is measured.
pub(crate) struct Scene {
    pub(crate) provider: Arc<Provider>,
    pub(crate) suite: Suite,
    /// Enough people for every login that is measured.
    pub(crate) site: Arc<Site>,
    pub(crate) few: Arc<Site>,
    pub(crate) many: Arc<Site>,
    /// The server whose applications share sessions.
    pub(crate) shared: Arc<Site>,
    pub(crate) floor: Floor,
    pub(crate) acs: Acs,
    pub(crate) typed: Typed,
}

impl Scene {
    /// Fills stores and starts servers; keeps how long a cold start took, and the memory at rest.
    ///
    /// # Errors
    /// If a server does not start, or people cannot log in.
    pub(crate) async fn prepare(options: &Options, rounds: &mut Rounds) -> Result<Self> {
        let plan = options.plan;
        let provider = Arc::new(Provider::start()?);
        let suite = Suite::start()?;
        let (few, many) = (Apps::Alike(FEW_APPS), Apps::Alike(plan.many_apps));
        let store = crowd(&plan)?;
        let site = open(options, store, few, &provider).await?;
        let store = alike(&plan, plan.few_people)?;
        let few = open(options, store, many, &provider).await?;
        let store = alike(&plan, plan.many_people)?;
        let large = ground(options, store, many, &provider).await?;
        for _ in 0..plan.starts {
            let started = start::cold(&options.program, &large)?;
            rounds.add(Name::Start, started.as_secs_f64());
        }
        let many = Site::open(&options.program, large, store, Arc::clone(&provider))?;
        let shared = self::shared(options, &suite, &provider).await?;
        memory::quiet(site.server.clock)?;
        rounds.add(Name::Idle, memory::resident(site.server.pid())?);
        for (site, sort) in [
            (&site, Sort::Saml),
            (&few, Sort::Saml),
            (&many, Sort::Saml),
            (&site, Sort::Oidc),
            (&shared, Sort::Codes),
        ] {
            logins::run(site, sort, plan.warm_up, plan.concurrent).await?;
        }
        Ok(Self {
            acs: Acs::prepare(&provider).await?,
            typed: Typed::prepare().await?,
            floor: Floor::new()?,
            provider,
            suite,
            site,
            few,
            many,
            shared,
        })
    }

    /// Ends the servers, then whatever they asked.
    pub(crate) async fn end(self) {
        drop((self.site, self.few, self.many, self.shared));
        self.suite.receiver.stop().await;
        if let Some(provider) = Arc::into_inner(self.provider) {
            provider.stop().await;
        }
    }
}

/// Progress, for whoever waits.
pub(crate) fn say(what: &str) {
    eprintln!("bench: {what}");
}

/// The server whose applications share sessions.
///
/// # Errors
/// If it does not start.
pub(crate) async fn shared(
    options: &Options,
    suite: &Suite,
    provider: &Arc<Provider>,
) -> Result<Arc<Site>> {
    let store = sharing(&options.plan)?;
    open(options, store, Apps::Suite(suite), provider).await
}

/// A server with this store.
async fn open(
    options: &Options,
    filling: Filling,
    apps: Apps<'_>,
    provider: &Arc<Provider>,
) -> Result<Arc<Site>> {
    let ground = ground(options, filling, apps, provider).await?;
    Site::open(&options.program, ground, filling, Arc::clone(provider))
}

/// Where one was started before: the first start makes keys, and those that are measured find them.
async fn ground(
    options: &Options,
    filling: Filling,
    apps: Apps<'_>,
    provider: &Provider,
) -> Result<Ground> {
    say(&format!(
        "a store of {} people",
        filling.by_saml + filling.by_oidc
    ));
    let ground = Ground::prepare(&options.folder, filling, apps, provider).await?;
    drop(ground.start(&options.program)?);
    Ok(ground)
}

/// Everybody who logs in where people are not counted.
fn crowd(plan: &Plan) -> Result<Filling> {
    let one_at_a_time = plan.logins.div_ceil(4);
    // A Response of each kind is posted twice, once for CPU and once for memory.
    let bad = plan.bad * 2 * bad::Kind::ALL.len();
    let a_round = 2 * plan.logins + one_at_a_time + plan.durable_logins + bad;
    Ok(Filling {
        by_saml: people(plan.many_logins + plan.warm_up + plan.rounds * a_round)?,
        by_oidc: people(plan.warm_up + plan.rounds * plan.logins)?,
        records: plan.few_people,
    })
}

/// Everybody who logs in where applications share sessions, and while keys are replaced.
fn sharing(plan: &Plan) -> Result<Filling> {
    // Whoever goes on from the portal, by either protocol, and whoever signs out, in either way.
    let a_round = plan.logins + 2 * plan.logins.div_ceil(2) + 2 * (plan.signed_out + 1);
    Ok(Filling {
        by_saml: 0,
        by_oidc: plan.change_people + people(plan.warm_up + plan.rounds * a_round)?,
        records: plan.few_people,
    })
}

/// So many people, or as many more as it takes.
fn alike(plan: &Plan, count: u32) -> Result<Filling> {
    let logins = 2 * plan.warm_up + plan.rounds * plan.logins.div_ceil(2);
    Ok(Filling {
        by_saml: count.max(people(logins)?),
        by_oidc: 0,
        records: count,
    })
}

/// How many people it takes for so many logins: everybody can log in twice at once. Some more, for counts that are
/// rounded up.
fn people(logins: usize) -> Result<u32> {
    Ok(u32::try_from(logins.div_ceil(2))? + 20)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goal::Goal;

    /// What a run takes of one store, each login by itself, as [`run`](crate::run) makes them.
    fn taken(rounds: usize, once: &[usize], in_each_round: &[usize]) -> usize {
        once.iter().sum::<usize>() + rounds * in_each_round.iter().sum::<usize>()
    }

    /// Each store with the logins that are made there.
    fn stores(plan: &Plan) -> [(&'static str, u32, usize); 4] {
        let Plan { rounds, .. } = *plan;
        let half = plan.logins.div_ceil(2);
        let crowd = crowd(plan).unwrap();
        let mut by_saml = vec![
            plan.logins,
            plan.logins,
            plan.logins.div_ceil(4),
            plan.durable_logins,
        ];
        for _ in bad::Kind::ALL {
            by_saml.extend([plan.bad, plan.bad]);
        }
        let leaving = plan.signed_out + 1;
        let (shared, changing) = (
            sharing(plan).unwrap().by_oidc,
            2 * plan.change_people as usize,
        );
        [
            (
                "by SAML",
                crowd.by_saml,
                taken(rounds, &[plan.warm_up, plan.many_logins], &by_saml),
            ),
            (
                "by OpenID Connect",
                crowd.by_oidc,
                taken(rounds, &[plan.warm_up], &[plan.logins]),
            ),
            (
                "few",
                alike(plan, plan.few_people).unwrap().by_saml,
                taken(rounds, &[plan.warm_up, plan.warm_up], &[half]),
            ),
            (
                "shared",
                shared,
                taken(
                    rounds,
                    &[plan.warm_up, changing],
                    &[plan.logins, half, half, leaving, leaving],
                ),
            ),
        ]
    }

    /// What was wrong once: with `--only G1 --rounds 5` people ran out in the second round.
    #[test]
    fn there_are_people_for_every_login_of_every_plan() {
        use Goal::{G1, G5, G6, G8, G9, G10, G11, G17, G20};
        let alone = [G1, G5, G6, G8, G9, G10, G11, G17, G20];
        let alone = alone.map(|goal| Plan::usual().only(goal));
        let plans = [Plan::usual(), Plan::long(), Plan::smoke()];
        for plan in plans.into_iter().chain(alone) {
            for rounds in [1, 5, 50] {
                let plan = Plan { rounds, ..plan };
                for (store, people, logins) in stores(&plan) {
                    let why = format!("{store}: {people} for {logins}, {plan:?}");
                    assert!(people as usize * 2 >= logins, "{why}");
                }
            }
        }
    }

    /// The control: what is left over covers no measurement of the usual plan that was forgotten.
    #[test]
    fn there_are_not_many_more_people_than_it_takes() {
        let plan = Plan {
            rounds: 50,
            ..Plan::usual()
        };
        for (store, people, logins) in stores(&plan) {
            assert!(people as usize * 2 <= logins + 42, "{store}: {people}");
        }
    }
}
