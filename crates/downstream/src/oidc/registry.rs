//! Our applications as every part of the provider reads them.
//!
//! Owns the way from a client id to an application, and our own addresses. Does not own what any part does with them.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;
use vestibule_core::id::AppId;

use super::{
    keys::OidcKeyRing,
    settings::{OidcApp, OidcFault, OidcSettings, faults},
};
use crate::told::PairwiseKey;

/// Paths of our addresses.
pub mod path {
    /// Where browsers bring requests (RFC 6749 section 3.1).
    pub const AUTHORIZE: &str = "/oauth2/authorize";
    /// What a token is worth (RFC 7662).
    pub const INTROSPECT: &str = "/oauth2/introspect";
    /// The JWK set (RFC 7517 section 5).
    pub const JWKS: &str = "/oauth2/jwks";
    /// Where browsers bring requests for the end of a session (RP-Initiated Logout 1.0 section 2).
    pub const LOGOUT: &str = "/oauth2/logout";
    /// Where requests are handed over before the browser comes (RFC 9126).
    pub const PUSH: &str = "/oauth2/par";
    /// Where tokens are given back (RFC 7009).
    pub const REVOKE: &str = "/oauth2/revoke";
    /// Where codes are exchanged (RFC 6749 section 3.2).
    pub const TOKEN: &str = "/oauth2/token";
    /// What access tokens open (OpenID Connect Core 5.3).
    pub const USERINFO: &str = "/oauth2/userinfo";
}

/// The applications, and us.
#[derive(Debug)]
pub struct Registry {
    issuer: String,
    public_url: Url,
    /// The keys that sign tokens, as they are at the moment.
    pub keys: OidcKeyRing,
    /// The key that pairwise subjects are made with.
    pub pairwise_key: PairwiseKey,
    apps: BTreeMap<AppId, OidcApp>,
    by_client_id: BTreeMap<String, AppId>,
    script_origins: BTreeSet<String>,
}

impl Registry {
    /// Of these applications.
    ///
    /// # Errors
    /// All [`OidcFault`]s at once.
    pub fn new(settings: OidcSettings) -> Result<Self, Vec<OidcFault>> {
        let faults = faults(&settings.apps);
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut apps = settings.apps;
        for app in apps.values_mut() {
            app.client.acr_values = app.acr.values();
        }
        let by_client_id = apps
            .iter()
            .map(|(id, app)| (app.client.id().to_owned(), id.clone()));
        let enabled = apps.values().filter(|app| !app.disabled);
        let script_origins = enabled.flat_map(|app| app.client.script_origins());
        Ok(Self {
            script_origins: script_origins.collect(),
            issuer: settings
                .public_url
                .as_str()
                .trim_end_matches('/')
                .to_owned(),
            by_client_id: by_client_id.collect(),
            public_url: settings.public_url,
            keys: settings.keys,
            pairwise_key: settings.pairwise_key,
            apps,
        })
    }

    /// `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// An address of ours; see [`path`].
    #[must_use]
    pub fn endpoint(&self, path: &str) -> Url {
        let mut url = self.public_url.clone();
        url.set_path(path);
        url
    }

    /// All of them, disabled ones too.
    pub fn apps(&self) -> impl Iterator<Item = (&AppId, &OidcApp)> {
        self.apps.iter()
    }

    /// Does a script in a browser run at this origin, of an application that is one?
    #[must_use]
    pub fn is_script_origin(&self, origin: &str) -> bool {
        self.script_origins.contains(origin)
    }

    /// The application of this id, disabled or not.
    #[must_use]
    pub fn app(&self, id: &AppId) -> Option<&OidcApp> {
        self.apps.get(id)
    }

    /// The application with this client id, disabled or not.
    #[must_use]
    pub fn of_client(&self, client_id: &str) -> Option<(&AppId, &OidcApp)> {
        self.apps.get_key_value(self.by_client_id.get(client_id)?)
    }
}
