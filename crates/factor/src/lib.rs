//! Second factors: each turns an answer into Evidence.
