//! What the tests of this crate share: keys, one issuer, one benign token.
