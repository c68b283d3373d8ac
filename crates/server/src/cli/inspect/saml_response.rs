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
    moment::{ClockSkew, Moment, one_or_many},
    needed,
    report::Accepted,
};

/// What a Response is held against.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Settings {
    /// The identity provider's metadata: a file, or the XML itself.
    #[arg(
        long,
        value_name = "FILE",
        allow_hyphen_values = true,
        required_unless_present = "batch"
    )]
    idp_metadata: Option<String>,
    /// The entity that is meant, if the metadata describes several identity providers.
    #[arg(long, value_name = "ID")]
    idp_entity_id: Option<String>,
    /// A certificate, PEM, whose key must have signed the metadata; repeat it for more. Without one the file is believed.
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    #[serde(deserialize_with = "one_or_many")]
    metadata_signed_by: Vec<String>,
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
    /// The moment of receipt, as RFC 3339 writes it; now unless given.
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,
    /// How far the provider's clock may differ, in seconds: 0 to 120, 60 unless given.
    #[arg(long, value_name = "SECONDS")]
    clock_skew: Option<ClockSkew>,
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
    const LARGEST: usize = MAX_BODY_BYTES;
    const TOO_LARGE: &'static str = "binding_too_large";

    fn judge(
        &self,
        message: &[u8],
        materials: &mut Materials,
        now: DateTime<Utc>,
    ) -> Result<Accepted, Fault> {
        let idp_metadata = needed(self.idp_metadata.as_deref(), "idp_metadata")?;
        let sp_entity_id = needed(self.sp_entity_id.as_deref(), "sp_entity_id")?;
        let acs_url = needed(self.acs.as_deref(), "acs")?;
        let now = self.at.map_or(now, |moment| moment.0);
        let mut keys = Vec::new();
        for source in &self.sp_key {
            keys.push(materials.decryption_key(source)?.as_ref().clone());
        }
        let idp = materials.metadata(
            idp_metadata,
            self.idp_entity_id.as_deref(),
            &self.metadata_signed_by,
        )?;
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
            skew: Skew::capped(self.clock_skew.unwrap_or(ClockSkew::USUAL).0),
            now,
        };
        let assertion = terms.judge(&xml)?;
        let name_id = assertion.name_id();
        let replay = assertion.replay_id();
        Ok(Accepted {
            subject: Some(name_id.value.clone()),
            format: Some(name_id.format.clone()),
            attributes: attributes(&assertion),
            authn_context: assertion.authn_context().map(str::to_owned),
            session_index: assertion.session_index().map(str::to_owned),
            issuer: assertion.issuer().to_owned(),
            message_id: Some(assertion.id().to_owned()),
            authenticated_at: Some(assertion.authn_instant()),
            ..Accepted::once(&[replay.issuer, replay.assertion_id])
        })
    }
}
