//! A provider's refusal in plain words.
//!
//! Owns the meaning of SAML status codes (SAML core 3.2.2.2) and of the error texts that products are known for. Does
//! not own the decision: each of them is a no.

use vestibule_saml::response::Status;

/// Texts of products, their codes here, and what to do. They say more than the status beside them.
const PRODUCTS: [(&str, &str, &str); 3] = [
    (
        "MSIS7070",
        "upstream_name_id_policy",
        "AD FS issues no NameID of the wanted format: take `name_id_format` out, or add a rule that transforms the mail address into a Name ID of the format Email",
    ),
    (
        "MSIS7102",
        "upstream_no_authn_context",
        "AD FS does not know the requested authentication: take `authn_context` out",
    ),
    (
        "AADSTS75011",
        "upstream_no_authn_context",
        "the person's session at Entra was made in another way than requested: take `authn_context` out",
    ),
];

/// Second-level codes.
const SECOND_LEVEL: [(&str, &str, &str); 8] = [
    (
        "AuthnFailed",
        "upstream_authn_failed",
        "the person could not be authenticated there, or gave up",
    ),
    (
        "InvalidNameIDPolicy",
        "upstream_name_id_policy",
        "it cannot name the person in the wanted format: take `name_id_format` out; AD FS needs a rule that issues a Name ID",
    ),
    (
        "NoAuthnContext",
        "upstream_no_authn_context",
        "it cannot authenticate in the requested way: take `authn_context` out, or ask for one that it knows",
    ),
    (
        "NoPassive",
        "upstream_interaction_required",
        "it would have to ask the person, and the application allowed no questions",
    ),
    (
        "RequestDenied",
        "upstream_denied",
        "it does not let this person or our requests in: look whether the person may use this service provider, and whether requests must be signed",
    ),
    (
        "RequestUnsupported",
        "upstream_request_unsupported",
        "it cannot do what is asked: compare our metadata with what it has stored of us",
    ),
    (
        "UnknownPrincipal",
        "upstream_unknown_principal",
        "it does not know the person",
    ),
    (
        "UnsupportedBinding",
        "upstream_request_unsupported",
        "it cannot answer by HTTP-POST: register the address of our assertion consumer service there",
    ),
];

/// Top-level codes, for what has no second level that we know.
const TOP_LEVEL: [(&str, &str, &str); 3] = [
    (
        "Requester",
        "upstream_request_rejected",
        "it does not like our request: compare entity ID, address and signature (`sign_requests`) with what it has stored of us",
    ),
    (
        "Responder",
        "upstream_failed",
        "it has a fault of its own: see its log (AD FS: event 364)",
    ),
    (
        "VersionMismatch",
        "upstream_request_unsupported",
        "it does not speak SAML 2.0",
    ),
];

/// The reason code, and what to do.
pub(super) fn explain(status: &Status) -> (&'static str, &'static str) {
    let message = status.message.as_deref().unwrap_or_default();
    let product = PRODUCTS.iter().find(|(text, ..)| message.contains(text));
    let second_level = status
        .second_level
        .as_deref()
        .and_then(|uri| named(&SECOND_LEVEL, uri));
    product
        .or(second_level)
        .or_else(|| named(&TOP_LEVEL, &status.code))
        .map_or(("upstream_refused", "see its log"), |(_, code, remedy)| {
            (code, remedy)
        })
}

type Row = (&'static str, &'static str, &'static str);

fn named<'a>(table: &'a [Row], uri: &str) -> Option<&'a Row> {
    let name = uri.strip_prefix("urn:oasis:names:tc:SAML:2.0:status:")?;
    table.iter().find(|(known, ..)| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_telling_part_decides() {
        let status = |code: &str, second: Option<&str>, message: Option<&str>| Status {
            code: format!("urn:oasis:names:tc:SAML:2.0:status:{code}"),
            message: message.map(str::to_owned),
            second_level: second.map(|name| format!("urn:oasis:names:tc:SAML:2.0:status:{name}")),
            signed: true,
        };
        for (code, second, message, expected) in [
            (
                "Responder",
                Some("NoAuthnContext"),
                None,
                "upstream_no_authn_context",
            ),
            (
                "Requester",
                Some("InvalidNameIDPolicy"),
                None,
                "upstream_name_id_policy",
            ),
            (
                "Requester",
                None,
                Some("MSIS7070: the SAML request…"),
                "upstream_name_id_policy",
            ),
            (
                "Responder",
                None,
                Some("AADSTS75011: …"),
                "upstream_no_authn_context",
            ),
            (
                "Responder",
                Some("AuthnFailed"),
                None,
                "upstream_authn_failed",
            ),
            (
                "Responder",
                Some("NoPassive"),
                None,
                "upstream_interaction_required",
            ),
            ("Requester", None, None, "upstream_request_rejected"),
            ("Responder", Some("Unheard"), None, "upstream_failed"),
            ("Unheard", None, None, "upstream_refused"),
        ] {
            assert_eq!(
                explain(&status(code, second, message)).0,
                expected,
                "{code} {second:?}"
            );
        }
    }
}
