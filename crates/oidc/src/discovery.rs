//! What a provider publishes about itself (OpenID Connect Discovery 1.0, RFC 8414).
//!
//! Owns the reading of the document and the rules under which it is believed. It does not fetch it.
//!
//! The document comes from the network and says where we send people, codes and secrets. So the
//! issuer must be the configured one to the byte, every endpoint must be `https`, and on the
//! issuer's own host unless the configuration names another (OI-153).

use openidconnect::{
    AdditionalProviderMetadata, ProviderMetadata,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
        CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
        CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
    },
};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::{algorithm::Algorithm, json};

/// The largest metadata document, in bytes.
pub const MAX_METADATA_BYTES: usize = 512 * 1024;

/// Members that the library's type does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct MoreMetadata {
    /// RFC 9207 section 3.
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
    /// RFC 8414 section 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code_challenge_methods_supported: Option<Vec<String>>,
    /// RP-Initiated Logout 1.0 section 2.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) end_session_endpoint: Option<Url>,
}

impl AdditionalProviderMetadata for MoreMetadata {}

/// The library's type with our additions.
pub(crate) type Metadata = ProviderMetadata<
    MoreMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// Under which rules a document is believed.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The configured issuer; the document must name exactly this.
    pub issuer: &'a str,
    /// Other hosts on which endpoints may live, such as `oauth2.googleapis.com`.
    pub other_hosts: &'a [&'a str],
    /// Accept `http` on loopback addresses: for the demo and for tests, never in production.
    pub danger_allow_loopback_http: bool,
}

/// Why provider metadata is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryRejection {
    /// An endpoint is on a host that nobody named.
    #[error(
        "the provider's {endpoint} is on the host {host:?}; if that is right, add the host to the provider's other hosts"
    )]
    ForeignHost {
        /// The member of the document.
        endpoint: &'static str,
        /// Its host.
        host: String,
    },
    /// An endpoint is not `https`, has no host, or carries a user name or a fragment.
    #[error("the provider's {endpoint} {url:?} is not a plain https address")]
    InsecureEndpoint {
        /// The member of the document.
        endpoint: &'static str,
        /// What stands there.
        url: String,
    },
    /// The document's issuer is not the configured one (Discovery section 4.3).
    #[error(
        "the provider calls itself {found:?}, configured is {expected:?}; they must be equal to the last character"
    )]
    IssuerMismatch {
        /// `issuer` of the document.
        found: String,
        /// The configured issuer.
        expected: String,
    },
    /// Not JSON, or a member that must be there is absent or of the wrong kind.
    #[error("the provider's metadata cannot be read: {fault}")]
    Malformed {
        /// What is wrong with it.
        fault: String,
    },
    /// There is no token endpoint, so there is no code flow.
    #[error("the provider's metadata has no token_endpoint")]
    NoTokenEndpoint,
    /// More bytes than a document may have.
    #[error("the provider's metadata is larger than {MAX_METADATA_BYTES} bytes")]
    TooLarge,
}

impl DiscoveryRejection {
    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ForeignHost { .. } => "discovery_foreign_host",
            Self::InsecureEndpoint { .. } => "discovery_insecure_endpoint",
            Self::IssuerMismatch { .. } => "discovery_issuer_mismatch",
            Self::Malformed { .. } => "discovery_malformed",
            Self::NoTokenEndpoint => "discovery_no_token_endpoint",
            Self::TooLarge => "discovery_too_large",
        }
    }
}

/// What we need to know of a provider, from a document that was believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    userinfo_endpoint: Option<Url>,
    end_session_endpoint: Option<Url>,
    jwks_uri: Url,
    iss_in_callback: bool,
    id_token_algorithms: Vec<Algorithm>,
    token_auth_methods: Vec<String>,
}

impl Provider {
    /// Reads a metadata document.
    ///
    /// # Errors
    /// [`DiscoveryRejection`].
    pub fn parse(bytes: &[u8], rules: Rules<'_>) -> Result<Self, DiscoveryRejection> {
        if bytes.len() > MAX_METADATA_BYTES {
            return Err(DiscoveryRejection::TooLarge);
        }
        let malformed = |fault: String| DiscoveryRejection::Malformed { fault };
        let members = json::parse_object(bytes).map_err(|fault| malformed(fault.to_string()))?;
        let document: Metadata = serde_json::from_value(members.into())
            .map_err(|fault| malformed(fault.to_string().chars().take(256).collect()))?;
        if document.issuer().as_str() != rules.issuer {
            return Err(DiscoveryRejection::IssuerMismatch {
                found: document.issuer().as_str().chars().take(256).collect(),
                expected: rules.issuer.to_owned(),
            });
        }
        let check = |endpoint, url: &Url| rules.check(endpoint, url).map(|()| url.clone());
        let issuer = document.issuer().url();
        check("issuer", issuer)?;
        let token_endpoint = document
            .token_endpoint()
            .ok_or(DiscoveryRejection::NoTokenEndpoint)?
            .url();
        let userinfo = document.userinfo_endpoint().map(|endpoint| endpoint.url());
        let end_session = document.additional_metadata().end_session_endpoint.as_ref();
        Ok(Self {
            issuer: rules.issuer.to_owned(),
            authorization_endpoint: check(
                "authorization_endpoint",
                document.authorization_endpoint().url(),
            )?,
            token_endpoint: check("token_endpoint", token_endpoint)?,
            userinfo_endpoint: userinfo
                .map(|url| check("userinfo_endpoint", url))
                .transpose()?,
            end_session_endpoint: end_session
                .map(|url| check("end_session_endpoint", url))
                .transpose()?,
            jwks_uri: check("jwks_uri", document.jwks_uri().url())?,
            iss_in_callback: document
                .additional_metadata()
                .authorization_response_iss_parameter_supported,
            id_token_algorithms: document
                .id_token_signing_alg_values_supported()
                .iter()
                .filter_map(|algorithm| Algorithm::from_name(wire_name(algorithm).as_str()?))
                .collect(),
            token_auth_methods: document
                .token_endpoint_auth_methods_supported()
                .into_iter()
                .flatten()
                .filter_map(|method| Some(wire_name(method).as_str()?.to_owned()))
                .collect(),
        })
    }

    /// The issuer, as configured.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where the browser is sent.
    #[must_use]
    pub fn authorization_endpoint(&self) -> &Url {
        &self.authorization_endpoint
    }

    /// Where the code is redeemed.
    #[must_use]
    pub fn token_endpoint(&self) -> &Url {
        &self.token_endpoint
    }

    /// Where more claims can be had.
    #[must_use]
    pub fn userinfo_endpoint(&self) -> Option<&Url> {
        self.userinfo_endpoint.as_ref()
    }

    /// Where a person can be logged out.
    #[must_use]
    pub fn end_session_endpoint(&self) -> Option<&Url> {
        self.end_session_endpoint.as_ref()
    }

    /// Where the keys are.
    #[must_use]
    pub fn jwks_uri(&self) -> &Url {
        &self.jwks_uri
    }

    /// Whether the answer to an authorization request must carry `iss` (RFC 9207 section 2.4).
    #[must_use]
    pub fn iss_in_callback(&self) -> bool {
        self.iss_in_callback
    }

    /// The algorithms for ID tokens that the provider says it can use, as far as they exist here.
    /// Information for the administrator: the allow-list is configured, never taken from here.
    #[must_use]
    pub fn id_token_algorithms(&self) -> &[Algorithm] {
        &self.id_token_algorithms
    }

    /// `token_endpoint_auth_methods_supported`; empty if the document is silent, which means
    /// `client_secret_basic` (Discovery section 3).
    #[must_use]
    pub fn token_auth_methods(&self) -> &[String] {
        &self.token_auth_methods
    }
}

impl Rules<'_> {
    /// Where the metadata of the issuer is found (Discovery section 4.1).
    #[must_use]
    pub fn document_url(&self) -> Option<Url> {
        let base = self.issuer.strip_suffix('/').unwrap_or(self.issuer);
        let url = Url::parse(&format!("{base}/.well-known/openid-configuration")).ok()?;
        self.check("issuer", &url).is_ok().then_some(url)
    }

    fn check(&self, endpoint: &'static str, url: &Url) -> Result<(), DiscoveryRejection> {
        let secure = match url.scheme() {
            "https" => true,
            "http" => self.danger_allow_loopback_http && is_loopback(url),
            _ => false,
        };
        let plain = url.username().is_empty() && url.password().is_none();
        let Some(host) = url
            .host_str()
            .filter(|_| secure && plain && url.fragment().is_none())
        else {
            return Err(DiscoveryRejection::InsecureEndpoint {
                endpoint,
                url: url.as_str().chars().take(256).collect(),
            });
        };
        let home = Url::parse(self.issuer).ok();
        let at_home = home.as_ref().and_then(Url::host_str) == Some(host);
        if !at_home
            && !self
                .other_hosts
                .iter()
                .any(|other| other.eq_ignore_ascii_case(host))
        {
            return Err(DiscoveryRejection::ForeignHost {
                endpoint,
                host: host.to_owned(),
            });
        }
        Ok(())
    }
}

/// Whether the URL can only lead to this machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The value of a library enum as it stands on the wire.
fn wire_name(value: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

#[cfg(test)]
mod tests;
