//! `vestibule inspect saml-response`.
//!
//! Owns what a login would know of a Response, as arguments. Does not judge.

use chrono::{DateTime, Utc};
use clap::Args;
use serde::{Deserialize, Serialize};
use vestibule_upstream::saml::{
    Comparison, Decryption, MAX_BODY_BYTES, RequestedAuthnContext, Skew, Terms, answered_request,
    attributes, check_metadata, response_xml,
};

use super::{
    Fault, Judge, Materials,
    clock::Clock,
    idp::Idp,
    needed,
    proof::Proof,
    report::{Accepted, Once},
    value::one_or_many,
};

/// What a Response is held against.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Settings {
    #[command(flatten)]
    #[serde(flatten)]
    idp: Idp,
    /// Our entity ID towards it: the audience.
    #[arg(long, value_name = "ID", required_unless_present = "batch")]
    sp_entity_id: Option<String>,
    /// The address that received the Response, compared byte for byte.
    #[arg(long, value_name = "URL", required_unless_present = "batch")]
    acs: Option<String>,
    /// `ID` of the request that was sent; without it, Response and assertion need only agree.
    #[arg(long, value_name = "ID")]
    in_response_to: Option<String>,
    /// An authentication that the request asked for, exactly; repeat it for more.
    #[arg(long, value_name = "URI")]
    #[serde(deserialize_with = "one_or_many")]
    authn_context: Vec<String>,
    /// A decryption key of ours, PEM: a file, or its content. Give it twice while keys are exchanged.
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    #[serde(deserialize_with = "one_or_many")]
    sp_key: Vec<String>,
    #[command(flatten)]
    #[serde(flatten)]
    clock: Clock,
    /// Refuse a Response that is not signed itself.
    #[arg(long)]
    require_signed_response: bool,
    /// Accept AES-CBC, whose ciphertext can be changed without notice, as where the upstream is configured so.
    #[arg(long)]
    danger_accept_cbc: bool,
    /// Accept SHA-1, which is broken, as where the upstream is configured so.
    #[arg(long)]
    danger_accept_sha1: bool,
}

impl Judge for Settings {
    type Says = Proof;

    const LARGEST: usize = MAX_BODY_BYTES;
    const TOO_LARGE: &'static str = "binding_too_large";

    fn judge(
        &self,
        message: &[u8],
        materials: &mut Materials,
        now: DateTime<Utc>,
    ) -> Result<Accepted<Proof>, Fault> {
        let sp_entity_id = needed(self.sp_entity_id.as_deref(), "sp_entity_id")?;
        let acs_url = needed(self.acs.as_deref(), "acs")?;
        let now = self.clock.at_or(now);
        let mut keys = Vec::new();
        for source in &self.sp_key {
            keys.push(materials.decryption_key(source)?.as_ref().clone());
        }
        let idp = self.idp.metadata(materials)?;
        check_metadata(&idp, sp_entity_id, now)?;
        let xml = response_xml(message)?;
        let claimed;
        let request_id = match &self.in_response_to {
            Some(request_id) => request_id,
            None => {
                claimed = answered_request(&xml)?;
                &claimed
            }
        };
        let requested = (!self.authn_context.is_empty()).then(|| RequestedAuthnContext {
            comparison: Comparison::Exact,
            class_refs: self.authn_context.clone(),
        });
        let terms = Terms {
            idp: &idp,
            sp_entity_id,
            acs_url,
            request_id,
            requested_context: requested.as_ref(),
            anew_since: None,
            decryption: Decryption {
                keys: &keys,
                danger_accept_cbc: self.danger_accept_cbc,
            },
            require_signed_response: self.require_signed_response,
            danger_accept_sha1: self.danger_accept_sha1,
            skew: Skew::capped(self.clock.skew_seconds()),
            now,
        };
        let assertion = terms.judge(&xml)?;
        let name_id = assertion.name_id();
        let replay = assertion.replay_id();
        let says = Proof {
            subject: Some(name_id.value.clone()),
            format: Some(name_id.format.clone()),
            attributes: attributes(&assertion),
            authn_context: assertion.authn_context().map(str::to_owned),
            session_index: assertion.session_index().map(str::to_owned),
            issuer: assertion.issuer().to_owned(),
            message_id: Some(assertion.id().to_owned()),
            authenticated_at: Some(assertion.authn_instant()),
            ..Proof::default()
        };
        Ok(Accepted {
            says,
            once: Some(Once::of(&[replay.issuer, replay.assertion_id])),
        })
    }
}
