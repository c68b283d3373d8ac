//! Certificates and their ends (attack rows FT-09, SI-68).
//!
//! Owns how near an end is, which certificates are in use, and when an end is told while the broker runs. Does not own
//! what the configuration says of certificates in files.

mod end;
mod in_use;
mod watch;

pub(crate) use self::{
    end::NearEnd,
    in_use::{InUse, Purpose},
    watch::Certificates,
};
