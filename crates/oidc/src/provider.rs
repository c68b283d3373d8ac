//! The provider's side of the wire.
//!
//! Owns what an OpenID provider reads and writes: authorization requests and their answers, token
//! requests and their answers, ID tokens, the metadata document. It does not own clients, codes,
//! sessions or people: who may log in where, and which code is still good, is the caller's.
//!
//! Only the code flow with PKCE by S256 exists (RFC 9700 section 2.1).

pub mod authorization;
pub mod id_token;
pub mod metadata;
pub mod token_endpoint;
