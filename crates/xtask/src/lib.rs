//! The house's tooling: what `make` calls when one cargo command is not enough.
//!
//! Owns the house rules ([`tidy`]), the order of the checks ([`check`]), the way cargo-deny is asked ([`deny`]), the
//! search for what nobody thought of ([`fuzz`]) and what the interoperability run needs ([`interop`]). Does not own the
//! tests themselves: those live with the crate they test.

pub mod check;
pub mod deny;
pub mod fuzz;
pub mod interop;
mod process;
pub mod tidy;

use std::path::PathBuf;

/// The root of the repository: two folders above this crate.
#[must_use]
pub fn repository() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .map_or_else(|| here.clone(), PathBuf::from)
}
