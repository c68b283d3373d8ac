//! The RelayState of a request that no signature covers: whoever makes a person follow a link chooses it.
//!
//! Owns where it may lead. The standard wants it handed back exactly as it came (SAML bindings 3.4.3 and 3.5.3), and
//! leaves it to the application to protect it; many go to the address that it holds, once the person is logged in. Its
//! length is bounded where messages are read.
//!
//! **Invariant:** it is a field of a form, never an address that we go to ourselves.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;
use url::{Origin, Url};
use vestibule_saml::{authn_request::AcceptedAuthnRequest, binding::Binding};

use super::settings::{SamlApp, ServiceProvider};

/// Schemes of addresses that run or show what they hold. No application keeps its state in them.
const HOSTILE: [&str; 7] = [
    "blob",
    "data",
    "file",
    "filesystem",
    "javascript",
    "vbscript",
    "view-source",
];

/// Sites that a RelayState may lead to: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayStateSites(BTreeSet<String>);

impl RelayStateSites {
    /// The sites of these addresses.
    #[must_use]
    pub fn of<'a>(addresses: impl IntoIterator<Item = &'a Url>) -> Self {
        let sites = addresses.into_iter().map(Url::origin);
        Self(sites.map(|site| site.ascii_serialization()).collect())
    }

    fn holds(&self, site: &Origin) -> bool {
        site.is_tuple() && self.0.contains(&site.ascii_serialization())
    }
}

/// Why a request with this RelayState is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stray {
    pub(super) code: &'static str,
    pub(super) detail: &'static str,
}

/// Judges the RelayState of a request over this binding. A signed query covers it (SAML bindings 3.4.4.1), a signature
/// inside the XML does not.
pub(super) fn check(
    app: &SamlApp,
    sp: &ServiceProvider,
    binding: Binding,
    accepted: &AcceptedAuthnRequest,
) -> Result<(), Stray> {
    let Some(text) = &accepted.relay_state else {
        return Ok(());
    };
    if accepted.signed && binding == Binding::Redirect {
        return Ok(());
    }
    let own: Vec<Url> = sp
        .services
        .iter()
        .filter_map(|service| Url::parse(&service.location).ok())
        .collect();
    // An application may decode once more than it should.
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    for reading in [text.as_str(), decoded.as_ref()] {
        judge(reading, &own, app.relay_state_sites.as_ref())?;
    }
    Ok(())
}

fn judge(text: &str, own: &[Url], sites: Option<&RelayStateSites>) -> Result<(), Stray> {
    // As a browser at the application would read it: what is no whole address is one of the application's.
    let base = own.first();
    let Ok(leads) = Url::options().base_url(base).parse(text) else {
        return Ok(());
    };
    if HOSTILE.contains(&leads.scheme()) {
        return Err(Stray {
            code: "relay_state_hostile",
            detail: "its request has a RelayState that a browser would run or show, and no signature of the application covers that",
        });
    }
    // Of whatever scheme: apps open `intent:` and their own. What has no host is a token (`cookie:`, `ss:mem:`).
    let leads_away = leads.has_host();
    let is_own = || own.iter().any(|own| own.origin() == leads.origin());
    match sites {
        Some(sites) if leads_away && !is_own() && !sites.holds(&leads.origin()) => Err(Stray {
            code: "relay_state_foreign",
            detail: "its request has a RelayState that leads to another site, and no signature of the application covers that; if the site is the application's, add it to `relay_state_sites`",
        }),
        _ => Ok(()),
    }
}
