//! OpenID Connect relying parties: we are their provider.
//!
//! Owns the keys that sign tokens, as they are at the moment. Does not own the checks of messages or the making of
//! tokens (the room `oidc` does).

mod keys;

pub use vestibule_oidc::{
    algorithm::Algorithm,
    signing::{KeyKind, SigningFault, SigningKey},
};

pub use self::keys::{OidcKey, OidcKeyRing, OidcKeys};
