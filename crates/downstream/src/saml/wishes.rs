//! What the protocol allows an application to ask, and we cannot do for it.
//!
//! Owns the wishes that are known to be vain when the request comes. Does not own the wish for an authentication: only
//! the finished login tells whether it is met ([`super::context`]).

use vestibule_core::{id::AppId, port::Rejection};
use vestibule_saml::authn_request::AcceptedAuthnRequest;

use super::{rejected, settings::SamlApp};

/// Formats that leave the choice to us (SAML core 3.4.1.1 and 8.3.1).
pub(super) const ANY_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

/// Refuses what could only be answered with something else than was asked.
pub(super) fn check(
    id: &AppId,
    app: &SamlApp,
    accepted: &AcceptedAuthnRequest,
) -> Result<(), Rejection> {
    if accepted.proxy_count == Some(0) {
        return Err(rejected(
            id,
            "proxying_forbidden",
            "its request forbids to ask another identity provider (ProxyCount=\"0\"), which is what we do",
        ));
    }
    let Some(policy) = accepted
        .name_id_policy
        .as_ref()
        .filter(|_| !app.ignore_name_id_policy)
    else {
        return Ok(());
    };
    if let Some(format) = policy.format.as_deref()
        && format != ANY_FORMAT
        && Some(format) != app.name_id.format.as_deref()
    {
        return Err(rejected(
            id,
            "name_id_format_unavailable",
            &format!(
                "its request wants a NameID of the format {format:?}, and it gets {:?}; set `name_id_format`, or let it ask for none",
                app.name_id.format.as_deref().unwrap_or("none")
            ),
        ));
    }
    match &policy.sp_name_qualifier {
        Some(other) if *other != app.sp.entity_id => Err(rejected(
            id,
            "name_id_format_unavailable",
            &format!(
                "its request wants a name out of the namespace {other:?}, which is not its own"
            ),
        )),
        _ => Ok(()),
    }
}
