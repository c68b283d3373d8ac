//! OAuth 2.0 and OpenID Connect on the wire.
//!
//! This room owns the bytes of both protocols in the relying-party role: provider metadata, the
//! authorization request and its answer, the token request and its answer, keys, ID tokens and
//! userinfo. In [`provider`] stand the pieces that the other side of the wire needs.
//!
//! It does not own HTTP, time, randomness or storage: bytes, `now` and entropy are arguments, and
//! the caller keeps what must outlive a call. It knows nothing of the broker.
//!
//! The way of one login in the relying-party role:
//!
//! 1. [`discovery::Provider::parse`] reads what the issuer publishes, [`jwks::Jwks::parse`] its keys.
//! 2. [`authorize::AuthorizationRequest::url`] sends the browser away with `state`, `nonce`, PKCE.
//! 3. [`callback::Callback::parse`] reads the answer, [`callback::Callback::verify`] yields the code.
//! 4. [`token::exchange`] builds the token request, [`token::parse_response`] reads its answer.
//! 5. [`id_token::verify`] turns the raw token into a [`id_token::VerifiedIdToken`].
//! 6. [`userinfo::parse`] and [`claims::Claims::with_userinfo`] add what the token did not carry.
//! 7. [`logout_token::verify`] reads later that the session at the issuer has ended; [`end_session`] asks for that end.
//!
//! **Invariant:** claims about a person leave this room only from a [`id_token::VerifiedIdToken`]
//! or from a userinfo answer whose `sub` was compared with one.

pub mod algorithm;
pub mod authorize;
pub mod callback;
pub mod claims;
pub mod cooldown;
pub mod discovery;
pub mod end_session;
mod form;
pub mod id_token;
mod json;
pub mod jwks;
pub mod jws;
pub mod jwt;
pub mod logout_token;
pub mod pkce;
pub mod provider;
mod rejection;
pub mod signing;
pub mod token;
pub mod userinfo;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod wycheproof;

pub use openidconnect::{AccessToken, AuthorizationCode, ClientSecret, RefreshToken};

pub use crate::rejection::Rejection;
