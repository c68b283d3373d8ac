//! What the faults happen to: the real program between a browser and SAML messages that the test makes itself.

mod browser;
mod by_clock;
mod login;
mod provider;
mod relay;
mod served;
mod step;

pub(crate) use crate::shared::{OUR_ACS, PUBLIC};
pub(crate) use browser::Browser;
pub(crate) use by_clock::ByClock;
pub(crate) use login::{Person, granted, typed};
pub(crate) use provider::{Fault, Provider};
pub(crate) use relay::{Relay, State};
pub(crate) use served::Served;
pub(crate) use step::{Request, STEPS, Step, comes_to, counted};
