//! What the faults happen to: the real program between a browser and SAML messages that the test makes itself.

mod browser;
mod by_clock;
mod login;
#[path = "../../routes/support/messages.rs"]
#[allow(dead_code, reason = "the tests of the routes encrypt as well")]
mod messages;
mod provider;
mod relay;
mod served;
mod step;

use self::messages::Asked;
pub(crate) use browser::Browser;
pub(crate) use by_clock::ByClock;
pub(crate) use login::{Person, granted, typed};
pub(crate) use provider::{Fault, Provider};
pub(crate) use relay::{Relay, State};
pub(crate) use served::Served;
pub(crate) use step::{Request, STEPS, Step, comes_to, counted};

/// Where people are told that the broker is. It listens elsewhere; the browser knows where.
pub(crate) const PUBLIC: &str = "http://localhost:8080";
/// Where the identity provider's answers come in.
pub(crate) const OUR_ACS: &str = "/upstream/adfs/saml/acs";
