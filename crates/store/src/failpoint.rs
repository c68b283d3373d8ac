//! Places where a test makes the writer fail.
//!
//! Owns the places and what happens there. Without the feature `failpoints`, which no release has, none of this is
//! compiled. Each store has its own, so that tests beside each other do not meet; a process is told by the variable
//! `VESTIBULE_FAILPOINTS`, as `docs/development/failpoints.md` says.

#[cfg(feature = "failpoints")]
mod armed;

#[cfg(feature = "failpoints")]
pub use armed::{Failing, Failpoint, Failpoints};

/// The failure of this place, if this store is armed to fail here.
macro_rules! failpoint {
    ($store:expr, $point:ident) => {{
        #[cfg(feature = "failpoints")]
        let passed = $store
            .failpoints
            .reach($crate::failpoint::Failpoint::$point);
        #[cfg(not(feature = "failpoints"))]
        let passed = {
            let _ = &$store;
            Ok::<(), $crate::error::Failure>(())
        };
        passed
    }};
}
