//! `vestibule inspect`: would this message be taken, and if not, why?
//!
//! Owns the arguments, the reading of messages and of what they are held against, and the printing of verdicts. Does
//! not own a single check: the verdict comes from the functions that logins ask (the *terms* of `vestibule_upstream` and
//! `vestibule_downstream`, and `Client::judge_redirect_uri`), with the clock and everything that a login would know as
//! arguments.
//!
//! One file, one part: each kind of message has its own, named as its command; `single` and `batch` run them; `line`
//! reads a line of a batch; `clock`, `idp`, `partner`, `provider` and `sp` are arguments that kinds share, and `value`
//! what arguments hold beside text; `material` reads metadata and keys once; `report` writes verdicts, and `proof` is
//! what several kinds say in them.

mod authn_request;
mod batch;
mod clock;
mod id_token;
mod idp;
mod line;
mod logout_request;
mod logout_token;
mod material;
mod partner;
mod proof;
mod provider;
mod redirect_uri;
mod report;
mod saml_redirect;
mod saml_response;
mod single;
mod sp;
mod value;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde::{Serialize, de::DeserializeOwned};

use self::{
    material::Materials,
    report::{Accepted, Rejected, Statement},
};
use super::{Exit, Terminal, failure::Failure};

/// Judge a captured message as the live endpoint would.
///
/// Nothing is fetched, stored or sent, and the configuration is not read: all that the verdict depends on stands in the
/// arguments. Exit status 0: accepted, 1: rejected, 2: the arguments make no sense.
#[derive(Debug, Args)]
#[command(arg(super::unread_config()))]
pub(super) struct Inspect {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    /// Judge an application's AuthnRequest: XML, base64, or the body of the form (HTTP-POST); or the query, with or
    /// without the address (HTTP-Redirect).
    ///
    /// What the application's own settings decide later is not judged: who may use it, and which authentication is
    /// enough. With --replay, a request that came before is told; in a login it opens another one.
    AuthnRequest(Inspection<authn_request::Settings>),
    /// Judge an ID token in compact form.
    ///
    /// What is not given is not known, and not compared: the nonce, and the hashes of access token and code. Everything
    /// else is judged as in a login with the default settings.
    IdToken(Inspection<id_token::Settings>),
    /// Judge a LogoutRequest of an application or an identity provider: XML, base64, or the body of the form (HTTP-POST);
    /// or the query, with or without the address (HTTP-Redirect).
    ///
    /// Whether there is such a session is not asked.
    LogoutRequest(Inspection<logout_request::Settings>),
    /// Judge a provider's logout token: in compact form, or the body of the request that carried it.
    LogoutToken(Inspection<logout_token::Settings>),
    /// Judge an address that an application wants its answer at (`redirect_uri`), by those that are registered for it.
    ///
    /// In a batch, the address is the message.
    RedirectUri(Inspection<redirect_uri::Settings>),
    /// Judge a signed query of HTTP-Redirect: an AuthnRequest, LogoutRequest or LogoutResponse of the provider.
    ///
    /// The signature is checked over the octets as they came. Nothing acts on such a message in this version: it is a
    /// way to see whether both sides sign alike. A Response does not travel so (SAML profiles 4.1.2).
    SamlRedirect(Inspection<saml_redirect::Settings>),
    /// Judge a SAML Response: XML, base64, or the body of the form that the browser posted.
    ///
    /// Without --in-response-to nobody knows the request, and which one is answered is not compared: Response and
    /// assertion must name the same one. A Response that answers none is refused, as logins begin at the application.
    /// Everything else is judged as in a login with the default settings.
    SamlResponse(Inspection<saml_response::Settings>),
}

/// One kind of inspection.
#[derive(Debug, Args)]
struct Inspection<S: Args> {
    #[command(flatten)]
    settings: S,
    #[command(flatten)]
    how: How,
}

/// How messages come and verdicts go.
#[derive(Debug, Args)]
struct How {
    /// Judge many: read one JSON object a line, {"id": …, "message": "…"}, and print one verdict a line.
    ///
    /// A field named as an argument, with `_` for `-`, overrides that argument for its line; null takes it back. Exit
    /// status 0 if every line was judged, whatever the verdicts; 2 if one could not be.
    #[arg(long)]
    batch: bool,
    /// Reject a message that was accepted earlier in the batch.
    #[arg(long, requires = "batch")]
    replay: bool,
    /// Print the verdict as JSON, on one line; a batch always does.
    #[arg(long)]
    json: bool,
    /// The file to read; `-` or none for standard input.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Inspect {
    pub(super) fn run(&self, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        match &self.kind {
            Kind::AuthnRequest(inspection) => inspection.run(terminal),
            Kind::IdToken(inspection) => inspection.run(terminal),
            Kind::LogoutRequest(inspection) => inspection.run(terminal),
            Kind::LogoutToken(inspection) => inspection.run(terminal),
            Kind::RedirectUri(inspection) => inspection.run(terminal),
            Kind::SamlRedirect(inspection) => inspection.run(terminal),
            Kind::SamlResponse(inspection) => inspection.run(terminal),
        }
    }
}

impl<S: Args + Judge> Inspection<S> {
    fn run(&self, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        if let (true, Err(why)) = (self.how.replay, S::REPLAY) {
            return Err(Failure::Usage(format!("--replay {why}")));
        }
        if self.how.batch {
            batch::run(&self.settings, &self.how, terminal)
        } else {
            single::run(&self.settings, &self.how, terminal)
        }
    }
}

/// The arguments of one kind of inspection: what its messages are held against.
///
/// They are written and read as JSON, so that a line of a batch can override each of them by its name.
trait Judge: Serialize + DeserializeOwned {
    /// What an accepted message says.
    type Says: Statement;

    /// Whether a message can be one that came before; else why not: the rest of a sentence that begins with `replay`.
    const REPLAY: Result<(), &'static str> = Ok(());

    /// The largest message that is looked at, in bytes. Larger ones are refused by the live endpoint, too.
    const LARGEST: usize;

    /// The code for a message beyond [`Self::LARGEST`].
    const TOO_LARGE: &'static str;

    /// A message as a file holds it, without what an editor adds.
    fn bare(message: &[u8]) -> &[u8] {
        message.trim_ascii()
    }

    /// A message that is part of the arguments.
    fn message(&self) -> Option<&str> {
        None
    }

    /// The verdict on one message, if the arguments allow one.
    fn judge(
        &self,
        message: &[u8],
        materials: &mut Materials,
        now: DateTime<Utc>,
    ) -> Result<Accepted<Self::Says>, Fault>;
}

/// Why there is no "accepted".
#[derive(Debug, Clone)]
enum Fault {
    /// The message does not count.
    Rejected(Rejected),
    /// Nothing can be said, because the line is none that can be judged.
    Unjudged(String),
    /// Nothing can be said, because of this argument.
    Unusable {
        /// Its name as a field of a line has it.
        argument: &'static str,
        /// What is wrong with it: the rest of a sentence that begins with the argument.
        why: String,
    },
}

impl<R: Into<Rejected>> From<R> for Fault {
    fn from(rejection: R) -> Self {
        Self::Rejected(rejection.into())
    }
}

/// An argument that must be there, and that clap lets be absent for the sake of batches.
fn needed<'a>(value: Option<&'a str>, argument: &'static str) -> Result<&'a str, Fault> {
    value.ok_or_else(|| Fault::Unusable {
        argument,
        why: "is missing".to_owned(),
    })
}
