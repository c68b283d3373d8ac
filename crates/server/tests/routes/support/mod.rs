//! What the tests of the addresses stand on: a whole broker in process, a browser for it, and SAML messages that the
//! test makes and checks itself. Nothing listens anywhere.

mod browser;
mod house;
mod messages;

pub(crate) use browser::Browser;
pub(crate) use house::{House, PASSWORD};
pub(crate) use messages::{
    Asked, app_key, idp_key, offered_key, request, request_for, verified, verified_with,
};

/// Where people find the broker.
pub(crate) const PUBLIC: &str = "http://localhost:8080";
/// Where the identity provider's answers come in.
pub(crate) const OUR_ACS: &str = "/upstream/adfs/saml/acs";
