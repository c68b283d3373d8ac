//! What a login *is*: pure types, policy, routing, the state machine, and the ports that the other rooms implement.
//!
//! Owns every decision about a login: which upstream, which person, which factor, whether a [`Grant`](grant::Grant) may
//! exist. Does not own any I/O, protocol, clock or randomness: time and identifiers arrive as arguments, so that each
//! decision can be tested as a function.

pub mod account;
pub mod assurance;
pub mod audit;
pub mod evidence;
pub mod flow;
pub mod grant;
pub mod id;
pub mod identity;
pub mod key;
pub mod known;
pub mod logout;
pub mod network;
pub mod policy;
pub mod port;
pub mod reason;
pub mod request;
pub mod routing;
pub mod session;
pub mod throttle;
pub mod token;
pub mod upstream_logout;

#[cfg(test)]
mod fixture;
