//! Upstream identity providers: each turns an answer into a VerifiedIdentity.
