//! SAML 2.0 on the wire, for both roles.
//!
//! Owns: reading XML safely, checking and making XML signatures, XML encryption, the messages of Web Browser SSO and of
//! Single Logout, metadata and bindings.
//! Does not own: anything about logins, people or configuration. It does no I/O, reads no clock and draws no
//! randomness: callers hand those in. It knows no other crate of the project.

pub mod authn_request;
pub mod binding;
mod coverage;
pub mod crypto;
pub mod encryption;
pub mod header;
pub mod instant;
pub mod issue;
pub mod logout;
pub mod message;
pub mod metadata;
pub mod response;
pub mod signature;
pub mod xml;
