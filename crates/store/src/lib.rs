//! SQLite and PostgreSQL behind the ports of the core.
//!
//! Owns what lasts: the schema, the transactions, the sealing of secrets at rest, the master key and the chain of the
//! audit log. Each statement is written once and compiled for both databases. Does not own any rule of a login: which
//! change is right was decided before it comes here; this room only makes it happen once, whole, or not at all.

#[macro_use]
mod db;
#[macro_use]
mod failpoint;

mod account;
mod audit;
mod call;
mod chain;
mod commit;
mod config;
mod enrolment;
mod error;
mod flush;
mod guard;
mod key;
mod known;
mod login;
mod logout;
mod master_key;
mod migrate;
mod participation;
mod pending;
mod person;
mod ports;
mod postgres;
mod prepared;
mod replay;
mod schema;
mod seal;
mod session;
mod signed_out;
mod sqlite;
mod store;
mod throttle;
mod time;
mod token;
mod transaction;
mod upstream_session;
mod url;
mod verify;
mod writer;

pub use config::StoreConfig;
pub use error::OpenError;
#[cfg(feature = "failpoints")]
pub use failpoint::{Failing, Failpoint, Failpoints};
pub use master_key::MasterKey;
pub use migrate::Migrated;
pub use store::Store;
pub use url::StoreUrl;
