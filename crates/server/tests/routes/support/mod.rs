//! What the tests of the addresses stand on: a whole broker in process, a browser for it, and SAML messages that the
//! test makes and checks itself. Nothing listens anywhere.

mod answers;
mod browser;
mod house;
mod provider;
mod relying;
mod tokens;

pub(crate) use crate::shared::{
    OUR_ACS, PUBLIC,
    messages::{Asked, IDP, idp_key, request, request_for},
};
pub(crate) use answers::{app_key, app_signer, offered_key, verified, verified_with};
pub(crate) use browser::Browser;
pub(crate) use house::{House, PASSWORD, SECRET};
pub(crate) use provider::Provider;
pub(crate) use relying::{Authorization, Heard};
pub(crate) use tokens::{OTHER, PAD, PORTAL, Party, SHEET, json, text};
