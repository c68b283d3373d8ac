//! Applications that ask us: each adapter turns a message into an
//! [`AuthnRequest`](vestibule_core::request::AuthnRequest) and a [`Grant`](vestibule_core::grant::Grant) into a reply.
//!
//! Owns steps 1 and 10 of a login for [`saml`] service providers and [`oidc`] relying parties, with the presets that know
//! them, and for our own [`account`] page; and what each of them is told about a person ([`told`]). Does not own the
//! protocols (the rooms `saml` and `oidc` do), policy, or the page that carries a reply. No adapter knows another one, the
//! engine, the configuration file or the web framework: each takes a struct of checked values.

pub mod account;
pub mod oidc;
pub mod preset;
pub mod saml;
mod slip;
pub mod told;

#[cfg(test)]
mod conformance;
