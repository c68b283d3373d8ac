//! The provider's side of the wire.
//!
//! Owns what an OpenID provider reads and writes: authorization requests and their answers, token
//! requests and their answers, ID tokens, the metadata document. It does not own clients, codes,
//! sessions or people: who may log in where, and which code is still good, is the caller's.
//!
//! Only the code flow with PKCE by S256 exists (RFC 9700 section 2.1).

pub mod answer;
pub mod authorization;
pub mod bearer;
pub mod client;
pub mod client_auth;
pub mod endpoint;
pub mod front_channel;
pub mod id_token;
pub mod introspection;
pub mod logout_request;
pub mod logout_token;
pub mod metadata;
pub mod pairwise;
pub mod pushed;
pub mod redirect_uri;
pub mod revocation;
pub mod scope;
pub mod shown_token;
pub mod token_endpoint;
pub mod userinfo;

#[cfg(test)]
mod fixture;
