//! `vestibule policy explain`: what the policy says about a person, and why.

mod passed;
mod said;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    path::Path,
};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;
use vestibule_core::{
    evidence::{Enrolment, Evidence},
    id::{AppId, EnrolmentId, FactorKind, NetworkId, UpstreamId},
    identity::{Person, PersonId, Subject},
    policy::{Basis, Decision, Doubt, Facts, Outcome, Policy, Word},
    port::Clock,
    request::{Memo, Refusal},
    session::SingleSignOn,
};

use self::{
    passed::{Door, Passed, Remembered},
    said::Said,
};
use super::{Exit, Terminal, failure::Failure, load};
use crate::{config::Config, wiring::ambient::SystemClock};

/// Ask the policy.
#[derive(Debug, Args)]
pub(super) struct PolicyCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Explain(Explain),
}

impl PolicyCommand {
    pub(super) fn run(&self, path: &Path, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        let Action::Explain(explain) = &self.action;
        explain.run(path, terminal)
    }
}

/// What would be decided about this person now, and why the rules before did not match.
///
/// Nothing is looked up: the person is as described here. Exit status 1 if they would be refused.
#[derive(Debug, Args)]
struct Explain {
    /// The person, as `upstream/name`; or only the name with --upstream.
    #[arg(long, value_name = "UPSTREAM/NAME")]
    user: String,
    /// The upstream that they come through; needed if --user does not name it and there are several.
    #[arg(long, value_name = "ID", value_parser = |text: &str| UpstreamId::new(text))]
    upstream: Option<UpstreamId>,
    /// Their groups, with commas between them; repeat it for groups whose name holds a comma.
    #[arg(long, value_delimiter = ',', value_name = "GROUP")]
    groups: Vec<String>,
    /// The application; needed if there are several.
    #[arg(long, value_name = "ID", value_parser = |text: &str| AppId::new(text))]
    app: Option<AppId>,
    /// Their address; without it the address is unknown: rules that deny by network hold, others by network do not.
    #[arg(long, value_name = "ADDRESS")]
    ip: Option<IpAddr>,
    /// Kinds of factor that they have set up.
    #[arg(long, value_delimiter = ',', value_name = "KIND", value_parser = |text: &str| FactorKind::new(text))]
    enrolled: Vec<FactorKind>,
    /// Kinds of factor that they have passed in this login; with an age, as in `totp=20m`, in a session that their browser
    /// has. They count as set up.
    #[arg(long, value_delimiter = ',', value_name = "KIND[=AGE]")]
    evidence: Vec<Passed>,
    #[command(flatten)]
    upstream_says: Option<Said>,
    /// Print the decision as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Explanation<'a> {
    person: String,
    app: &'a AppId,
    /// `null` without `--ip`.
    networks: Option<&'a BTreeSet<NetworkId>>,
    /// How the application takes sessions.
    single_sign_on: SingleSignOn,
    /// What such a session remembers.
    session: &'a [Remembered<'a>],
    #[serde(flatten)]
    decision: &'a Decision,
    /// The upstream is asked anew before anything else; `outcome` holds for those who pass no second factor there.
    sent_to_upstream: bool,
    /// What must be set up once the factor asked for is passed, where the rule does not accept that factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    then_enrol: Option<&'a [FactorKind]>,
}

impl Explain {
    fn run(&self, path: &Path, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        let config = load(path)?;
        let id = self.person_id(&config)?;
        let app = self.app(&config)?;
        for kind in self.kinds() {
            known("factor", kind.as_str(), config.factors.names())?;
        }
        let networks = config.networks.holding(self.ip);
        let now = SystemClock.now();
        let person = self.person(id, now);
        let enrolments = self.enrolments(&person.id);
        let door = Door::of(&config, &app);
        let remembered = door.remembered(&self.evidence, self.upstream_says.as_ref());
        let evidence = door.evidence(&self.evidence, &enrolments, now);
        let kinds = config.kinds();
        let facts = Facts {
            person: &person,
            active: true,
            app: &app,
            networks: networks.as_ref(),
            evidence: &evidence,
            upstream_factor: self.upstream_factor(&config, &person, &door, now),
            enrolments: &enrolments,
            kinds: &kinds,
            came_at: now,
            now,
        };
        let decision = decide(&config.policy, &facts);
        let then_enrol = then_enrol(&config.policy, &facts, &decision.outcome);
        if self.json {
            terminal.print_json(&Explanation {
                person: person.id.to_string(),
                app: &app,
                networks: networks.as_ref(),
                single_sign_on: door.takes,
                session: &remembered,
                decision: &decision,
                sent_to_upstream: decision.is_for_the_upstream,
                then_enrol: then_enrol.as_deref(),
            })?;
        } else {
            let then_enrol = then_enrol.as_deref();
            terminal.print(&in_words(&facts, &remembered, &decision, then_enrol))?;
        }
        let is_refused = matches!(decision.outcome, Outcome::Deny(_));
        Ok(if is_refused && !decision.is_for_the_upstream {
            Exit::No
        } else {
            Exit::Yes
        })
    }

    fn person_id(&self, config: &Config) -> Result<PersonId, Failure> {
        let id = match (&self.upstream, self.user.parse::<PersonId>()) {
            (Some(upstream), _) => PersonId::new(upstream.clone(), &self.user),
            (None, Ok(id)) => id,
            (None, Err(_)) => {
                let only = only(config.upstreams.keys()).ok_or_else(|| {
                    Failure::Usage(
                        "which upstream? write --user upstream/name, or add --upstream".into(),
                    )
                })?;
                PersonId::new(only, &self.user)
            }
        };
        let upstreams = config.upstreams.keys().map(UpstreamId::as_str);
        known("upstream", id.upstream().as_str(), upstreams)?;
        Ok(id)
    }

    fn app(&self, config: &Config) -> Result<AppId, Failure> {
        let app = match &self.app {
            Some(app) => app.clone(),
            None => only(config.apps.keys())
                .ok_or_else(|| Failure::Usage("which application? add --app".into()))?,
        };
        let account = AppId::account();
        let apps = config.apps.keys().chain([&account]).map(AppId::as_str);
        known("application", app.as_str(), apps)?;
        Ok(app)
    }

    fn person(&self, id: PersonId, now: DateTime<Utc>) -> Person {
        Person {
            subject: Subject::plain(id.name()),
            id,
            mail: None,
            display_name: None,
            given_name: None,
            family_name: None,
            groups: self.groups.iter().cloned().collect(),
            upstream_proof: said::proof(self.upstream_says.as_ref(), now),
            attributes: BTreeMap::new(),
        }
    }

    /// What the upstream's word comes to.
    fn upstream_factor(
        &self,
        config: &Config,
        person: &Person,
        door: &Door,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, Doubt> {
        let upstream = config.upstreams.get(person.id.upstream());
        let belief = upstream.and_then(|upstream| upstream.second_factor.as_ref());
        let is_forgotten = |said: &Said| said.age.is_some_and(|age| door.forgets(age).is_some());
        let word = Word {
            proof: &person.upstream_proof,
            is_of_another_login: self.upstream_says.as_ref().is_some_and(is_forgotten),
            counts_from: DateTime::UNIX_EPOCH,
        };
        word.weigh(belief, now)
    }

    /// Kinds that they have set up.
    fn kinds(&self) -> impl Iterator<Item = &FactorKind> {
        let passed = self.evidence.iter().map(|passed| &passed.kind);
        self.enrolled.iter().chain(passed)
    }

    /// One enrolment per kind, with ids that exist only here.
    fn enrolments(&self, person: &PersonId) -> Vec<Enrolment> {
        let kinds: BTreeSet<&FactorKind> = self.kinds().collect();
        let numbered = kinds.into_iter().zip(0_u8..);
        numbered
            .map(|(kind, number)| Enrolment {
                id: EnrolmentId::from_bytes([number; 16]),
                person: person.clone(),
                kind: kind.clone(),
                label: kind.to_string(),
                secret: Memo::default(),
                disabled: false,
                spent: false,
                created_at: DateTime::UNIX_EPOCH,
                last_used_at: None,
                revision: 0,
            })
            .collect()
    }
}

fn only<'a, T: Clone + 'a>(mut all: impl Iterator<Item = &'a T>) -> Option<T> {
    let first = all.next()?;
    all.next().is_none().then(|| first.clone())
}

fn known<'a>(what: &str, id: &str, all: impl IntoIterator<Item = &'a str>) -> Result<(), Failure> {
    let all: Vec<&str> = all.into_iter().collect();
    if all.contains(&id) {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "there is no {what} `{id}`; there is `{}`",
        all.join("`, `")
    )))
}

fn decide(policy: &Policy, facts: &Facts<'_>) -> Decision {
    if *facts.app == AppId::account() {
        policy.decide_account(facts)
    } else {
        policy.decide(facts)
    }
}

/// What the policy would say next, were the factors passed that it asks for now: the login takes that road too.
fn then_enrol(policy: &Policy, facts: &Facts<'_>, outcome: &Outcome) -> Option<Vec<FactorKind>> {
    let Outcome::StepUp(kinds) = outcome else {
        return None;
    };
    let asked = facts.enrolments.iter();
    let asked = asked.filter(|enrolment| kinds.contains(&enrolment.kind));
    let evidence: Vec<Evidence> = asked.map(|one| passed::by(one, facts.now)).collect();
    let passed = Facts {
        evidence: &evidence,
        ..*facts
    };
    match decide(policy, &passed).outcome {
        Outcome::Enrol(kinds) => Some(kinds),
        Outcome::Allow { .. } | Outcome::Deny(_) | Outcome::StepUp(_) => None,
    }
}

fn in_words(
    facts: &Facts<'_>,
    remembered: &[Remembered<'_>],
    decision: &Decision,
    then_enrol: Option<&[FactorKind]>,
) -> String {
    let mut lines = vec![
        format!("Person:    {}", facts.person.id),
        format!("For:       {}", facts.app),
        format!("Networks:  {}", networks(facts.networks)),
    ];
    let session = remembered.iter().map(Remembered::in_words);
    lines.extend(session.map(|one| format!("Session:   {one}")));
    let doubt = decision.by.doubt;
    lines.extend(doubt.map(|doubt| format!("Upstream:  its word does not count: {doubt}")));
    let otherwise = outcome(&decision.outcome, then_enrol);
    lines.extend([
        if decision.is_for_the_upstream {
            format!("Decision:  they are sent to the upstream, to pass a second factor there now; if they pass none: {otherwise}")
        } else {
            format!("Decision:  {otherwise}")
        },
        format!("By rule:   {}", decision.by.rule),
    ]);
    if !decision.passed_over.is_empty() {
        lines.push("Passed over:".into());
    }
    for passed in &decision.passed_over {
        lines.push(format!("  {}: {}", passed.rule, passed.reason));
    }
    lines.join("\n")
}

fn networks(networks: Option<&BTreeSet<NetworkId>>) -> String {
    let Some(networks) = networks else {
        return "unknown (no --ip)".into();
    };
    if networks.is_empty() {
        return "none".into();
    }
    let names: Vec<&str> = networks.iter().map(NetworkId::as_str).collect();
    names.join(", ")
}

fn outcome(outcome: &Outcome, then_enrol: Option<&[FactorKind]>) -> String {
    match outcome {
        Outcome::Allow {
            basis: Basis::Evidence,
            ..
        } => "allowed: a factor that the rule accepts was passed".into(),
        Outcome::Allow {
            basis: Basis::Upstream,
            ..
        } => "allowed: a second factor was passed at the upstream".into(),
        Outcome::Allow {
            basis: Basis::Skip, ..
        } => "allowed with the upstream's login alone".into(),
        Outcome::Deny(Refusal::NoFactor) => {
            "refused: they have no factor that the rule accepts, and may not set one up now".into()
        }
        Outcome::Deny(_) => "refused".into(),
        Outcome::Enrol(kinds) => format!("they must set up {}", either(kinds)),
        Outcome::StepUp(kinds) => match then_enrol {
            Some(next) => format!(
                "they must pass {first} first, then set up {}: the rule does not accept {first}",
                either(next),
                first = either(kinds),
            ),
            None => format!("they must pass {}", either(kinds)),
        },
    }
}

fn either(kinds: &[FactorKind]) -> String {
    let names: Vec<&str> = kinds.iter().map(FactorKind::as_str).collect();
    names.join(" or ")
}
