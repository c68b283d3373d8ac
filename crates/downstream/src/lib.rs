//! Applications that ask us: each adapter turns a message into an
//! [`AuthnRequest`](vestibule_core::request::AuthnRequest) and a [`Grant`](vestibule_core::grant::Grant) into a reply.
//!
//! Owns steps 1 and 10 of a login for [`saml`] service providers, with the presets that know them, and for our own
//! [`account`] page. Does not own the protocols (the rooms `saml` and `oidc` do), policy, or the page that carries a
//! reply. No adapter knows another one, the engine, the configuration file or the web framework: each takes a struct of
//! checked values.

pub mod account;
pub mod oidc;
pub mod saml;

#[cfg(test)]
mod conformance;
