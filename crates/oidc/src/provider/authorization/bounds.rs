//! How much of a request is read at all.
//!
//! Owns the bounds of size, number and length (OO-12). What is beyond them is not answered to anybody but
//! the person in front of the browser: it cannot be a client's honest request.

use super::refusal::PageReason;
use crate::{
    form::{FormFault, Parameters},
    provider::redirect_uri::MAX_URI_BYTES,
};

/// The largest request, in bytes.
pub const MAX_REQUEST_BYTES: usize = 32 * 1024;

/// The most parameters, known or not.
pub const MAX_PARAMETERS: usize = 64;

/// How long the decoded value of a parameter may be, in bytes.
const LENGTHS: &[(&str, usize)] = &[
    ("acr_values", 1024),
    ("claims", 8 * 1024),
    ("client_id", 256),
    ("code_challenge", 128),
    ("code_challenge_method", 16),
    ("id_token_hint", 16 * 1024),
    ("login_hint", 512),
    ("logout_hint", 512),
    ("max_age", 32),
    ("nonce", 1024),
    ("post_logout_redirect_uri", MAX_URI_BYTES),
    ("prompt", 128),
    ("redirect_uri", MAX_URI_BYTES),
    ("response_mode", 64),
    ("response_type", 128),
    ("scope", 2048),
    ("state", 4096),
    ("ui_locales", 512),
];

/// JSON may be written on several lines.
const MAY_HAVE_LINES: &str = "claims";

/// Decodes what came over the wire.
pub(in crate::provider) fn read(raw: &str) -> Result<Parameters, PageReason> {
    if raw.len() > MAX_REQUEST_BYTES {
        return Err(PageReason::TooLarge);
    }
    if raw.split('&').count() > MAX_PARAMETERS {
        return Err(PageReason::TooMany);
    }
    let parameters = Parameters::parse(raw, MAX_REQUEST_BYTES).map_err(|fault| match fault {
        FormFault::Encoding => PageReason::Encoding,
        FormFault::Repeated(parameter) => PageReason::Repeated { parameter },
        FormFault::TooLarge => PageReason::TooLarge,
    })?;
    for (name, value) in parameters.iter() {
        let most = LENGTHS.iter().find(|(known, _)| *known == name);
        if most.is_some_and(|(_, most)| value.len() > *most) {
            return Err(PageReason::TooLong {
                parameter: name.to_owned(),
            });
        }
        if name != MAY_HAVE_LINES && value.contains(char::is_control) {
            return Err(PageReason::ControlCharacter {
                parameter: name.chars().take(64).collect(),
            });
        }
    }
    Ok(parameters)
}
