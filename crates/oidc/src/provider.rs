//! The provider's side of the wire.
//!
//! Owns what an OpenID provider reads and writes: what may be registered for a client, authorization requests and
//! their answers, token requests and their answers, tokens that are signed, logout, the metadata document. It does not
//! own where clients are kept, nor codes, sessions or people: who may log in where, and which code is still good, is
//! the caller's.
//!
//! The way of one login on this side:
//!
//! 1. [`authorization::IncomingAuthorization::from_query`] reads what the browser brought, the caller finds the
//!    [`client::Client`], and [`authorization::UncheckedRequest::judge`] says what is wanted, or no. A request that the
//!    client pushed was judged by [`pushed::judge`] before.
//! 2. [`answer::ReplyAddress::with_code`] hands the browser back with a code, [`answer::ReplyAddress::with_error`]
//!    without one.
//! 3. [`endpoint::ClientForm::read`] reads what the client posts, [`client_auth::PresentedClient::verify`] who it is,
//!    [`token_endpoint::TokenRequest::read`] what it wants, [`redemption`] whether what it shows for it is good;
//!    [`id_token`] mints.
//! 4. [`logout_request::LogoutRequest::judge`] says where a browser may go after a logout; [`front_channel`] and
//!    [`logout_token`] tell the other clients.
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
pub mod pushed;
pub mod redemption;
pub mod redirect_uri;
pub mod revocation;
pub mod scope;
pub mod shown_token;
pub mod token_endpoint;
pub mod userinfo;

#[cfg(test)]
mod fixture;
