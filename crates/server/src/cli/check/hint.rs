//! What an application of the configuration does not get, without anything being wrong or risky.
//!
//! Owns which is worth a word. A hint is neither a mistake nor a risk, and changes no exit status.

use std::fmt;

use serde::Serialize;
use vestibule_core::id::AppId;
use vestibule_downstream::{preset::AppPreset, saml::SamlApp};

use crate::config::{App, AppProtocol, Config};

/// Something that could be had.
#[derive(Debug, Serialize)]
pub(super) struct Hint<'a> {
    app: &'a AppId,
    code: &'static str,
    reason: &'static str,
    remedy: &'static str,
}

impl fmt::Display for Hint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            app,
            code,
            reason,
            remedy,
        } = self;
        write!(f, "apps.{app}: {reason} [{code}]\n    {remedy}")
    }
}

/// All hints, by application.
pub(super) fn all(config: &Config) -> Vec<Hint<'_>> {
    let apps = config.apps.iter().filter(|(_, app)| !app.disabled);
    apps.filter_map(|(id, app)| logout(id, app)).collect()
}

/// A SAML application takes part in logout only if each side knows where the other takes messages, and who signs them.
fn logout<'a>(id: &'a AppId, app: &App) -> Option<Hint<'a>> {
    // What Atlassian's products cannot do, no setting mends.
    let (AppProtocol::Saml(saml), AppPreset::Generic) = (&app.protocol, app.preset) else {
        return None;
    };
    let (reason, remedy) = missing(saml)?;
    Some(Hint {
        app: id,
        code: "logout_incomplete",
        reason,
        remedy,
    })
}

fn missing(saml: &SamlApp) -> Option<(&'static str, &'static str)> {
    // What it says of itself is known when it is read.
    if saml.metadata.is_some() {
        return None;
    }
    match (
        saml.sp.single_logout.is_empty(),
        saml.sp.signing_keys.is_empty(),
    ) {
        (true, true) => Some((
            "it takes no part in logout: it is not told when people sign out, and people who sign out there stay signed in here",
            "give its metadata (`metadata_url` or `metadata_file`), or `slo_url` and `certificate_file`",
        )),
        (true, false) => Some((
            "it is not told when people sign out: nothing says where it takes logout messages",
            "add `slo_url`, or give its metadata with a single logout service",
        )),
        (false, true) => Some((
            "people who sign out there stay signed in here: its logout messages are refused, for none of its keys is known",
            "add `certificate_file`, or give its metadata with a signing key",
        )),
        (false, false) => None,
    }
}
