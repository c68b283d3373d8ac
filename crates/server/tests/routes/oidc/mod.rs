//! Our face towards OpenID Connect applications, over HTTP.

mod attacks;
mod authorize;
mod clients;
mod discovery;
mod tokens;
