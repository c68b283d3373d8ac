//! The stand-ins behind `vestibule demo`: an identity provider, an application, a mail catcher, five people, and a
//! robot that logs in as they would.
//!
//! Owns everything that the demo needs around the broker, so that nothing else has to be installed and nothing needs
//! the internet. Each stand-in is a small server of its own, with keys and passwords made at each start.
//! Does not own the broker: it is told about it by [`Broker`], and speaks to it over HTTP like anybody else.
//!
//! **Invariant:** nothing here listens anywhere but on a loopback address, see [`DemoError::NotLoopback`].
//!
//! The start has two phases, because each side must know the other's addresses before it runs: [`Stage::bind`] takes
//! the ports and makes keys and people, [`Stage::facts`] tells the broker about them, [`Stage::start`] is told about
//! the broker and serves.

mod application;
pub mod authenticator;
pub mod browser;
mod error;
mod facts;
mod guide;
mod idp;
mod listener;
mod mail;
pub mod once;
mod page;
pub mod people;
mod random;
mod shelf;
mod stage;

pub use error::DemoError;
pub use facts::{Application, Broker, Facts, IdentityProvider, Mail, Service};
pub use guide::Guide;
pub use stage::{Places, Running, Stage};
