//! Our face towards OpenID Connect applications, over HTTP.

mod attacks;
mod authorize;
mod clients;
mod cors;
mod discovery;
mod tokens;
