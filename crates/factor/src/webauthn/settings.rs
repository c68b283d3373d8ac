//! Who asks, as the keys know us.

use thiserror::Error;
use url::{Host, Url};

/// Must a key verify its holder, by PIN or biometrics?
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UserVerification {
    /// It does where it can. Enough beside a password. A key that did when it was registered must do so each time.
    #[default]
    Preferred,
    /// It must, each time; keys that cannot are refused.
    Required,
}

impl UserVerification {
    /// Its spelling in WebAuthn (L3 section 5.8.6).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Preferred => "preferred",
            Self::Required => "required",
        }
    }
}

/// The settings of WebAuthn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The only origin that answers may come from, as browsers write it.
    pub(super) origin: Url,
    /// The RP ID: keys are made for it, and answer for nothing else.
    pub(super) rp_id: String,
    /// The name that some browsers show.
    pub(super) product: String,
    pub(super) user_verification: UserVerification,
}

/// Why keys cannot be used at this address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// An IP address is no RP ID (WebAuthn L3 section 5.1.2).
    #[error("security keys are made for a name, and `{0}` is an address")]
    NoName(String),
    /// Browsers would refuse it.
    #[error("`{rp_id}` is neither `{host}` nor a domain that `{host}` is under")]
    NotASuffix {
        /// What was set.
        rp_id: String,
        /// The host of the public address.
        host: String,
    },
    /// Browsers run WebAuthn over https only, and on this machine itself.
    #[error("browsers give security keys to https only, or to http://localhost")]
    NotSecure,
}

impl Settings {
    /// Settings for the public address. `rp_id` is its host unless set.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn new(
        public_url: &Url,
        rp_id: Option<String>,
        product: String,
        user_verification: UserVerification,
    ) -> Result<Self, SettingsError> {
        let host = match public_url.host() {
            Some(Host::Domain(host)) => host.to_owned(),
            Some(Host::Ipv4(address)) => return Err(SettingsError::NoName(address.to_string())),
            Some(Host::Ipv6(address)) => return Err(SettingsError::NoName(address.to_string())),
            None => return Err(SettingsError::NoName(public_url.to_string())),
        };
        let local = host == "localhost" || host.ends_with(".localhost");
        if public_url.scheme() != "https" && !local {
            return Err(SettingsError::NotSecure);
        }
        let rp_id = rp_id.unwrap_or_else(|| host.clone());
        // A name without a dot above ours is a top-level domain: everybody's.
        let above = rp_id.contains('.') && host.ends_with(&format!(".{rp_id}"));
        if rp_id != host && !above {
            return Err(SettingsError::NotASuffix { rp_id, host });
        }
        Ok(Self {
            origin: public_url.clone(),
            rp_id,
            product,
            user_verification,
        })
    }

    /// The origin as browsers write it: without the port that the scheme implies, without a path.
    pub(super) fn origin(&self) -> String {
        self.origin.origin().ascii_serialization()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str, rp_id: Option<&str>) -> Result<(String, String), SettingsError> {
        let url = Url::parse(url).unwrap();
        let rp_id = rp_id.map(str::to_owned);
        Settings::new(&url, rp_id, "Acme".into(), UserVerification::Preferred)
            .map(|settings| (settings.rp_id.clone(), settings.origin()))
    }

    #[test]
    fn the_relying_party_is_the_host_or_a_domain_above_it() {
        let taken = |rp_id: &str, origin: &str| Ok((rp_id.to_owned(), origin.to_owned()));
        for (url, rp_id, expected) in [
            (
                "https://sso.acme.example/",
                None,
                taken("sso.acme.example", "https://sso.acme.example"),
            ),
            (
                "https://sso.acme.example:8443/base/",
                Some("acme.example"),
                taken("acme.example", "https://sso.acme.example:8443"),
            ),
            (
                "http://localhost:8080/",
                None,
                taken("localhost", "http://localhost:8080"),
            ),
        ] {
            assert_eq!(settings(url, rp_id), expected, "{url}");
        }
        for rp_id in [
            "example",
            "cme.example",
            "other.example",
            "x.sso.acme.example",
            "",
        ] {
            assert!(
                matches!(
                    settings("https://sso.acme.example/", Some(rp_id)),
                    Err(SettingsError::NotASuffix { .. })
                ),
                "{rp_id}"
            );
        }
        for (url, expected) in [
            (
                "https://192.0.2.1/",
                SettingsError::NoName("192.0.2.1".into()),
            ),
            (
                "https://[2001:db8::1]/",
                SettingsError::NoName("2001:db8::1".into()),
            ),
            ("http://sso.acme.example/", SettingsError::NotSecure),
        ] {
            assert_eq!(settings(url, None), Err(expected), "{url}");
        }
    }
}
