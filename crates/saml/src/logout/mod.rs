//! Single Logout, in and out (SAML core 3.7, profiles 4.4).
//!
//! Owns: LogoutRequest and LogoutResponse over HTTP-Redirect and HTTP-POST, for both roles: the partner may be a
//! service provider whose session hangs on ours, or an identity provider on whose session ours hangs.
//! Does not own: sessions, who else must be told, or memory. Whether a message was seen before, and which request is
//! pending, the caller knows.
//!
//! What came in is a [`ParsedLogout`]; it tells who claims to be speaking, so that the caller can look that partner up,
//! and nothing else. Checked against the partner it becomes an [`AcceptedLogout`]. A message that is refused is answered
//! by our own page.
//!
//! **Invariant:** whom a logout is about, and how one ended, is read only from what the partner's signature covers,
//! unless the partner is registered as one that does not sign ([`LogoutPeer::danger_accept_unsigned`]).

mod accept;
mod build;
mod error;
mod kept;
mod parse;
mod peer;
mod request;
mod response;
mod subject;

pub use self::{
    accept::AcceptedLogout,
    build::{LogoutReason, LogoutRequest, LogoutResponse, LogoutStatus},
    error::LogoutError,
    kept::{KeptName, KeptRequest, handle_of, request_id},
    parse::{LogoutKind, ParsedLogout},
    peer::{LogoutPeer, LogoutReceiver},
    request::{AcceptedLogoutRequest, Namespaces},
    response::{AcceptedLogoutResponse, LogoutOutcome},
};
