//! Fuzz targets: each takes any bytes for what arrives from outside, and checks what must hold whatever arrives.
//!
//! Owns the targets and their oracles: nothing panics, and nothing is accepted that says something else than the
//! genuine message did. Does not own the engine that makes the bytes: `cargo fuzz` with coverage (`make fuzz`), and a
//! short run over random bytes in the usual tests.
//!
//! **How bytes become a message.** Signed messages cannot be guessed, so each input is a [`splice`] script: which
//! genuine message to start from, and what to cut and insert. A script does not depend on the keys, which are made anew
//! in each process; so a corpus stays good.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a target speaks by panicking, and makes its genuine messages so"
)]

pub mod authn_request;
pub mod authorization_request;
#[cfg(feature = "configuration")]
pub mod configuration;
pub mod forwarded_for;
pub mod id_token;
pub mod logout;
pub mod logout_token;
pub mod metadata;
pub mod redirect_query;
pub mod response;
pub mod splice;
pub mod token_request;
pub mod xml;

mod genuine;

/// One target.
pub struct Target {
    /// Its name, as `cargo fuzz run` takes it.
    pub name: &'static str,
    /// Runs one input; says whether the message was accepted. Panics if something does not hold.
    pub run: fn(&[u8]) -> bool,
    /// How many genuine messages inputs can start from; each of them must be accepted as it is.
    pub starts: usize,
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target {
        name: "authn_request",
        run: authn_request::run,
        starts: authn_request::STARTS,
    },
    Target {
        name: "authorization_request",
        run: authorization_request::run,
        starts: authorization_request::STARTS,
    },
    #[cfg(feature = "configuration")]
    Target {
        name: "configuration",
        run: configuration::run,
        starts: configuration::STARTS,
    },
    Target {
        name: "forwarded_for",
        run: forwarded_for::run,
        starts: forwarded_for::STARTS,
    },
    Target {
        name: "id_token",
        run: id_token::run,
        starts: id_token::STARTS,
    },
    Target {
        name: "logout_token",
        run: logout_token::run,
        starts: logout_token::STARTS,
    },
    Target {
        name: "logout",
        run: logout::run,
        starts: logout::STARTS,
    },
    Target {
        name: "metadata",
        run: metadata::run,
        starts: metadata::STARTS,
    },
    Target {
        name: "redirect_query",
        run: redirect_query::run,
        starts: redirect_query::STARTS,
    },
    Target {
        name: "response",
        run: response::run,
        starts: response::STARTS,
    },
    Target {
        name: "token_request",
        run: token_request::run,
        starts: token_request::STARTS,
    },
    Target {
        name: "xml",
        run: xml::run,
        starts: xml::STARTS,
    },
];
