//! The only conductor of a login: load, let the core decide, commit, speak.
//!
//! Owns the order of steps 1 to 10: which port is called when, and what goes into which transaction. Does not own any
//! decision (the core does), any protocol (adapters do) or any page (the server does).
//!
//! **Invariant:** nothing is shown or sent before the transaction that it rests on was committed.

mod account;
mod act;
mod brake;
mod callback;
mod challenge;
mod enrol;
mod handle;
mod limits;
mod logout;
mod one_answer;
mod open;
mod present;
mod record;
mod resume;
mod session;
mod settle;
mod shown;
mod snapshot;
mod start;
mod stop;
mod turn;

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use vestibule_core::{
    flow::BrowserKey,
    id::{AppId, FactorKind, UpstreamId},
    identity::Mapping,
    logout::Onward,
    network::Networks,
    policy::{Belief, Kinds, Policy},
    port::{Clock, Downstream, Entropy, Factor, Notifier, SignOff, Store, Upstream},
    request::Protocol,
    routing::Routing,
    session::{Limits, SessionKey, SingleSignOn},
};

use brake::Brake;
use one_answer::OneAnswer;

pub use account::{
    AccountFault, AccountScreen, Change, EndSessions, FactorShown, FactorState, SessionShown,
};
pub use act::Act;
pub use handle::Handles;
pub use logout::{FirstDoorShown, LogoutAct, LogoutAsk, LogoutScreen, PartingShown};
pub use session::SessionToken;
pub use shown::{Ask, Fault, Leads, Offer, Origin, Problem, ProblemKind, Screen, Shown, WayOn};

/// Everything that the engine conducts, wired once at start.
pub struct Parts {
    /// The applications that may ask.
    pub apps: BTreeMap<AppId, AppPart>,
    /// Their protocols.
    pub downstreams: BTreeMap<Protocol, Arc<dyn Downstream>>,
    /// How sessions end in them, where they do.
    pub sign_offs: BTreeMap<Protocol, Arc<dyn SignOff>>,
    /// Identity providers.
    pub upstreams: BTreeMap<UpstreamId, UpstreamPart>,
    /// Factors that are switched on.
    pub factors: BTreeMap<FactorKind, Arc<dyn Factor>>,
    /// Which factor whom.
    pub policy: Policy,
    /// Which upstream whom.
    pub routing: Routing,
    /// Named networks.
    pub networks: Networks,
    /// How long sessions last.
    pub limits: Limits,
    /// What lasts.
    pub store: Arc<dyn Store>,
    /// Mail. It must not make the login wait: hand it a queue.
    pub notifier: Arc<dyn Notifier>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// Mints and opens handles.
    pub handles: Handles,
}

/// One application, as far as every protocol is alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppPart {
    /// What people call it.
    pub label: String,
    /// What it takes of a session.
    pub single_sign_on: SingleSignOn,
}

/// One identity provider with what we know about it.
pub struct UpstreamPart {
    /// It.
    pub adapter: Arc<dyn Upstream>,
    /// Which of its attributes hold what.
    pub mapping: Mapping,
    /// What people call it.
    pub label: String,
    /// Whether it is told when a person leaves.
    pub onward: Onward,
    /// What it must say to be believed about a second factor; `None`: whatever it says is not.
    pub belief: Option<Belief>,
}

/// The browser at the other end of a request.
#[derive(Debug, Clone, Copy)]
pub struct Visitor {
    /// From its cookie; `None` where no cookie can be expected (cross-site POST).
    pub browser: Option<BrowserKey>,
    /// The session that it shows, from another cookie. It counts beside the first one only.
    pub session: Option<SessionKey>,
    /// Its address; `None` if unclear. An unknown address is in no network.
    pub address: Option<IpAddr>,
}

/// The conductor. Holds no state of any login: any node can serve any request.
pub struct Engine {
    parts: Parts,
    kinds: Kinds,
    brake: Brake,
    answers: OneAnswer,
}

impl Engine {
    /// Takes the parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let kinds = Kinds::new(parts.factors.values().map(|factor| factor.traits().clone()));
        Self {
            parts,
            kinds,
            brake: Brake::new(),
            answers: OneAnswer::default(),
        }
    }

    /// What people call an application.
    #[must_use]
    pub fn app_label(&self, app: &AppId) -> String {
        self.parts
            .apps
            .get(app)
            .map_or_else(|| app.to_string(), |part| part.label.clone())
    }

    fn upstream_label(&self, upstream: &UpstreamId) -> String {
        let part = self.parts.upstreams.get(upstream);
        part.map_or_else(|| upstream.to_string(), |part| part.label.clone())
    }
}

/// What a step comes to: something to show, or a problem to tell.
type Outcome = Result<Shown, Box<Problem>>;
