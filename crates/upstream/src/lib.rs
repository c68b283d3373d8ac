//! Upstream identity providers: each adapter turns an answer into a
//! [`VerifiedIdentity`](vestibule_core::identity::VerifiedIdentity).
//!
//! Owns steps 3 and 4 of a login for [`local`] accounts, [`oidc`] and [`saml`] providers, the HTTP client that they
//! share, and the [`preset`]s that know their counterparts. Does not own the protocols (the rooms `saml` and `oidc`
//! do), nor routing, replay marks or sessions: an adapter says what must be consumed, the engine consumes it. No
//! adapter knows another one, the configuration file or the web framework: each takes a struct of checked values.

pub mod http;
pub mod local;
pub mod oidc;
pub mod preset;
mod rejection;
pub mod saml;

pub use rejection::Rejection;

#[cfg(test)]
mod conformance;
