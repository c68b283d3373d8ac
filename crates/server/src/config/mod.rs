//! `broker.yaml`: read once at the edge, checked whole, handed on as plain values.
//!
//! Owns the spelling of every setting, its default, and the judgement of what is wrong or risky; each topic in a file
//! of its own, where parser, checked struct and documentation stand together. Does not own what the settings do: the
//! wiring hands them to the rooms. Nothing here speaks to a network.
//!
//! A file is read in two stages that share one walk: `tree` makes values that know their place, and the topics read
//! them in the order in which they lean on each other. A mistake never ends the walk, so that all are told at once.

mod app;
mod branding;
pub(crate) mod duration;
mod factor;
mod file;
mod logging;
mod mail_domain;
mod mistake;
mod network;
mod notify;
mod policy;
mod reader;
mod reference;
mod routing;
mod secrets;
mod server;
mod sessions;
mod setting;
mod store;
mod surroundings;
mod tree;
mod upstream;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use vestibule_core::{
    id::{AppId, UpstreamId},
    network::Networks,
    policy::{Kinds, Policy},
    routing::Routing,
    session::Limits,
};
use vestibule_store::StoreUrl;

pub(crate) use self::mail_domain::is_mail_address;
pub use self::{
    app::{App, AppProtocol},
    branding::Branding,
    factor::Factors,
    file::{SecretError, SecretSource},
    logging::{LogFormat, Logging},
    mistake::{Finding, Refused},
    notify::{Notify, Smtp, SmtpLogin},
    reference::reference,
    secrets::{MASTER_KEY_VARIABLE, MasterKeySource},
    server::{Server, Tls},
    surroundings::{Surroundings, ThisMachine},
    tree::Place,
    upstream::{
        ClientAuthentication, Decrypting, LocalPerson, OidcUpstream, SamlUpstream, Upstream,
        UpstreamProtocol,
    },
};
use self::{
    reader::{Context, Reader},
    setting::{Key, Section},
};

/// A configuration without mistakes.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file that it was read from.
    pub file: PathBuf,
    /// Where we are reached.
    pub server: Server,
    /// Where everything that lasts is kept.
    pub store: StoreUrl,
    /// What secrets are sealed with.
    pub master_key: MasterKeySource,
    /// Identity providers that we ask.
    pub upstreams: BTreeMap<UpstreamId, Upstream>,
    /// Applications that ask us.
    pub apps: BTreeMap<AppId, App>,
    /// Named networks.
    pub networks: Networks,
    /// Which upstream a person is sent to.
    pub routing: Routing,
    /// Which second factor a login needs.
    pub policy: Policy,
    /// Kinds of factor that are switched on.
    pub factors: Factors,
    /// How long people stay known.
    pub sessions: Limits,
    /// How people are told.
    pub notify: Notify,
    /// What people see of the organisation.
    pub branding: Branding,
    /// What the service writes about itself.
    pub logging: Logging,
}

impl Config {
    /// Reads and checks a file; with it come the settings that are only risky, in the order of the file.
    ///
    /// # Errors
    /// [`Refused`] with every mistake, not only the first.
    pub fn load(path: &Path) -> Result<(Self, Vec<Finding>), Refused> {
        Self::load_from(path, &ThisMachine)
    }

    /// As [`load`](Self::load), with files and environment from elsewhere.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_from(
        path: &Path,
        surroundings: &dyn Surroundings,
    ) -> Result<(Self, Vec<Finding>), Refused> {
        let context = Context::new(path.into(), surroundings);
        let config = read(&context);
        let sorted = |mut findings: Vec<Finding>| {
            findings.sort_by_key(Finding::place);
            findings
        };
        let warnings = sorted(context.warnings.take());
        let mistakes = sorted(context.mistakes.take());
        match config {
            Some(config) if mistakes.is_empty() => Ok((config, warnings)),
            _ => Err(Refused { mistakes, warnings }),
        }
    }

    /// The kinds of factor, as the policy sees them.
    #[must_use]
    pub fn kinds(&self) -> Kinds {
        self.factors.kinds()
    }
}

/// The keys at the top of the file.
const TOP: Section = Section {
    path: "",
    about: "Everything that Vestibule is told. Relative paths start at the folder of the file. Unknown keys are mistakes.",
    keys: &TOP_KEYS,
};

const TOP_KEYS: [Key; 17] = {
    let [public_url, listen, tls, trusted_proxies, metrics_from] = server::KEYS;
    [
        public_url,
        listen,
        tls,
        trusted_proxies,
        metrics_from,
        store::KEY,
        secrets::KEY,
        upstream::KEY,
        app::KEY,
        network::KEY,
        routing::KEY,
        policy::KEY,
        factor::KEY,
        sessions::KEY,
        notify::KEY,
        branding::KEY,
        logging::KEY,
    ]
};

fn read(context: &Context<'_>) -> Option<Config> {
    let note = |at, code, reason: String, remedy: String| {
        let finding = context.finding(at, "", code, reason, remedy);
        context.mistakes.borrow_mut().push(finding);
    };
    let content = context.surroundings.read(&context.file);
    let content = content.map_err(|error| (error.to_string(), remedy(error.kind())));
    let text = content.and_then(|bytes| {
        String::from_utf8(bytes).map_err(|_| ("it is not UTF-8".to_owned(), "save it as UTF-8"))
    });
    let text = match text {
        Ok(text) => text,
        Err((why, remedy)) => {
            note(
                Place::START,
                "file_unreadable",
                format!("the configuration cannot be read: {why}"),
                remedy.into(),
            );
            return None;
        }
    };
    match tree::parse(&text) {
        Ok(root) => topics(context, &Reader::root(context, &root)),
        Err(error) => {
            note(error.at, error.code, error.reason, error.remedy);
            None
        }
    }
}

/// What to do where the file cannot be read.
fn remedy(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::IsADirectory => "name the file in it",
        io::ErrorKind::PermissionDenied => {
            "let the account that Vestibule runs as read it, or run this command as that account"
        }
        _ => "name the file with `--config` or VESTIBULE_CONFIG",
    }
}

/// Reads the topics, those that others lean on first.
fn topics(context: &Context<'_>, root: &Reader<'_>) -> Option<Config> {
    let fields = root.section(&TOP)?;
    let server = server::read(&fields);
    let store = store::read(&fields, &context.folder);
    let master_key = secrets::read(&fields, store.as_ref());
    let (upstreams, upstream_ids) = upstream::read(fields.get("upstreams"));
    let enabled = upstreams.values().filter(|upstream| !upstream.disabled);
    let (apps, app_ids) = app::read(fields.get("apps"), enabled.count());
    let networks = network::read(fields.get("networks"));
    let branding = branding::read(fields.get("branding"));
    let public_url = server.as_ref().map(|server| &server.public_url);
    let factors = factor::read(fields.get("factors"), &branding.product, public_url);
    let routing = routing::read(fields.get("routing"), &upstream_ids, &app_ids);
    let known = policy::Known {
        apps: &app_ids,
        factors: &factors,
        networks: &networks,
        server: server.as_ref(),
        upstreams: &upstream_ids,
    };
    let policy = policy::read(fields.get("policy"), &known);
    let sessions = sessions::read(fields.get("sessions"));
    let notify = notify::read(&fields);
    let logging = logging::read(fields.get("logging"));
    Some(Config {
        file: context.file.clone(),
        server: server?,
        store: store?,
        master_key: master_key?,
        upstreams,
        apps,
        networks: Networks::new(networks),
        routing,
        policy: policy?,
        factors,
        sessions,
        notify: notify?,
        branding,
        logging,
    })
}

/// Every section of the file.
fn sections() -> Vec<&'static Section> {
    let mut all: Vec<&'static Section> =
        vec![&TOP, &server::TLS, &store::SECTION, &secrets::SECTION];
    all.extend(upstream::SECTIONS);
    all.extend(app::SECTIONS);
    all.extend(routing::SECTIONS);
    all.extend(policy::SECTIONS);
    all.extend(factor::SECTIONS);
    all.push(&sessions::SECTION);
    all.extend(notify::SECTIONS);
    all.extend([&branding::SECTION, &logging::SECTION]);
    all
}
