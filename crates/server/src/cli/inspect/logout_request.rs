//! `vestibule inspect logout-request`.
//!
//! Owns what is known of whoever wants a session ended, as arguments, and what its request says. Does not judge.

use chrono::{DateTime, Utc};
use clap::Args;
use serde::{Deserialize, Serialize};
use vestibule_downstream::saml::{
    LogoutMessageTerms, Skew,
    captured::{AcceptedLogoutRequest, MAX_BODY_BYTES, received_request},
};
use vestibule_upstream::saml::{Decryption, LogoutTerms};

use super::{
    Fault, Judge, Materials,
    clock::Clock,
    needed,
    partner::{Partner, PartnerRole},
    proof::moment,
    report::{Accepted, Lines, Once, Statement},
    value::one_or_many,
};

/// What a request is held against.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Settings {
    #[command(flatten)]
    #[serde(flatten)]
    partner: Partner,
    /// The address that received the request: its `Destination`, compared byte for byte.
    #[arg(long, value_name = "URL", required_unless_present = "batch")]
    slo_url: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    clock: Clock,
    /// Our entity ID towards an identity provider, for whom it encrypts a name.
    #[arg(long, value_name = "ID", requires = "idp_metadata")]
    sp_entity_id: Option<String>,
    /// A decryption key of ours, PEM, for a name that an identity provider encrypted: a file, or its content. Give it
    /// twice while keys are exchanged.
    #[arg(
        long,
        value_name = "FILE",
        allow_hyphen_values = true,
        requires = "idp_metadata"
    )]
    #[serde(deserialize_with = "one_or_many")]
    sp_key: Vec<String>,
    /// Accept AES-CBC, whose ciphertext can be changed without notice, as where the upstream is configured so.
    #[arg(long, requires = "idp_metadata")]
    danger_accept_cbc: bool,
    /// Accept SHA-1, which is broken, as where the partner is configured so.
    #[arg(long)]
    danger_accept_sha1: bool,
}

/// Which sessions shall end.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Leaving {
    issuer: String,
    message_id: String,
    issued_at: DateTime<Utc>,
    /// From when on it is refused for its age, or because it was meant until then.
    acceptable_until: DateTime<Utc>,
    /// Whose sessions: the NameID.
    subject: String,
    format: String,
    name_qualifier: Option<String>,
    sp_name_qualifier: Option<String>,
    /// Which of them; all if there is none.
    session_indexes: Vec<String>,
    reason: Option<String>,
    /// No answer is wanted.
    asynchronous: bool,
    relay_state: Option<String>,
    binding: &'static str,
}

impl Leaving {
    fn of(accepted: AcceptedLogoutRequest, binding: &'static str) -> Self {
        let name = accepted.name_id;
        Self {
            issuer: accepted.issuer,
            message_id: accepted.id,
            issued_at: accepted.issue_instant,
            acceptable_until: accepted.acceptable_until,
            subject: name.value,
            format: name.format,
            name_qualifier: name.name_qualifier,
            sp_name_qualifier: name.sp_name_qualifier,
            session_indexes: accepted.session_indexes,
            reason: accepted.reason,
            asynchronous: accepted.asynchronous,
            relay_state: accepted.relay_state,
            binding,
        }
    }
}

impl Statement for Leaving {
    fn tell(&self, lines: &mut Lines) {
        lines.add("Issuer", Some(&self.issuer));
        lines.add("Id", Some(&self.message_id));
        lines.add("Issued", Some(&moment(self.issued_at)));
        lines.add("Until", Some(&moment(self.acceptable_until)));
        lines.add("Binding", Some(self.binding));
        lines.add("RelayState", self.relay_state.as_deref());
        lines.add("Subject", Some(&self.subject));
        lines.add("Format", Some(&self.format));
        lines.add("Given by", self.name_qualifier.as_deref());
        lines.add("Given to", self.sp_name_qualifier.as_deref());
        for index in &self.session_indexes {
            lines.add("Session", Some(index));
        }
        let all = "It names no session. Of an identity provider it means all of the person's; of an application, the one of the browser that brings it.";
        lines.note(all, self.session_indexes.is_empty());
        lines.add("Reason", self.reason.as_deref());
        lines.note("It wants no answer.", self.asynchronous);
    }
}

impl Judge for Settings {
    type Says = Leaving;

    const LARGEST: usize = MAX_BODY_BYTES;
    const TOO_LARGE: &'static str = "binding_too_large";

    fn judge(
        &self,
        message: &[u8],
        materials: &mut Materials,
        now: DateTime<Utc>,
    ) -> Result<Accepted<Leaving>, Fault> {
        let slo_url = needed(self.slo_url.as_deref(), "slo_url")?;
        let now = self.clock.at_or(now);
        let partner = self.partner.known(materials, now)?;
        let mut keys = Vec::new();
        for source in &self.sp_key {
            keys.push(materials.decryption_key(source)?.as_ref().clone());
        }
        let received = received_request(message)?;
        let binding = received.binding().uri();
        let skew = Skew::capped(self.clock.skew_seconds());
        let accepted = match partner.role {
            PartnerRole::Application => LogoutMessageTerms {
                partner: &partner.entity_id,
                signing_keys: &partner.signing_keys,
                danger_accept_sha1: self.danger_accept_sha1,
                slo_url,
                skew,
                now,
            }
            .judge_captured(received)?,
            PartnerRole::IdentityProvider => LogoutTerms {
                idp_entity_id: &partner.entity_id,
                signing_keys: &partner.signing_keys,
                sp_entity_id: self.sp_entity_id.as_deref().unwrap_or_default(),
                slo_url,
                decryption: Decryption {
                    keys: &keys,
                    danger_accept_cbc: self.danger_accept_cbc,
                },
                danger_accept_sha1: self.danger_accept_sha1,
                skew,
                now,
            }
            .judge_captured(received)?,
        };
        let once = Once::of(&[&accepted.issuer, &accepted.id]);
        Ok(Accepted {
            says: Leaving::of(accepted, binding),
            once: Some(once),
        })
    }
}
