//! Why the stand-ins do not run.

use std::io;
use std::net::{IpAddr, SocketAddr};

use vestibule_oidc::provider::redirect_uri::UriFault;
use vestibule_oidc::signing::SigningFault;
use vestibule_saml::crypto::sign::SignError;
use vestibule_saml::metadata::MetadataError;

/// Why the stand-ins do not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// What the broker says about itself cannot be used.
    #[error("the broker's metadata as {role} cannot be used: {cause}")]
    Broker {
        /// In which role.
        role: &'static str,
        /// Why.
        #[source]
        cause: MetadataError,
    },
    /// A key for OpenID Connect cannot be made.
    #[error("no key for OpenID Connect: {0}")]
    Key(#[from] SigningFault),
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address} for the {who}: {cause}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Which stand-in.
        who: &'static str,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// Metadata of a stand-in cannot be written.
    #[error("no metadata for the identity provider: {0}")]
    Metadata(#[source] MetadataError),
    /// The address can be reached by others. The stand-ins print their passwords, so they must not be.
    #[error(
        "the demo listens on loopback only, and {0} is not a loopback address; use 127.0.0.1 or ::1"
    )]
    NotLoopback(IpAddr),
    /// The broker's redirect URI cannot be registered.
    #[error("the broker's redirect URI cannot be registered: {0}")]
    RedirectUri(#[from] UriFault),
    /// The system has no randomness for keys and passwords.
    #[error("the system gives no randomness")]
    Random,
    /// A key for SAML cannot be made.
    #[error("no key for SAML: {0}")]
    Sign(#[from] SignError),
    /// An address cannot be written as a URL.
    #[error("no URL for {0}")]
    Url(SocketAddr),
}

impl DemoError {
    /// The stable reason code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Broker { .. } => "demo_broker_metadata",
            Self::Key(_) | Self::Sign(_) => "demo_key",
            Self::Listen { .. } => "demo_listen",
            Self::Metadata(_) => "demo_metadata",
            Self::NotLoopback(_) => "demo_not_loopback",
            Self::RedirectUri(_) => "demo_redirect_uri",
            Self::Random => "demo_random",
            Self::Url(_) => "demo_url",
        }
    }
}
