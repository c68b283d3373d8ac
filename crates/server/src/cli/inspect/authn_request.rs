//! `vestibule inspect authn-request`.
//!
//! Owns what is configured of an application, as arguments, and what its request says. Does not judge.

use chrono::{DateTime, Utc};
use clap::Args;
use serde::{Deserialize, Serialize};
use vestibule_downstream::{
    preset::AppPreset,
    saml::{
        NameIdFormat, NameIdRule, RequestTerms, SamlApp, ServiceProvider, Skew,
        captured::{AcceptedAuthnRequest, MAX_BODY_BYTES, received_request},
    },
    told::Source,
};

use super::{
    Fault, Judge, Materials,
    clock::Clock,
    needed,
    proof::moment,
    report::{Accepted, Lines, Once, Statement},
    sp::Sp,
    value::one_or_many,
};

/// What a request is held against.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Settings {
    #[command(flatten)]
    #[serde(flatten)]
    sp: Sp,
    /// The address that received the request: its `Destination`, compared byte for byte.
    #[arg(long, value_name = "URL", required_unless_present = "batch")]
    sso_url: Option<String>,
    /// A format of names that the application can have, the usual one first; repeat it for more. Without one, whatever
    /// format it asks for is taken.
    #[arg(long, value_name = "URI")]
    #[serde(deserialize_with = "one_or_many")]
    name_id_format: Vec<String>,
    /// Refuse a request that is not signed.
    #[arg(long)]
    require_signature: bool,
    #[command(flatten)]
    #[serde(flatten)]
    clock: Clock,
    /// Accept SHA-1, which is broken, as where the application is configured so.
    #[arg(long)]
    danger_accept_sha1: bool,
}

impl Settings {
    /// The application, as if it were configured so; nothing of it that an answer would need is known.
    fn app(&self, sp: ServiceProvider) -> SamlApp {
        let mut formats = self.name_id_format.iter().cloned().map(NameIdFormat::from);
        let first = formats.next();
        let any_format = first.is_none();
        let usual = AppPreset::Generic.app(sp);
        SamlApp {
            name_id: NameIdRule {
                source: Source::Mail,
                usual: first.unwrap_or(NameIdFormat::EmailAddress),
                others: formats.collect(),
            },
            ignore_name_id_policy: any_format,
            require_signed_requests: self.require_signature,
            danger_accept_sha1: self.danger_accept_sha1,
            ..usual
        }
    }
}

/// What an application asks for.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Asked {
    issuer: String,
    message_id: String,
    issued_at: DateTime<Utc>,
    /// Where the answer goes.
    acs_url: String,
    force_authn: bool,
    is_passive: bool,
    name_id_policy: Option<Policy>,
    requested_authn_context: Option<Context>,
    /// The person that it asks for.
    subject: Option<String>,
    /// Format of that name.
    format: Option<String>,
    /// How many identity providers may be asked on the way.
    proxy_count: Option<u32>,
    relay_state: Option<String>,
    binding: &'static str,
    signed: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Policy {
    format: Option<String>,
    sp_name_qualifier: Option<String>,
    allow_create: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Context {
    comparison: &'static str,
    class_refs: Vec<String>,
}

impl Asked {
    fn of(accepted: AcceptedAuthnRequest, binding: &'static str) -> Self {
        let (subject, format) = match accepted.subject {
            Some(subject) => (Some(subject.value), subject.format),
            None => (None, None),
        };
        Self {
            issuer: accepted.issuer,
            message_id: accepted.id,
            issued_at: accepted.issue_instant,
            acs_url: accepted.acs_url,
            force_authn: accepted.force_authn,
            is_passive: accepted.is_passive,
            name_id_policy: accepted.name_id_policy.map(|policy| Policy {
                format: policy.format,
                sp_name_qualifier: policy.sp_name_qualifier,
                allow_create: policy.allow_create,
            }),
            requested_authn_context: accepted.requested_authn_context.map(|wanted| Context {
                comparison: wanted.comparison.as_str(),
                class_refs: wanted.class_refs,
            }),
            subject,
            format,
            proxy_count: accepted.proxy_count,
            relay_state: accepted.relay_state,
            binding,
            signed: accepted.signed,
        }
    }
}

impl Statement for Asked {
    const HOLDS: &'static str = "accepted: every check holds";

    fn tell(&self, lines: &mut Lines) {
        lines.add("Issuer", Some(&self.issuer));
        lines.add("Id", Some(&self.message_id));
        lines.add("Issued", Some(&moment(self.issued_at)));
        lines.add("Binding", Some(self.binding));
        let signed = match self.signed {
            true => "by a key of the application",
            false => "no, or no key is known",
        };
        lines.add("Signed", Some(signed));
        lines.add("Answer to", Some(&self.acs_url));
        lines.add("RelayState", self.relay_state.as_deref());
        if let Some(policy) = &self.name_id_policy {
            lines.add("NameIDPolicy", policy.format.as_deref());
            lines.add("Namespace", policy.sp_name_qualifier.as_deref());
        }
        if let Some(wanted) = &self.requested_authn_context {
            lines.add("Comparison", Some(wanted.comparison));
            for class in &wanted.class_refs {
                lines.add("AuthnContext", Some(class));
            }
        }
        lines.add("Subject", self.subject.as_deref());
        lines.add("Format", self.format.as_deref());
        lines.note(
            "ForceAuthn: the person must be authenticated anew",
            self.force_authn,
        );
        lines.note("IsPassive: nobody may be asked anything", self.is_passive);
    }
}

impl Judge for Settings {
    type Says = Asked;

    const LARGEST: usize = MAX_BODY_BYTES;
    const TOO_LARGE: &'static str = "binding_too_large";

    fn judge(
        &self,
        message: &[u8],
        materials: &mut Materials,
        now: DateTime<Utc>,
    ) -> Result<Accepted<Asked>, Fault> {
        let sso_url = needed(self.sso_url.as_deref(), "sso_url")?;
        let now = self.clock.at_or(now);
        let app = self.app(self.sp.known(materials, now)?);
        let terms = RequestTerms {
            app: &app,
            sp: &app.sp,
            sso_url,
            skew: Skew::capped(self.clock.skew_seconds()),
            now,
        };
        let received = received_request(message)?;
        let binding = received.binding().uri();
        let accepted = terms.judge_captured(received)?;
        let once = Once::of(&[&accepted.issuer, &accepted.id]);
        Ok(Accepted {
            says: Asked::of(accepted, binding),
            once: Some(once),
        })
    }
}
