//! OpenID Connect relying parties: we are their provider.
//!
//! Owns the keys that sign tokens, as they are at the moment. Does not own the checks of messages or the making of
//! tokens (the room `oidc` does).

mod acr;
mod claims;
pub mod issued;
mod keys;
pub mod opaque;
pub mod registry;
mod settings;

pub use vestibule_oidc::{
    algorithm::Algorithm,
    signing::{KeyKind, SigningFault, SigningKey},
};

pub use self::{
    keys::{OidcKey, OidcKeyRing, OidcKeys},
    registry::Registry,
    settings::{
        AcrClasses, ClaimRule, ClaimShape, Client, ClientAuth, ClientKind, FrontChannelFault, Jwks,
        Lifetimes, OFFLINE_ACCESS, OidcApp, OidcFault, OidcSettings, PROTOCOL_CLAIMS, PairwiseKey,
        RedirectUri, ResponseMode, SecretHash, SecretWay, SubjectType, UriFault, faults,
    },
};
