//! Second factors: each turns an answer into evidence.
//!
//! Owns what is peculiar to a kind: its secret, its challenge, how an answer is judged. Does not own attempt limits
//! (the core charges before a factor is asked), storage or notices. What a kind keeps travels in a
//! [`Memo`](vestibule_core::request::Memo), which the store seals at rest; a code is used up when the changed enrolment
//! is committed, by the store's compare-and-swap.

pub mod backup_code;
pub mod totp;
pub mod webauthn;

use vestibule_core::{port::FactorError, request::UnreadableMemo};

/// The reason code of a typed code that is not the right one.
const CODE_WRONG: &str = "code_wrong";

/// Nobody is challenged who has nothing to answer with; should it happen all the same, nobody passes.
fn nothing_enrolled() -> FactorError {
    FactorError::Corrupt("a challenge was asked for, and nothing is registered".to_owned())
}

fn unreadable(cause: UnreadableMemo) -> FactorError {
    FactorError::Corrupt(cause.to_string())
}

#[cfg(test)]
mod fixture;
