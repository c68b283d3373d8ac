//! Cargo's target folder: for what a run fetches, and for what it leaves for people to look at.

use std::{
    env,
    path::{Path, PathBuf},
};

/// Two folders above this crate, unless the environment says otherwise.
#[must_use]
pub fn folder() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    env::var_os("CARGO_TARGET_DIR").map_or_else(default, PathBuf::from)
}
