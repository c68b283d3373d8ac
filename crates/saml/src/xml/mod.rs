//! The one XML parser and the one XML writer of the product.
//!
//! Owns: what well-formed and harmless XML is ([`limits`]), the read-only view of a parsed document ([`read`]),
//! namespace names ([`names`]), and escaped output ([`mod@write`]). Does not own: what any element means.

mod error;
pub mod limits;
pub mod names;
pub mod read;
pub mod write;

pub use self::{
    error::XmlError,
    limits::Limits,
    read::{Document, Element},
};
