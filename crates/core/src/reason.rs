//! Reason codes where they are handed on before they stand in a rejection.
//!
//! A code stands in the audit log, in answers of commands and in the book, and is the same for ever. As a rule it is
//! written where the rejection is made, or in the `fn code` of an enum of errors. Whatever writes it elsewhere names it
//! here, so that the table of explanations can be held against the code: each that is explained is made, and each code
//! for a refused message is explained. Codes for what else happened (a session ended, a command was refused) are not in
//! that table.

/// The reason code of that name.
#[must_use]
pub const fn named(code: &'static str) -> &'static str {
    code
}
