//! Our face towards OpenID Connect applications, over HTTP.

mod attacks;
mod authorize;
mod clients;
mod conformance;
mod cors;
mod discovery;
mod logout;
mod tokens;
