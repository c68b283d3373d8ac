//! `vestibule inspect` as a program: benign and hostile messages in, verdicts out.
//!
//! The keys are made for the run. What a row of the attack catalogue says is shown in the rooms that judge; here it is
//! shown that the program asks them, with all that it was told.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests say what they expect by panicking"
)]

mod application;
mod authn_request;
mod batch;
mod id_token;
mod logout_request;
mod logout_token;
mod material;
mod redirect_uri;
mod saml_redirect;
mod saml_response;
mod samples;
mod support;
