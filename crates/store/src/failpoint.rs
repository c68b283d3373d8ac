//! Places where a test makes the writer fail.
//!
//! Owns the places and what happens there. Without the feature `failpoints`, which no release has, none of this is
//! compiled. Each store has its own, so that tests beside each other do not meet. A process is told by the variable
//! `VESTIBULE_FAILPOINTS`, such as `before_commit=abort@7,after_commit=error`: `place=what@when`, where `when` counts
//! from 1 and may be left out. Places: `between_statements`, `before_commit`, `before_flush`, `after_commit`. What:
//! `abort`, `error`, `panic`.

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
